"""Products that are kept under a name are not multiplied again."""

import numpy as np
import pytest

from sourcediff import grad, jvp, vjp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(66)
X = RNG.normal(size=(4, 3))
W = RNG.uniform(0.4, 1.6, size=(4, 3))


def density(x, w):
    return np.sum(np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi) * w * np.cos(w))


def nested(x, w):
    y = np.exp(x) / w * x
    z = np.exp(y / w) * w * x / (1.0 + w)
    return np.sum(z * y * w)


def with_numbers(x, w):
    s = np.sum(w)
    y = 2.0 * np.exp(x / s) * s / w * 0.5 * x
    return np.sum(3.0 * np.exp(-y) / s * y)


def in_turns(x, w):
    y = x
    for k in range(3):
        y = np.exp(-y * y) / w * x * (k + 1.0)
    return np.sum(y * w)


def stored(x, w):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = np.exp(x[i]) / w[i] * w[0] * x[i]
        y[i] *= np.exp(-y[i]) * w[i] / x[i]
    return np.sum(y * w)


def stretched(x, w):
    row = np.exp(x[0]) * w[1]
    return np.sum(np.exp(row / w) * row * x / w)


def overwritten(x, w):
    y = x * w
    for _ in range(2):
        y = np.exp(-y) * y / w * x
        w = w * 1.1
    return np.sum(y / w)


def of_scalars(x, w):
    a, b = x[0, 0], w[0, 1]
    for _ in range(3):
        a = np.exp(-a) * a / b * a
        b = b * np.exp(a) / a
    return a * b


ALL = (
    density,
    nested,
    with_numbers,
    in_turns,
    stored,
    stretched,
    overwritten,
    of_scalars,
)


@pytest.mark.parametrize("function", ALL)
def test_gradients(function):
    check_grads(function, (X, W), wrt=(0, 1), order=2)
    check_grads(function, (X[:2], W[:2]), wrt=1)


@pytest.mark.parametrize("function", ALL)
def test_all_ways_agree(function):
    bars = grad(function, wrt=(0, 1))(X, W)
    for one, other in zip(bars, vjp(function, X, W)[1](1.0), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)
    dots = RNG.normal(size=X.shape), RNG.normal(size=X.shape)
    _, value_dot = jvp(function, (X, W), dots)
    pairs = zip(bars, dots, strict=True)
    np.testing.assert_allclose(sum(np.sum(b * d) for b, d in pairs), value_dot)


@pytest.mark.parametrize("function", [density, nested, in_turns])
def test_complex_arguments(function):
    z = X + 0.3j * W

    def real(z, w):
        return np.sum(np.real(function(z, w)))

    check_grads(real, (z, W), wrt=(0, 1))


def test_the_exponential_has_no_name():
    text = grad(density, wrt=(0, 1)).source_for(X, W)
    assert "np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)" in text
