"""The generalised Hermitian eigenvalue problem `a v = w b v`, with `v^H b v = 1`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from sourcediff.runtime.decompositions import (
    diagonal_of,
    over_distinct_gaps,
    over_gaps,
    require_no_phase,
)
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
    scale: Any = 0.0
    if v_bar is not None:
        turn = adjoint(v) @ v_bar
        if np.iscomplexobj(v):
            require_no_phase(diagonal_of(turn))
        inner = inner + over_distinct_gaps(turn, w)
        scale = (
            np.expand_dims(diagonal_of(turn), -2)
            / 2
            * np.eye(np.shape(w)[-1], dtype=v.dtype)
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


def first_chosen(w: Any, among: Any) -> int:
    """The place of the first of some neighbouring eigenvalues among all of them.

    >>> first_chosen(np.array([2.0, 3.5]), np.array([1.0, 2.0, 3.5, 4.0]))
    1
    """
    count = np.shape(w)[-1]
    places = range(np.shape(among)[-1] - count + 1)
    misses = [np.sum(np.abs(among[..., k : k + count] - w)) for k in places]
    return int(np.argmin(misses))


def whole_spectrum(
    y: Any, a: Any, b: Any, lower: bool, values_only: bool
) -> tuple[Any, Any, int]:
    """All eigenvalues and vectors, where a call gave some, and the place of the first.

    >>> y = np.array([5.0]), np.array([[0.0], [-1.0]])
    >>> w, v, first = whole_spectrum(y, np.diag([1.0, 5.0]), None, True, False)
    >>> v[1], first
    (array([ 0., -1.]), 1)
    """
    if not values_only and np.shape(y[1])[-1] == np.shape(a)[-1]:
        return y[0], y[1], 0
    w, v = linalg.eigh(a, b, lower=lower)
    if values_only:
        return w, v, first_chosen(y, w)
    first = first_chosen(y[0], w)
    stop = first + np.shape(y[0])[-1]
    return w, np.concatenate([v[..., :first], y[1], v[..., stop:]], axis=-1), first


def chosen_bars(
    y_bar: Any, y: Any, a: Any, b: Any, lower: bool, values_only: bool
) -> tuple[Any, Any]:
    """The cotangents of both matrices from those of what a call of `eigh` gave.

    >>> a = np.diag([1.0, 5.0])
    >>> chosen_bars(np.array([3.0]), np.array([5.0]), a, None, True, True)[0]
    array([[0., 0.],
           [0., 3.]])
    """
    w, v, first = whole_spectrum(y, a, b, lower, values_only)
    w_bar = y_bar if values_only else y_bar[0]
    missing = (first, np.shape(w)[-1] - first - np.shape(w_bar)[-1])
    none = [(0, 0)] * (np.ndim(w) - 1)
    w_bar = np.pad(w_bar, [*none, missing])
    v_bar = None if values_only else np.pad(y_bar[1], [*none, (0, 0), missing])
    a_bar, b_bar = generalized_bars(w_bar, v_bar, w, v)
    folded = None if b is None else unread_triangle(b_bar, lower)
    return unread_triangle(a_bar, lower), folded


def chosen_dot(
    a_dot: Any, b_dot: Any, y: Any, a: Any, b: Any, lower: bool, values_only: bool
) -> Any:
    """The tangent of what a call of `eigh` gave.

    >>> a = np.diag([1.0, 5.0])
    >>> chosen_dot(2 * a, None, np.array([5.0]), a, None, True, True)
    array([10.])
    """
    w, v, first = whole_spectrum(y, a, b, lower, values_only)
    moved = None if b is None else read_triangle(b_dot, lower)
    w_dot, v_dot = generalized_dot(read_triangle(a_dot, lower), moved, w, v)
    stop = first + np.shape(y if values_only else y[0])[-1]
    if values_only:
        return w_dot[..., first:stop]
    return w_dot[..., first:stop], v_dot[..., first:stop]
