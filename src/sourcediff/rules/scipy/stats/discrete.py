"""Probabilities of whole numbers, in the parameters that are not."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from sourcediff.rules.declare import elementwise
from sourcediff.runtime.scipy.scores import where_finite


@elementwise(stats.poisson.logpmf, wrt=("mu",), reals=True)
def poisson_logpmf(y, k, mu, loc=0):
    """
    >>> poisson_logpmf(i, p)
    >>> poisson_logpmf(k, s, 1)
    """
    return where_finite(y, (k - loc) / mu - 1)


@elementwise(stats.poisson.pmf, wrt=("mu",), reals=True)
def poisson_pmf(y, k, mu, loc=0):
    """
    >>> poisson_pmf(i, p)
    >>> poisson_pmf(k, s, 1)
    """
    return y * ((k - loc) / mu - 1)


@elementwise(stats.poisson.cdf, wrt=("mu",), reals=True)
def poisson_cdf(y, k, mu, loc=0):
    """
    >>> poisson_cdf(i, p)
    >>> poisson_cdf(k, s, 1)
    """
    return -stats.poisson.pmf(np.floor(k), mu, loc)


@elementwise(stats.bernoulli.logpmf, wrt=("p",), reals=True)
def bernoulli_logpmf(y, k, p, loc=0):
    """
    >>> bernoulli_logpmf(i // 3, p / 3)
    >>> bernoulli_logpmf(1, 0.37)
    """
    return where_finite(y, (k - loc) / p - (1 - k + loc) / (1 - p))


@elementwise(stats.bernoulli.pmf, wrt=("p",), reals=True)
def bernoulli_pmf(y, k, p, loc=0):
    """
    >>> bernoulli_pmf(i // 3, p / 3)
    >>> bernoulli_pmf(1, 0.37)
    """
    return y * ((k - loc) / p - (1 - k + loc) / (1 - p))


@elementwise(stats.binom.logpmf, wrt=("p",), reals=True)
def binom_logpmf(y, k, n, p, loc=0):
    """
    >>> binom_logpmf(i, 5, p / 3)
    >>> binom_logpmf(2, 5, 0.37, 1)
    """
    return where_finite(y, (k - loc) / p - (n - k + loc) / (1 - p))


@elementwise(stats.binom.pmf, wrt=("p",), reals=True)
def binom_pmf(y, k, n, p, loc=0):
    """
    >>> binom_pmf(i, 5, p / 3)
    >>> binom_pmf(2, 5, 0.37, 1)
    """
    return y * ((k - loc) / p - (n - k + loc) / (1 - p))


@elementwise(stats.geom.logpmf, wrt=("p",), reals=True)
def geom_logpmf(y, k, p, loc=0):
    """
    >>> geom_logpmf(i + 1, 0.2 + p / 5)
    >>> geom_logpmf(2, 0.37)
    """
    return where_finite(y, 1 / p - (k - loc - 1) / (1 - p))


@elementwise(stats.geom.pmf, wrt=("p",), reals=True)
def geom_pmf(y, k, p, loc=0):
    """
    >>> geom_pmf(i + 1, 0.2 + p / 5)
    >>> geom_pmf(2, 0.37)
    """
    return y * (1 / p - (k - loc - 1) / (1 - p))


@elementwise(stats.nbinom.pmf, wrt=("n", "p"), reals=True)
def nbinom_pmf(y, k, n, p, loc=0):
    """
    >>> nbinom_pmf(i, p, p[::-1] / 3)
    >>> nbinom_pmf(2, s, 0.37)
    """
    # Outside of the support y is 0, and the argument may be a pole.
    first = np.where(y > 0, k - loc + n, 1.0)
    by_n = special.digamma(first) - special.digamma(n) + np.log(p)
    return y * by_n, y * (n / p - (k - loc) / (1 - p))


@elementwise(stats.nbinom.logpmf, wrt=("n", "p"), reals=True)
def nbinom_logpmf(y, k, n, p, loc=0):
    """
    >>> nbinom_logpmf(i, p, p[::-1] / 3)
    >>> nbinom_logpmf(2, s, 0.37)
    """
    first = np.where(np.isfinite(y), k - loc + n, 1.0)
    by_n = special.digamma(first) - special.digamma(n) + np.log(p)
    return where_finite(y, by_n), where_finite(y, n / p - (k - loc) / (1 - p))
