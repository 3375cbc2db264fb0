"""Polynomials given by their coefficients, highest power first."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, multilinear, rule
from sourcediff.runtime import (
    cast_like,
    polyder_bar,
    polyfit_bars,
    polyfit_dot,
    polyint_bars,
    polymul_bar,
    trim_like,
    vander_bar,
    vander_dot,
)


@rule(np.polyval, wrt=("p", "x"))
def polyval(y_bar, y, p, x):
    """
    >>> polyval(v, w)
    >>> polyval(v, A)
    >>> polyval(w, s)
    >>> polyval(v[:1], w)
    >>> polyval(v, z)
    >>> polyval(z, v)
    """
    powers = np.vander(np.ravel(np.conj(x)), len(p)).T
    slope = np.polyval(np.polyder(p), x)
    p_bar = cast_like(powers @ np.ravel(y_bar), p)
    return p_bar, cast_like(y_bar * np.conj(slope), x)


@jvp(polyval)
def polyval_jvp(p_dot, x_dot, y, p, x):
    return np.polyval(p_dot, x) + np.polyval(np.polyder(p), x) * x_dot


@linear(np.polyder)
def polyder(y_bar, p, m=1):
    """
    >>> polyder(v)
    >>> polyder(v, 3)
    >>> polyder(v[:2], 2)
    """
    return polyder_bar(y_bar, len(p), m)


@linear(np.polyint, wrt=("p", "k"))
def polyint(y_bar, p, m=1, k=None):
    """
    >>> polyint(v)
    >>> polyint(v, 2)
    >>> polyint(v, 1, s)
    >>> polyint(v, 2, [s, t])
    """
    return polyint_bars(y_bar, len(p), m, k)


@rule(np.polyfit, wrt=("x", "y"))
def polyfit(p_bar, p, x, y, deg):
    """
    >>> polyfit(v, w, 2)
    >>> polyfit(A[0], B, 1)
    """
    return polyfit_bars(p_bar, p, x, y, deg)


@jvp(polyfit)
def polyfit_jvp(x_dot, y_dot, p, x, y, deg):
    return polyfit_dot(x_dot, y_dot, p, x, y, deg)


@linear(np.polyadd, wrt=("a1", "a2"))
def polyadd(y_bar, a1, a2):
    """
    >>> polyadd(v, w[:3])
    >>> polyadd(v[:2], w)
    """
    return trim_like(y_bar, a1), trim_like(y_bar, a2)


@linear(np.polysub, wrt=("a1", "a2"))
def polysub(y_bar, a1, a2):
    """
    >>> polysub(v, w[:3])
    >>> polysub(v[:2], w)
    """
    return trim_like(y_bar, a1), -trim_like(y_bar, a2)


@multilinear(np.polymul)
def polymul(y_bar, a1, a2):
    """
    >>> polymul(v, w[:3])
    """
    return polymul_bar(y_bar, a1, a2), polymul_bar(y_bar, a2, a1)


@rule(np.roots)
def roots(r_bar, r, p):
    """
    Simple roots only: a multiple root has no derivative.

    >>> roots(np.array([1.3, -1.2, -9.5, 2.7]))
    >>> roots(np.array([1.3, 0.2, 2.9]))
    """
    slopes = np.polyval(np.polyder(p), r)
    powers = np.vander(np.conj(r), len(p)).T
    return cast_like(-powers @ (r_bar / np.conj(slopes)), p)


@jvp(roots)
def roots_jvp(p_dot, r, p):
    return -np.polyval(p_dot, r) / np.polyval(np.polyder(p), r)


@rule(np.vander)
def vander(y_bar, y, x, N=None, increasing=False):
    """
    >>> vander(v)
    >>> vander(v, 3)
    >>> vander(v, 4, increasing=True)
    >>> vander(v, 1)
    >>> vander(z, 3)
    """
    return vander_bar(y_bar, x, increasing)


@jvp(vander)
def vander_jvp(x_dot, y, x, N=None, increasing=False):
    return vander_dot(x_dot, x, np.shape(y)[1], increasing)
