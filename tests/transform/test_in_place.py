"""Cotangents that take over memory: right whoever else may look at it."""

from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp, value_and_grad, vjp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(77)
X = RNG.normal(size=(4, 3))
W = RNG.uniform(0.4, 1.6, size=(4, 3))


def chained(x, w):
    y = np.exp(-x * x) * w + 0.3
    z = np.sqrt(y) / (1.0 + y * w)
    return np.sum(z * np.tanh(y - z) / w)


def one_name_for_two(x, w):
    y = np.sin(x) * w
    z = y
    u = z * w + y
    return np.sum(np.exp(-u) * z)


def seen_through_views(x, w):
    y = np.cos(x) * w
    column, rest = y[:, 0], y[:, 1:]
    turned = y.T
    return np.sum(np.sin(rest * column[:, None])) + np.sum(turned * turned * w.T)


def kept_in_a_list(x, w):
    kept = []
    y = x
    for _ in range(3):
        y = np.sin(y) * w
        kept.append(y)
    return np.sum(kept[0] * kept[2] + kept[1] / w)


def stretched(x, w):
    row = np.exp(x[0]) * w[1]
    y = row * x + w
    return np.sum(np.sin(y) * row / w)


def with_a_number(x, w):
    y = np.sum(x * w)
    z = np.exp(-0.1 * y) * x
    return np.sum(z * z * y / w)


def in_turns(x, w):
    y = x * w
    for k in range(4):
        z = np.tanh(y) * w
        if k % 2:
            y = y * z + x
        else:
            y = z / (1.0 + k * w)
            x = x * 1.1
    return np.sum(y * y)


def until(x, w):
    y = x * w
    steps = 0
    while np.sum(y * y) > 0.5:
        y = np.sin(y) * w / 1.9
        steps += 1
        if steps > 6:
            break
        if steps == 3:
            continue
        y = y * 0.9 + 0.01 * x
    return np.sum(y * w)


def chosen(x, w):
    y = np.where(x > 0.2, np.exp(x) * w, x * w)
    z = np.where(w > 1.0, y * y, y)
    return np.sum(z / w)


def same(x):
    return x


def part(x):
    return x[1:]


def through_helpers(x, w):
    y = same(x * w)
    z = part(y) * np.sin(same(y)[1:])
    return np.sum(z * part(w)) + np.sum(np.exp(-y))


def into_given_memory(x, w):
    y = np.zeros((4, 3))
    z = np.multiply(x, w, y)
    u = np.exp(-z) * y
    return np.sum(u * z * w)


def stored(x, w):
    y = np.zeros_like(x)
    y[1:] = np.sin(x[1:]) * w[1:]
    y[0] = x[0] * w[0]
    y *= w
    return np.sum(y / (1.0 + x * x))


def swapped(x, w):
    a, b = np.sin(x), np.cos(w)
    for _ in range(3):
        a, b = b * x, a / w
    return np.sum(a * b)


def shared_by_branches(x, w):
    y = np.exp(x) * w
    z = y if np.sum(x) > 0 else x * y
    return np.sum(z * y / w)


def products(x, w):
    y = np.sin(x) @ w.T
    return np.sum(np.tanh(y) / (2.0 + y * y) @ w)


ALL = (
    chained,
    one_name_for_two,
    seen_through_views,
    kept_in_a_list,
    stretched,
    with_a_number,
    in_turns,
    until,
    chosen,
    through_helpers,
    into_given_memory,
    stored,
    swapped,
    shared_by_branches,
    products,
)


def each(function: Any) -> str:
    return str(function.__name__)


@pytest.mark.parametrize("function", ALL, ids=each)
def test_gradients(function):
    check_grads(function, (X, W), wrt=(0, 1), order=2)


@pytest.mark.parametrize("function", ALL, ids=each)
def test_arguments_are_left_and_results_are_apart(function):
    x, w = X.copy(), W.copy()
    x_bar, w_bar = grad(function, wrt=(0, 1))(x, w)
    again = grad(function, wrt=(0, 1))(x, w)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(w, W)
    assert not any(np.shares_memory(b, a) for b in (x_bar, w_bar) for a in (x, w))
    assert not np.shares_memory(x_bar, w_bar)
    np.testing.assert_array_equal(x_bar, again[0])
    np.testing.assert_array_equal(w_bar, again[1])


@pytest.mark.parametrize("function", ALL, ids=each)
def test_both_ways_agree(function):
    x_bar, w_bar = grad(function, wrt=(0, 1))(X, W)
    _, pullback = vjp(function, X, W)
    for one, other in zip((x_bar, w_bar), pullback(1.0), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
    x_dot, w_dot = RNG.normal(size=X.shape), RNG.normal(size=W.shape)
    _, y_dot = jvp(function, (X, W), (x_dot, w_dot))
    np.testing.assert_allclose(np.sum(x_bar * x_dot) + np.sum(w_bar * w_dot), y_dot)


@pytest.mark.parametrize("function", ALL, ids=each)
def test_values(function):
    value, _ = value_and_grad(function, wrt=(0, 1))(X, W)
    assert value == function(X, W)


@pytest.mark.parametrize("function", ALL, ids=each)
def test_single_precision(function):
    x, w = X.astype(np.float32), W.astype(np.float32)
    single = grad(function, wrt=(0, 1))(x, w)
    double = grad(function, wrt=(0, 1))(X, W)
    for one, two in zip(single, double, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, two, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("function", [chained, with_a_number, chosen, stored])
@pytest.mark.parametrize("shape", [(4, 1), (1, 3), (4, 0)])
def test_short_axes(function, shape):
    x, w = RNG.normal(size=shape), RNG.uniform(0.5, 1.5, size=shape)
    if x.size:
        check_grads(function, (x, w), wrt=(0, 1))
    assert grad(function)(x, w).shape == shape


@pytest.mark.parametrize("function", [chained, one_name_for_two, with_a_number])
def test_arrays_without_axes(function):
    check_grads(function, (np.array(0.7), np.array(1.3)), wrt=(0, 1), order=2)


@pytest.mark.parametrize("function", [chained, one_name_for_two, in_turns])
def test_integers_and_mixed_precision(function):
    whole = RNG.integers(1, 4, size=X.shape)
    check_grads(function, (X, whole), wrt=0, order=2)
    mixed = grad(function, wrt=(0, 1))(X, W.astype(np.float32))
    assert [bar.dtype for bar in mixed] == [np.float64, np.float32]


def test_results_that_are_given_too_are_not_written_into():
    def with_parts(x, w):
        y = np.exp(x) * w
        return np.sum(y * y / w), (y, np.sin(y))

    bars, (y, sine) = grad(with_parts, wrt=(0, 1), has_aux=True)(X, W)
    np.testing.assert_array_equal(y, np.exp(X) * W)
    np.testing.assert_array_equal(sine, np.sin(np.exp(X) * W))
    assert not any(np.shares_memory(bar, y) for bar in bars)


def test_memory_is_taken_over():
    text = grad(chained, wrt=(0, 1)).source_for(X, W)
    assert " *= " in text


def test_the_users_variables_keep_their_values():
    text = grad(chained, wrt=(0, 1)).source_for(X, W)
    assert "\n    y *= " not in text
    assert "_bar = y\n" not in text
    assert "out=y)" not in text
