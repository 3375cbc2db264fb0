"""Bessel functions and Struve's, in their argument: DLMF 9, 10 and 11.

The derivative in the order is not elementary, and SciPy does not have it. The functions
scaled by a modulus of the argument are not holomorphic: real arguments only.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from sourcediff.rules import declare
from sourcediff.rules.declare import elementwise, rule
from sourcediff.runtime.scipy.special import (
    spherical_slope,
    struve_term,
)


@elementwise(special.j0)
def j0(y, x):
    """>>> j0(v)"""
    return -special.j1(x)


@elementwise(special.j1)
def j1(y, x):
    """>>> j1(v)"""
    return (special.j0(x) - special.jv(2, x)) / 2


@elementwise(special.y0)
def y0(y, x):
    """>>> y0(p)"""
    return -special.y1(x)


@elementwise(special.y1)
def y1(y, x):
    """>>> y1(p)"""
    return (special.y0(x) - special.yv(2, x)) / 2


@elementwise(special.i0)
def i0(y, x):
    """>>> i0(v)"""
    return special.i1(x)


@elementwise(special.i1)
def i1(y, x):
    """>>> i1(v)"""
    return (special.i0(x) + special.iv(2, x)) / 2


@elementwise(special.i0e)
def i0e(y, x):
    """>>> i0e(v)"""
    return special.i1e(x) - np.sign(x) * y


@elementwise(special.i1e)
def i1e(y, x):
    """>>> i1e(v)"""
    return (special.i0e(x) + special.ive(2, x)) / 2 - np.sign(x) * y


@elementwise(special.k0)
def k0(y, x):
    """>>> k0(p)"""
    return -special.k1(x)


@elementwise(special.k1)
def k1(y, x):
    """>>> k1(p)"""
    return -(special.k0(x) + special.kv(2, x)) / 2


@elementwise(special.k0e)
def k0e(y, x):
    """>>> k0e(p)"""
    return y - special.k1e(x)


@elementwise(special.k1e)
def k1e(y, x):
    """>>> k1e(p)"""
    return y - (special.k0e(x) + special.kve(2, x)) / 2


@elementwise(special.jv, wrt=("z",))
def jv(y, v, z):
    """
    >>> jv(k, v)
    >>> jv(1.3, p)
    >>> jv(p, p[::-1])
    >>> jv(1.3, z)
    """
    return (special.jv(v - 1, z) - special.jv(v + 1, z)) / 2


@elementwise(special.yv, wrt=("z",))
def yv(y, v, z):
    """
    >>> yv(k, p)
    >>> yv(1.3, z)
    """
    return (special.yv(v - 1, z) - special.yv(v + 1, z)) / 2


@elementwise(special.yn, wrt=("x",))
def yn(y, n, x):
    """
    >>> yn(k, p)
    >>> yn(0, s)
    """
    return (special.yv(n - 1, x) - special.yv(n + 1, x)) / 2


@elementwise(special.iv, wrt=("z",))
def iv(y, v, z):
    """
    >>> iv(k, v)
    >>> iv(1.3, p)
    >>> iv(1.3, z)
    """
    return (special.iv(v - 1, z) + special.iv(v + 1, z)) / 2


@elementwise(special.kv, wrt=("z",))
def kv(y, v, z):
    """
    >>> kv(k, p)
    >>> kv(1.3, z)
    """
    return -(special.kv(v - 1, z) + special.kv(v + 1, z)) / 2


@elementwise(special.kn, wrt=("x",))
def kn(y, n, x):
    """
    >>> kn(k, p)
    >>> kn(0, s)
    """
    return -(special.kv(n - 1, x) + special.kv(n + 1, x)) / 2


@elementwise(special.jve, wrt=("z",), reals=True)
def jve(y, v, z):
    """
    >>> jve(1.3, p)
    """
    return (special.jve(v - 1, z) - special.jve(v + 1, z)) / 2


@elementwise(special.yve, wrt=("z",), reals=True)
def yve(y, v, z):
    """
    >>> yve(1.3, p)
    """
    return (special.yve(v - 1, z) - special.yve(v + 1, z)) / 2


@elementwise(special.ive, wrt=("z",), reals=True)
def ive(y, v, z):
    """
    >>> ive(k, v)
    >>> ive(1.3, p)
    """
    return (special.ive(v - 1, z) + special.ive(v + 1, z)) / 2 - np.sign(z) * y


@elementwise(special.kve, wrt=("z",))
def kve(y, v, z):
    """
    >>> kve(k, p)
    >>> kve(1.3, z)
    """
    return y - (special.kve(v - 1, z) + special.kve(v + 1, z)) / 2


@elementwise(special.hankel1, wrt=("z",))
def hankel1(y, v, z):
    """>>> hankel1(1.3, z)"""
    return (special.hankel1(v - 1, z) - special.hankel1(v + 1, z)) / 2


@elementwise(special.hankel2, wrt=("z",))
def hankel2(y, v, z):
    """>>> hankel2(1.3, z)"""
    return (special.hankel2(v - 1, z) - special.hankel2(v + 1, z)) / 2


@elementwise(special.hankel1e, wrt=("z",))
def hankel1e(y, v, z):
    """>>> hankel1e(1.3, z)"""
    return (special.hankel1e(v - 1, z) - special.hankel1e(v + 1, z)) / 2 - 1j * y


@elementwise(special.hankel2e, wrt=("z",))
def hankel2e(y, v, z):
    """>>> hankel2e(1.3, z)"""
    return (special.hankel2e(v - 1, z) - special.hankel2e(v + 1, z)) / 2 + 1j * y


@elementwise(special.jvp, wrt=("z",))
def jvp(y, v, z, n=1):
    """
    >>> jvp(1.3, p)
    >>> jvp(k, v, 2)
    """
    return special.jvp(v, z, n + 1)


@elementwise(special.yvp, wrt=("z",))
def yvp(y, v, z, n=1):
    """>>> yvp(1.3, p)"""
    return special.yvp(v, z, n + 1)


@elementwise(special.ivp, wrt=("z",))
def ivp(y, v, z, n=1):
    """>>> ivp(1.3, p)"""
    return special.ivp(v, z, n + 1)


@elementwise(special.kvp, wrt=("z",))
def kvp(y, v, z, n=1):
    """>>> kvp(1.3, p)"""
    return special.kvp(v, z, n + 1)


@elementwise(special.spherical_jn, wrt=("z",))
def spherical_jn(y, n, z, derivative=False):
    """
    >>> spherical_jn(2, p)
    >>> spherical_jn(2, p, True)
    >>> spherical_jn(0, s)
    """
    if derivative:
        return spherical_slope(y, special.spherical_jn(n, z), n, z, 1)
    return special.spherical_jn(n, z, True)


@elementwise(special.spherical_yn, wrt=("z",))
def spherical_yn(y, n, z, derivative=False):
    """
    >>> spherical_yn(2, p)
    >>> spherical_yn(2, p + 0.3, True)
    """
    if derivative:
        return spherical_slope(y, special.spherical_yn(n, z), n, z, 1)
    return special.spherical_yn(n, z, True)


@elementwise(special.spherical_in, wrt=("z",))
def spherical_in(y, n, z, derivative=False):
    """
    >>> spherical_in(2, p)
    >>> spherical_in(2, p, True)
    """
    if derivative:
        return spherical_slope(y, special.spherical_in(n, z), n, z, -1)
    return special.spherical_in(n, z, True)


@elementwise(special.spherical_kn, wrt=("z",))
def spherical_kn(y, n, z, derivative=False):
    """
    >>> spherical_kn(2, p)
    >>> spherical_kn(2, p, True)
    """
    if derivative:
        return spherical_slope(y, special.spherical_kn(n, z), n, z, -1)
    return special.spherical_kn(n, z, True)


@rule(special.airy)
def airy(y_bar, y, z):
    """
    >>> airy(v)
    >>> airy(z)
    >>> airy(s)
    """
    a, a_slope, b, b_slope = y
    a_bar, a_slope_bar, b_bar, b_slope_bar = y_bar
    slopes = a_bar * np.conj(a_slope) + b_bar * np.conj(b_slope)
    curvatures = a_slope_bar * np.conj(a) + b_slope_bar * np.conj(b)
    return slopes + np.conj(z) * curvatures


@declare.jvp(airy)
def airy_jvp(z_dot, y, z):
    a, a_slope, b, b_slope = y
    return a_slope * z_dot, z * a * z_dot, b_slope * z_dot, z * b * z_dot


@elementwise(special.struve, wrt=("x",))
def struve(y, v, x):
    """
    >>> struve(k, p)
    >>> struve(1.3, p)
    """
    ends = special.struve(v - 1, x) - special.struve(v + 1, x)
    return (ends + struve_term(v, x)) / 2


@elementwise(special.modstruve, wrt=("x",))
def modstruve(y, v, x):
    """
    >>> modstruve(k, p)
    >>> modstruve(1.3, p)
    """
    ends = special.modstruve(v - 1, x) + special.modstruve(v + 1, x)
    return (ends + struve_term(v, x)) / 2


@elementwise(special.ber)
def ber(y, x):
    """>>> ber(p)"""
    return special.berp(x)


@elementwise(special.bei)
def bei(y, x):
    """>>> bei(p)"""
    return special.beip(x)


@elementwise(special.ker)
def ker(y, x):
    """>>> ker(p)"""
    return special.kerp(x)


@elementwise(special.kei)
def kei(y, x):
    """>>> kei(p)"""
    return special.keip(x)


@elementwise(special.berp)
def berp(y, x):
    """>>> berp(p)"""
    return -special.bei(x) - y / x


@elementwise(special.beip)
def beip(y, x):
    """>>> beip(p)"""
    return special.ber(x) - y / x


@elementwise(special.kerp)
def kerp(y, x):
    """>>> kerp(p)"""
    return -special.kei(x) - y / x


@elementwise(special.keip)
def keip(y, x):
    """>>> keip(p)"""
    return special.ker(x) - y / x
