"""Derivatives of functions at tensors: recorded, and so part of the tensors' graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.bridge import in_face
from sourcediff.tensor.fallback import Recording
from sourcediff.tensor.pushforward import pushforward
from sourcediff.tensor.structures import leaves, mapped, tensors_in, with_leaves

Pullback = Callable[[Any], tuple[Any, ...]]


def recorded_vjp(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, Pullback]:
    """The value of a function of tensors and its pullback, which gives tensors."""
    face = tensors_in(args, kwargs)[0].face
    recording = Recording(function, args, kwargs)

    def pullback(y_bar: Any) -> tuple[Any, ...]:
        bars: tuple[Any, ...] = in_face(face, recording.tracked_pullback(y_bar)[0])
        return bars

    return in_face(face, recording.result), pullback


def recorded_jvp(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> tuple[Any, Any]:
    """The value of a function of tensors, and its derivative along the tangents."""
    face = tensors_in(primals, tangents, kwargs)[0].face
    recording = Recording(function, primals, kwargs)

    y_dot = pushforward(recording, tuple(tangents))
    return in_face(face, recording.result), in_face(face, y_dot)


def recorded_product(
    gradient: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> tuple[Any, ...]:
    """What the Hessian behind a gradient makes of tangents: it is its own transpose."""
    _, pullback = recorded_vjp(gradient, primals, kwargs)
    bars = pullback(tuple(x_dot for x_dot in tangents if x_dot is not None))
    pairs = zip(bars, tangents, strict=True)
    return tuple(bar if x_dot is not None else None for bar, x_dot in pairs)


def recorded_jacobian(
    function: Callable[..., Any],
    bound: inspect.BoundArguments,
    names: tuple[str, ...],
    single: bool,
) -> Any:
    """The Jacobian of a function of tensors, by rows."""
    face = tensors_in(bound.args, bound.kwargs)[0].face
    recording = Recording(function, bound.args, bound.kwargs)
    places = [list(inspect.signature(function).parameters).index(n) for n in names]
    y = recording.value

    def rows(number: int, leaf: Any) -> Any:
        found = []
        for seed in _units(leaf):
            seeds = (seed if k == number else None for k in range(len(y_leaves)))
            bars, named = recording.tracked_pullback(with_leaves(y, seeds))
            everything = (*bars, *named.values())
            picked = tuple(everything[place] for place in places)
            found.append(picked[0] if single else picked)
        return _stacked(found, np.shape(leaf))

    y_leaves = [leaf for _, leaf in leaves(y)]
    blocks = (
        rows(number, leaf) if _is_float(leaf) else None
        for number, leaf in enumerate(y_leaves)
    )
    return in_face(face, with_leaves(y, blocks))


def _units(leaf: Any) -> Iterator[Any]:
    """For each element of a leaf, zeros like it with a one there."""
    for index in range(np.size(leaf)):
        seed = np.zeros(np.shape(leaf), np.asarray(leaf).dtype)
        seed.reshape(-1)[index] = 1.0
        yield seed


def _stacked(rows: list[Any], shape: tuple[int, ...]) -> Any:
    """Rows of one structure as that structure of arrays, which begin with `shape`."""
    flat = [[leaf for _, leaf in leaves(row)] for row in rows]
    columns = iter(zip(*flat, strict=True))

    def stack(leaf: Any) -> Any:
        column = next(columns)
        if leaf is None:
            return None
        return np.reshape(np.stack(column), shape + np.shape(leaf))

    return mapped(stack, rows[0])


def _is_float(leaf: Any) -> bool:
    if isinstance(leaf, np.ndarray | np.generic | Base):
        return bool(leaf.dtype.kind in "fc")
    return isinstance(leaf, float | complex)
