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
