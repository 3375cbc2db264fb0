"""Cotangents of choices: the same without branches, whatever is not chosen."""

import numpy as np
import pytest

from sourcediff import grad, hvp, jvp, vjp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(92)


def folded(x, w):
    tail = np.exp(-x * x) * w
    return np.sum(np.where(x >= 0.1, 1.0 - tail, tail) * w)


def folded_down(x, w):
    y = x * w
    return np.sum(np.sin(np.where(w > 1.0, y, -y)))


def folded_number(x, w):
    s = np.sum(x * w)
    return np.sum(np.where(x > 0.2, s, -s) * w)


def put_or_call(x, w):
    call = np.sin(x) * w
    put = call - x + w * w
    return np.sum(np.where(w > 1.0, call, put) * x)


def nested(x, w):
    inner = np.where(x > 0.3, np.where(w > 1.0, x, x * w), np.cos(x))
    return np.sum(inner * inner)


def stretched(x, w):
    row = x[0] * 1.5
    return np.sum(np.where(w > 1.0, row, x[:, :1]) * w)


def in_a_loop(x, w):
    y = x
    for k in range(3):
        y = np.where(y > 0.1 * k, y * w, np.sin(y) - w)
    return np.sum(y * y)


def by_a_part(x, w):
    y = x.copy()
    y[1:] = np.where(w[1:] > 1.0, y[1:] * 2.0, -y[:-1])
    return np.sum(y * y * w)


ALL = (
    folded,
    folded_down,
    folded_number,
    put_or_call,
    nested,
    stretched,
    in_a_loop,
    by_a_part,
)
SHAPES = [(4, 3), (1, 3), (4, 1), (123, 77)]


def drawn(shape):
    """Random values, none of them near a multiple of 0.1: there choices jump."""
    x, w = RNG.normal(size=shape), RNG.uniform(0.4, 1.6, size=shape)
    offsets = RNG.uniform(0.03, 0.07, size=(2, *shape))
    return np.round(x, 1) + offsets[0], np.round(w, 1) + offsets[1]


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_both_ways_agree(function, shape):
    x, w = drawn(shape)
    bars = grad(function, wrt=(0, 1))(x, w)
    value, pullback = vjp(function, x, w)
    assert np.isfinite(value)
    for one, other in zip(bars, pullback(1.0), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    dots = RNG.normal(size=shape), RNG.normal(size=shape)
    _, value_dot = jvp(function, (x, w), dots)
    pairs = zip(bars, dots, strict=True)
    np.testing.assert_allclose(sum(np.sum(b * d) for b, d in pairs), value_dot)


@pytest.mark.parametrize("function", ALL)
def test_gradients(function):
    check_grads(function, drawn((4, 3)), wrt=(0, 1), order=2)


@pytest.mark.parametrize("function", [folded, put_or_call, nested, in_a_loop])
def test_empty_and_without_axes(function):
    x, w = drawn((0, 3))
    assert grad(function)(x, w).shape == (0, 3)
    check_grads(function, (np.array(0.7), np.array(1.3)), wrt=(0, 1), order=2)
    check_grads(function, (np.array(-0.7), np.array(0.6)), wrt=(0, 1))


@pytest.mark.parametrize("function", ALL)
def test_single_precision(function):
    x, w = drawn((123, 77))
    singles = grad(function, wrt=(0, 1))(x.astype(np.float32), w.astype(np.float32))
    assert [bar.dtype for bar in singles] == [np.float32, np.float32]


def test_integers_and_mixed_precision():
    x, w = drawn((123, 77))
    whole = RNG.integers(0, 3, size=x.shape)
    for other in (whole, w.astype(np.float32), w > 1.0):
        for function in (folded, put_or_call, nested):
            one = grad(function)(x, other)
            (two, _) = vjp(function, x, other)[1](1.0)
            np.testing.assert_allclose(one, two, rtol=1e-12)


@pytest.mark.parametrize("size", [5, 20_000])
def test_what_is_not_chosen_may_be_infinite(size):
    def safe(x):
        positive = x > 0.0
        return np.sum(np.where(positive, np.sqrt(np.where(positive, x, 0.3)), 0.0))

    def weighted(x, weights, chosen):
        return np.sum(weights * np.where(chosen, x, 2.0 * x))

    def inverse(x, weights, chosen):
        return np.sum(weights * np.where(chosen, 3.0, x))

    x = RNG.normal(size=size)
    expected = np.where(x > 0, 0.5 / np.sqrt(np.abs(x)), 0.0)
    np.testing.assert_allclose(grad(safe)(x), expected)
    chosen = RNG.random(size) < 0.5
    weights = np.where(chosen, np.inf, 1.5)
    assert np.array_equal(grad(inverse)(x, weights, chosen), np.where(chosen, 0, 1.5))
    weights = np.where(chosen, 1.5, np.inf)
    bar = grad(weighted)(x, weights, chosen)
    assert np.array_equal(bar, np.where(chosen, 1.5, np.inf))


@pytest.mark.parametrize("function", [folded, put_or_call, nested])
def test_products_with_hessians_of_many(function):
    x, w = drawn((123, 77))
    x_dot = RNG.normal(size=x.shape)

    def along(t):
        return grad(function)(x + t * x_dot, w)

    (found,) = hvp(lambda x: function(x, w), (x,), (x_dot,))
    difference = (along(1e-6) - along(-1e-6)) / 2e-6
    np.testing.assert_allclose(found, difference, rtol=1e-5, atol=1e-6)


def test_texts():
    x, w = drawn((4, 3))
    text = grad(folded).source_for(x, w)
    assert "(1.0 - 2.0 * " in text
    assert "(2.0 * " in grad(folded_down).source_for(x, w)
    assert "branchless_where(" in grad(put_or_call).source_for(x, w)
    single = grad(folded).source_for(x.astype(np.float32), w.astype(np.float32))
    assert "np.where" in single


def test_the_users_choices_stay():
    def masked(x, w):
        y = np.where(w > 1.0, x, 0)
        return np.sum(y * y * x)

    text = grad(masked).source_for(*drawn((4, 3)))
    assert "y = np.where(w > 1.0, x, 0)" in text
