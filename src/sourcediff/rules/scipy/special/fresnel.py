"""The modified Fresnel integrals: DLMF 7.2.

Their values in SciPy before 1.15 are not what it says of them.
"""

from __future__ import annotations

import cmath
import math

import numpy as np
from scipy import special

from sourcediff.rules.declare import jvp, rule

_TURN = cmath.exp(0.25j * math.pi) / math.sqrt(math.pi)


@rule(special.modfresnelp)
def modfresnelp(y_bar, y, x):
    """
    >>> modfresnelp(p)
    >>> modfresnelp(s)
    """
    f_slope = -np.exp(1j * x**2)
    k_slope = -2j * x * y[1] - _TURN.conjugate()
    return np.real(y_bar[0] * np.conj(f_slope) + y_bar[1] * np.conj(k_slope))


@jvp(modfresnelp)
def modfresnelp_jvp(x_dot, y, x):
    k_slope = -2j * x * y[1] - _TURN.conjugate()
    return -np.exp(1j * x**2) * x_dot, k_slope * x_dot


@rule(special.modfresnelm)
def modfresnelm(y_bar, y, x):
    """
    >>> modfresnelm(p)
    >>> modfresnelm(s)
    """
    f_slope = -np.exp(-1j * x**2)
    k_slope = 2j * x * y[1] - _TURN
    return np.real(y_bar[0] * np.conj(f_slope) + y_bar[1] * np.conj(k_slope))


@jvp(modfresnelm)
def modfresnelm_jvp(x_dot, y, x):
    k_slope = 2j * x * y[1] - _TURN
    return -np.exp(-1j * x**2) * x_dot, k_slope * x_dot
