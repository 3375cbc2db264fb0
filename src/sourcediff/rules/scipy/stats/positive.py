"""Distributions of positive numbers with one parameter of shape, or two."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from sourcediff.rules.declare import elementwise
from sourcediff.runtime.scipy.scores import f_by_dfd, f_by_dfn, inside, where_finite


@elementwise(stats.weibull_min.logpdf, wrt=("x", "c", "loc", "scale"), reals=True)
def weibull_min_logpdf(y, x, c, loc=0, scale=1):
    """
    >>> weibull_min_logpdf(p, s, -0.3, 1.7)
    >>> weibull_min_logpdf(p, p + 1, -p[::-1], p[::-1])
    >>> weibull_min_logpdf(t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, (((c - 1) - c * z**c) / z) / scale)
    by_c = where_finite(y, 1 / c + (1 - z**c) * np.log(z))
    return slope, by_c, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.weibull_min.pdf, wrt=("x", "c", "loc", "scale"), reals=True)
def weibull_min_pdf(y, x, c, loc=0, scale=1):
    """
    >>> weibull_min_pdf(p, s, -0.3, 1.7)
    >>> weibull_min_pdf(p, p + 1, -p[::-1], p[::-1])
    >>> weibull_min_pdf(t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * (((c - 1) - c * z**c) / z) / scale
    by_c = y * (1 / c + (1 - z**c) * np.log(z))
    return slope, by_c, -slope, -z * slope - y / scale


@elementwise(stats.weibull_min.cdf, wrt=("x", "c", "loc", "scale"), reals=True)
def weibull_min_cdf(y, x, c, loc=0, scale=1):
    """
    >>> weibull_min_cdf(p, s, -0.3, 1.7)
    >>> weibull_min_cdf(p, p + 1, -p[::-1], p[::-1])
    >>> weibull_min_cdf(t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = stats.weibull_min.pdf(x, c, loc, scale)
    by_c = np.where(y > 0, np.exp(-(z**c)) * z**c * np.log(z), 0)
    return slope, by_c, -slope, -(x - loc) / scale * slope


@elementwise(stats.weibull_min.sf, wrt=("x", "c", "loc", "scale"), reals=True)
def weibull_min_sf(y, x, c, loc=0, scale=1):
    """
    >>> weibull_min_sf(p, s, -0.3, 1.7)
    >>> weibull_min_sf(p, p + 1, -p[::-1], p[::-1])
    >>> weibull_min_sf(t, s)
    """
    z = inside(y < 1, x, loc, scale)
    slope = -stats.weibull_min.pdf(x, c, loc, scale)
    by_c = np.where(y < 1, -y * z**c * np.log(z), 0)
    return slope, by_c, -slope, -(x - loc) / scale * slope


@elementwise(stats.weibull_min.logcdf, wrt=("x", "c", "loc", "scale"), reals=True)
def weibull_min_logcdf(y, x, c, loc=0, scale=1):
    """
    >>> weibull_min_logcdf(p, s, -0.3, 1.7)
    >>> weibull_min_logcdf(p, p + 1, -p[::-1], p[::-1])
    >>> weibull_min_logcdf(t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = np.exp(stats.weibull_min.logpdf(x, c, loc, scale) - where_finite(y, y))
    by_c = where_finite(y, z**c * np.log(z) / np.expm1(z**c))
    return slope, by_c, -slope, -(x - loc) / scale * slope


@elementwise(stats.weibull_min.logsf, wrt=("x", "c", "loc", "scale"), reals=True)
def weibull_min_logsf(y, x, c, loc=0, scale=1):
    """
    >>> weibull_min_logsf(p, s, -0.3, 1.7)
    >>> weibull_min_logsf(p, p + 1, -p[::-1], p[::-1])
    >>> weibull_min_logsf(t, s)
    """
    z = inside(y < 0, x, loc, scale)
    slope = -np.exp(stats.weibull_min.logpdf(x, c, loc, scale) - where_finite(y, y))
    by_c = np.where(y < 0, -(z**c) * np.log(z), 0)
    return slope, by_c, -slope, -(x - loc) / scale * slope


@elementwise(stats.pareto.logpdf, wrt=("x", "b", "loc", "scale"), reals=True)
def pareto_logpdf(y, x, b, loc=0, scale=1):
    """
    >>> pareto_logpdf(p + 1.2, s, -0.3, 1.1)
    >>> pareto_logpdf(p + 2, p + 1, -p[::-1] / 4, p[::-1] / 4 + 1)
    >>> pareto_logpdf(s, t)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, (-(b + 1) / z) / scale)
    by_b = where_finite(y, 1 / b - np.log(z))
    return slope, by_b, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.pareto.pdf, wrt=("x", "b", "loc", "scale"), reals=True)
def pareto_pdf(y, x, b, loc=0, scale=1):
    """
    >>> pareto_pdf(p + 1.2, s, -0.3, 1.1)
    >>> pareto_pdf(p + 2, p + 1, -p[::-1] / 4, p[::-1] / 4 + 1)
    >>> pareto_pdf(s, t)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * (-(b + 1) / z) / scale
    by_b = y * (1 / b - np.log(z))
    return slope, by_b, -slope, -z * slope - y / scale


@elementwise(stats.pareto.cdf, wrt=("x", "b", "loc", "scale"), reals=True)
def pareto_cdf(y, x, b, loc=0, scale=1):
    """
    >>> pareto_cdf(p + 1.2, s, -0.3, 1.1)
    >>> pareto_cdf(p + 2, p + 1, -p[::-1] / 4, p[::-1] / 4 + 1)
    >>> pareto_cdf(s, t)
    """
    z = inside(y > 0, x, loc, scale)
    slope = stats.pareto.pdf(x, b, loc, scale)
    by_b = np.where(y > 0, z**-b * np.log(z), 0)
    return slope, by_b, -slope, -(x - loc) / scale * slope


@elementwise(stats.pareto.sf, wrt=("x", "b", "loc", "scale"), reals=True)
def pareto_sf(y, x, b, loc=0, scale=1):
    """
    >>> pareto_sf(p + 1.2, s, -0.3, 1.1)
    >>> pareto_sf(p + 2, p + 1, -p[::-1] / 4, p[::-1] / 4 + 1)
    >>> pareto_sf(s, t)
    """
    z = inside(y < 1, x, loc, scale)
    slope = -stats.pareto.pdf(x, b, loc, scale)
    by_b = np.where(y < 1, -y * np.log(z), 0)
    return slope, by_b, -slope, -(x - loc) / scale * slope


@elementwise(stats.pareto.logcdf, wrt=("x", "b", "loc", "scale"), reals=True)
def pareto_logcdf(y, x, b, loc=0, scale=1):
    """
    >>> pareto_logcdf(p + 1.2, s, -0.3, 1.1)
    >>> pareto_logcdf(p + 2, p + 1, -p[::-1] / 4, p[::-1] / 4 + 1)
    >>> pareto_logcdf(s, t)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = np.exp(stats.pareto.logpdf(x, b, loc, scale) - where_finite(y, y))
    by_b = where_finite(y, np.log(z) / np.expm1(b * np.log(z)))
    return slope, by_b, -slope, -(x - loc) / scale * slope


@elementwise(stats.pareto.logsf, wrt=("x", "b", "loc", "scale"), reals=True)
def pareto_logsf(y, x, b, loc=0, scale=1):
    """
    >>> pareto_logsf(p + 1.2, s, -0.3, 1.1)
    >>> pareto_logsf(p + 2, p + 1, -p[::-1] / 4, p[::-1] / 4 + 1)
    >>> pareto_logsf(s, t)
    """
    z = inside(y < 0, x, loc, scale)
    slope = -np.exp(stats.pareto.logpdf(x, b, loc, scale) - where_finite(y, y))
    by_b = np.where(y < 0, -np.log(z), 0)
    return slope, by_b, -slope, -(x - loc) / scale * slope


@elementwise(stats.invgamma.logpdf, wrt=("x", "a", "loc", "scale"), reals=True)
def invgamma_logpdf(y, x, a, loc=0, scale=1):
    """
    >>> invgamma_logpdf(p, s, -0.3, 1.7)
    >>> invgamma_logpdf(p, p + 1, -p[::-1], p[::-1])
    >>> invgamma_logpdf(t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, ((1 / z - a - 1) / z) / scale)
    by_a = where_finite(y, -np.log(z) - special.digamma(a))
    return slope, by_a, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.invgamma.pdf, wrt=("x", "a", "loc", "scale"), reals=True)
def invgamma_pdf(y, x, a, loc=0, scale=1):
    """
    >>> invgamma_pdf(p, s, -0.3, 1.7)
    >>> invgamma_pdf(p, p + 1, -p[::-1], p[::-1])
    >>> invgamma_pdf(t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * ((1 / z - a - 1) / z) / scale
    by_a = y * (-np.log(z) - special.digamma(a))
    return slope, by_a, -slope, -z * slope - y / scale


@elementwise(stats.invgamma.cdf, wrt=("x", "loc", "scale"), reals=True)
def invgamma_cdf(y, x, a, loc=0, scale=1):
    """
    >>> invgamma_cdf(p, s, -0.3, 1.7)
    >>> invgamma_cdf(p, p + 1, -p[::-1], p[::-1])
    >>> invgamma_cdf(t, s)
    """
    slope = stats.invgamma.pdf(x, a, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.invgamma.sf, wrt=("x", "loc", "scale"), reals=True)
def invgamma_sf(y, x, a, loc=0, scale=1):
    """
    >>> invgamma_sf(p, s, -0.3, 1.7)
    >>> invgamma_sf(p, p + 1, -p[::-1], p[::-1])
    >>> invgamma_sf(t, s)
    """
    slope = -stats.invgamma.pdf(x, a, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.invgamma.logcdf, wrt=("x", "loc", "scale"), reals=True)
def invgamma_logcdf(y, x, a, loc=0, scale=1):
    """
    >>> invgamma_logcdf(p, s, -0.3, 1.7)
    >>> invgamma_logcdf(p, p + 1, -p[::-1], p[::-1])
    >>> invgamma_logcdf(t, s)
    """
    slope = np.exp(stats.invgamma.logpdf(x, a, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.invgamma.logsf, wrt=("x", "loc", "scale"), reals=True)
def invgamma_logsf(y, x, a, loc=0, scale=1):
    """
    >>> invgamma_logsf(p, s, -0.3, 1.7)
    >>> invgamma_logsf(p, p + 1, -p[::-1], p[::-1])
    >>> invgamma_logsf(t, s)
    """
    slope = -np.exp(stats.invgamma.logpdf(x, a, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.f.logpdf, wrt=("x", "dfn", "dfd", "loc", "scale"), reals=True)
def f_logpdf(y, x, dfn, dfd, loc=0, scale=1):
    """
    >>> f_logpdf(p, s, t, -0.3, 1.7)
    >>> f_logpdf(p, p + 1, w**2 + 1, -p[::-1], p[::-1])
    >>> f_logpdf(t, s, 3.3)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(
        y, ((dfn / 2 - 1) / z - dfn * (dfn + dfd) / 2 / (dfd + dfn * z)) / scale
    )
    by_dfn = where_finite(y, f_by_dfn(z, dfn, dfd))
    by_dfd = where_finite(y, f_by_dfd(z, dfn, dfd))
    return slope, by_dfn, by_dfd, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.f.pdf, wrt=("x", "dfn", "dfd", "loc", "scale"), reals=True)
def f_pdf(y, x, dfn, dfd, loc=0, scale=1):
    """
    >>> f_pdf(p, s, t, -0.3, 1.7)
    >>> f_pdf(p, p + 1, w**2 + 1, -p[::-1], p[::-1])
    >>> f_pdf(t, s, 3.3)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * ((dfn / 2 - 1) / z - dfn * (dfn + dfd) / 2 / (dfd + dfn * z)) / scale
    by_dfn = y * (f_by_dfn(z, dfn, dfd))
    by_dfd = y * (f_by_dfd(z, dfn, dfd))
    return slope, by_dfn, by_dfd, -slope, -z * slope - y / scale


@elementwise(stats.f.cdf, wrt=("x", "loc", "scale"), reals=True)
def f_cdf(y, x, dfn, dfd, loc=0, scale=1):
    """
    >>> f_cdf(p, s, t, -0.3, 1.7)
    >>> f_cdf(p, p + 1, w**2 + 1, -p[::-1], p[::-1])
    >>> f_cdf(t, s, 3.3)
    """
    slope = stats.f.pdf(x, dfn, dfd, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.f.sf, wrt=("x", "loc", "scale"), reals=True)
def f_sf(y, x, dfn, dfd, loc=0, scale=1):
    """
    >>> f_sf(p, s, t, -0.3, 1.7)
    >>> f_sf(p, p + 1, w**2 + 1, -p[::-1], p[::-1])
    >>> f_sf(t, s, 3.3)
    """
    slope = -stats.f.pdf(x, dfn, dfd, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.f.logcdf, wrt=("x", "loc", "scale"), reals=True)
def f_logcdf(y, x, dfn, dfd, loc=0, scale=1):
    """
    >>> f_logcdf(p, s, t, -0.3, 1.7)
    >>> f_logcdf(p, p + 1, w**2 + 1, -p[::-1], p[::-1])
    >>> f_logcdf(t, s, 3.3)
    """
    slope = np.exp(stats.f.logpdf(x, dfn, dfd, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.f.logsf, wrt=("x", "loc", "scale"), reals=True)
def f_logsf(y, x, dfn, dfd, loc=0, scale=1):
    """
    >>> f_logsf(p, s, t, -0.3, 1.7)
    >>> f_logsf(p, p + 1, w**2 + 1, -p[::-1], p[::-1])
    >>> f_logsf(t, s, 3.3)
    """
    slope = -np.exp(stats.f.logpdf(x, dfn, dfd, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope
