"""Distributions with parameters of shape, each in its own signature.

The distribution functions have no elementary derivative in these: it is refused.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from sourcediff.rules.declare import elementwise
from sourcediff.runtime.scipy.scores import inside, t_by_df, where_finite


@elementwise(stats.t.logpdf, wrt=("x", "df", "loc", "scale"), reals=True)
def t_logpdf(y, x, df, loc=0, scale=1):
    """
    >>> t_logpdf(v, s, 0.3, 1.7)
    >>> t_logpdf(v, p + 1, w, p[::-1])
    >>> t_logpdf(t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, (-(df + 1) * z / (df + z**2)) / scale)
    by_df = where_finite(y, t_by_df(z, df))
    return slope, by_df, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.t.pdf, wrt=("x", "df", "loc", "scale"), reals=True)
def t_pdf(y, x, df, loc=0, scale=1):
    """
    >>> t_pdf(v, s, 0.3, 1.7)
    >>> t_pdf(v, p + 1, w, p[::-1])
    >>> t_pdf(t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * (-(df + 1) * z / (df + z**2)) / scale
    by_df = y * t_by_df(z, df)
    return slope, by_df, -slope, -z * slope - y / scale


@elementwise(stats.t.cdf, wrt=("x", "loc", "scale"), reals=True)
def t_cdf(y, x, df, loc=0, scale=1):
    """
    >>> t_cdf(v, s, 0.3, 1.7)
    >>> t_cdf(v, p + 1, w, p[::-1])
    >>> t_cdf(t, s)
    """
    slope = stats.t.pdf(x, df, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.t.sf, wrt=("x", "loc", "scale"), reals=True)
def t_sf(y, x, df, loc=0, scale=1):
    """
    >>> t_sf(v, s, 0.3, 1.7)
    >>> t_sf(v, p + 1, w, p[::-1])
    >>> t_sf(t, s)
    """
    slope = -stats.t.pdf(x, df, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.t.logcdf, wrt=("x", "loc", "scale"), reals=True)
def t_logcdf(y, x, df, loc=0, scale=1):
    """
    >>> t_logcdf(v, s, 0.3, 1.7)
    >>> t_logcdf(v, p + 1, w, p[::-1])
    >>> t_logcdf(t, s)
    """
    slope = np.exp(stats.t.logpdf(x, df, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.t.logsf, wrt=("x", "loc", "scale"), reals=True)
def t_logsf(y, x, df, loc=0, scale=1):
    """
    >>> t_logsf(v, s, 0.3, 1.7)
    >>> t_logsf(v, p + 1, w, p[::-1])
    >>> t_logsf(t, s)
    """
    slope = -np.exp(stats.t.logpdf(x, df, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.chi2.logpdf, wrt=("x", "df", "loc", "scale"), reals=True)
def chi2_logpdf(y, x, df, loc=0, scale=1):
    """
    >>> chi2_logpdf(p, s, -0.3, 1.7)
    >>> chi2_logpdf(p, p + 1, -p[::-1], p[::-1])
    >>> chi2_logpdf(t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, ((df / 2 - 1) / z - 0.5) / scale)
    by_df = where_finite(y, (np.log(z / 2) - special.digamma(df / 2)) / 2)
    return slope, by_df, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.chi2.pdf, wrt=("x", "df", "loc", "scale"), reals=True)
def chi2_pdf(y, x, df, loc=0, scale=1):
    """
    >>> chi2_pdf(p, s, -0.3, 1.7)
    >>> chi2_pdf(p, p + 1, -p[::-1], p[::-1])
    >>> chi2_pdf(t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * ((df / 2 - 1) / z - 0.5) / scale
    by_df = y * ((np.log(z / 2) - special.digamma(df / 2)) / 2)
    return slope, by_df, -slope, -z * slope - y / scale


@elementwise(stats.chi2.cdf, wrt=("x", "loc", "scale"), reals=True)
def chi2_cdf(y, x, df, loc=0, scale=1):
    """
    >>> chi2_cdf(p, s, -0.3, 1.7)
    >>> chi2_cdf(p, p + 1, -p[::-1], p[::-1])
    >>> chi2_cdf(t, s)
    """
    slope = stats.chi2.pdf(x, df, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.chi2.sf, wrt=("x", "loc", "scale"), reals=True)
def chi2_sf(y, x, df, loc=0, scale=1):
    """
    >>> chi2_sf(p, s, -0.3, 1.7)
    >>> chi2_sf(p, p + 1, -p[::-1], p[::-1])
    >>> chi2_sf(t, s)
    """
    slope = -stats.chi2.pdf(x, df, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.chi2.logcdf, wrt=("x", "loc", "scale"), reals=True)
def chi2_logcdf(y, x, df, loc=0, scale=1):
    """
    >>> chi2_logcdf(p, s, -0.3, 1.7)
    >>> chi2_logcdf(p, p + 1, -p[::-1], p[::-1])
    >>> chi2_logcdf(t, s)
    """
    slope = np.exp(stats.chi2.logpdf(x, df, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.chi2.logsf, wrt=("x", "loc", "scale"), reals=True)
def chi2_logsf(y, x, df, loc=0, scale=1):
    """
    >>> chi2_logsf(p, s, -0.3, 1.7)
    >>> chi2_logsf(p, p + 1, -p[::-1], p[::-1])
    >>> chi2_logsf(t, s)
    """
    slope = -np.exp(stats.chi2.logpdf(x, df, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.gamma.logpdf, wrt=("x", "a", "loc", "scale"), reals=True)
def gamma_logpdf(y, x, a, loc=0, scale=1):
    """
    >>> gamma_logpdf(p, s, -0.3, 1.7)
    >>> gamma_logpdf(p, p + 1, -p[::-1], p[::-1])
    >>> gamma_logpdf(t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, ((a - 1) / z - 1) / scale)
    by_a = where_finite(y, np.log(z) - special.digamma(a))
    return slope, by_a, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.gamma.pdf, wrt=("x", "a", "loc", "scale"), reals=True)
def gamma_pdf(y, x, a, loc=0, scale=1):
    """
    >>> gamma_pdf(p, s, -0.3, 1.7)
    >>> gamma_pdf(p, p + 1, -p[::-1], p[::-1])
    >>> gamma_pdf(t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * ((a - 1) / z - 1) / scale
    by_a = y * (np.log(z) - special.digamma(a))
    return slope, by_a, -slope, -z * slope - y / scale


@elementwise(stats.gamma.cdf, wrt=("x", "loc", "scale"), reals=True)
def gamma_cdf(y, x, a, loc=0, scale=1):
    """
    >>> gamma_cdf(p, s, -0.3, 1.7)
    >>> gamma_cdf(p, p + 1, -p[::-1], p[::-1])
    >>> gamma_cdf(t, s)
    """
    slope = stats.gamma.pdf(x, a, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.gamma.sf, wrt=("x", "loc", "scale"), reals=True)
def gamma_sf(y, x, a, loc=0, scale=1):
    """
    >>> gamma_sf(p, s, -0.3, 1.7)
    >>> gamma_sf(p, p + 1, -p[::-1], p[::-1])
    >>> gamma_sf(t, s)
    """
    slope = -stats.gamma.pdf(x, a, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.gamma.logcdf, wrt=("x", "loc", "scale"), reals=True)
def gamma_logcdf(y, x, a, loc=0, scale=1):
    """
    >>> gamma_logcdf(p, s, -0.3, 1.7)
    >>> gamma_logcdf(p, p + 1, -p[::-1], p[::-1])
    >>> gamma_logcdf(t, s)
    """
    slope = np.exp(stats.gamma.logpdf(x, a, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.gamma.logsf, wrt=("x", "loc", "scale"), reals=True)
def gamma_logsf(y, x, a, loc=0, scale=1):
    """
    >>> gamma_logsf(p, s, -0.3, 1.7)
    >>> gamma_logsf(p, p + 1, -p[::-1], p[::-1])
    >>> gamma_logsf(t, s)
    """
    slope = -np.exp(stats.gamma.logpdf(x, a, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.lognorm.logpdf, wrt=("x", "s", "loc", "scale"), reals=True)
def lognorm_logpdf(y, x, s, loc=0, scale=1):
    """
    >>> lognorm_logpdf(p, t, -0.3, 1.7)
    >>> lognorm_logpdf(p, p + 1, -p[::-1], p[::-1])
    >>> lognorm_logpdf(t, s)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, (-(1 + np.log(z) / s**2) / z) / scale)
    by_s = where_finite(y, np.log(z) ** 2 / s**3 - 1 / s)
    return slope, by_s, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.lognorm.pdf, wrt=("x", "s", "loc", "scale"), reals=True)
def lognorm_pdf(y, x, s, loc=0, scale=1):
    """
    >>> lognorm_pdf(p, t, -0.3, 1.7)
    >>> lognorm_pdf(p, p + 1, -p[::-1], p[::-1])
    >>> lognorm_pdf(t, s)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * (-(1 + np.log(z) / s**2) / z) / scale
    by_s = y * (np.log(z) ** 2 / s**3 - 1 / s)
    return slope, by_s, -slope, -z * slope - y / scale


@elementwise(stats.lognorm.cdf, wrt=("x", "loc", "scale"), reals=True)
def lognorm_cdf(y, x, s, loc=0, scale=1):
    """
    >>> lognorm_cdf(p, t, -0.3, 1.7)
    >>> lognorm_cdf(p, p + 1, -p[::-1], p[::-1])
    >>> lognorm_cdf(t, s)
    """
    slope = stats.lognorm.pdf(x, s, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.lognorm.sf, wrt=("x", "loc", "scale"), reals=True)
def lognorm_sf(y, x, s, loc=0, scale=1):
    """
    >>> lognorm_sf(p, t, -0.3, 1.7)
    >>> lognorm_sf(p, p + 1, -p[::-1], p[::-1])
    >>> lognorm_sf(t, s)
    """
    slope = -stats.lognorm.pdf(x, s, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.lognorm.logcdf, wrt=("x", "loc", "scale"), reals=True)
def lognorm_logcdf(y, x, s, loc=0, scale=1):
    """
    >>> lognorm_logcdf(p, t, -0.3, 1.7)
    >>> lognorm_logcdf(p, p + 1, -p[::-1], p[::-1])
    >>> lognorm_logcdf(t, s)
    """
    slope = np.exp(stats.lognorm.logpdf(x, s, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.lognorm.logsf, wrt=("x", "loc", "scale"), reals=True)
def lognorm_logsf(y, x, s, loc=0, scale=1):
    """
    >>> lognorm_logsf(p, t, -0.3, 1.7)
    >>> lognorm_logsf(p, p + 1, -p[::-1], p[::-1])
    >>> lognorm_logsf(t, s)
    """
    slope = -np.exp(stats.lognorm.logpdf(x, s, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.beta.logpdf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def beta_logpdf(y, x, a, b, loc=0, scale=1):
    """
    >>> beta_logpdf(p / 3, s, t, -0.3, 1.7)
    >>> beta_logpdf(p / 3, p + 1, p[::-1], -p[::-1] / 9, p / 9 + 1)
    >>> beta_logpdf(0.37, s, t)
    """
    z = inside(np.isfinite(y), x, loc, scale)
    slope = where_finite(y, ((a - 1) / z - (b - 1) / (1 - z)) / scale)
    by_a = where_finite(y, np.log(z) - special.digamma(a) + special.digamma(a + b))
    by_b = where_finite(y, np.log1p(-z) - special.digamma(b) + special.digamma(a + b))
    return slope, by_a, by_b, -slope, -z * slope - where_finite(y, 1 / scale)


@elementwise(stats.beta.pdf, wrt=("x", "a", "b", "loc", "scale"), reals=True)
def beta_pdf(y, x, a, b, loc=0, scale=1):
    """
    >>> beta_pdf(p / 3, s, t, -0.3, 1.7)
    >>> beta_pdf(p / 3, p + 1, p[::-1], -p[::-1] / 9, p / 9 + 1)
    >>> beta_pdf(0.37, s, t)
    """
    z = inside(y > 0, x, loc, scale)
    slope = y * ((a - 1) / z - (b - 1) / (1 - z)) / scale
    by_a = y * (np.log(z) - special.digamma(a) + special.digamma(a + b))
    by_b = y * (np.log1p(-z) - special.digamma(b) + special.digamma(a + b))
    return slope, by_a, by_b, -slope, -z * slope - y / scale


@elementwise(stats.beta.cdf, wrt=("x", "loc", "scale"), reals=True)
def beta_cdf(y, x, a, b, loc=0, scale=1):
    """
    >>> beta_cdf(p / 3, s, t, -0.3, 1.7)
    >>> beta_cdf(p / 3, p + 1, p[::-1], -p[::-1] / 9, p / 9 + 1)
    >>> beta_cdf(0.37, s, t)
    """
    slope = stats.beta.pdf(x, a, b, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.beta.sf, wrt=("x", "loc", "scale"), reals=True)
def beta_sf(y, x, a, b, loc=0, scale=1):
    """
    >>> beta_sf(p / 3, s, t, -0.3, 1.7)
    >>> beta_sf(p / 3, p + 1, p[::-1], -p[::-1] / 9, p / 9 + 1)
    >>> beta_sf(0.37, s, t)
    """
    slope = -stats.beta.pdf(x, a, b, loc, scale)
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.beta.logcdf, wrt=("x", "loc", "scale"), reals=True)
def beta_logcdf(y, x, a, b, loc=0, scale=1):
    """
    >>> beta_logcdf(p / 3, s, t, -0.3, 1.7)
    >>> beta_logcdf(p / 3, p + 1, p[::-1], -p[::-1] / 9, p / 9 + 1)
    >>> beta_logcdf(0.37, s, t)
    """
    slope = np.exp(stats.beta.logpdf(x, a, b, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope


@elementwise(stats.beta.logsf, wrt=("x", "loc", "scale"), reals=True)
def beta_logsf(y, x, a, b, loc=0, scale=1):
    """
    >>> beta_logsf(p / 3, s, t, -0.3, 1.7)
    >>> beta_logsf(p / 3, p + 1, p[::-1], -p[::-1] / 9, p / 9 + 1)
    >>> beta_logsf(0.37, s, t)
    """
    slope = -np.exp(stats.beta.logpdf(x, a, b, loc, scale) - where_finite(y, y))
    return slope, -slope, -(x - loc) / scale * slope
