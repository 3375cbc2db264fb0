"""Jacobians, Hessians, products with them; gradcheck itself."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor.autograd import Function, functional, gradcheck, gradgradcheck

X = np.array([0.4, 1.3, -0.7])
Y = np.array([1.1, 0.6])


def function(x, y):
    return (x * y.sum()).exp() * x[0], y[0] * x


def energy(x, y):
    return ((x**3).sum() * y).sin().sum() + x[0] * y[1] ** 2


def differences(f, args, k, eps=1e-6):
    rows = []
    for i in range(args[k].size):
        step = np.zeros_like(args[k])
        step[i] = eps
        up = f(*(a + step if j == k else a for j, a in enumerate(args)))
        down = f(*(a - step if j == k else a for j, a in enumerate(args)))
        rows.append((up - down) / (2 * eps))
    return np.stack(rows, axis=-1)


def plain(f):
    def call(*args):
        return f(*(torch.tensor(a) for a in args)).numpy()

    return call


def test_jacobian_of_several_inputs_and_outputs():
    made = functional.jacobian(function, (torch.tensor(X), torch.tensor(Y)))
    for i in range(2):
        for j in range(2):
            expected = differences(plain(lambda *a, i=i: function(*a)[i]), (X, Y), j)
            np.testing.assert_allclose(made[i][j], expected, atol=1e-8)


def test_hessian():
    made = functional.hessian(energy, (torch.tensor(X), torch.tensor(Y)))

    def slope(k):
        def gradient(x, y):
            leaves = [torch.tensor(a, requires_grad=True) for a in (x, y)]
            return torch.autograd.grad(energy(*leaves), leaves)[k].numpy()

        return gradient

    for i in range(2):
        for j in range(2):
            expected = differences(slope(i), (X, Y), j)
            np.testing.assert_allclose(made[i][j], expected, atol=1e-7)


def test_products_agree_with_the_matrices():
    x, y = torch.tensor(X), torch.tensor(Y)
    rng = np.random.default_rng(0)
    v, w = rng.standard_normal(3), rng.standard_normal(2)
    u = (torch.tensor(rng.standard_normal(3)), torch.tensor(rng.standard_normal(3)))
    matrix = functional.jacobian(function, (x, y))
    _, pushed = functional.jvp(function, (x, y), (torch.tensor(v), torch.tensor(w)))
    for i in range(2):
        expected = matrix[i][0].numpy() @ v + matrix[i][1].numpy() @ w
        np.testing.assert_allclose(pushed[i], expected)
    _, pulled = functional.vjp(function, (x, y), u)
    for j in range(2):
        expected = sum(u[i].numpy() @ matrix[i][j].numpy() for i in range(2))
        np.testing.assert_allclose(pulled[j], expected)
    second = functional.hessian(energy, (x, y))
    for product in (functional.hvp, functional.vhp):
        value, found = product(energy, (x, y), (torch.tensor(v), torch.tensor(w)))
        assert value.item() == pytest.approx(energy(x, y).item())
        for i in range(2):
            expected = second[i][0].numpy() @ v + second[i][1].numpy() @ w
            np.testing.assert_allclose(found[i], expected)


def test_jacobians_can_be_differentiated():
    x = torch.tensor(X, requires_grad=True)
    made = functional.jacobian(lambda x: x**3, x, create_graph=True)
    made.sum().backward()
    np.testing.assert_allclose(x.grad, 6 * X)


def test_independence():
    made = functional.jacobian(lambda x, y: x * 2, (torch.tensor(X), torch.tensor(Y)))
    assert made[1].tolist() == np.zeros((3, 2)).tolist()
    with pytest.raises(RuntimeError, match="independent of input 1"):
        functional.jacobian(
            lambda x, y: x * 2, (torch.tensor(X), torch.tensor(Y)), strict=True
        )
    with pytest.raises(RuntimeError, match="single element"):
        functional.hessian(lambda x: x * 2, torch.tensor(X))
    with pytest.raises(RuntimeError, match="invalid size"):
        functional.vjp(lambda x: x * 2, torch.tensor(X), torch.tensor(Y))
    with pytest.raises(TypeError, match="given must be a Tensor"):
        functional.jacobian(lambda x: x * 2, X)


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * g


def test_gradcheck_finds_a_wrong_gradient():
    x = torch.tensor(X, requires_grad=True)
    with pytest.raises(torch.autograd.GradcheckError, match="Jacobian mismatch"):
        gradcheck(Wrong.apply, (x,))
    assert not gradcheck(Wrong.apply, (x,), raise_exception=False)
    assert gradcheck(lambda x: x**2, x)


def test_gradgradcheck_finds_a_wrong_second_derivative():
    class HalfRight(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x * x.detach() * g

    x = torch.tensor(X, requires_grad=True)
    assert gradcheck(HalfRight.apply, (x,))
    assert not gradgradcheck(HalfRight.apply, (x,), raise_exception=False)


def test_gradcheck_of_complex_functions():
    z = torch.tensor([0.3 + 0.5j, -1.2 + 0.1j], dtype=torch.complex128)
    z.requires_grad_()
    assert gradcheck(lambda z: (z * z.conj()).real.sqrt(), (z,))
    assert gradcheck(lambda z: z.exp() * z, (z,))


def test_gradcheck_warns_of_single_precision():
    x = torch.ones(1, requires_grad=True)
    with pytest.warns(UserWarning, match="double precision"):
        gradcheck(lambda x: x * 2, (x,), eps=1e-2, atol=1e-2)
    with pytest.raises(ValueError, match="at least one input"):
        gradcheck(lambda x: x * 2, (torch.ones(1),))
