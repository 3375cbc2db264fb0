"""Densities of vectors: Petersen and Pedersen 2012, "The matrix cookbook", 8."""

from __future__ import annotations

import numpy as np
from scipy import stats

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime.scipy.multivariate import (
    dirichlet_bars,
    dirichlet_dot,
    normal_bars,
    normal_dot,
)


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


@rule(stats.dirichlet.logpdf, wrt=("x", "alpha"))
def dirichlet_logpdf(y_bar, y, x, alpha):
    """The components of a whole point are free: `(alpha - 1) / x` is by each alone.

    SciPy takes only those that sum to 1, which is for the caller to keep. Where the
    last one is left out, it is 1 less the sum of the others. By the parameters: Minka
    2000, "Estimating a Dirichlet distribution", 1.

    >>> dirichlet_logpdf((p[:3] + 2) / 15, p[:4])
    >>> dirichlet_logpdf((abs(A) + 2) / 15, p[:4] + 1)
    >>> dirichlet_logpdf((A[:, :1] + 3) / 20, p[1:] + 1)
    """
    return dirichlet_bars(y_bar, np.isfinite(y), x, alpha)


@jvp(dirichlet_logpdf)
def dirichlet_logpdf_jvp(x_dot, alpha_dot, y, x, alpha):
    return dirichlet_dot(x_dot, alpha_dot, np.isfinite(y), x, alpha)


@rule(stats.dirichlet.pdf, wrt=("x", "alpha"))
def dirichlet_pdf(y_bar, y, x, alpha):
    """The components of a whole point are free, as in its logarithm: Minka 2000.

    >>> dirichlet_pdf((p[:3] + 2) / 15, p[:4])
    >>> dirichlet_pdf((abs(A) + 2) / 15, p[:4] + 1)
    >>> dirichlet_pdf((A[:, :1] + 3) / 20, p[1:] + 1)
    """
    return dirichlet_bars(y_bar * y, y > 0, x, alpha)


@jvp(dirichlet_pdf)
def dirichlet_pdf_jvp(x_dot, alpha_dot, y, x, alpha):
    return y * dirichlet_dot(x_dot, alpha_dot, y > 0, x, alpha)
