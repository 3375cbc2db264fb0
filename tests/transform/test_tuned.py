"""The second text of gradients with loops: the same gradients in less time."""

import numpy as np
import pytest

from sourcediff import grad, value_and_grad
from sourcediff.testing import check_grads

RNG = np.random.default_rng(31)
X = RNG.normal(size=(5, 7))
V = RNG.normal(size=7)


def euler(x, rate, dt, steps):
    for _ in range(steps):
        x += dt / 6 * (rate - x * x) + 2 * dt * x
    return x


def changing_step(x, dt, steps):
    for k in range(steps):
        x = x + dt / 2 * np.sin(x)
        if k % 2:
            dt = dt / 3
    return x


def step_of_a_branch(x, dt, steps):
    if steps > 2:
        dt = dt / 5
    for _ in range(steps):
        x = x - dt / 2 * x * x
    return x


def local_step(x, span, steps):
    dt = span / 7
    for _ in range(steps):
        x = x + dt / 2 * np.cos(x * dt / 4)
    return x


def array_steps(x, dt, steps):
    for _ in range(steps):
        x = x + dt / 2 * np.sin(x) * dt / 3
    return np.sum(x * x)


def rows_below(x, w):
    y = x * w
    for i in range(1, len(x)):
        for j in range(i):
            y[i, :j] -= y[j, :j] * y[i, j]
            y[i, j:] += y[i, j:][::-1] * w[j]
    return np.sum(y * y)


def by_indices(x, w):
    y = np.zeros_like(x)
    order = np.array([2, 0, 2])
    for i in range(len(x)):
        y[i, order] += x[i, :3] * w[i]
        y[i][order] += 1.0
        y[-1, i:] *= w[i]
    return np.sum(np.sin(y))


def rows_of_a_view(x, w):
    total = 0.0
    part = x[1:, ::2]
    for i in range(len(part)):
        total += np.sum(part[i, 1:] * part[i, :-1]) * w[i]
    return total


LOOPS = (rows_below, by_indices, rows_of_a_view)
STEPS = (euler, changing_step, step_of_a_branch, local_step, array_steps)


@pytest.mark.parametrize("steps", [0, 1, 4])
@pytest.mark.parametrize("dt", [0.37, np.float64(0.29), 2])
@pytest.mark.parametrize("function", STEPS, ids=lambda f: f.__name__)
def test_steps(function, dt, steps):
    arguments = (0.83, dt, steps)
    if function is euler:
        arguments = (0.83, 0.71, dt, steps)
    if function is array_steps:
        arguments = (X, dt, steps)
    check_grads(function, arguments, wrt=0, order=2)


@pytest.mark.parametrize("function", LOOPS, ids=lambda f: f.__name__)
def test_parts(function):
    check_grads(function, (X, V), wrt=(0, 1), order=2)
    before = X.copy(), V.copy()
    value, (x_bar, v_bar) = value_and_grad(function, wrt=(0, 1))(X, V)
    assert value == function(X.copy(), V.copy())
    assert not np.shares_memory(x_bar, X)
    assert x_bar.shape == X.shape
    assert v_bar.shape == V.shape
    np.testing.assert_array_equal(before[0], X)
    np.testing.assert_array_equal(before[1], V)


@pytest.mark.parametrize("function", LOOPS, ids=lambda f: f.__name__)
def test_parts_of_single_precision(function):
    x, v = X.astype(np.float32), V.astype(np.float32)
    single = grad(function, wrt=(0, 1))(x, v)
    double = grad(function, wrt=(0, 1))(X, V)
    for one, two in zip(single, double, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, two, rtol=2e-3, atol=2e-4)


def test_numbers_are_computed_before_the_loops():
    text = grad(euler).source_for(0.8, 0.7, 0.1, 3)
    inside = [
        line.partition("#")[0] for line in text.splitlines() if line[:8].isspace()
    ]
    assert "    dt_over_6 = dt / 6\n" in text
    assert inside
    assert all("/" not in line for line in inside)


def test_a_number_that_changes_stays_in_the_loop():
    text = grad(changing_step).source_for(0.8, 0.1, 3)
    assert "/ 2" in text.split("for k in")[1]


def test_a_divisor_that_may_be_zero_is_not_divided_by_before_the_loop():
    def safe(x, dt, steps):
        for _ in range(steps):
            x = x * (1.0 / dt)
        return x

    assert grad(safe)(0.5, 0.0, 0) == 1.0


def test_a_part_that_has_a_name_is_not_given_another():
    def halves(x):
        y = x.copy()
        for i in range(1, 4):
            y[:i] *= x[i] * y[:i][::-1]
        return np.sum(y)

    check_grads(halves, (V,), order=2)
    text = grad(halves).source_for(V)
    assert text.count("= y_bar[:i]\n") == 1
