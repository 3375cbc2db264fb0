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


def _with_silence(x: Any, count: int) -> Any:
    """A signal, time last, with zeros after it."""
    return np.concatenate([x, np.zeros_like(x, shape=(*x.shape[:-1], count))], axis=-1)


def _normal(b: Any, a: Any) -> tuple[Any, Any, int]:
    """Coefficients of one length, as the form with states has them, and its states."""
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    count = max(len(b), len(a)) - 1
    pad = np.zeros_like
    return (
        np.concatenate([b, pad(b, shape=count + 1 - len(b))]),
        np.concatenate([a, pad(a, shape=count + 1 - len(a))]),
        count,
    )


def resumed_bars(
    y_bar: Any, y: Any, b: Any, a: Any, x: Any, axis: int, zi: Any
) -> tuple[Any, Any, Any, Any]:
    """The cotangents of everything in `lfilter(b, a, x, axis, zi)`.

    With `u = b * x` and `zi` added to its start, the signal is `u / a` and the states
    at the end are what `u - a * y` has after it, for `b` and `a` over `a[0]`.

    >>> one, x = np.ones(1), np.array([1.0, 2.0])
    >>> none = np.zeros(0)
    >>> resumed_bars((x, none), (x, none), one, one, x, -1, none)[2]
    array([1., 2.])
    """
    first, n = np.ravel(a)[0], np.shape(x)[axis]
    b_all, a_all, count = _normal(b, a)
    b_all, a_all = b_all / first, a_all / first
    one = np.ones_like(a_all[:1])
    signal_bar, end_bar = (np.moveaxis(bar, axis, -1) for bar in y_bar)
    heard, given = np.moveaxis(y[0], axis, -1), np.moveaxis(x, axis, -1)
    late = np.concatenate([np.zeros_like(signal_bar), end_bar], axis=-1)
    # The states at the end, u - a * y.
    back = signal.lfilter(np.conj(a_all), one, late[..., ::-1])[..., ::-1]
    a_bar = -_lags(late, _with_silence(heard, count), count + 1, -1)
    # The signal, u / a.
    seed = signal_bar - back[..., :n]
    seed = signal.lfilter(one, np.conj(a_all), seed[..., ::-1])[..., ::-1]
    a_bar = a_bar - _lags(seed, heard, count + 1, -1)
    u_bar = np.concatenate([seed, end_bar], axis=-1)
    # What the filter is driven by, b * x and the states at the start.
    b_bar = _lags(u_bar, _with_silence(given, count), count + 1, -1)
    x_bar = signal.lfilter(np.conj(b_all), one, u_bar[..., ::-1])[..., ::-1][..., :n]
    ratio = np.sum(b_bar * np.conj(b_all)) + np.sum(a_bar * np.conj(a_all))
    b_bar, a_bar = b_bar / np.conj(first), a_bar / np.conj(first)
    a_bar = np.concatenate([a_bar[:1] - ratio / np.conj(first), a_bar[1:]])
    return (
        np.reshape(b_bar[: np.size(b)], np.shape(b)),
        np.reshape(a_bar[: np.size(a)], np.shape(a)),
        np.moveaxis(x_bar, -1, axis),
        unbroadcast(np.moveaxis(u_bar[..., :count], -1, axis), zi),
    )


def resumed_dot(
    b_dot: Any,
    a_dot: Any,
    x_dot: Any,
    zi_dot: Any,
    y: Any,
    b: Any,
    a: Any,
    x: Any,
    axis: int,
) -> tuple[Any, Any]:
    """The tangents of signal and states at the end in `lfilter(b, a, x, axis, zi)`.

    >>> one, x = np.ones(1), np.array([1.0, 2.0])
    >>> none = np.zeros(0)
    >>> resumed_dot(0 * one, 0 * one, x, none, (x, none), one, one, x, -1)[0]
    array([1., 2.])
    """
    first = np.ravel(a)[0]
    b_all, a_all, _ = _normal(b, a)
    b_dots, a_dots, _ = _normal(b_dot, a_dot)
    ratio = a_dots[0] / first
    b_dots, a_dots = (b_dots - b_all * ratio) / first, (a_dots - a_all * ratio) / first
    b_all, a_all = b_all / first, a_all / first
    silence = np.zeros_like(y[1])
    moved = signal.lfilter(b_all, a_all, x_dot, axis, zi_dot)
    by_b = signal.lfilter(b_dots, a_all, x, axis, silence)
    by_a = signal.lfilter(a_dots, a_all, y[0], axis, silence)
    return moved[0] + by_b[0] - by_a[0], moved[1] + by_b[1] - by_a[1]
