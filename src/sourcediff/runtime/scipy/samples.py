"""Sums over samples along an axis, weighted as rules of integration say."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.shape import conjugate, unbroadcast


def weighted(z_bar: Any, weights: Any, y: Any, axis: int) -> Any:
    """The cotangent of `y` where `z` is the sum of `weights * y` along an axis.

    >>> weighted(2.0, np.array([0.5, 1.0]), np.zeros(2), 0)
    array([1., 2.])
    """
    shape = [1] * np.ndim(y)
    shape[axis] = np.shape(y)[axis]
    aligned = np.reshape(weights, shape)
    return np.expand_dims(z_bar, axis) * np.asarray(aligned, np.result_type(z_bar))


def _along(x: Any, y: Any, axis: int) -> Any:
    """The places of samples, with the axis of the samples last."""
    return x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1)


def trapezoid_dot(
    y_dot: Any, x_dot: Any, dx_dot: Any, y: Any, x: Any, dx: Any, axis: int
) -> Any:
    """The tangent of `trapezoid(y, x, dx, axis)`.

    >>> y = np.array([1.0, 3.0])
    >>> float(trapezoid_dot(np.zeros(2), None, 1.0, y, None, 0.5, -1))
    2.0
    """
    moved = np.trapezoid(y_dot, x, dx, axis)
    if x is None:
        return moved + dx_dot * np.trapezoid(y, axis=axis)
    return moved + np.trapezoid(y, x_dot, axis=axis)


def cumulative_trapezoid_bars(
    z_bar: Any, y: Any, x: Any, dx: Any, axis: int, initial: Any
) -> tuple[Any, Any]:
    """The cotangents of samples and places in `cumulative_trapezoid`.

    >>> y = np.array([1.0, 3.0])
    >>> cumulative_trapezoid_bars(np.ones(1), y, None, 0.5, -1, None)
    (array([0.25, 0.25]), None)
    """
    seeds = np.moveaxis(z_bar, axis, -1)
    if initial is not None:
        seeds = seeds[..., 1:]
    later = np.cumsum(seeds[..., ::-1], axis=-1)[..., ::-1]
    none = np.zeros_like(later[..., :1])
    widths = dx if x is None else np.diff(_along(x, y, axis), axis=-1)
    halves = later * conjugate(widths) / 2
    y_bar = np.concatenate([halves, none], -1) + np.concatenate([none, halves], -1)
    y_bar = np.moveaxis(y_bar, -1, axis)
    if x is None:
        return y_bar, None
    samples = np.moveaxis(y, axis, -1)
    spread = later * conjugate(samples[..., 1:] + samples[..., :-1]) / 2
    x_bar = np.concatenate([none, spread], -1) - np.concatenate([spread, none], -1)
    if np.ndim(x) == 1:
        return y_bar, unbroadcast(x_bar, x)
    return y_bar, np.moveaxis(x_bar, -1, axis)
