"""Triangular factors, and systems that are solved with them.

Murray 2016, "Differentiation of the Cholesky decomposition"; de Hoog, Anderssen and
Lukas 2011, "Differentiation of matrix functionals using triangular factorization";
Roberts and Roberts 2020, "QR and LQ decomposition matrix backpropagation algorithms".
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from sourcediff.rules.declare import jvp, nondifferentiable, rule
from sourcediff.runtime import adjoint, cholesky_bar, cholesky_dot
from sourcediff.runtime.scipy.linalg import (
    cho_solve_bars,
    cho_solve_dot,
    left_by_cho_factor,
    lu_bar,
    lu_dot,
    lu_parts,
    lu_solve_bars,
    lu_solve_dot,
    row_order,
    row_permutation,
    unit_lower,
)
from sourcediff.runtime.scipy.orthogonal import scipy_qr_bar, scipy_qr_dot

nondifferentiable(row_order, row_permutation)


@rule(linalg.cholesky)
def cholesky(y_bar, y, a, lower=False, *, check_finite=True):
    """
    >>> cholesky(S)
    >>> cholesky(S, True)
    >>> cholesky(S + 0.2j * (M - M.T), lower=True)
    """
    if lower:
        return cholesky_bar(y_bar, y)
    return adjoint(cholesky_bar(adjoint(y_bar), adjoint(y)))


@jvp(cholesky)
def cholesky_jvp(a_dot, y, a, lower=False, *, check_finite=True):
    if lower:
        return cholesky_dot(a_dot, y)
    return adjoint(cholesky_dot(adjoint(a_dot), adjoint(y)))


@rule(linalg.cho_factor)
def cho_factor(y_bar, y, a, lower=False, *, check_finite=True):
    """SciPy leaves the elements of `a` in the other triangle, or zeros.

    >>> cho_factor(S)
    >>> cho_factor(S, True)
    """
    if lower:
        below = cholesky_bar(np.tril(y_bar[0]), np.tril(y[0]))
        return below + left_by_cho_factor(y_bar[0], lower)
    factor_bar, factor = adjoint(np.triu(y_bar[0])), adjoint(np.triu(y[0]))
    above = adjoint(cholesky_bar(factor_bar, factor))
    return above + left_by_cho_factor(y_bar[0], lower)


@jvp(cho_factor)
def cho_factor_jvp(a_dot, y, a, lower=False, *, check_finite=True):
    if lower:
        below = cholesky_dot(a_dot, np.tril(y[0]))
        return below + left_by_cho_factor(a_dot, lower), None
    factor_dot = cholesky_dot(adjoint(a_dot), adjoint(np.triu(y[0])))
    return adjoint(factor_dot) + left_by_cho_factor(a_dot, lower), None


@rule(linalg.cho_solve, wrt=("c_and_lower", "b"), nests=True)
def cho_solve(y_bar, y, c_and_lower, b, *, check_finite=True):
    """
    >>> cho_solve((M, True), v[:4])
    >>> cho_solve((M, False), B)
    """
    c_bar, b_bar = cho_solve_bars(y_bar, y, c_and_lower[0], c_and_lower[1])
    return (c_bar, None), b_bar


@jvp(cho_solve)
def cho_solve_jvp(c_dot, b_dot, y, c_and_lower, b, *, check_finite=True):
    return cho_solve_dot(c_dot[0], b_dot, y, c_and_lower[0], c_and_lower[1])


@rule(linalg.lu_factor)
def lu_factor(y_bar, y, a, *, check_finite=True):
    """
    >>> lu_factor(M)
    >>> lu_factor(M + 1j * S)
    """
    lu, piv = y
    l_bar = np.tril(y_bar[0], -1)
    product_bar = lu_bar(l_bar, y_bar[0], unit_lower(lu), np.triu(lu))
    return product_bar[np.argsort(row_order(piv))]


@jvp(lu_factor)
def lu_factor_jvp(a_dot, y, a, *, check_finite=True):
    lu, piv = y
    l_dot, u_dot = lu_dot(a_dot[row_order(piv)], unit_lower(lu), np.triu(lu))
    return l_dot + u_dot, None


@rule(linalg.lu_solve, wrt=("lu_and_piv", "b"), nests=True)
def lu_solve(y_bar, y, lu_and_piv, b, trans=0, *, check_finite=True):
    """
    >>> lu_solve((M, i[:4] % 4), v[:4])
    >>> lu_solve((M, i[1:]), B)
    >>> lu_solve((M, i[1:]), B, 1)
    >>> lu_solve((M + 1j * S, i[1:]), Z.T, trans=2)
    """
    factor_bar, b_bar = lu_solve_bars(y_bar, y, lu_and_piv[0], lu_and_piv[1], trans)
    return (factor_bar, None), b_bar


@jvp(lu_solve)
def lu_solve_jvp(factor_dot, b_dot, y, lu_and_piv, b, trans=0, *, check_finite=True):
    return lu_solve_dot(factor_dot[0], b_dot, y, lu_and_piv[0], lu_and_piv[1], trans)


@rule(linalg.lu)
def lu(y_bar, y, a, permute_l=False, *, check_finite=True, p_indices=False):
    """
    >>> lu(M)
    >>> lu(M + 1j * S)
    >>> lu(A)
    >>> lu(B)
    >>> lu(M, permute_l=True)
    >>> lu(B, p_indices=True)
    """
    p, lower, upper = lu_parts(y, a, permute_l, p_indices)
    l_bar, u_bar = y_bar[-2], y_bar[-1]
    if permute_l:
        l_bar = np.swapaxes(p, -1, -2) @ l_bar
    return p @ lu_bar(l_bar, u_bar, lower, upper)


@jvp(lu)
def lu_jvp(a_dot, y, a, permute_l=False, *, check_finite=True, p_indices=False):
    p, lower, upper = lu_parts(y, a, permute_l, p_indices)
    l_dot, u_dot = lu_dot(np.swapaxes(p, -1, -2) @ a_dot, lower, upper)
    if permute_l:
        return p @ l_dot, u_dot
    return None if p_indices else np.zeros_like(p), l_dot, u_dot


@rule(linalg.qr)
def qr(y_bar, y, a, *, lwork=None, mode="full", pivoting=False, check_finite=True):
    """
    >>> qr(B, mode="economic")
    >>> qr(A)
    >>> qr(M)
    >>> qr(B, mode="r")
    >>> qr(Z.T, mode="economic")
    >>> qr(A, pivoting=True)
    >>> qr(B, mode="economic", pivoting=True)
    >>> qr(M[:, [2, 0, 1, 3]] * np.array([1.0, 5.0, 20.0, 0.3]), pivoting=True)
    >>> qr(B, mode="r", pivoting=True)
    """
    return scipy_qr_bar(y_bar, y, a, mode, pivoting)


@jvp(qr)
def qr_jvp(a_dot, y, a, *, lwork=None, mode="full", pivoting=False, check_finite=True):
    return scipy_qr_dot(a_dot, y, a, mode, pivoting)
