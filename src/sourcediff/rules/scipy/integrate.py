"""Integrals of samples; by the places of the samples only where that is simple."""

from __future__ import annotations

import numpy as np
from scipy import integrate

from sourcediff.rules.declare import jvp, linear, rule
from sourcediff.runtime import trapezoid_bars
from sourcediff.runtime.scipy.samples import (
    cumulative_trapezoid_bars,
    trapezoid_dot,
    weighted,
)


@rule(integrate.trapezoid, wrt=("y", "x", "dx"))
def trapezoid(z_bar, z, y, x=None, dx=1.0, axis=-1):
    """
    >>> trapezoid(v)
    >>> trapezoid(A, dx=0.3, axis=0)
    >>> trapezoid(v, w)
    >>> trapezoid(A, C)
    """
    return trapezoid_bars(z_bar, y, x, dx, axis)


@jvp(trapezoid)
def trapezoid_jvp(y_dot, x_dot, dx_dot, z, y, x=None, dx=1.0, axis=-1):
    return trapezoid_dot(y_dot, x_dot, dx_dot, y, x, dx, axis)


@linear(integrate.simpson, wrt=("y",))
def simpson(z_bar, y, x=None, *, dx=1.0, axis=-1):
    """
    >>> simpson(v)
    >>> simpson(A, dx=0.3, axis=0)
    >>> simpson(A, np.array([0.3, 0.7, 1.9, 2.2]))
    >>> simpson(A, x=np.array([0.3, 0.7, 1.9]), axis=0)
    """
    n = np.shape(y)[axis]
    weights = integrate.simpson(np.eye(n), x, dx=dx)
    return weighted(z_bar, weights, y, axis)


@rule(integrate.cumulative_trapezoid, wrt=("y", "x"))
def cumulative_trapezoid(z_bar, z, y, x=None, dx=1.0, axis=-1, initial=None):
    """
    >>> cumulative_trapezoid(v)
    >>> cumulative_trapezoid(A, dx=0.3, axis=0)
    >>> cumulative_trapezoid(v, w, initial=0)
    >>> cumulative_trapezoid(A, np.array([0.3, 0.7, 1.9, 2.2]), initial=0)
    """
    return cumulative_trapezoid_bars(z_bar, y, x, dx, axis, initial)


@jvp(cumulative_trapezoid)
def cumulative_trapezoid_jvp(y_dot, x_dot, z, y, x=None, dx=1.0, axis=-1, initial=None):
    total = integrate.cumulative_trapezoid(y_dot, x, dx, axis, initial)
    if x is None:
        return total
    return total + integrate.cumulative_trapezoid(y, x_dot, dx, axis, initial)
