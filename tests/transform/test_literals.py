"""Functions of literals as numbers: the same gradients, of the same types."""

import math
from math import log, sqrt

import numpy as np

from sourcediff import grad
from sourcediff.testing import check_grads


def scaled(x):
    return x * x / sqrt(2.0) + math.exp(0.3) * x * log(3) + math.floor(2.5) * x


def of_arrays(x):
    return np.sum(x * x / math.sqrt(3.0) / np.sqrt(2.0))


def test_gradients():
    check_grads(scaled, (0.7,), order=2)
    check_grads(of_arrays, (np.array([0.3, -1.2]),), order=2)


def test_single_precision():
    x = np.array([0.3, -1.2], np.float32)
    assert grad(of_arrays)(x).dtype == np.float32
    double = grad(of_arrays)(x.astype(float))
    np.testing.assert_allclose(grad(of_arrays)(x), double, rtol=1e-6)


def test_numbers_are_written():
    text = grad(scaled).source_for(0.7)
    code = "".join(line.partition("#")[0] for line in text.splitlines())
    assert "sqrt" not in code
    assert "exp(" not in code


def test_what_cannot_be_computed_is_left_to_be_refused():
    def negative(x):
        return x * sqrt(-1.0) if x > 0 else x

    assert grad(negative)(-0.5) == 1.0


def test_another_function_of_that_name():
    def sqrt(x):
        return 3.0 * x

    def own(x):
        return x * sqrt(2.0)

    assert grad(own)(0.5) == 6.0


def test_numbers_have_no_names():
    def distribution(x):
        return 0.5 * math.erf(x / sqrt(2.0)) + math.erf(x / sqrt(2.0)) ** 2

    check_grads(distribution, (0.7,), order=2)
    text = grad(distribution).source_for(0.7)
    code = "".join(line.partition("#")[0] for line in text.splitlines())
    assert "sqrt(" not in code
    assert "= 1.4142135623730951" not in code
