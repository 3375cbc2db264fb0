"""Distribution functions under their old names: each has its density as derivative."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise


@elementwise(special.chdtr, wrt=("x",))
def chdtr(y, v, x):
    """
    >>> chdtr(p, p[::-1])
    >>> chdtr(s, t)
    """
    logarithm = special.xlogy(v / 2 - 1, x / 2) - x / 2
    return np.exp(logarithm - special.gammaln(v / 2)) / 2


@elementwise(special.chdtrc, wrt=("x",))
def chdtrc(y, v, x):
    """
    >>> chdtrc(p, p[::-1])
    >>> chdtrc(s, t)
    """
    logarithm = special.xlogy(v / 2 - 1, x / 2) - x / 2
    return -np.exp(logarithm - special.gammaln(v / 2)) / 2


@elementwise(special.gdtr, wrt=("a", "x"))
def gdtr(y, a, b, x):
    """
    >>> gdtr(p, p[::-1], p)
    >>> gdtr(s, t, 0.71)
    """
    density = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b))
    return x * density, a * density


@elementwise(special.gdtrc, wrt=("a", "x"))
def gdtrc(y, a, b, x):
    """
    >>> gdtrc(p, p[::-1], p)
    >>> gdtrc(s, t, 0.71)
    """
    density = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b))
    return -x * density, -a * density


@elementwise(special.stdtr, wrt=("t",))
def stdtr(y, df, t):
    """
    >>> stdtr(p, v)
    >>> stdtr(s, t)
    """
    half = (df + 1) / 2
    scale = np.exp(special.gammaln(half) - special.gammaln(df / 2))
    return scale / np.sqrt(df * math.pi) * (1 + t**2 / df) ** -half


@elementwise(special.stdtrit, wrt=("p",))
def stdtrit(t, df, p):
    """
    >>> stdtrit(p + 3, 0.2 + p / 5)
    >>> stdtrit(s, 0.37)
    """
    half = (df + 1) / 2
    scale = np.exp(special.gammaln(df / 2) - special.gammaln(half))
    return scale * np.sqrt(df * math.pi) * (1 + t**2 / df) ** half


@elementwise(special.fdtr, wrt=("x",))
def fdtr(y, dfn, dfd, x):
    """
    >>> fdtr(p, p[::-1], p)
    >>> fdtr(s, t, 0.71)
    """
    ratio = dfn / dfd
    logarithm = special.xlogy(dfn / 2 - 1, ratio * x) - special.betaln(dfn / 2, dfd / 2)
    return ratio * np.exp(logarithm - (dfn + dfd) / 2 * np.log1p(ratio * x))


@elementwise(special.fdtrc, wrt=("x",))
def fdtrc(y, dfn, dfd, x):
    """
    >>> fdtrc(p, p[::-1], p)
    >>> fdtrc(s, t, 0.71)
    """
    ratio = dfn / dfd
    logarithm = special.xlogy(dfn / 2 - 1, ratio * x) - special.betaln(dfn / 2, dfd / 2)
    return -ratio * np.exp(logarithm - (dfn + dfd) / 2 * np.log1p(ratio * x))


@elementwise(special.pdtr, wrt=("m",))
def pdtr(y, k, m):
    """
    >>> pdtr(k, p)
    >>> pdtr(0, s)
    """
    count = k // 1
    return -np.exp(count * np.log(m) - m - special.gammaln(np.ones_like(m) + count))


@elementwise(special.pdtrc, wrt=("m",))
def pdtrc(y, k, m):
    """
    >>> pdtrc(k, p)
    >>> pdtrc(0, s)
    """
    count = k // 1
    return np.exp(count * np.log(m) - m - special.gammaln(np.ones_like(m) + count))
