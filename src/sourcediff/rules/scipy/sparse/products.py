"""Products with sparse matrices, by their elements: nothing dense is made."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, multilinear, nondifferentiable, rule
from sourcediff.runtime import unbroadcast
from sourcediff.runtime.scipy.triplets import (
    dense_of,
    elements_at,
    joined_diagonals,
    outer_at,
    places_on_diagonals,
    shape_of_places,
    sparse_product,
    sparse_solve,
    split_diagonals,
)

nondifferentiable(places_on_diagonals, shape_of_places)


@multilinear(sparse_product, wrt=("data", "x"))
def product(y_bar, data, rows, columns, shape, x):
    """
    >>> product(v, i, [2, 0, 1, 1, 1], (4, 3), w[:3])
    >>> product(v, i, [2, 0, 1, 1, 1], (4, 3), A)
    >>> product(z, i, [2, 0, 1, 1, 1], (4, 3), Z)
    """
    return (
        outer_at(y_bar, np.conj(x), rows, columns),
        sparse_product(np.conj(data), columns, rows, shape[::-1], y_bar),
    )


@rule(sparse_solve, wrt=("data", "b"))
def solve(y_bar, y, data, rows, columns, shape, b):
    """Giles 2008.

    >>> solve(p + 1, [0, 1, 2, 0, 2], [0, 1, 2, 1, 0], (3, 3), w[:3])
    >>> solve(p + 1, [0, 1, 2, 0, 2], [0, 1, 2, 1, 0], (3, 3), A)
    >>> solve(q, [0, 1, 2, 0, 2], [0, 1, 2, 1, 1], (3, 3), Z[:, :1])
    """
    turned = sparse_solve(np.conj(data), columns, rows, shape[::-1], y_bar)
    return -outer_at(turned, np.conj(y), rows, columns), turned


@jvp(solve)
def solve_jvp(data_dot, b_dot, y, data, rows, columns, shape, b):
    moved = sparse_product(data_dot, rows, columns, shape, y)
    return sparse_solve(data, rows, columns, shape, b_dot - moved)


@linear(dense_of)
def dense(y_bar, data, rows, columns, shape):
    """
    >>> dense(v, i, [2, 0, 1, 1, 1], (4, 3))
    """
    return y_bar[rows, columns]


@linear(elements_at)
def elements(y_bar, array, rows, columns, shape):
    """
    >>> elements(A, [0, 2, 2], [1, 1, 3], (3, 4))
    >>> elements(v[:4], [0, 2, 2], [1, 1, 3], (3, 4))
    """
    return unbroadcast(dense_of(y_bar, rows, columns, shape), array)


@linear(joined_diagonals, nests=True)
def diagonals(data_bar, diagonals, offsets, shape):
    """
    >>> diagonals([v, w[:1], w[:3]], [0, 1, -2], None)
    >>> diagonals(v[:2], 1, (2, 4))
    """
    return split_diagonals(data_bar, diagonals, offsets, shape)
