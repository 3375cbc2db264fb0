"""The logarithm of the multivariate normal density."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.linalg import mirror_lower, read_lower


def _dimension(mean: Any, cov: Any) -> int:
    """How many components a vector has, as SciPy finds it."""
    if mean is not None:
        return np.size(mean)
    return np.shape(cov)[0] if np.ndim(cov) else 1


def _covariance(cov: Any, n: int) -> Any:
    """The covariance as a matrix."""
    if np.ndim(cov) == 2:
        return mirror_lower(cov)
    return cov * np.eye(n)


def _unread(bar: Any, cov: Any) -> Any:
    """The cotangent of what the covariance was given as, from that of the matrix."""
    if np.ndim(cov) == 2:
        return read_lower(bar)
    return np.trace(bar) if np.ndim(cov) == 0 else np.diagonal(bar)


def normal_bars(y_bar: Any, x: Any, mean: Any, cov: Any) -> tuple[Any, Any, Any]:
    """The cotangents of points, mean and covariance.

    >>> normal_bars(1.0, np.array([2.0]), np.zeros(1), np.eye(1))
    (array([-2.]), array([2.]), array([[1.5]]))
    """
    n = _dimension(mean, cov)
    matrix = _covariance(cov, n)
    off = x if mean is None else x - mean
    pull = np.linalg.solve(matrix, np.reshape(off, (-1, n)).T).T
    seeds = np.reshape(y_bar, (-1, 1))
    weighted = seeds * pull
    x_bar = -np.reshape(weighted, np.shape(x))
    cov_bar = (pull.T @ weighted - np.sum(seeds) * np.linalg.inv(matrix)) / 2
    mean_bar = (
        None if mean is None else np.reshape(weighted.sum(axis=0), np.shape(mean))
    )
    return x_bar, mean_bar, _unread(cov_bar, cov)


def normal_dot(
    x_dot: Any, mean_dot: Any, cov_dot: Any, y: Any, x: Any, mean: Any, cov: Any
) -> Any:
    """The tangent of the logarithm of the density.

    >>> one = np.ones(1)
    >>> float(normal_dot(one, one, np.eye(1), 0.0, 2 * one, 0 * one, np.eye(1)))
    1.5
    """
    n = _dimension(mean, cov)
    matrix, moved = _covariance(cov, n), _covariance(cov_dot, n)
    off = x if mean is None else x - mean
    off_dot = x_dot if mean is None else x_dot - mean_dot
    pull = np.linalg.solve(matrix, np.reshape(off, (-1, n)).T).T
    spread = np.sum(pull @ moved * pull, axis=1) - np.trace(
        np.linalg.solve(matrix, moved)
    )
    along = np.sum(np.reshape(off_dot, (-1, n)) * pull, axis=1)
    return np.reshape(spread / 2 - along, np.shape(y))
