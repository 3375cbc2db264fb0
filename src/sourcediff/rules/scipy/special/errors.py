"""The error function and the normal distribution's: DLMF 7."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise


@elementwise(special.erf)
def erf(y, z):
    """
    >>> erf(v)
    >>> erf(z)
    >>> erf(s)
    """
    return 2 / math.sqrt(math.pi) * np.exp(-(z**2))


@elementwise(special.erfc)
def erfc(y, x):
    """
    >>> erfc(v)
    >>> erfc(z)
    >>> erfc(s)
    """
    return -2 / math.sqrt(math.pi) * np.exp(-(x**2))


@elementwise(special.erfcx)
def erfcx(y, x):
    """
    >>> erfcx(v)
    >>> erfcx(z)
    >>> erfcx(s)
    """
    return 2 * x * y - 2 / math.sqrt(math.pi)


@elementwise(special.erfi)
def erfi(y, z):
    """
    >>> erfi(v)
    >>> erfi(z)
    >>> erfi(s)
    """
    return 2 / math.sqrt(math.pi) * np.exp(z**2)


@elementwise(special.erfinv)
def erfinv(x, y):
    """
    >>> erfinv(u)
    >>> erfinv(0.37)
    """
    return math.sqrt(math.pi) / 2 * np.exp(x**2)


@elementwise(special.erfcinv)
def erfcinv(x, y):
    """
    >>> erfcinv(p / 2)
    >>> erfcinv(0.37)
    """
    return -math.sqrt(math.pi) / 2 * np.exp(x**2)


@elementwise(special.dawsn)
def dawsn(y, x):
    """
    >>> dawsn(v)
    >>> dawsn(z)
    >>> dawsn(s)
    """
    return 1 - 2 * x * y


@elementwise(special.wofz)
def wofz(y, z):
    """
    >>> wofz(z)
    """
    return 2j / math.sqrt(math.pi) - 2 * z * y


@elementwise(special.ndtr)
def ndtr(y, x):
    """
    >>> ndtr(v)
    >>> ndtr(s)
    """
    return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


@elementwise(special.log_ndtr)
def log_ndtr(y, x):
    """
    >>> log_ndtr(v)
    >>> log_ndtr(-12.5)
    >>> log_ndtr(s)
    """
    return np.exp(-(x**2) / 2 - y) / math.sqrt(2 * math.pi)


@elementwise(special.ndtri)
def ndtri(x, y):
    """
    >>> ndtri(p / 3)
    >>> ndtri(0.37)
    """
    return math.sqrt(2 * math.pi) * np.exp(x**2 / 2)


@elementwise(special.ndtri_exp)
def ndtri_exp(x, y):
    """
    >>> ndtri_exp(-p)
    >>> ndtri_exp(-0.37)
    """
    return math.sqrt(2 * math.pi) * np.exp(x**2 / 2 + y)


@elementwise(special.owens_t)
def owens_t(y, h, a):
    """
    >>> owens_t(v, w)
    >>> owens_t(s, t)
    """
    density = np.exp(-(h**2) / 2) / math.sqrt(8 * math.pi)
    radius = 1 + a**2
    by_a = np.exp(-(h**2) * radius / 2) / (2 * math.pi * radius)
    return -density * special.erf(a * h / math.sqrt(2)), by_a


@elementwise(special.voigt_profile)
def voigt_profile(y, x, sigma, gamma):
    """
    >>> voigt_profile(v, p, p[::-1])
    >>> voigt_profile(s, t, 0.71)
    """
    width = math.sqrt(2) * sigma
    scale = width * math.sqrt(math.pi) * width
    position = (x + 1j * gamma) / width
    slope = 2j / math.sqrt(math.pi) - 2 * position * special.wofz(position)
    by_sigma = -y / sigma - np.real(slope * position) / (scale / math.sqrt(2))
    return np.real(slope) / scale, by_sigma, -np.imag(slope) / scale
