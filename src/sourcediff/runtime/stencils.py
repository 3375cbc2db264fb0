"""The adjoints of differences and of sums that slide along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sourcediff.runtime.scatter import scatter_add
from sourcediff.runtime.shape import unbroadcast


def undiff(y_bar: Any, shape: Sequence[int], n: int = 1, axis: int = -1) -> Any:
    """The cotangent of `x`, of the given shape, from that of `np.diff(x, n, axis)`.

    >>> undiff(np.array([1.0, 10.0]), (3,))
    array([-1., -9., 10.])
    """
    if n >= shape[axis]:
        return np.zeros(shape, dtype=y_bar.dtype)
    width = [(0, 0)] * len(shape)
    width[axis] = (n, n)
    x_bar = np.diff(np.pad(y_bar, width), n, axis)
    return -x_bar if n % 2 else x_bar


def undiff_parts(
    y_bar: Any, parts: Sequence[Any], n: int, axis: int
) -> tuple[Any, Any, Any]:
    """The cotangents of `prepend`, `x` and `append` in `np.diff`, None for None.

    >>> parts = (0.0, np.zeros(2), None)
    >>> undiff_parts(np.array([1.0, 10.0]), parts, 1, -1)
    (-1.0, array([-9., 10.]), None)
    """
    middle = np.shape(parts[1])
    lengths = [
        0 if part is None else np.shape(part)[axis] if np.ndim(part) else 1
        for part in parts
    ]
    joined = list(middle)
    joined[axis] = sum(lengths)
    bar = np.moveaxis(undiff(y_bar, joined, n, axis), axis, 0)
    start, bars = 0, []
    for part, length in zip(parts, lengths, strict=True):
        piece = np.moveaxis(bar[start : start + length], 0, axis)
        bars.append(None if part is None else unbroadcast(piece, part))
        start += length
    return bars[0], bars[1], bars[2]


def diff_of_parts(parts: Sequence[Any], n: int, axis: int) -> Any:
    """`np.diff` of the middle one, with the others (None: nothing) before and after it.

    >>> diff_of_parts((0.5, np.array([1.0, 3.0]), None), 1, -1)
    array([0.5, 2. ])
    """
    before, middle, after = parts
    ends = {"prepend": before, "append": after}
    given = {name: end for name, end in ends.items() if end is not None}
    return np.diff(middle, n, axis, **given)


def ungradient(
    y_bar: Any, f: Any, spacings: Sequence[Any], axis: Any, edge_order: int
) -> Any:
    """The cotangent of `f` from that of `np.gradient(f, *spacings, ...)`.

    >>> ungradient(np.array([1.0, 0.0, 0.0]), np.zeros(3), (), None, 1)
    array([-1.,  1.,  0.])
    """
    shape = np.shape(f)
    axes = range(len(shape)) if axis is None else axis
    axes = [int(k) % len(shape) for k in np.ravel(list(axes) if axis is None else axis)]
    several = len(axes) > 1 or isinstance(y_bar, list | tuple)
    bars = list(y_bar) if several else [y_bar]
    if len(spacings) < 2:
        spacings = list(spacings or [1.0]) * len(axes)
    f_bar = 0.0
    for bar, k, spacing in zip(bars, axes, spacings, strict=True):
        if bar is not None:
            f_bar = f_bar + _ungradient_along(bar, spacing, k, edge_order)
    return f_bar


def _ungradient_along(y_bar: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    y_bar = np.moveaxis(y_bar, axis, 0)
    n = np.shape(y_bar)[0]
    width = [(0, 0)] * (np.ndim(y_bar) - 1)
    dtype = y_bar.real.dtype
    if np.ndim(spacing) == 0:
        spacing = spacing * np.arange(n)
    spacing = np.asarray(spacing, dtype)
    left, middle, right = _inner_weights(spacing, np.ndim(y_bar))
    inner = y_bar[1:-1]
    x_bar = (
        np.pad(left * inner, [(0, 2), *width])
        + np.pad(middle * inner, [(1, 1), *width])
        + np.pad(right * inner, [(2, 0), *width])
    )
    first = _edge_weights(spacing[: edge_order + 1], 0)
    last = _edge_weights(spacing[n - edge_order - 1 :], edge_order)
    rest = n - edge_order - 1
    column = (-1,) + (1,) * (np.ndim(y_bar) - 1)
    x_bar = x_bar + np.pad(np.reshape(first, column) * y_bar[:1], [(0, rest), *width])
    x_bar = x_bar + np.pad(np.reshape(last, column) * y_bar[-1:], [(rest, 0), *width])
    return np.moveaxis(x_bar, 0, axis)


def _inner_weights(x: Any, ndim: int) -> tuple[Any, Any, Any]:
    """The weights of the three points of each inner difference, second order."""
    before, after = np.diff(x)[:-1], np.diff(x)[1:]
    weights = (
        -after / (before * (before + after)),
        (after - before) / (before * after),
        before / (after * (before + after)),
    )
    column = (-1,) + (1,) * (ndim - 1)
    left, middle, right = (np.reshape(weight, column) for weight in weights)
    return left, middle, right


def _edge_weights(x: Any, k: int) -> Any:
    """The weights of the derivative at x[k] of the polynomial through all points."""
    n, weights = len(x), np.zeros_like(x)
    for j in range(n):
        if j != k:
            others = [x[k] - x[m] for m in range(n) if m not in (j, k)]
            gaps = [x[j] - x[m] for m in range(n) if m != j]
            weights[j] = np.prod(others) / np.prod(gaps)
    weights[k] = -np.sum(weights)
    return weights


def unconvolve(y_bar: Any, n: int, m: int, mode: Any) -> Any:
    """Zeros around the cotangent of a convolution of lengths n and m: as if "full".

    >>> unconvolve(np.array([1.0]), 3, 3, "valid")
    array([0., 0., 1., 0., 0.])
    """
    if mode in ("full", 2):
        return y_bar
    short = min(n, m)
    before = (short - 1) // 2 if mode in ("same", 1) else short - 1
    return np.pad(y_bar, (before, n + m - 1 - before - np.size(y_bar)))


def convolve_bar(y_bar: Any, shape: Sequence[int], other: Any, mode: Any) -> Any:
    """The cotangent of a factor of the given shape in `np.convolve(a, v, mode)`.

    >>> convolve_bar(np.array([1.0, 10.0]), (1,), np.array([3.0, 4.0]), "full")
    array([43.])
    """
    n = 1
    for size in shape:
        n *= size
    full = unconvolve(y_bar, n, np.size(other), mode)
    return np.reshape(np.correlate(full, np.atleast_1d(other), "valid"), shape)


def correlate_left_bar(y_bar: Any, a_shape: Sequence[int], v: Any, mode: Any) -> Any:
    """The cotangent of `a` in `np.correlate(a, v, mode)`.

    >>> correlate_left_bar(np.array([10.0]), (2,), np.array([3.0, 4.0]), "valid")
    array([30., 40.])
    """
    if a_shape[0] >= np.size(v):
        return convolve_bar(y_bar, a_shape, np.conj(v)[::-1], mode)
    # NumPy convolves with the reversed conjugate of the shorter one, here a.
    return np.conj(convolve_bar(np.conj(y_bar[::-1]), a_shape, v, mode)[::-1])


def correlate_right_bar(y_bar: Any, a: Any, v_shape: Sequence[int], mode: Any) -> Any:
    """The cotangent of `v` in `np.correlate(a, v, mode)`.

    >>> correlate_right_bar(np.array([10.0]), np.array([1.0, 2.0]), (2,), "valid")
    array([10., 20.])
    """
    if np.size(a) >= v_shape[0]:
        return np.conj(convolve_bar(y_bar, v_shape, a, mode)[::-1])
    return convolve_bar(np.conj(y_bar[::-1]), v_shape, np.conj(a)[::-1], mode)


def interp_bars(
    y_bar: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any
) -> tuple[Any, ...]:
    """The cotangents of `np.interp(x, xp, fp, left, right)`.

    At a knot the slope is that of the interval on its right.

    >>> xp, fp = np.array([0.0, 2.0, 3.0]), np.array([1.0, 5.0, 4.0])
    >>> x_bar, xp_bar, fp_bar, _, _ = interp_bars(1.0, 0.5, xp, fp, None, None)
    >>> x_bar, xp_bar, fp_bar
    (np.float64(2.0), array([-1.5, -0.5,  0. ]), array([0.75, 0.25, 0.  ]))
    """
    j, k = _interval(x, xp)
    below, above = _is_outside(x, xp)
    t, slope = _interp_parts(x, xp, fp, j, k)
    outside = np.zeros_like(below)
    if left is not None:
        outside = np.logical_or(outside, below)
    if right is not None:
        outside = np.logical_or(outside, above)
    inner = np.where(outside, 0, y_bar)
    sloped = np.where(np.logical_or(below, above), 0, y_bar) * np.conj(slope)
    x_bar = sloped
    fp_bar = _spread(inner * (1 - t), j, fp) + _spread(inner * t, k, fp)
    xp_bar = _spread(-sloped * (1 - t), j, xp) + _spread(-sloped * t, k, xp)
    left_bar = None if left is None else np.sum(np.where(below, y_bar, 0))
    right_bar = None if right is None else np.sum(np.where(above, y_bar, 0))
    return x_bar, xp_bar, fp_bar, left_bar, right_bar


def interp_dot(dots: Sequence[Any], x: Any, xp: Any, fp: Any) -> Any:
    """The tangent of `np.interp(x, xp, fp, left, right)` from those of its arguments.

    >>> xp, fp = np.array([0.0, 2.0, 3.0]), np.array([1.0, 5.0, 4.0])
    >>> interp_dot((1.0, 0 * xp, 0 * fp, None, None), 0.5, xp, fp)
    np.float64(2.0)
    """
    x_dot, xp_dot, fp_dot, left_dot, right_dot = dots
    j, k = _interval(x, xp)
    below, above = _is_outside(x, xp)
    t, slope = _interp_parts(x, xp, fp, j, k)
    knot_dot = (1 - t) * np.take(xp_dot, j) + t * np.take(xp_dot, k)
    y_dot = np.where(np.logical_or(below, above), 0, slope * (x_dot - knot_dot))
    y_dot = y_dot + (1 - t) * np.take(fp_dot, j) + t * np.take(fp_dot, k)
    if left_dot is not None:
        y_dot = np.where(below, left_dot, y_dot)
    if right_dot is not None:
        y_dot = np.where(above, right_dot, y_dot)
    return y_dot


def _interval(x: Any, xp: Any) -> tuple[Any, Any]:
    """The places in `xp` of the knots on both sides of `x`."""
    last = len(xp) - 1
    j = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(last - 1, 0))
    return j, np.minimum(j + 1, last)


def _interp_parts(x: Any, xp: Any, fp: Any, j: Any, k: Any) -> tuple[Any, Any]:
    """How far `x` is along its interval, from 0 to 1, and the slope there."""
    start = np.take(xp, j)
    width = np.take(xp, k) - start if len(xp) > 1 else 1.0
    slope = (np.take(fp, k) - np.take(fp, j)) / width
    below, above = _is_outside(x, xp)
    t = np.where(below, 0, np.where(above, 1, (x - start) / width))
    return t, slope


def _is_outside(x: Any, xp: Any) -> tuple[Any, Any]:
    """Whether `x` is before the first knot, and whether it is behind the last one."""
    first, final = (xp[0], xp[-1]) if len(xp) else (0.0, 0.0)
    return np.less(x, first), np.greater(x, final)


def _spread(weights: Any, places: Any, like: Any) -> Any:
    return scatter_add(weights, places, like)
