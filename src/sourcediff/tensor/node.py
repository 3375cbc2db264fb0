"""The nodes of the recorded graph: who was computed from whom, and how to go back."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, ClassVar

from sourcediff.errors import Location
from sourcediff.tensor.handles import RemovableHandle

# Nodes and writes take their numbers from one clock. A node is always younger than
# those it was computed from, so descending numbers are a topological order; and a
# saved value was overwritten if a write to its memory is younger than the node.
clock: Callable[[], int] = itertools.count(1).__next__

FREED = (
    "Trying to backward through the graph a second time (or directly access saved "
    "tensors after they have already been freed). Saved intermediate values of the "
    "graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if "
    "you need to access saved tensors after calling backward."
)


class Hooks:
    """The hooks of one node; most nodes have none."""

    def __init__(self) -> None:
        self.gradient: dict[int, Callable[[Any], Any]] = {}
        self.before: dict[int, Callable[..., Any]] = {}
        self.after: dict[int, Callable[..., Any]] = {}
        self.retain: Callable[[Any], None] | None = None


class Node:
    """One recorded operation.

    `edges` lead to the nodes (or leaf tensors) whose cotangents `pull` computes from
    the cotangent of the result. `saved` is what it needs for that, None when freed.
    A cotangent has the shape and dtype of the value that it belongs to.
    """

    __slots__ = ("__weakref__",)

    label: ClassVar[str] = "Node"
    number: int
    edges: tuple[Any, ...] = ()
    saved: Any = ()
    keeps: bool = False  # whether there is anything to free
    packed: bool = False  # whether the user's hooks hold what is saved
    unusual: bool = False  # whether the engine must look closer
    outputs: int = 1
    likes: tuple[Any, ...] | None = None  # shapes to bring the cotangents to
    fresh: bool = False  # every cotangent is a new array
    repeats: bool = True  # several cotangents may be one array
    hooks: Hooks | None = None
    trace: Location | None = None

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """One cotangent per edge, from arrays."""
        raise NotImplementedError

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """The same on recorded values, so that the cotangents can be differentiated."""
        raise NotImplementedError

    def saved_arrays(self) -> list[Any]:
        """The arrays whose present values `pull` relies on."""
        return []

    def name(self) -> str:
        """The name of the kind of node, as `type(node).__name__`."""
        return self.label

    def inputs(self) -> tuple[Any, ...]:
        """The edges, with None for arguments that carry no gradient."""
        return self.edges

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each argument, the node that made it and which of its outputs it is.

        >>> import sourcediff.tensor as st
        >>> y = st.tensor([2.0], requires_grad=True).exp() * 3
        >>> [node and node.name() for node, _ in y.grad_fn.next_functions]
        ['ExpBackward0', None]
        """
        return tuple(
            (None, 0) if edge is None else edge.as_function() for edge in self.inputs()
        )

    def as_function(self) -> tuple[Any, int]:
        """How this node shows in `next_functions`."""
        return self, 0

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes."""
        raise NotImplementedError

    def own_hooks(self) -> Hooks:
        """The node's hooks, made at the first use."""
        raise NotImplementedError

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` when the node has been passed.

        What it returns, if not None, takes the place of `grad_inputs`.
        """
        return RemovableHandle(self.own_hooks().after, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` when the node is about to be passed.

        What it returns, if not None, takes their place.
        """
        return RemovableHandle(self.own_hooks().before, hook)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class GeneralNode(Node):
    """A node of any kind; what is not usual about it is in its attributes."""

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes."""
        notes: dict[Any, Any] = self.__dict__.setdefault("_metadata", {})
        return notes

    def own_hooks(self) -> Hooks:
        """The node's hooks, made at the first use."""
        if self.hooks is None:
            self.hooks = Hooks()
            self.unusual = True
        return self.hooks


class Output(GeneralNode):
    """One of several results of a node; hands its cotangent on under its index."""

    label = "Output"
    unusual = True
    index: int

    def __init__(self, parent: Node, index: int) -> None:
        self.number = clock()
        self.edges = (parent,)
        self.index = index

    def as_function(self) -> tuple[Any, int]:
        """The node itself, and which output."""
        return self.edges[0], self.index

    def name(self) -> str:
        """The name of the node whose output it is."""
        return str(self.edges[0].name())


class Identity(GeneralNode):
    """Passes its cotangent on; a place to ask for a gradient in a graph."""

    label = "Identity"

    def __init__(self, edge: Any) -> None:
        self.number = clock()
        self.edges = (edge,)

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """The seed itself."""
        return (seed,)

    pull_tracked = pull


@functools.cache
def kind(base: type[Node], label: str) -> type[Any]:
    """A class of nodes of that name.

    >>> kind(Node, "SinBackward0").__name__
    'SinBackward0'
    """
    members = {"label": label, "__module__": __name__, "__slots__": ()}
    return type(label, (base,), members)
