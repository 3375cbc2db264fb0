"""Eigenvalues and singular values.

Giles 2008; Seeger et al. 2017, "Auto-differentiating linear algebra"; Boeddeker et al.
2017, "On the computation of complex-valued gradients"; Townsend 2016.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import (
    cast_like,
    diagonal_of,
    eig_bar,
    eig_dot,
    full_svd_dot,
    nearest,
    reduced,
    svd_bar,
    svd_dot,
)
from sourcediff.runtime.scipy.eigen import (
    generalized_bars,
    generalized_dot,
    read_triangle,
    unread_triangle,
)


@rule(linalg.eigh, wrt=("a", "b"))
def eigh(y_bar, y, a, b=None, *, lower=True, check_finite=True, driver=None):
    """
    >>> eigh(S, driver="evd")
    >>> eigh(S, lower=False, driver="evd")
    >>> eigh(M, S)
    >>> eigh(M, S, lower=False)
    """
    a_bar, b_bar = generalized_bars(y_bar[0], y_bar[1], y[0], y[1])
    if b is None:
        return unread_triangle(a_bar, lower), None
    return unread_triangle(a_bar, lower), unread_triangle(b_bar, lower)


@jvp(eigh)
def eigh_jvp(a_dot, b_dot, y, a, b=None, *, lower=True, check_finite=True, driver=None):
    moved = None if b is None else read_triangle(b_dot, lower)
    return generalized_dot(read_triangle(a_dot, lower), moved, y[0], y[1])


@rule(linalg.eigvalsh, wrt=("a", "b"))
def eigvalsh(w_bar, w, a, b=None, *, lower=True, check_finite=True, driver=None):
    """
    >>> eigvalsh(S)
    >>> eigvalsh(S, lower=False)
    >>> eigvalsh(M, S)
    """
    vectors = linalg.eigh(a, b, lower=lower)[1]
    a_bar, b_bar = generalized_bars(w_bar, None, w, vectors)
    if b is None:
        return unread_triangle(a_bar, lower), None
    return unread_triangle(a_bar, lower), unread_triangle(b_bar, lower)


@jvp(eigvalsh)
def eigvalsh_jvp(
    a_dot, b_dot, w, a, b=None, *, lower=True, check_finite=True, driver=None
):
    vectors = linalg.eigh(a, b, lower=lower)[1]
    moved = None if b is None else read_triangle(b_dot, lower)
    return generalized_dot(read_triangle(a_dot, lower), moved, w, vectors)[0]


@rule(linalg.eig)
def eig(y_bar, y, a, *, check_finite=True):
    """
    >>> eig(np.diag([1.0, 2.5, -1.2]) + Z[:, :3] / 15)
    >>> eig(np.array([[0.3, 1.2, 0.1], [-0.9, 0.4, 0.2], [0.5, -0.3, 1.4]]))
    """
    return cast_like(eig_bar(y_bar[0], y_bar[1], y[0], y[1]), a)


@jvp(eig)
def eig_jvp(a_dot, y, a, *, check_finite=True):
    return eig_dot(a_dot, y[0], y[1])


@rule(linalg.eigvals)
def eigvals(w_bar, w, a, *, check_finite=True):
    """
    >>> eigvals(np.diag([1.0, 2.5, -1.2]) + A[:, :3] / 5)
    >>> eigvals(np.diag([1.0, 2.5, -1.2]) + Z[:, :3] / 15)
    """
    values, v = np.linalg.eig(a)
    v = np.take_along_axis(v, nearest(w, values)[..., None, :], axis=-1)
    return cast_like(eig_bar(w_bar, None, w, v), a)


@jvp(eigvals)
def eigvals_jvp(a_dot, w, a, *, check_finite=True):
    values, v = np.linalg.eig(a)
    v = np.take_along_axis(v, nearest(w, values)[..., None, :], axis=-1)
    return diagonal_of(np.linalg.solve(v, a_dot @ v))


@rule(linalg.svd)
def svd(
    y_bar,
    y,
    a,
    full_matrices=True,
    compute_uv=True,
    *,
    check_finite=True,
    lapack_driver="gesdd",
):
    """
    >>> svd(A, full_matrices=False)
    >>> svd(M)
    >>> svd(A, compute_uv=False)
    >>> svd(Z, compute_uv=False)
    """
    if not compute_uv:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return svd_bar(None, y_bar, None, u, s, vh)
    u, s, vh = y
    u_bar, s_bar, vh_bar = y_bar
    u, vh, u_bar, vh_bar = reduced(u, vh, u_bar, vh_bar)
    return svd_bar(u_bar, s_bar, vh_bar, u, s, vh)


@jvp(svd)
def svd_jvp(
    a_dot,
    y,
    a,
    full_matrices=True,
    compute_uv=True,
    *,
    check_finite=True,
    lapack_driver="gesdd",
):
    if not compute_uv:
        return svd_dot(a_dot, *np.linalg.svd(a, full_matrices=False))[1]
    u, s, vh = y
    u, vh, _, _ = reduced(u, vh, None, None)
    return full_svd_dot(svd_dot(a_dot, u, s, vh), y)


@rule(linalg.svdvals)
def svdvals(s_bar, s, a, *, check_finite=True):
    """
    >>> svdvals(A)
    >>> svdvals(Z)
    """
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return svd_bar(None, s_bar, None, u, s, vh)


@jvp(svdvals)
def svdvals_jvp(a_dot, s, a, *, check_finite=True):
    return svd_dot(a_dot, *np.linalg.svd(a, full_matrices=False))[1]
