"""Covariances and correlations of samples."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import corrcoef_bars, corrcoef_dot, cov_bars, cov_dot


@rule(np.cov, wrt=("m", "y"))
def cov(c_bar, c, m, y=None, rowvar=True, bias=False, ddof=None):
    """
    >>> cov(A)
    >>> cov(v)
    >>> cov(v, w)
    >>> cov(A, C, rowvar=False)
    >>> cov(A, C[:2], bias=True)
    >>> cov(B, rowvar=False, ddof=0)
    >>> cov(Z)
    >>> cov(z, v)
    """
    freedom = (0 if bias else 1) if ddof is None else ddof
    return cov_bars(c_bar, m, y, rowvar, freedom)


@jvp(cov)
def cov_jvp(m_dot, y_dot, c, m, y=None, rowvar=True, bias=False, ddof=None):
    freedom = (0 if bias else 1) if ddof is None else ddof
    return cov_dot(m_dot, y_dot, m, y, rowvar, freedom)


@rule(np.corrcoef, wrt=("x", "y"))
def corrcoef(r_bar, r, x, y=None, rowvar=True):
    """
    >>> corrcoef(A)
    >>> corrcoef(v, w)
    >>> corrcoef(A, C, rowvar=False)
    >>> corrcoef(z, v)
    """
    return corrcoef_bars(r_bar, x, y, rowvar)


@jvp(corrcoef)
def corrcoef_jvp(x_dot, y_dot, r, x, y=None, rowvar=True):
    return corrcoef_dot(x_dot, y_dot, x, y, rowvar)
