"""Matrices that are made of vectors or of other matrices, and norms."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from sourcediff.rules.declare import jvp, linear, multilinear, rule
from sourcediff.runtime import norm_gradient
from sourcediff.runtime.scipy.matrices import (
    sum_antidiagonals,
    sum_circulant,
    sum_diagonals,
    unblock_diag,
)


@linear(linalg.block_diag, wrt=("arrs",), nests=True)
def block_diag(y_bar, *arrs):
    """
    >>> block_diag(A, M)
    >>> block_diag(v, A, s)
    """
    return unblock_diag(y_bar, arrs)


@linear(linalg.toeplitz, wrt=("c", "r"))
def toeplitz(y_bar, c, r=None):
    """
    >>> toeplitz(v)
    >>> toeplitz(v, w[:3])
    >>> toeplitz(z)
    """
    below = sum_diagonals(y_bar, np.shape(y_bar)[0])
    right = sum_diagonals(y_bar.T, np.shape(y_bar)[1])
    first = np.arange(np.shape(right)[0]) == 0
    right = np.where(first, 0, right)
    if r is None:
        return below + np.conj(right), None
    return below, right


@linear(linalg.circulant)
def circulant(y_bar, c):
    """
    >>> circulant(v)
    """
    return sum_circulant(y_bar)


@linear(linalg.hankel, wrt=("c", "r"))
def hankel(y_bar, c, r=None):
    """
    >>> hankel(v)
    >>> hankel(v, w[:3])
    """
    sums = sum_antidiagonals(y_bar)
    rows = np.shape(y_bar)[0]
    if r is None:
        return sums[:rows], None
    return sums[:rows], np.concatenate([np.zeros_like(sums[:1]), sums[rows:]])


@multilinear(linalg.khatri_rao)
def khatri_rao(y_bar, a, b):
    """
    >>> khatri_rao(A, M[:2])
    """
    shape = (np.shape(a)[0], np.shape(b)[0], np.shape(a)[1])
    blocks = np.reshape(y_bar, shape)
    return (
        np.einsum("ijk,jk->ik", blocks, np.conj(b)),
        np.einsum("ijk,ik->jk", blocks, np.conj(a)),
    )


@rule(linalg.norm)
def norm(y_bar, y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    """
    >>> norm(v)
    >>> norm(A)
    >>> norm(A, 1)
    >>> norm(A, "nuc")
    >>> norm(A, axis=0)
    >>> norm(Z, 2)
    """
    if ord is None and axis is None:
        return y_bar / np.where(y == 0, 1, y) * a
    if axis is not None and not keepdims:
        y_bar, y = np.expand_dims(y_bar, axis), np.expand_dims(y, axis)
    return y_bar * norm_gradient(y, a, ord, axis)


@jvp(norm)
def norm_jvp(a_dot, y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    if ord is None and axis is None:
        return np.sum(np.real(np.conj(a) * a_dot)) / np.where(y == 0, 1, y)
    if axis is not None and not keepdims:
        y = np.expand_dims(y, axis)
    moved = np.real(np.conj(norm_gradient(y, a, ord, axis)) * a_dot)
    return np.sum(moved, axis=axis, keepdims=keepdims)
