"""Densities of vectors: Petersen and Pedersen 2012, "The matrix cookbook", 8."""

from __future__ import annotations

from scipy import stats

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime.scipy.multivariate import normal_bars, normal_dot


@rule(stats.multivariate_normal.logpdf, wrt=("x", "mean", "cov"))
def multivariate_normal_logpdf(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    """SciPy reads the lower triangle of the covariance.

    >>> multivariate_normal_logpdf(v[:4], w[:4], S)
    >>> multivariate_normal_logpdf(A, w[:4], S)
    >>> multivariate_normal_logpdf(A, w[:4], s)
    >>> multivariate_normal_logpdf(v)
    """
    return normal_bars(y_bar, x, mean, cov)


@jvp(multivariate_normal_logpdf)
def multivariate_normal_logpdf_jvp(
    x_dot, mean_dot, cov_dot, y, x, mean=None, cov=1, allow_singular=False
):
    return normal_dot(x_dot, mean_dot, cov_dot, y, x, mean, cov)


@rule(stats.multivariate_normal.pdf, wrt=("x", "mean", "cov"))
def multivariate_normal_pdf(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    """
    >>> multivariate_normal_pdf(v[:4], w[:4], S)
    >>> multivariate_normal_pdf(A, w[:4], S)
    """
    return normal_bars(y_bar * y, x, mean, cov)


@jvp(multivariate_normal_pdf)
def multivariate_normal_pdf_jvp(
    x_dot, mean_dot, cov_dot, y, x, mean=None, cov=1, allow_singular=False
):
    return y * normal_dot(x_dot, mean_dot, cov_dot, y, x, mean, cov)
