"""Linear systems, inverses and determinants: Giles 2008."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import adjoint, lstsq_bars, lstsq_dot, pinv_bar, pinv_dot
from sourcediff.runtime.scipy.linalg import (
    read_structure,
    solve_bars,
    solve_dot,
    triangular_bars,
    triangular_dot,
    unread_structure,
)


@rule(linalg.solve, wrt=("a", "b"))
def solve(
    y_bar, y, a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False
):
    """
    >>> solve(M, v[:4])
    >>> solve(M, B)
    >>> solve(M, B, transposed=True)
    >>> solve(M + 1j * S, z[:4])
    >>> solve(S, B, assume_a="pos")
    >>> solve(S, B, assume_a="pos", lower=True)
    >>> solve(M, B, assume_a="sym")
    """
    return solve_bars(y_bar, y, a, b, lower, assume_a, transposed)


@jvp(solve)
def solve_jvp(
    a_dot,
    b_dot,
    y,
    a,
    b,
    lower=False,
    *,
    check_finite=True,
    assume_a=None,
    transposed=False,
):
    return solve_dot(a_dot, b_dot, y, a, lower, assume_a, transposed)


@rule(linalg.inv)
def inv(y_bar, y, a, *, check_finite=True, assume_a=None, lower=False):
    """
    >>> inv(M)
    >>> inv(M + 1j * S)
    """
    a_bar = -adjoint(y) @ y_bar @ adjoint(y)
    return unread_structure(a_bar, assume_a, lower)


@jvp(inv)
def inv_jvp(a_dot, y, a, *, check_finite=True, assume_a=None, lower=False):
    return -y @ read_structure(a_dot, assume_a, lower) @ y


@rule(linalg.det)
def det(y_bar, y, a, *, check_finite=True):
    """
    >>> det(M)
    >>> det(M + 1j * S)
    """
    if np.ndim(a) == 2:
        return y_bar * np.conj(y * np.linalg.inv(a)).T
    return (y_bar * np.conj(y))[..., None, None] * adjoint(np.linalg.inv(a))


@jvp(det)
def det_jvp(a_dot, y, a, *, check_finite=True):
    return y * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


@rule(linalg.solve_triangular, wrt=("a", "b"))
def solve_triangular(
    y_bar, y, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True
):
    """
    >>> solve_triangular(M, v[:4])
    >>> solve_triangular(M, B, lower=True)
    >>> solve_triangular(M, B, 1)
    >>> solve_triangular(M, B, trans="T", lower=True, unit_diagonal=True)
    >>> solve_triangular(M + 1j * S, Z.T, trans=2)
    >>> solve_triangular(M + 1j * S, Z.T, trans="T")
    """
    return triangular_bars(y_bar, y, a, trans, lower, unit_diagonal)


@jvp(solve_triangular)
def solve_triangular_jvp(
    a_dot,
    b_dot,
    y,
    a,
    b,
    trans=0,
    lower=False,
    unit_diagonal=False,
    *,
    check_finite=True,
):
    return triangular_dot(a_dot, b_dot, y, a, trans, lower, unit_diagonal)


@rule(linalg.pinv)
def pinv(y_bar, y, a, *, atol=None, rtol=None, return_rank=False, check_finite=True):
    """
    Golub and Pereyra 1973.

    >>> pinv(A)
    >>> pinv(B)
    >>> pinv(Z)
    >>> pinv(A, return_rank=True)
    """
    if return_rank:
        return pinv_bar(y_bar[0], y[0], a)
    return pinv_bar(y_bar, y, a)


@jvp(pinv)
def pinv_jvp(
    a_dot, y, a, *, atol=None, rtol=None, return_rank=False, check_finite=True
):
    if return_rank:
        return pinv_dot(a_dot, y[0], a), None
    return pinv_dot(a_dot, y, a)


@rule(linalg.lstsq, wrt=("a", "b"))
def lstsq(y_bar, y, a, b, cond=None, *, check_finite=True, lapack_driver=None):
    """
    Golub and Pereyra 1973.

    >>> lstsq(B, v[:4])
    >>> lstsq(B, A.T)
    >>> lstsq(A, v[:3])
    """
    return lstsq_bars(y_bar, y, a, b)


@jvp(lstsq)
def lstsq_jvp(
    a_dot, b_dot, y, a, b, cond=None, *, check_finite=True, lapack_driver=None
):
    x_dot, residuals_dot, _, s_dot = lstsq_dot(a_dot, b_dot, y, a, b)
    return x_dot, np.reshape(residuals_dot, np.shape(y[1])), None, s_dot
