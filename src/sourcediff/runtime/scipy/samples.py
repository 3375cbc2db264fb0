"""Sums over samples along an axis, weighted as rules of integration say."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate

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


def along(x: Any, y: Any, axis: int) -> Any:
    """The places of samples, with the axis of the samples last.

    >>> along(np.ones((3, 2)), np.ones((3, 2)), 0).shape
    (2, 3)
    """
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
    widths = dx if x is None else np.diff(along(x, y, axis), axis=-1)
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


def _simpson_weights(x: Any, dx: Any, n: int) -> Any:
    """What `simpson` multiplies each of `n` samples with, along the last axis."""
    if x is None or np.ndim(x) == 1:
        return integrate.simpson(np.eye(n), x=x, dx=dx)
    places = np.moveaxis(np.broadcast_to(x, (n, *np.shape(x))), 0, -2)
    return integrate.simpson(np.broadcast_to(np.eye(n), np.shape(places)), x=places)


def simpson_bars(
    z_bar: Any, z: Any, y: Any, x: Any, dx: Any, axis: int
) -> tuple[Any, Any, Any]:
    """The cotangents of samples, places and width in `simpson`.

    >>> y = np.array([1.0, 1.0, 1.0])
    >>> float(simpson_bars(3.0, 1.0, y, None, 0.5, -1)[2])
    6.0
    """
    places = None if x is None else along(x, y, axis)
    weights = _simpson_weights(places, dx, np.shape(y)[axis])
    seeds = np.expand_dims(z_bar, -1)
    weights = np.conj(np.asarray(weights, np.result_type(y)))
    y_bar = np.moveaxis(seeds * weights, -1, axis)
    if x is None:
        return y_bar, None, np.conj(np.sum(np.conj(z_bar) * z) / dx)
    spread = seeds * np.conj(simpson_slopes(y, x, axis))
    none = np.zeros_like(spread[..., :1])
    x_bar = np.concatenate([none, spread], -1) - np.concatenate([spread, none], -1)
    if np.ndim(x) == 1:
        return y_bar, unbroadcast(x_bar, x), None
    return y_bar, np.moveaxis(x_bar, -1, axis), None


def simpson_slopes(y: Any, x: Any, axis: int) -> Any:
    """The derivatives of `simpson` in the widths of the intervals, those last.

    >>> x = np.array([0.0, 1.0, 2.0])
    >>> simpson_slopes(np.ones(3), x, -1)
    array([1., 1.])
    """
    y = np.moveaxis(y, axis, -1)
    widths = np.diff(along(x, y, axis), axis=-1)
    count = np.shape(widths)[-1]
    if count == 1:
        return (y[..., :1] + y[..., 1:]) / 2
    pairs = count - count % 2
    h0, h1 = widths[..., 0:pairs:2], widths[..., 1:pairs:2]
    y0, y1, y2 = y[..., 0:pairs:2], y[..., 1:pairs:2], y[..., 2 : pairs + 1 : 2]
    both, ratio = h0 + h1, h1 / h0
    middle = both**2 / (h0 * h1) * y1
    first = (2 + ratio**2) * y0 + middle * (2 - ratio) + (1 - 2 / ratio) * y2
    second = (1 - 2 * ratio) * y0 + middle * (2 - 1 / ratio) + (2 + ratio**-2) * y2
    slopes = np.stack([first, second], axis=-1) / 6
    slopes = np.reshape(slopes, (*np.shape(slopes)[:-2], pairs))
    if count % 2 == 0:
        return slopes
    h0, h1 = widths[..., -2:-1], widths[..., -1:]
    y0, y1, y2 = y[..., -3:-2], y[..., -2:-1], y[..., -1:]
    both, ratio = h0 + h1, h1 / h0
    part = h1 / both
    before = part**2 * y2 - ratio**2 * y1 + ratio**2 * part * (2 - part) * y0
    after = (2 + (1 - part) ** 2) * y2 + (3 + 2 * ratio) * y1
    after = after - ratio * part * (3 - part) * y0
    last = np.zeros_like(slopes[..., 1:])
    ends = np.concatenate([last, before / 6, after / 6], axis=-1)
    return np.concatenate([slopes, np.zeros_like(before)], axis=-1) + ends
