"""Derivatives of exponentials, logarithms, roots, circular and hyperbolic functions."""

from __future__ import annotations

import math

import numpy as np

from sourcediff.rules.declare import elementwise
from sourcediff.runtime import bessel_i1, divide_or_zero, sinc_slope


@elementwise(np.exp, math.exp)
def exp(y, x):
    """
    >>> exp(v)
    >>> exp(z)
    >>> exp(s)
    """
    return y


@elementwise(np.exp2, math.exp2)
def exp2(y, x):
    """
    >>> exp2(v)
    >>> exp2(s)
    """
    return 0.6931471805599453 * y  # log(2)


@elementwise(np.expm1, math.expm1)
def expm1(y, x):
    """
    >>> expm1(v)
    >>> expm1(z)
    >>> expm1(s)
    """
    return y + 1


@elementwise(np.log)
def log(y, x):
    """
    >>> log(p)
    >>> log(z)
    """
    return 1 / x


@elementwise(np.log2, math.log2)
def log2(y, x):
    """
    >>> log2(p)
    >>> log2(s)
    """
    return 1 / (0.6931471805599453 * x)  # log(2)


@elementwise(np.log10, math.log10)
def log10(y, x):
    """
    >>> log10(p)
    >>> log10(z)
    >>> log10(s)
    """
    return 1 / (2.302585092994046 * x)  # log(10)


@elementwise(np.log1p, math.log1p)
def log1p(y, x):
    """
    >>> log1p(p)
    >>> log1p(z)
    >>> log1p(s)
    """
    return 1 / (1 + x)


@elementwise(np.logaddexp)
def logaddexp(z, x1, x2):
    """
    >>> logaddexp(A, B.T)
    >>> logaddexp(v, 0.5)
    """
    return np.exp(x1 - z), np.exp(x2 - z)


@elementwise(np.logaddexp2)
def logaddexp2(z, x1, x2):
    """
    >>> logaddexp2(A, B.T)
    >>> logaddexp2(v, 0.5)
    """
    return np.exp2(x1 - z), np.exp2(x2 - z)


@elementwise(np.sqrt, math.sqrt)
def sqrt(y, x):
    """
    >>> sqrt(p)
    >>> sqrt(z)
    >>> sqrt(s)
    """
    return 0.5 / y


@elementwise(np.cbrt, math.cbrt)
def cbrt(y, x):
    """
    >>> cbrt(v)
    >>> cbrt(s)
    """
    return 1 / (3 * y * y)


@elementwise(np.sin)
def sin(y, x):
    """
    >>> sin(v)
    >>> sin(z)
    """
    return np.cos(x)


@elementwise(np.cos)
def cos(y, x):
    """
    >>> cos(v)
    >>> cos(z)
    """
    return -np.sin(x)


@elementwise(np.tan, math.tan)
def tan(y, x):
    """
    >>> tan(u)
    >>> tan(z)
    >>> tan(s)
    """
    return 1 + y * y


@elementwise(np.arcsin)
def arcsin(y, x):
    """
    >>> arcsin(u)
    >>> arcsin(z)
    """
    return 1 / np.sqrt(1 - x * x)


@elementwise(np.arccos)
def arccos(y, x):
    """
    >>> arccos(u)
    >>> arccos(z)
    """
    return -1 / np.sqrt(1 - x * x)


@elementwise(np.arctan, math.atan)
def arctan(y, x):
    """
    >>> arctan(v)
    >>> arctan(z)
    >>> arctan(s)
    """
    return 1 / (1 + x * x)


@elementwise(np.arctan2, math.atan2)
def arctan2(z, x1, x2):
    """Both partials are taken as 0 at the origin, where the angle is not defined.

    >>> arctan2(v, w)
    >>> arctan2(A, 0.7)
    >>> arctan2(s, t)
    """
    return (
        divide_or_zero(x2, x1 * x1 + x2 * x2),
        divide_or_zero(-x1, x1 * x1 + x2 * x2),
    )


@elementwise(np.sinh)
def sinh(y, x):
    """
    >>> sinh(v)
    >>> sinh(z)
    """
    return np.cosh(x)


@elementwise(np.cosh)
def cosh(y, x):
    """
    >>> cosh(v)
    >>> cosh(z)
    """
    return np.sinh(x)


@elementwise(np.tanh, math.tanh)
def tanh(y, x):
    """
    >>> tanh(v)
    >>> tanh(z)
    >>> tanh(s)
    """
    return 1 - y * y


@elementwise(np.arcsinh)
def arcsinh(y, x):
    """
    >>> arcsinh(v)
    >>> arcsinh(z)
    """
    return 1 / np.sqrt(1 + x * x)


@elementwise(np.arccosh)
def arccosh(y, x):
    """
    >>> arccosh(1 + p)
    >>> arccosh(z)
    """
    if np.iscomplexobj(x):  # one root of the product has its cut elsewhere
        return 1 / (np.sqrt(x - 1) * np.sqrt(x + 1))
    return 1 / np.sqrt(x * x - 1)


@elementwise(np.arctanh, math.atanh)
def arctanh(y, x):
    """
    >>> arctanh(u)
    >>> arctanh(z)
    >>> arctanh(0.3)
    """
    return 1 / (1 - x * x)


@elementwise(np.hypot)
def hypot(z, x1, x2):
    """
    >>> hypot(v, w)
    >>> hypot(A, 0.7)
    """
    return x1 / z, x2 / z


@elementwise(np.deg2rad, np.radians, math.radians)
def deg2rad(y, x):
    """
    >>> deg2rad(v)
    >>> deg2rad(s)
    """
    return np.pi / 180


@elementwise(np.rad2deg, np.degrees, math.degrees)
def rad2deg(y, x):
    """
    >>> rad2deg(v)
    >>> rad2deg(s)
    """
    return 180 / np.pi


@elementwise(np.sinc)
def sinc(y, x):
    """
    >>> sinc(v)
    >>> sinc(0.01 * v)
    >>> sinc(s)
    """
    return sinc_slope(y, x)


@elementwise(np.i0)
def i0(y, x):
    """
    >>> i0(v)
    >>> i0(-20.0 * p)
    """
    return bessel_i1(x)
