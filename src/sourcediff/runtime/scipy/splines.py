"""Splines: what they are made of, and their values at places."""

from __future__ import annotations

from math import perm
from typing import Any

import numpy as np
from scipy import interpolate

from sourcediff.runtime.dispatch import overridable


def of_one_value(slope: Any, x: Any) -> Any:
    """The slope of a spline; that of a spline of vectors, not elementwise, is refused.

    >>> of_one_value(np.ones((3, 2)), np.ones(3))
    Traceback (most recent call last):
    TypeError: a spline whose values are arrays has no derivative: take one component
    """
    if np.ndim(slope) != np.ndim(x):
        raise TypeError(
            "a spline whose values are arrays has no derivative: take one component"
        )
    return slope


@overridable
def cubic_coefficients(y: Any, x: Any, bc_type: Any) -> Any:
    """The coefficients of the cubic spline through values along the first axis.

    >>> cubic_coefficients(np.array([0.0, 1.0, 4.0]), np.arange(3.0), "not-a-knot")[1]
    array([1., 1.])
    """
    return interpolate.CubicSpline(x, y, bc_type=bc_type).c


@overridable
def basis_sums(c_bar: Any, x: Any, bc_type: Any) -> Any:
    """The cotangent of the values, from that of the coefficients.

    It is the product with the coefficients of the splines through the unit vectors.
    Where a spline is periodic, its first and last value are one, which comes first.

    >>> basis_sums(np.ones((4, 1)), np.array([0.0, 2.0]), "not-a-knot")
    array([0.5, 0.5])
    """
    units = np.eye(len(x))
    if bc_type == "periodic":
        units[-1] = units[0]
    basis = cubic_coefficients(units, x, bc_type)
    return np.einsum("kij,ki...->j...", basis, c_bar)


class Knots:
    """The knots of a spline, which are constants."""

    def __init__(self, x: Any) -> None:
        self.x = np.asarray(x, float)


def held_knots(x: Any) -> Knots:
    """Knots by which nothing is differentiated.

    >>> held_knots([0, 2]).x
    array([0., 2.])
    """
    return Knots(x)


def end_mode(default: Any, extrapolate: Any) -> Any:
    """How a spline goes on past its ends: `True`, `False` or "periodic".

    >>> end_mode("natural", None), end_mode("periodic", None), end_mode(True, False)
    (True, 'periodic', False)
    """
    mode = default if extrapolate is None else extrapolate
    if isinstance(mode, bool | np.bool_):
        return bool(mode)
    return "periodic" if isinstance(mode, str) and mode == "periodic" else True


def of_zeros(bc_type: Any) -> Any:
    """End conditions with zeros in the place of the values that are given.

    >>> of_zeros(((1, 0.3), "not-a-knot")), of_zeros("periodic")
    (('clamped', 'not-a-knot'), 'periodic')
    """
    if isinstance(bc_type, str):
        return bc_type
    names = {1: "clamped", 2: "natural"}
    return tuple(end if isinstance(end, str) else names[end[0]] for end in bc_type)


@overridable
def evaluated(c: Any, knots: Any, x: Any, nu: int = 0, mode: Any = True) -> Any:
    """The values of piecewise polynomials at places, or their derivatives.

    `mode` is SciPy's `extrapolate`.

    >>> evaluated(np.array([[1.0], [0.0]]), Knots([0.0, 1.0]), np.array([0.5, 2.0]))
    array([0.5, 2. ])
    """
    return interpolate.PPoly(c, knots.x, mode)(x, nu)


@overridable
def spread_powers(
    y_bar: Any, knots: Any, x: Any, shape: Any, nu: int = 0, mode: Any = True
) -> Any:
    """The cotangent of the coefficients, from that of the values at places.

    >>> spread_powers(2.0, Knots([0.0, 1.0]), 0.5, (2, 1))
    array([[1.],
           [2.]])
    """
    knots, places = knots.x, np.asarray(x, float).ravel()
    inside = (places >= knots[0]) & (places <= knots[-1])
    if mode == "periodic":
        places = knots[0] + (places - knots[0]) % (knots[-1] - knots[0])
    interval = np.clip(np.searchsorted(knots, places, "right") - 1, 0, len(knots) - 2)
    t = places - knots[interval]
    rows = np.reshape(y_bar, (len(places), *shape[2:]))
    if not mode:  # outside there is no number that could move
        rows = np.where(np.reshape(inside, (-1,) + (1,) * (rows.ndim - 1)), rows, 0)
    c_bar = np.zeros(shape, np.result_type(rows, t))
    for k, power in enumerate(reversed(range(shape[0]))):
        if power >= nu:
            factor = perm(power, nu) * t ** (power - nu)
            wide = np.reshape(factor, (-1,) + (1,) * (rows.ndim - 1))
            np.add.at(c_bar[k], interval, wide * rows)
    return c_bar


def power_sums(y_bar: Any, slope: Any, x: Any) -> Any:
    """The cotangent of the places, from that of the values and their slopes.

    >>> power_sums(np.ones((2, 3)), np.ones((2, 3)), np.zeros(2))
    array([3., 3.])
    """
    product = np.real(y_bar * np.conj(slope))
    return np.sum(product, axis=tuple(range(np.ndim(x), np.ndim(product))))
