"""Densities of distributions that scipy.special has the distribution functions of."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def chi2_density(df: Any, x: Any) -> Any:
    """Of the chi-square distribution.

    >>> round(float(chi2_density(2.0, 0.0)), 12)
    0.5
    """
    logarithm = special.xlogy(df / 2 - 1, x / 2) - x / 2
    return np.exp(logarithm - special.gammaln(df / 2)) / 2


def f_density(dfn: Any, dfd: Any, x: Any) -> Any:
    """Of Fisher's F distribution.

    >>> round(float(f_density(2.0, 2.0, 0.0)), 12)
    1.0
    """
    ratio = dfn / dfd
    logarithm = special.xlogy(dfn / 2 - 1, ratio * x) - special.betaln(dfn / 2, dfd / 2)
    return ratio * np.exp(logarithm - (dfn + dfd) / 2 * np.log1p(ratio * x))


def noncentral_chi2_density(x: Any, df: Any, nc: Any) -> Any:
    """Of the noncentral chi-square distribution, by a scaled Bessel function.

    >>> density = noncentral_chi2_density(1.3, 3.0, 1e-12)
    >>> bool(np.isclose(density, chi2_density(3.0, 1.3)))
    True
    """
    order = df / 2 - 1
    central = np.equal(nc, 0)
    some = np.where(central, 1, nc)
    bell = np.exp(-((np.sqrt(x) - np.sqrt(some)) ** 2) / 2) / 2
    waves = special.ive(order, np.sqrt(some * x))
    return np.where(
        central, chi2_density(df, x), bell * (x / some) ** (order / 2) * waves
    )[()]


def noncentral_chi2_by_nc(x: Any, df: Any, nc: Any) -> Any:
    """The derivative of the distribution function in the noncentrality.

    >>> float(noncentral_chi2_by_nc(1.3, 3.0, 0.7)) < 0
    True
    """
    return -noncentral_chi2_density(x, df + 2, nc)


def noncentral_f_density(dfn: Any, dfd: Any, nc: Any, f: Any) -> Any:
    """Of the noncentral F distribution, by Kummer's function.

    >>> density = noncentral_f_density(2.0, 3.0, 0.0, 1.3)
    >>> bool(np.isclose(density, f_density(2.0, 3.0, 1.3)))
    True
    """
    half = dfn / 2
    share = dfn * f / (dfn * f + dfd)
    kummer = special.hyp1f1(half + dfd / 2, half, nc * share / 2)
    return np.exp(-nc / 2) * f_density(dfn, dfd, f) * kummer


def noncentral_f_by_nc(y: Any, dfn: Any, dfd: Any, nc: Any, f: Any) -> Any:
    """The derivative of the distribution function `y` in the noncentrality.

    >>> y = special.ncfdtr(2.0, 3.0, 0.7, 1.3)
    >>> float(noncentral_f_by_nc(y, 2.0, 3.0, 0.7, 1.3)) < 0
    True
    """
    return (special.ncfdtr(dfn + 2, dfd, nc, f * dfn / (dfn + 2)) - y) / 2


def noncentral_t_density(y: Any, df: Any, nc: Any, t: Any) -> Any:
    """Of the noncentral t distribution, whose distribution function at `t` is `y`.

    >>> y = special.nctdtr(3.0, 0.0, 1.3)
    >>> slope = (special.stdtr(3.0, 1.3001) - special.stdtr(3.0, 1.2999)) / 2e-4
    >>> bool(np.isclose(noncentral_t_density(y, 3.0, 0.0, 1.3), slope))
    True
    """
    middle = np.equal(t, 0)
    some = np.where(middle, 1, t)
    wider = special.nctdtr(df + 2, nc, some * np.sqrt(1 + 2 / df))
    scale = np.exp(special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - nc**2 / 2)
    at_zero = scale / np.sqrt(np.pi * df)
    return np.where(middle, at_zero, df / some * (wider - y))[()]


def tukey_density(y: Any, lmbda: Any) -> Any:
    """Of Tukey's lambda distribution, whose distribution function is `y` there.

    >>> float(tukey_density(0.5, 1.0))
    0.5
    """
    return 1 / (y ** (lmbda - 1) + (1 - y) ** (lmbda - 1))
