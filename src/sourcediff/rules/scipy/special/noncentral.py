"""Noncentral distribution functions and inverses, in the variable and noncentrality.

Johnson, Kotz and Balakrishnan 1995, "Continuous univariate distributions", 29 to 31.
An inverse has one over the density as its derivative. SciPy before 1.16 computes some
of them to few digits.
"""

from __future__ import annotations

from scipy import special

from sourcediff.rules.declare import elementwise
from sourcediff.runtime.scipy.densities import (
    noncentral_chi2_by_nc,
    noncentral_chi2_density,
    noncentral_f_by_nc,
    noncentral_f_density,
    noncentral_t_density,
)


@elementwise(special.chndtr, wrt=("x", "nc"))
def chndtr(y, x, df, nc):
    """
    >>> chndtr(p, p[::-1] + 1, p)
    >>> chndtr(s, 3.3, t)
    """
    return noncentral_chi2_density(x, df, nc), noncentral_chi2_by_nc(x, df, nc)


@elementwise(special.chndtrix, wrt=("p", "nc"))
def chndtrix(x, p, df, nc):
    """
    >>> chndtrix(0.2 + p / 5, p[::-1] + 1, p)
    >>> chndtrix(0.37, 3.3, t)
    """
    density = noncentral_chi2_density(x, df, nc)
    return 1 / density, -noncentral_chi2_by_nc(x, df, nc) / density


@elementwise(special.ncfdtr, wrt=("nc", "f"))
def ncfdtr(y, dfn, dfd, nc, f):
    """
    >>> ncfdtr(p[::-1] + 1, p + 2, p, p)
    >>> ncfdtr(2.3, 3.4, t, s)
    """
    by_nc = noncentral_f_by_nc(y, dfn, dfd, nc, f)
    return by_nc, noncentral_f_density(dfn, dfd, nc, f)


@elementwise(special.ncfdtri, wrt=("nc", "p"))
def ncfdtri(f, dfn, dfd, nc, p):
    """
    >>> ncfdtri(p[::-1] + 1, p + 2, p, 0.2 + p / 5)
    >>> ncfdtri(2.3, 3.4, t, 0.37)
    """
    density = noncentral_f_density(dfn, dfd, nc, f)
    return -noncentral_f_by_nc(p, dfn, dfd, nc, f) / density, 1 / density


@elementwise(special.nctdtr, wrt=("t",))
def nctdtr(y, df, nc, t):
    """
    >>> nctdtr(p[::-1] + 1, p, v)
    >>> nctdtr(2.3, 0.7, s)
    """
    return noncentral_t_density(y, df, nc, t)


@elementwise(special.nctdtrit, wrt=("p",))
def nctdtrit(t, df, nc, p):
    """
    >>> nctdtrit(p[::-1] + 2, p / 3, 0.2 + p / 5)
    >>> nctdtrit(2.3, 0.7, 0.37)
    """
    return 1 / noncentral_t_density(p, df, nc, t)
