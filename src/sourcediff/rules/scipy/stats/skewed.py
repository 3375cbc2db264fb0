"""Skewed, truncated and circular distributions."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from sourcediff.rules.declare import elementwise
from sourcediff.runtime.scipy.scores import (
    inside,
    normal_hazard,
    skew_turn,
    where_finite,
)


@elementwise(stats.skewnorm.logpdf, wrt=("x", "a", "loc", "scale"), reals=True)
def skewnorm_logpdf(y, x, a, loc=0, scale=1):
    """
    >>> skewnorm_logpdf(v, s, 0.3, 1.7)
    >>> skewnorm_logpdf(v, p + 1, w, p[::-1])
    >>> skewnorm_logpdf(t, s)
    """
    z = (x - loc) / scale
    slope = where_finite(y, (a * normal_hazard(a * z) - z) / scale)
    by_a = where_finite(y, z * normal_hazard(a * z))
    return slope, by_a, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.skewnorm.pdf, wrt=("x", "a", "loc", "scale"), reals=True)
def skewnorm_pdf(y, x, a, loc=0, scale=1):
    """
    >>> skewnorm_pdf(v, s, 0.3, 1.7)
    >>> skewnorm_pdf(v, p + 1, w, p[::-1])
    >>> skewnorm_pdf(t, s)
    """
    z = (x - loc) / scale
    slope = y * (a * normal_hazard(a * z) - z) / scale
    by_a = y * (z * normal_hazard(a * z))
    return slope, by_a, -slope, -z * slope - y / scale


@elementwise(stats.skewnorm.cdf, wrt=("x", "a", "loc", "scale"), reals=True)
def skewnorm_cdf(y, x, a, loc=0, scale=1):
    """
    >>> skewnorm_cdf(v, s, 0.3, 1.7)
    >>> skewnorm_cdf(v, p + 1, w, p[::-1])
    >>> skewnorm_cdf(t, s)
    """
    z = (x - loc) / scale
    slope = stats.skewnorm.pdf(x, a, loc, scale)
    by_a = skew_turn(z, a)
    return slope, by_a, -slope, -(x - loc) / scale * slope


@elementwise(stats.skewnorm.sf, wrt=("x", "a", "loc", "scale"), reals=True)
def skewnorm_sf(y, x, a, loc=0, scale=1):
    """
    >>> skewnorm_sf(v, s, 0.3, 1.7)
    >>> skewnorm_sf(v, p + 1, w, p[::-1])
    >>> skewnorm_sf(t, s)
    """
    z = (x - loc) / scale
    slope = -stats.skewnorm.pdf(x, a, loc, scale)
    by_a = -skew_turn(z, a)
    return slope, by_a, -slope, -(x - loc) / scale * slope


@elementwise(stats.skewnorm.logcdf, wrt=("x", "a", "loc", "scale"), reals=True)
def skewnorm_logcdf(y, x, a, loc=0, scale=1):
    """
    >>> skewnorm_logcdf(v, s, 0.3, 1.7)
    >>> skewnorm_logcdf(v, p + 1, w, p[::-1])
    >>> skewnorm_logcdf(t, s)
    """
    z = (x - loc) / scale
    slope = np.exp(stats.skewnorm.logpdf(x, a, loc, scale) - where_finite(y, y))
    by_a = where_finite(y, skew_turn(z, a) * np.exp(-where_finite(y, y)))
    return slope, by_a, -slope, -(x - loc) / scale * slope


@elementwise(stats.skewnorm.logsf, wrt=("x", "a", "loc", "scale"), reals=True)
def skewnorm_logsf(y, x, a, loc=0, scale=1):
    """
    >>> skewnorm_logsf(v, s, 0.3, 1.7)
    >>> skewnorm_logsf(v, p + 1, w, p[::-1])
    >>> skewnorm_logsf(t, s)
    """
    z = (x - loc) / scale
    slope = -np.exp(stats.skewnorm.logpdf(x, a, loc, scale) - where_finite(y, y))
    by_a = where_finite(y, -skew_turn(z, a) * np.exp(-where_finite(y, y)))
    return slope, by_a, -slope, -(x - loc) / scale * slope


@elementwise(stats.vonmises.logpdf, wrt=("x", "kappa", "loc", "scale"), reals=True)
def vonmises_logpdf(y, x, kappa, loc=0, scale=1):
    """
    >>> vonmises_logpdf(u, s, 0.3, 1.7)
    >>> vonmises_logpdf(u, p + 1, w / 4, p[::-1])
    >>> vonmises_logpdf(t, s)
    """
    z = (x - loc) / scale
    slope = where_finite(y, (-kappa * np.sin(z)) / scale)
    by_kappa = where_finite(y, np.cos(z) - special.i1e(kappa) / special.i0e(kappa))
    return slope, by_kappa, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.vonmises.pdf, wrt=("x", "kappa", "loc", "scale"), reals=True)
def vonmises_pdf(y, x, kappa, loc=0, scale=1):
    """
    >>> vonmises_pdf(u, s, 0.3, 1.7)
    >>> vonmises_pdf(u, p + 1, w / 4, p[::-1])
    >>> vonmises_pdf(t, s)
    """
    z = (x - loc) / scale
    slope = y * (-kappa * np.sin(z)) / scale
    by_kappa = y * (np.cos(z) - special.i1e(kappa) / special.i0e(kappa))
    return slope, by_kappa, -slope, -z * slope - y / scale


@elementwise(stats.vonmises.cdf, wrt=("x", "loc", "scale"), reals=True)
def vonmises_cdf(y, x, kappa, loc=0, scale=1):
    """
    >>> vonmises_cdf(u, s, 0.3, 1.7)
    >>> vonmises_cdf(u, p + 1, w / 4, p[::-1])
    >>> vonmises_cdf(t, s)
    """
    slope = stats.vonmises.pdf(x, kappa, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.vonmises.sf, wrt=("x", "loc", "scale"), reals=True)
def vonmises_sf(y, x, kappa, loc=0, scale=1):
    """
    >>> vonmises_sf(u, s, 0.3, 1.7)
    >>> vonmises_sf(u, p + 1, w / 4, p[::-1])
    >>> vonmises_sf(t, s)
    """
    slope = -stats.vonmises.pdf(x, kappa, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.vonmises.logcdf, wrt=("x", "loc", "scale"), reals=True)
def vonmises_logcdf(y, x, kappa, loc=0, scale=1):
    """
    >>> vonmises_logcdf(u, s, 0.3, 1.7)
    >>> vonmises_logcdf(u, p + 1, w / 4, p[::-1])
    >>> vonmises_logcdf(t, s)
    """
    slope = np.exp(stats.vonmises.logpdf(x, kappa, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.vonmises.logsf, wrt=("x", "loc", "scale"), reals=True)
def vonmises_logsf(y, x, kappa, loc=0, scale=1):
    """
    >>> vonmises_logsf(u, s, 0.3, 1.7)
    >>> vonmises_logsf(u, p + 1, w / 4, p[::-1])
    >>> vonmises_logsf(t, s)
    """
    slope = -np.exp(stats.vonmises.logpdf(x, kappa, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.truncnorm.logpdf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def truncnorm_logpdf(y, x, a, b, loc=0, scale=1):
    """
    >>> truncnorm_logpdf(u, -s, t + 1, 0.1, 1.2)
    >>> truncnorm_logpdf(u, -p - 2, p + 1, w / 9, p[::-1] / 9 + 1)
    >>> truncnorm_logpdf(0.37, -t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, (-z) / scale)
    by_a = where_finite(y, stats.truncnorm.pdf(a, a, b))
    by_b = where_finite(y, -stats.truncnorm.pdf(b, a, b))
    return slope, by_a, by_b, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.truncnorm.pdf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def truncnorm_pdf(y, x, a, b, loc=0, scale=1):
    """
    >>> truncnorm_pdf(u, -s, t + 1, 0.1, 1.2)
    >>> truncnorm_pdf(u, -p - 2, p + 1, w / 9, p[::-1] / 9 + 1)
    >>> truncnorm_pdf(0.37, -t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * (-z) / scale
    by_a = y * (stats.truncnorm.pdf(a, a, b))
    by_b = y * (-stats.truncnorm.pdf(b, a, b))
    return slope, by_a, by_b, -slope, -z * slope - y / scale


@elementwise(stats.truncnorm.cdf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def truncnorm_cdf(y, x, a, b, loc=0, scale=1):
    """
    >>> truncnorm_cdf(u, -s, t + 1, 0.1, 1.2)
    >>> truncnorm_cdf(u, -p - 2, p + 1, w / 9, p[::-1] / 9 + 1)
    >>> truncnorm_cdf(0.37, -t, s)
    """
    slope = stats.truncnorm.pdf(x, a, b, loc, scale)
    by_a = np.where(y > 0, stats.truncnorm.pdf(a, a, b) * (y - 1), 0)
    by_b = np.where(y < 1, -stats.truncnorm.pdf(b, a, b) * y, 0)
    return slope, by_a, by_b, -slope, -(x - loc) / scale * slope


@elementwise(stats.truncnorm.sf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def truncnorm_sf(y, x, a, b, loc=0, scale=1):
    """
    >>> truncnorm_sf(u, -s, t + 1, 0.1, 1.2)
    >>> truncnorm_sf(u, -p - 2, p + 1, w / 9, p[::-1] / 9 + 1)
    >>> truncnorm_sf(0.37, -t, s)
    """
    slope = -stats.truncnorm.pdf(x, a, b, loc, scale)
    by_a = np.where(y < 1, stats.truncnorm.pdf(a, a, b) * y, 0)
    by_b = np.where(y > 0, stats.truncnorm.pdf(b, a, b) * (1 - y), 0)
    return slope, by_a, by_b, -slope, -(x - loc) / scale * slope


@elementwise(stats.truncnorm.logcdf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def truncnorm_logcdf(y, x, a, b, loc=0, scale=1):
    """
    >>> truncnorm_logcdf(u, -s, t + 1, 0.1, 1.2)
    >>> truncnorm_logcdf(u, -p - 2, p + 1, w / 9, p[::-1] / 9 + 1)
    >>> truncnorm_logcdf(0.37, -t, s)
    """
    slope = np.exp(stats.truncnorm.logpdf(x, a, b, loc, scale) - where_finite(y, y))
    by_a = where_finite(
        y, -stats.truncnorm.pdf(a, a, b) * np.expm1(-where_finite(y, y))
    )
    by_b = where_finite(y, np.where(y < 0, -stats.truncnorm.pdf(b, a, b), 0))
    return slope, by_a, by_b, -slope, -(x - loc) / scale * slope


@elementwise(stats.truncnorm.logsf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def truncnorm_logsf(y, x, a, b, loc=0, scale=1):
    """
    >>> truncnorm_logsf(u, -s, t + 1, 0.1, 1.2)
    >>> truncnorm_logsf(u, -p - 2, p + 1, w / 9, p[::-1] / 9 + 1)
    >>> truncnorm_logsf(0.37, -t, s)
    """
    slope = -np.exp(stats.truncnorm.logpdf(x, a, b, loc, scale) - where_finite(y, y))
    by_a = where_finite(y, np.where(y < 0, stats.truncnorm.pdf(a, a, b), 0))
    by_b = where_finite(y, stats.truncnorm.pdf(b, a, b) * np.expm1(-where_finite(y, y)))
    return slope, by_a, by_b, -slope, -(x - loc) / scale * slope
