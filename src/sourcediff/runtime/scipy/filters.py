"""Adjoints of convolutions and of recursive filters."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal


def flipped(x: Any) -> Any:
    """The conjugate of an array with all axes reversed.

    >>> flipped(np.array([1.0, 2.0]))
    array([2., 1.])
    """
    return np.conj(np.flip(x))


def _full(y_bar: Any, shape1: Any, shape2: Any, mode: str) -> Any:
    """The cotangent of the full convolution, of which `mode` kept the middle."""
    widths = []
    for have, n, m in zip(np.shape(y_bar), shape1, shape2, strict=True):
        before = (n + m - 1 - have) // 2
        if mode == "valid":
            before = min(n, m) - 1
        widths.append((before, n + m - 1 - have - before))
    return np.pad(y_bar, widths) if widths else y_bar


def convolve_left_bar(y_bar: Any, in1: Any, in2: Any, mode: str) -> Any:
    """The cotangent of the first factor of a convolution.

    >>> convolve_left_bar(np.ones(3), np.ones(2), np.array([1.0, 2.0]), "full")
    array([3., 3.])
    """
    if not np.size(in1) or not np.size(in2):
        return np.zeros_like(in1)
    full = _full(y_bar, np.shape(in1), np.shape(in2), mode)
    return signal.correlate(full, in2, "valid")


def convolve_right_bar(y_bar: Any, in1: Any, in2: Any, mode: str) -> Any:
    """The cotangent of the second factor of a convolution.

    >>> convolve_right_bar(np.ones(3), np.ones(2), np.array([1.0, 2.0]), "full")
    array([2., 2.])
    """
    if not np.size(in1) or not np.size(in2):
        return np.zeros_like(in2)
    full = _full(y_bar, np.shape(in1), np.shape(in2), mode)
    return signal.correlate(full, in1, "valid")


def _lags(y_bar: Any, w: Any, count: int, axis: int) -> Any:
    """The inner products of `y_bar` with `w` delayed by 0, 1, ... samples."""
    y_bar, w = np.moveaxis(y_bar, axis, -1), np.conj(np.moveaxis(w, axis, -1))
    n = np.shape(w)[-1]
    return np.stack(
        [np.sum(y_bar[..., k:] * w[..., : max(n - k, 0)]) for k in range(count)]
    )


def lfilter_bars(
    y_bar: Any, y: Any, b: Any, a: Any, x: Any, axis: int
) -> tuple[Any, Any, Any]:
    """The cotangents of coefficients and samples in `lfilter(b, a, x, axis)`.

    >>> one, x = np.ones(1), np.array([1.0, 2.0])
    >>> lfilter_bars(np.ones(2), x, one, one, x, -1)
    (array([3.]), array([-3.]), array([1., 1.]))
    """
    one = np.ones_like(a[:1])
    back = np.flip(y_bar, axis)
    x_bar = np.flip(signal.lfilter(np.conj(b), np.conj(a), back, axis), axis)
    b_bar = _lags(y_bar, signal.lfilter(one, a, x, axis), len(b), axis)
    a_bar = -_lags(y_bar, signal.lfilter(one, a, y, axis), len(a), axis)
    return b_bar, a_bar, x_bar


def lfilter_dot(
    b_dot: Any, a_dot: Any, x_dot: Any, y: Any, b: Any, a: Any, x: Any, axis: int
) -> Any:
    """The tangent of `lfilter(b, a, x, axis)`.

    >>> one, x = np.ones(1), np.array([1.0, 2.0])
    >>> lfilter_dot(one, one, x, x, one, one, x, -1)
    array([1., 2.])
    """
    one = np.ones_like(a[:1])
    driven = signal.lfilter(a_dot, one, y, axis)
    moved = signal.lfilter(b, a, x_dot, axis) + signal.lfilter(b_dot, a, x, axis)
    return moved - signal.lfilter(one, a, driven, axis)
