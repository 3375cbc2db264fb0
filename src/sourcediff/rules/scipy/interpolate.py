"""Splines of constants, at the places where they are evaluated."""

from __future__ import annotations

from scipy import interpolate

from sourcediff.rules.declare import elementwise, nondifferentiable, opaque
from sourcediff.rules.scipy import splines
from sourcediff.runtime.scipy.splines import of_one_value, of_zeros

opaque(interpolate.PPoly, made_by=(interpolate.PPoly.derivative,))
opaque(interpolate.PPoly, made_by=(interpolate.PPoly.antiderivative,))
opaque(interpolate.BPoly)
opaque(interpolate.BSpline, made_by=(interpolate.make_interp_spline,))
opaque(interpolate.BSpline, made_by=(interpolate.BSpline.derivative,))
opaque(interpolate.UnivariateSpline)
nondifferentiable(of_zeros)

_SPLINE = interpolate.CubicSpline([0.0, 0.7, 1.1, 2.3], [0.3, -0.5, 1.2, 0.8])
_B_SPLINE = interpolate.make_interp_spline([0.0, 0.7, 1.1, 2.3], [0.3, -0.5, 1.2, 0.8])
_FITTED = interpolate.InterpolatedUnivariateSpline(_SPLINE.x, _SPLINE(_SPLINE.x))


@elementwise(interpolate.PPoly.__call__, wrt=("x",))
def piecewise_polynomial(y, self, x, nu=0, extrapolate=None):
    """
    >>> piecewise_polynomial(_SPLINE, p)
    >>> piecewise_polynomial(_SPLINE, v, 1)
    """
    return of_one_value(self(x, nu + 1, extrapolate), x)


@elementwise(interpolate.BSpline.__call__, wrt=("x",))
def b_spline(y, self, x, nu=0, extrapolate=None):
    """
    >>> b_spline(_B_SPLINE, p)
    >>> b_spline(_B_SPLINE, v, 1)
    """
    return of_one_value(self(x, nu + 1, extrapolate), x)


@elementwise(interpolate.UnivariateSpline.__call__, wrt=("x",))
def fitted_spline(y, self, x, nu=0, ext=None):
    """
    >>> fitted_spline(_FITTED, p)
    >>> fitted_spline(_FITTED, v, 1)
    """
    return of_one_value(self(x, nu + 1, ext), x)


@elementwise(interpolate.PPoly.integrate, wrt=("a", "b"))
def integrate(y, self, a, b, extrapolate=None):
    """
    >>> integrate(_SPLINE, 0.3, s)
    """
    return -self(a, 0, extrapolate), self(b, 0, extrapolate)


__all__ = ["splines"]
