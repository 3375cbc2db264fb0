"""Adjoints of convolutions and of recursive filters."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from sourcediff.runtime.scipy.images import continued, folded
from sourcediff.runtime.shape import unbroadcast


def flipped(x: Any) -> Any:
    """The conjugate of an array with all axes reversed.

    >>> flipped(np.array([1.0, 2.0]))
    array([2., 1.])
    """
    return np.conj(np.flip(x))


def _full(
    y_bar: Any, shape1: Any, shape2: Any, mode: str, axes: Any = None, late: int = 0
) -> Any:
    """The cotangent of the full convolution, of which `mode` kept the middle.

    Where there is no middle, the half before or (`late`) after it is kept.
    """
    ndim = np.ndim(y_bar)
    chosen = (
        range(ndim) if axes is None or not ndim else [k % ndim for k in np.ravel(axes)]
    )
    widths = [(0, 0)] * ndim
    for k in chosen:
        n, m, have = shape1[k], shape2[k], np.shape(y_bar)[k]
        before = (n + m - 1 - have + late) // 2
        if mode == "valid":
            before = min(n, m) - 1
        widths[k] = (before, n + m - 1 - have - before)
    return np.pad(y_bar, widths) if widths else y_bar


def _left(y_bar: Any, in1: Any, in2: Any, mode: str, axes: Any) -> Any:
    if not np.size(in1) or not np.size(in2):
        return np.zeros_like(in1)
    full = _full(y_bar, np.shape(in1), np.shape(in2), mode, axes)
    if axes is None or not np.ndim(full):
        return signal.correlate(full, in2, "valid")
    turned = np.conj(np.flip(in2, axes))
    return unbroadcast(signal.fftconvolve(full, turned, "valid", axes), in1)


def convolve_left_bar(y_bar: Any, in1: Any, in2: Any, mode: str, axes: Any) -> Any:
    """The cotangent of the first factor of a convolution.

    >>> convolve_left_bar(np.ones(3), np.ones(2), np.array([1.0, 2.0]), "full", None)
    array([3., 3.])
    """
    return _left(y_bar, in1, in2, mode, axes)


def convolve_right_bar(y_bar: Any, in1: Any, in2: Any, mode: str, axes: Any) -> Any:
    """The cotangent of the second factor of a convolution.

    >>> convolve_right_bar(np.ones(3), np.ones(2), np.array([1.0, 2.0]), "full", None)
    array([2., 2.])
    """
    return _left(y_bar, in2, in1, mode, axes)


def convolve2d_bars(
    y_bar: Any,
    in1: Any,
    in2: Any,
    mode: str,
    boundary: str,
    fillvalue: Any,
    late: int = 0,
) -> tuple[Any, Any]:
    """The cotangents of both images in `convolve2d`; `late`: in `correlate2d`, turned.

    >>> one = np.ones((1, 1))
    >>> convolve2d_bars(one, 2 * one, 3 * one, "full", "fill", 0)
    (array([[3.]]), array([[2.]]))
    """
    if not np.size(in1) or not np.size(in2):
        return np.zeros_like(in1), np.zeros_like(in2)
    full = _full(y_bar, np.shape(in1), np.shape(in2), mode, None, late)
    edge = _EDGES[boundary]
    wide = in1
    for axis in (0, 1):
        wide = continued(wide, np.shape(in2)[axis] - 1, edge, axis, fillvalue)
    in1_bar = signal.correlate(full, in2, "valid")
    if boundary != "fill":
        in1_bar = signal.correlate(full, in2, "full")
        for axis in (0, 1):
            in1_bar = folded(in1_bar, np.shape(in2)[axis] - 1, edge, axis)
    return in1_bar, signal.correlate(full, wide, "valid")


_EDGES = {"fill": "constant", "wrap": "wrap", "symm": "reflect"}


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
    one = np.ones_like(np.ravel(a)[:1])
    back = np.flip(y_bar, axis)
    x_bar = np.flip(signal.lfilter(np.conj(b), np.conj(a), back, axis), axis)
    b_bar = _lags(y_bar, signal.lfilter(one, a, x, axis), np.size(b), axis)
    a_bar = -_lags(y_bar, signal.lfilter(one, a, y, axis), np.size(a), axis)
    return np.reshape(b_bar, np.shape(b)), np.reshape(a_bar, np.shape(a)), x_bar


def lfilter_dot(
    b_dot: Any, a_dot: Any, x_dot: Any, y: Any, b: Any, a: Any, x: Any, axis: int
) -> Any:
    """The tangent of `lfilter(b, a, x, axis)`.

    >>> one, x = np.ones(1), np.array([1.0, 2.0])
    >>> lfilter_dot(one, one, x, x, one, one, x, -1)
    array([1., 2.])
    """
    one = np.ones_like(np.ravel(a)[:1])
    driven = signal.lfilter(a_dot, one, y, axis)
    moved = signal.lfilter(b, a, x_dot, axis) + signal.lfilter(b_dot, a, x, axis)
    return moved - signal.lfilter(one, a, driven, axis)
