"""Sparse matrices as triplets: elements, their rows and their columns.

Equal places add up, so that the matrix is linear in its elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from sourcediff.runtime.dispatch import overridable
from sourcediff.runtime.shape import unbroadcast


@overridable
def sparse_product(data: Any, rows: Any, columns: Any, shape: Any, x: Any) -> Any:
    """The product of a sparse matrix with a vector or with the columns of a matrix.

    >>> sparse_product(np.array([2.0, 3.0]), [0, 1], [1, 1], (2, 2), np.array([1.0, 5.0]))
    array([10., 15.])
    """  # noqa: E501
    return coo_array((data, (rows, columns)), shape=shape) @ x


@overridable
def sparse_solve(data: Any, rows: Any, columns: Any, shape: Any, b: Any) -> Any:
    """The solution of a sparse system for one or several right sides.

    >>> sparse_solve(np.array([2.0, 4.0]), [0, 1], [0, 1], (2, 2), np.array([1.0, 5.0]))
    array([0.5 , 1.25])
    """
    matrix = coo_array((data, (rows, columns)), shape=shape).tocsc()
    if np.ndim(b) == 2 and np.shape(b)[1] == 1:  # SciPy returns a vector for these
        return spsolve(matrix, b[:, 0])[:, None]
    return spsolve(matrix, b)


@overridable
def dense_of(data: Any, rows: Any, columns: Any, shape: Any) -> Any:
    """The whole matrix as an array.

    >>> dense_of(np.array([2.0, 3.0]), [0, 0], [1, 1], (1, 2))
    array([[0., 5.]])
    """
    return coo_array((data, (rows, columns)), shape=shape).toarray()


@overridable
def elements_at(array: Any, rows: Any, columns: Any, shape: Any) -> Any:
    """The elements at places of an array that is broadcast to a shape.

    >>> elements_at(np.array([2.0, 3.0]), [0, 4], [1, 1], (5, 2))
    array([3., 3.])
    """
    return np.broadcast_to(array, shape)[rows, columns]


def elements_of(matrix: Any) -> tuple[Any, Any, Any, Any]:
    """Copies of the elements of a sparse matrix of SciPy's, their places, its shape.

    >>> elements_of(coo_array(([2.0], ([0], [1])), shape=(1, 2)))
    (array([2.]), array([0]...), array([1]...), (1, 2))
    """
    if hasattr(matrix, "columns"):  # on the tape, triplets come here too
        return matrix.data, matrix.rows, matrix.columns, matrix.shape
    found = matrix.tocoo(copy=True)
    return found.data, found.row, found.col, found.shape


def outer_at(left: Any, right: Any, rows: Any, columns: Any) -> Any:
    """The elements of `left @ right.T` at places, for vectors and for matrices.

    >>> outer_at(np.array([2.0, 3.0]), np.array([1.0, 5.0]), [0, 1], [1, 1])
    array([10., 15.])
    """
    products = left[rows] * right[columns]
    return products if np.ndim(left) == 1 else np.sum(products, axis=1)


def shape_of_places(
    rows: Any,
    columns: Any,
    shape: Any,
    height: int | None = None,
    width: int | None = None,
) -> tuple[int, int]:
    """The shape that is given, or else the smallest that holds all places.

    >>> shape_of_places([0, 2], [1, 1], None)
    (3, 2)
    """
    if shape is not None:
        height, width = shape
    if height is None:
        height = int(np.max(rows)) + 1
    if width is None:
        width = int(np.max(columns)) + 1
    return int(height), int(width)


def places_on_diagonals(diagonals: Any, offsets: Any, shape: Any) -> Any:
    """Rows and columns of the elements of diagonals in turn, and the shape.

    >>> places_on_diagonals([[2.0, 3.0], [4.0]], [0, 1], None)
    (array([[0, 1, 0],
           [0, 1, 1]]), (2, 2))
    """
    offsets, sizes, shape = _diagonals(diagonals, offsets, shape)
    pairs = [
        np.arange(size) + np.array([[max(0, -offset)], [max(0, offset)]])
        for offset, (_, size) in zip(offsets, sizes, strict=True)
    ]
    return np.concatenate(pairs, axis=1), shape


@overridable
def joined_diagonals(diagonals: Any, offsets: Any, shape: Any) -> Any:
    """The elements of diagonals one after another; one number may stand for many.

    >>> joined_diagonals([[2.0, 3.0], 4.0], [0, 1], (2, 2))
    array([2., 3., 4.])
    """
    _, sizes, _ = _diagonals(diagonals, offsets, shape)
    parts = [diagonals] if np.ndim(offsets) == 0 else diagonals
    pairs = zip(parts, sizes, strict=True)
    return np.concatenate([np.broadcast_to(part, size) for part, (_, size) in pairs])


def split_diagonals(data_bar: Any, diagonals: Any, offsets: Any, shape: Any) -> Any:
    """The cotangents of diagonals, from that of their elements one after another.

    >>> split_diagonals(np.array([1.0, 2.0, 4.0]), [np.ones(1), np.ones(1)], [0, 1], (2, 3))
    [array([3.]), array([4.])]
    """  # noqa: E501
    _, sizes, _ = _diagonals(diagonals, offsets, shape)
    ends = np.cumsum([size for _, size in sizes])
    found = np.split(data_bar, ends[:-1])
    if np.ndim(offsets) == 0:
        return unbroadcast(found[0], diagonals)
    return [unbroadcast(bar, part) for bar, part in zip(found, diagonals, strict=True)]


def _diagonals(diagonals: Any, offsets: Any, shape: Any) -> tuple[Any, Any, Any]:
    """Offsets, given and true length of each diagonal, and the shape of the matrix."""
    if np.ndim(offsets) == 0:
        diagonals, offsets = [diagonals], [offsets]
    lengths = [np.size(diagonal) for diagonal in diagonals]
    if shape is None:
        shape = (lengths[0] + abs(int(offsets[0])),) * 2
    height, width = map(int, shape)
    sizes = []
    for length, offset in zip(lengths, offsets, strict=True):
        size = min(height - max(0, -offset), width - max(0, offset))
        if size <= 0 or length not in (1, size):
            raise ValueError(f"a diagonal of length {length} does not fit at {offset}")
        sizes.append((length, size))
    return offsets, sizes, (height, width)


def solve_by_factors(factors: Any, y_bar: Any, trans: str) -> Any:
    """The solution of the conjugate transpose of a factored system.

    >>> from scipy.sparse.linalg import splu
    >>> factors = splu(coo_array(np.array([[2.0, 1.0], [0.0, 4.0]])).tocsc())
    >>> solve_by_factors(factors, np.array([2.0, 5.0]), "N")
    array([1., 1.])
    """
    if trans == "T":
        return np.conj(factors.solve(np.conj(y_bar)))
    return factors.solve(y_bar, "H" if trans == "N" else "N")


def adjoint_of(matrix: Any) -> Any:
    """The conjugate transpose of a sparse matrix, in the format for solutions.

    >>> adjoint_of(coo_array(np.array([[0.0, 2.0], [0.0, 0.0]]))).toarray()
    array([[0., 0.],
           [2., 0.]])
    """
    return matrix.conjugate().T.tocsc()
