"""The generalised Hermitian eigenvalue problem `a v = w b v`, with `v^H b v = 1`."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.decompositions import diagonal_of, over_gaps, require_no_phase
from sourcediff.runtime.linalg import adjoint, mirror_lower, read_lower


def read_triangle(a: Any, lower: bool) -> Any:
    """The Hermitian matrix that one triangle of `a` stands for.

    >>> read_triangle(np.array([[1.0, 2.0], [4.0, 8.0]]), False)
    array([[1., 2.],
           [2., 8.]])
    """
    return mirror_lower(a if lower else adjoint(a))


def unread_triangle(a_bar: Any, lower: bool) -> Any:
    """The cotangent of the triangle that was read, from that of the Hermitian matrix.

    >>> unread_triangle(np.array([[1.0, 2.0], [4.0, 8.0]]), False)
    array([[1., 6.],
           [0., 8.]])
    """
    folded = read_lower(a_bar)
    return folded if lower else adjoint(folded)


def generalized_bars(w_bar: Any, v_bar: Any, w: Any, v: Any) -> tuple[Any, Any]:
    """The cotangents of both matrices, not yet folded onto what was read of them.

    `v_bar` may be None. De Leeuw 2007, "Derivatives of generalized eigen systems".

    >>> generalized_bars(np.array([2.0]), None, np.array([3.0]), np.eye(1))
    (array([[2.]]), array([[-6.]]))
    """
    inner = w_bar[..., None, :] * np.eye(np.shape(w)[-1], dtype=v.dtype)
    scale = 0.0
    if v_bar is not None:
        turn = adjoint(v) @ v_bar
        if np.iscomplexobj(v):
            require_no_phase(diagonal_of(turn))
        inner = inner + over_gaps(turn, w)
        scale = (
            diagonal_of(turn)[..., None, :] / 2 * np.eye(np.shape(w)[-1], dtype=v.dtype)
        )
    moved = inner * w[..., None, :] + scale
    return v @ inner @ adjoint(v), -v @ moved @ adjoint(v)


def generalized_dot(a_dot: Any, b_dot: Any, w: Any, v: Any) -> tuple[Any, Any]:
    """The tangents of eigenvalues and vectors; `b_dot` may be None.

    >>> generalized_dot(np.eye(1), np.eye(1), np.array([3.0]), np.eye(1))
    (array([-2.]), array([[-0.5]]))
    """
    inner = adjoint(v) @ a_dot @ v
    if b_dot is None:
        return np.real(diagonal_of(inner)), v @ over_gaps(inner, w)
    metric = adjoint(v) @ b_dot @ v
    inner = inner - metric * w[..., None, :]
    turn = v @ over_gaps(inner, w) - v * diagonal_of(metric)[..., None, :] / 2
    return np.real(diagonal_of(inner)), turn
