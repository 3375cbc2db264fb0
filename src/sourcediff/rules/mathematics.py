"""Derivatives of the math module's functions, in terms of that module."""

from __future__ import annotations

import math

import numpy as np

from sourcediff.rules.declare import elementwise, jvp, linear, rule
from sourcediff.runtime import (
    divide_or_zero,
    log_or_zero,
    lowered,
    polygamma,
    product_of_others,
)


@elementwise(math.pow)
def pow(z, x, y):
    """The derivative of `x ** 0` is 0, also at 0; so is that of `0 ** t`.

    >>> pow(s, 3.0)
    >>> pow(s, t)
    """
    return y * x ** lowered(y, x), z * log_or_zero(x)


@elementwise(math.log)
def log(y, x, base=None):
    """
    >>> log(s)
    >>> log(s, 3.5)
    """
    if base is None:
        return 1 / x
    return 1 / (x * math.log(base))


@elementwise(math.sin)
def sin(y, x):
    """
    >>> sin(s)
    """
    return math.cos(x)


@elementwise(math.cos)
def cos(y, x):
    """
    >>> cos(s)
    """
    return -math.sin(x)


@elementwise(math.asin)
def asin(y, x):
    """
    >>> asin(0.3)
    """
    return 1 / math.sqrt(1 - x * x)


@elementwise(math.acos)
def acos(y, x):
    """
    >>> acos(0.3)
    """
    return -1 / math.sqrt(1 - x * x)


@elementwise(math.sinh)
def sinh(y, x):
    """
    >>> sinh(s)
    """
    return math.cosh(x)


@elementwise(math.cosh)
def cosh(y, x):
    """
    >>> cosh(s)
    """
    return math.sinh(x)


@elementwise(math.asinh)
def asinh(y, x):
    """
    >>> asinh(s)
    """
    return 1 / math.sqrt(1 + x * x)


@elementwise(math.acosh)
def acosh(y, x):
    """
    >>> acosh(1 + s)
    """
    return 1 / math.sqrt(x * x - 1)


@elementwise(math.erf)
def erf(y, x):
    """
    >>> erf(t)
    """
    return 1.1283791670955126 * math.exp(-x * x)  # 2 / sqrt(pi)


@elementwise(math.erfc)
def erfc(y, x):
    """
    >>> erfc(t)
    """
    return -1.1283791670955126 * math.exp(-x * x)  # 2 / sqrt(pi)


@elementwise(math.gamma)
def gamma(y, x):
    """
    >>> gamma(s)
    >>> gamma(-2.3)
    """
    return y * polygamma(0, x)


@elementwise(math.lgamma)
def lgamma(y, x):
    """
    >>> lgamma(s)
    >>> lgamma(-2.3)
    """
    return polygamma(0, x)


@elementwise(math.fabs)
def fabs(y, x):
    """
    >>> fabs(-2.5)
    """
    return int(x > 0) - int(x < 0)


@elementwise(math.copysign)
def copysign(z, x, y):
    """
    >>> copysign(s, -1.5)
    """
    return (int(x > 0) - int(x < 0)) * math.copysign(1, y), 0


@elementwise(math.fmod)
def fmod(z, x, y):
    """
    >>> fmod(-7.3, 1.7)
    """
    return 1, -math.trunc(x / y)


@elementwise(math.remainder)
def remainder(z, x, y):
    """
    >>> remainder(-7.3, 1.7)
    """
    return 1, -round(x / y)


@rule(math.hypot, nests=True)
def hypot(y_bar, y, *coordinates):
    """
    >>> hypot(s, t)
    >>> hypot(s, -1.5, t)
    """
    return [y_bar * x / y for x in coordinates]


@jvp(hypot)
def hypot_jvp(coordinates_dot, y, *coordinates):
    """The tangent along the direction from the origin."""
    return np.dot(coordinates, coordinates_dot) / y


@rule(math.dist, wrt=("p", "q"))
def dist(y_bar, y, p, q):
    """
    >>> dist([s, t], [t, 1.5])
    >>> dist(v, w)
    """
    scale = divide_or_zero(y_bar, y)
    return scale * np.subtract(p, q), scale * np.subtract(q, p)


@jvp(dist)
def dist_jvp(p_dot, q_dot, y, p, q):
    """The difference of the tangents along the line between the points."""
    return divide_or_zero(np.subtract(p, q) @ np.subtract(p_dot, q_dot), y)


@linear(math.fsum, nests=True)
def fsum(y_bar, seq):
    """
    >>> fsum([s, t, -1.5])
    >>> fsum(v)
    """
    if isinstance(seq, np.ndarray):
        return np.broadcast_to(y_bar, np.shape(seq))
    return [y_bar for _ in seq]


@rule(math.prod, wrt=("iterable", "start"), nests=True)
def prod(y_bar, y, iterable, *, start=1):
    """
    >>> prod([s, t, -1.5])
    >>> prod(v, start=t)
    """
    others = start * product_of_others(iterable)
    return y_bar * np.conj(others), y_bar * np.conj(math.prod(iterable))


@jvp(prod)
def prod_jvp(iterable_dot, start_dot, y, iterable, *, start=1):
    """Each factor's tangent times the product of the others."""
    others = start * product_of_others(iterable)
    return np.dot(others, iterable_dot) + start_dot * math.prod(iterable)
