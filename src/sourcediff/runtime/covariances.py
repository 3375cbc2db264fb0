"""The derivatives of covariance and correlation matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.linalg import adjoint


def _variables(m: Any, rowvar: bool) -> Any:
    """One row per variable, one column per observation."""
    rows = np.atleast_2d(m)
    return rows if rowvar or np.ndim(m) < 2 else rows.T


def _centred(m: Any, y: Any, rowvar: bool) -> Any:
    rows = _variables(m, rowvar)
    if y is not None:
        rows = np.concatenate([rows, _variables(y, rowvar)])
    return rows - np.mean(rows, axis=1, keepdims=True)


def _samples(rows: Any, m: Any, rowvar: bool) -> Any:
    """Rows of variables in the shape of the argument that they came from."""
    turned = rows if rowvar or np.ndim(m) < 2 else rows.T
    return np.reshape(turned, np.shape(m))


def cov_bars(c_bar: Any, m: Any, y: Any, rowvar: bool, ddof: int) -> tuple[Any, Any]:
    """The cotangents of `np.cov(m, y, rowvar, ddof=ddof)`; None where `y` is None.

    >>> cov_bars(1.0, np.array([1.0, 3.0, 8.0]), None, True, 1)
    (array([-3., -1.,  4.]), None)
    """
    x = _centred(m, y, rowvar)
    c_bar = np.reshape(c_bar, (len(x), len(x)))
    x_bar = (c_bar + adjoint(c_bar)) @ x / (np.shape(x)[1] - ddof)
    if y is None:
        return _samples(x_bar, m, rowvar), None
    of_m = len(_variables(m, rowvar))
    return _samples(x_bar[:of_m], m, rowvar), _samples(x_bar[of_m:], y, rowvar)


def cov_dot(m_dot: Any, y_dot: Any, m: Any, y: Any, rowvar: bool, ddof: int) -> Any:
    """The tangent of `np.cov(m, y, rowvar, ddof=ddof)`.

    >>> m = np.array([1.0, 3.0, 8.0])
    >>> cov_dot(np.array([1.0, 0.0, 0.0]), None, m, None, True, 1)
    array(-3.)
    """
    x, x_dot = _centred(m, y, rowvar), _centred(m_dot, y_dot, rowvar)
    half = x_dot @ adjoint(x) / (np.shape(x)[1] - ddof)
    return np.squeeze(half + adjoint(half))


def corrcoef_bars(r_bar: Any, x: Any, y: Any, rowvar: bool) -> tuple[Any, Any]:
    """The cotangents of `np.corrcoef(x, y, rowvar)`; None where `y` is None.

    >>> x, y = np.array([1.0, 3.0, 8.0]), np.array([2.0, 1.0, 0.0])
    >>> x_bar, y_bar = corrcoef_bars(np.array([[0.0, 1.0], [0.0, 0.0]]), x, y, True)
    >>> x_bar.round(3), y_bar.round(3)
    (array([ 0.027, -0.037,  0.011]), array([ 0.069, -0.139,  0.069]))
    """
    rows = _centred(x, y, rowvar)
    c = rows @ adjoint(rows)
    scale = np.sqrt(np.real(np.diagonal(c)))
    r_bar = np.reshape(r_bar, np.shape(c)) / np.outer(scale, scale)
    inner = np.real(np.conj(r_bar) * c)
    variance_bar = -(np.sum(inner, axis=0) + np.sum(inner, axis=1)) / (2 * scale**2)
    return cov_bars(r_bar + np.diag(variance_bar), x, y, rowvar, np.shape(rows)[1] - 1)


def corrcoef_dot(x_dot: Any, y_dot: Any, x: Any, y: Any, rowvar: bool) -> Any:
    """The tangent of `np.corrcoef(x, y, rowvar)`.

    >>> x, y = np.array([1.0, 3.0, 8.0]), np.array([2.0, 1.0, 0.0])
    >>> corrcoef_dot(np.array([0.0, 1.0, 0.0]), 0 * y, x, y, True).round(3)
    array([[ 0.   , -0.037],
           [-0.037,  0.   ]])
    """
    rows = _centred(x, y, rowvar)
    c = rows @ adjoint(rows)
    c_dot = cov_dot(x_dot, y_dot, x, y, rowvar, np.shape(rows)[1] - 1)
    c_dot = np.reshape(c_dot, np.shape(c))
    variance, variance_dot = np.real(np.diagonal(c)), np.real(np.diagonal(c_dot))
    scale = np.sqrt(variance)
    relative = variance_dot / (2 * variance)
    r_dot = (c_dot - c * (relative[:, None] + relative)) / np.outer(scale, scale)
    return np.squeeze(r_dot)
