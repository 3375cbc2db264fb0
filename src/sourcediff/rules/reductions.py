"""Derivatives of sums, means, products and spreads along axes."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, rule
from sourcediff.runtime import (
    aligned_weights,
    count,
    divide_or_zero,
    product_of_others,
    trapezoid_bars,
    unaligned_weights,
)


@linear(np.sum, np.ndarray.sum)
def sum(y_bar, a, axis=None, *, keepdims=False):
    """
    >>> sum(A)
    >>> sum(A, axis=0)
    >>> sum(T, axis=(0, -1))
    >>> sum(A, -1, keepdims=True)
    >>> sum(z)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    return np.broadcast_to(y_bar, np.shape(a))


@linear(np.add.reduce)
def add_reduce(y_bar, array, axis=0, *, keepdims=False):
    """
    >>> add_reduce(A)
    >>> add_reduce(A, axis=None)
    >>> add_reduce(T, axis=(0, -1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    return np.broadcast_to(y_bar, np.shape(array))


@linear(np.mean, np.ndarray.mean)
def mean(y_bar, a, axis=None, *, keepdims=False):
    """
    >>> mean(A)
    >>> mean(A, axis=0)
    >>> mean(T, axis=(0, -1))
    >>> mean(A, -1, keepdims=True)
    >>> mean(z)
    """
    if axis is None:
        return np.broadcast_to(y_bar / np.size(a), np.shape(a))
    if not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    n = np.shape(a)[axis] if isinstance(axis, int) else count(a, axis)
    return np.broadcast_to(y_bar / n, np.shape(a))


@rule(np.var, np.ndarray.var)
def var(y_bar, y, a, axis=None, *, ddof=0, keepdims=False):
    """
    >>> var(A)
    >>> var(A, axis=0, ddof=1)
    >>> var(T, axis=(0, -1))
    >>> var(A, -1, keepdims=True)
    >>> var(z)
    """
    n = np.size(a) if axis is None else count(a, axis)
    scaled = 2 * y_bar / (n - ddof if ddof else n)
    if axis is not None and not keepdims:
        scaled = np.expand_dims(scaled, axis)
    return scaled * (
        a - (np.mean(a) if axis is None else np.mean(a, axis=axis, keepdims=True))
    )


@jvp(var)
def var_jvp(a_dot, y, a, axis=None, *, ddof=0, keepdims=False):
    """Twice the covariance of `a` and its tangent."""
    deviation = np.conj(a - np.mean(a, axis=axis, keepdims=True))
    covariance = np.sum(np.real(deviation * a_dot), axis=axis, keepdims=keepdims)
    return 2 * covariance / (count(a, axis) - ddof)


@rule(np.std, np.ndarray.std)
def std(y_bar, y, a, axis=None, *, ddof=0, keepdims=False):
    """The derivative is taken as 0 where all elements are equal.

    >>> std(A)
    >>> std(A, axis=0, ddof=1)
    >>> std(T, axis=(0, -1))
    >>> std(A, -1, keepdims=True)
    >>> std(z)
    """
    n = np.size(a) if axis is None else count(a, axis)
    scaled = divide_or_zero(y_bar, y * (n - ddof if ddof else n))
    if axis is not None and not keepdims:
        scaled = np.expand_dims(scaled, axis)
    return scaled * (
        a - (np.mean(a) if axis is None else np.mean(a, axis=axis, keepdims=True))
    )


@jvp(std)
def std_jvp(a_dot, y, a, axis=None, *, ddof=0, keepdims=False):
    """The covariance of `a` and its tangent, over the deviation."""
    deviation = np.conj(a - np.mean(a, axis=axis, keepdims=True))
    covariance = np.sum(np.real(deviation * a_dot), axis=axis, keepdims=keepdims)
    return divide_or_zero(covariance, y * (count(a, axis) - ddof))


@rule(np.prod, np.ndarray.prod)
def prod(y_bar, y, a, axis=None, *, keepdims=False):
    """Each element's partial is the product of the others, zeros or not.

    >>> prod(A)
    >>> prod(A, axis=0)
    >>> prod(T, axis=(0, -1))
    >>> prod(A, -1, keepdims=True)
    >>> prod(z)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    if np.iscomplexobj(a):
        return y_bar * np.conj(product_of_others(a, axis))
    return y_bar * product_of_others(a, axis)


@jvp(prod)
def prod_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """Each element's tangent times the product of the others."""
    return np.sum(product_of_others(a, axis) * a_dot, axis=axis, keepdims=keepdims)


@rule(np.multiply.reduce)
def multiply_reduce(y_bar, y, array, axis=0, *, keepdims=False):
    """
    >>> multiply_reduce(A)
    >>> multiply_reduce(A, axis=None)
    >>> multiply_reduce(T, axis=(0, -1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    if np.iscomplexobj(array):
        return y_bar * np.conj(product_of_others(array, axis))
    return y_bar * product_of_others(array, axis)


@jvp(multiply_reduce)
def multiply_reduce_jvp(array_dot, y, array, axis=0, *, keepdims=False):
    """Each element's tangent times the product of the others."""
    terms = product_of_others(array, axis) * array_dot
    return np.sum(terms, axis=axis, keepdims=keepdims)


@rule(np.logaddexp.reduce)
def logaddexp_reduce(y_bar, y, array, axis=0, *, keepdims=False):
    """The cotangent is shared as the exponentials share their sum.

    >>> logaddexp_reduce(A)
    >>> logaddexp_reduce(A, axis=None)
    >>> logaddexp_reduce(A, axis=-1, keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
        y = np.expand_dims(y, axis)
    return y_bar * np.exp(array - y)


@jvp(logaddexp_reduce)
def logaddexp_reduce_jvp(array_dot, y, array, axis=0, *, keepdims=False):
    """The mean of the tangents, weighted by the exponentials."""
    if axis is not None and not keepdims:
        y = np.expand_dims(y, axis)
    return np.sum(np.exp(array - y) * array_dot, axis=axis, keepdims=keepdims)


@rule(np.average, wrt=("a", "weights"))
def average(y_bar, y, a, axis=None, weights=None, *, keepdims=False):
    """
    >>> average(A)
    >>> average(A, axis=0, keepdims=True)
    >>> average(v, weights=p)
    >>> average(A, axis=1, weights=p[:4])
    >>> average(A, weights=C + 3, axis=0, keepdims=True)
    >>> average(T, weights=np.abs(A), axis=(1, 2))
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
        y = np.expand_dims(y, axis)
    if weights is None:
        return np.broadcast_to(y_bar / count(a, axis), np.shape(a)), None
    aligned = aligned_weights(weights, np.shape(a), axis)
    y_bar = y_bar / np.sum(
        np.broadcast_to(aligned, np.shape(a)), axis=axis, keepdims=True
    )
    return y_bar * aligned, unaligned_weights(y_bar * (a - y), weights, axis)


@jvp(average)
def average_jvp(a_dot, weights_dot, y, a, axis=None, weights=None, *, keepdims=False):
    """The weighted mean of the tangents, and of what a change of weights favours."""
    if weights is None:
        return np.mean(a_dot, axis=axis, keepdims=keepdims)
    if axis is not None and not keepdims:
        y = np.expand_dims(y, axis)
    aligned = aligned_weights(weights, np.shape(a), axis)
    terms = aligned * a_dot + aligned_weights(weights_dot, np.shape(a), axis) * (a - y)
    total = np.sum(np.broadcast_to(aligned, np.shape(a)), axis=axis, keepdims=keepdims)
    return np.sum(terms, axis=axis, keepdims=keepdims) / total


@rule(np.trapezoid, wrt=("y", "x", "dx"))
def trapezoid(z_bar, z, y, x=None, dx=1.0, axis=-1):
    """
    >>> trapezoid(v)
    >>> trapezoid(A, dx=0.3, axis=0)
    >>> trapezoid(v, w)
    >>> trapezoid(A, v[:3], axis=0)
    >>> trapezoid(A, C)
    """
    return trapezoid_bars(z_bar, y, x, dx, axis)


@jvp(trapezoid)
def trapezoid_jvp(y_dot, x_dot, dx_dot, z, y, x=None, dx=1.0, axis=-1):
    """The integral is linear in the heights, and in the widths."""
    moved = np.trapezoid(y_dot, x, dx, axis)
    if x is None:
        return moved + np.trapezoid(y, None, dx_dot, axis)
    return moved + np.trapezoid(y, x_dot, 1.0, axis)
