"""Convolutions and recursive filters.

The adjoint of a filter runs backwards in time.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from sourcediff.rules.declare import jvp, linear, multilinear, nondifferentiable, rule
from sourcediff.runtime.scipy.filters import (
    convolve2d_bars,
    convolve_left_bar,
    convolve_right_bar,
    flipped,
    lfilter_bars,
    lfilter_dot,
    resumed_bars,
    resumed_dot,
)
from sourcediff.runtime.scipy.passes import (
    cascade_edge,
    cascade_response,
    filter_edge,
    filtfilt_bar,
    response,
    sosfiltfilt_bar,
)

nondifferentiable(response, cascade_response, filter_edge, cascade_edge)


@multilinear(signal.convolve)
def convolve(y_bar, in1, in2, mode="full", method="auto"):
    """
    >>> convolve(v, w[:3])
    >>> convolve(v[:3], w, mode="same")
    >>> convolve(v, w[:2], "same")
    >>> convolve(v, w[:2], "valid")
    >>> convolve(A, C[:2, :3], "valid")
    >>> convolve(A, B, "same")
    >>> convolve(z, q[:3])
    """
    return (
        convolve_left_bar(y_bar, in1, in2, mode, None),
        convolve_right_bar(y_bar, in1, in2, mode, None),
    )


@multilinear(signal.fftconvolve)
def fftconvolve(y_bar, in1, in2, mode="full", axes=None):
    """
    >>> fftconvolve(v, w[:3])
    >>> fftconvolve(A, B, "same")
    >>> fftconvolve(z, q[:2], "valid")
    >>> fftconvolve(A, C, axes=1)
    >>> fftconvolve(Z, C[:1, :2], "same", axes=(1,))
    """
    return (
        convolve_left_bar(y_bar, in1, in2, mode, axes),
        convolve_right_bar(y_bar, in1, in2, mode, axes),
    )


@multilinear(signal.oaconvolve)
def oaconvolve(y_bar, in1, in2, mode="full", axes=None):
    """
    >>> oaconvolve(v, w[:3])
    >>> oaconvolve(A, B, "same")
    >>> oaconvolve(z, q[:2], "valid")
    >>> oaconvolve(A, C, axes=1)
    >>> oaconvolve(Z, C[:1, :2], "same", axes=(1,))
    """
    return (
        convolve_left_bar(y_bar, in1, in2, mode, axes),
        convolve_right_bar(y_bar, in1, in2, mode, axes),
    )


@multilinear(signal.correlate)
def correlate(y_bar, in1, in2, mode="full", method="auto"):
    """
    >>> correlate(v, w[:3])
    >>> correlate(v[:3], w, mode="same")
    >>> correlate(v, w[:2], "valid")
    >>> correlate(A, B, "same")
    >>> correlate(z, q[:3])
    """
    turned = flipped(in2)
    return (
        convolve_left_bar(y_bar, in1, turned, mode, None),
        flipped(convolve_right_bar(y_bar, in1, turned, mode, None)),
    )


@rule(signal.lfilter, wrt=("b", "a", "x", "zi"))
def lfilter(y_bar, y, b, a, x, axis=-1, zi=None):
    """
    >>> lfilter(v[:3], np.array([1.3, 0.4, -0.2]), w)
    >>> lfilter(v[:2], np.array([1.3, 0.4, -0.2]), A)
    >>> lfilter(v[:3], np.array([1.3, 0.4]), A, axis=0)
    >>> lfilter(z[:2], np.array([1.3, 0.4j]), Z)
    >>> lfilter(v[:3], s, w)
    >>> lfilter(v[:3], np.array([1.3, 0.4, -0.2]), w, zi=p[:2])
    >>> lfilter(v[:3], np.array([1.3, 0.4]), A, 0, A[:2])
    >>> lfilter(v[:2], np.array([1.3, 0.4, -0.2]), A, zi=A[:, :2])
    """
    if zi is not None:
        return resumed_bars(y_bar, y, b, a, x, axis, zi)
    return *lfilter_bars(y_bar, y, b, a, x, axis), None


@jvp(lfilter)
def lfilter_jvp(b_dot, a_dot, x_dot, zi_dot, y, b, a, x, axis=-1, zi=None):
    if zi is not None:
        return resumed_dot(b_dot, a_dot, x_dot, zi_dot, y, b, a, x, axis)
    return lfilter_dot(b_dot, a_dot, x_dot, y, b, a, x, axis)


@linear(signal.sosfilt, wrt=("x",))
def sosfilt(y_bar, sos, x, axis=-1):
    """
    >>> sosfilt(np.array([[0.3, 0.5, 0.1, 1.0, 0.2, -0.3]]), v)
    >>> sosfilt(np.array([[0.3, 0.5, 0.1, 1.0, 0.2, -0.3]]), A, axis=0)
    """
    return np.flip(signal.sosfilt(sos, np.flip(y_bar, axis), axis), axis)


@linear(signal.filtfilt, wrt=("x",))
def filtfilt(y_bar, b, a, x, axis=-1, padtype="odd", padlen=None):
    """
    >>> filtfilt([0.3, 0.4], [1.0, -0.5], w, padlen=3)
    >>> filtfilt([0.3, 0.4], [1.0, -0.5], A, padtype="even", padlen=2)
    >>> filtfilt([0.3, 0.4, 0.1], [2.0, -0.5], A, 0, "constant", 1)
    >>> filtfilt([0.3, 0.4], 1.5, T, padtype=None)
    >>> filtfilt([0.3, 0.4], [1.0, -0.5], np.tile(z, 3))
    """
    return filtfilt_bar(y_bar, b, a, axis, padtype, padlen)


@linear(signal.sosfiltfilt, wrt=("x",))
def sosfiltfilt(y_bar, sos, x, axis=-1, padtype="odd", padlen=None):
    """
    >>> sosfiltfilt([[0.3, 0.5, 0.1, 1.0, 0.2, -0.3]], w, padlen=2)
    >>> sosfiltfilt([[0.3, 0.5, 0.0, 1.0, 0.2, 0.0]], np.tile(A, (3, 1)), 0, "even")
    """
    return sosfiltfilt_bar(y_bar, sos, axis, padtype, padlen)


@rule(signal.convolve2d, wrt=("in1", "in2"))
def convolve2d(y_bar, y, in1, in2, mode="full", boundary="fill", fillvalue=0):
    """
    >>> convolve2d(A, C[:2, :3])
    >>> convolve2d(A, C[:2, :2], "same", boundary="wrap")
    >>> convolve2d(A, C[:2, :3], mode="same", boundary="symm")
    >>> convolve2d(A, C[:2, :3], "valid")
    >>> convolve2d(A, C[:2, :3], fillvalue=1.5)
    >>> convolve2d(Z, C[:3, :2])
    """
    return convolve2d_bars(y_bar, in1, in2, mode, boundary, fillvalue)


@jvp(convolve2d)
def convolve2d_jvp(
    in1_dot, in2_dot, y, in1, in2, mode="full", boundary="fill", fillvalue=0
):
    moved = signal.convolve2d(in1_dot, in2, mode, boundary, 0)
    return moved + signal.convolve2d(in1, in2_dot, mode, boundary, fillvalue)


@rule(signal.correlate2d, wrt=("in1", "in2"))
def correlate2d(y_bar, y, in1, in2, mode="full", boundary="fill", fillvalue=0):
    """
    >>> correlate2d(A, C[:2, :3])
    >>> correlate2d(A, C[:2, :2], "same", boundary="wrap")
    >>> correlate2d(A, C[:2, :3], mode="same", boundary="symm")
    >>> correlate2d(A, C[:2, :3], "valid")
    >>> correlate2d(A, C[:2, :3], fillvalue=1.5)
    >>> correlate2d(Z, Z[:3, :2])
    """
    turned = flipped(in2)
    bars = convolve2d_bars(y_bar, in1, turned, mode, boundary, fillvalue, 1)
    return bars[0], flipped(bars[1])


@jvp(correlate2d)
def correlate2d_jvp(
    in1_dot, in2_dot, y, in1, in2, mode="full", boundary="fill", fillvalue=0
):
    moved = signal.correlate2d(in1_dot, in2, mode, boundary, 0)
    return moved + signal.correlate2d(in1, in2_dot, mode, boundary, fillvalue)


@linear(signal.detrend)
def detrend(y_bar, data, axis=-1, type="linear", bp=0):
    """
    >>> detrend(v)
    >>> detrend(A, axis=0, type="constant")
    """
    return signal.detrend(y_bar, axis, type, bp)
