"""Splines, at the places where they are evaluated; what they go through is constant."""

from __future__ import annotations

from scipy import interpolate

from sourcediff.rules.declare import elementwise, opaque
from sourcediff.runtime.scipy.splines import of_one_value

opaque(interpolate.PPoly, interpolate.BPoly, interpolate.BSpline)
opaque(interpolate.UnivariateSpline)

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
