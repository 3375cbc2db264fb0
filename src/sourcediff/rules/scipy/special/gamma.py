"""The gamma function and its relatives: DLMF 5 and 8."""

from __future__ import annotations

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise, nondifferentiable
from sourcediff.runtime.scipy.special import multidigamma, rgamma_slope

nondifferentiable(special.gammasgn)


@elementwise(special.gamma)
def gamma(y, x):
    """
    >>> gamma(p)
    >>> gamma(-0.6 + u / 4)
    >>> gamma(z)
    >>> gamma(s)
    """
    return y * special.digamma(x)


@elementwise(special.gammaln)
def gammaln(y, x):
    """
    >>> gammaln(p)
    >>> gammaln(-0.6 + u / 4)
    """
    return special.digamma(x)


@elementwise(special.loggamma)
def loggamma(y, x):
    """
    >>> loggamma(p)
    >>> loggamma(z)
    """
    return special.digamma(x)


@elementwise(special.rgamma)
def rgamma(y, x):
    """
    >>> rgamma(v)
    >>> rgamma(s)
    """
    return rgamma_slope(x)


@elementwise(special.digamma, reals=True)
def digamma(y, x):
    """
    >>> digamma(p)
    >>> digamma(-0.6 + u / 4)
    """
    return special.zeta(2.0, x)


@elementwise(special.polygamma, wrt=("x",))
def polygamma(y, n, x):
    """
    >>> polygamma(1, p)
    >>> polygamma(k, s)
    >>> polygamma([0, 1, 2, 3, 1], p)
    """
    return special.polygamma(np.add(n, 1), x)


@elementwise(special.multigammaln, wrt=("a",))
def multigammaln(y, a, d):
    """
    >>> multigammaln(p + 2.5, 3)
    >>> multigammaln(s, 2)
    """
    return multidigamma(a, d)


@elementwise(special.factorial)
def factorial(y, n, exact=False):
    """
    >>> factorial(p)
    >>> factorial(s)
    """
    return y * special.digamma(n + 1)


@elementwise(special.binom)
def binom(y, n, k):
    """
    >>> binom(p + 2, p[::-1])
    >>> binom(s, t)
    """
    above = special.digamma(n - k + 1)
    return y * (special.digamma(n + 1) - above), y * (above - special.digamma(k + 1))


@elementwise(special.comb)
def comb(y, N, k, *, exact=False):
    """
    >>> comb(p + 2.5, p[::-1])
    >>> comb(s, t)
    """
    above = special.digamma(N - k + 1)
    return y * (special.digamma(N + 1) - above), y * (above - special.digamma(k + 1))


@elementwise(special.poch)
def poch(y, z, m):
    """
    >>> poch(p, p[::-1])
    >>> poch(s, t)
    """
    end = special.digamma(z + m)
    return y * (end - special.digamma(z)), y * end


@elementwise(special.beta)
def beta(y, a, b):
    """
    >>> beta(p, p[::-1])
    >>> beta(s, t)
    """
    both = special.digamma(a + b)
    return y * (special.digamma(a) - both), y * (special.digamma(b) - both)


@elementwise(special.betaln)
def betaln(y, a, b):
    """
    >>> betaln(p, p[::-1])
    >>> betaln(s, t)
    """
    both = special.digamma(a + b)
    return special.digamma(a) - both, special.digamma(b) - both


@elementwise(special.gammainc, wrt=("x",))
def gammainc(y, a, x):
    """
    >>> gammainc(p, p[::-1])
    >>> gammainc(s, t)
    """
    return np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


@elementwise(special.gammaincc, wrt=("x",))
def gammaincc(y, a, x):
    """
    >>> gammaincc(p, p[::-1])
    >>> gammaincc(s, t)
    """
    return -np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


@elementwise(special.gammaincinv, wrt=("y",))
def gammaincinv(x, a, y):
    """
    >>> gammaincinv(p + 1, 0.2 + p[::-1] / 5)
    >>> gammaincinv(s, 0.37)
    """
    return np.exp(x + special.gammaln(a) - special.xlogy(a - 1, x))


@elementwise(special.gammainccinv, wrt=("y",))
def gammainccinv(x, a, y):
    """
    >>> gammainccinv(p + 1, 0.2 + p[::-1] / 5)
    >>> gammainccinv(s, 0.37)
    """
    return -np.exp(x + special.gammaln(a) - special.xlogy(a - 1, x))


@elementwise(special.betainc, wrt=("x",))
def betainc(y, a, b, x):
    """
    >>> betainc(p + 1, p[::-1], 0.2 + p / 5)
    >>> betainc(s, t, 0.37)
    """
    logarithm = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
    return np.exp(logarithm - special.betaln(a, b))


@elementwise(special.betaincc, wrt=("x",))
def betaincc(y, a, b, x):
    """
    >>> betaincc(p + 1, p[::-1], 0.2 + p / 5)
    >>> betaincc(s, t, 0.37)
    """
    logarithm = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
    return -np.exp(logarithm - special.betaln(a, b))


@elementwise(special.betaincinv, wrt=("y",))
def betaincinv(x, a, b, y):
    """
    >>> betaincinv(p + 1, p[::-1] + 1, 0.2 + p / 5)
    >>> betaincinv(s, t, 0.37)
    """
    logarithm = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
    return np.exp(special.betaln(a, b) - logarithm)


@elementwise(special.betainccinv, wrt=("y",))
def betainccinv(x, a, b, y):
    """
    >>> betainccinv(p + 1, p[::-1] + 1, 0.2 + p / 5)
    >>> betainccinv(s, t, 0.37)
    """
    logarithm = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
    return -np.exp(special.betaln(a, b) - logarithm)


@elementwise(special.zeta, wrt=("q",))
def zeta(y, x, q=None):
    """The derivative in `x` is not elementary, and SciPy does not have it.

    >>> zeta(p + 1.5, p[::-1])
    >>> zeta(s, t)
    """
    return -x * special.zeta(x + 1, q)
