"""Special functions that derivatives of NumPy's and math's functions lead to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def bessel_i1(x: Any) -> Any:
    """The modified Bessel function of the first kind and order one, elementwise.

    It is the mean of `cos t sinh(x cos t)` over a period, which the trapezoidal rule
    gives to all digits: its error falls faster than any power of the step
    (Trefethen and Weideman 2014).

    >>> bessel_i1(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.5652])
    """
    nodes = 64
    total = 0 * x
    for k in range(nodes):
        cosine = math.cos((k + 0.5) * math.pi / (2 * nodes))
        total = total + cosine * np.sinh(cosine * x)
    return total / nodes


def bessel_i1_slope(y: Any, x: Any) -> Any:
    """The derivative of `y = bessel_i1(x)`: `i0(x) - y / x`, and 1/2 at 0.

    >>> float(bessel_i1_slope(0.0, 0.0))
    0.5
    """
    zero = x == 0
    return np.where(zero, 0.5, np.i0(x) - y / np.where(zero, 1, x))[()]


def sinc_slope(y: Any, x: Any) -> Any:
    """The derivative of `y = sinc(x)`: `(cos(pi x) - y) / x`, by its series near 0.

    >>> sinc_slope(np.sinc(np.array([0.0, 1.0])), np.array([0.0, 1.0]))
    array([-0., -1.])
    """
    u = (np.pi * x) ** 2
    series = -u / 3 * (1 - u / 10 * (1 - u / 28 * (1 - u / 54 * (1 - u / 88))))
    rise = np.where(np.abs(x) < 0.05, series, np.cos(np.pi * x) - y)
    return (rise / np.where(x == 0, 1, x))[()]


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def polygamma(n: int, x: float) -> float:
    """The n-th derivative of the digamma function, at a number.

    The recurrence leads to a large `x`, the asymptotic series gives the value there
    (DLMF 5.15.5, 5.15.8).

    >>> round(polygamma(0, 1.0), 12)  # minus Euler's constant
    -0.577215664902
    >>> round(polygamma(1, 1.0), 12)  # pi squared over 6
    1.644934066848
    """
    sign = (-1) ** (n + 1)
    total = 0.0
    while x < 15 + n:
        total += sign * math.factorial(n) / x ** (n + 1)
        x = x + 1  # not in place: a taped number is an array
    if n == 0:
        leading = -math.log(x) + 1 / (2 * x)
    else:
        leading = (1 + n / (2 * x)) * math.factorial(n - 1) / x**n
    series = sum(
        b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) / x ** (2 * k + n)
        for k, b in enumerate(_BERNOULLI, start=1)
    )
    return float(total + sign * (leading + series))
