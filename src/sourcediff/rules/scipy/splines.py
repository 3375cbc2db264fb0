"""What stands for splines that go through values which carry derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import interpolate

from sourcediff.rules.declare import jvp, linear, nondifferentiable, opaque, rule
from sourcediff.rules.stand_ins import stands_for
from sourcediff.runtime.scipy.splines import (
    Knots,
    basis_sums,
    cubic_coefficients,
    end_mode,
    evaluated,
    held_knots,
    of_zeros,
    power_sums,
    spread_powers,
)


@dataclass(frozen=True, eq=False)
class Spline:
    """Polynomials between knots: `c[k, i]` times a power of `x - knots[i]`.

    The powers fall with `k`. `axis` is the one of the values that places replace.
    """

    c: Any
    knots: Any
    axis: Any
    extrapolate: Any

    def __call__(self, x, nu=0, extrapolate=None):
        """The values, or derivatives of order `nu`, at places."""
        mode = end_mode(self.extrapolate, extrapolate)
        y = evaluated(self.c, self.knots, x, nu, mode)
        ahead = range(np.ndim(x))
        return np.moveaxis(y, ahead, range(self.axis, self.axis + np.ndim(x)))


@stands_for(interpolate.CubicSpline)
def cubic_spline(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    """The spline with a continuous second derivative."""
    c = cubic_coefficients(np.moveaxis(y, axis, 0), x, bc_type)
    mode = end_mode(bc_type, extrapolate)
    return Spline(c, held_knots(x), axis % np.ndim(y), mode)


opaque(Knots, made_by=(held_knots,))
nondifferentiable(end_mode, held_knots)

_KNOTS = np.array([0.0, 0.7, 1.1, 2.3, 2.9])
_HELD = Knots(_KNOTS)


@rule(cubic_coefficients)
def coefficients(c_bar, c, y, x, bc_type):
    """De Boor 2001: the coefficients are affine in the values.

    >>> coefficients(v, _KNOTS, "not-a-knot")
    >>> coefficients(A, _KNOTS[:3], "natural")
    >>> coefficients(z, _KNOTS, ((1, 0.3), (2, 0.7)))
    """
    return basis_sums(c_bar, x, of_zeros(bc_type))


@jvp(coefficients)
def coefficients_jvp(y_dot, c, y, x, bc_type):
    return cubic_coefficients(y_dot, x, of_zeros(bc_type))


@linear(basis_sums)
def sums(y_bar, c_bar, x, bc_type):
    """
    >>> sums(np.stack([A, C, -A, C * C]), _KNOTS[:4], "not-a-knot")
    """
    return cubic_coefficients(y_bar, x, bc_type)


@rule(evaluated, wrt=("c", "x"))
def values(y_bar, y, c, knots, x, nu=0, mode=True):
    """
    >>> values(np.stack([w[:4], v[:4], p[:4]]), _HELD, p)
    >>> values(np.stack([A.T, C.T, B]), _HELD, p, 1)
    >>> values(np.stack([w[:4], v[:4], p[:4]]), _HELD, 0.83, 0, False)
    """
    slope = evaluated(c, knots, x, nu + 1, mode)
    return (
        spread_powers(y_bar, knots, x, np.shape(c), nu, mode),
        power_sums(y_bar, slope, x),
    )


@jvp(values)
def values_jvp(c_dot, x_dot, y, c, knots, x, nu=0, mode=True):
    slope = evaluated(c, knots, x, nu + 1, mode)
    trailing = np.shape(x) + (1,) * (np.ndim(c) - 2)
    return evaluated(c_dot, knots, x, nu, mode) + slope * np.reshape(x_dot, trailing)


@rule(spread_powers, wrt=("y_bar", "x"))
def powers(c_bar, spread, y_bar, knots, x, shape, nu=0, mode=True):
    """
    >>> powers(w, _HELD, p, (3, 4))
    >>> powers(A, _HELD, p[:3], (3, 4, 4), 1)
    """
    slope = evaluated(c_bar, knots, x, nu + 1, mode)
    return evaluated(c_bar, knots, x, nu, mode), power_sums(y_bar, slope, x)


@jvp(powers)
def powers_jvp(y_bar_dot, x_dot, spread, y_bar, knots, x, shape, nu=0, mode=True):
    trailing = np.shape(x) + (1,) * (len(shape) - 2)
    moved = y_bar * np.reshape(x_dot, trailing)
    return spread_powers(y_bar_dot, knots, x, shape, nu, mode) + spread_powers(
        moved, knots, x, shape, nu + 1, mode
    )
