"""Functions that write into an argument, as the plain stores they amount to."""

from __future__ import annotations

import operator

import numpy as np

from sourcediff.rules.declare import mutation
from sourcediff.runtime import along_axis, cycle, diagonal_key, element_key


@mutation(operator.setitem)
def setitem(a, b, c):
    """
    >>> setitem(v, slice(1, 3), s)
    """
    a[b] = c


@mutation(np.ndarray.fill)
def fill(a, value):
    """
    >>> fill(A, s)
    """
    a[...] = value


@mutation(np.ndarray.sort)
def sort(a, axis=-1, kind=None, *, stable=None):
    """
    >>> sort(v)
    >>> sort(A, axis=0)
    """
    a[...] = np.sort(a, axis, kind, stable=stable)


@mutation(np.ndarray.partition)
def partition(a, kth, axis=-1):
    """
    >>> partition(v, 2)
    """
    a[...] = np.partition(a, kth, axis)


@mutation(np.add.at)
def add_at(a, indices, b):
    """
    The primitive accumulation: `b_bar` is `a_bar[indices]`, and `a_bar` stays.

    >>> add_at(v, i, w)
    """
    np.add.at(a, indices, b)


@mutation(np.subtract.at)
def subtract_at(a, indices, b):
    """
    >>> subtract_at(v, i, w)
    """
    np.add.at(a, indices, np.negative(b))


@mutation(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    """
    >>> copyto(A, C)
    >>> copyto(v, w, where=m)
    """
    if where is True:
        dst[...] = src
    else:
        dst[...] = np.where(where, src, dst)


@mutation(np.put)
def put(a, ind, v):
    """
    >>> put(A, [1, -2, 5], v[:3])
    >>> put(A, [0, 1, 2, 3], w[:2])
    """
    a[element_key(ind, np.shape(a))] = cycle(v, np.shape(ind))


@mutation(np.ndarray.put)
def put_method(a, indices, values):
    """
    >>> put_method(A, [1, -2, 5], v[:3])
    """
    a[element_key(indices, np.shape(a))] = cycle(values, np.shape(indices))


@mutation(np.place)
def place(arr, mask, vals):
    """
    >>> place(v, m, w[:2])
    """
    mask = np.reshape(np.asarray(mask, dtype=bool), np.shape(arr))
    arr[mask] = cycle(vals, (np.count_nonzero(mask),))


@mutation(np.putmask)
def putmask(a, mask, values):
    """
    >>> putmask(v, m, w)
    >>> putmask(v, m, w[:2])
    """
    mask = np.reshape(np.asarray(mask, dtype=bool), np.shape(a))
    a[mask] = cycle(values, np.shape(a))[mask]


@mutation(np.put_along_axis)
def put_along_axis(arr, indices, values, axis):
    """
    >>> put_along_axis(A, np.argmin(A, axis=1)[:, None], s, axis=1)
    """
    arr[along_axis(indices, axis, np.shape(arr))] = values


@mutation(np.fill_diagonal)
def fill_diagonal(a, val, wrap=False):
    """
    >>> fill_diagonal(M, s)
    >>> fill_diagonal(A, v[:2])
    >>> fill_diagonal(B, w[:3])
    """
    key = diagonal_key(np.shape(a), wrap)
    a[key] = cycle(val, np.shape(key[0]))
