"""The gradients of norms and condition numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.linalg import adjoint
from sourcediff.runtime.partials import divide_or_zero


def norm_gradient(y: Any, x: Any, ord: Any, axis: Any) -> Any:
    """The gradient of `y = np.linalg.norm(x, ord, axis, keepdims=True)`.

    >>> norm_gradient(np.array([5.0]), np.array([3.0, -4.0]), None, 0)
    array([ 0.6, -0.8])
    >>> norm_gradient(np.array([7.0]), np.array([3.0, -4.0]), 1, 0)
    array([ 1., -1.])
    """
    if ord is None and axis is None:
        return divide_or_zero(x, y)
    if axis is None:
        axis = tuple(range(np.ndim(x)))
    if np.size(axis) == 1:
        return vector_norm_gradient(y, x, 2 if ord is None else ord, axis)
    if ord in (None, "fro"):
        return divide_or_zero(x, y)
    return matrix_norm_gradient(y, x, ord, axis)


def vector_norm_gradient(y: Any, x: Any, ord: Any, axis: Any) -> Any:
    """The gradient of the vector norm `y` of `x` along `axis`, kept in `y`.

    >>> vector_norm_gradient(np.array([4.0]), np.array([3.0, -4.0]), np.inf, 0)
    array([ 0., -1.])
    """
    if ord == 2:
        return divide_or_zero(x, y)
    size = np.abs(x)
    direction = divide_or_zero(x, size)
    if ord == 1:
        return direction
    if ord == 0:
        return np.zeros_like(x)
    if abs(ord) == np.inf:
        return direction * _share_of_extreme(size, ord, axis)
    return direction * divide_or_zero(size, y) ** (ord - 1)


def matrix_norm_gradient(y: Any, x: Any, ord: Any, axis: Any) -> Any:
    """The gradient of the matrix norm `y` of `x` along two axes, kept in `y`.

    >>> x = np.array([[1.0, -2.0], [-3.0, 1.0]])
    >>> matrix_norm_gradient(np.array([[4.0]]), x, 1, (0, 1))
    array([[ 1., -0.],
           [-1.,  0.]])
    """
    row, column = axis
    if ord in (1, -1, np.inf, -np.inf):
        along = row if abs(ord) == 1 else column
        across = column if abs(ord) == 1 else row
        sums = np.sum(np.abs(x), axis=along, keepdims=True)
        return divide_or_zero(x, np.abs(x)) * _share_of_extreme(sums, ord, across)
    matrices = np.moveaxis(x, (row, column), (-2, -1))
    u, s, vh = np.linalg.svd(matrices, full_matrices=False)
    if ord == "nuc":
        weights = (s > 0).astype(s.dtype)
    else:
        chosen = s == (s[..., :1] if ord == 2 else s[..., -1:])
        weights = chosen / np.sum(chosen, axis=-1, keepdims=True, dtype=s.dtype)
    return np.moveaxis((u * weights[..., None, :]) @ vh, (-2, -1), (row, column))


def _share_of_extreme(sizes: Any, ord: Any, axis: Any) -> Any:
    """1 at the largest of sizes, for negative orders the smallest; shared by equals.

    It is looked for here: a norm that a library computed may differ in the last bit.
    """
    if ord > 0:
        extremum = np.max(sizes, axis=axis, keepdims=True, initial=0.0)
    else:
        extremum = np.min(sizes, axis=axis, keepdims=True, initial=np.inf)
    extreme = sizes == extremum
    return extreme / np.sum(extreme, axis=axis, keepdims=True, dtype=sizes.dtype)


def cond_gradient(x: Any, p: Any) -> Any:
    """The gradient of `np.linalg.cond(x, p)`.

    >>> cond_gradient(np.diag([4.0, 2.0]), None)
    array([[ 0.5,  0. ],
           [ 0. , -1. ]])
    """
    if p in (None, 2, -2):
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        over, under = (0, -1) if p != -2 else (-1, 0)
        first = u[..., :, over, None] * vh[..., over, None, :]
        last = u[..., :, under, None] * vh[..., under, None, :]
        top, bottom = s[..., over, None, None], s[..., under, None, None]
        return (first - top / bottom * last) / bottom
    inverse = np.linalg.inv(x)
    axes = (-2, -1)
    size = np.linalg.norm(x, p, axes, keepdims=True)
    inverse_size = np.linalg.norm(inverse, p, axes, keepdims=True)
    bar = size * norm_gradient(inverse_size, inverse, p, axes)
    back = adjoint(inverse) @ bar @ adjoint(inverse)
    return inverse_size * norm_gradient(size, x, p, axes) - back
