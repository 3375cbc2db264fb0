"""Integrals of samples; by the places of the samples only where that is simple."""

from __future__ import annotations

import numpy as np
from scipy import integrate

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import trapezoid_bars
from sourcediff.runtime.scipy.samples import (
    along,
    cumulative_trapezoid_bars,
    simpson_bars,
    simpson_slopes,
    trapezoid_dot,
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


@rule(integrate.simpson, wrt=("y", "x", "dx"))
def simpson(z_bar, z, y, x=None, *, dx=1.0, axis=-1):
    """
    Cartwright 2017, "Simpson's rule cumulative integration with MS Excel and
    irregularly-spaced data", for the last of an odd number of intervals.

    >>> simpson(v)
    >>> simpson(A, dx=0.3, axis=0)
    >>> simpson(A, dx=s)
    >>> simpson(A, np.array([0.3, 0.7, 1.9, 2.2]))
    >>> simpson(A, x=np.array([0.3, 0.7, 1.9]), axis=0)
    >>> simpson(v, 3 * np.cumsum(p + 1))
    >>> simpson(A, np.cumsum(abs(C), axis=1))
    >>> simpson(v[:2], np.cumsum(p)[:2])
    """
    return simpson_bars(z_bar, z, y, x, dx, axis)


@jvp(simpson)
def simpson_jvp(y_dot, x_dot, dx_dot, z, y, x=None, *, dx=1.0, axis=-1):
    moved = integrate.simpson(y_dot, x=x, dx=dx, axis=axis)
    if x is None:
        return moved + z * dx_dot / dx
    widths_dot = np.diff(along(x_dot, y, axis), axis=-1)
    return moved + np.sum(simpson_slopes(y, x, axis) * widths_dot, axis=-1)


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
