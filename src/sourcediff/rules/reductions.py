"""Derivatives of sums, means, products and spreads along axes."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, rule
from sourcediff.runtime import (
    aligned_weights,
    cast_like,
    conjugate,
    count,
    divide_or_zero,
    number_where,
    product_of_others,
    spread_bars,
    spread_dot,
    trapezoid_bars,
    unaligned_weights,
)


@linear(
    *(np.sum, np.ndarray.sum, np.add.reduce),
    wrt=("a", "initial"),
    defaults={np.add.reduce: {"axis": 0}},
)
def sum(y_bar, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    """
    >>> sum(A)
    >>> sum(A, axis=0)
    >>> sum(T, axis=(0, -1))
    >>> sum(A, -1, keepdims=True)
    >>> sum(A, axis=1, where=A > C, initial=s)
    >>> sum(A, where=[True, False, True, True])
    >>> sum(A, 1, np.float32)
    >>> sum(z)
    """
    initial_bar = None if initial is None else np.sum(y_bar)
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    if where is True:
        return np.broadcast_to(y_bar, np.shape(a)), initial_bar
    return np.where(where, np.broadcast_to(y_bar, np.shape(a)), 0), initial_bar


@linear(np.mean, np.ndarray.mean)
def mean(y_bar, a, axis=None, dtype=None, *, keepdims=False, where=True):
    """
    >>> mean(A)
    >>> mean(A, axis=0)
    >>> mean(T, axis=(0, -1))
    >>> mean(A, -1, keepdims=True)
    >>> mean(A, 1, where=A > -1)
    >>> mean(A, where=[True, False, True, True])
    >>> mean(z)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    if where is not True:
        shared = y_bar / number_where(where, a, axis)
        return np.where(where, np.broadcast_to(shared, np.shape(a)), 0)
    if axis is None:
        return np.broadcast_to(y_bar / np.size(a), np.shape(a))
    n = np.shape(a)[axis] if isinstance(axis, int) else count(a, axis)
    return np.broadcast_to(y_bar / n, np.shape(a))


@rule(np.var, np.ndarray.var, wrt=("a", "mean"))
def var(
    y_bar,
    y,
    a,
    axis=None,
    dtype=None,
    *,
    ddof=0,
    keepdims=False,
    where=True,
    mean=None,
    correction=None,
):
    """
    >>> var(A)
    >>> var(A, axis=0, ddof=1)
    >>> var(T, axis=(0, -1))
    >>> var(A, -1, keepdims=True)
    >>> var(A, axis=1, where=A > -2, correction=1)
    >>> var(A, axis=1, mean=C[:, :1], ddof=1)
    >>> var(z)
    """
    ddof = ddof if correction is None else correction
    if where is not True or mean is not None:
        if axis is not None and not keepdims:
            y_bar = np.expand_dims(y_bar, axis)
        return spread_bars(2 * y_bar, a, axis, ddof, where, mean)
    n = np.size(a) if axis is None else count(a, axis)
    scaled = 2 * y_bar / (n - ddof if ddof else n)
    if axis is not None and not keepdims:
        scaled = np.expand_dims(scaled, axis)
    return scaled * (
        a - (np.mean(a) if axis is None else np.mean(a, axis=axis, keepdims=True))
    ), None


@jvp(var)
def var_jvp(
    a_dot,
    mean_dot,
    y,
    a,
    axis=None,
    dtype=None,
    *,
    ddof=0,
    keepdims=False,
    where=True,
    mean=None,
    correction=None,
):
    """Twice the covariance of `a` and its tangent."""
    ddof = ddof if correction is None else correction
    dots = (a_dot, mean_dot)
    return cast_like(2 * spread_dot(dots, a, axis, ddof, keepdims, where, mean), y)


@rule(np.std, np.ndarray.std, wrt=("a", "mean"))
def std(
    y_bar,
    y,
    a,
    axis=None,
    dtype=None,
    *,
    ddof=0,
    keepdims=False,
    where=True,
    mean=None,
    correction=None,
):
    """The derivative is taken as 0 where all elements are equal.

    >>> std(A)
    >>> std(A, axis=0, ddof=1)
    >>> std(T, axis=(0, -1))
    >>> std(A, -1, keepdims=True)
    >>> std(A, axis=1, where=A > -2, correction=1)
    >>> std(A, axis=1, mean=C[:, :1], ddof=1)
    >>> std(z)
    """
    ddof = ddof if correction is None else correction
    if where is not True or mean is not None:
        scaled = divide_or_zero(y_bar, y)
        if axis is not None and not keepdims:
            scaled = np.expand_dims(scaled, axis)
        return spread_bars(scaled, a, axis, ddof, where, mean)
    n = np.size(a) if axis is None else count(a, axis)
    scaled = divide_or_zero(y_bar, y * (n - ddof if ddof else n))
    if axis is not None and not keepdims:
        scaled = np.expand_dims(scaled, axis)
    return scaled * (
        a - (np.mean(a) if axis is None else np.mean(a, axis=axis, keepdims=True))
    ), None


@jvp(std)
def std_jvp(
    a_dot,
    mean_dot,
    y,
    a,
    axis=None,
    dtype=None,
    *,
    ddof=0,
    keepdims=False,
    where=True,
    mean=None,
    correction=None,
):
    """The covariance of `a` and its tangent, over the deviation."""
    ddof = ddof if correction is None else correction
    dots = (a_dot, mean_dot)
    covariance = spread_dot(dots, a, axis, ddof, keepdims, where, mean)
    return cast_like(divide_or_zero(covariance, y), y)


@rule(
    *(np.prod, np.ndarray.prod, np.multiply.reduce),
    wrt=("a", "initial"),
    defaults={np.multiply.reduce: {"axis": 0}},
)
def prod(
    y_bar, y, a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True
):
    """Each element's partial is the product of the others, zeros or not.

    >>> prod(A)
    >>> prod(A, axis=0)
    >>> prod(T, axis=(0, -1))
    >>> prod(A, -1, keepdims=True)
    >>> prod(A, axis=1, where=A > C, initial=s)
    >>> prod(A, where=[True, False, True, True])
    >>> prod(z)
    """
    initial_bar = None
    if initial is not None:
        product = np.prod(a, axis=axis, keepdims=keepdims, where=where)
        initial_bar = np.sum(y_bar * conjugate(product))
        y_bar = y_bar * conjugate(initial)
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    if where is not True:
        others = product_of_others(np.where(where, a, 1), axis)
        return y_bar * np.where(where, np.conj(others), 0), initial_bar
    if np.iscomplexobj(a):
        return y_bar * np.conj(product_of_others(a, axis)), initial_bar
    return y_bar * product_of_others(a, axis), initial_bar


@jvp(prod)
def prod_jvp(
    a_dot,
    initial_dot,
    y,
    a,
    axis=None,
    dtype=None,
    *,
    keepdims=False,
    initial=None,
    where=True,
):
    """Each element's tangent times the product of the others."""
    if where is not True:
        a, a_dot = np.where(where, a, 1), np.where(where, a_dot, 0)
    y_dot = np.sum(product_of_others(a, axis) * a_dot, axis=axis, keepdims=keepdims)
    if initial is None:
        return y_dot
    return y_dot * initial + np.prod(a, axis=axis, keepdims=keepdims) * initial_dot


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
    total = np.sum(np.broadcast_to(aligned, np.shape(a)), axis=axis, keepdims=True)
    y_bar = y_bar / np.conj(total)
    return (
        y_bar * np.conj(aligned),
        unaligned_weights(y_bar * np.conj(a - y), weights, axis),
    )


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
