"""Derivatives of the arithmetic operators and the ufuncs behind them."""

from __future__ import annotations

import builtins
import math
import operator

import numpy as np

from sourcediff.rules.declare import elementwise, jvp, linear, rule
from sourcediff.runtime import exceeds, log_or_zero, lowered, unbroadcast


@elementwise(np.add, operator.add)
def add(z, x1, x2):
    """
    >>> add(A, B.T)
    >>> add(A, 2.5)
    >>> add(s, t)
    """
    return 1, 1


@elementwise(np.subtract, operator.sub)
def subtract(z, x1, x2):
    """
    >>> subtract(A, B.T)
    >>> subtract(2.5, v)
    >>> subtract(s, t)
    """
    return 1, -1


@elementwise(np.multiply, operator.mul)
def multiply(z, x1, x2):
    """
    >>> multiply(A, B.T)
    >>> multiply(v, z)
    >>> multiply(s, t)
    """
    return x2, x1


@elementwise(np.divide, operator.truediv)
def divide(z, x1, x2):
    """
    >>> divide(v, p)
    >>> divide(1.5, z)
    >>> divide(s, t)
    """
    return 1 / x2, -z / x2


@elementwise(np.power, operator.pow, builtins.pow, np.float_power)
def power(z, x1, x2):
    """The derivative of `x ** 0` is 0, also at 0; so is that of `0 ** t`.

    >>> power(p, v)
    >>> power(v, 3)
    >>> power(p, -0.5)
    >>> power(2.5, v)
    >>> power(s, t)
    """
    if isinstance(x2, (int, float)):
        return (
            x2 * x1 ** (x2 - 1 if x2 != 0 else lowered(x2, x1)),
            z * log_or_zero(x1),
        )
    return x2 * x1 ** lowered(x2, x1), z * log_or_zero(x1)


@elementwise(np.remainder, operator.mod)
def remainder(z, x1, x2):
    """
    >>> remainder(7.3 * v, p)
    >>> remainder(v, 0.3)
    >>> remainder(s, t)
    """
    return 1, -np.floor_divide(x1, x2)


@elementwise(np.fmod)
def fmod(z, x1, x2):
    """
    >>> fmod(7.3 * v, p)
    >>> fmod(s, t)
    """
    return 1, -np.trunc(x1 / x2)


@rule(np.divmod, builtins.divmod, wrt=("x1", "x2"))
def divmod(y_bar, y, x1, x2):
    """The quotient is a step function; the remainder carries the derivative.

    >>> divmod(7.3 * v, p)
    >>> divmod(-7.3, 1.7)
    """
    return unbroadcast(y_bar[1], x1), unbroadcast(-y_bar[1] * y[0], x2)


@jvp(divmod)
def divmod_jvp(x1_dot, x2_dot, y, x1, x2):
    """The remainder's tangent, beside a quotient that does not move."""
    return 0 * y[0], x1_dot - x2_dot * y[0]


@rule(np.modf, math.modf)
def modf(y_bar, y, x):
    """
    >>> modf(7.3 * v)
    >>> modf(-7.3)
    """
    return y_bar[0]


@rule(np.frexp, math.frexp)
def frexp(y_bar, y, x):
    """
    >>> frexp(7.3 * v)
    >>> frexp(-7.3)
    """
    return np.ldexp(y_bar[0], -y[1])


@jvp(frexp)
def frexp_jvp(x_dot, y, x):
    """The mantissa moves with `x`, at a scale that does not."""
    return np.ldexp(x_dot, -y[1]), 0 * y[1]


@linear(np.ldexp, math.ldexp)
def ldexp(y_bar, x1, x2):
    """
    >>> ldexp(v, i)
    >>> ldexp(A, 2)
    >>> ldexp(s, 3)
    """
    return unbroadcast(np.ldexp(y_bar, x2), x1)


@jvp(modf)
def modf_jvp(x_dot, y, x):
    """The fractional part moves as `x` does, the integral part not at all."""
    return x_dot, 0 * y[1]


@elementwise(np.negative, operator.neg)
def negative(y, x):
    """
    >>> negative(v)
    >>> negative(z)
    >>> negative(s)
    """
    return -1


@elementwise(np.positive, operator.pos)
def positive(y, x):
    """
    >>> positive(v)
    >>> positive(s)
    """
    return 1


@elementwise(np.reciprocal)
def reciprocal(y, x):
    """
    >>> reciprocal(p)
    >>> reciprocal(z)
    """
    return -y * y


@elementwise(np.square)
def square(y, x):
    """
    >>> square(v)
    >>> square(z)
    """
    return 2 * x


@elementwise(np.absolute, operator.abs, builtins.abs)
def absolute(y, x):
    """
    >>> absolute(v)
    >>> absolute(z)
    >>> absolute(s)
    """
    if isinstance(x, float):
        return int(x > 0) - int(x < 0)
    if np.iscomplexobj(x):
        return np.conj(np.sign(x))
    return np.sign(x)


@elementwise(np.fabs)
def fabs(y, x):
    """
    >>> fabs(v)
    >>> fabs(s)
    """
    return np.sign(x)


@elementwise(np.maximum)
def maximum(z, x1, x2):
    """Ties give each argument one half.

    >>> maximum(A, B.T)
    >>> maximum(v, 0)
    """
    return exceeds(x1, x2), exceeds(x2, x1)


@elementwise(np.minimum)
def minimum(z, x1, x2):
    """Ties give each argument one half.

    >>> minimum(A, B.T)
    >>> minimum(v, 0)
    """
    return exceeds(x2, x1), exceeds(x1, x2)


@elementwise(np.fmax)
def fmax(z, x1, x2):
    """NaN counts as missing: the other argument takes the derivative.

    >>> fmax(A, B.T)
    >>> fmax(v, 0.1)
    """
    return _exceeds_or_other_is_nan(x1, x2), _exceeds_or_other_is_nan(x2, x1)


@elementwise(np.fmin)
def fmin(z, x1, x2):
    """NaN counts as missing: the other argument takes the derivative.

    >>> fmin(A, B.T)
    >>> fmin(v, 0.1)
    """
    return _exceeds_or_other_is_nan(-x1, -x2), _exceeds_or_other_is_nan(-x2, -x1)


def _exceeds_or_other_is_nan(x, y):
    return np.where(np.isnan(y), 1, exceeds(x, y))


@elementwise(np.copysign)
def copysign(z, x1, x2):
    """
    >>> copysign(v, w)
    >>> copysign(s, -1.0)
    """
    return np.sign(x1) * np.copysign(1, x2), 0


@elementwise(np.nextafter, math.nextafter)
def nextafter(z, x1, x2):
    """
    >>> nextafter(v, w)
    >>> nextafter(s, 7.0)
    """
    return 1, 0


@elementwise(np.nan_to_num, wrt=("x", "nan", "posinf", "neginf"), reals=True)
def nan_to_num(y, x, *, nan=0.0, posinf=None, neginf=None):
    """
    >>> nan_to_num(v)
    >>> nan_to_num(N, nan=s)
    """
    return np.isfinite(x), np.isnan(x), np.isposinf(x), np.isneginf(x)
