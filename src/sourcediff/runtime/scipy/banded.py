"""Matrices given by their diagonals: row `u + i - j` of `ab` holds `a[i, j]`."""

from __future__ import annotations

from typing import Any

import numpy as np


def _entries(l_and_u: Any, ab: Any) -> tuple[Any, Any, Any]:
    """Rows and columns of the matrix for each element of `ab`, and which are inside."""
    _, u = l_and_u
    height, n = np.shape(ab)
    columns = np.arange(n)[None, :]
    rows = columns + np.arange(height)[:, None] - u
    return rows, columns + 0 * rows, (rows >= 0) & (rows < n)


def dense(l_and_u: Any, ab: Any) -> Any:
    """The matrix itself.

    >>> dense((1, 0), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 0.],
           [3., 2.]])
    """
    rows, columns, inside = _entries(l_and_u, ab)
    n = np.shape(ab)[1]
    flat = np.zeros(n * n, ab.dtype)
    flat[(rows * n + columns)[inside]] = ab[inside]
    return np.reshape(flat, (n, n))


def adjoint_banded(l_and_u: Any, ab: Any) -> Any:
    """The diagonals of the conjugate transpose.

    >>> adjoint_banded((1, 0), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[0., 3.],
           [1., 2.]])
    """
    rows, columns, inside = _entries((l_and_u[1], l_and_u[0]), ab)
    u, n = l_and_u[1], np.shape(ab)[1]
    place = u + columns - rows
    found = np.conj(ab)[place, np.clip(rows, 0, n - 1)]
    return np.where(inside, found, 0)


def banded_product(l_and_u: Any, ab: Any, x: Any) -> Any:
    """The matrix times vectors.

    >>> banded_product((1, 0), np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 1.0]))
    array([1., 5.])
    """
    return dense(l_and_u, ab) @ x


def _outer(ab: Any, left: Any, right: Any, rows: Any, columns: Any) -> Any:
    """The elements of `left @ right^H` at rows and columns."""
    n = np.shape(ab)[1]
    if np.ndim(left) == 1:
        left, right = left[:, None], right[:, None]
    above = left[np.clip(rows, 0, n - 1)]
    beside = np.conj(right)[columns]
    return np.sum(above * beside, axis=-1)


def banded_bar(l_and_u: Any, ab: Any, b_bar: Any, y: Any) -> Any:
    """The cotangent of the diagonals of the matrix of a linear system.

    >>> one = np.array([2.0])
    >>> banded_bar((0, 0), np.array([[4.0]]), 0.5 * one, one)
    array([[-2.]])
    """
    rows, columns, inside = _entries(l_and_u, ab)
    return np.where(inside, -_outer(ab, b_bar, y, rows, columns), 0)


def _sides(ab: Any, lower: bool) -> tuple[int, int]:
    width = np.shape(ab)[0] - 1
    return (width, 0) if lower else (0, width)


def hermitian_bar(ab: Any, b_bar: Any, y: Any, lower: bool) -> Any:
    """The cotangent of the diagonals of one half of a Hermitian matrix.

    >>> one = np.array([2.0])
    >>> hermitian_bar(np.array([[4.0]]), 0.5 * one, one, True)
    array([[-2.]])
    """
    rows, columns, inside = _entries(_sides(ab, lower), ab)
    here = _outer(ab, b_bar, y, rows, columns)
    mirrored = np.conj(_outer(ab, b_bar, y, columns, np.clip(rows, 0, len(y) - 1)))
    main = rows == columns
    return np.where(inside, -np.where(main, np.real(here), here + mirrored), 0)


def hermitian_product(ab: Any, x: Any, lower: bool) -> Any:
    """The Hermitian matrix times vectors.

    >>> hermitian_product(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2), True)
    array([4., 5.])
    """
    half = dense(_sides(ab, lower), ab)
    diagonal = np.real(np.diagonal(half))
    strict = half - np.diag(np.diagonal(half))
    return strict @ x + np.conj(strict).T @ x + (diagonal * x.T).T
