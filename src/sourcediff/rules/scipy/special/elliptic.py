"""Elliptic integrals and functions: DLMF 19 and 22.

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
