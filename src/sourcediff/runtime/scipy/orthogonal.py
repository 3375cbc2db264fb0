"""QR decompositions in SciPy's forms: full, with exchanged columns, R alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from sourcediff.runtime.decompositions import (
    full_qr_dot,
    qr_bar,
    qr_dot,
    reduced_columns,
)


def _ordered(a: Any, order: Any) -> Any:
    """The columns of a matrix in the order of the decomposition."""
    return a if order is None else np.take_along_axis(a, order[..., None, :], axis=-1)


def _parts(y: Any, a: Any, mode: str, pivoting: bool) -> tuple[Any, Any, Any, Any]:
    """The matrix with its columns in order, its reduced factors, and the order."""
    if mode == "raw":
        raise TypeError("scipy.linalg.qr has no derivative for mode='raw'")
    order = y[-1] if pivoting else None
    ordered = _ordered(a, order)
    if mode == "r":
        q, r = linalg.qr(ordered, mode="economic")
        return ordered, q, r, order
    rank = min(np.shape(a)[-2:])
    return ordered, y[0][..., :rank], y[1][..., :rank, :], order


def scipy_qr_bar(y_bar: Any, y: Any, a: Any, mode: str, pivoting: bool) -> Any:
    """The cotangent of a matrix from those of what `scipy.linalg.qr` gave.

    Raises LinAlgError where it depends on the columns of Q beyond the reduced ones:
    they are any basis of what is left, and have no derivative.

    >>> y = np.eye(1), np.array([[2.0]])
    >>> scipy_qr_bar((np.zeros((1, 1)), np.ones((1, 1))), y, 2 * y[0], "full", False)
    array([[1.]])
    """
    ordered, q, r, order = _parts(y, a, mode, pivoting)
    rank = min(np.shape(a)[-2:])
    if mode == "r":
        q_bar, r_bar = np.zeros_like(q), y_bar[0][..., :rank, :]
    else:
        q_bar, r_bar = reduced_columns(y_bar[0], rank), y_bar[1][..., :rank, :]
    a_bar = qr_bar(q_bar, r_bar, ordered, q, r)
    return _ordered(a_bar, None if order is None else np.argsort(order, axis=-1))


def scipy_qr_dot(a_dot: Any, y: Any, a: Any, mode: str, pivoting: bool) -> Any:
    """The tangent of what `scipy.linalg.qr` gave: NaN in the columns beyond.

    >>> y = np.eye(1), np.array([[2.0]])
    >>> scipy_qr_dot(np.ones((1, 1)), y, 2 * y[0], "full", False)
    (array([[0.]]), array([[1.]]))
    """
    ordered, q, r, order = _parts(y, a, mode, pivoting)
    dots = qr_dot(_ordered(a_dot, order), ordered, q, r)
    if mode == "r":
        _, r_dot = full_qr_dot(dots, q, y[0])
        return (r_dot, None) if pivoting else (r_dot,)
    q_dot, r_dot = full_qr_dot(dots, y[0], y[1])
    return (q_dot, r_dot, None) if pivoting else (q_dot, r_dot)
