"""The derivatives of special functions against mpmath, to its arbitrary precision."""

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import special, stats

from sourcediff import grad
from sourcediff.rules import lookup
from sourcediff.rules.apply import pushforward

POSITIVE = (0.013, 0.37, 1.0, 2.71, 9.3)
REAL = (-3.7, -0.41, 0.0, 0.013, 1.9, 6.2)
INSIDE = (-0.93, -0.2, 0.0, 1e-9, 0.37, 0.995)
UNIT = (0.003, 0.21, 0.5, 0.93)


def _kolmogorov(x: Any) -> Any:
    """Twice the alternating sum of exponentials: as many as 60 digits take."""
    return 2 * sum((-1) ** (j - 1) * mp.exp(-2 * j**2 * x**2) for j in range(1, 40))


#: A function of SciPy's, the same of mpmath's, and where they are compared. Values
#: before the point belong to the leading arguments.
CASES: list[tuple[Any, Callable[..., Any], tuple[float, ...], tuple[Any, ...]]] = [
    (special.gamma, mp.gamma, (*POSITIVE, -0.5, -2.3), ()),
    (special.gammaln, mp.loggamma, POSITIVE, ()),
    (special.rgamma, mp.rgamma, (*POSITIVE, 0.0, -1.0, -2.3), ()),
    (special.digamma, mp.digamma, (*POSITIVE, -0.5), ()),
    (special.polygamma, mp.psi, POSITIVE, (2,)),
    (special.gammainc, lambda a, x: mp.gammainc(a, 0, x, True), POSITIVE, (1.7,)),
    (special.betainc, lambda a, b, x: mp.betainc(a, b, 0, x, True), UNIT, (1.7, 0.6)),
    (special.zeta, mp.zeta, POSITIVE, (2.3,)),
    (special.erf, mp.erf, REAL, ()),
    (special.erfc, mp.erfc, REAL, ()),
    (special.erfinv, mp.erfinv, INSIDE[:-1], ()),
    (special.ndtr, mp.ncdf, REAL, ()),
    (special.log_ndtr, lambda x: mp.log(mp.ncdf(x)), (*REAL, -20.0), ()),
    (special.erfcx, lambda x: mp.exp(x * x) * mp.erfc(x), REAL, ()),
    (special.jv, mp.besselj, POSITIVE, (1.3,)),
    (special.j1, lambda x: mp.besselj(1, x), REAL, ()),
    (special.yv, mp.bessely, POSITIVE, (1.3,)),
    (special.iv, mp.besseli, POSITIVE, (1.3,)),
    (special.i1, lambda x: mp.besseli(1, x), REAL, ()),
    (special.kv, mp.besselk, POSITIVE, (1.3,)),
    (special.i0e, lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), POSITIVE, ()),
    (special.struve, mp.struveh, POSITIVE, (1.3,)),
    (special.expi, mp.ei, POSITIVE, ()),
    (special.expn, mp.expint, POSITIVE, (2,)),
    (special.expn, mp.expint, POSITIVE, (0,)),
    (special.spence, lambda z: mp.polylog(2, 1 - z), (0.2, 0.9, 1.0, 1.7), ()),
    (special.exprel, lambda x: mp.expm1(x) / x if x else mp.mpf(1), INSIDE, ()),
    (special.ellipk, mp.ellipk, INSIDE, ()),
    (special.ellipe, mp.ellipe, INSIDE, ()),
    (special.ellipkm1, lambda p: mp.ellipk(1 - p), (1e-7, 0.2, 0.7, 1.0), ()),
    (special.hyp1f1, mp.hyp1f1, REAL, (1.3, 2.4)),
    (special.hyp2f1, mp.hyp2f1, INSIDE, (1.3, 0.7, 2.9)),
    (special.hyperu, mp.hyperu, POSITIVE[1:4], (1.3, 2.4)),
    (special.eval_legendre, mp.legendre, INSIDE, (4,)),
    (special.eval_gegenbauer, mp.gegenbauer, INSIDE, (4, 0.7)),
    (special.eval_hermite, mp.hermite, REAL, (4,)),
    (special.eval_genlaguerre, mp.laguerre, REAL, (4, 0.7)),
    (special.airye, lambda x: mp.airyai(x) * mp.exp(2 * x**1.5 / 3), POSITIVE[:4], ()),
    (special.kolmogorov, _kolmogorov, (0.31, 0.83, 0.999, 1.0, 1.7), ()),
    (special.pbdv, mp.pcfd, POSITIVE[:4], (0.7,)),
    (special.expit, lambda x: 1 / (1 + mp.exp(-x)), REAL, ()),
    (special.boxcox, lambda x, p: (x**p - 1) / p if p else mp.log(x), (0.7,), (2.3,)),
]


@pytest.mark.parametrize(
    ("function", "exact", "points", "leading"),
    CASES,
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_derivative_is_exact(
    function: Any, exact: Any, points: tuple[float, ...], leading: tuple[Any, ...]
) -> None:
    rule = lookup(function)
    assert rule is not None
    for x in points:
        args = (*leading, x)
        dots = [1.0 if name == rule.wrt[-1] else None for name in rule.wrt]
        tangent = pushforward(rule, function(*args), args, {}, dots)
        found = float(tangent[0] if isinstance(tangent, tuple) else tangent)
        with mp.workdps(60):
            step = mp.mpf(10) ** -20 * max(abs(x), 1e-3)
            slope = mp.diff(lambda t: exact(*leading, t), mp.mpf(x), h=step)
            expected = float(mp.re(slope))
        assert found == pytest.approx(expected, rel=2e-11, abs=1e-13)


def test_the_gradient_of_a_likelihood() -> None:
    """A program of several special functions, against mpmath's derivative of it."""

    def nll(a: Any, b: Any, x: Any) -> Any:
        return -np.sum(
            special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)
        )

    x = np.array([0.13, 0.52, 0.77])

    def exact(a: Any) -> Any:
        b = mp.mpf(1.7)
        logs = [(a - 1) * mp.log(t) + (b - 1) * mp.log(1 - t) for t in map(mp.mpf, x)]
        return -sum(logs) + 3 * mp.log(mp.beta(a, b))

    assert float(grad(nll)(2.3, 1.7, x)) == pytest.approx(
        float(mp.diff(exact, 2.3)), rel=1e-12
    )


def test_parameters_without_a_derivative_are_refused_by_name() -> None:
    with pytest.raises(Exception, match="no derivative for a"):
        grad(lambda a: special.gammainc(a, 0.7))(1.3)
    with pytest.raises(Exception, match="no derivative for a"):
        grad(lambda a: stats.gamma.cdf(0.7, a))(1.3)
