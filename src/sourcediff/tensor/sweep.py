"""The reverse sweep: cotangents flow from the roots to the leaves, each node once."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any

import numpy as np

from sourcediff.runtime import unbroadcast
from sourcediff.tensor.anomaly import check_nan
from sourcediff.tensor.base import Base
from sourcediff.tensor.memory import check, registry
from sourcediff.tensor.modes import change, state
from sourcediff.tensor.node import FREED, Identity, Node, Output
from sourcediff.tensor.swift import Elementwise

_ndarray = np.ndarray


class Sweep:
    """One reverse sweep, without recursion, in descending order of node numbers.

    `wanted` are the nodes and leaves whose cotangents are asked for, None for all
    leaves; `found` holds them afterwards.
    """

    def __init__(
        self, retain: bool, create: bool, wanted: Iterable[Any] | None = None
    ) -> None:
        self.retain = retain
        self.create = create
        self.wanted = None if wanted is None else set(wanted)
        self.found: dict[Any, Any] = {}
        self.pending: dict[Any, Any] = {}
        self.heap: list[tuple[int, Any]] = []
        # The cotangents whose arrays others may hold: not to be added to in place.
        self.shared: set[Any] = set()
        self.needed: set[Any] | None = None
        # Whether more is asked for than the cotangents of all leaves.
        self.careful = create or state.anomaly or self.wanted is not None

    def run(self, roots: list[tuple[Any, Any]]) -> dict[Any, Any]:
        """Sweep from `(node, cotangent)` pairs; the cotangents of leaves come back."""
        if self.wanted is not None:
            self.needed = _leading_to(self.wanted, [edge for edge, _ in roots])
        before = change(grad=self.create)
        try:
            for edge, seed in roots:
                self.shared.add(edge)
                self._deliver(edge, seed)
            with np.errstate(all="ignore"):
                self._loop()
        finally:
            change(**before)
        return {edge: seed for edge, seed in self.pending.items() if not edge.number}

    def _deliver(self, edge: Any, g: Any) -> bool:
        """Add to the cotangent of an edge; whether this is the first part of it."""
        if self.needed is not None and edge not in self.needed:
            return False
        total = self.pending.get(edge)
        if total is None:
            self.pending[edge] = g
            if edge.number:
                heapq.heappush(self.heap, (-edge.number, edge))
            return True
        if self.careful or edge in self.shared or type(total) is not _ndarray:
            self.pending[edge] = total + g
            self.shared.discard(edge)
        else:
            total += g
        return False

    def _loop(self) -> None:
        # The hot loop of the library: locals, no calls that can be spared. The node
        # that comes next is carried in variables, the others wait in the heap. What is
        # not an elementwise operation without further wishes takes a `_step`.
        pending, heap, shared = self.pending, self.heap, self.shared
        push, exchange = heapq.heappush, heapq.heapreplace
        free = not self.retain
        careful = self.careful
        last_write = registry.last
        while heap:
            node: Any = heapq.heappop(heap)[1]
            seed = pending.pop(node)
            while True:
                if last_write > node.number:
                    check(node)
                if careful or type(node) is not Elementwise or node.plan.unusual:
                    self._step(node, seed)
                    break
                plan, likes = node.plan, node.likes
                if plan.two:
                    g, other_g = plan.pull(node, seed)
                    if likes is not None:
                        g, other_g = fitted(g, likes[0]), fitted(other_g, likes[1])
                    edge = node.other
                    if edge in pending:
                        total = pending[edge]
                        if total.__class__ is _ndarray and edge not in shared:
                            total += other_g
                        else:
                            pending[edge] = total + other_g
                            shared.discard(edge)
                    else:
                        pending[edge] = other_g
                        if edge.number:
                            push(heap, (-edge.number, edge))
                        if not plan.fresh:
                            shared.add(edge)
                            shared.add(node.edge)
                else:
                    g = plan.pull(node, seed)
                    if likes is not None:
                        g = fitted(g, likes[0])
                edge = node.edge
                if free and plan.keeps:
                    node.plan = plan.freed
                    node.result = node.left = node.right = None
                if edge in pending:
                    total = pending[edge]
                    if total.__class__ is _ndarray and edge not in shared:
                        total += g
                    else:
                        pending[edge] = total + g
                        shared.discard(edge)
                    break
                if not plan.fresh and node in shared:
                    shared.add(edge)
                number = edge.number
                if not number:
                    pending[edge] = g
                    break
                if heap and heap[0][0] < -number:
                    pending[edge] = g
                    node = exchange(heap, (-number, edge))[1]
                    seed = pending.pop(node)
                else:
                    node, seed = edge, g

    def _step(self, node: Any, seed: Any) -> None:
        """Pass a node of any kind; whatever it leads to waits for its turn."""
        if node.saved is None and self._is_passed(node):
            raise RuntimeError(FREED)
        if self.careful or node.unusual:
            seed, grads = self._carefully(node, seed)
        else:
            grads = node.pull(seed)
        if node.keeps and not self.retain:
            node.saved = None
        several = len(grads) > 1
        lent = several or node in self.shared
        for k, (edge, grad) in enumerate(zip(node.edges, grads, strict=False)):
            if grad is None:
                continue
            g = grad if node.likes is None else fitted(grad, node.likes[k])
            is_new = self._deliver(edge, g)
            if is_new and not (node.fresh or self.create) and _is_held(g, seed, lent):
                self.shared.add(edge)
        if several and node.repeats and not self.careful:
            self._mark_repeated(node.edges, grads)

    def _is_passed(self, node: Node) -> bool:
        """Whether the sweep goes on beyond a node, not only to it."""
        return self.needed is None or any(edge in self.needed for edge in node.edges)

    def _mark_repeated(self, edges: Any, grads: Any) -> None:
        """One array that was delivered to two edges belongs to neither."""
        if len({id(g) for g in grads}) < len(grads):
            self.shared.update(edges)

    def _carefully(self, node: Node, seed: Any) -> tuple[Any, Any]:
        """The steps of a node with hooks, several outputs, or a mode around it."""
        if self.create:
            seed = tracked(seed)
        hooks = node.hooks
        if hooks is not None:
            self.shared.add(node)
            seed = _hooked(hooks, seed)
        if self.wanted is not None and node in self.wanted:
            self.shared.add(node)
            self.found[node] = seed
            if not self._is_passed(node):
                return seed, ()
        if isinstance(node, Output):
            self._collect_output(node, seed)
            return seed, ()
        if self.create:
            grads = node.pull_tracked(seed)
        elif node not in self.shared and hasattr(node, "pull_owned"):
            grads = node.pull_owned(seed)
        else:
            grads = node.pull(seed)
        if state.anomaly and state.check_nan:
            check_nan(node, grads)
        if hooks is not None and hooks.after:
            grads = _after(hooks, grads, seed)
        return seed, grads

    def _collect_output(self, node: Output, seed: Any) -> None:
        parent = node.edges[0]
        if parent not in self.pending:
            self.pending[parent] = [None] * parent.outputs
            heapq.heappush(self.heap, (-parent.number, parent))
        parts = self.pending[parent]
        present = parts[node.index]
        parts[node.index] = seed if present is None else present + seed


def fitted(g: Any, like: Any) -> Any:
    """A cotangent in the shape and dtype of what it belongs to."""
    if g.shape == like.shape and g.dtype is like.dtype:
        return g
    return unbroadcast(g, like)


def _is_held(g: Any, seed: Any, lent: bool) -> bool:
    """Whether others may hold the array of a cotangent that a node gave.

    `lent`: they do if it is the seed, or shows the memory of it.
    """
    if g is seed:
        return lent
    return g.base is not None and (lent or not g.flags.writeable)


def _leading_to(wanted: set[Any], roots: list[Any]) -> set[Any]:
    """The nodes on some path from the roots to what is wanted."""
    reached: set[Any] = set()
    stack = list(roots)
    while stack:
        edge = stack.pop()
        if edge not in reached:
            reached.add(edge)
            if edge.number:
                stack.extend(edge.edges)
    leading = set()
    for edge in sorted(reached, key=lambda edge: int(edge.number)):
        if edge in wanted or (
            edge.number and any(earlier in leading for earlier in edge.edges)
        ):
            leading.add(edge)
    return leading


def tracked(seed: Any) -> Any:
    """A cotangent in the form in which rules compute with it when recorded."""
    if isinstance(seed, list):
        return [None if part is None else tracked(part) for part in seed]
    face = Base.numpy_face
    if isinstance(seed, Base):
        return seed if type(seed) is face else face.made(seed._array, seed.edge)
    return face.made(seed)


def with_edge(face: Any, array: Any, edge: Any) -> Any:
    """A tensor whose gradient goes to `edge`; behind a node of its own for a leaf."""
    if edge is not None and not edge.number:
        edge = Identity(edge)
    return face.made(array, edge)


def as_tensor(seed: Any) -> Any:
    """A cotangent as hooks and users see it."""
    if isinstance(seed, list | tuple):
        return tuple(None if part is None else as_tensor(part) for part in seed)
    if isinstance(seed, Base):
        return with_edge(Base.face, seed._array, seed.edge)
    return Base.face.made(seed)


def as_seed(given: Any, like: Any) -> Any:
    """What a hook returned, in the form of the cotangent that it replaces."""
    if np.shape(given) != np.shape(like):
        raise RuntimeError(
            f"a hook has changed the size of a gradient: it was given shape "
            f"{list(np.shape(like))} and returned shape {list(np.shape(given))}"
        )
    if isinstance(like, Base):
        return given if isinstance(given, Base) else Base.numpy_face.made(given)
    array = given._array if isinstance(given, Base) else np.asarray(given)
    return array if array.dtype == like.dtype else array.astype(like.dtype)


def _hooked(hooks: Any, seed: Any) -> Any:
    for hook in list(hooks.gradient.values()):
        given = hook(as_tensor(seed))
        if given is not None:
            seed = as_seed(given, seed)
    several = isinstance(seed, list)
    for hook in list(hooks.before.values()):
        shown = as_tensor(seed)
        given = hook(shown if several else (shown,))
        if given is not None and several:
            seed = [as_seed(g, s) for g, s in zip(given, seed, strict=True)]
        elif given is not None:
            seed = as_seed(given[0] if isinstance(given, tuple) else given, seed)
    if hooks.retain is not None:
        hooks.retain(as_tensor(seed))
    return seed


def _after(hooks: Any, grads: tuple[Any, ...], seed: Any) -> tuple[Any, ...]:
    for hook in list(hooks.after.values()):
        shown = as_tensor(seed)
        given = hook(as_tensor(grads), shown if isinstance(shown, tuple) else (shown,))
        if given is not None:
            given = given if isinstance(given, tuple) else (given,)
            grads = tuple(
                None if new is None else as_seed(new, old)
                for new, old in zip(given, grads, strict=True)
            )
    return grads
