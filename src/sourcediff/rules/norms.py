"""Norms of vectors and matrices, and condition numbers."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import (
    cond_gradient,
    norm_gradient,
    vector_norm_gradient,
)


@rule(np.linalg.norm)
def norm(y_bar, y, x, ord=None, axis=None, keepdims=False):
    """
    The norm of zeros has the gradient 0.

    >>> norm(v)
    >>> norm(A)
    >>> norm(T)
    >>> norm(A, axis=0)
    >>> norm(A, axis=1, keepdims=True)
    >>> norm(v, 3)
    >>> norm(v, 1)
    >>> norm(v, np.inf)
    >>> norm(v, -np.inf)
    >>> norm(v, 2.5)
    >>> norm(v, 0)
    >>> norm(A, 1, axis=1)
    >>> norm(A, "fro")
    >>> norm(A, "nuc")
    >>> norm(A, 2)
    >>> norm(A, -2)
    >>> norm(A, 1)
    >>> norm(A, -1)
    >>> norm(A, np.inf)
    >>> norm(A, -np.inf)
    >>> norm(T, "nuc", axis=(0, 2))
    >>> norm(T, 2, axis=(2, 1), keepdims=True)
    >>> norm(T, "fro", axis=(0, 1))
    >>> norm(z)
    >>> norm(Z, axis=0)
    >>> norm(z, 1)
    >>> norm(z, 3)
    >>> norm(z, np.inf)
    >>> norm(Z, "nuc")
    >>> norm(Z, 2)
    >>> norm(Z, 1)
    """
    if ord is None and axis is None:
        return y_bar / np.where(y == 0, 1, y) * x
    if axis is not None and not keepdims:
        y_bar, y = np.expand_dims(y_bar, axis), np.expand_dims(y, axis)
    return y_bar * norm_gradient(y, x, ord, axis)


@jvp(norm)
def norm_jvp(x_dot, y, x, ord=None, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        y = np.expand_dims(y, axis)
    gradient = norm_gradient(y, x, ord, axis)
    products = np.real(np.conj(gradient) * x_dot)
    return np.sum(products, axis=axis, keepdims=keepdims)


@rule(np.linalg.vector_norm)
def vector_norm(y_bar, y, x, *, axis=None, keepdims=False, ord=2):
    """
    >>> vector_norm(v)
    >>> vector_norm(A, ord=3)
    >>> vector_norm(T, axis=(0, 2), ord=np.inf)
    >>> vector_norm(A, axis=0, keepdims=True)
    """
    if axis is None:
        axis = tuple(range(np.ndim(x)))
    if not keepdims:
        y_bar, y = np.expand_dims(y_bar, axis), np.expand_dims(y, axis)
    return y_bar * vector_norm_gradient(y, x, ord, axis)


@jvp(vector_norm)
def vector_norm_jvp(x_dot, y, x, *, axis=None, keepdims=False, ord=2):
    if axis is None:
        axis = tuple(range(np.ndim(x)))
    if not keepdims:
        y = np.expand_dims(y, axis)
    products = np.real(np.conj(vector_norm_gradient(y, x, ord, axis)) * x_dot)
    return np.sum(products, axis=axis, keepdims=keepdims)


@rule(np.linalg.matrix_norm)
def matrix_norm(y_bar, y, x, *, keepdims=False, ord="fro"):
    """
    >>> matrix_norm(A)
    >>> matrix_norm(T, ord=1, keepdims=True)
    >>> matrix_norm(T, ord="nuc")
    """
    if not keepdims:
        y_bar, y = np.expand_dims(y_bar, (-2, -1)), np.expand_dims(y, (-2, -1))
    return y_bar * norm_gradient(y, x, ord, (-2, -1))


@jvp(matrix_norm)
def matrix_norm_jvp(x_dot, y, x, *, keepdims=False, ord="fro"):
    if not keepdims:
        y = np.expand_dims(y, (-2, -1))
    products = np.real(np.conj(norm_gradient(y, x, ord, (-2, -1))) * x_dot)
    return np.sum(products, axis=(-2, -1), keepdims=keepdims)


@rule(np.linalg.cond)
def cond(y_bar, y, x, p=None):
    """
    >>> cond(M)
    >>> cond(A)
    >>> cond(M, "fro")
    >>> cond(M, 1)
    >>> cond(M, -2)
    >>> cond(np.stack([M, S]), 2)
    >>> cond(np.stack([M, S]), np.inf)
    >>> cond(M + 1j * S)
    """
    y_bar = np.real(y_bar)  # NumPy before 2.1 has complex numbers for some norms
    return np.expand_dims(y_bar, (-2, -1)) * cond_gradient(x, p)


@jvp(cond)
def cond_jvp(x_dot, y, x, p=None):
    products = np.real(np.conj(cond_gradient(x, p)) * x_dot)
    return np.sum(products, axis=(-2, -1))
