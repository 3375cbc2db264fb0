"""Integrals of elementary functions and of Bessel's: DLMF 6, 7, 10.43 and 25.12."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise, jvp, rule
from sourcediff.runtime.scipy.special import log_over_distance, sinhc


@elementwise(special.expi)
def expi(y, x):
    """
    >>> expi(v)
    >>> expi(z)
    >>> expi(s)
    """
    return np.exp(x) / x


@elementwise(special.exp1)
def exp1(y, x):
    """
    >>> exp1(p)
    >>> exp1(z)
    >>> exp1(s)
    """
    return -np.exp(-x) / x


@elementwise(special.expn, wrt=("x",))
def expn(y, n, x):
    """SciPy does not have the order -1.

    >>> expn(k, p)
    >>> expn(0, p)
    >>> expn(1, s)
    """
    below = special.expn(np.maximum(n - 1, 0), x)
    return -np.where(np.equal(n, 0), np.exp(-x) / x * (1 + 1 / x), below)


@elementwise(special.spence)
def spence(y, z):
    """
    >>> spence(p)
    >>> spence(1.0)
    >>> spence(s)
    """
    return log_over_distance(z)


@rule(special.sici)
def sici(y_bar, y, x):
    """
    >>> sici(p)
    >>> sici(s)
    """
    x = np.conj(x)
    return y_bar[0] * np.sinc(x / math.pi) + y_bar[1] * np.cos(x) / x


@jvp(sici)
def sici_jvp(x_dot, y, x):
    return x_dot * np.sinc(x / math.pi), x_dot * np.cos(x) / x


@rule(special.shichi)
def shichi(y_bar, y, x):
    """
    >>> shichi(p)
    >>> shichi(s)
    """
    x = np.conj(x)
    return y_bar[0] * sinhc(x) + y_bar[1] * np.cosh(x) / x


@jvp(shichi)
def shichi_jvp(x_dot, y, x):
    return x_dot * sinhc(x), x_dot * np.cosh(x) / x


@rule(special.fresnel)
def fresnel(y_bar, y, z):
    """
    >>> fresnel(v)
    >>> fresnel(s)
    """
    angle = math.pi / 2 * np.conj(z) ** 2
    return y_bar[0] * np.sin(angle) + y_bar[1] * np.cos(angle)


@jvp(fresnel)
def fresnel_jvp(z_dot, y, z):
    angle = math.pi / 2 * z**2
    return z_dot * np.sin(angle), z_dot * np.cos(angle)


@rule(special.itj0y0)
def itj0y0(y_bar, y, x):
    """
    >>> itj0y0(p)
    >>> itj0y0(s)
    """
    return y_bar[0] * special.j0(x) + y_bar[1] * special.y0(x)


@jvp(itj0y0)
def itj0y0_jvp(x_dot, y, x):
    return x_dot * special.j0(x), x_dot * special.y0(x)


@rule(special.iti0k0)
def iti0k0(y_bar, y, x):
    """
    >>> iti0k0(p)
    >>> iti0k0(s)
    """
    return y_bar[0] * special.i0(x) + y_bar[1] * special.k0(x)


@jvp(iti0k0)
def iti0k0_jvp(x_dot, y, x):
    return x_dot * special.i0(x), x_dot * special.k0(x)


@elementwise(special.itstruve0)
def itstruve0(y, x):
    """
    >>> itstruve0(p)
    >>> itstruve0(s)
    """
    return special.struve(np.zeros_like(x), x)


@elementwise(special.itmodstruve0)
def itmodstruve0(y, x):
    """
    >>> itmodstruve0(p)
    >>> itmodstruve0(s)
    """
    return special.modstruve(np.zeros_like(x), x)
