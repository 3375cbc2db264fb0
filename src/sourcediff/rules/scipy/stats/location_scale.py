"""Distributions of `z = (x - loc) / scale` alone: one text for all of them.

What differs is `score`, the slope of the logarithm of the standard density.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from sourcediff.rules.declare import elementwise, with_meanings
from sourcediff.runtime.scipy import scores
from sourcediff.runtime.scipy.scores import where_finite

dist = stats.norm
score = scores.norm


def logpdf(y, x, loc=0, scale=1):
    """
    >>> logpdf(p / 3, -0.1, 1.7)
    >>> logpdf(p / 3, -p[::-1] / 9, p + 1)
    >>> logpdf(0.37)
    """
    z = (x - loc) / scale
    slope = where_finite(y, score(z) / scale)
    return slope, -slope, -z * slope - where_finite(y, 1 / scale)


def pdf(y, x, loc=0, scale=1):
    """
    >>> pdf(p / 3, -0.1, 1.7)
    >>> pdf(p / 3, -p[::-1] / 9, p + 1)
    >>> pdf(0.37)
    """
    z = (x - loc) / scale
    slope = y * score(z) / scale
    return slope, -slope, -z * slope - y / scale


def cdf(y, x, loc=0, scale=1):
    """
    >>> cdf(p / 3, -0.1, 1.7)
    >>> cdf(p / 3, -p[::-1] / 9, p + 1)
    >>> cdf(0.37)
    """
    slope = dist.pdf(x, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


def sf(y, x, loc=0, scale=1):
    """
    >>> sf(p / 3, -0.1, 1.7)
    >>> sf(p / 3, -p[::-1] / 9, p + 1)
    >>> sf(0.37)
    """
    slope = -dist.pdf(x, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


def logcdf(y, x, loc=0, scale=1):
    """
    >>> logcdf(p / 3, -0.1, 1.7)
    >>> logcdf(p / 3, -p[::-1] / 9, p + 1)
    >>> logcdf(0.37)
    """
    slope = np.exp(dist.logpdf(x, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


def logsf(y, x, loc=0, scale=1):
    """
    >>> logsf(p / 3, -0.1, 1.7)
    >>> logsf(p / 3, -p[::-1] / 9, p + 1)
    >>> logsf(0.37)
    """
    slope = -np.exp(dist.logpdf(x, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


def ppf(x, q, loc=0, scale=1):
    """
    >>> ppf(0.2 + p / 4, -0.1, 1.7)
    >>> ppf(0.2 + p / 4, -p[::-1] / 9, p + 1)
    >>> ppf(0.37)
    """
    return 1 / dist.pdf(x, loc, scale), 1, (x - loc) / scale


for _dist in (
    *(stats.norm, stats.expon, stats.uniform, stats.laplace, stats.logistic),
    *(stats.cauchy, stats.gumbel_r, stats.gumbel_l, stats.rayleigh, stats.maxwell),
    *(stats.halfnorm, stats.halfcauchy, stats.hypsecant),
):
    for _text in (logpdf, pdf, cdf, sf, logcdf, logsf, ppf):
        _first = "q" if _text is ppf else "x"
        _wrt = (_first, "loc", "scale")
        elementwise(getattr(_dist, _text.__name__), wrt=_wrt, reals=True)(
            with_meanings(_text, dist=_dist, score=getattr(scores, _dist.name))
        )
