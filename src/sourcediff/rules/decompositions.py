"""Eigenvalues, singular values and the factors of matrices.

Giles 2008, "An extended collection of matrix derivative results"; Seeger et al. 2017,
"Auto-differentiating linear algebra". Eigenvectors of equal eigenvalues have no
derivative: a pullback that depends on them raises LinAlgError; tangents are NaN. Of a
Hermitian matrix NumPy reads one triangle only; the gradient is zero in the other. The
phases of the vectors that `eigh` and `svd` give for complex matrices are arbitrary: a
seed that depends on them raises LinAlgError.
"""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, nondifferentiable, rule
from sourcediff.runtime import (
    adjoint,
    cast_like,
    cholesky_bar,
    cholesky_dot,
    diagonal_of,
    eig_bar,
    eig_dot,
    eigh_bar,
    full_qr_dot,
    full_svd_dot,
    mirror_lower,
    nearest,
    over_gaps,
    qr_bar,
    qr_dot,
    read_lower,
    reduced,
    reduced_columns,
    svd_bar,
    svd_dot,
    vectors_of,
)

nondifferentiable(nearest)


@rule(np.linalg.cholesky)
def cholesky(y_bar, y, a, *, upper=False):
    """
    Murray 2016, "Differentiation of the Cholesky decomposition".

    >>> cholesky(S)
    >>> cholesky(np.stack([S, 2 * S]))
    >>> cholesky(S + 0.2j * (M - M.T))
    """
    if upper:
        return adjoint(cholesky_bar(adjoint(y_bar), adjoint(y)))
    return cholesky_bar(y_bar, y)


@jvp(cholesky)
def cholesky_jvp(a_dot, y, a, *, upper=False):
    if upper:
        return adjoint(cholesky_dot(adjoint(a_dot), adjoint(y)))
    return cholesky_dot(a_dot, y)


@rule(np.linalg.eigh)
def eigh(y_bar, y, a, UPLO="L"):
    """
    >>> eigh(S)
    >>> eigh(S, "U")
    >>> eigh(np.stack([S, S @ S]))
    """
    w_bar, v_bar = y_bar
    w, v = y
    a_bar = read_lower(eigh_bar(w_bar, v_bar, w, v))
    return a_bar if UPLO in ("L", "l") else adjoint(a_bar)


@jvp(eigh)
def eigh_jvp(a_dot, y, a, UPLO="L"):
    w, v = y
    a_dot = mirror_lower(a_dot if UPLO in ("L", "l") else adjoint(a_dot))
    inner = adjoint(v) @ a_dot @ v
    return np.real(diagonal_of(inner)), v @ over_gaps(inner, w)


@rule(np.linalg.eigvalsh)
def eigvalsh(w_bar, w, a, UPLO="L"):
    """
    >>> eigvalsh(S)
    >>> eigvalsh(S, "U")
    >>> eigvalsh(np.stack([S, S @ S]))
    >>> eigvalsh(S + 0.2j * (M - M.T))
    """
    v = np.linalg.eigh(a, UPLO)[1]
    a_bar = read_lower(eigh_bar(w_bar, None, w, v))
    return a_bar if UPLO in ("L", "l") else adjoint(a_bar)


@jvp(eigvalsh)
def eigvalsh_jvp(a_dot, w, a, UPLO="L"):
    v = np.linalg.eigh(a, UPLO)[1]
    a_dot = mirror_lower(a_dot if UPLO in ("L", "l") else adjoint(a_dot))
    return np.real(diagonal_of(adjoint(v) @ a_dot @ v))


@rule(np.linalg.eig)
def eig(y_bar, y, a):
    """
    >>> eig(np.diag([1.0, 2.5, -1.2]) + A[:, :3] / 5)
    >>> eig(S)
    >>> eig(np.array([[0.3, 1.2, 0.1], [-0.9, 0.4, 0.2], [0.5, -0.3, 1.4]]))
    >>> eig(np.diag([1.0, 2.5, -1.2]) + Z[:, :3] / 15)
    """
    w_bar, v_bar = y_bar
    w, v = y
    return cast_like(eig_bar(w_bar, v_bar, w, v), a)


@jvp(eig)
def eig_jvp(a_dot, y, a):
    w, v = y
    return eig_dot(a_dot, w, v)


@rule(np.linalg.eigvals)
def eigvals(w_bar, w, a):
    """
    >>> eigvals(np.diag([1.0, 2.5, -1.2]) + A[:, :3] / 5)
    >>> eigvals(np.array([[0.3, 1.2, 0.1], [-0.9, 0.4, 0.2], [0.5, -0.3, 1.4]]))
    >>> eigvals(np.diag([1.0, 2.5, -1.2]) + Z[:, :3] / 15)
    """
    return cast_like(eig_bar(w_bar, None, w, vectors_of(a, w)), a)


@jvp(eigvals)
def eigvals_jvp(a_dot, w, a):
    return eig_dot(a_dot, w, vectors_of(a, w))[0]


@rule(np.linalg.svd)
def svd(y_bar, y, a, full_matrices=True, compute_uv=True):
    """
    >>> svd(A, full_matrices=False)
    >>> svd(B, False)
    >>> svd(M)
    >>> svd(T, full_matrices=False)
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
def svd_jvp(a_dot, y, a, full_matrices=True, compute_uv=True):
    if not compute_uv:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return svd_dot(a_dot, u, s, vh)[1]
    u, s, vh = y
    u, vh, _, _ = reduced(u, vh, None, None)
    return full_svd_dot(svd_dot(a_dot, u, s, vh), y)


@rule(np.linalg.svdvals)
def svdvals(s_bar, s, x):
    """
    >>> svdvals(A)
    >>> svdvals(np.stack([A, C]))
    >>> svdvals(Z)
    """
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return svd_bar(None, s_bar, None, u, s, vh)


@jvp(svdvals)
def svdvals_jvp(x_dot, s, x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return svd_dot(x_dot, u, s, vh)[1]


@rule(np.linalg.qr)
def qr(y_bar, y, a, mode="reduced"):
    """
    >>> qr(B)
    >>> qr(A)
    >>> qr(M, "complete")
    >>> qr(T)
    >>> qr(B, mode="r")
    >>> qr(A, "r")
    >>> qr(Z.T)
    >>> qr(Z)
    """
    if mode == "r":
        q, r = np.linalg.qr(a)
        return qr_bar(np.zeros_like(q), y_bar, a, q, r)
    if mode == "raw":
        raise ValueError("np.linalg.qr has no derivative for mode='raw'")
    q_bar, r_bar = y_bar
    q, r = y
    if mode == "complete":
        rank = min(np.shape(a)[-2:])
        q_bar, r_bar = reduced_columns(q_bar, rank), r_bar[..., :rank, :]
        q, r = q[..., :rank], r[..., :rank, :]
    return qr_bar(q_bar, r_bar, a, q, r)


@jvp(qr)
def qr_jvp(a_dot, y, a, mode="reduced"):
    if mode == "r":
        q, r = np.linalg.qr(a)
        return qr_dot(a_dot, a, q, r)[1]
    if mode == "raw":
        raise ValueError("np.linalg.qr has no derivative for mode='raw'")
    q, r = y
    if mode == "complete":
        rank = min(np.shape(a)[-2:])
        return full_qr_dot(qr_dot(a_dot, a, q[..., :rank], r[..., :rank, :]), q, r)
    return qr_dot(a_dot, a, q, r)
