"""Linear systems, inverses, determinants and decompositions.

Giles 2008, "An extended collection of matrix derivative results for forward and reverse
mode algorithmic differentiation"; Golub and Pereyra 1973, "The differentiation of
pseudo-inverses and nonlinear least squares problems whose variables separate".
"""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import (
    adjoint,
    lstsq_bars,
    lstsq_dot,
    matrix_power_bar,
    matrix_power_dot,
    multi_dot_bars,
    multi_dot_dot,
    pinv_bar,
    pinv_dot,
    unbroadcast,
)


@rule(np.linalg.solve, wrt=("a", "b"))
def solve(y_bar, y, a, b):
    """
    >>> solve(M, v[:4])
    >>> solve(M, B)
    >>> solve(np.stack([M, S]), B)
    >>> solve(np.stack([M, S]), v[:4])
    >>> solve(M + 1j * S, z[:4])
    >>> solve(M + 1j * S, B)
    >>> solve(S, Z.T)
    """
    if np.ndim(a) == 2 and np.ndim(b) == 1:
        b_bar = np.linalg.solve(np.conj(a).T, y_bar)
        return -b_bar[:, None] * np.conj(y), b_bar
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        b_bar = np.linalg.solve(np.conj(a).T, y_bar)
        return -b_bar @ np.conj(y).T, b_bar
    if np.ndim(b) == 1:
        b_bar = np.linalg.solve(adjoint(a), y_bar[..., None])
        a_bar = -b_bar @ np.conj(y)[..., None, :]
        return a_bar, unbroadcast(b_bar[..., 0], b)
    b_bar = np.linalg.solve(adjoint(a), y_bar)
    return unbroadcast(-b_bar @ adjoint(y), a), unbroadcast(b_bar, b)


@jvp(solve)
def solve_jvp(a_dot, b_dot, y, a, b):
    if np.ndim(b) == 1 and np.ndim(a) > 2:
        rest = b_dot[:, None] - a_dot @ y[..., None]
        return np.linalg.solve(a, rest)[..., 0]
    return np.linalg.solve(a, b_dot - a_dot @ y)


@rule(np.linalg.inv)
def inv(y_bar, y, a):
    """
    >>> inv(M)
    >>> inv(np.stack([M, S]))
    >>> inv(M + 1j * S)
    """
    if np.ndim(a) == 2:
        return -np.conj(y).T @ y_bar @ np.conj(y).T
    return -adjoint(y) @ y_bar @ adjoint(y)


@jvp(inv)
def inv_jvp(a_dot, y, a):
    return -y @ a_dot @ y


@rule(np.linalg.det)
def det(y_bar, y, a):
    """
    >>> det(M)
    >>> det(np.stack([M, S]))
    >>> det(M + 1j * S)
    """
    if np.ndim(a) == 2:
        return y_bar * np.conj(y) * np.conj(np.linalg.inv(a)).T
    return (y_bar * np.conj(y))[..., None, None] * adjoint(np.linalg.inv(a))


@jvp(det)
def det_jvp(a_dot, y, a):
    return y * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


@rule(np.linalg.slogdet)
def slogdet(y_bar, y, a):
    """
    >>> slogdet(M)
    >>> slogdet(np.stack([M, S]))
    >>> slogdet(M + 1j * S)
    """
    if np.iscomplexobj(a):
        phase_bar = np.imag(np.conj(y[0]) * y_bar[0])
        return (y_bar[1] + 1j * phase_bar)[..., None, None] * adjoint(np.linalg.inv(a))
    if np.ndim(a) == 2:
        return y_bar[1] * np.linalg.inv(a).T
    return y_bar[1][..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)


@jvp(slogdet)
def slogdet_jvp(a_dot, y, a):
    trace = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    return 1j * np.imag(trace) * y[0] if np.iscomplexobj(a) else 0 * y[0], np.real(
        trace
    )


@rule(np.linalg.pinv)
def pinv(y_bar, y, a, rcond=None):
    """
    >>> pinv(A)
    >>> pinv(B)
    >>> pinv(T)
    >>> pinv(Z)
    """
    return pinv_bar(y_bar, y, a)


@jvp(pinv)
def pinv_jvp(a_dot, y, a, rcond=None):
    return pinv_dot(a_dot, y, a)


@rule(np.linalg.lstsq, wrt=("a", "b"))
def lstsq(y_bar, y, a, b, rcond=None):
    """
    >>> lstsq(B, v[:4])
    >>> lstsq(B, A.T)
    >>> lstsq(A, v[:3])
    >>> lstsq(Z.T, z[:4])
    """
    return lstsq_bars(y_bar, y, a, b)


@jvp(lstsq)
def lstsq_jvp(a_dot, b_dot, y, a, b, rcond=None):
    return lstsq_dot(a_dot, b_dot, y, a, b)


@rule(np.linalg.matrix_power, view=True)
def matrix_power(y_bar, y, a, n):
    """
    >>> matrix_power(M, 3)
    >>> matrix_power(M, 1)
    >>> matrix_power(M, 0)
    >>> matrix_power(M, -2)
    >>> matrix_power(np.stack([M, S]), 2)
    >>> matrix_power(M + 1j * S, 2)
    """
    return matrix_power_bar(y_bar, a, n)


@jvp(matrix_power)
def matrix_power_jvp(a_dot, y, a, n):
    return matrix_power_dot(a_dot, a, n)


@rule(np.linalg.multi_dot, nests=True)
def multi_dot(y_bar, y, arrays):
    """
    >>> multi_dot([A, B])
    >>> multi_dot([A, B, A])
    >>> multi_dot([v[:3], A, B, w[:3]])
    >>> multi_dot([v[:3], A, B])
    >>> multi_dot([z[:3], Z, B])
    """
    return multi_dot_bars(y_bar, arrays)


@jvp(multi_dot)
def multi_dot_jvp(arrays_dot, y, arrays):
    return multi_dot_dot(arrays_dot, arrays)


@rule(np.linalg.tensorinv)
def tensorinv(y_bar, y, a, ind=2):
    """
    >>> tensorinv(np.reshape(np.kron(M, np.eye(3)), (4, 3, 2, 6)))
    >>> tensorinv(np.reshape(M, (4, 2, 2)), ind=1)
    """
    n = np.shape(a)[:ind]
    size = np.prod(n, dtype=int)
    inverse = np.conj(np.reshape(y, (size, size))).T
    return np.reshape(-inverse @ np.reshape(y_bar, (size, size)) @ inverse, np.shape(a))


@jvp(tensorinv)
def tensorinv_jvp(a_dot, y, a, ind=2):
    size = np.prod(np.shape(a)[:ind], dtype=int)
    inverse = np.reshape(y, (size, size))
    return np.reshape(-inverse @ np.reshape(a_dot, (size, size)) @ inverse, np.shape(y))


@rule(np.linalg.tensorsolve, wrt=("a", "b"))
def tensorsolve(y_bar, y, a, b):
    """
    >>> tensorsolve(np.reshape(np.kron(M, np.eye(3)), (4, 3, 2, 6)), B)
    """
    size = np.size(b)
    matrix = np.reshape(a, (size, size))
    b_bar = np.linalg.solve(np.conj(matrix).T, np.ravel(y_bar))
    a_bar = -np.outer(b_bar, np.conj(y))
    return np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))


@jvp(tensorsolve)
def tensorsolve_jvp(a_dot, b_dot, y, a, b):
    return np.linalg.tensorsolve(a, b_dot - np.tensordot(a_dot, y, np.ndim(y)))
