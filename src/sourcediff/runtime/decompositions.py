"""Formulas that the rules of matrix decompositions share."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.linalg import adjoint


def ratio(x: Any, y: Any) -> Any:
    """`x / y`, and 0 where `x` is 0 whatever `y` is.

    A derivative that does not exist (equal eigenvalues, `x` not 0) becomes infinite.

    >>> ratio(np.array([0.0, 1.0]), np.array([0.0, 4.0]))
    array([0.  , 0.25])
    """
    zero = x == 0
    return np.where(zero, 0, x / np.where(zero, 1, y))


def over_gaps(x: Any, values: Any) -> Any:
    """`x[i, j] / (values[j] - values[i])` off the diagonal, 0 on it.

    >>> over_gaps(np.ones((2, 2)), np.array([1.0, 3.0]))
    array([[ 0. ,  0.5],
           [-0.5,  0. ]])
    """
    same = np.eye(np.shape(x)[-1], dtype=bool)
    gaps = values[..., None, :] - values[..., :, None]
    return ratio(np.where(same, 0, x), np.where(same, 1, gaps))


def over_distinct_gaps(x: Any, values: Any) -> Any:
    """The same, where vectors of equal values do not matter: there 0 is given.

    Raises LinAlgError where they do, as then there is no derivative.

    >>> over_distinct_gaps(np.diag([1.0, 2.0]), np.array([3.0, 3.0]))
    array([[0., 0.],
           [0., 0.]])
    >>> over_distinct_gaps(np.ones((2, 2)), np.array([3.0, 3.0]))
    Traceback (most recent call last):
    numpy.linalg.LinAlgError: two eigenvalues or singular values are equal, and ...
    """
    same = np.eye(np.shape(x)[-1], dtype=bool)
    gaps = np.abs(values[..., None, :] - values[..., :, None])
    largest = np.max(np.abs(values), axis=-1, initial=0.0)[..., None, None]
    equal = (gaps <= 1e-14 * largest) & ~same
    if np.any(equal):
        size = np.max(np.abs(x), axis=(-2, -1), initial=0.0)[..., None, None]
        if np.any(equal & (np.abs(x) > 1e-8 * size)):
            raise np.linalg.LinAlgError(
                "two eigenvalues or singular values are equal, and the result depends "
                "on their vectors: it has no derivative"
            )
        x = np.where(equal, 0, x)
    return over_gaps(x, values)


def diagonal_of(x: Any) -> Any:
    """The diagonal of each matrix in a stack.

    >>> diagonal_of(np.array([[1.0, 2.0], [4.0, 8.0]]))
    array([1., 8.])
    """
    return np.diagonal(x, 0, -2, -1)


def eigh_bar(w_bar: Any, v_bar: Any, w: Any, v: Any) -> Any:
    """The cotangent of a Hermitian matrix from those of its eigen-decomposition.

    Not yet folded onto the triangle that was read. `v_bar` may be None.

    >>> eigh_bar(np.array([2.0, 3.0]), None, np.array([1.0, 5.0]), np.eye(2))
    array([[2., 0.],
           [0., 3.]])
    """
    a_bar = (v * w_bar[..., None, :]) @ adjoint(v)
    if v_bar is None:
        return a_bar
    inner = adjoint(v) @ v_bar
    if np.iscomplexobj(v):
        require_no_phase(diagonal_of(inner))
    return a_bar + v @ over_distinct_gaps(inner, w) @ adjoint(v)


def require_no_phase(along: Any) -> None:
    """Raise LinAlgError where a seed depends on the arbitrary phases of vectors.

    `along` are the inner products of the vectors with their cotangents.

    >>> require_no_phase(np.array([1.0 + 0.5j]))
    Traceback (most recent call last):
    numpy.linalg.LinAlgError: the result depends on the arbitrary phases of complex ...
    """
    size = np.max(np.abs(along), initial=0.0)
    if np.any(np.abs(np.imag(along)) > 1e-3 * np.sqrt(size) + 1e-3 * size):
        raise np.linalg.LinAlgError(
            "the result depends on the arbitrary phases of complex vectors: "
            "it has no derivative"
        )


def eig_bar(w_bar: Any, v_bar: Any, w: Any, v: Any) -> Any:
    """The cotangent of a matrix from those of its eigenvalues and unit eigenvectors.

    Boeddeker et al. 2017, "On the computation of complex-valued gradients". `v_bar`
    may be None.

    >>> eig_bar(np.array([2.0, 3.0]), None, np.array([1.0, 5.0]), np.eye(2))
    array([[2., 0.],
           [0., 3.]])
    """
    inner = w_bar[..., None, :] * np.eye(np.shape(w)[-1], dtype=v.dtype)
    if v_bar is not None:
        along = np.sum(np.conj(v) * v_bar, axis=-2, keepdims=True)
        turned = v_bar - v * np.real(along)
        if np.iscomplexobj(v) and np.size(v):
            largest, at = _largest(v)
            turned = turned - at * (1j * np.imag(along) / np.conj(largest))
        inner = inner + over_distinct_gaps(adjoint(v) @ turned, np.conj(w))
    return np.linalg.solve(adjoint(v), inner @ adjoint(v))


def eig_dot(a_dot: Any, w: Any, v: Any) -> tuple[Any, Any]:
    """The tangents of the eigenvalues and the unit eigenvectors of a matrix.

    >>> w, v = np.array([1.0, 5.0]), np.eye(2)
    >>> eig_dot(np.array([[1.0, 2.0], [3.0, 4.0]]), w, v)[0]
    array([1., 4.])
    """
    inner = np.linalg.solve(v, a_dot @ v)
    v_dot = v @ over_gaps(inner, w)
    along = np.sum(np.conj(v) * v_dot, axis=-2, keepdims=True)
    turned = v_dot - v * np.real(along)
    if np.iscomplexobj(v) and np.size(v):
        largest, at = _largest(v)
        turned = turned - 1j * v * np.imag(
            np.sum(at * v_dot, axis=-2, keepdims=True) / largest
        )
    return diagonal_of(inner), turned


def _largest(v: Any) -> tuple[Any, Any]:
    """The largest element of each column, which LAPACK makes real, and where it is."""
    places = np.argmax(np.abs(v), axis=-2)[..., None, :]
    at = places == np.arange(np.shape(v)[-2])[:, None]
    return np.take_along_axis(v, places, axis=-2), at


def svd_bar(u_bar: Any, s_bar: Any, vh_bar: Any, u: Any, s: Any, vh: Any) -> Any:
    """The cotangent of a matrix from those of its reduced singular value decomposition.

    Townsend 2016, "Differentiating the singular value decomposition". Each cotangent
    may be None.

    >>> svd_bar(None, np.array([1.0, 0.5]), None, np.eye(2), np.ones(2), np.eye(2))
    array([[1. , 0. ],
           [0. , 0.5]])
    """
    rank = np.shape(s)[-1]
    a_bar = 0.0 if s_bar is None else (u * s_bar[..., None, :]) @ vh
    turn, along = 0.0, 0.0
    if u_bar is not None:
        inner = adjoint(u) @ u_bar
        turn = over_distinct_gaps(inner - adjoint(inner), s * s) * s[..., None, :]
        along = along + diagonal_of(inner)
        if np.shape(u)[-2] > rank:
            a_bar = a_bar + ratio(u_bar - u @ inner, s[..., None, :]) @ vh
    if vh_bar is not None:
        inner = vh @ adjoint(vh_bar)
        turn = turn + s[..., :, None] * over_distinct_gaps(
            inner - adjoint(inner), s * s
        )
        if np.iscomplexobj(vh):
            require_no_phase(along + diagonal_of(inner))
            phase = -1j * np.imag(diagonal_of(inner)) / s
            turn = turn + phase[..., None, :] * np.eye(rank)
        if np.shape(vh)[-1] > rank:
            a_bar = a_bar + u @ ratio(vh_bar - adjoint(inner) @ vh, s[..., :, None])
    elif u_bar is not None and np.iscomplexobj(u):
        require_no_phase(along)
    return a_bar if np.ndim(turn) == 0 else a_bar + u @ turn @ vh


def svd_dot(a_dot: Any, u: Any, s: Any, vh: Any) -> tuple[Any, Any, Any]:
    """The tangents of a reduced singular value decomposition.

    >>> svd_dot(np.diag([1.0, 0.5]), np.eye(2), np.array([3.0, 2.0]), np.eye(2))[1]
    array([1. , 0.5])
    """
    v = adjoint(vh)
    inner = adjoint(u) @ a_dot @ v
    rows, columns = s[..., :, None], s[..., None, :]
    u_turn = over_gaps(inner * columns + rows * adjoint(inner), s * s)
    v_turn = over_gaps(rows * inner + adjoint(inner) * columns, s * s)
    u_dot = u @ u_turn + ratio(a_dot @ v - u @ inner, columns)
    v_dot = v @ v_turn + ratio(adjoint(a_dot) @ u - v @ adjoint(inner), columns)
    return u_dot, np.real(diagonal_of(inner)), adjoint(v_dot)


def reduced(u: Any, vh: Any, u_bar: Any, vh_bar: Any) -> tuple[Any, Any, Any, Any]:
    """A full singular value decomposition cut down to the reduced one.

    Raises LinAlgError where a cotangent depends on the vectors cut off: they are any
    basis of a null space, and have no derivative.

    >>> cut = reduced(np.eye(3), np.eye(2), None, np.ones((2, 2)))
    >>> cut[0].shape, cut[2]
    ((3, 2), None)
    """
    rank = min(np.shape(u)[-2], np.shape(vh)[-1])
    for bar in (
        None if u_bar is None else u_bar[..., :, rank:],
        None if vh_bar is None else vh_bar[..., rank:, :],
    ):
        if rank and bar is not None and np.any(bar):
            raise np.linalg.LinAlgError(
                "the singular vectors of a null space have no derivative: "
                "use full_matrices=False"
            )
    return (
        u[..., :, :rank],
        vh[..., :rank, :],
        None if u_bar is None else u_bar[..., :, :rank],
        None if vh_bar is None else vh_bar[..., :rank, :],
    )


def full_svd_dot(dots: tuple[Any, Any, Any], y: tuple[Any, Any, Any]) -> Any:
    """The tangents of a full decomposition, NaN for the vectors of a null space.

    >>> y = np.eye(2), np.ones(1), np.eye(1)
    >>> full_svd_dot((np.zeros((2, 1)), np.ones(1), np.zeros((1, 1))), y)[0]
    array([[ 0., nan],
           [ 0., nan]])
    """
    u_dot, s_dot, vh_dot = dots
    unknown = np.nan if np.shape(s_dot)[-1] else 0.0
    columns = np.full_like(y[0][..., :, np.shape(u_dot)[-1] :], unknown)
    rows = np.full_like(y[2][..., np.shape(vh_dot)[-2] :, :], unknown)
    return (
        np.concatenate([u_dot, columns], axis=-1),
        s_dot,
        np.concatenate([vh_dot, rows], axis=-2),
    )


def qr_bar(q_bar: Any, r_bar: Any, a: Any, q: Any, r: Any) -> Any:
    """The cotangent of a matrix from those of its reduced QR decomposition.

    Roberts and Roberts 2020, "QR and LQ decomposition matrix backpropagation
    algorithms for square, wide, and deep matrices".

    >>> a, q, r = np.array([[2.0], [0.0]]), np.array([[1.0], [0.0]]), np.array([[2.0]])
    >>> qr_bar(np.zeros((2, 1)), np.array([[3.0]]), a, q, r)
    array([[3.],
           [0.]])
    """
    rows, columns = np.shape(a)[-2:]
    if rows < columns:
        beyond = r_bar[..., :, rows:]
        q_bar = q_bar + a[..., :, rows:] @ adjoint(beyond)
        first = qr_bar(
            q_bar, r_bar[..., :, :rows], a[..., :, :rows], q, r[..., :, :rows]
        )
        return np.concatenate([first, q @ beyond], axis=-1)
    inner = r @ adjoint(r_bar) - adjoint(q_bar) @ q
    lower = np.tril(inner, -1)
    same = np.eye(columns, dtype=bool)
    mirrored = lower + adjoint(lower) + np.where(same, np.real(inner), 0)
    return adjoint(np.linalg.solve(r, adjoint(q_bar + q @ mirrored)))


def qr_dot(a_dot: Any, a: Any, q: Any, r: Any) -> tuple[Any, Any]:
    """The tangents of a reduced QR decomposition.

    >>> a, q, r = np.array([[2.0], [0.0]]), np.array([[1.0], [0.0]]), np.array([[2.0]])
    >>> qr_dot(np.array([[3.0], [1.0]]), a, q, r)
    (array([[0. ],
           [0.5]]), array([[3.]]))
    """
    rows, columns = np.shape(a)[-2:]
    if rows < columns:
        q_dot, r_dot = qr_dot(
            a_dot[..., :, :rows], a[..., :, :rows], q, r[..., :, :rows]
        )
        beyond = adjoint(q_dot) @ a[..., :, rows:] + adjoint(q) @ a_dot[..., :, rows:]
        return q_dot, np.concatenate([r_dot, beyond], axis=-1)
    ratio_dot = adjoint(np.linalg.solve(adjoint(r), adjoint(a_dot)))
    inner = adjoint(q) @ ratio_dot
    lower = np.tril(inner, -1)
    same = np.eye(columns, dtype=bool)
    turn = lower - adjoint(lower)
    if np.iscomplexobj(inner):
        turn = turn + np.where(same, 1j * np.imag(inner), 0)
    return q @ (turn - inner) + ratio_dot, (inner - turn) @ r


def reduced_columns(q_bar: Any, rank: int) -> Any:
    """The cotangent of the first columns of the orthogonal factor in a full QR.

    Raises LinAlgError where there is one of the others: they are any basis of what is
    left, and have no derivative.

    >>> reduced_columns(np.array([[3.0, 0.0]]), 1)
    array([[3.]])
    """
    if np.any(q_bar[..., rank:]):
        raise np.linalg.LinAlgError(
            "the columns of Q that complete a basis have no derivative: ask for a "
            "reduced (in SciPy economic) decomposition"
        )
    return q_bar[..., :rank]


def full_qr_dot(dots: tuple[Any, Any], q: Any, r: Any) -> tuple[Any, Any]:
    """The tangents of a full QR decomposition, NaN where columns complete a basis.

    >>> dots = np.zeros((2, 1)), np.ones((1, 1))
    >>> full_qr_dot(dots, np.eye(2), np.array([[2.0], [0.0]]))[0]
    array([[ 0., nan],
           [ 0., nan]])
    """
    q_dot, r_dot = dots
    unknown = np.full_like(q[..., np.shape(q_dot)[-1] :], np.nan)
    rest = np.zeros_like(r[..., np.shape(r_dot)[-2] :, :])
    return (
        np.concatenate([q_dot, unknown], axis=-1),
        np.concatenate([r_dot, rest], axis=-2),
    )


def nearest(values: Any, among: Any) -> Any:
    """For each value the place of the nearest one among others.

    >>> nearest(np.array([5.0, 1.0]), np.array([1.1, 4.9]))
    array([1, 0])
    """
    if not np.size(among):
        return np.zeros(np.shape(values), dtype=int)
    distances = np.abs(values[..., :, None] - among[..., None, :])
    return np.argmin(distances, axis=-1)


def vectors_of(a: Any, w: Any) -> Any:
    """The eigenvectors of a matrix in the order of its eigenvalues `w`.

    >>> abs(vectors_of(np.diag([1.0, 5.0]), np.array([5.0, 1.0])))
    array([[0., 1.],
           [1., 0.]])
    """
    values, v = np.linalg.eig(a)
    return np.take_along_axis(v, nearest(w, values)[..., None, :], axis=-1)
