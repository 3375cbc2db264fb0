"""What derivatives are at kinks, ties and other points where they are a choice."""

import builtins
import math
import operator
import warnings
from typing import Any

import numpy as np
import pytest

from sourcediff.rules import lookup
from sourcediff.rules.apply import pullback, pushforward

inf, nan = np.inf, np.nan


def gradient(function: Any, *args: Any, wrt: int = 0, seed: Any = None, **kwargs: Any):
    """The cotangent of one argument, compared with the tangents along its elements."""
    rule = lookup(function)
    result = function(*args, **kwargs)
    if seed is None:
        seed = np.ones_like(result) if np.ndim(result) else 1.0
    wanted = [k == wrt for k in range(len(rule.wrt))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inf and NaN are what some of them are about
        x_bar = pullback(rule, result, args, kwargs, seed, wanted, function)[wrt]
        for index in np.ndindex(np.shape(args[wrt])):
            x_dot = np.zeros(np.shape(args[wrt]))
            x_dot[index] = 1.0
            dots = [x_dot[()] if want else None for want in wanted]
            y_dot = pushforward(rule, result, args, kwargs, dots, function)
            if np.all(np.isfinite(x_bar)):
                expected = np.asarray(x_bar)[index]
                np.testing.assert_allclose(np.sum(seed * y_dot), expected)
    return x_bar


vector = np.array


@pytest.mark.parametrize(
    ("function", "args", "wrt", "expected"),
    [
        (np.absolute, [vector([0.0, -1.5])], 0, [0.0, -1.0]),
        (builtins.abs, [0.0], 0, 0.0),
        (np.fabs, [0.0], 0, 0.0),
        (math.fabs, [0.0], 0, 0.0),
        # relu
        (np.maximum, [vector([0.0, 1.5, -1.5]), 0], 0, [0.5, 1.0, 0.0]),
        (np.maximum, [vector([1.5, 2.5]), vector([1.5, 0.5])], 0, [0.5, 1.0]),
        (np.maximum, [vector([1.5, 2.5]), vector([1.5, 0.5])], 1, [0.5, 0.0]),
        (np.minimum, [vector([1.5, 2.5]), vector([1.5, 0.5])], 0, [0.5, 0.0]),
        (np.maximum, [vector([-inf, inf]), vector([-inf, inf])], 0, [0.5, 0.5]),
        (np.fmax, [vector([1.5, nan, 2.5]), vector([1.5, 1.5, nan])], 0, [0.5, 0, 1]),
        (np.fmin, [vector([1.5, nan, 2.5]), vector([1.5, 1.5, nan])], 1, [0.5, 1, 0]),
        # roots, logarithms and powers
        (np.sqrt, [0.0], 0, inf),
        (np.cbrt, [0.0], 0, inf),
        (np.power, [vector([0.0, -2.0, 3.0]), 0], 0, [0.0, 0.0, 0.0]),
        (np.power, [vector([0.0, -2.0]), vector([0.0, 0.0])], 0, [0.0, 0.0]),
        (np.power, [vector([0.0]), 0.5], 0, [inf]),
        (np.power, [0.0, vector([0.0, 2.0])], 1, [0.0, 0.0]),
        (np.power, [vector([0.0]), vector([0.0])], 1, [0.0]),
        (operator.pow, [-2.0, 3.0], 0, 12.0),
        (operator.pow, [0.0, 0], 0, 0.0),
        (operator.pow, [0.0, 2.0], 0, 0.0),
        (math.pow, [0.0, 0.0], 0, 0.0),
        (math.pow, [0.0, 0.0], 1, 0.0),
        (np.hypot, [0.0, 0.0], 0, nan),
        (np.arctan2, [0.0, 0.0], 0, 0.0),
        (np.arctan2, [0.0, 0.0], 1, 0.0),
        (np.sinc, [vector([0.0])], 0, [0.0]),
        (np.logaddexp, [-inf, 0.0], 0, 0.0),
        (np.logaddexp, [-inf, 0.0], 1, 1.0),
        # steps
        (np.remainder, [vector([-3.0, 0.0, 4.0]), 2.0], 0, [1.0, 1.0, 1.0]),
        (operator.mod, [5.5, 2], 0, 1.0),
        (np.nan_to_num, [vector([nan, inf, 1.5])], 0, [0.0, 0.0, 1.0]),
        (np.copysign, [vector([0.0, -1.5]), -1.0], 0, [0.0, 1.0]),
        # numbers
        (builtins.max, [[1.5, 1.5]], 0, [0.5, 0.5]),
        (builtins.min, [[1.5, 2.5, 1.5]], 0, [0.5, 0.0, 0.5]),
        (math.dist, [vector([1.5, 2.5]), vector([1.5, 2.5])], 0, [0.0, 0.0]),
    ],
)
def test_elementwise(function: Any, args: Any, wrt: int, expected: Any) -> None:
    np.testing.assert_array_equal(gradient(function, *args, wrt=wrt), expected)


@pytest.mark.parametrize(
    ("function", "a", "expected"),
    [
        (np.max, [2.5, 1.5, 2.5], [0.5, 0.0, 0.5]),
        (np.ndarray.min, [2.5, 1.5, 1.5], [0.0, 0.5, 0.5]),
        (np.max, [2.5, nan, nan], [0.0, 0.5, 0.5]),
        (np.nanmax, [2.5, nan, 2.5], [0.5, 0.0, 0.5]),
        (np.maximum.reduce, [2.5, 1.5, 2.5], [0.5, 0.0, 0.5]),
        (np.ptp, [2.5, 1.5, 2.5], [0.5, -1.0, 0.5]),
        (np.ptp, [1.5, 1.5], [0.0, 0.0]),
        (np.median, [1.5, 2.5, 2.5, 9.5], [0.0, 0.5, 0.5, 0.0]),
        (np.median, [1.5, 1.5, 1.5], [1 / 3, 1 / 3, 1 / 3]),
        (np.std, [1.5, 1.5, 1.5], [0.0, 0.0, 0.0]),
        (np.nanstd, [1.5, nan, 1.5], [0.0, 0.0, 0.0]),
        (np.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
        (np.prod, [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]),
        (np.prod, [1e-200, 2e-200, 3.0], [6e-200, 3e-200, 0.0]),
        (math.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
        (np.multiply.reduce, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
        (np.nanprod, [0.0, nan, 3.0], [3.0, 0.0, 0.0]),
        (np.cumprod, [0.0, 2.0, 3.0], [9.0, 0.0, 0.0]),
        (np.cumprod, [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
        (np.logaddexp.reduce, [-inf, 0.5], [0.0, 1.0]),
        (np.maximum.accumulate, [1.5, 2.5, 2.5, 0.5], [1.0, 1.0, 2.0, 0.0]),
    ],
)
def test_reductions(function: Any, a: Any, expected: Any) -> None:
    np.testing.assert_allclose(gradient(function, np.array(a)), expected, rtol=1e-15)


def test_a_product_of_many_small_numbers_does_not_underflow_on_the_way() -> None:
    a = np.array([[1e-200, 1e-150, 1e200], [1.5, 0.0, 0.0]])
    expected = [[1e50, 1.0, 0.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(gradient(np.prod, a, axis=1), expected)


def test_ties_along_an_axis_are_shared_along_it() -> None:
    a = np.array([[2.5, 1.5, 2.5], [0.5, 0.5, 0.5]])
    np.testing.assert_allclose(
        gradient(np.max, a, axis=1, seed=np.array([1.0, 3.0])),
        [[0.5, 0.0, 0.5], [1.0, 1.0, 1.0]],
    )


def test_the_sign_of_a_complex_zero_is_zero() -> None:
    x = np.array([0j, 3 - 4j])
    (x_bar,) = pullback(lookup(np.absolute), np.abs(x), (x,), {}, np.ones(2))
    np.testing.assert_allclose(x_bar, [0, 0.6 - 0.8j])


@pytest.mark.parametrize("x", [0.0, 1e-9, 1e-4, 0.01, 0.0499, 0.0501])
def test_sinc_keeps_its_digits_near_zero(x: float) -> None:
    u = math.pi * x
    expected = -math.pi * (u / 3 - u**3 / 30 + u**5 / 840 - u**7 / 45360)
    assert gradient(np.sinc, x) == pytest.approx(expected, rel=1e-12)
