"""`autograd.Function`: derivatives that the user writes."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor.autograd import Function, gradcheck, gradgradcheck
from sourcediff.tensor.autograd.function import once_differentiable


def leaf(values=(0.5, 2.0)):
    return torch.tensor(list(values), dtype=torch.float64, requires_grad=True)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g


class Scaled(Function):
    """Two inputs, a number, two outputs; the forward has no ctx."""

    @staticmethod
    def forward(x, y, n):
        return x * y * n, x + y

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, y, ctx.n = inputs
        ctx.save_for_backward(x, y)

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y * ctx.n + h, g * x * ctx.n + h, None


class ByResult(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


@pytest.mark.parametrize(
    "function", [Cube.apply, ByResult.apply, lambda x: Scaled.apply(x, x * x, 3)[0]]
)
def test_first_and_second_derivatives(function):
    assert gradcheck(function, (leaf(),))
    assert gradgradcheck(function, (leaf(),))


def test_several_inputs_and_outputs():
    x, y = leaf(), torch.tensor([3.0, 4.0], dtype=torch.float64)
    product, total = Scaled.apply(x, y, 2)
    assert product.grad_fn is total.grad_fn
    assert (product.output_nr, total.output_nr) == (0, 1)
    assert product.grad_fn.name() == "ScaledBackward"
    (product * 2 + total).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * 2 * y + 1)
    assert y.grad is None


def test_what_the_context_knows():
    seen = {}

    class Probe(Function):
        @staticmethod
        def forward(ctx, x, y, n):
            seen["needs"] = ctx.needs_input_grad
            seen["grad mode"] = torch.is_grad_enabled()
            ctx.save_for_backward(x)
            return x * n

        @staticmethod
        def backward(ctx, g):
            seen["saved"] = ctx.saved_tensors
            return g, None, None

    x = leaf()
    Probe.apply(x, torch.ones(2), 3).sum().backward()
    assert seen["needs"] == (True, False, False)
    assert seen["grad mode"] is False
    assert isinstance(seen["saved"], tuple)
    assert seen["saved"][0] is x


def test_none_gradients_leave_a_leaf_alone():
    class Deaf(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return None

    x = leaf()
    Deaf.apply(x).sum().backward()
    assert x.grad is None


def test_zeros_are_materialised_unless_told_otherwise():
    seen = []

    class Pair(Function):
        @staticmethod
        def forward(ctx, x, materialize):
            ctx.set_materialize_grads(materialize)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, g, h):
            seen.append(g)
            return h * 3, None

    x = leaf()
    for materialize in (True, False):
        Pair.apply(x, materialize)[1].sum().backward()
    assert seen[0].tolist() == [0.0, 0.0]
    assert seen[1] is None
    assert x.grad.tolist() == [6.0, 6.0]


def test_mark_non_differentiable_and_integers():
    class WithIndex(Function):
        @staticmethod
        def forward(ctx, x):
            steps, place = x.floor(), x.argmax()
            ctx.mark_non_differentiable(steps, place)
            return x * 2, steps, place

        @staticmethod
        def backward(ctx, g, *_):
            return g * 2

    doubled, steps, place = WithIndex.apply(leaf())
    assert doubled.requires_grad
    assert not steps.requires_grad
    assert not place.requires_grad
    assert place.item() == 1


def test_mark_dirty_returns_the_argument_itself():
    class Doubled(Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf()
    y = x * 3
    z = Doubled.apply(y)
    assert z is y
    assert z.grad_fn.name() == "DoubledBackward"
    z.sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        Doubled.apply(leaf())


def test_once_differentiable():
    class Once(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = leaf()
    y = Once.apply(x)
    g, *_ = torch.autograd.grad(y.sum(), x, create_graph=True)
    np.testing.assert_allclose(g.detach(), 2 * x.detach())
    weight = torch.ones(2, dtype=torch.float64, requires_grad=True)
    g, *_ = torch.autograd.grad(Once.apply(x), x, weight, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


def test_a_broadcast_gradient_is_summed():
    class Sum(Function):
        @staticmethod
        def forward(ctx, x):
            return x + torch.zeros(3, 2, dtype=torch.float64)

        @staticmethod
        def backward(ctx, g):
            return g

    x = leaf()
    Sum.apply(x).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_inside_a_model():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(2, 3).double()

        def forward(self, x):
            return Cube.apply(self.linear(x)).sum()

    net = Net()
    x = leaf()
    net(x).backward()
    assert gradcheck(net, (x,))
    assert net.linear.weight.grad.shape == (3, 2)


def test_without_tensors_it_computes():
    assert Cube.apply(2.0 * torch.ones(1)).tolist() == [8.0]


def test_saved_values_are_checked():
    x = leaf()
    y = x * 1
    z = Cube.apply(y)
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_it_is_not_instantiated():
    with pytest.raises(RuntimeError, match=r"Cube.apply"):
        Cube()
