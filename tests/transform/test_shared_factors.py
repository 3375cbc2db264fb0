"""Products by what has a name, decisions taken once: the same gradients."""

import math

import numpy as np
import pytest

from sourcediff import grad, value_and_grad
from sourcediff.testing import check_grads


def quotients(x, y, z):
    q = x / y
    p = y * math.exp(z)
    return math.log(q) * p / 3.0 + q * y * 0.5 * p / 7.0


def rebound(x, y):
    p = x * y
    x = x + 1.5
    q = math.sin(p) * x * y
    y = y * 2.0
    return q * x * y + p * p


def of_a_loop(x, y):
    p = x * y
    total = 0.0
    for k in range(4):
        total += math.sin(p * x * y) * k
        p = p / y + x
    return total * x * y


def early(x, y):
    if x <= 0.0:
        return max(x * y, y)
    root = math.sqrt(x)
    if y > 1.0:
        return root * y / x
    return root * x * y


def changing_decision(x, y):
    if x <= 1.0:
        x = x + 1.0
        y = y * x
    if x <= 1.0:
        y = y * 3.0
    return x * y * y


def of_a_flag(x, flags):
    if flags[0]:
        x = x * 2.0
        flags[0] = False
    if flags[0]:
        x = x * 5.0
    return x * x


FUNCTIONS = (
    (quotients, (1.3, 0.7, 0.4)),
    (rebound, (1.3, 0.7)),
    (of_a_loop, (1.3, 0.7)),
    *((early, (x, y)) for x in (-0.4, 0.8) for y in (0.3, 1.7)),
    *((changing_decision, (x, 0.3)) for x in (0.4, 0.8, 1.6)),
)


@pytest.mark.parametrize("number", [float, np.float64, np.array])
@pytest.mark.parametrize(("function", "arguments"), FUNCTIONS)
def test_gradients(function, arguments, number):
    wrt = tuple(range(len(arguments)))
    check_grads(function, tuple(map(number, arguments)), wrt=wrt, order=2)


@pytest.mark.parametrize("number", [float, np.float32])
@pytest.mark.parametrize(("function", "arguments"), FUNCTIONS)
def test_types_and_values_stay(function, arguments, number):
    arguments = tuple(map(number, arguments))
    value, gradient = value_and_grad(function)(*arguments)
    assert value == function(*arguments)
    if number is float:
        assert type(gradient) is float


def test_elements_are_no_lasting_decision():
    assert grad(of_a_flag)(1.5, [True]) == 12.0
    assert grad(of_a_flag)(1.5, [False]) == 3.0


def test_arrays_keep_their_order():
    def scaled(x, w):
        y = x * w
        return np.sum(np.sin(y) * x * w)

    x, w = np.random.default_rng(5).normal(size=(2, 4))
    check_grads(scaled, (x, w), wrt=(0, 1), order=2)


def test_one_decision_and_known_products_are_written():
    text = grad(early, wrt=(0, 1)).source_for(0.8, 0.3)
    assert text.count("if x <= 0.0") == 1
    text = grad(quotients, wrt=(0, 1, 2)).source_for(1.3, 0.7, 0.4)
    assert "/ (q * y)" not in text


def test_literals_that_leave_the_range_stay():
    def scaled(x):
        return x * 1e200 * math.sin(x) * 1e-200 / 1e-300

    check_grads(scaled, (0.3,))


def test_a_division_by_zero_stays_an_error():
    def ratio(x, y):
        return math.sin(x / y) * y

    with pytest.raises(ZeroDivisionError):
        grad(ratio, wrt=(0, 1))(1.0, 0.0)
