"""Sparse systems whose matrix is a constant."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, linalg

from sourcediff.rules.declare import linear, opaque
from sourcediff.runtime.scipy.triplets import adjoint_of, solve_by_factors

opaque(linalg.SuperLU, made_by=(linalg.splu, linalg.spilu))

_MATRIX = csc_array(np.array([[2.3, 0.0, 0.7], [0.0, -1.4, 0.3], [0.0, 0.9, 3.1]]))
_FACTORS = linalg.splu(_MATRIX)


@linear(linalg.spsolve, wrt=("b",))
def spsolve(y_bar, A, b, permc_spec=None, use_umfpack=True):
    """
    >>> spsolve(_MATRIX, w[:3])
    >>> spsolve(_MATRIX, A)
    """
    return linalg.spsolve(adjoint_of(A), y_bar)


@linear(linalg.SuperLU.solve, wrt=("rhs",))
def solve(y_bar, self, rhs, trans="N"):
    """
    >>> solve(_FACTORS, w[:3])
    >>> solve(_FACTORS, A, "T")
    """
    return solve_by_factors(self, y_bar, trans)
