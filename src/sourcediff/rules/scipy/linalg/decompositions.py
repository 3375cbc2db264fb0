"""Eigenvalues and singular values.

Giles 2008; Seeger et al. 2017, "Auto-differentiating linear algebra"; Boeddeker et al.
2017, "On the computation of complex-valued gradients"; Townsend 2016.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from sourcediff.rules.declare import jvp, nondifferentiable, rule
from sourcediff.runtime import (
    cast_like,
    eig_bar,
    eig_dot,
    full_svd_dot,
    reduced,
    svd_bar,
    svd_dot,
    vectors_of,
)
from sourcediff.runtime.scipy.eigen import chosen_bars, chosen_dot, first_chosen

nondifferentiable(first_chosen)


@rule(linalg.eigh, wrt=("a", "b"))
def eigh(
    y_bar,
    y,
    a,
    b=None,
    *,
    lower=True,
    eigvals_only=False,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    """
    >>> eigh(S, driver="evd")
    >>> eigh(S, lower=False, driver="evd")
    >>> eigh(M, S)
    >>> eigh(M, S, lower=False)
    >>> eigh(S, eigvals_only=True, subset_by_value=(0.0, 3.0))
    >>> eigh(S, subset_by_index=(1, 2))
    >>> eigh(M, S, subset_by_index=(0, 1))
    """
    return chosen_bars(y_bar, y, a, b, lower, eigvals_only)


@jvp(eigh)
def eigh_jvp(
    a_dot,
    b_dot,
    y,
    a,
    b=None,
    *,
    lower=True,
    eigvals_only=False,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    return chosen_dot(a_dot, b_dot, y, a, b, lower, eigvals_only)


@rule(linalg.eigvalsh, wrt=("a", "b"))
def eigvalsh(
    w_bar,
    w,
    a,
    b=None,
    *,
    lower=True,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    """
    >>> eigvalsh(S)
    >>> eigvalsh(S, lower=False)
    >>> eigvalsh(M, S)
    >>> eigvalsh(S, subset_by_index=(1, 2))
    """
    return chosen_bars(w_bar, w, a, b, lower, True)


@jvp(eigvalsh)
def eigvalsh_jvp(
    a_dot,
    b_dot,
    w,
    a,
    b=None,
    *,
    lower=True,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    return chosen_dot(a_dot, b_dot, w, a, b, lower, True)


@rule(linalg.eig)
def eig(y_bar, y, a, *, right=True, check_finite=True):
    """
    >>> eig(np.diag([1.0, 2.5, -1.2]) + Z[:, :3] / 15)
    >>> eig(np.array([[0.3, 1.2, 0.1], [-0.9, 0.4, 0.2], [0.5, -0.3, 1.4]]))
    >>> eig(np.diag([1.0, 2.5, -1.2]) + A[:, :3] / 5, right=False)
    """
    if not right:
        return cast_like(eig_bar(y_bar, None, y, vectors_of(a, y)), a)
    return cast_like(eig_bar(y_bar[0], y_bar[1], y[0], y[1]), a)


@jvp(eig)
def eig_jvp(a_dot, y, a, *, right=True, check_finite=True):
    if not right:
        return eig_dot(a_dot, y, vectors_of(a, y))[0]
    return eig_dot(a_dot, y[0], y[1])


@rule(linalg.eigvals)
def eigvals(w_bar, w, a, *, check_finite=True):
    """
    >>> eigvals(np.diag([1.0, 2.5, -1.2]) + A[:, :3] / 5)
    >>> eigvals(np.diag([1.0, 2.5, -1.2]) + Z[:, :3] / 15)
    """
    return cast_like(eig_bar(w_bar, None, w, vectors_of(a, w)), a)


@jvp(eigvals)
def eigvals_jvp(a_dot, w, a, *, check_finite=True):
    return eig_dot(a_dot, w, vectors_of(a, w))[0]


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
