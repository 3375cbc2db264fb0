"""Solutions of differential equations, which SciPy gives with their slopes.

The equation is also what the slope has as its derivative: one text for all of them.
DLMF 12 (parabolic cylinder functions), 28 (Mathieu's) and 30 (spheroidal ones). The
slopes that SciPy gives of `pro_rad2` and `obl_rad2` are too rough for this.
"""

from __future__ import annotations

from collections.abc import Callable

from scipy import special

from sourcediff.rules.declare import jvp, rule, with_meanings
from sourcediff.runtime import cast_like
from sourcediff.runtime.scipy import waves

equation: Callable[..., waves.Equation] = waves.parabolic


def parabolic(pair_bar, pair, v, x):
    """
    >>> parabolic(0.7, p)
    >>> parabolic(1.3, s)
    """
    rate, turn, spring = equation(v, x)
    forward = pair_bar[0] + pair_bar[1] * turn
    x_bar = rate * (forward * pair[1] + pair_bar[1] * spring * pair[0])
    return cast_like(x_bar, x)


def parabolic_jvp(x_dot, pair, v, x):
    rate, turn, spring = equation(v, x)
    x_dot = rate * x_dot
    return pair[1] * x_dot, (turn * pair[1] + spring * pair[0]) * x_dot


def mathieu(pair_bar, pair, m, q, x):
    """
    >>> mathieu(2, 1.3, p)
    >>> mathieu(1, 0.4, t)
    """
    rate, turn, spring = equation(m, q, x)
    forward = pair_bar[0] + pair_bar[1] * turn
    x_bar = rate * (forward * pair[1] + pair_bar[1] * spring * pair[0])
    return cast_like(x_bar, x)


def mathieu_jvp(x_dot, pair, m, q, x):
    rate, turn, spring = equation(m, q, x)
    x_dot = rate * x_dot
    return pair[1] * x_dot, (turn * pair[1] + spring * pair[0]) * x_dot


def angular(pair_bar, pair, m, n, c, x):
    """SciPy does not come to an end in single precision.

    >>> angular(1, 2, 0.8, 0.37)
    >>> angular(0, 3, 1.3, -0.52)
    """
    rate, turn, spring = equation(m, n, c, x)
    forward = pair_bar[0] + pair_bar[1] * turn
    x_bar = rate * (forward * pair[1] + pair_bar[1] * spring * pair[0])
    return cast_like(x_bar, x)


def radial(pair_bar, pair, m, n, c, x):
    """
    >>> radial(1, 2, 0.8, 1.7)
    """
    rate, turn, spring = equation(m, n, c, x)
    forward = pair_bar[0] + pair_bar[1] * turn
    x_bar = rate * (forward * pair[1] + pair_bar[1] * spring * pair[0])
    return cast_like(x_bar, x)


def spheroidal_jvp(x_dot, pair, m, n, c, x):
    rate, turn, spring = equation(m, n, c, x)
    x_dot = rate * x_dot
    return pair[1] * x_dot, (turn * pair[1] + spring * pair[0]) * x_dot


for _function, _equation, _pull, _push in (
    (special.pbdv, waves.parabolic, parabolic, parabolic_jvp),
    (special.pbvv, waves.parabolic, parabolic, parabolic_jvp),
    (special.pbwa, waves.parabolic_w, parabolic, parabolic_jvp),
    (special.mathieu_cem, waves.mathieu_even, mathieu, mathieu_jvp),
    (special.mathieu_sem, waves.mathieu_odd, mathieu, mathieu_jvp),
    (special.mathieu_modcem1, waves.modified_even, mathieu, mathieu_jvp),
    (special.mathieu_modcem2, waves.modified_even, mathieu, mathieu_jvp),
    (special.mathieu_modsem1, waves.modified_odd, mathieu, mathieu_jvp),
    (special.mathieu_modsem2, waves.modified_odd, mathieu, mathieu_jvp),
    (special.pro_ang1, waves.prolate, angular, spheroidal_jvp),
    (special.obl_ang1, waves.oblate, angular, spheroidal_jvp),
    (special.pro_rad1, waves.prolate, radial, spheroidal_jvp),
    (special.obl_rad1, waves.oblate_radial, radial, spheroidal_jvp),
):
    _rule = rule(_function, wrt=("x",))(with_meanings(_pull, equation=_equation))
    jvp(_rule)(with_meanings(_push, equation=_equation))
