"""The tutorials' values again, from the compiled gradients of plain NumPy functions."""

from __future__ import annotations

import numpy as np
import pytest

from sourcediff import grad, value_and_grad


def relu(x):
    return np.where(x > 0, x, 0.0)


def chain(x):
    z = 2 * x
    y1 = z + 5
    y2 = relu(z * z) + x + 3
    return y1 - y2 + y2 * x


def product(x, w):
    a = x + w
    b = w + 1
    return a * b


def mean(x):
    y = x + 2
    return np.mean(y * y * 3)


def weighted_view(x, weights):
    z = (2 * x).reshape(2, 2)
    return np.sum(z * weights)


def neuron(x, w, b):
    return 1 / (1 + np.exp(-(np.dot(x, w) + b)))


def test_the_chain_with_a_relu():
    value, slope = value_and_grad(chain)(-2.0)
    assert value == -50.0
    assert slope == 64.0


def test_the_product_of_sums():
    assert grad(product, wrt=("x", "w"))(2.0, 1.0) == (2.0, 5.0)


def test_the_mean_of_squares():
    value, slope = value_and_grad(mean)(np.ones((2, 2)))
    assert value == 27.0
    np.testing.assert_allclose(slope, np.full((2, 2), 4.5))


def test_weights_of_a_view():
    weights = np.array([[1.0, 0.1], [0.01, 0.001]])
    slope = grad(weighted_view)(np.array([1.0, 2.0, 3.0, 4.0]), weights)
    np.testing.assert_allclose(slope, [2.0, 0.2, 0.02, 0.002])


def test_the_neuron():
    x, w, b = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.1, 0.2]), 0.1
    by_x, by_w, by_b = grad(neuron, wrt=("x", "w", "b"))(x, w, b)
    s = 1 / (1 + np.exp(-1.4))
    np.testing.assert_allclose(by_x, w * s * (1 - s))
    np.testing.assert_allclose(by_w, x * s * (1 - s))
    assert by_b == pytest.approx(s * (1 - s))
