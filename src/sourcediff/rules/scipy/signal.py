"""Convolutions and recursive filters.

The adjoint of a filter runs backwards in time.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from sourcediff.rules.declare import jvp, linear, multilinear, rule
from sourcediff.runtime.scipy.filters import (
    convolve_left_bar,
    convolve_right_bar,
    flipped,
    lfilter_bars,
    lfilter_dot,
)


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
        convolve_left_bar(y_bar, in1, in2, mode),
        convolve_right_bar(y_bar, in1, in2, mode),
    )


@multilinear(signal.fftconvolve)
def fftconvolve(y_bar, in1, in2, mode="full"):
    """
    >>> fftconvolve(v, w[:3])
    >>> fftconvolve(A, B, "same")
    >>> fftconvolve(z, q[:2], "valid")
    """
    return (
        convolve_left_bar(y_bar, in1, in2, mode),
        convolve_right_bar(y_bar, in1, in2, mode),
    )


@multilinear(signal.oaconvolve)
def oaconvolve(y_bar, in1, in2, mode="full"):
    """
    >>> oaconvolve(v, w[:3])
    >>> oaconvolve(A, B, "same")
    >>> oaconvolve(z, q[:2], "valid")
    """
    return (
        convolve_left_bar(y_bar, in1, in2, mode),
        convolve_right_bar(y_bar, in1, in2, mode),
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
        convolve_left_bar(y_bar, in1, turned, mode),
        flipped(convolve_right_bar(y_bar, in1, turned, mode)),
    )


@rule(signal.lfilter, wrt=("b", "a", "x"))
def lfilter(y_bar, y, b, a, x, axis=-1):
    """
    >>> lfilter(v[:3], np.array([1.3, 0.4, -0.2]), w)
    >>> lfilter(v[:2], np.array([1.3, 0.4, -0.2]), A)
    >>> lfilter(v[:3], np.array([1.3, 0.4]), A, axis=0)
    >>> lfilter(z[:2], np.array([1.3, 0.4j]), Z)
    """
    return lfilter_bars(y_bar, y, b, a, x, axis)


@jvp(lfilter)
def lfilter_jvp(b_dot, a_dot, x_dot, y, b, a, x, axis=-1):
    return lfilter_dot(b_dot, a_dot, x_dot, y, b, a, x, axis)


@linear(signal.sosfilt, wrt=("x",))
def sosfilt(y_bar, sos, x, axis=-1):
    """
    >>> sosfilt(np.array([[0.3, 0.5, 0.1, 1.0, 0.2, -0.3]]), v)
    >>> sosfilt(np.array([[0.3, 0.5, 0.1, 1.0, 0.2, -0.3]]), A, axis=0)
    """
    return np.flip(signal.sosfilt(sos, np.flip(y_bar, axis), axis), axis)


@linear(signal.detrend)
def detrend(y_bar, data, axis=-1, type="linear", bp=0):
    """
    >>> detrend(v)
    >>> detrend(A, axis=0, type="constant")
    """
    return signal.detrend(y_bar, axis, type, bp)
