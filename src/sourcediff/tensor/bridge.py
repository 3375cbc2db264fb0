"""A function that brings its own pullback becomes one node of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base, Like, rebuilt, strip
from sourcediff.tensor.modes import is_grad_enabled
from sourcediff.tensor.node import GeneralNode, Identity, Output, clock, kind
from sourcediff.tensor.sweep import Sweep, with_edge

Pullback = Callable[[Any], Sequence[Any]]
Path = tuple[Any, ...]


class Compiled(GeneralNode):
    """A call of a compiled function; its pullback was made for these arguments."""

    keeps = True
    positions: tuple[tuple[int, Path], ...]
    several: Any = None  # the result, where it is a structure
    recorded: Callable[..., Any] | None = None

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """The cotangents of the tracked arguments."""
        pullback, _ = self.saved
        if self.several is not None:
            seed = _with_leaves(self.several, iter(_filled(self.several, seed)))
        cotangents = pullback(seed)
        return tuple(_at(cotangents[k], path) for k, path in self.positions)

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """The same, by recording the function itself.

        Raises RuntimeError where only its pullback is known.
        """
        if self.recorded is None:
            raise RuntimeError(
                f"{self.name()} is a compiled function: the tape cannot differentiate "
                "its gradient again. Compile the second derivative (grad of grad, "
                "hessian), or call the function itself on the tensors."
            )
        args = list(self.saved[1])
        inner = []
        for (k, path), edge in zip(self.positions, self.edges, strict=True):
            inner.append(Identity(edge))
            args[k] = _placed(args[k], path, inner[-1])
        results = list(_leaves(self.recorded(*args)))
        seeds = seed if isinstance(seed, list) else [seed]
        roots = [
            (result.edge, given)
            for result, given in zip(results, seeds, strict=True)
            if given is not None and isinstance(result, Base) and result.edge
        ]
        found: dict[Any, Any] = {}
        if roots:
            sweep = Sweep(True, True, inner)
            sweep.run(roots)
            found = sweep.found
        return tuple(map(found.get, inner))

    def saved_arrays(self) -> list[Any]:
        """The arguments, which a second derivative computes with."""
        args = self.saved[1] if self.saved is not None else ()
        return [_at(args[k], path) for k, path in self.positions]


def called(
    name: str,
    value_and_pullback: Callable[..., tuple[Any, Pullback]],
    args: Sequence[Any],
    recorded: Callable[..., Any] | None = None,
) -> Any:
    """Call a compiled function on tensors, as one node named after it.

    `value_and_pullback(*args)` is called with arrays in the place of tensors, also in
    nested lists, tuples and dicts; it returns the value, a float, an array or a
    structure of these, and the pullback: a function from the value's cotangent to one
    cotangent per argument. `recorded(*args)` computes the same value from tensors, for
    derivatives of the gradient.

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
    places: list[tuple[int, Path]] = []
    tensors: list[Base] = []
    for k, arg in enumerate(args):
        _collect(arg, k, (), places, tensors)
    face: Any = found[0].face if found else Base.face
    if not tensors or not is_grad_enabled():
        return in_face(face, value)
    word = "".join(part.capitalize() for part in name.split("_"))
    node: Compiled = kind(Compiled, f"{word}Backward0")()
    node.positions = tuple(places)
    node.edges = tuple(tensor.edge for tensor in tensors)
    node.likes = tuple(Like(t._array.shape, t.dtype) for t in tensors)
    node.saved = pullback, tuple(plain)
    node.recorded = recorded
    node.number = clock()
    if not isinstance(value, list | tuple | dict):
        array = np.asarray(value)
        return face.made(array, node if array.dtype.kind in "fc" else None)
    node.several, node.unusual = value, True
    node.outputs = sum(1 for _ in _leaves(value))
    return _outputs(node, value, face)


def in_face(face: Any, value: Any) -> Any:
    """The arrays and floats of a structure as tensors, which keep their edges."""

    def dressed(leaf: Any) -> Any:
        if isinstance(leaf, Base):
            same = leaf.face is face
            return leaf if same else with_edge(face, leaf._array, leaf.edge)
        plain = isinstance(leaf, np.ndarray | np.generic | float | complex)
        return face.made(np.asarray(leaf)) if plain else leaf

    return _with_leaves(value, map(dressed, _leaves(value)))


def _outputs(node: Compiled, value: Any, face: Any) -> Any:
    made = []
    for k, leaf in enumerate(_leaves(value)):
        array = np.asarray(leaf)
        known = array.dtype.kind in "fc"
        made.append(face.made(array, Output(node, k)) if known else leaf)
    return _with_leaves(value, iter(made))


def _filled(value: Any, seeds: list[Any]) -> list[Any]:
    """The cotangents of a structure's leaves, zeros where there are none."""
    return [
        np.zeros_like(leaf) if seed is None and leaf is not None else seed
        for seed, leaf in zip(seeds, _leaves(value), strict=True)
    ]


def _leaves(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    else:
        yield value


def _with_leaves(value: Any, leaves: Any) -> Any:
    if isinstance(value, list | tuple):
        return rebuilt(value, [_with_leaves(item, leaves) for item in value])
    if isinstance(value, dict):
        return {key: _with_leaves(item, leaves) for key, item in value.items()}
    return next(leaves)


def _collect(
    value: Any, k: int, path: Path, places: list[Any], tensors: list[Base]
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


def _at(value: Any, path: Path) -> Any:
    for index in path:
        value = value[index]
    return None if value is None else np.asarray(value)


def _placed(value: Any, path: Path, edge: Any) -> Any:
    """The argument with a tensor that leads to `edge` in a place of it."""
    if not path:
        return Base.numpy_face.made(np.asarray(value), edge)
    if isinstance(value, dict):
        return {**value, path[0]: _placed(value[path[0]], path[1:], edge)}
    items = list(value)
    items[path[0]] = _placed(items[path[0]], path[1:], edge)
    return rebuilt(value, items)
