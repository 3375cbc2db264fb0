"""Distribution functions of whole numbers, in the parameters that are not.

A sum of probabilities telescopes when it is differentiated: one term is left.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from sourcediff.rules.declare import elementwise
from sourcediff.runtime.scipy.scores import where_finite


@elementwise(stats.poisson.sf, wrt=("mu",), reals=True)
def poisson_sf(y, k, mu, loc=0):
    """
    >>> poisson_sf(i, p)
    >>> poisson_sf(k, s, 1)
    >>> poisson_sf([-1, 0, 2.5, 3, 9], s)
    """
    floor = np.floor(k)
    return stats.poisson.pmf(floor, mu, loc)


@elementwise(stats.poisson.logcdf, wrt=("mu",), reals=True)
def poisson_logcdf(y, k, mu, loc=0):
    """
    >>> poisson_logcdf(i, p)
    >>> poisson_logcdf(k, s, 1)
    """
    floor = np.floor(k)
    return where_finite(
        y, -stats.poisson.pmf(floor, mu, loc) * np.exp(-where_finite(y, y))
    )


@elementwise(stats.poisson.logsf, wrt=("mu",), reals=True)
def poisson_logsf(y, k, mu, loc=0):
    """
    >>> poisson_logsf(i, p)
    >>> poisson_logsf(k, s, 1)
    """
    floor = np.floor(k)
    return where_finite(
        y, stats.poisson.pmf(floor, mu, loc) * np.exp(-where_finite(y, y))
    )


@elementwise(stats.bernoulli.cdf, wrt=("p",), reals=True)
def bernoulli_cdf(y, k, p, loc=0):
    """
    >>> bernoulli_cdf(i // 3, p / 3)
    >>> bernoulli_cdf(1, 0.37)
    >>> bernoulli_cdf([-1, 0, 0.5, 1, 2], 0.37)
    """
    floor = np.floor(k)
    return -(1 - floor + loc) / (1 - p) * stats.bernoulli.pmf(floor, p, loc)


@elementwise(stats.bernoulli.sf, wrt=("p",), reals=True)
def bernoulli_sf(y, k, p, loc=0):
    """
    >>> bernoulli_sf(i // 3, p / 3)
    >>> bernoulli_sf(1, 0.37)
    >>> bernoulli_sf([-1, 0, 0.5, 1, 2], 0.37)
    """
    floor = np.floor(k)
    return (1 - floor + loc) / (1 - p) * stats.bernoulli.pmf(floor, p, loc)


@elementwise(stats.bernoulli.logcdf, wrt=("p",), reals=True)
def bernoulli_logcdf(y, k, p, loc=0):
    """
    >>> bernoulli_logcdf(i // 3, p / 3)
    >>> bernoulli_logcdf(1, 0.37)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        -(1 - floor + loc)
        / (1 - p)
        * stats.bernoulli.pmf(floor, p, loc)
        * np.exp(-where_finite(y, y)),
    )


@elementwise(stats.bernoulli.logsf, wrt=("p",), reals=True)
def bernoulli_logsf(y, k, p, loc=0):
    """
    >>> bernoulli_logsf(i * 0, 0.2 + p / 4)
    >>> bernoulli_logsf(0, 0.37)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        (1 - floor + loc)
        / (1 - p)
        * stats.bernoulli.pmf(floor, p, loc)
        * np.exp(-where_finite(y, y)),
    )


@elementwise(stats.binom.cdf, wrt=("p",), reals=True)
def binom_cdf(y, k, n, p, loc=0):
    """
    >>> binom_cdf(i, 5, p / 3)
    >>> binom_cdf(2, 5, 0.37, 1)
    >>> binom_cdf([-1, 0, 2.5, 5, 7], 5, 0.37)
    """
    floor = np.floor(k)
    return -(n - floor + loc) / (1 - p) * stats.binom.pmf(floor, n, p, loc)


@elementwise(stats.binom.sf, wrt=("p",), reals=True)
def binom_sf(y, k, n, p, loc=0):
    """
    >>> binom_sf(i, 5, p / 3)
    >>> binom_sf(2, 5, 0.37, 1)
    >>> binom_sf([-1, 0, 2.5, 5, 7], 5, 0.37)
    """
    floor = np.floor(k)
    return (n - floor + loc) / (1 - p) * stats.binom.pmf(floor, n, p, loc)


@elementwise(stats.binom.logcdf, wrt=("p",), reals=True)
def binom_logcdf(y, k, n, p, loc=0):
    """
    >>> binom_logcdf(i, 5, p / 3)
    >>> binom_logcdf(2, 5, 0.37, 1)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        -(n - floor + loc)
        / (1 - p)
        * stats.binom.pmf(floor, n, p, loc)
        * np.exp(-where_finite(y, y)),
    )


@elementwise(stats.binom.logsf, wrt=("p",), reals=True)
def binom_logsf(y, k, n, p, loc=0):
    """
    >>> binom_logsf(i, 5, p / 3)
    >>> binom_logsf(2, 5, 0.37, 1)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        (n - floor + loc)
        / (1 - p)
        * stats.binom.pmf(floor, n, p, loc)
        * np.exp(-where_finite(y, y)),
    )


@elementwise(stats.geom.cdf, wrt=("p",), reals=True)
def geom_cdf(y, k, p, loc=0):
    """
    >>> geom_cdf(i + 1, 0.2 + p / 5)
    >>> geom_cdf(2, 0.37)
    >>> geom_cdf([0, 1, 2.5, 3, 9], 0.37)
    """
    floor = np.floor(k)
    return (floor - loc) / p * stats.geom.pmf(floor, p, loc)


@elementwise(stats.geom.sf, wrt=("p",), reals=True)
def geom_sf(y, k, p, loc=0):
    """
    >>> geom_sf(i + 1, 0.2 + p / 5)
    >>> geom_sf(2, 0.37)
    >>> geom_sf([0, 1, 2.5, 3, 9], 0.37)
    """
    floor = np.floor(k)
    return -(floor - loc) / p * stats.geom.pmf(floor, p, loc)


@elementwise(stats.geom.logcdf, wrt=("p",), reals=True)
def geom_logcdf(y, k, p, loc=0):
    """
    >>> geom_logcdf(i + 1, 0.2 + p / 5)
    >>> geom_logcdf(2, 0.37)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        (floor - loc) / p * stats.geom.pmf(floor, p, loc) * np.exp(-where_finite(y, y)),
    )


@elementwise(stats.geom.logsf, wrt=("p",), reals=True)
def geom_logsf(y, k, p, loc=0):
    """
    >>> geom_logsf(i + 1, 0.2 + p / 5)
    >>> geom_logsf(2, 0.37)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        -(floor - loc)
        / p
        * stats.geom.pmf(floor, p, loc)
        * np.exp(-where_finite(y, y)),
    )


@elementwise(stats.nbinom.cdf, wrt=("p",), reals=True)
def nbinom_cdf(y, k, n, p, loc=0):
    """
    >>> nbinom_cdf(i, 4, p / 3)
    >>> nbinom_cdf(2, 3.3, 0.37)
    >>> nbinom_cdf([-1, 0, 2.5, 5, 7], 2.2, 0.37)
    """
    floor = np.floor(k)
    return (floor - loc + n) / p * stats.nbinom.pmf(floor, n, p, loc)


@elementwise(stats.nbinom.sf, wrt=("p",), reals=True)
def nbinom_sf(y, k, n, p, loc=0):
    """
    >>> nbinom_sf(i, 4, p / 3)
    >>> nbinom_sf(2, 3.3, 0.37)
    >>> nbinom_sf([-1, 0, 2.5, 5, 7], 2.2, 0.37)
    """
    floor = np.floor(k)
    return -(floor - loc + n) / p * stats.nbinom.pmf(floor, n, p, loc)


@elementwise(stats.nbinom.logcdf, wrt=("p",), reals=True)
def nbinom_logcdf(y, k, n, p, loc=0):
    """
    >>> nbinom_logcdf(i, 4, p / 3)
    >>> nbinom_logcdf(2, 3.3, 0.37)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        (floor - loc + n)
        / p
        * stats.nbinom.pmf(floor, n, p, loc)
        * np.exp(-where_finite(y, y)),
    )


@elementwise(stats.nbinom.logsf, wrt=("p",), reals=True)
def nbinom_logsf(y, k, n, p, loc=0):
    """
    >>> nbinom_logsf(i, 4, p / 3)
    >>> nbinom_logsf(2, 3.3, 0.37)
    """
    floor = np.floor(k)
    return where_finite(
        y,
        -(floor - loc + n)
        / p
        * stats.nbinom.pmf(floor, n, p, loc)
        * np.exp(-where_finite(y, y)),
    )
