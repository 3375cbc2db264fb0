"""Correlations of images with weights.

The adjoint is the same without edges, and what arrives beyond them folded back. What is
found is linear in the image and the value beyond its edges together; for that one, an
image of zeros is filtered.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import conjugate
from sourcediff.runtime.scipy.images import (
    beyond_edges,
    correlate1d_bar,
    correlate_bar,
    weights_bar,
)


@rule(ndimage.correlate1d, wrt=("input", "weights", "cval"))
def correlate1d(
    y_bar, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    """
    >>> correlate1d(v, w[:3])
    >>> correlate1d(A, w[:4], axis=0, mode="nearest", origin=1)
    >>> correlate1d(v, w[:4], mode="wrap", origin=-1)
    >>> correlate1d(v, w[:3], mode="constant", cval=1.5)
    >>> correlate1d(v, w[:3], mode="mirror")
    >>> correlate1d(z, q[:3])
    """
    beyond = ndimage.correlate1d(
        np.zeros_like(input), weights, axis, mode=mode, cval=1.0, origin=origin
    )
    return (
        correlate1d_bar(y_bar, weights, axis, mode, origin),
        weights_bar(y_bar, input, weights, mode, cval, origin, (axis,), False),
        np.sum(y_bar * conjugate(beyond)),
    )


@jvp(correlate1d)
def correlate1d_jvp(
    input_dot,
    weights_dot,
    cval_dot,
    y,
    input,
    weights,
    axis=-1,
    *,
    mode="reflect",
    cval=0.0,
    origin=0,
):
    moved = ndimage.correlate1d(
        input_dot, weights, axis, mode=mode, cval=cval_dot, origin=origin
    )
    return moved + ndimage.correlate1d(
        input, weights_dot, axis, mode=mode, cval=cval, origin=origin
    )


@rule(ndimage.convolve1d, wrt=("input", "weights", "cval"))
def convolve1d(
    y_bar, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    """
    >>> convolve1d(v, w[:3])
    >>> convolve1d(A, w[:4], axis=0, mode="nearest", origin=1)
    >>> convolve1d(v, w[:3], mode="constant", cval=1.5)
    >>> convolve1d(z, q[:2])
    """
    beyond = ndimage.convolve1d(
        np.zeros_like(input), weights, axis, mode=mode, cval=1.0, origin=origin
    )
    turned = np.conj(np.flip(weights))
    shift = -origin - (1 - np.size(weights) % 2)
    return (
        correlate1d_bar(y_bar, turned, axis, mode, shift),
        weights_bar(y_bar, input, weights, mode, cval, origin, (axis,), True),
        np.sum(y_bar * conjugate(beyond)),
    )


@jvp(convolve1d)
def convolve1d_jvp(
    input_dot,
    weights_dot,
    cval_dot,
    y,
    input,
    weights,
    axis=-1,
    *,
    mode="reflect",
    cval=0.0,
    origin=0,
):
    moved = ndimage.convolve1d(
        input_dot, weights, axis, mode=mode, cval=cval_dot, origin=origin
    )
    return moved + ndimage.convolve1d(
        input, weights_dot, axis, mode=mode, cval=cval, origin=origin
    )


@rule(ndimage.correlate, wrt=("input", "weights", "cval"))
def correlate(
    y_bar, y, input, weights, *, mode="reflect", cval=0.0, origin=0, axes=None
):
    """
    >>> correlate(v, w[:3])
    >>> correlate(A, M[:3, :3], mode="wrap")
    >>> correlate(A, M[:2, :3], mode="nearest")
    >>> correlate(A, M[:3, :2], mode="constant", cval=1.5)
    >>> correlate(A, M[:3, :3], mode="mirror", origin=1)
    >>> correlate(A, M[:2, :3], origin=(-1, 0))
    >>> correlate(Z, Z[:2, :3])
    """
    beyond = beyond_edges(ndimage.correlate, input, weights, mode, origin, axes)
    return (
        correlate_bar(y_bar, weights, mode, origin, axes, False),
        weights_bar(y_bar, input, weights, mode, cval, origin, axes, False),
        np.sum(y_bar * conjugate(beyond)),
    )


@jvp(correlate)
def correlate_jvp(
    input_dot,
    weights_dot,
    cval_dot,
    y,
    input,
    weights,
    *,
    mode="reflect",
    cval=0.0,
    origin=0,
    axes=None,
):
    options = {} if axes is None else {"axes": axes}
    moved = ndimage.correlate(
        input_dot, weights, mode=mode, cval=cval_dot, origin=origin, **options
    )
    return moved + ndimage.correlate(
        input, weights_dot, mode=mode, cval=cval, origin=origin, **options
    )


@rule(ndimage.convolve, wrt=("input", "weights", "cval"))
def convolve(
    y_bar, y, input, weights, *, mode="reflect", cval=0.0, origin=0, axes=None
):
    """
    >>> convolve(v, w[:3])
    >>> convolve(A, M[:3, :3], mode="wrap")
    >>> convolve(A, M[:2, :3], mode="nearest")
    >>> convolve(A, M[:3, :2], mode="constant", cval=1.5)
    >>> convolve(A, M[:3, :3], mode="mirror", origin=1)
    >>> convolve(A, M[:2, :3], origin=(-1, 0))
    >>> convolve(Z, Z[:2, :3])
    """
    beyond = beyond_edges(ndimage.convolve, input, weights, mode, origin, axes)
    return (
        correlate_bar(y_bar, weights, mode, origin, axes, True),
        weights_bar(y_bar, input, weights, mode, cval, origin, axes, True),
        np.sum(y_bar * conjugate(beyond)),
    )


@jvp(convolve)
def convolve_jvp(
    input_dot,
    weights_dot,
    cval_dot,
    y,
    input,
    weights,
    *,
    mode="reflect",
    cval=0.0,
    origin=0,
    axes=None,
):
    options = {} if axes is None else {"axes": axes}
    moved = ndimage.convolve(
        input_dot, weights, mode=mode, cval=cval_dot, origin=origin, **options
    )
    return moved + ndimage.convolve(
        input, weights_dot, mode=mode, cval=cval, origin=origin, **options
    )
