"""Weights of averages and of integrals, and what a change of them does."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.shape import conjugate, unbroadcast


def aligned_weights(weights: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The weights of `np.average`, with axes of size 1 to broadcast against `shape`.

    >>> aligned_weights(np.array([1.0, 3.0]), (2, 5), 0)
    array([[1.],
           [3.]])
    """
    if np.shape(weights) == shape:
        return weights
    axes = _axes(axis, len(shape))
    ordered = np.transpose(weights, np.argsort(axes))
    return np.reshape(ordered, [n if k in axes else 1 for k, n in enumerate(shape)])


def unaligned_weights(aligned_bar: Any, weights: Any, axis: Any) -> Any:
    """The adjoint of `aligned_weights`.

    >>> unaligned_weights(np.ones((2, 5)), np.array([1.0, 3.0]), 0)
    array([5., 5.])
    """
    shape = np.shape(aligned_bar)
    if np.shape(weights) == shape:
        return aligned_bar
    axes = _axes(axis, len(shape))
    rest = tuple(k for k in range(len(shape)) if k not in axes)
    ordered = np.sum(aligned_bar, axis=rest)
    return np.transpose(ordered, np.argsort(np.argsort(axes)))


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(k % ndim for k in axes)


def trapezoid_bars(
    z_bar: Any, y: Any, x: Any, dx: Any, axis: int
) -> tuple[Any, Any, Any]:
    """The cotangents of `y`, `x` and `dx` in `np.trapezoid(y, x, dx, axis)`.

    >>> trapezoid_bars(1.0, np.array([1.0, 3.0, 7.0]), None, 0.5, -1)
    (array([0.25, 0.5 , 0.25]), None, 7.0)
    """
    z_bar = np.expand_dims(z_bar, axis)
    y = np.moveaxis(y, axis, -1)
    z_bar = np.moveaxis(z_bar, axis, -1)
    means = conjugate(y[..., 1:] + y[..., :-1]) / 2
    widths = conjugate(dx if x is None else _widths(x, axis))
    y_bar = _at_both_ends(np.broadcast_to(z_bar * widths / 2, means.shape), 1)
    if x is None:
        return np.moveaxis(y_bar, -1, axis), None, unbroadcast(z_bar * means, dx)
    widths_bar = unbroadcast(z_bar * means, widths)
    x_bar = _at_both_ends(widths_bar, -1)
    if np.ndim(x) > 1:
        x_bar = np.moveaxis(x_bar, -1, axis)
    return np.moveaxis(y_bar, -1, axis), x_bar, None


def _widths(x: Any, axis: int) -> Any:
    return np.diff(x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1), axis=-1)


def _at_both_ends(intervals: Any, sign: int) -> Any:
    """What the upper ends of intervals receive, plus `sign` times the lower ends."""
    none = np.zeros_like(intervals[..., :1])
    upper = np.concatenate([none, intervals], axis=-1)
    return upper + sign * np.concatenate([intervals, none], axis=-1)
