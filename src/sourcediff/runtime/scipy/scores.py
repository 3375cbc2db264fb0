"""The slopes of the logarithms of standard densities."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def where_finite(y: Any, slope: Any) -> Any:
    """A slope where `y` is finite; 0 outside of the support, where `y` is constant.

    >>> where_finite(np.array([-np.inf, 0.5]), np.array([2.0, 3.0]))
    array([0., 3.])
    """
    return np.where(np.isfinite(y), slope, 0)


def inside(where: Any, x: Any, loc: Any, scale: Any) -> Any:
    """`(x - loc) / scale` in the support; a harmless 1/2 outside of it.

    >>> inside(np.array([False, True]), np.array([-1.0, 1.0]), 0.0, 4.0)
    array([0.5 , 0.25])
    """
    return np.where(where, (x - loc) / scale, 0.5)


def t_by_df(z: Any, df: Any) -> Any:
    """The derivative of the logarithm of Student's density in the degrees of freedom.

    >>> round(float(t_by_df(0.0, 1.0)), 6)
    0.193147
    """
    spread = special.digamma((df + 1) / 2) - special.digamma(df / 2) - 1 / df
    tail = (df + 1) * z**2 / (df * (df + z**2)) - np.log1p(z**2 / df)
    return (spread + tail) / 2


def f_by_dfn(z: Any, dfn: Any, dfd: Any) -> Any:
    """The derivative of the logarithm of F's density in the numerator's freedom.

    >>> round(float(f_by_dfn(1.0, 2.0, 2.0)), 6)
    0.153426
    """
    total = dfd + dfn * z
    spread = special.digamma(dfn / 2) - special.digamma((dfn + dfd) / 2)
    return (np.log(dfn * z / total) + 1 - spread - (dfn + dfd) * z / total) / 2


def f_by_dfd(z: Any, dfn: Any, dfd: Any) -> Any:
    """The derivative of the logarithm of F's density in the denominator's freedom.

    >>> round(float(f_by_dfd(1.0, 2.0, 2.0)), 6)
    0.153426
    """
    total = dfd + dfn * z
    spread = special.digamma(dfd / 2) - special.digamma((dfn + dfd) / 2)
    return (np.log(dfd / total) + 1 - spread - (dfn + dfd) / total) / 2


def normal_hazard(z: Any) -> Any:
    """The density of the normal distribution over its distribution function.

    >>> round(float(normal_hazard(0.0)), 6)
    0.797885
    """
    return np.exp(-z * z / 2 - special.log_ndtr(z)) / np.sqrt(2 * np.pi)


def skew_turn(z: Any, a: Any) -> Any:
    """The derivative of the skewed normal distribution function in its skewness.

    Owen's T function has an elementary one in its second argument.

    >>> round(float(skew_turn(0.0, 0.0)), 6)
    -0.31831
    """
    return -np.exp(-z * z * (1 + a * a) / 2) / (np.pi * (1 + a * a))


def rayleigh(z: Any) -> Any:
    """Of Rayleigh's distribution.

    >>> float(rayleigh(1.0))
    0.0
    """
    return 1 / np.where(z > 0, z, 1.0) - z


def maxwell(z: Any) -> Any:
    """Of Maxwell's distribution.

    >>> float(maxwell(1.0))
    1.0
    """
    return 2 / np.where(z > 0, z, 1.0) - z


def halfnorm(z: Any) -> Any:
    """Of the positive half of the normal distribution.

    >>> halfnorm(2.0)
    -2.0
    """
    return -z


def halfcauchy(z: Any) -> Any:
    """Of the positive half of the Cauchy distribution.

    >>> halfcauchy(1.0)
    -1.0
    """
    return -2 * z / (1 + z**2)


def hypsecant(z: Any) -> Any:
    """Of the hyperbolic secant distribution.

    >>> float(hypsecant(0.0))
    -0.0
    """
    return -np.tanh(z)


def norm(z: Any) -> Any:
    """Of the normal distribution.

    >>> norm(2.0)
    -2.0
    """
    return -z


def expon(z: Any) -> Any:
    """Of the exponential distribution.

    >>> expon(2.0)
    -1.0
    """
    return -1.0 + 0 * z


def uniform(z: Any) -> Any:
    """Of the uniform distribution.

    >>> uniform(0.5)
    0.0
    """
    return 0 * z


def laplace(z: Any) -> Any:
    """Of the Laplace distribution.

    >>> float(laplace(2.0))
    -1.0
    """
    return -np.sign(z)


def logistic(z: Any) -> Any:
    """Of the logistic distribution.

    >>> float(logistic(0.0))
    -0.0
    """
    return -np.tanh(z / 2)


def cauchy(z: Any) -> Any:
    """Of the Cauchy distribution.

    >>> cauchy(1.0)
    -1.0
    """
    return -2 * z / (1 + z**2)


def gumbel_r(z: Any) -> Any:
    """Of Gumbel's distribution of maxima.

    >>> float(gumbel_r(0.0))
    0.0
    """
    return np.exp(-z) - 1


def gumbel_l(z: Any) -> Any:
    """Of Gumbel's distribution of minima.

    >>> float(gumbel_l(0.0))
    0.0
    """
    return 1 - np.exp(z)
