"""Formulas for linear systems whose matrix is read in part, or given by its factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from scipy import linalg

from sourcediff.runtime.linalg import adjoint, mirror_lower, read_lower

_HERMITIAN = ("pos", "positive definite", "her", "hermitian")
_GENERAL = (None, "gen", "general", "banded")
#: Later ones put zeros there.
_CHO_FACTOR_LEAVES_A = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 18)


def left_by_cho_factor(a: Any, lower: bool) -> Any:
    """What `cho_factor` leaves of its argument beside the factor, a linear function.

    >>> bool(left_by_cho_factor(np.ones((2, 2)), True)[0, 0])
    False
    """
    if not _CHO_FACTOR_LEAVES_A:
        return np.zeros_like(a)
    return np.triu(a, 1) if lower else np.tril(a, -1)


def read_structure(a: Any, assume_a: Any, lower: bool) -> Any:
    """The matrix that SciPy takes `a` for, of which it reads a part.

    >>> read_structure(np.array([[1.0, 2.0], [4.0, 8.0]]), "sym", True)
    array([[1., 4.],
           [4., 8.]])
    """
    if assume_a in _GENERAL:
        return a
    if assume_a in _HERMITIAN:
        return mirror_lower(a if lower else adjoint(a))
    if assume_a in ("sym", "symmetric"):
        half = np.tril(a) if lower else np.swapaxes(np.triu(a), -1, -2)
        return half + np.swapaxes(np.tril(half, -1), -1, -2)
    if assume_a == "lower triangular":
        return np.tril(a)
    if assume_a == "upper triangular":
        return np.triu(a)
    if assume_a == "diagonal":
        return np.triu(np.tril(a))
    if assume_a == "tridiagonal":
        return np.triu(np.tril(a, 1), -1)
    raise TypeError(f"scipy.linalg has no derivative for assume_a={assume_a!r}")


def unread_structure(a_bar: Any, assume_a: Any, lower: bool) -> Any:
    """The cotangent of what was read of a matrix from that of the whole.

    >>> unread_structure(np.array([[1.0, 2.0], [4.0, 8.0]]), "sym", True)
    array([[1., 0.],
           [6., 8.]])
    """
    if assume_a in _GENERAL:
        return a_bar
    if assume_a in _HERMITIAN:
        folded = read_lower(a_bar)
        return folded if lower else adjoint(folded)
    if assume_a in ("sym", "symmetric"):
        turned = np.swapaxes(a_bar, -1, -2)
        if lower:
            return np.tril(a_bar) + np.tril(turned, -1)
        return np.triu(a_bar) + np.triu(turned, 1)
    return read_structure(a_bar, assume_a, lower)


def columns(x: Any, matrix: Any) -> Any:
    """A vector as a matrix of one column; a matrix as it is.

    >>> columns(np.ones(3), np.eye(3)).shape
    (3, 1)
    """
    return np.reshape(x, (-1, 1)) if np.ndim(x) == 1 else x


def solve_bars(
    y_bar: Any, y: Any, a: Any, b: Any, lower: bool, assume_a: Any, transposed: bool
) -> tuple[Any, Any]:
    """The cotangents of matrix and right-hand side of a linear system.

    >>> one = np.array([2.0])
    >>> solve_bars(one, one, np.array([[4.0]]), one, False, None, False)
    (array([[-1.]]), array([0.5]))
    """
    matrix = read_structure(a, assume_a, lower)
    system = np.conj(matrix) if transposed else adjoint(matrix)
    b_bar = np.linalg.solve(system, y_bar)
    outer = -columns(b_bar, a) @ adjoint(columns(y, a))
    if transposed:
        outer = np.swapaxes(outer, -1, -2)
    return unread_structure(outer, assume_a, lower), b_bar


def solve_dot(
    a_dot: Any, b_dot: Any, y: Any, a: Any, lower: bool, assume_a: Any, transposed: bool
) -> Any:
    """The tangent of the solution of a linear system.

    >>> one = np.array([2.0])
    >>> solve_dot(np.array([[1.0]]), one, one, np.array([[4.0]]), False, None, False)
    array([0.])
    """
    matrix = read_structure(a, assume_a, lower)
    moved = read_structure(a_dot, assume_a, lower)
    if transposed:
        matrix, moved = np.swapaxes(matrix, -1, -2), np.swapaxes(moved, -1, -2)
    return np.linalg.solve(matrix, b_dot - moved @ y)


def _triangle(a: Any, lower: bool, unit_diagonal: bool) -> Any:
    """The part of a triangular matrix that is read."""
    off = 1 if unit_diagonal else 0
    return np.tril(a, -off) if lower else np.triu(a, off)


def _turned(a: Any, trans: Any) -> Any:
    """A matrix, its transpose or its adjoint, as LAPACK's `trans` says."""
    if trans in (0, "N"):
        return a
    return np.swapaxes(a, -1, -2) if trans in (1, "T") else adjoint(a)


def triangular_bars(
    y_bar: Any, y: Any, a: Any, trans: Any, lower: bool, unit_diagonal: bool
) -> tuple[Any, Any]:
    """The cotangents of `solve_triangular(a, b)`.

    >>> one = np.array([2.0])
    >>> triangular_bars(one, one, np.array([[4.0]]), 0, False, False)
    (array([[-1.]]), array([0.5]))
    """
    if trans in (1, "T"):
        b_bar = linalg.solve_triangular(
            np.conj(a), y_bar, lower=lower, unit_diagonal=unit_diagonal
        )
    else:
        back = 2 if trans in (0, "N") else 0
        b_bar = linalg.solve_triangular(
            a, y_bar, trans=back, lower=lower, unit_diagonal=unit_diagonal
        )
    outer = -columns(b_bar, a) @ adjoint(columns(y, a))
    return _triangle(_turned(outer, trans), lower, unit_diagonal), b_bar


def triangular_dot(
    a_dot: Any,
    b_dot: Any,
    y: Any,
    a: Any,
    trans: Any,
    lower: bool,
    unit_diagonal: bool,
) -> Any:
    """The tangent of `solve_triangular(a, b)`.

    >>> one = np.array([2.0])
    >>> triangular_dot(np.array([[1.0]]), one, one, np.array([[4.0]]), 0, True, False)
    array([0.])
    """
    moved = _turned(_triangle(a_dot, lower, unit_diagonal), trans)
    return linalg.solve_triangular(
        a, b_dot - moved @ y, trans=trans, lower=lower, unit_diagonal=unit_diagonal
    )


def cho_solve_bars(y_bar: Any, y: Any, c: Any, lower: bool) -> tuple[Any, Any]:
    """The cotangents of factor and right-hand side of `cho_solve((c, lower), b)`.

    >>> one = np.array([2.0])
    >>> cho_solve_bars(one, one, np.array([[2.0]]), True)
    (array([[-4.]]), array([0.5]))
    """
    b_bar = linalg.cho_solve((c, lower), y_bar)
    outer = columns(b_bar, c) @ adjoint(columns(y, c))
    both = -(outer + adjoint(outer))
    if lower:
        return np.tril(both @ np.tril(c)), b_bar
    return np.triu(np.triu(c) @ both), b_bar


def cho_solve_dot(c_dot: Any, b_dot: Any, y: Any, c: Any, lower: bool) -> Any:
    """The tangent of `cho_solve((c, lower), b)`.

    >>> one = np.array([2.0])
    >>> cho_solve_dot(np.array([[1.0]]), 0 * one, one, np.array([[2.0]]), True)
    array([-2.])
    """
    factor = np.tril(c) if lower else adjoint(np.triu(c))
    factor_dot = np.tril(c_dot) if lower else adjoint(np.triu(c_dot))
    moved = factor_dot @ (adjoint(factor) @ y) + factor @ (adjoint(factor_dot) @ y)
    return linalg.cho_solve((c, lower), b_dot - moved)


def unit_lower(lu: Any) -> Any:
    """The factor L of a compact LU decomposition.

    >>> unit_lower(np.array([[2.0, 3.0], [0.5, 4.0]]))
    array([[1. , 0. ],
           [0.5, 1. ]])
    """
    return np.tril(lu, -1) + np.eye(np.shape(lu)[-1], dtype=lu.dtype)


def row_order(piv: Any) -> Any:
    """The order of rows that a sequence of exchanges amounts to.

    >>> row_order(np.array([1, 1]))
    array([1, 0])
    """
    order = np.arange(len(piv))
    for k, other in enumerate(piv):
        order[[k, other]] = order[[other, k]]
    return order


def lu_bar(l_bar: Any, u_bar: Any, l: Any, u: Any) -> Any:  # noqa: E741
    """The cotangent of `l @ u` from those of its triangular factors.

    De Hoog, Anderssen and Lukas 2011, "Differentiation of matrix functionals using
    triangular factorization". What a matrix that is not square has beyond the square
    is solved for with the factor of that.

    >>> lu_bar(np.zeros((1, 1)), np.array([[3.0]]), np.eye(1), np.array([[2.0]]))
    array([[3.]])
    """
    n = np.shape(u)[-2]
    if np.shape(l)[-2] > n:
        below = _right_solve(adjoint(u), l_bar[..., n:, :])
        u_bar = u_bar - adjoint(l[..., n:, :]) @ below
        above = lu_bar(l_bar[..., :n, :], u_bar, l[..., :n, :], u)
        return np.concatenate([above, below], axis=-2)
    if np.shape(u)[-1] > n:
        right = np.linalg.solve(adjoint(l), u_bar[..., n:])
        l_bar = l_bar - right @ adjoint(u[..., n:])
        left = lu_bar(l_bar, u_bar[..., :n], l, u[..., :n])
        return np.concatenate([left, right], axis=-1)
    inner = np.tril(adjoint(l) @ l_bar, -1) + np.triu(u_bar @ adjoint(u))
    half = np.linalg.solve(adjoint(l), inner)
    return _right_solve(adjoint(u), half)


def _right_solve(a: Any, b: Any) -> Any:
    """`b` times the inverse of `a`."""
    return adjoint(np.linalg.solve(adjoint(a), adjoint(b)))


def lu_dot(a_dot: Any, l: Any, u: Any) -> tuple[Any, Any]:  # noqa: E741
    """The tangents of the triangular factors of `l @ u`.

    >>> lu_dot(np.array([[3.0]]), np.eye(1), np.array([[2.0]]))
    (array([[0.]]), array([[3.]]))
    """
    n = np.shape(u)[-2]
    if np.shape(l)[-2] > n:
        l_dot, u_dot = lu_dot(a_dot[..., :n, :], l[..., :n, :], u)
        below = _right_solve(u, a_dot[..., n:, :] - l[..., n:, :] @ u_dot)
        return np.concatenate([l_dot, below], axis=-2), u_dot
    if np.shape(u)[-1] > n:
        l_dot, u_dot = lu_dot(a_dot[..., :n], l, u[..., :n])
        right = np.linalg.solve(l, a_dot[..., n:] - l_dot @ u[..., n:])
        return l_dot, np.concatenate([u_dot, right], axis=-1)
    half = np.linalg.solve(l, a_dot)
    inner = _right_solve(u, half)
    return l @ np.tril(inner, -1), np.triu(inner) @ u


def lu_parts(y: Any, a: Any, permute_l: bool, p_indices: bool) -> tuple[Any, Any, Any]:
    """The permutation matrix and both factors, however `scipy.linalg.lu` gave them.

    >>> l, u = np.array([[0.5, 1.0], [1.0, 0.0]]), np.array([[2.0, 3.0], [0.0, 4.0]])
    >>> lu_parts((l, u), l @ u, True, False)[:2]
    (array([[0., 1.],
           [1., 0.]]), array([[1. , 0. ],
           [0.5, 1. ]]))
    """
    if permute_l:
        order = row_permutation(a)
        return order, np.swapaxes(order, -1, -2) @ y[0], y[1]
    if p_indices:
        return np.eye(np.shape(a)[-2], dtype=y[1].dtype)[y[0]], y[1], y[2]
    return y[0], y[1], y[2]


def row_permutation(a: Any) -> Any:
    """The permutation matrix of the LU decomposition of `a`: a constant.

    >>> row_permutation(np.array([[1.0, 2.0], [4.0, 8.0]]))
    array([[0., 1.],
           [1., 0.]])
    """
    return linalg.lu(a)[0]


def lu_solve_bars(y_bar: Any, y: Any, lu: Any, piv: Any, trans: int) -> tuple[Any, Any]:
    """The cotangents of factors and right-hand side of `lu_solve((lu, piv), b)`.

    >>> one = np.array([2.0])
    >>> lu_solve_bars(one, one, np.array([[4.0]]), np.array([0]), 0)
    (array([[-1.]]), array([0.5]))
    """
    if trans == 1:
        b_bar = linalg.lu_solve((np.conj(lu), piv), y_bar)
    else:
        b_bar = linalg.lu_solve((lu, piv), y_bar, trans=0 if trans else 2)
    outer = -columns(b_bar, lu) @ adjoint(columns(y, lu))
    product_bar = _turned(outer, trans)[row_order(piv)]
    l_bar = product_bar @ adjoint(np.triu(lu))
    u_bar = adjoint(unit_lower(lu)) @ product_bar
    return np.tril(l_bar, -1) + np.triu(u_bar), b_bar


def lu_solve_dot(
    lu_tangent: Any, b_dot: Any, y: Any, lu: Any, piv: Any, trans: int
) -> Any:
    """The tangent of `lu_solve((lu, piv), b)`.

    >>> one = np.array([2.0])
    >>> lu_solve_dot(np.array([[4.0]]), one, one, np.array([[4.0]]), np.array([0]), 0)
    array([-1.5])
    """
    product_dot = np.tril(lu_tangent, -1) @ np.triu(lu)
    product_dot = product_dot + unit_lower(lu) @ np.triu(lu_tangent)
    a_dot = product_dot[np.argsort(row_order(piv))]
    return linalg.lu_solve((lu, piv), b_dot - _turned(a_dot, trans) @ y, trans=trans)
