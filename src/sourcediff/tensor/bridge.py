"""A function that brings its own pullback becomes one node of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base, Like
from sourcediff.tensor.modes import is_grad_enabled
from sourcediff.tensor.node import GeneralNode, Identity, Output, clock, kind
from sourcediff.tensor.structures import (
    Path,
    attributes,
    leaves,
    mapped,
    part_at,
    placed,
    strip,
    tensors_in,
    with_leaves,
)
from sourcediff.tensor.sweep import Sweep, with_edge

Pullback = Callable[[Any], Sequence[Any]]


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
            seed = with_leaves(self.several, iter(_filled(self.several, seed)))
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
            array = np.asarray(part_at(args[k], path))
            args[k] = placed(args[k], path, Base.numpy_face.made(array, inner[-1]))
        results = _leaves(self.recorded(*args))
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
    found = tensors_in(args)
    plain = [strip(arg) for arg in args]
    value, pullback = value_and_pullback(*plain)
    tracked = [
        (k, path, leaf)
        for k, arg in enumerate(args)
        for path, leaf in leaves(arg)
        if isinstance(leaf, Base) and leaf.edge is not None
    ]
    tensors = [tensor for _, _, tensor in tracked]
    face: Any = found[0].face if found else Base.face
    if not tensors or not is_grad_enabled():
        return in_face(face, value)
    word = "".join(part.capitalize() for part in name.split("_"))
    node: Compiled = kind(Compiled, f"{word}Backward0")()
    node.positions = tuple((k, path) for k, path, _ in tracked)
    node.edges = tuple(tensor.edge for tensor in tensors)
    node.likes = tuple(Like(t._array.shape, t.dtype) for t in tensors)
    node.saved = pullback, tuple(plain)
    node.recorded = recorded
    node.number = clock()
    if not isinstance(value, list | tuple | dict) and attributes(value) is None:
        array = np.asarray(value)
        return face.made(array, node if array.dtype.kind in "fc" else None)
    node.several, node.unusual = value, True
    node.outputs = len(_leaves(value))
    return _outputs(node, value, face)


def in_face(face: Any, value: Any) -> Any:
    """The arrays and floats of a structure as tensors, which keep their edges."""

    def dressed(leaf: Any) -> Any:
        if isinstance(leaf, Base):
            same = leaf.face is face
            return leaf if same else with_edge(face, leaf._array, leaf.edge)
        plain = isinstance(leaf, np.ndarray | np.generic | float | complex)
        return face.made(np.asarray(leaf)) if plain else leaf

    return mapped(dressed, value)


def _outputs(node: Compiled, value: Any, face: Any) -> Any:
    made = []
    for k, leaf in enumerate(_leaves(value)):
        array = np.asarray(leaf)
        known = array.dtype.kind in "fc"
        made.append(face.made(array, Output(node, k)) if known else leaf)
    return with_leaves(value, iter(made))


def _filled(value: Any, seeds: list[Any]) -> list[Any]:
    """The cotangents of a structure's leaves, zeros where there are none."""
    return [
        np.zeros_like(leaf) if seed is None and leaf is not None else seed
        for seed, leaf in zip(seeds, _leaves(value), strict=True)
    ]


def _leaves(value: Any) -> list[Any]:
    return [leaf for _, leaf in leaves(value)]


def _at(value: Any, path: Path) -> Any:
    part = part_at(value, path)
    return None if part is None else np.asarray(part)
