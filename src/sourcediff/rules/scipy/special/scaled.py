"""Airy's and Kelvin's functions in pairs, integrals of Bessel's: DLMF 9 and 10.

`airye` is scaled by what is not holomorphic, and is not a number below 0.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise, jvp, rule
from sourcediff.runtime import cast_like


@rule(special.airye, reals=True)
def airye(y_bar, y, z):
    """
    >>> airye(p)
    >>> airye(s)
    """
    a, a_slope, b, b_slope = y
    a_bar, a_slope_bar, b_bar, b_slope_bar = y_bar
    root = np.sqrt(z)
    of_a = a_bar * (a_slope + root * a) + a_slope_bar * (z * a + root * a_slope)
    of_b = b_bar * (b_slope - root * b) + b_slope_bar * (z * b - root * b_slope)
    return of_a + of_b


@jvp(airye)
def airye_jvp(z_dot, y, z):
    a, a_slope, b, b_slope = y
    root = np.sqrt(z)
    return (
        (a_slope + root * a) * z_dot,
        (z * a + root * a_slope) * z_dot,
        (b_slope - root * b) * z_dot,
        (z * b - root * b_slope) * z_dot,
    )


@rule(special.kelvin)
def kelvin(y_bar, y, x):
    """
    >>> kelvin(p)
    >>> kelvin(s)
    """
    be, ke, be_slope, ke_slope = np.conj(y)
    be_bar, ke_bar, be_slope_bar, ke_slope_bar = y_bar
    slopes = be_bar * be_slope + ke_bar * ke_slope
    of_be = be_slope_bar * (-1j * be - be_slope / x)
    of_ke = ke_slope_bar * (-1j * ke - ke_slope / x)
    return np.real(slopes + of_be + of_ke)


@jvp(kelvin)
def kelvin_jvp(x_dot, y, x):
    be, ke, be_slope, ke_slope = y
    of_be = (1j * be - be_slope / x) * x_dot
    of_ke = (1j * ke - ke_slope / x) * x_dot
    return be_slope * x_dot, ke_slope * x_dot, of_be, of_ke


@rule(special.it2i0k0)
def it2i0k0(y_bar, y, x):
    """
    >>> it2i0k0(p)
    >>> it2i0k0(s)
    """
    return (y_bar[0] * (special.i0(x) - 1) - y_bar[1] * special.k0(x)) / x


@jvp(it2i0k0)
def it2i0k0_jvp(x_dot, y, x):
    return (special.i0(x) - 1) / x * x_dot, -special.k0(x) / x * x_dot


@rule(special.it2j0y0)
def it2j0y0(y_bar, y, x):
    """
    >>> it2j0y0(p)
    >>> it2j0y0(s)
    """
    return (y_bar[0] * (1 - special.j0(x)) - y_bar[1] * special.y0(x)) / x


@jvp(it2j0y0)
def it2j0y0_jvp(x_dot, y, x):
    return (1 - special.j0(x)) / x * x_dot, -special.y0(x) / x * x_dot


@elementwise(special.it2struve0)
def it2struve0(y, x):
    """
    >>> it2struve0(p)
    >>> it2struve0(s)
    """
    return cast_like(-special.struve(0, x) / x, x)


@elementwise(special.besselpoly, wrt=("a",))
def besselpoly(y, a, lmb, nu):
    """
    >>> besselpoly(p, 1.3, 2.0)
    >>> besselpoly(s, 0.7, 1.0)
    """
    return (special.jv(nu, 2 * a) - (lmb + 1) * y) / a


@elementwise(special.h1vp, wrt=("z",))
def h1vp(y, v, z, n=1):
    """>>> h1vp(1.3, z)"""
    return special.h1vp(v, z, n + 1)


@elementwise(special.h2vp, wrt=("z",))
def h2vp(y, v, z, n=1):
    """>>> h2vp(1.3, z, 2)"""
    return special.h2vp(v, z, n + 1)
