"""One node for a function that consists of several operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.location import user_location
from sourcediff.tensor.modes import change, is_grad_enabled, state
from sourcediff.tensor.node import GeneralNode, Identity, clock, kind
from sourcediff.tensor.saving import arrays_in, pack, unpacked
from sourcediff.tensor.sweep import Sweep


class Composite(GeneralNode):
    """A function of arrays, written in NumPy, that is differentiated as a whole.

    Going back it runs once more, recorded this time: its derivative is that of the
    operations it consists of, and nothing but its arguments is kept.
    """

    function: Callable[..., Any]
    positions: tuple[int, ...]
    keeps = True

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """The gradients of a second run, on arrays."""
        return self._replayed(seed, self.edges, False)

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """The gradients of a second run, recorded."""
        return self._replayed(seed, self.edges, True)

    def _replayed(self, seed: Any, edges: Any, create: bool) -> tuple[Any, ...]:
        face = Base.numpy_face
        args = list(unpacked(self))
        places = []
        for position, edge in zip(self.positions, edges, strict=True):
            places.append(Identity(edge))
            args[position] = face.made(args[position], places[-1])
        before = change(grad=True)
        try:
            result = self.function(*args)
        finally:
            change(**before)
        if not isinstance(result, Base) or result.edge is None:  # constant pieces
            kept = [unpacked(self)[position] for position in self.positions]
            return tuple(np.zeros_like(array) for array in kept)
        sweep = Sweep(create, create, places)
        sweep.run([(result.edge, seed)])
        return tuple(sweep.found.get(place) for place in places)

    def saved_arrays(self) -> list[Any]:
        """The arguments."""
        return [] if self.packed else arrays_in(self.saved)


def composite(function: Callable[..., Any], args: Sequence[Any], label: str) -> Any:
    """Run a function of arrays on tensors, as one node named `label`.

    The function is written with NumPy's functions and without effects; it returns one
    array.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([0.5], requires_grad=True)
    >>> composite(lambda x: np.exp(x) - x, (x,), "ExampleBackward0")
    tensor([1.1487], grad_fn=<ExampleBackward0>)
    """
    plain = tuple(arg._array if isinstance(arg, Base) else arg for arg in args)
    tensors = [arg for arg in args if isinstance(arg, Base)]
    face = tensors[0].face
    try:
        result = function(*plain)
    except ValueError as error:
        raise face.explained(error, function, plain) from None
    edges = [arg.edge if isinstance(arg, Base) else None for arg in args]
    array = np.asarray(result)
    if not is_grad_enabled() or not any(e is not None for e in edges):
        return face.untracked(array, plain)
    node = kind(Composite, label)()
    node.function = function
    node.positions = tuple(k for k, edge in enumerate(edges) if edge is not None)
    node.edges = tuple(edge for edge in edges if edge is not None)
    # An array of the user may be written to later, which we would not see.
    node.saved = tuple(
        arg.copy() if isinstance(arg, np.ndarray) else value
        for arg, value in zip(args, plain, strict=True)
    )
    pack(node)
    node.number = clock()
    if state.anomaly:
        node.trace = user_location()
    return face.made(array, node)
