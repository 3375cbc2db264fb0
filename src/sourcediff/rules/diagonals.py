"""Diagonals, triangles and traces of matrices."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import linear
from sourcediff.runtime import place_diagonal


@linear(np.diag, view=True)
def diag(y_bar, v, k=0):
    """
    >>> diag(v)
    >>> diag(v, -2)
    >>> diag(M)
    >>> diag(A, 1)
    >>> diag(B, -1)
    >>> diag(z)
    """
    if np.ndim(v) == 1:
        return np.diag(y_bar, k)
    return place_diagonal(y_bar, np.shape(v), k)


@linear(np.diagonal, np.ndarray.diagonal, view=True)
def diagonal(y_bar, a, offset=0, axis1=0, axis2=1):
    """
    >>> diagonal(A)
    >>> diagonal(A, -1)
    >>> diagonal(T, 1, 2, 0)
    """
    return place_diagonal(y_bar, np.shape(a), offset, axis1, axis2)


@linear(np.linalg.diagonal, view=True)
def linalg_diagonal(y_bar, x, *, offset=0):
    """
    >>> linalg_diagonal(A)
    >>> linalg_diagonal(T, offset=1)
    """
    return place_diagonal(y_bar, np.shape(x), offset, -2, -1)


@linear(np.trace, np.ndarray.trace)
def trace(y_bar, a, offset=0, axis1=0, axis2=1):
    """
    >>> trace(M)
    >>> trace(A, -1)
    >>> trace(A, 1, 1, 0)
    >>> trace(A, 1, 0, -1)
    >>> trace(T, 1, 2, 0)
    >>> trace(Z)
    """
    if np.ndim(a) == 2 and axis1 == 0 and axis2 == 1:
        return y_bar * np.eye(np.shape(a)[0], np.shape(a)[1], offset, dtype=a.dtype)
    y_bar = np.expand_dims(y_bar, -1)
    return place_diagonal(y_bar, np.shape(a), offset, axis1, axis2)


@linear(np.linalg.trace)
def linalg_trace(y_bar, x, *, offset=0):
    """
    >>> linalg_trace(A)
    >>> linalg_trace(T, offset=1)
    """
    if np.ndim(x) == 2:
        return y_bar * np.eye(np.shape(x)[0], np.shape(x)[1], offset, dtype=x.dtype)
    y_bar = np.expand_dims(y_bar, -1)
    return place_diagonal(y_bar, np.shape(x), offset, -2, -1)


@linear(np.diagflat)
def diagflat(y_bar, v, k=0):
    """
    >>> diagflat(v, 1)
    >>> diagflat(A)
    """
    return np.reshape(np.diagonal(y_bar, k), np.shape(v))


@linear(np.tril)
def tril(y_bar, m, k=0):
    """
    >>> tril(A)
    >>> tril(T, -1)
    >>> tril(v)
    >>> tril(Z)
    """
    if np.ndim(m) == 1:
        return np.sum(np.tril(y_bar, k), axis=0)
    return np.tril(y_bar, k)


@linear(np.triu)
def triu(y_bar, m, k=0):
    """
    >>> triu(A)
    >>> triu(T, 1)
    >>> triu(v)
    """
    if np.ndim(m) == 1:
        return np.sum(np.triu(y_bar, k), axis=0)
    return np.triu(y_bar, k)
