"""Elliptic integrals and functions: DLMF 19 and 22.

Carlson's symmetric integrals have the slopes of 19.18; those of R_D and R_J take
another form where arguments are equal, and are not offered.

The complete integrals are hypergeometric functions, whose derivatives have no
singularity at 0. Those of the incomplete integrals and of Jacobi's functions in the
parameter are not offered.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise, jvp, rule
from sourcediff.runtime.scipy.special import (
    ellipe_slope,
    ellipk_slope,
    ellipkm1_slope,
)


@elementwise(special.ellipk)
def ellipk(y, m):
    """
    >>> ellipk(u)
    >>> ellipk(0.37)
    """
    return ellipk_slope(m)


@elementwise(special.ellipe)
def ellipe(y, m):
    """
    >>> ellipe(u)
    >>> ellipe(0.37)
    """
    return ellipe_slope(m)


@elementwise(special.ellipkm1)
def ellipkm1(y, p):
    """
    >>> ellipkm1(0.2 + p / 3)
    >>> ellipkm1(0.4)
    """
    return ellipkm1_slope(y, p)


@elementwise(special.ellipkinc, wrt=("phi",))
def ellipkinc(y, phi, m):
    """
    >>> ellipkinc(v, u)
    >>> ellipkinc(s, 0.37)
    """
    return 1 / np.sqrt(1 - m * np.sin(phi) ** 2)


@elementwise(special.ellipeinc, wrt=("phi",))
def ellipeinc(y, phi, m):
    """
    >>> ellipeinc(v, u)
    >>> ellipeinc(s, 0.37)
    """
    return np.sqrt(1 - m * np.sin(phi) ** 2)


@rule(special.ellipj, wrt=("u",))
def ellipj(y_bar, y, u, m):
    """
    >>> ellipj(v, 0.37)
    >>> ellipj(s, 0.37)
    """
    sn, cn, dn, _ = y
    sn_bar, cn_bar, dn_bar, ph_bar = y_bar
    return sn_bar * cn * dn - cn_bar * sn * dn - m * dn_bar * sn * cn + ph_bar * dn


@jvp(ellipj)
def ellipj_jvp(u_dot, y, u, m):
    sn, cn, dn, _ = y
    return u_dot * cn * dn, -u_dot * sn * dn, -m * u_dot * sn * cn, u_dot * dn


@elementwise(special.agm)
def agm(y, a, b):
    """Of degree one in both, and pi (a + b) / (4 K(m)): DLMF 19.8.5.

    >>> agm(p, p[::-1])
    >>> agm(s, t)
    """
    m = ((a - b) / (a + b)) ** 2
    total = y / (a + b)
    turn = 4 * total * (b - a) / (a + b) ** 2 * ellipk_slope(m) / special.ellipk(m)
    return total + turn * b, total - turn * a


@elementwise(special.elliprc, reals=True)
def elliprc(z, x, y):
    """R_C(x, y) is R_F(x, y, y). Its principal value for y < 0 has no derivative here.

    >>> elliprc(p, p[::-1])
    >>> elliprc(s, t)
    """
    if np.any(np.less(y, 0)):
        raise ValueError("scipy.special.elliprc has no derivative for negative y")
    return -special.elliprd(y, y, x) / 6, -special.elliprd(x, y, y) / 3


@elementwise(special.elliprf, reals=True)
def elliprf(w, x, y, z):
    """
    >>> elliprf(p, p[::-1], s)
    >>> elliprf(s, t, 1.1)
    """
    return (
        -special.elliprd(y, z, x) / 6,
        -special.elliprd(z, x, y) / 6,
        -special.elliprd(x, y, z) / 6,
    )


@elementwise(special.elliprg, reals=True)
def elliprg(w, x, y, z):
    """
    >>> elliprg(p, p[::-1], s)
    >>> elliprg(s, t, 1.1)
    """
    first = special.elliprf(x, y, z)
    return (
        (first - x * special.elliprd(y, z, x) / 3) / 4,
        (first - y * special.elliprd(z, x, y) / 3) / 4,
        (first - z * special.elliprd(x, y, z) / 3) / 4,
    )
