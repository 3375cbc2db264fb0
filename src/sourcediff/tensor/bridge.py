"""A function that brings its own pullback becomes one node of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base, Like, strip
from sourcediff.tensor.modes import is_grad_enabled
from sourcediff.tensor.node import GeneralNode, clock, kind

Pullback = Callable[[Any], Sequence[Any]]


class Compiled(GeneralNode):
    """A call of a compiled function; its pullback was made for these arguments."""

    keeps = True
    positions: tuple[tuple[int, tuple[Any, ...]], ...]

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """The cotangents of the tracked arguments."""
        cotangents = self.saved(seed)
        return tuple(_at(cotangents[k], path) for k, path in self.positions)

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """Raise RuntimeError: its derivative is plain source, which is not recorded."""
        raise RuntimeError(
            f"{self.name()} is a compiled function: the tape cannot differentiate its "
            "gradient again. Compile the second derivative (grad of grad, hessian), or "
            "call the function itself on the tensors."
        )


def called(
    name: str,
    value_and_pullback: Callable[..., tuple[Any, Pullback]],
    args: Sequence[Any],
) -> Any:
    """Call a compiled function on tensors, as one node named after it.

    `value_and_pullback(*args)` is called with arrays in the place of tensors, also in
    nested lists, tuples and dicts; it returns the value, a float or an array, and the
    pullback: a function from the value's cotangent to one cotangent per argument.

    >>> import sourcediff.tensor as st
    >>> def square(x):
    ...     return x * x, lambda y_bar: (2 * x * y_bar,)
    >>> x = st.tensor([1.0, 3.0], requires_grad=True)
    >>> y = called("square", square, (x,)); y
    tensor([1., 9.], grad_fn=<SquareBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([2., 6.])
    """
    found: list[Base] = []
    plain = [strip(arg, found) for arg in args]
    value, pullback = value_and_pullback(*plain)
    places: list[tuple[int, tuple[Any, ...]]] = []
    tensors: list[Base] = []
    for k, arg in enumerate(args):
        _collect(arg, k, (), places, tensors)
    face: Any = found[0].face if found else Base.face
    array = np.asarray(value)
    if not tensors or not is_grad_enabled() or array.dtype.kind not in "fc":
        return face.made(array)
    word = "".join(part.capitalize() for part in name.split("_"))
    node: Compiled = kind(Compiled, f"{word}Backward0")()
    node.positions = tuple(places)
    node.edges = tuple(tensor.edge for tensor in tensors)
    node.likes = tuple(Like(t._array.shape, t.dtype) for t in tensors)
    node.saved = pullback
    node.number = clock()
    return face.made(array, node)


def _collect(
    value: Any, k: int, path: tuple[Any, ...], places: list[Any], tensors: list[Base]
) -> None:
    if isinstance(value, Base):
        if value.edge is not None:
            places.append((k, path))
            tensors.append(value)
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            _collect(item, k, (*path, i), places, tensors)
    elif type(value) is dict:
        for key, item in value.items():
            _collect(item, k, (*path, key), places, tensors)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for index in path:
        value = value[index]
    return None if value is None else np.asarray(value)
