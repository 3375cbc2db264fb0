"""Hypergeometric functions in their argument: DLMF 13, 15 and 10.46."""

from __future__ import annotations

from scipy import special

from sourcediff.rules.declare import elementwise


@elementwise(special.hyp0f1, wrt=("z",))
def hyp0f1(y, v, z):
    """
    >>> hyp0f1(1.3, v)
    >>> hyp0f1(1.3, z)
    >>> hyp0f1(s, t)
    """
    return special.hyp0f1(v + 1, z) / v


@elementwise(special.hyp1f1, wrt=("x",))
def hyp1f1(y, a, b, x):
    """
    >>> hyp1f1(1.3, 2.4, v)
    >>> hyp1f1(1.3, 2.4, z)
    >>> hyp1f1(s, t, 0.37)
    """
    return a / b * special.hyp1f1(a + 1, b + 1, x)


@elementwise(special.hyp2f1, wrt=("z",))
def hyp2f1(y, a, b, c, z):
    """
    >>> hyp2f1(1.3, 0.7, 2.4, u)
    >>> hyp2f1(1.3, 0.7, 2.4, z)
    >>> hyp2f1(s, t, 1.7, 0.37)
    """
    return a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z)


@elementwise(special.hyperu, wrt=("x",))
def hyperu(y, a, b, x):
    """
    >>> hyperu(1.3, 2.4, p)
    >>> hyperu(s, t, 0.37)
    """
    return -a * special.hyperu(a + 1, b + 1, x)


@elementwise(special.wright_bessel, wrt=("x",))
def wright_bessel(y, a, b, x):
    """
    >>> wright_bessel(1.3, 2.4, p)
    >>> wright_bessel(s, t, 0.37)
    """
    return special.wright_bessel(a, a + b, x)
