"""Derivatives of the helpers that are cotangents of products: products again.

If `left_bar(z_bar, y)` is the adjoint of `x -> product(x, y)`, then the adjoint of
`z_bar -> left_bar(z_bar, y)` is that product, and `y` has the cotangent `right_bar`.
"""

from __future__ import annotations

import numpy as np

from sourcediff import runtime
from sourcediff.rules.declare import elementwise, jvp, linear, multilinear, rule


@linear(runtime.sum_to_shape, view=True)
def sum_to_shape(y_bar, x_bar, shape):
    """
    >>> sum_to_shape(A, (4,))
    >>> sum_to_shape(A, (3, 1))
    >>> sum_to_shape(A, (3, 4))
    """
    return np.broadcast_to(y_bar, np.shape(x_bar))


@multilinear(runtime.matmul_left_bar, wrt=("z_bar", "y"))
def matmul_left_bar(x_bar, z_bar, x_shape, y):
    """
    >>> matmul_left_bar(A, (3, 5), T[0, :2].T @ A[:2, :])
    >>> matmul_left_bar(A, (3, 2), B[:2])
    >>> matmul_left_bar(A[0], (3, 4, 5), v)
    >>> matmul_left_bar(T, (3, 3), np.stack([B.T, 2 * B.T]))
    >>> matmul_left_bar(Z, (3, 2), Z[:2])
    """
    return (
        np.matmul(x_bar, np.conj(y)),
        runtime.matmul_right_bar(np.conj(z_bar), x_bar, np.shape(y)),
    )


@multilinear(runtime.matmul_right_bar, wrt=("z_bar", "x"))
def matmul_right_bar(y_bar, z_bar, x, y_shape):
    """
    >>> matmul_right_bar(A, B[:3], (3, 4))
    >>> matmul_right_bar(v[:3], A, (4,))
    >>> matmul_right_bar(A[0], v[:3], (3, 4))
    >>> matmul_right_bar(T, T, (2, 4, 4))
    >>> matmul_right_bar(Z, Z, (4, 4))
    """
    return (
        np.matmul(np.conj(x), y_bar),
        runtime.matmul_left_bar(np.conj(z_bar), np.shape(x), y_bar),
    )


@multilinear(runtime.dot_left_bar, wrt=("z_bar", "b"))
def dot_left_bar(a_bar, z_bar, a_shape, b):
    """
    >>> dot_left_bar(A, (), C)
    >>> dot_left_bar(T, (2, 3, 5), np.reshape(p, (5, 1)) * A[0])
    """
    return (
        np.dot(a_bar, np.conj(b)),
        runtime.dot_right_bar(np.conj(z_bar), a_bar, np.shape(b)),
    )


@multilinear(runtime.dot_right_bar, wrt=("z_bar", "a"))
def dot_right_bar(b_bar, z_bar, a, b_shape):
    """
    >>> dot_right_bar(A, C, ())
    >>> dot_right_bar(A, C[:, :2], (2, 4))
    """
    return (
        np.dot(np.conj(a), b_bar),
        runtime.dot_left_bar(np.conj(z_bar), np.shape(a), b_bar),
    )


@rule(runtime.einsum_bar, wrt=("z_bar", "arguments"))
def einsum_bar(x_bar, y, z_bar, k, *arguments):
    """
    >>> einsum_bar(A, 1, "ij,jk->ik", C[:, :2], B[:2, :4])
    >>> einsum_bar(v[:3], 2, "ij,j->i", A, v[:4])
    >>> einsum_bar(s, 1, "ii", M)
    >>> einsum_bar(A[0], 1, "ij->j", A)
    >>> einsum_bar(A[:, 0], 2, "ij,j->i", A[:, :1], A[0])
    >>> einsum_bar(Z, 1, "ij,kj->ik", Z, Z)
    >>> einsum_bar(A, 0, C[:, :2], [0, 1], B[:2, :4], [1, 2], [0, 2])
    """
    return np.einsum(*arguments[:k], x_bar, *arguments[k + 1 :]), tuple(
        None
        if j == k
        else runtime.einsum_bar(z_bar, j, *arguments[:k], x_bar, *arguments[k + 1 :])
        for j in range(len(arguments))
    )


@jvp(einsum_bar)
def einsum_bar_jvp(z_bar_dot, arguments_dot, y, z_bar, k, *arguments):
    """One factor varied at a time."""
    return runtime.einsum_bar(z_bar_dot, k, *arguments) + sum(
        runtime.einsum_bar(
            z_bar, k, *arguments[:j], arguments_dot[j], *arguments[j + 1 :]
        )
        for j in range(len(arguments))
        if j != k
        if j in runtime.einsum_places(arguments)
    )


@multilinear(runtime.tensordot_left_bar, wrt=("z_bar", "b"))
def tensordot_left_bar(a_bar, z_bar, a_shape, b, axes):
    """
    >>> tensordot_left_bar(v[:2], (2, 3, 4), A, ([1, 2], [0, 1]))
    >>> tensordot_left_bar(A, (3, 5), np.outer(v, A[0]), 1)
    """
    return (
        np.tensordot(a_bar, np.conj(b), axes),
        runtime.tensordot_right_bar(np.conj(z_bar), a_bar, np.shape(b), axes),
    )


@multilinear(runtime.tensordot_right_bar, wrt=("z_bar", "a"))
def tensordot_right_bar(b_bar, z_bar, a, b_shape, axes):
    """
    >>> tensordot_right_bar(v[:2], T, (3, 4), ([1, 2], [0, 1]))
    >>> tensordot_right_bar(A, C[:, :2], (2, 4), 1)
    """
    return (
        np.tensordot(np.conj(a), b_bar, axes),
        runtime.tensordot_left_bar(np.conj(z_bar), np.shape(a), b_bar, axes),
    )


@multilinear(runtime.kron_left_bar, wrt=("z_bar", "b"))
def kron_left_bar(a_bar, z_bar, a_shape, b):
    """
    >>> kron_left_bar(A, (3, 2), w[:2])
    """
    return (
        np.kron(a_bar, np.conj(b)),
        runtime.kron_right_bar(np.conj(z_bar), a_bar, np.shape(b)),
    )


@multilinear(runtime.kron_right_bar, wrt=("z_bar", "a"))
def kron_right_bar(b_bar, z_bar, a, b_shape):
    """
    >>> kron_right_bar(A, w[:2], (3, 2))
    """
    return (
        np.kron(np.conj(a), b_bar),
        runtime.kron_left_bar(np.conj(z_bar), np.shape(a), b_bar),
    )


@multilinear(runtime.cross_vectors)
def cross_vectors(z_bar, a, b):
    """
    >>> cross_vectors(v[:3], w[:3])
    >>> cross_vectors(z[:3], q[:3])
    """
    return (
        runtime.cross_vectors(np.conj(b), z_bar),
        runtime.cross_vectors(z_bar, np.conj(a)),
    )


@multilinear(runtime.cross_left_bar, wrt=("z_bar", "b"))
def cross_left_bar(a_bar, z_bar, a_shape, b, axisa, axisb, axisc):
    """
    >>> cross_left_bar(A, (3, 4), C, 0, 0, 0)
    >>> cross_left_bar(A.T, (3,), C, -1, 0, -1)
    """
    return (
        np.cross(a_bar, np.conj(b), axisa, axisb, axisc),
        -runtime.cross_left_bar(
            np.conj(z_bar), np.shape(b), a_bar, axisb, axisa, axisc
        ),
    )


@multilinear(runtime.convolve_bar, wrt=("y_bar", "other"))
def convolve_bar(x_bar, y_bar, shape, other, mode):
    """
    >>> convolve_bar(v, (4,), w[:2], "full")
    >>> convolve_bar(v, (5,), w[:3], "same")
    """
    return (
        np.convolve(x_bar, other, mode),
        runtime.convolve_bar(y_bar, np.shape(other), x_bar, mode),
    )


@multilinear(runtime.correlate_left_bar, wrt=("y_bar", "v"))
def correlate_left_bar(a_bar, y_bar, a_shape, v, mode):
    """
    >>> correlate_left_bar(v, (4,), w[:2], "full")
    >>> correlate_left_bar(v, (2,), w[:4], "full")
    """
    return (
        np.correlate(a_bar, v, mode),
        runtime.correlate_right_bar(y_bar, a_bar, np.shape(v), mode),
    )


@multilinear(runtime.correlate_right_bar, wrt=("y_bar", "a"))
def correlate_right_bar(v_bar, y_bar, a, v_shape, mode):
    """
    >>> correlate_right_bar(v, w[:2], (4,), "full")
    >>> correlate_right_bar(v, w[:4], (2,), "full")
    """
    return (
        np.correlate(a, v_bar, mode),
        runtime.correlate_left_bar(y_bar, np.shape(a), v_bar, mode),
    )


@linear(runtime.adjoint)
def adjoint(y_bar, a):
    """
    >>> adjoint(A)
    >>> adjoint(Z)
    """
    return runtime.adjoint(y_bar)


@linear(runtime.half_lower)
def half_lower(y_bar, a):
    """
    >>> half_lower(M)
    >>> half_lower(M + 1j * S)
    """
    return runtime.half_lower(y_bar)


@linear(runtime.read_lower)
def read_lower(y_bar, a_bar):
    """
    >>> read_lower(M)
    >>> read_lower(M + 1j * S)
    """
    return runtime.mirror_lower(y_bar)


@linear(runtime.mirror_lower)
def mirror_lower(y_bar, a):
    """
    >>> mirror_lower(M)
    >>> mirror_lower(M + 1j * S)
    """
    return runtime.read_lower(y_bar)


@elementwise(runtime.ratio)
def ratio(z, x, y):
    """
    >>> ratio(v, w)
    >>> ratio(z, w)
    """
    return runtime.divide_or_zero(1, y), -runtime.ratio(z, y)


@linear(runtime.diagonal_of, view=True)
def diagonal_of(y_bar, x):
    """
    >>> diagonal_of(A)
    >>> diagonal_of(T)
    """
    return runtime.place_diagonal(y_bar, np.shape(x), 0, -2, -1)
