"""Functions that pick elements of arrays: indexing, masks, sorting."""

from __future__ import annotations

import operator

import numpy as np

from sourcediff import runtime
from sourcediff.rules.declare import (
    elementwise,
    jvp,
    linear,
    nondifferentiable,
    rule,
)
from sourcediff.runtime import (
    along_axis,
    axis_key,
    scatter_add,
    sorting_order,
    unbroadcast,
)


@linear(operator.getitem, view=True)
def getitem(y_bar, a, b):
    """
    >>> getitem(v, 2)
    >>> getitem(v, slice(1, None, 2))
    >>> getitem(A, (slice(None), 1))
    >>> getitem(A, (..., None, 0))
    >>> getitem(v, i)
    >>> getitem(v, m)
    >>> getitem(T, (i % 2, slice(None), i % 4))
    >>> getitem(z, i)
    """
    return scatter_add(y_bar, b, a)


@linear(np.where, wrt=("x", "y"))
def where(z_bar, condition, x=None, y=None):
    """
    >>> where(m, v, w)
    >>> where(A > 0, A, s)
    >>> where(m, s, 2.5)
    >>> where(A[:1] > 0, A[:, :1], v[:4])
    >>> where(m, z, v)
    >>> where(m, v, z)
    """
    return (
        unbroadcast(np.where(condition, z_bar, 0), x),
        unbroadcast(np.where(condition, 0, z_bar), y),
    )


@linear(np.select, wrt=("choicelist", "default"), nests=True)
def select(y_bar, condlist, choicelist, default=0):
    """
    >>> select([v > 0.5, v > 0], [v, w])
    >>> select([A > 0.5, A > 0], [A, C[0]], s)
    >>> select([v > 0.5, v > 0], [v, z])
    """
    chosen = np.select(condlist, list(range(len(condlist))), -1)
    choicelist_bar = [
        unbroadcast(np.where(chosen == k, y_bar, 0), choice)
        for k, choice in enumerate(choicelist)
    ]
    return choicelist_bar, unbroadcast(np.where(chosen == -1, y_bar, 0), default)


@linear(np.choose, np.ndarray.choose, wrt=("choices",), nests=True)
def choose(y_bar, a, choices):
    """
    >>> choose(i % 2, [v, w])
    >>> choose(i % 3, (v, s, w[:1]))
    """
    return [
        unbroadcast(np.where(np.equal(a, k), y_bar, 0), choice)
        for k, choice in enumerate(choices)
    ]


@elementwise(np.clip, wrt=("a", "a_min", "a_max"))
def clip(y, a, a_min=None, a_max=None):
    """
    The gradient passes at both bounds.

    >>> clip(v, -0.5, 0.5)
    >>> clip(A, None, 0.3)
    >>> clip(A, -p[:4], C + 3)
    >>> clip(A, p[:4], -0.5)
    """
    if a_min is None:
        return y == a, None, np.greater(a, a_max)
    if a_max is None:
        return y == a, np.less(a, a_min), None
    return (
        y == a,
        np.less(a, a_min) & np.less_equal(a_min, a_max),
        np.maximum(a, a_min) > a_max,
    )


@elementwise(np.ndarray.clip, wrt=("a", "min", "max"))
def clip_method(y, a, min=None, max=None):
    """
    >>> clip_method(A, -0.5, 0.5)
    >>> clip_method(A, max=0.3)
    >>> clip_method(A, s / 3)
    """
    if min is None:
        return y == a, None, np.greater(a, max)
    if max is None:
        return y == a, np.less(a, min), None
    return (
        y == a,
        np.less(a, min) & np.less_equal(min, max),
        np.maximum(a, min) > max,
    )


@linear(np.take, np.ndarray.take)
def take(y_bar, a, indices, axis=None):
    """
    >>> take(v, i)
    >>> take(A, 7)
    >>> take(A, [[2, 0], [2, 2]], axis=0)
    >>> take(T, i % 3, axis=1)
    >>> take(z, i)
    """
    if axis is None:
        return np.reshape(scatter_add(y_bar, indices, np.ravel(a)), np.shape(a))
    return scatter_add(y_bar, axis_key(indices, axis, np.ndim(a)), a)


@linear(np.take_along_axis)
def take_along_axis(y_bar, arr, indices, axis=-1):
    """
    >>> take_along_axis(A, np.argsort(A, axis=1), axis=1)
    >>> take_along_axis(A, np.argmin(A, axis=0)[None], 0)
    >>> take_along_axis(A, i, axis=None)
    """
    if axis is None:
        return np.reshape(scatter_add(y_bar, indices, np.ravel(arr)), np.shape(arr))
    return scatter_add(y_bar, along_axis(indices, axis, np.shape(arr)), arr)


@linear(np.compress, wrt=("a",), dynamic=True)
def compress(y_bar, condition, a, axis=None):
    """
    >>> compress(m, v)
    >>> compress([True, False, True], A, axis=0)
    >>> compress([False, True], A)
    """
    places = np.flatnonzero(condition)
    if axis is None:
        return np.reshape(scatter_add(y_bar, places, np.ravel(a)), np.shape(a))
    return scatter_add(y_bar, axis_key(places, axis, np.ndim(a)), a)


@linear(np.ndarray.compress, dynamic=True)
def compress_method(y_bar, a, condition, axis=None):
    """
    >>> compress_method(v, m)
    >>> compress_method(A, [True, False, True], axis=0)
    """
    places = np.flatnonzero(condition)
    if axis is None:
        return np.reshape(scatter_add(y_bar, places, np.ravel(a)), np.shape(a))
    return scatter_add(y_bar, axis_key(places, axis, np.ndim(a)), a)


@linear(np.extract, wrt=("arr",), dynamic=True)
def extract(y_bar, condition, arr):
    """
    >>> extract(A > 0, A)
    """
    places = np.flatnonzero(condition)
    return np.reshape(scatter_add(y_bar, places, np.ravel(arr)), np.shape(arr))


@rule(np.sort)
def sort(y_bar, y, a, axis=-1, kind=None, *, stable=None):
    """
    >>> sort(v)
    >>> sort(A, axis=0)
    >>> sort(A, axis=None)
    """
    if axis is None:
        return np.reshape(y_bar[np.argsort(sorting_order(a, y, None))], np.shape(a))
    back = np.argsort(sorting_order(a, y, axis), axis=axis)
    return np.take_along_axis(y_bar, back, axis=axis)


@jvp(sort)
def sort_jvp(a_dot, y, a, axis=-1, kind=None, *, stable=None):
    return np.take_along_axis(a_dot, sorting_order(a, y, axis), axis=axis)


@rule(np.partition)
def partition(y_bar, y, a, kth, axis=-1):
    """
    >>> partition(v, 2)
    >>> partition(A, (0, 2), axis=0)
    >>> partition(A, 4, axis=None)
    """
    if axis is None:
        return np.reshape(y_bar[np.argsort(sorting_order(a, y, None))], np.shape(a))
    back = np.argsort(sorting_order(a, y, axis), axis=axis)
    return np.take_along_axis(y_bar, back, axis=axis)


@jvp(partition)
def partition_jvp(a_dot, y, a, kth, axis=-1):
    return np.take_along_axis(a_dot, sorting_order(a, y, axis), axis=axis)


@rule(np.unique, dynamic=True)
def unique(y_bar, y, ar):
    """
    The gradient goes to the first of equal elements.

    >>> unique(A)
    """
    flat = np.ravel(ar)
    order = np.argsort(flat, kind="stable")
    first = order[np.searchsorted(flat[order], y)]
    return np.reshape(scatter_add(y_bar, first, flat), np.shape(ar))


@jvp(unique)
def unique_jvp(ar_dot, y, ar):
    flat = np.ravel(ar)
    order = np.argsort(flat, kind="stable")
    return np.ravel(ar_dot)[order[np.searchsorted(flat[order], y)]]


# where elements are, and in which order
nondifferentiable(
    *(np.argsort, np.ndarray.argsort, np.argpartition, np.ndarray.argpartition),
    *(np.nonzero, np.ndarray.nonzero, np.flatnonzero, np.argwhere, np.lexsort),
    *(np.searchsorted, np.ndarray.searchsorted, np.digitize),
    *(np.diag_indices, np.diag_indices_from, np.mask_indices),
    *(np.tril_indices, np.tril_indices_from, np.triu_indices, np.triu_indices_from),
    *(np.ravel_multi_index, np.unravel_index, np.ndindex),
    *(runtime.along_axis, runtime.axis_key, runtime.sorting_order),
    *(runtime.diagonal_key, runtime.element_key),
)
