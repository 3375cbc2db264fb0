"""Exponentials, logarithms, entropies and losses."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise, nondifferentiable
from sourcediff.runtime.scipy.special import xlogy_ratio

nondifferentiable(special.round)


@elementwise(special.expit)
def expit(y, x):
    """
    >>> expit(v)
    >>> expit(s)
    """
    return y * (1 - y)


if hasattr(special, "softplus"):  # since 1.17

    @elementwise(special.softplus)
    def softplus(y, x):
        """
        >>> softplus(v)
        >>> softplus(s)
        """
        return special.expit(x)


@elementwise(special.logit)
def logit(y, x):
    """
    >>> logit(p / 3)
    >>> logit(0.37)
    """
    return 1 / (x * (1 - x))


@elementwise(special.log_expit)
def log_expit(y, x):
    """
    >>> log_expit(v)
    >>> log_expit(s)
    """
    return special.expit(-x)


@elementwise(special.xlogy)
def xlogy(z, x, y):
    """
    >>> xlogy(v, p)
    >>> xlogy(0.0, s)
    >>> xlogy(s, t)
    """
    return np.log(y), xlogy_ratio(x, y)


@elementwise(special.xlog1py)
def xlog1py(z, x, y):
    """
    >>> xlog1py(v, p)
    >>> xlog1py(s, t)
    """
    return np.log1p(y), xlogy_ratio(x, 1 + y)


@elementwise(special.entr)
def entr(y, x):
    """
    >>> entr(p)
    >>> entr(s)
    """
    return -np.log(x) - 1


@elementwise(special.rel_entr)
def rel_entr(z, x, y):
    """
    >>> rel_entr(p, p[::-1])
    >>> rel_entr(s, t)
    """
    return np.log(x / y) + 1, -x / y


@elementwise(special.kl_div)
def kl_div(z, x, y):
    """
    >>> kl_div(p, p[::-1])
    >>> kl_div(s, t)
    """
    return np.log(x / y), 1 - x / y


@elementwise(special.huber)
def huber(y, delta, r):
    """
    >>> huber(p, v[::-1])
    >>> huber(t, s)
    """
    return np.maximum(np.abs(r) - delta, 0), np.clip(r, -delta, delta)


@elementwise(special.pseudo_huber)
def pseudo_huber(y, delta, r):
    """
    >>> pseudo_huber(p, v)
    >>> pseudo_huber(s, t)
    """
    slope = r / np.sqrt(1 + (r / delta) ** 2)
    return (2 * y - r * slope) / delta, slope


@elementwise(special.cbrt)
def cbrt(y, x):
    """
    >>> cbrt(v)
    >>> cbrt(s)
    """
    return 1 / (3 * y**2)


@elementwise(special.exp2)
def exp2(y, x):
    """
    >>> exp2(v)
    >>> exp2(s)
    """
    return math.log(2) * y


@elementwise(special.exp10)
def exp10(y, x):
    """
    >>> exp10(v)
    >>> exp10(s)
    """
    return math.log(10) * y


@elementwise(special.expm1)
def expm1(y, x):
    """
    >>> expm1(v)
    >>> expm1(z)
    >>> expm1(s)
    """
    return y + 1


@elementwise(special.log1p)
def log1p(y, x):
    """
    >>> log1p(p)
    >>> log1p(z)
    >>> log1p(s)
    """
    return 1 / (1 + x)


@elementwise(special.exprel)
def exprel(y, x):
    """It is the confluent function 1F1(1, 2, x).

    >>> exprel(v)
    >>> exprel(1e-9)
    >>> exprel(s)
    """
    return special.hyp1f1(2, 3, x) / 2


@elementwise(special.cosm1)
def cosm1(y, x):
    """
    >>> cosm1(v)
    >>> cosm1(s)
    """
    return -np.sin(x)


@elementwise(special.sindg)
def sindg(y, x):
    """
    >>> sindg(50 * v)
    >>> sindg(s)
    """
    return math.pi / 180 * special.cosdg(x)


@elementwise(special.cosdg)
def cosdg(y, x):
    """
    >>> cosdg(50 * v)
    >>> cosdg(s)
    """
    return -math.pi / 180 * special.sindg(x)


@elementwise(special.tandg)
def tandg(y, x):
    """
    >>> tandg(20 * v)
    >>> tandg(s)
    """
    return math.pi / 180 * (1 + y**2)


@elementwise(special.cotdg)
def cotdg(y, x):
    """
    >>> cotdg(20 * v)
    >>> cotdg(s)
    """
    return -math.pi / 180 * (1 + y**2)


@elementwise(special.radian)
def radian(y, d, m, s):
    """
    >>> radian(v, w, p)
    >>> radian(s, t, 0.71)
    """
    return math.pi / 180, math.pi / 10800, math.pi / 648000


@elementwise(special.powm1)
def powm1(z, x, y):
    """
    >>> powm1(p, v)
    >>> powm1(s, t)
    """
    return y * x ** (y - 1), (z + 1) * np.log(x)


@elementwise(special.boxcox)
def boxcox(y, x, lmbda):
    """It is log(x) exprel(lmbda log(x)), smooth in lmbda.

    >>> boxcox(p, v)
    >>> boxcox(s, 0.0)
    """
    u = np.log(x)
    return x ** (lmbda - 1), u**2 / 2 * special.hyp1f1(2, 3, lmbda * u)


@elementwise(special.boxcox1p)
def boxcox1p(y, x, lmbda):
    """
    >>> boxcox1p(p, v)
    >>> boxcox1p(s, 0.0)
    """
    u = np.log1p(x)
    return np.exp((lmbda - 1) * u), u**2 / 2 * special.hyp1f1(2, 3, lmbda * u)


@elementwise(special.inv_boxcox)
def inv_boxcox(x, y, lmbda):
    """
    >>> inv_boxcox(p / 3, u)
    >>> inv_boxcox(s, 0.0)
    """
    u = np.log(x)
    slope = x ** (1 - lmbda)
    return slope, -slope * u**2 / 2 * special.hyp1f1(2, 3, lmbda * u)


@elementwise(special.inv_boxcox1p)
def inv_boxcox1p(x, y, lmbda):
    """
    >>> inv_boxcox1p(p / 3, u)
    >>> inv_boxcox1p(s, 0.0)
    """
    u = np.log1p(x)
    slope = np.exp((1 - lmbda) * u)
    return slope, -slope * u**2 / 2 * special.hyp1f1(2, 3, lmbda * u)


@elementwise(special.lambertw, wrt=("z",))
def lambertw(y, z, k=0, tol=1e-8):
    """
    >>> lambertw(z)
    >>> lambertw(c)
    >>> lambertw(z, -1)
    """
    return np.exp(-y) / (1 + y)


@elementwise(special.wrightomega)
def wrightomega(y, z):
    """
    >>> wrightomega(v)
    >>> wrightomega(z)
    """
    return y / (1 + y)
