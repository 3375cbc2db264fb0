"""Cotangents in fewer passes over arrays: the same numbers, whoever looks at them."""

import numpy as np
import pytest

from sourcediff import grad, jvp, value_and_grad, vjp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(55)
X = RNG.normal(size=(4, 3))
W = RNG.uniform(0.4, 1.6, size=(4, 3))


def chained(x, w):
    y = x * x + 0.7
    z = np.exp(-0.3 * y) * w
    u = z * x + np.sqrt(y)
    return np.sum(u / (1.2 + z * z))


def quotients(x, w):
    y = np.exp(x) / w
    z = y / (y + w) - x / w
    return np.sum(z * z / (2.0 + y))


def gated(x, w):
    return np.sum(x * np.tanh(np.log(1.0 + np.exp(x * w))))


def divided(x, w):
    y = x / w
    return np.sum(y - 3.0 * y * y / w)


def overwritten(x, w):
    y = x * w
    z = y / (1.0 + w)
    y = np.sin(z) * x - 0.1 * w
    z = y * z - z / w
    return np.sum(z * z * y)


def stored(x, w):
    y = x * w
    z = np.zeros_like(x)
    z[1:] = y[:-1] / w[1:] - y[1:] * y[:-1]
    z[0] = x[0]
    y *= z
    return np.sum(y / w - 0.3 * y * z)


def seen_through_views(x, w):
    y = x * w
    turned = y.T
    z = turned / w.T - turned * y.T
    return np.sum(z * turned) + np.sum(y[1:] / w[1:])


def in_turns(x, w):
    y = x
    for k in range(3):
        z = y / w - 0.2 * k
        y = np.tanh(z) * w - z * z * y
    return np.sum(y / w)


def by_branches(x, w):
    y = x * w
    if np.sum(y) > 0.0:
        y = y * x
        z = y / w - y * x
    else:
        z = np.cos(y) / w + x * y
    return np.sum(z * y / w)


def of_numbers(x, w):
    s = np.sum(x * w) / 7.0
    y = x / s - s * w
    return np.sum(y * y / (s * s + 2.0))


def stretched(x, w):
    row = x[0] / w[1]
    y = row * x - x / row
    return np.sum(y * w / (row * row + 1.3))


def helped(x, w):
    y = ratio(x, w) - ratio(x * w, w + 1.0)
    return np.sum(y * ratio(y, w))


def ratio(a, b):
    return a / b - 0.2 * a * a / b


def by_columns(x, w):
    e = np.exp(x * w)
    total = np.sum(e, axis=0)
    rows = np.sum(e * x, axis=1)
    return np.sum(np.log(total) * total) + np.sum(rows / (1.0 + rows * rows))


def with_masks(x, w):
    mask = x > 0.0
    y = x / w * mask - w * mask
    return np.sum(mask * y * x - mask / w)


def with_bytes(x, w):
    k = np.arange(12, dtype=np.uint8).reshape(4, 3)
    y = k * x / w - k * w
    return np.sum(k * y * x - k / w)


ALL = (
    chained,
    quotients,
    gated,
    divided,
    overwritten,
    stored,
    seen_through_views,
    in_turns,
    by_branches,
    of_numbers,
    stretched,
    helped,
    by_columns,
    with_masks,
    with_bytes,
)


def drawn(shape):
    return RNG.normal(size=shape), RNG.uniform(0.4, 1.6, size=shape)


@pytest.mark.parametrize("function", ALL)
def test_gradients(function):
    check_grads(function, (X, W), wrt=(0, 1), order=2)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("shape", [(4, 3), (4, 1), (2, 3), (151, 70)], ids=str)
def test_both_ways_agree(function, shape):
    if function is with_bytes:
        shape = (4, 3)
    x, w = drawn(shape)
    bars = grad(function, wrt=(0, 1))(x, w)
    _, pullback = vjp(function, x, w)
    for one, other in zip(bars, pullback(1.0), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)
    dots = RNG.normal(size=shape), RNG.normal(size=shape)
    _, value_dot = jvp(function, (x, w), dots)
    pairs = zip(bars, dots, strict=True)
    np.testing.assert_allclose(
        sum(np.sum(b * d) for b, d in pairs), value_dot, rtol=1e-9
    )


@pytest.mark.parametrize("function", ALL)
def test_values_and_arguments(function):
    x, w = X.copy(), W.copy()
    value, bars = value_and_grad(function, wrt=(0, 1))(x, w)
    assert value == function(X, W)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(w, W)
    assert not np.shares_memory(*bars)


@pytest.mark.parametrize("function", [f for f in ALL if f is not with_masks])
def test_single_precision(function):
    singles = grad(function, wrt=(0, 1))(X.astype(np.float32), W.astype(np.float32))
    doubles = grad(function, wrt=(0, 1))(X, W)
    for one, two in zip(singles, doubles, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, two, rtol=3e-3, atol=3e-4)


@pytest.mark.parametrize("function", [chained, quotients, gated, divided, helped])
def test_other_kinds_of_arguments(function):
    check_grads(function, (np.array(0.7), np.array(1.3)), wrt=(0, 1), order=2)
    check_grads(function, (0.7, 1.3), wrt=(0, 1))
    check_grads(function, (X, RNG.integers(1, 4, size=X.shape)), wrt=0)
    check_grads(function, (X, W[:1]), wrt=(0, 1))
    mixed = grad(function, wrt=(0, 1))(X, W.astype(np.float32))
    assert [bar.dtype for bar in mixed] == [np.float64, np.float32]
    assert grad(function)(*drawn((0, 3))).shape == (0, 3)


def test_terms_are_gathered():
    text = grad(chained).source_for(X, W)
    assert "z_bar = -" not in text
    text = grad(gated).source_for(X, W)
    assert text.count("out_bar *") == 1


def test_short_factors_come_first():
    def scaled(x, v):
        y = np.exp(x) / v
        return np.sum(y * y / v)

    v = W[0]
    check_grads(scaled, (X, v), wrt=(0, 1), order=2)
    text = grad(scaled).source_for(X, v)
    assert "out_bar / (v * v) * y" in text


def test_a_seed_of_any_size():
    def scaled(x, w, seed):
        return seed * gated(x, w)

    _, pullback = vjp(gated, X, W)
    for seed in (0.0, -2.5):
        np.testing.assert_allclose(grad(scaled)(X, W, seed), pullback(seed)[0])


def test_what_is_not_chosen_adds_nothing():
    """Partials may be huge where a choice goes the other way."""

    def chosen(x, w):
        safe = np.where(w > 0.0, w, 1.0)
        return np.sum(np.where(w > 0.0, x / safe - 2.0 * x * x, 0.0))

    x = np.array([1e150, -2.0, 3.0])
    w = np.array([0.0, 0.5, 2.0])
    expected = np.where(w > 0.0, 1.0 / np.where(w > 0.0, w, 1.0) - 4.0 * x, 0.0)
    np.testing.assert_allclose(grad(chosen)(x, w), expected)


def test_a_name_read_before_it_is_bound_anew():
    """The cotangents of one name at two times are not mixed up."""

    def two_lives(x, w):
        y = x / w
        for _ in range(2):
            y = y * x - y / w
        z = y
        y = z * w - x / y
        return np.sum(y * z)

    check_grads(two_lives, (X, W), wrt=(0, 1), order=2)
