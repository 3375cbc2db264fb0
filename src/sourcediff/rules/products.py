"""Products of vectors, matrices and stacks of them.

The product of a row with a column is not conjugated by NumPy (except by `vdot`,
`vecdot` and `vecmat`), so the cotangents are: `x_bar = z_bar @ conj(y).T`.
"""

from __future__ import annotations

import operator

import numpy as np

from sourcediff.rules.declare import jvp, linear, multilinear, rule
from sourcediff.runtime import (
    Sparse,
    conjugate,
    cross_left_bar,
    cross_vectors,
    dot_left_bar,
    dot_right_bar,
    einsum_bar,
    einsum_places,
    kron_left_bar,
    kron_right_bar,
    matmul_left_bar,
    matmul_right_bar,
    same_stack,
    tensordot_left_bar,
    tensordot_right_bar,
    unbroadcast,
)


@multilinear(np.matmul, operator.matmul, np.linalg.matmul)
def matmul(z_bar, x1, x2):
    """
    >>> matmul(A, B)
    >>> matmul(A, B[:, 0])
    >>> matmul(v[:3], A)
    >>> matmul(v, w)
    >>> matmul(T, B)
    >>> matmul(A[0], T.mT)
    >>> matmul(T, v[:4])
    >>> matmul(T[:, None], np.stack([B, 2 * B, B * B]))
    >>> matmul(Z, B)
    >>> matmul(Z, z[:4])
    >>> matmul(z[:3], Z)
    >>> matmul(z, q)
    >>> matmul(T, Z.T)
    >>> matmul(T, T.mT)
    >>> matmul(np.stack([Z, 2 * Z]), T.mT)
    """
    if isinstance(x1, Sparse):
        return None, x1.conjugate().T @ z_bar
    if isinstance(x2, Sparse):
        return z_bar @ x2.conjugate().T, None
    if np.ndim(x1) == 2 and np.ndim(x2) == 2:
        return z_bar @ np.conj(x2).T, np.conj(x1).T @ z_bar
    if np.ndim(x1) == 2 and np.ndim(x2) == 1:
        return z_bar[:, None] * np.conj(x2), np.conj(x1).T @ z_bar
    if np.ndim(x1) == 1 and np.ndim(x2) == 2:
        return np.conj(x2) @ z_bar, np.conj(x1)[:, None] * z_bar
    if np.ndim(x1) == 1 and np.ndim(x2) == 1:
        return z_bar * np.conj(x2), z_bar * np.conj(x1)
    if np.ndim(x1) > 2 and same_stack(x1, x2):
        return (
            z_bar @ np.swapaxes(np.conj(x2), -1, -2),
            np.swapaxes(np.conj(x1), -1, -2) @ z_bar,
        )
    return (
        matmul_left_bar(z_bar, np.shape(x1), np.conj(x2)),
        matmul_right_bar(z_bar, np.conj(x1), np.shape(x2)),
    )


@multilinear(np.dot, np.ndarray.dot)
def dot(z_bar, a, b):
    """
    >>> dot(v, w)
    >>> dot(A, B)
    >>> dot(A, v[:4])
    >>> dot(v[:3], A)
    >>> dot(s, A)
    >>> dot(A, s)
    >>> dot(T, B)
    >>> dot(A, np.stack([B, 2 * B, B * B]))
    >>> dot(Z, B)
    >>> dot(z, q)
    >>> dot(c, Z)
    >>> dot(z[:3], Z)
    >>> dot(Z, z[:4])
    >>> dot(T, Z.T)
    """
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return z_bar @ np.conj(b).T, np.conj(a).T @ z_bar
    if np.ndim(a) == 2 and np.ndim(b) == 1:
        return z_bar[:, None] * np.conj(b), np.conj(a).T @ z_bar
    if np.ndim(a) == 1 and np.ndim(b) == 2:
        return np.conj(b) @ z_bar, np.conj(a)[:, None] * z_bar
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return z_bar * np.conj(b), z_bar * np.conj(a)
    return dot_left_bar(z_bar, np.shape(a), np.conj(b)), dot_right_bar(
        z_bar, np.conj(a), np.shape(b)
    )


@multilinear(np.inner)
def inner(z_bar, a, b):
    """
    >>> inner(v, w)
    >>> inner(A, C)
    >>> inner(T, A)
    >>> inner(s, A)
    >>> inner(A, C[0])
    >>> inner(Z, A)
    >>> inner(z, q)
    """
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return dot_left_bar(z_bar, np.shape(a), np.conj(b)), dot_right_bar(
            z_bar, np.conj(a), np.shape(b)
        )
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return z_bar * np.conj(b), z_bar * np.conj(a)
    return (
        tensordot_left_bar(z_bar, np.shape(a), np.conj(b), (-1, -1)),
        tensordot_right_bar(z_bar, np.conj(a), np.shape(b), (-1, -1)),
    )


@multilinear(np.outer)
def outer(z_bar, a, b):
    """
    >>> outer(v, A[0])
    >>> outer(A, v)
    >>> outer(s, v)
    >>> outer(z, q)
    >>> outer(z, Z)
    """
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return z_bar @ np.conj(b), np.conj(a) @ z_bar
    return (
        np.reshape(z_bar @ np.ravel(np.conj(b)), np.shape(a)),
        np.reshape(np.ravel(np.conj(a)) @ z_bar, np.shape(b)),
    )


@multilinear(np.linalg.outer)
def linalg_outer(z_bar, x1, x2):
    """
    >>> linalg_outer(v, A[0])
    >>> linalg_outer(z, q)
    """
    return z_bar @ np.conj(x2), np.conj(x1) @ z_bar


@multilinear(np.vdot)
def vdot(z_bar, a, b):
    """
    >>> vdot(v, w)
    >>> vdot(A, C)
    >>> vdot(A, np.ravel(C))
    >>> vdot(z, q)
    >>> vdot(v, z)
    >>> vdot(z, v)
    """
    return (
        conjugate(z_bar) * np.reshape(b, np.shape(a)),
        z_bar * np.reshape(a, np.shape(b)),
    )


@multilinear(np.vecdot)
def vecdot(z_bar, x1, x2, axis=-1):
    """
    >>> vecdot(A, C)
    >>> vecdot(A, C[:, :1], axis=0)
    >>> vecdot(T, A[0])
    >>> vecdot(Z, A)
    >>> vecdot(A, Z)
    """
    z_bar = np.expand_dims(z_bar, axis)
    return unbroadcast(np.conj(z_bar) * x2, x1), unbroadcast(z_bar * x1, x2)


@multilinear(np.linalg.vecdot)
def linalg_vecdot(z_bar, x1, x2, *, axis=-1):
    """
    >>> linalg_vecdot(A, C)
    >>> linalg_vecdot(Z, Z[0])
    """
    z_bar = np.expand_dims(z_bar, axis)
    return unbroadcast(np.conj(z_bar) * x2, x1), unbroadcast(z_bar * x1, x2)


@multilinear(np.tensordot, wrt=("a", "b"))
def tensordot(z_bar, a, b, axes=2):
    """
    >>> tensordot(A, C)
    >>> tensordot(T, B, axes=1)
    >>> tensordot(T, A, axes=([1, 2], [0, 1]))
    >>> tensordot(T, A, axes=((2, 1), (1, 0)))
    >>> tensordot(v, w, axes=0)
    >>> tensordot(T, B, (-1, 0))
    >>> tensordot(Z, A)
    >>> tensordot(T, Z.T, axes=1)
    """
    return (
        tensordot_left_bar(z_bar, np.shape(a), np.conj(b), axes),
        tensordot_right_bar(z_bar, np.conj(a), np.shape(b), axes),
    )


@multilinear(np.linalg.tensordot, wrt=("x1", "x2"))
def linalg_tensordot(z_bar, x1, x2, *, axes=2):
    """
    >>> linalg_tensordot(T, B, axes=1)
    >>> linalg_tensordot(Z, Z)
    """
    return (
        tensordot_left_bar(z_bar, np.shape(x1), np.conj(x2), axes),
        tensordot_right_bar(z_bar, np.conj(x1), np.shape(x2), axes),
    )


@rule(np.einsum, wrt=("operands",), view=True)
def einsum(z_bar, z, *operands, optimize=False):
    """
    >>> einsum("ij,jk->ik", A, B)
    >>> einsum("ij,jk", A, B)
    >>> einsum("ij->j", A)
    >>> einsum("ij->ji", A)
    >>> einsum("ij,ij", A, C)
    >>> einsum("ii", M)
    >>> einsum("ii->i", M)
    >>> einsum("iij->j", np.stack([A, C, A])[:, :, :2])
    >>> einsum("...j,j->...", T, A[0])
    >>> einsum("i...,i...->...", A, C)
    >>> einsum("...ij,...jk", T, B)
    >>> einsum("ij,j->i", A[:, :1], A[0])
    >>> einsum("i,j,ij->", v[:3], v[:4], A, optimize=True)
    >>> einsum("i,j->i", v, w)
    >>> einsum(A, [0, 1], B, [1, 2], [0, 2])
    >>> einsum(A, [0, 1], C, [0, 1])
    >>> einsum(T, [Ellipsis, 2], A[0], [2])
    >>> einsum("ij,kj->ik", Z, A)
    >>> einsum("i,i->i", z, q)
    """
    return tuple(einsum_bar(z_bar, k, *operands) for k in range(len(operands)))


@jvp(einsum)
def einsum_jvp(operands_dot, z, *operands, optimize=False):
    return sum(
        np.einsum(*operands[:k], operands_dot[k], *operands[k + 1 :])
        for k in range(len(operands))
        if k in einsum_places(operands)
    )


@multilinear(np.kron)
def kron(z_bar, a, b):
    """
    >>> kron(v, w)
    >>> kron(A, B)
    >>> kron(v, A)
    >>> kron(A, s)
    >>> kron(z, q)
    """
    return (
        kron_left_bar(z_bar, np.shape(a), np.conj(b)),
        kron_right_bar(z_bar, np.conj(a), np.shape(b)),
    )


@multilinear(np.cross)
def cross(z_bar, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """
    >>> cross(v[:3], w[:3])
    >>> cross(A.T, w[:3])
    >>> cross(A, C, axis=0)
    >>> cross(A, C, axisa=0, axisb=0)
    >>> cross(z[:3], q[:3])
    """
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return cross_vectors(np.conj(b), z_bar), cross_vectors(z_bar, np.conj(a))
    if axis is not None:
        axisa, axisb, axisc = axis, axis, axis
    return (
        cross_left_bar(z_bar, np.shape(a), np.conj(b), axisa, axisb, axisc),
        -cross_left_bar(z_bar, np.shape(b), np.conj(a), axisb, axisa, axisc),
    )


@multilinear(np.linalg.cross)
def linalg_cross(z_bar, x1, x2, *, axis=-1):
    """
    >>> linalg_cross(A.T, C.T)
    >>> linalg_cross(z[:3], q[:3])
    """
    if np.ndim(x1) == 1 and np.ndim(x2) == 1:
        return cross_vectors(np.conj(x2), z_bar), cross_vectors(z_bar, np.conj(x1))
    return (
        cross_left_bar(z_bar, np.shape(x1), np.conj(x2), axis, axis, axis),
        -cross_left_bar(z_bar, np.shape(x2), np.conj(x1), axis, axis, axis),
    )


@multilinear(np.multiply.outer)
def multiply_outer(z_bar, A, B):
    """
    >>> multiply_outer(v, w)
    >>> multiply_outer(A, v)
    >>> multiply_outer(s, v)
    >>> multiply_outer(z, q)
    """
    return (
        tensordot_left_bar(z_bar, np.shape(A), np.conj(B), 0),
        tensordot_right_bar(z_bar, np.conj(A), np.shape(B), 0),
    )


@linear(np.add.outer, wrt=("A", "B"))
def add_outer(z_bar, A, B):
    """
    >>> add_outer(v, A[0])
    >>> add_outer(A, v)
    >>> add_outer(z, v)
    """
    added = tuple(range(np.ndim(A), np.ndim(z_bar)))
    return np.sum(z_bar, axis=added), np.sum(z_bar, axis=tuple(range(np.ndim(A))))


@linear(np.subtract.outer, wrt=("A", "B"))
def subtract_outer(z_bar, A, B):
    """
    >>> subtract_outer(v, A[0])
    >>> subtract_outer(A, v)
    >>> subtract_outer(z, v)
    """
    added = tuple(range(np.ndim(A), np.ndim(z_bar)))
    return np.sum(z_bar, axis=added), -np.sum(z_bar, axis=tuple(range(np.ndim(A))))


if hasattr(np, "matvec"):  # NumPy 2.2

    @multilinear(np.matvec)
    def matvec(z_bar, x1, x2):
        """
        >>> matvec(A, v[:4])
        >>> matvec(T, A[:2])
        >>> matvec(Z, z[:4])
        """
        return (
            unbroadcast(z_bar[..., :, None] * np.conj(x2)[..., None, :], x1),
            unbroadcast(np.matvec(np.swapaxes(np.conj(x1), -1, -2), z_bar), x2),
        )

    @multilinear(np.vecmat)
    def vecmat(z_bar, x1, x2):
        """
        >>> vecmat(v[:3], A)
        >>> vecmat(A[:2, :3], T)
        >>> vecmat(z[:3], Z)
        """
        return (
            unbroadcast(np.matvec(x2, np.conj(z_bar)), x1),
            unbroadcast(x1[..., :, None] * z_bar[..., None, :], x2),
        )
