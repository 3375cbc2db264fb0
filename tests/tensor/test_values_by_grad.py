"""The tutorials' values again, from the compiled gradients of plain NumPy functions."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff import grad, stop_gradient, value_and_grad, vjp


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


@pytest.mark.parametrize("fallback", ["error", "always"])
def test_compiler_and_tape_agree_with_the_tutorials(fallback):
    def slopes(function, *args, wrt=0):
        return grad(function, wrt=wrt, fallback=fallback)(*args)

    assert slopes(chain, -2.0) == 64.0
    assert slopes(product, 2.0, 1.0, wrt=("x", "w")) == (2.0, 5.0)
    np.testing.assert_allclose(slopes(mean, np.ones((2, 2))), np.full((2, 2), 4.5))
    weights = np.array([[1.0, 0.1], [0.01, 0.001]])
    found = slopes(weighted_view, np.array([1.0, 2.0, 3.0, 4.0]), weights)
    np.testing.assert_allclose(found, [2.0, 0.2, 0.02, 0.002])
    assert slopes(lambda x: x**2 + stop_gradient(x**3), 1.0) == 2.0


def test_a_branch_that_carries_no_gradient():
    assert grad(lambda x: x**2 + stop_gradient(x**3))(1.0) == 2.0


def test_the_intermediate_values_have_gradients_too():
    """What `retain_grad` shows, as gradients of what comes after."""

    def after_a(a, w):
        return a * (w + 1)

    def after_b(b, x, w):
        return (x + w) * b

    assert grad(after_a)(3.0, 1.0) == 2.0
    assert grad(after_b)(2.0, 2.0, 1.0) == 3.0

    def after_z(z, x):
        y2 = relu(z * z) + x + 3
        return z + 5 - y2 + y2 * x

    def after_y2(y2, y1, x):
        return y1 - y2 + y2 * x

    assert grad(after_z)(-4.0, -2.0) == 25.0
    assert grad(after_y2, wrt=("y1", "y2"))(17.0, 1.0, -2.0) == (1.0, -3.0)


def test_the_weight_on_a_pullback():
    y, pullback = vjp(lambda x: 2 * x, 2.0)
    assert y == 4.0
    assert pullback(3.0) == (6.0,)
    assert 2.0 + pullback(3.0)[0] == 8.0


def test_accumulation_is_addition():
    x = np.ones((2, 2))
    np.testing.assert_allclose(grad(mean)(x) + grad(np.sum)(x), np.full((2, 2), 5.5))


class CustomReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        g = grad.clone()
        g[x < 0] = 0
        return g


def test_a_custom_relu_inside_a_differentiated_function():
    def weighted(x, seed):
        return np.sum(CustomReLU.apply(x) * seed)

    x, seed = np.array([-1.0, 0.5, 2.0]), np.array([3.0, 4.0, 5.0])
    assert grad(weighted)(x, seed).tolist() == [0.0, 4.0, 5.0]
    assert "It runs on the tape" in grad(weighted).source_for(x, seed)

    def caller(x, seed):
        y = 2.0 * x
        return weighted(y, seed)

    assert grad(caller)(x, seed).tolist() == [0.0, 8.0, 10.0]


class Steep(torch.autograd.Function):
    """Ten times too steep, to see whose derivative is used."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 10 * g * x.exp()


def test_a_functions_own_backward_counts():
    x = np.array([0.5, -0.2])
    steep = Steep.apply
    np.testing.assert_allclose(grad(lambda x: np.sum(steep(x)))(x), 10 * np.exp(x))
    np.testing.assert_allclose(
        grad(lambda x: np.sum(Steep.apply(x * 2)))(x), 20 * np.exp(2 * x)
    )


def linear_loss(x, weight, bias, target):
    residual = x @ weight.T + bias - target
    return np.mean(residual**2)


def test_a_training_step_whose_input_has_a_gradient():
    torch.manual_seed(0)
    x = torch.randn(5, 10, dtype=torch.float64, requires_grad=True)
    target = torch.randn(5, 1, dtype=torch.float64)
    model = torch.nn.Linear(10, 1, dtype=torch.float64)
    weight, bias = (p.detach().numpy().copy() for p in model.parameters())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss = torch.nn.MSELoss()(model(x), target)
    loss.backward()
    optimizer.step()
    value, (x_bar, weight_bar, bias_bar) = value_and_grad(linear_loss, wrt=(0, 1, 2))(
        x.detach().numpy(), weight, bias, target.numpy()
    )
    assert loss.item() == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(x.grad, x_bar, rtol=1e-12)
    np.testing.assert_allclose(
        model.weight.detach(), weight - 0.01 * weight_bar, rtol=1e-12
    )
    np.testing.assert_allclose(model.bias.detach(), bias - 0.01 * bias_bar, rtol=1e-12)
