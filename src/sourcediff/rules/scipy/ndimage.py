"""Linear filters of images; the weights are constants.

A filter is a correlation of the image continued beyond its edges. The adjoint is the
same without edges, and what arrives beyond them folded back.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime.scipy.images import (
    correlate1d_bar,
    correlate_bar,
    gaussian_bar,
    gaussian_filter_bar,
    uniform_bar,
    uniform_filter_bar,
)


@rule(ndimage.correlate1d)
def correlate1d(
    y_bar, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    """
    >>> correlate1d(v, w[:3])
    >>> correlate1d(A, w[:4], axis=0, mode="nearest", origin=1)
    >>> correlate1d(v, w[:4], mode="wrap", origin=-1)
    >>> correlate1d(v, w[:3], mode="constant", cval=1.5)
    >>> correlate1d(v, w[:3], mode="mirror")
    """
    return correlate1d_bar(y_bar, weights, axis, mode, origin)


@jvp(correlate1d)
def correlate1d_jvp(
    input_dot, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    return ndimage.correlate1d(input_dot, weights, axis, mode=mode, origin=origin)


@rule(ndimage.convolve1d)
def convolve1d(
    y_bar, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    """
    >>> convolve1d(v, w[:3])
    >>> convolve1d(A, w[:4], axis=0, mode="nearest", origin=1)
    >>> convolve1d(v, w[:3], mode="constant", cval=1.5)
    """
    turned = np.flip(weights)
    shift = -origin - (1 - np.size(weights) % 2)
    return correlate1d_bar(y_bar, turned, axis, mode, shift)


@jvp(convolve1d)
def convolve1d_jvp(
    input_dot, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    return ndimage.convolve1d(input_dot, weights, axis, mode=mode, origin=origin)


@rule(ndimage.correlate)
def correlate(y_bar, y, input, weights, *, mode="reflect", cval=0.0, origin=0):
    """
    >>> correlate(v, w[:3])
    >>> correlate(A, M[:3, :3], mode="wrap")
    >>> correlate(A, M[:2, :3], mode="nearest")
    >>> correlate(A, M[:3, :2], mode="constant", cval=1.5)
    >>> correlate(A, M[:3, :3], mode="mirror", origin=1)
    """
    return correlate_bar(y_bar, weights, mode, origin, False)


@jvp(correlate)
def correlate_jvp(input_dot, y, input, weights, *, mode="reflect", cval=0.0, origin=0):
    return ndimage.correlate(input_dot, weights, mode=mode, origin=origin)


@rule(ndimage.convolve)
def convolve(y_bar, y, input, weights, *, mode="reflect", cval=0.0, origin=0):
    """
    >>> convolve(v, w[:3])
    >>> convolve(A, M[:3, :3], mode="wrap")
    >>> convolve(A, M[:2, :3], mode="nearest")
    >>> convolve(A, M[:3, :2], mode="constant", cval=1.5)
    >>> convolve(A, M[:3, :3], mode="mirror", origin=1)
    """
    return correlate_bar(y_bar, weights, mode, origin, True)


@jvp(convolve)
def convolve_jvp(input_dot, y, input, weights, *, mode="reflect", cval=0.0, origin=0):
    return ndimage.convolve(input_dot, weights, mode=mode, origin=origin)


@rule(ndimage.gaussian_filter1d)
def gaussian_filter1d(
    y_bar,
    y,
    input,
    sigma,
    axis=-1,
    order=0,
    *,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    radius=None,
):
    """
    >>> gaussian_filter1d(v, 1.3)
    >>> gaussian_filter1d(A, 0.7, 0, 1, mode="nearest")
    >>> gaussian_filter1d(v, 0.7, order=2, mode="wrap", truncate=3.0)
    >>> gaussian_filter1d(v, 0.7, mode="constant", cval=1.5, radius=2)
    """
    return gaussian_bar(y_bar, sigma, axis, order, mode, truncate, radius)


@jvp(gaussian_filter1d)
def gaussian_filter1d_jvp(
    input_dot,
    y,
    input,
    sigma,
    axis=-1,
    order=0,
    *,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    radius=None,
):
    return ndimage.gaussian_filter1d(
        input_dot, sigma, axis, order, mode=mode, truncate=truncate, radius=radius
    )


@rule(ndimage.gaussian_filter)
def gaussian_filter(
    y_bar, y, input, sigma, order=0, *, mode="reflect", cval=0.0, truncate=4.0
):
    """
    >>> gaussian_filter(A, 1.3)
    >>> gaussian_filter(A, (0.7, 1.1), (0, 1), mode="nearest")
    >>> gaussian_filter(v, 0.7, order=2, mode="wrap", truncate=3.0)
    >>> gaussian_filter(A, 0.7, mode=("constant", "mirror"), cval=1.5)
    """
    return gaussian_filter_bar(y_bar, sigma, order, mode, truncate)


@jvp(gaussian_filter)
def gaussian_filter_jvp(
    input_dot, y, input, sigma, order=0, *, mode="reflect", cval=0.0, truncate=4.0
):
    return ndimage.gaussian_filter(
        input_dot, sigma, order, mode=mode, truncate=truncate
    )


@rule(ndimage.uniform_filter1d)
def uniform_filter1d(
    y_bar, y, input, size, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    """
    >>> uniform_filter1d(v, 3)
    >>> uniform_filter1d(A, 2, 0, mode="nearest")
    >>> uniform_filter1d(v, 4, mode="wrap", origin=1)
    >>> uniform_filter1d(v, 3, mode="constant", cval=1.5)
    """
    return uniform_bar(y_bar, size, axis, mode, origin)


@jvp(uniform_filter1d)
def uniform_filter1d_jvp(
    input_dot, y, input, size, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    return ndimage.uniform_filter1d(input_dot, size, axis, mode=mode, origin=origin)


@rule(ndimage.uniform_filter)
def uniform_filter(y_bar, y, input, size=3, *, mode="reflect", cval=0.0, origin=0):
    """
    >>> uniform_filter(A)
    >>> uniform_filter(A, (2, 3), mode="nearest")
    >>> uniform_filter(A, 2, mode="constant", cval=1.5)
    """
    return uniform_filter_bar(y_bar, size, mode, origin)


@jvp(uniform_filter)
def uniform_filter_jvp(
    input_dot, y, input, size=3, *, mode="reflect", cval=0.0, origin=0
):
    return ndimage.uniform_filter(input_dot, size, mode=mode, origin=origin)
