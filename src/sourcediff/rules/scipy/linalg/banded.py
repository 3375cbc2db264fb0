"""Systems whose matrix is given by its diagonals."""

from __future__ import annotations

from scipy import linalg

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime.scipy.banded import (
    adjoint_banded,
    banded_bar,
    banded_product,
    hermitian_bar,
    hermitian_product,
)


@rule(linalg.solve_banded, wrt=("ab", "b"))
def solve_banded(y_bar, y, l_and_u, ab, b, *, check_finite=True):
    """
    >>> solve_banded((1, 1), np.array([[0.3], [4.0], [0.7]]) + A / 9, B)
    >>> solve_banded((2, 0), np.array([[4.0], [0.3], [0.7]]) + A / 9, B)
    >>> solve_banded((0, 2), np.array([[0.4], [0.3], [4.7]]) + Z / 9, Z.T)
    """
    turned = linalg.solve_banded(
        (l_and_u[1], l_and_u[0]), adjoint_banded(l_and_u, ab), y_bar
    )
    return banded_bar(l_and_u, ab, turned, y), turned


@jvp(solve_banded)
def solve_banded_jvp(ab_dot, b_dot, y, l_and_u, ab, b, *, check_finite=True):
    moved = banded_product(l_and_u, ab_dot, y)
    return linalg.solve_banded(l_and_u, ab, b_dot - moved)


@rule(linalg.solveh_banded, wrt=("ab", "b"))
def solveh_banded(y_bar, y, ab, b, *, lower=False, check_finite=True):
    """
    >>> solveh_banded(np.array([[0.3], [0.5], [4.7]]) + A / 9, B)
    >>> solveh_banded(np.array([[4.3], [0.5], [0.7]]) + A / 9, v[:4], lower=True)
    """
    b_bar = linalg.solveh_banded(ab, y_bar, lower=lower)
    return hermitian_bar(ab, b_bar, y, lower), b_bar


@jvp(solveh_banded)
def solveh_banded_jvp(ab_dot, b_dot, y, ab, b, *, lower=False, check_finite=True):
    moved = hermitian_product(ab_dot, y, lower)
    return linalg.solveh_banded(ab, b_dot - moved, lower=lower)
