"""What stands for a sparse matrix whose elements carry derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import linalg

from sourcediff.rules.stand_ins import answers
from sourcediff.runtime.scipy.triplets import (
    dense_of,
    elements_at,
    elements_of,
    sparse_product,
    sparse_solve,
)


def as_triplets(matrix):
    """A sparse matrix of SciPy's as triplets; those are themselves."""
    data, rows, columns, shape = elements_of(matrix)
    rows, columns = np.asarray(rows, dtype=int), np.asarray(columns, dtype=int)
    return Triplets(data, rows, columns, shape)


@dataclass(frozen=True, eq=False)
class Triplets:
    """A sparse array as elements, rows and columns; equal places add up."""

    data: Any
    rows: Any
    columns: Any
    shape: Any

    __array_ufunc__ = None  # NumPy's arrays leave `@` and `*` to this class

    def made(self, data, rows, columns, shape):
        """Another one of this class."""
        return Triplets(data, rows, columns, shape)

    @property
    def T(self):
        """The transpose."""
        return self.transpose()

    def transpose(self):
        """The array with rows and columns in each other's place."""
        shape = self.shape[1], self.shape[0]
        return self.made(self.data, self.columns, self.rows, shape)

    def dot(self, other):
        """The product with a dense vector or matrix."""
        return sparse_product(self.data, self.rows, self.columns, self.shape, other)

    def rdot(self, other):
        """The product of a dense vector or matrix with this."""
        return np.transpose(self.transpose().dot(np.transpose(other)))

    @answers(linalg.splu)
    def factored(self, permc_spec=None, diag_pivot_thresh=None, relax=None):
        """The array itself: what its factors are for is its `solve`."""
        return self

    @answers(linalg.spsolve)
    def solve(self, b, permc_spec=None, use_umfpack=True):
        """The solution of the system with this matrix."""
        return sparse_solve(self.data, self.rows, self.columns, self.shape, b)

    def scaled(self, factor):
        """Each element times a number, or a number for each."""
        return self.made(self.data * factor, self.rows, self.columns, self.shape)

    def multiply(self, other):
        """The product element by element with a number or a dense array."""
        if np.ndim(other) == 0:
            return self.scaled(other)
        return self.scaled(elements_at(other, self.rows, self.columns, self.shape))

    def plus(self, other, sign):
        """The sum with a multiple of another sparse array."""
        other = as_triplets(other)
        data = np.concatenate([self.data, sign * other.data])
        rows = np.asarray(np.concatenate([self.rows, other.rows]), dtype=int)
        columns = np.asarray(np.concatenate([self.columns, other.columns]), dtype=int)
        return self.made(data, rows, columns, self.shape)

    def toarray(self):
        """The whole array."""
        return dense_of(self.data, self.rows, self.columns, self.shape)

    def sum(self, axis=None):
        """The sum of all elements, or of those in each column or row."""
        return np.sum(self.toarray(), axis=axis)

    def diagonal(self, k=0):
        """The elements of a diagonal."""
        return np.diagonal(self.toarray(), k)

    @answers(as_triplets)
    def itself(self):
        """The array, which is made of triplets already."""
        return self

    def tocsr(self, copy=False):
        """The array itself: the order of its elements is of no matter."""
        return self

    def tocsc(self, copy=False):
        """The array itself: the order of its elements is of no matter."""
        return self

    def tocoo(self, copy=False):
        """The array itself: the order of its elements is of no matter."""
        return self

    def __matmul__(self, other):
        return self.dot(other)

    def __rmatmul__(self, other):
        return self.rdot(other)

    def __mul__(self, other):
        return self.multiply(other)

    def __rmul__(self, other):
        return self.multiply(other)

    def __truediv__(self, other):
        return self.scaled(1.0 / other)

    def __neg__(self):
        return self.scaled(-1.0)

    def __add__(self, other):
        return self.plus(other, 1.0)

    def __sub__(self, other):
        return self.plus(other, -1.0)

    def __radd__(self, other):
        return self.plus(other, 1.0)

    def __rsub__(self, other):
        return self.scaled(-1.0).plus(other, 1.0)


@dataclass(frozen=True, eq=False)
class MatrixTriplets(Triplets):
    """One of SciPy's older matrices, whose `*` is a matrix product."""

    def made(self, data, rows, columns, shape):
        """Another one of this class."""
        return MatrixTriplets(data, rows, columns, shape)

    def __mul__(self, other):
        if np.ndim(other) == 0:
            return self.scaled(other)
        return self.dot(other)

    def __rmul__(self, other):
        if np.ndim(other) == 0:
            return self.scaled(other)
        return self.rdot(other)
