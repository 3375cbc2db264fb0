"""Where a function raises, its derivatives raise: also in what no derivative needs."""

import math

import numpy as np
import pytest

from sourcediff import grad, jvp, value_and_grad, vjp

X = np.array([0.3, 1.2, -0.7, 2.1])
SETTINGS = {"scale": 2.0}
TABLE = np.array([1.0, 2.0, 3.0])


def unused_conversion(x):
    n = int("x")  # noqa: F841
    return x[0] ** 2


def unused_element(x):
    y = x[10]  # noqa: F841
    return x[0] ** 2


def unused_element_of_what_is_computed(x):
    y = x * 2
    z = y[11]  # noqa: F841
    return x[0] ** 2


def unused_inverse(x):
    y = np.linalg.inv(np.zeros((2, 2)) * x[0])  # noqa: F841
    return x[0] ** 2


def unused_key(x):
    y = SETTINGS["speed"]  # noqa: F841
    return x[0] ** 2


def unused_sum_of_misfits(x):
    y = np.zeros(3) + np.zeros(4)  # noqa: F841
    return x[0] ** 2


def unused_product_of_misfits(x):
    y = x @ np.ones(5)  # noqa: F841
    return x[0] ** 2


def unused_logarithm(x):
    y = math.log(-1.0)  # noqa: F841
    return x[0] ** 2


def unused_division(x):
    y = 1 / 0  # noqa: F841
    return x[0] ** 2


def unused_unpacking(x):
    a, b = x  # noqa: RUF059
    return x[0] ** 2


def unused_store(x):
    y = x * 2
    y[11] = 3.0
    return x[0] ** 2


def unused_pop(x):
    taken = []
    taken.pop()
    return x[0] ** 2


def unused_in_a_branch(x):
    if x[0] > 0:
        z = x[7]  # noqa: F841
    return x[0] ** 2


def unused_in_a_loop(x):
    for i in range(9):
        z = x[i]  # noqa: F841
    return x[0] ** 2


def constant_key(x):
    return x[0] ** 2 + SETTINGS["speed"]


def constant_conversion(x):
    return x[0] ** 2 + float("abc")


def constant_determinant(x):
    return x[0] ** 2 + np.linalg.slogdet(np.ones((2, 3)))[1]


def logarithm_of_a_negative_number(x):
    return math.log(x[0] - 5)


def root_of_a_negative_number(x):
    y = math.sqrt(x[0] - 5)
    return 3 * y


def constants_that_are_added(x):
    total = 0.0
    for i in range(4):
        total += x[0] * 2 + TABLE[i]
    return total


def constants_that_are_subtracted(x):
    total = 0.0
    for i in range(4):
        total += (x[0] - TABLE[i]) ** 2
    return total


def doubled(x):
    return 2 * x[0] + SETTINGS["speed"]


def constant_of_a_callee(x):
    return doubled(x) + 1.0


FUNCTIONS = [
    f
    for f in list(globals().values())
    if getattr(f, "__module__", "") == __name__ and f is not doubled
]
DERIVATIVES = {
    "grad": lambda f, x: grad(f, fallback="error")(x),
    "value_and_grad": lambda f, x: value_and_grad(f, fallback="error")(x),
    "vjp": lambda f, x: vjp(f, x, fallback="error"),
    "jvp": lambda f, x: jvp(f, (x,), (x,)),
    "taped": lambda f, x: grad(f, fallback="always")(x),
}


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_derivatives_raise_where_the_function_raises(function, derivative):
    with pytest.raises(Exception) as raised:  # noqa: PT011 (the next line says which)
        function(X)
    with pytest.raises(raised.type):
        DERIVATIVES[derivative](function, X)


def added(x):
    total = 0.0
    for i in range(3):
        total += x[0] ** 2 + TABLE[i : i + 1].sum()
    return total


def counted(x, n):
    return x**2 + int(n)


def test_what_cannot_raise_is_left_out():
    assert "# forward" not in grad(added).source_for(X)
    assert "# forward" not in grad(counted).source_for(1.5, 7)
