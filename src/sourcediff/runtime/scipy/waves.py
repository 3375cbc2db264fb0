"""Differential equations of special functions, as SciPy's pairs `(y, slope)` obey them.

Each function gives `rate`, `turn` and `spring`, where `y' = rate * slope` and
`slope' = rate * (turn * slope + spring * y)`. DLMF 12.2, 28.2, 28.20 and 30.2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

Equation = tuple[float, Any, Any]

#: SciPy takes the argument of the Mathieu functions in degrees.
_DEGREE = math.pi / 180


def parabolic(v: Any, x: Any) -> Equation:
    """Of the parabolic cylinder functions D and V.

    >>> parabolic(0.5, 2.0)
    (1.0, 0.0, 0.0)
    """
    return 1.0, 0.0, x**2 / 4 - v - 0.5


def parabolic_w(a: Any, x: Any) -> Equation:
    """Of the parabolic cylinder function W.

    >>> parabolic_w(0.5, 2.0)
    (1.0, 0.0, -0.5)
    """
    return 1.0, 0.0, a - x**2 / 4


def mathieu_even(m: Any, q: Any, x: Any) -> Equation:
    """Of the even Mathieu functions.

    >>> round(float(mathieu_even(1, 0.0, 1.0)[2]), 12)
    -1.0
    """
    return _DEGREE, 0.0, 2 * q * np.cos(2 * _DEGREE * x) - special.mathieu_a(m, q)


def mathieu_odd(m: Any, q: Any, x: Any) -> Equation:
    """Of the odd Mathieu functions.

    >>> round(float(mathieu_odd(1, 0.0, 1.0)[2]), 12)
    -1.0
    """
    return _DEGREE, 0.0, 2 * q * np.cos(2 * _DEGREE * x) - special.mathieu_b(m, q)


def modified_even(m: Any, q: Any, x: Any) -> Equation:
    """Of the even modified Mathieu functions.

    >>> round(float(modified_even(2, 0.0, 1.0)[2]), 12)
    4.0
    """
    return 1.0, 0.0, special.mathieu_a(m, q) - 2 * q * np.cosh(2 * x)


def modified_odd(m: Any, q: Any, x: Any) -> Equation:
    """Of the odd modified Mathieu functions.

    >>> round(float(modified_odd(2, 0.0, 1.0)[2]), 12)
    4.0
    """
    return 1.0, 0.0, special.mathieu_b(m, q) - 2 * q * np.cosh(2 * x)


def prolate(m: Any, n: Any, c: Any, x: Any) -> Equation:
    """Of the prolate spheroidal wave functions.

    >>> prolate(0, 0, 0.0, 0.5)[1]
    1.3333333333333333
    """
    return _spheroidal(special.pro_cv(m, n, c) - (c * x) ** 2, m, x)


def oblate(m: Any, n: Any, c: Any, x: Any) -> Equation:
    """Of the oblate spheroidal wave functions of the angle.

    >>> oblate(0, 0, 0.0, 0.5)[1]
    1.3333333333333333
    """
    return _spheroidal(special.obl_cv(m, n, c) + (c * x) ** 2, m, x)


def oblate_radial(m: Any, n: Any, c: Any, x: Any) -> Equation:
    """Of the oblate spheroidal wave functions of the radius.

    >>> oblate_radial(0, 0, 0.0, 0.5)[1]
    -0.8
    """
    edge = 1 + x**2
    level = special.obl_cv(m, n, c) - (c * x) ** 2
    return 1.0, -2 * x / edge, (level - m**2 / edge) / edge


def _spheroidal(level: Any, m: Any, x: Any) -> Equation:
    edge = 1 - x**2
    return 1.0, 2 * x / edge, (m**2 / edge - level) / edge
