"""Distribution functions of counts, and inverses: DLMF 8.17, 8.23 and 26.

An inverse has one over the density as its derivative.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise
from sourcediff.runtime.scipy.densities import chi2_density, f_density, tukey_density
from sourcediff.runtime.scipy.special import kolmogorov_slope


@elementwise(special.chdtri, wrt=("p",))
def chdtri(x, v, p):
    """
    >>> chdtri(p[::-1] + 1, 0.2 + p / 5)
    >>> chdtri(s, 0.37)
    """
    return -1 / chi2_density(v, x)


@elementwise(special.fdtri, wrt=("p",))
def fdtri(x, dfn, dfd, p):
    """
    >>> fdtri(p[::-1] + 1, p + 2, 0.2 + p / 5)
    >>> fdtri(s, 3.3, 0.37)
    """
    return 1 / f_density(dfn, dfd, x)


@elementwise(special.gdtrix, wrt=("a", "p"))
def gdtrix(x, a, b, p):
    """
    >>> gdtrix(p, p[::-1] + 1, 0.2 + p / 5)
    >>> gdtrix(s, 3.3, 0.37)
    """
    density = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b))
    return -x / a, 1 / (a * density)


@elementwise(special.gdtria, wrt=("p", "x"))
def gdtria(a, p, b, x):
    """
    >>> gdtria(0.2 + p / 5, p[::-1] + 1, p)
    >>> gdtria(0.37, 3.3, s)
    """
    density = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b))
    return 1 / (x * density), -a / x


@elementwise(special.nrdtrimn)
def nrdtrimn(mn, p, std, x):
    """
    >>> nrdtrimn(0.2 + p / 5, p, v)
    >>> nrdtrimn(0.37, t, s)
    """
    z = special.ndtri(p)
    return -std * math.sqrt(2 * math.pi) * np.exp(z**2 / 2), -z, 1


@elementwise(special.nrdtrisd)
def nrdtrisd(std, mn, p, x):
    """
    >>> nrdtrisd(v, 0.07 + p / 20, w)
    >>> nrdtrisd(s, 0.12, t)
    """
    z = special.ndtri(p)
    by_p = -std / z * math.sqrt(2 * math.pi) * np.exp(z**2 / 2)
    return -1 / z, by_p, 1 / z


@elementwise(special.bdtr, wrt=("p",))
def bdtr(y, k, n, p):
    """
    >>> bdtr(k, 5, p / 3)
    >>> bdtr(0, 3, 0.37)
    """
    count = np.floor(k)
    logarithm = special.xlogy(count, p) + special.xlog1py(n - count - 1, -p)
    return -np.exp(logarithm - special.betaln(n - count, count + 1))


@elementwise(special.bdtrc, wrt=("p",))
def bdtrc(y, k, n, p):
    """
    >>> bdtrc(k, 5, p / 3)
    >>> bdtrc(0, 3, 0.37)
    """
    count = np.floor(k)
    logarithm = special.xlogy(count, p) + special.xlog1py(n - count - 1, -p)
    return np.exp(logarithm - special.betaln(n - count, count + 1))


@elementwise(special.bdtri, wrt=("y",))
def bdtri(p, k, n, y):
    """
    >>> bdtri(k, 5, 0.2 + p / 5)
    >>> bdtri(0, 3, 0.37)
    """
    count = np.floor(k)
    logarithm = special.xlogy(count, p) + special.xlog1py(n - count - 1, -p)
    return -np.exp(special.betaln(n - count, count + 1) - logarithm)


@elementwise(special.nbdtr, wrt=("p",))
def nbdtr(y, k, n, p):
    """
    >>> nbdtr(k, 5, p / 3)
    >>> nbdtr(0, 3, 0.37)
    """
    logarithm = special.xlogy(n - 1, p) + special.xlog1py(k, -p)
    return np.exp(logarithm - special.betaln(n, k + 1))


@elementwise(special.nbdtrc, wrt=("p",))
def nbdtrc(y, k, n, p):
    """
    >>> nbdtrc(k, 5, p / 3)
    >>> nbdtrc(0, 3, 0.37)
    """
    logarithm = special.xlogy(n - 1, p) + special.xlog1py(k, -p)
    return -np.exp(logarithm - special.betaln(n, k + 1))


@elementwise(special.nbdtri, wrt=("y",))
def nbdtri(p, k, n, y):
    """
    >>> nbdtri(k, 5, 0.2 + p / 5)
    >>> nbdtri(0, 3, 0.37)
    """
    logarithm = special.xlogy(n - 1, p) + special.xlog1py(k, -p)
    return np.exp(special.betaln(n, k + 1) - logarithm)


@elementwise(special.pdtri, wrt=("y",))
def pdtri(m, k, y):
    """
    >>> pdtri(k, 0.2 + p / 5)
    >>> pdtri(0, 0.37)
    """
    count = k // 1
    return -np.exp(m - count * np.log(m) + special.gammaln(np.ones_like(m) + count))


@elementwise(special.kolmogorov)
def kolmogorov(y, x):
    """
    Marsaglia, Tsang and Wang 2003, "Evaluating Kolmogorov's distribution".

    >>> kolmogorov(0.3 + p / 2)
    >>> kolmogorov(t)
    """
    return kolmogorov_slope(x)


@elementwise(special.kolmogi)
def kolmogi(x, p):
    """
    >>> kolmogi(0.2 + p / 5)
    >>> kolmogi(0.37)
    """
    return 1 / kolmogorov_slope(x)


@elementwise(special.tklmbda, wrt=("x",))
def tklmbda(y, x, lmbda):
    """
    >>> tklmbda(u / 3, 0.7)
    >>> tklmbda(0.2, -0.4)
    """
    return tukey_density(y, lmbda)


if hasattr(special, "log_wright_bessel"):  # since 1.14

    @elementwise(special.log_wright_bessel, wrt=("x",))
    def log_wright_bessel(y, a, b, x):
        """
        >>> log_wright_bessel(0.7, 1.3, p)
        >>> log_wright_bessel(0.7, 1.3, s)
        """
        return np.exp(special.log_wright_bessel(a, a + b, x) - y)


@elementwise(special.diric, wrt=("x",))
def diric(y, x, n):
    """
    >>> diric(v, 3)
    >>> diric(s, 4)
    """
    half = x / 2
    return (n * np.cos(n * half) / n - y * np.cos(half)) / (2 * np.sin(half))
