"""Linear filters of images.

A filter is a correlation of the image continued beyond its edges. The adjoint is the
same without edges, and what arrives beyond them folded back. Filters are linear in the
image and the value beyond its edges together; for that one, an image of zeros is
filtered.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from sourcediff.rules.declare import jvp, linear, rule
from sourcediff.rules.scipy import correlations
from sourcediff.runtime import conjugate
from sourcediff.runtime.scipy.images import (
    gaussian_bar,
    gaussian_filter_bar,
    gaussian_slopes,
    gaussian_slopes_bar,
    laplace_bar,
    slope_bar,
    uniform_bar,
    uniform_filter_bar,
)

__all__ = ["correlations"]


@linear(ndimage.gaussian_filter1d, wrt=("input", "cval"))
def gaussian_filter1d(
    y_bar,
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
    options = {"mode": mode, "cval": 1.0, "truncate": truncate, "radius": radius}
    zeros = np.zeros_like(input)
    beyond = ndimage.gaussian_filter1d(zeros, sigma, axis, order, **options)
    return (
        gaussian_bar(y_bar, sigma, axis, order, mode, truncate, radius),
        np.sum(y_bar * beyond),
    )


@linear(ndimage.gaussian_filter, wrt=("input", "cval"))
def gaussian_filter(
    y_bar,
    input,
    sigma,
    order=0,
    *,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    radius=None,
    axes=None,
):
    """
    >>> gaussian_filter(A, 1.3)
    >>> gaussian_filter(A, (0.7, 1.1), (0, 1), mode="nearest")
    >>> gaussian_filter(v, 0.7, order=2, mode="wrap", truncate=3.0)
    >>> gaussian_filter(A, 0.7, mode=("constant", "mirror"), cval=1.5)
    >>> gaussian_filter(A, 0.7, mode="constant", cval=1.5)
    >>> gaussian_filter(T, (0.7, 1.1), axes=(2, 0), mode=("wrap", "nearest"))
    >>> gaussian_filter(A, 1.3, radius=(2, 1))
    """
    options = {"mode": mode, "truncate": truncate, "radius": radius, "axes": axes}
    zeros = np.zeros_like(input)
    beyond = ndimage.gaussian_filter(zeros, sigma, order, cval=1.0, **options)
    return (
        gaussian_filter_bar(y_bar, sigma, order, mode, truncate, radius, axes),
        np.sum(y_bar * beyond),
    )


@linear(ndimage.uniform_filter1d, wrt=("input", "cval"))
def uniform_filter1d(
    y_bar, input, size, axis=-1, *, mode="reflect", cval=0.0, origin=0
):
    """
    >>> uniform_filter1d(v, 3)
    >>> uniform_filter1d(A, 2, 0, mode="nearest")
    >>> uniform_filter1d(v, 4, mode="wrap", origin=1)
    >>> uniform_filter1d(v, 3, mode="constant", cval=1.5)
    """
    beyond = ndimage.uniform_filter1d(
        np.zeros_like(input), size, axis, mode=mode, cval=1.0, origin=origin
    )
    return uniform_bar(y_bar, size, axis, mode, origin), np.sum(y_bar * beyond)


@linear(ndimage.uniform_filter, wrt=("input", "cval"))
def uniform_filter(
    y_bar, input, size=3, *, mode="reflect", cval=0.0, origin=0, axes=None
):
    """
    >>> uniform_filter(A)
    >>> uniform_filter(A, (2, 3), mode="nearest")
    >>> uniform_filter(A, 2, mode="constant", cval=1.5)
    >>> uniform_filter(T, 2, axes=(0, 2), origin=(0, -1))
    """
    zeros = np.zeros_like(input)
    beyond = ndimage.uniform_filter(
        zeros, size, mode=mode, cval=1.0, origin=origin, axes=axes
    )
    return (
        uniform_filter_bar(y_bar, size, mode, origin, axes),
        np.sum(y_bar * beyond),
    )


@linear(ndimage.fourier_gaussian)
def fourier_gaussian(y_bar, input, sigma, n=-1, axis=-1):
    """
    >>> fourier_gaussian(Z, 1.3)
    >>> fourier_gaussian(z, 0.7, 8)
    """
    return ndimage.fourier_gaussian(y_bar, sigma, n, axis)


@linear(ndimage.fourier_uniform)
def fourier_uniform(y_bar, input, size, n=-1, axis=-1):
    """
    >>> fourier_uniform(Z, (2, 3))
    """
    return ndimage.fourier_uniform(y_bar, size, n, axis)


@linear(ndimage.fourier_ellipsoid)
def fourier_ellipsoid(y_bar, input, size, n=-1, axis=-1):
    """
    >>> fourier_ellipsoid(Z, (2.0, 3.0))
    """
    return ndimage.fourier_ellipsoid(y_bar, size, n, axis)


@linear(ndimage.fourier_shift)
def fourier_shift(y_bar, input, shift, n=-1, axis=-1):
    """
    >>> fourier_shift(Z, 1.3)
    >>> fourier_shift(Z, (0.7, -1.1))
    """
    return ndimage.fourier_shift(y_bar, np.negative(shift), n, axis)


@linear(ndimage.sobel, wrt=("input", "cval"))
def sobel(y_bar, input, axis=-1, *, mode="reflect", cval=0.0):
    """
    >>> sobel(A)
    >>> sobel(T, 1, mode=["wrap", "nearest", "reflect"])
    >>> sobel(A, 0, mode="constant", cval=1.5)
    >>> sobel(Z)
    """
    beyond = ndimage.sobel(np.zeros_like(input), axis, mode=mode, cval=1.0)
    return slope_bar(y_bar, [1, 2, 1], axis, mode), np.sum(y_bar * beyond)


@linear(ndimage.prewitt, wrt=("input", "cval"))
def prewitt(y_bar, input, axis=-1, *, mode="reflect", cval=0.0):
    """
    >>> prewitt(A)
    >>> prewitt(v, mode="mirror")
    >>> prewitt(A, 0, mode="constant", cval=1.5)
    """
    beyond = ndimage.prewitt(np.zeros_like(input), axis, mode=mode, cval=1.0)
    return slope_bar(y_bar, [1, 1, 1], axis, mode), np.sum(y_bar * beyond)


@linear(ndimage.laplace, wrt=("input", "cval"))
def laplace(y_bar, input, *, mode="reflect", cval=0.0, axes=None):
    """
    >>> laplace(A)
    >>> laplace(A, mode=["wrap", "nearest"])
    >>> laplace(A, mode="constant", cval=1.5)
    """
    options = {} if axes is None else {"axes": axes}
    beyond = ndimage.laplace(np.zeros_like(input), mode=mode, cval=1.0, **options)
    return laplace_bar(y_bar, mode, axes), np.sum(y_bar * beyond)


@linear(ndimage.gaussian_laplace, wrt=("input", "cval"))
def gaussian_laplace(
    y_bar,
    input,
    sigma,
    *,
    mode="reflect",
    cval=0.0,
    axes=None,
    truncate=4.0,
    radius=None,
):
    """
    >>> gaussian_laplace(A, 1.1)
    >>> gaussian_laplace(A, (0.8, 1.1), mode=("nearest", "wrap"), truncate=3.0)
    >>> gaussian_laplace(A, 1.1, mode="constant", cval=1.5)
    """
    count = max(np.ndim(y_bar), 1)
    slopes_bar = np.broadcast_to(y_bar, (count, *np.shape(y_bar)))
    beyond = gaussian_slopes(
        np.zeros_like(input), sigma, 2, mode, 1.0, axes, truncate, radius
    )
    return (
        gaussian_slopes_bar(slopes_bar, sigma, 2, mode, axes, truncate, radius),
        np.sum(y_bar * beyond),
    )


@linear(gaussian_slopes, wrt=("image", "cval"))
def slopes(y_bar, image, sigma, order, mode, cval, axes, truncate, radius):
    """
    >>> slopes(A, 1.1, 1, "reflect", 0.0, None, 4.0, None)
    >>> slopes(T, (0.8, 1.1), 2, ("wrap", "constant"), 1.5, (0, 2), 4.0, None)
    """
    zeros = np.zeros_like(image)
    beyond = gaussian_slopes(zeros, sigma, order, mode, 1.0, axes, truncate, radius)
    return (
        gaussian_slopes_bar(y_bar, sigma, order, mode, axes, truncate, radius),
        np.sum(y_bar * beyond),
    )


@rule(ndimage.gaussian_gradient_magnitude, wrt=("input", "cval"))
def gaussian_gradient_magnitude(
    y_bar,
    y,
    input,
    sigma,
    *,
    mode="reflect",
    cval=0.0,
    axes=None,
    truncate=4.0,
    radius=None,
):
    """
    Where there is no slope the gradient is 0.

    >>> gaussian_gradient_magnitude(A, 1.1)
    >>> gaussian_gradient_magnitude(A, (0.8, 1.1), mode=("nearest", "wrap"))
    >>> gaussian_gradient_magnitude(A, 1.1, mode="constant", cval=1.5, truncate=3.0)
    """
    found = gaussian_slopes(input, sigma, 1, mode, cval, axes, truncate, radius)
    slopes_bar = y_bar * conjugate(found / np.where(y == 0, 1, y))
    zeros = np.zeros_like(input)
    beyond = gaussian_slopes(zeros, sigma, 1, mode, 1.0, axes, truncate, radius)
    return (
        gaussian_slopes_bar(slopes_bar, sigma, 1, mode, axes, truncate, radius),
        np.sum(slopes_bar * beyond),
    )


@jvp(gaussian_gradient_magnitude)
def gaussian_gradient_magnitude_jvp(
    input_dot,
    cval_dot,
    y,
    input,
    sigma,
    *,
    mode="reflect",
    cval=0.0,
    axes=None,
    truncate=4.0,
    radius=None,
):
    found = gaussian_slopes(input, sigma, 1, mode, cval, axes, truncate, radius)
    moved = gaussian_slopes(input_dot, sigma, 1, mode, cval_dot, axes, truncate, radius)
    return np.sum(found * moved, axis=0) / np.where(y == 0, 1, y)
