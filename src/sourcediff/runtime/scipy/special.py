"""Derivatives of special functions that take more than an expression."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from sourcediff.runtime.shape import cast_like


def rgamma_slope(x: Any) -> Any:
    """The derivative of `1 / gamma(x)`; by reflection where gamma has its poles.

    >>> rgamma_slope(np.array([0.0, -1.0])).round(12)
    array([ 1., -1.])
    """
    low = np.real(x) < 0.5
    right = np.where(low, 1 - x, x)
    slope = special.rgamma(right) * special.digamma(right)
    turn = special.gamma(np.where(low, right, 1))
    angle = np.pi * x
    reflected = np.cos(angle) - np.sin(angle) / np.pi * special.digamma(right)
    return np.where(low, turn * reflected, -slope)[()]


def multidigamma(a: Any, d: int) -> Any:
    """The derivative of `multigammaln(a, d)` in `a`: a sum of digamma functions.

    >>> float(multidigamma(1.0, 1)) == float(special.digamma(1.0))
    True
    """
    total = special.digamma(a)
    for k in range(1, d):
        total = total + special.digamma(a - k / 2)
    return total


def spherical_slope(slope: Any, value: Any, n: Any, z: Any, sign: int) -> Any:
    """The second derivative of a spherical Bessel function, by its equation.

    `sign` is -1 for the modified ones.

    >>> x = 1.3
    >>> value, slope = special.spherical_jn(0, x), special.spherical_jn(0, x, True)
    >>> round(float(spherical_slope(slope, value, 0, x, 1) + value + 2 * slope / x), 12)
    0.0
    """
    return -2 * slope / z - (sign - n * (n + 1) / z**2) * value


def struve_term(v: Any, x: Any) -> Any:
    """What a Struve function's recurrence has beside a Bessel function's: DLMF 11.4.

    >>> round(float(struve_term(0, 1.0)), 6)
    0.63662
    """
    offset = np.asarray(1.5, np.result_type(x))  # float32 stays float32
    return (x / 2) ** v * special.rgamma(v + offset) / math.sqrt(math.pi)


def xlogy_ratio(x: Any, y: Any) -> Any:
    """`x / y`, and 0 where `x` is 0: the derivative of `x log y` in `y`.

    >>> xlogy_ratio(np.array([0.0, 2.0]), np.array([0.0, 4.0]))
    array([0. , 0.5])
    """
    zero = np.equal(x, 0)
    return np.where(zero, 0, x / np.where(zero, 1, y))[()]


def log_over_distance(z: Any) -> Any:
    """`log(z) / (1 - z)`, and -1 at 1.

    >>> float(log_over_distance(1.0))
    -1.0
    """
    u = z - 1
    zero = np.equal(u, 0)
    return np.where(zero, -1, -np.log(z) / np.where(zero, 1, u))[()]


def sinhc(x: Any) -> Any:
    """`sinh(x) / x`, and 1 at 0.

    >>> float(sinhc(0.0))
    1.0
    """
    zero = np.equal(x, 0)
    return np.where(zero, 1, np.sinh(x) / np.where(zero, 1, x))[()]


def ellipkm1_slope(y: Any, p: Any) -> Any:
    """The derivative of `y = ellipkm1(p)`, for which `1 - p` may round to 1.

    >>> float(ellipkm1_slope(special.ellipkm1(1.0), 1.0)) == -np.pi / 8
    True
    """
    small = p < 0.5
    low = np.where(small, p, 0.5)
    ratio = (special.ellipe(1 - low) - low * y) / (2 * low * (1 - low))
    high = np.where(small, 0.5, p)
    return -np.where(small, ratio, ellipk_slope(1 - high))[()]


def exp_shares(a: Any, y: Any, axis: Any, keepdims: bool) -> Any:
    """`exp(a - y)`, where `y` is the logarithm of a sum of exponentials along `axis`.

    >>> exp_shares(np.zeros(2), np.log(2.0), 0, False)
    array([0.5, 0.5])
    """
    if axis is not None and not keepdims:
        y = np.expand_dims(y, axis)
    return np.exp(a - y)


def ellipk_slope(m: Any) -> Any:
    """The derivative of `ellipk(m)`, smooth at 0.

    >>> float(ellipk_slope(0.0)) == np.pi / 8
    True
    """
    return cast_like(np.pi / 8 * special.hyp2f1(1.5, 1.5, 2.0, m), m)


def ellipe_slope(m: Any) -> Any:
    """The derivative of `ellipe(m)`, smooth at 0.

    >>> float(ellipe_slope(0.0)) == -np.pi / 8
    True
    """
    return cast_like(-np.pi / 8 * special.hyp2f1(0.5, 1.5, 2.0, m), m)


def kolmogorov_slope(x: Any) -> Any:
    """The derivative of `kolmogorov(x)`, by two series that meet at 1.

    >>> round(float(kolmogorov_slope(0.8)), 6)
    -1.627024
    """
    low = np.asarray(np.where(x < 1, np.maximum(x, 0.04), 1.0))
    high = np.asarray(np.where(x < 1, 1.0, x))
    small, large = np.zeros_like(low), np.zeros_like(high)
    for j in range(1, 7):
        square = (2 * j - 1) ** 2 * math.pi**2 / (8 * low**2)
        small = small + np.exp(-square) * (2 * square - 1) / low**2
        large = large + (-1) ** j * j**2 * np.exp(-2 * j**2 * high**2)
    ends = np.where(x < 1, -math.sqrt(2 * math.pi) * small, 8 * high * large)
    return np.where(x < 0.04, 0.0, ends)[()]
