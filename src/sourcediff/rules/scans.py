"""Derivatives of running sums, products and extremes."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, rule
from sourcediff.runtime import (
    along_axis,
    cumprod_bar,
    cumprod_dot,
    running_index,
    scatter_add,
)


@linear(
    *(np.cumsum, np.ndarray.cumsum, np.add.accumulate),
    defaults={np.add.accumulate: {"axis": 0}},
)
def cumsum(y_bar, a, axis=None, dtype=None):
    """
    >>> cumsum(A)
    >>> cumsum(A, axis=0)
    >>> cumsum(A, 0, np.float32)
    >>> cumsum(T, -1)
    """
    if axis is None:
        return np.reshape(np.cumsum(y_bar[::-1])[::-1], np.shape(a))
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)


@rule(
    *(np.cumprod, np.ndarray.cumprod, np.multiply.accumulate),
    defaults={np.multiply.accumulate: {"axis": 0}},
)
def cumprod(y_bar, y, a, axis=None, dtype=None):
    """
    >>> cumprod(v)
    >>> cumprod(A)
    >>> cumprod(A, axis=0)
    >>> cumprod(T, -1)
    >>> cumprod(z)
    """
    if axis is None:
        return np.reshape(cumprod_bar(y_bar, y, np.ravel(a), 0), np.shape(a))
    return cumprod_bar(y_bar, y, a, axis)


@jvp(cumprod)
def cumprod_jvp(a_dot, y, a, axis=None, dtype=None):
    """Each product's tangent follows from the one before."""
    if axis is None:
        return cumprod_dot(np.ravel(a_dot), y, np.ravel(a), 0)
    return cumprod_dot(a_dot, y, a, axis)


if hasattr(np, "cumulative_sum"):  # NumPy 2.1

    @linear(np.cumulative_sum)
    def cumulative_sum(y_bar, x, *, axis=None, include_initial=False):
        """
        >>> cumulative_sum(v)
        >>> cumulative_sum(A, axis=0)
        >>> cumulative_sum(T, axis=-1, include_initial=True)
        """
        axis = 0 if axis is None else axis
        if include_initial:
            y_bar = np.delete(y_bar, 0, axis)
        x_bar = np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)
        return np.reshape(x_bar, np.shape(x))  # x may be 0-d

    @rule(np.cumulative_prod)
    def cumulative_prod(y_bar, y, x, *, axis=None, include_initial=False):
        """
        >>> cumulative_prod(v)
        >>> cumulative_prod(A, axis=0)
        >>> cumulative_prod(T, axis=-1, include_initial=True)
        """
        axis = 0 if axis is None else axis
        if include_initial:
            y_bar, y = np.delete(y_bar, 0, axis), np.delete(y, 0, axis)
        x_bar = cumprod_bar(y_bar, y, np.atleast_1d(x), axis)
        return np.reshape(x_bar, np.shape(x))  # x may be 0-d

    @jvp(cumulative_prod)
    def cumulative_prod_jvp(x_dot, y, x, *, axis=None, include_initial=False):
        """Each product's tangent follows from the one before."""
        axis = 0 if axis is None else axis
        x, x_dot = np.atleast_1d(x), np.atleast_1d(x_dot)
        if not include_initial:
            return cumprod_dot(x_dot, y, x, axis)
        y_dot = cumprod_dot(x_dot, np.delete(y, 0, axis), x, axis)
        return np.insert(y_dot, 0, 0, axis)


@rule(np.maximum.accumulate, np.minimum.accumulate)
def extreme_accumulate(y_bar, y, array, axis=0):
    """Of equal elements the latest one counts, as in PyTorch's `cummax`.

    >>> extreme_accumulate(A)
    >>> extreme_accumulate(T, -1)
    """
    key = along_axis(running_index(array, y, axis), axis, np.shape(array))
    return scatter_add(y_bar, key, array)


@jvp(extreme_accumulate)
def extreme_accumulate_jvp(array_dot, y, array, axis=0):
    """The tangents of the elements that attain the running extreme."""
    return np.take_along_axis(array_dot, running_index(array, y, axis), axis)
