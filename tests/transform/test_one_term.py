"""Products in which a variable stands twice: one term, and nothing kept for it."""

import numpy as np
import pytest

from sourcediff import grad, jvp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(64)
X = RNG.normal(size=(4, 3))


def gaussian(x, k):
    return np.sum(np.exp(-k * x * x) * np.cos(x))


def constant(x, k):
    return np.sum(k * np.exp(-0.5 * x * x))


def both_sides(x, k):
    return np.sum(k * x * x + x * (2.0 * x))


def in_turns(x, k):
    for _ in range(3):
        x = 0.5 * x * x * k - x * k * x
    return np.sum(x)


def quotient(x, k):
    return np.sum((3.0 * x) / (1.0 + x * x) * x * k)


def over_itself(x, k):
    return np.sum((k * x) / x * x)


def powers(x, k):
    y = 1.0 + x * x
    return np.sum(np.power(0.3 * y, y) * k)


def matrices(x, k):
    y = x @ x.T
    return np.sum(2.0 * y * y * k) + np.sum(y @ y * y)


ALL = (
    gaussian,
    constant,
    both_sides,
    in_turns,
    quotient,
    over_itself,
    powers,
    matrices,
)


@pytest.mark.parametrize("function", ALL)
def test_gradients(function):
    check_grads(function, (X, 0.7), wrt=(0, 1), order=2)
    check_grads(function, (X.astype(np.float32), 0.7))


@pytest.mark.parametrize("function", ALL[:-1])
def test_other_shapes(function):
    check_grads(function, (0.3, 0.7), wrt=(0, 1), order=2)
    check_grads(function, (X, RNG.uniform(0.2, 0.9, 3)), wrt=(0, 1), order=2)
    check_grads(function, (np.array(0.3), RNG.uniform(0.2, 0.9, 3)), wrt=(0, 1))
    check_grads(function, (X, 2), wrt=0)


@pytest.mark.parametrize("function", ALL)
def test_forward_mode_agrees(function):
    x_dot = RNG.normal(size=X.shape)
    _, value_dot = jvp(function, (X, 0.7), (x_dot, 0.2))
    x_bar, k_bar = grad(function, wrt=(0, 1))(X, 0.7)
    np.testing.assert_allclose(np.sum(x_bar * x_dot) + k_bar * 0.2, value_dot)


def test_one_term():
    text = grad(constant).source_for(X, 0.7)
    assert "np.exp(-0.5 * x * x)" in text
    assert "x_bar = -out_bar * k * np.exp(-0.5 * x * x) * x" in text
