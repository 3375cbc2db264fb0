"""The adjoints of operations on the coefficients of polynomials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sourcediff.runtime.stencils import convolve_bar


def _factors(n: int, m: int) -> Any:
    """What the n highest coefficients are multiplied by in m differentiations."""
    powers = np.arange(n + m - 1, m - 1, -1)
    return np.prod([powers - k for k in range(m)], axis=0, dtype=int)


def polyder_bar(y_bar: Any, n: int, m: int) -> Any:
    """The cotangent of n coefficients from that of their `np.polyder(p, m)`.

    >>> polyder_bar(np.array([1.0, 10.0]), 3, 1)
    array([ 2., 10.,  0.])
    """
    kept = max(n - m, 0)
    factors = _factors(kept, m).astype(y_bar.dtype)
    return np.pad(y_bar[:kept] * factors, (0, n - kept))


def polyint_bars(y_bar: Any, n: int, m: int, k: Any) -> tuple[Any, Any]:
    """The cotangents of n coefficients and of the constants of `np.polyint(p, m, k)`.

    >>> polyint_bars(np.array([1.0, 10.0, 100.0]), 2, 1, 0.5)
    (array([ 0.5, 10. ]), np.float64(100.0))
    """
    p_bar = y_bar[:n] / _factors(n, m).astype(y_bar.dtype)
    if k is None:
        return p_bar, None
    divisors = np.cumprod([1, *range(1, m)])[::-1].astype(y_bar.dtype)
    k_bar = y_bar[n:] / divisors
    shape = (len(k),) if isinstance(k, list | tuple) else np.shape(k)
    if math.prod(shape) == 1:  # one constant for every integration
        k_bar = np.sum(k_bar)
    return p_bar, np.reshape(k_bar, shape)[()]


def polymul_bar(y_bar: Any, p: Any, other: Any) -> Any:
    """The cotangent of a factor in `np.polymul`, which drops leading zeros.

    >>> polymul_bar(np.array([1.0]), np.array([0.0, 2.0]), np.array([3.0]))
    array([0., 3.])
    """
    n, m = np.size(p), np.size(other)
    if n == 0 or m == 0:
        return np.zeros_like(p)
    y_bar = np.pad(y_bar, (n + m - 1 - np.size(y_bar), 0))
    return convolve_bar(y_bar, np.shape(p), other, "full")


def trim_like(y_bar: Any, p: Any) -> Any:
    """The last elements of a cotangent, as many as `p` has.

    >>> trim_like(np.arange(5.0), np.zeros(2))
    array([3., 4.])
    """
    last = y_bar[np.size(y_bar) - np.size(p) :]
    return np.reshape(last, np.shape(p))


def vander_bar(y_bar: Any, x: Any, increasing: bool) -> Any:
    """The cotangent of `x` from that of its Vandermonde matrix.

    >>> vander_bar(np.ones((1, 3)), np.array([2.0]), False)
    array([5.])
    """
    slopes = _vander_slopes(x, np.shape(y_bar)[1], increasing)
    return np.sum(y_bar * np.conj(slopes), axis=1)


def vander_dot(x_dot: Any, x: Any, n: int, increasing: bool) -> Any:
    """The tangent of the Vandermonde matrix with n columns.

    >>> vander_dot(np.array([1.0]), np.array([2.0]), 3, False)
    array([[4., 1., 0.]])
    """
    return np.expand_dims(x_dot, 1) * _vander_slopes(x, n, increasing)


def _vander_slopes(x: Any, n: int, increasing: bool) -> Any:
    powers = np.arange(n) if increasing else np.arange(n)[::-1]
    x = np.expand_dims(x, 1)
    return powers.astype(x.dtype) * x ** np.maximum(powers - 1, 0)


def polyfit_bars(p_bar: Any, p: Any, x: Any, y: Any, deg: int) -> tuple[Any, Any]:
    """The cotangents of the points that `np.polyfit(x, y, deg)` went through.

    >>> x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])
    >>> x_bar, y_bar = polyfit_bars(np.array([1.0, 0.0]), np.array([2.0, 1.0]), x, y, 1)
    >>> np.allclose(x_bar, [1.0, 0.0, -1.0]), np.allclose(y_bar, [-0.5, 0.0, 0.5])
    (True, True)
    """
    powers = np.vander(x, deg + 1)
    inverse = np.linalg.pinv(powers)
    rest_bar = np.conj(inverse).T @ p_bar
    rest = y - powers @ p
    powers_bar = -_outer(rest_bar, p) + _outer(rest, inverse @ rest_bar)
    return vander_bar(powers_bar, x, False), rest_bar


def _outer(a: Any, b: Any) -> Any:
    if np.ndim(a) == 1:
        return np.outer(a, np.conj(b))
    return a @ np.conj(b).T


def polyfit_dot(x_dot: Any, y_dot: Any, p: Any, x: Any, y: Any, deg: int) -> Any:
    """The tangent of the coefficients that `np.polyfit(x, y, deg)` found.

    >>> x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])
    >>> x_dot, p = np.array([1.0, 0.0, 0.0]), np.array([2.0, 1.0])
    >>> np.allclose(polyfit_dot(x_dot, 0 * y, p, x, y, 1), [1.0, -5 / 3])
    True
    """
    powers = np.vander(x, deg + 1)
    powers_dot = vander_dot(x_dot, x, deg + 1, False)
    inverse = np.linalg.pinv(powers)
    rest = y - powers @ p
    forced = y_dot - powers_dot @ p
    turned = np.conj(powers_dot).T @ rest
    return inverse @ forced + inverse @ (np.conj(inverse).T @ turned)
