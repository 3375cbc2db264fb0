"""Matrices of blocks, and sums along their diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np


def twinned(a: Any, a_dot: Any) -> Any:
    """The block matrix `[[a, a_dot], [0, a]]`, whose functions hold a tangent.

    >>> twinned(np.array([[2.0]]), np.array([[3.0]]))
    array([[2., 3.],
           [0., 2.]])
    """
    zero = np.zeros_like(a)
    upper = np.concatenate([a, a_dot], axis=-1)
    return np.concatenate([upper, np.concatenate([zero, a], axis=-1)], axis=-2)


def corner(y: Any) -> Any:
    """The upper right block of a matrix of two by two.

    >>> corner(np.array([[2.0, 3.0], [0.0, 2.0]]))
    array([[3.]])
    """
    n = np.shape(y)[-1] // 2
    return y[..., :n, n:]


def unblock_diag(y_bar: Any, arrays: Any) -> list[Any]:
    """The cotangents of the blocks of `block_diag(*arrays)`.

    >>> [bar.shape for bar in unblock_diag(np.ones((3, 3)), (np.eye(2), 1.0))]
    [(2, 2), ()]
    """
    return [np.reshape(y_bar[place], shape) for place, shape in _places(arrays)]


def _places(arrays: Any) -> list[Any]:
    """Where each block stands, and its shape."""
    found = []
    row, column = 0, 0
    for array in arrays:
        height, width = np.shape(np.atleast_2d(array))
        place = slice(row, row + height), slice(column, column + width)
        found.append((place, np.shape(array)))
        row, column = row + height, column + width
    return found


def sum_diagonals(y_bar: Any, count: int) -> Any:
    """The sums of the main diagonal and of those below it.

    >>> sum_diagonals(np.array([[1.0, 2.0], [4.0, 8.0]]), 2)
    array([9., 4.])
    """
    return np.array([np.trace(y_bar, -k) for k in range(count)], y_bar.dtype)


def sum_circulant(y_bar: Any) -> Any:
    """The sums of the diagonals of a square matrix that continue at its other side.

    >>> sum_circulant(np.array([[1.0, 2.0], [4.0, 8.0]]))
    array([9., 6.])
    """
    n = np.shape(y_bar)[-1]
    columns = np.arange(n)
    rows = (columns[:, None] + columns) % n
    return np.sum(y_bar[rows, columns], axis=-1)


def sum_antidiagonals(y_bar: Any) -> Any:
    """The sums of the diagonals from the lower left to the upper right.

    >>> sum_antidiagonals(np.array([[1.0, 2.0], [4.0, 8.0]]))
    array([1., 6., 8.])
    """
    rows, columns = np.shape(y_bar)
    turned = y_bar[::-1]
    total = [np.trace(turned, k) for k in range(1 - rows, columns)]
    return np.array(total, y_bar.dtype)
