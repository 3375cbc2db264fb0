"""The values that PyTorch's tutorials state."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch


def test_a_chain_with_a_relu():
    x = torch.tensor(-2.0, requires_grad=True)
    z = 2 * x
    y1 = z + 5
    y2 = torch.relu(z * z) + x + 3
    loss = y1 - y2 + y2 * x
    inner = [z, y1, y2, loss]
    for tensor in inner:
        tensor.retain_grad()
    loss.backward()
    assert [t.item() for t in inner] == [-4.0, 1.0, 17.0, -50.0]
    assert x.grad.item() == 64.0
    assert [t.grad.item() for t in inner] == [25.0, 1.0, -3.0, 1.0]


def test_a_product_of_sums_with_retained_gradients():
    x = torch.tensor([2.0], requires_grad=True)
    w = torch.tensor([1.0], requires_grad=True)
    a = torch.add(x, w)
    b = torch.add(w, 1)
    y = torch.mul(a, b)
    a.retain_grad()
    b.retain_grad()
    y.backward()
    assert [t.grad.item() for t in (w, x, a, b)] == [5.0, 2.0, 2.0, 3.0]
    assert [t.is_leaf for t in (w, x, a, b, y)] == [True, True, False, False, False]
    names = [type(t.grad_fn).__name__ for t in (a, b, y)]
    assert names == ["AddBackward0", "AddBackward0", "MulBackward0"]


def test_the_mean_of_squares_and_accumulation():
    x = torch.ones(2, 2, requires_grad=True)
    y = x + 2
    out = (y * y * 3).mean()
    assert repr(out) == "tensor(27., grad_fn=<MeanBackward0>)"
    out.backward()
    np.testing.assert_array_equal(x.grad, np.full((2, 2), 4.5, np.float32))
    x.sum().backward()
    np.testing.assert_array_equal(x.grad, np.full((2, 2), 5.5, np.float32))
    x.grad.data.zero_()
    x.sum().backward()
    np.testing.assert_array_equal(x.grad, np.ones((2, 2), np.float32))


def test_weights_of_a_view():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    z = (2 * x).view(2, 2)
    z.backward(torch.tensor([[1.0, 0.1], [0.01, 0.001]]))
    np.testing.assert_allclose(x.grad, [2.0, 0.2, 0.02, 0.002], rtol=1e-6)


def test_no_grad_cuts_one_branch():
    x = torch.tensor(1.0, requires_grad=True)
    y1 = x**2
    with torch.no_grad():
        y2 = x**3
    y3 = y1 + y2
    y3.backward()
    assert x.grad.item() == 2.0
    with pytest.raises(RuntimeError, match="does not require grad and does not have"):
        y2.backward()


def test_data_is_changed_behind_the_graph():
    x = torch.tensor([1.0], requires_grad=True)
    y = 2 * x
    x.data *= 100
    y.backward()
    assert repr(x) == "tensor([100.], requires_grad=True)"
    assert x.grad.item() == 2.0


def test_a_neuron_leads_back_to_three_leaves():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = torch.tensor([0.5, 0.1, 0.2], requires_grad=True)
    b = torch.tensor(0.1, requires_grad=True)
    y = torch.sigmoid(torch.dot(x, w) + b)
    sigmoid = y.grad_fn
    addition = sigmoid.next_functions[0][0]
    product, bias = (node for node, _ in addition.next_functions)
    names = [node.name() for node in (sigmoid, addition, product)]
    assert names == ["SigmoidBackward0", "AddBackward0", "DotBackward0"]
    leaves = [node.variable for node, _ in product.next_functions]
    assert leaves[0] is x
    assert leaves[1] is w
    assert bias.variable is b
    assert y.item() == pytest.approx(1 / (1 + np.exp(-1.4)), rel=1e-6)


def test_a_custom_relu():
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

    x = torch.tensor([-1.0, 0.5, 2.0], requires_grad=True)
    CustomReLU.apply(x).backward(torch.tensor([3.0, 4.0, 5.0]))
    assert x.grad.tolist() == [0.0, 4.0, 5.0]


def test_one_training_step_whose_input_requires_a_gradient():
    torch.manual_seed(0)
    x = torch.randn(5, 10, requires_grad=True)
    target = torch.randn(5, 1)
    model = torch.nn.Linear(10, 1)
    weight = model.weight.detach().clone()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss = torch.nn.MSELoss()(model(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    residual = 2 / 5 * (x.detach().numpy() @ weight.numpy().T + 0)
    assert residual.shape == (5, 1)
    assert x.grad.shape == x.shape
    step = (model.weight.detach() - weight).numpy()
    np.testing.assert_allclose(step, -0.01 * model.weight.grad.numpy(), atol=1e-7)


def test_a_weight_on_the_backward_pass():
    x = torch.tensor(2.0, requires_grad=True)
    (2 * x).backward(torch.tensor(3.0))
    assert x.grad.item() == 6.0
    x.grad = torch.tensor(2.0)
    (2 * x).backward(torch.tensor(3.0))
    assert x.grad.item() == 8.0
