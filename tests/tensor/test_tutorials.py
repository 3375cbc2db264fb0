"""Programs of PyTorch's tutorials: only their imports are changed."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sourcediff.tensor as torch
import sourcediff.tensor.nn.functional as F
from sourcediff import grad
from sourcediff.tensor import nn, optim
from sourcediff.tensor.autograd import Variable


def test_a_gentle_introduction():
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    b = torch.tensor([6.0, 4.0], requires_grad=True)
    Q = 3 * a**3 - b**2
    external_grad = torch.tensor([1.0, 1.0])
    Q.backward(gradient=external_grad)
    assert (9 * a**2 == a.grad).all()
    assert (-2 * b == b.grad).all()
    x = torch.rand(5, 5)
    y = torch.rand(5, 5)
    z = torch.rand((5, 5), requires_grad=True)
    assert not (x + y).requires_grad
    assert (x + z).requires_grad


def test_a_polynomial_by_hand():
    dtype, device = torch.float, torch.device("cpu")
    torch.manual_seed(1)
    x = torch.linspace(-math.pi, math.pi, 200, device=device, dtype=dtype)
    y = torch.sin(x)
    a, b, c, d = (
        torch.randn((), device=device, dtype=dtype, requires_grad=True)
        for _ in range(4)
    )
    learning_rate = 5e-6
    losses = []
    for _ in range(50):
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = (y_pred - y).pow(2).sum()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            a -= learning_rate * a.grad
            b -= learning_rate * b.grad
            c -= learning_rate * c.grad
            d -= learning_rate * d.grad
            a.grad = None
            b.grad = None
            c.grad = None
            d.grad = None
    assert a.requires_grad
    assert losses[-1] < 0.5 * losses[0]


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


def test_a_new_function():
    x = torch.linspace(-1.0, 1.0, 7, dtype=torch.float64)
    b = torch.full((), -0.7, dtype=torch.float64, device="cpu", requires_grad=True)
    P3 = LegendrePolynomial3.apply
    y = (P3(b + x) ** 2).sum()
    assert P3(b + x).grad_fn.name() == "LegendrePolynomial3Backward"
    y.backward()

    def same(b):
        u = b + x.numpy()
        return np.sum((0.5 * (5 * u**3 - 3 * u)) ** 2)

    assert b.grad.item() == pytest.approx(grad(same)(-0.7), rel=1e-12)


def test_a_polynomial_with_modules_and_an_optimizer():
    torch.manual_seed(2)
    x = torch.linspace(-math.pi, math.pi, 200)
    y = torch.sin(x)
    p = torch.tensor([1, 2, 3])
    xx = x.unsqueeze(-1).pow(p)
    model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0, 1))
    loss_fn = torch.nn.MSELoss(reduction="sum")
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(60):
        y_pred = model(xx)
        loss = loss_fn(y_pred, y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0]
    assert isinstance(model[0].weight[:, 0].item(), float)


def test_what_nn_really_is():
    torch.manual_seed(3)
    x_train, y_train = torch.randn(64, 20), torch.randint(0, 5, (64,))
    weights = torch.randn(20, 5) / math.sqrt(20)
    weights.requires_grad_()
    bias = torch.zeros(5, requires_grad=True)

    def log_softmax(x):
        return x - x.exp().sum(-1).log().unsqueeze(-1)

    def model(xb):
        return log_softmax(xb @ weights + bias)

    def nll(input, target):
        return -input[range(target.shape[0]), target].mean()

    def accuracy(out, yb):
        preds = torch.argmax(out, dim=1)
        return (preds == yb).float().mean()

    losses = []
    for _ in range(5):
        loss = nll(model(x_train), y_train)
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            weights -= weights.grad * 0.5
            bias -= bias.grad * 0.5
            weights.grad.zero_()
            bias.grad.zero_()
    assert losses[-1] < losses[0]
    assert 0 <= accuracy(model(x_train), y_train).item() <= 1
    expected = F.cross_entropy(x_train @ weights + bias, y_train)
    assert nll(model(x_train), y_train).item() == pytest.approx(
        expected.item(), rel=1e-5
    )


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()  # noqa: UP008 (the older spelling)
        self.conv1 = nn.Conv2d(1, 3, 3)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1 = nn.Linear(3 * 5 * 5, 4)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = torch.flatten(x, 1)
        return self.fc1(x)


def test_a_network_with_pools():
    torch.manual_seed(4)
    net, criterion = Net(), nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    inputs, labels = torch.randn(6, 1, 12, 12), torch.randint(0, 4, (6,))
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    _, predicted = torch.max(outputs, 1)
    assert 0 <= (predicted == labels).sum().item() <= 6
    for f in net.parameters():
        f.data.sub_(f.grad.data * 0.01)


@pytest.mark.parametrize("pool", [F.max_pool2d, F.avg_pool2d])
def test_pools_against_differences(pool):
    rng = np.random.default_rng(7)
    x = torch.tensor(rng.permutation(60).reshape(1, 2, 5, 6) / 7.3, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: pool(x, 2), (x,))
    assert torch.autograd.gradcheck(lambda x: pool(x, (3, 2), 2, 1), (x,))
    assert pool(x, 2).shape == (1, 2, 2, 3)
    tied = torch.ones(1, 1, 2, 2, requires_grad=True)
    F.max_pool2d(tied, 2).sum().backward()
    assert tied.grad.flatten().tolist() == [1.0, 0.0, 0.0, 0.0]


def test_saved_values_of_nodes():
    x = torch.randn(5, requires_grad=True)
    y = x.pow(2)
    assert x.equal(y.grad_fn._saved_self)
    y = x.exp()
    assert y.equal(y.grad_fn._saved_result)
    z = torch.tensor([2.0]) * x[:1]
    assert z.grad_fn._saved_self.item() == 2.0
    with pytest.raises(AttributeError, match="does not keep _saved_self"):
        y.grad_fn._saved_self  # noqa: B018
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.grad_fn._saved_result  # noqa: B018


def test_the_old_wrapper():
    x = Variable(torch.ones(2, 2), requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    x.grad.data.zero_()
    assert x.grad.sum().item() == 0.0
    assert isinstance(x, Variable)
    assert not Variable(torch.ones(1)).requires_grad


def test_a_gradient_penalty():
    torch.manual_seed(5)
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    m = nn.Linear(4, 1, dtype=torch.float64)
    out = m(torch.tanh(x))
    (g,) = torch.autograd.grad(
        outputs=out,
        inputs=x,
        grad_outputs=torch.ones_like(out),
        create_graph=True,
        retain_graph=True,
    )
    ((g.norm(2, dim=1) - 1) ** 2).mean().backward()

    def penalty(w):
        slopes = w * (1 - np.tanh(x.detach().numpy()) ** 2)
        return np.mean((np.sqrt(np.sum(slopes**2, axis=1)) - 1) ** 2)

    np.testing.assert_allclose(
        m.weight.grad.numpy()[0], grad(penalty)(m.weight.detach().numpy()[0])
    )
