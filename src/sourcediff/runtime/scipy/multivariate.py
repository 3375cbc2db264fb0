"""The logarithms of the multivariate normal density and of Dirichlet's."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from sourcediff.runtime.linalg import mirror_lower, read_lower
from sourcediff.runtime.scipy.special import xlogy_ratio


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


def _is_cut(x: Any, alpha: Any) -> bool:
    """Whether the last component, 1 less the sum of the others, is left out."""
    return len(x) < len(alpha)


def _dirichlet_slopes(where: Any, x: Any, alpha: Any) -> tuple[Any, Any]:
    """By components and by parameters, one point a column; 0 where there is none."""
    points = np.reshape(x, (np.shape(x)[0], -1))
    if _is_cut(x, alpha):
        rest = 1 - np.sum(points, axis=0, keepdims=True)
        points = np.concatenate((points, rest))
    has_slope = np.reshape(where, -1)
    z = np.where(has_slope, points, 0.5)
    a = np.reshape(alpha, (-1, 1))
    by_alpha = np.log(z) + special.digamma(np.sum(a)) - special.digamma(a)
    by_x = xlogy_ratio(a - 1, z)
    return np.where(has_slope, by_x, 0), np.where(has_slope, by_alpha, 0)


def dirichlet_bars(y_bar: Any, where: Any, x: Any, alpha: Any) -> tuple[Any, Any]:
    """The cotangents of points and parameters, from where the density is positive.

    >>> dirichlet_bars(1.0, True, np.array([0.25]), np.array([2.0, 1.0]))[0]
    array([4.])
    """
    by_x, by_alpha = _dirichlet_slopes(where, x, alpha)
    seeds = np.reshape(y_bar, -1)
    bars = seeds * by_x
    if _is_cut(x, alpha):
        bars = bars[:-1] - bars[-1]
    return np.reshape(bars, np.shape(x)), np.sum(seeds * by_alpha, axis=1)


def dirichlet_dot(x_dot: Any, alpha_dot: Any, where: Any, x: Any, alpha: Any) -> Any:
    """The tangent of the logarithm of the density.

    >>> x, alpha = np.array([0.25]), np.array([2.0, 1.0])
    >>> float(dirichlet_dot(np.ones(1), np.zeros(2), True, x, alpha))
    4.0
    """
    by_x, by_alpha = _dirichlet_slopes(where, x, alpha)
    if _is_cut(x, alpha):
        by_x = by_x[:-1] - by_x[-1]
    along = np.sum(by_x * np.reshape(x_dot, np.shape(by_x)), axis=0)
    across = np.sum(by_alpha * np.reshape(alpha_dot, (-1, 1)), axis=0)
    return np.reshape(along + across, np.shape(where))
