"""Modules, losses, functional, optimizers."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor import nn, optim
from sourcediff.tensor.autograd import gradcheck
from sourcediff.tensor.nn import functional


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()  # noqa: UP008 (the older spelling works too)
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(4, 1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        return self.scale * self.second(torch.relu(self.first(x)))


def draw(*shape, seed=0):
    array = np.random.default_rng(seed).standard_normal(shape)
    return torch.tensor(array, requires_grad=True)


def test_what_a_module_holds():
    net = Net()
    names = ["scale", "first.weight", "first.bias", "second.weight"]
    assert [name for name, _ in net.named_parameters()] == names
    assert list(net.state_dict()) == ["scale", "seen", *names[1:]]
    assert [type(m).__name__ for m in net.modules()] == ["Net", "Linear", "Linear"]
    assert dict(net.named_children())["first"] is net.first
    assert all(isinstance(p, nn.Parameter) for p in net.parameters())
    assert all(isinstance(p, torch.Tensor) and p.is_leaf for p in net.parameters())
    assert repr(net) == (
        "Net(\n"
        "  (first): Linear(in_features=3, out_features=4, bias=True)\n"
        "  (second): Linear(in_features=4, out_features=1, bias=False)\n"
        ")"
    )


def test_shared_parameters_are_counted_once():
    net = nn.Sequential(layer := nn.Linear(2, 2), layer)
    assert len(list(net.parameters())) == 2


def test_training_mode_and_zero_grad():
    net = Net()
    assert net.training
    assert not net.eval().first.training
    assert net.train().first.training
    net(torch.ones(2, 3)).sum().backward()
    assert net.scale.grad is not None
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    dropout = nn.Dropout(0.5)
    x = torch.ones(1000)
    dropped = dropout(x)
    assert set(np.unique(dropped).tolist()) == {0.0, 2.0}
    assert dropout.eval()(x) is x


def test_state_moves_between_models():
    one, other = Net(), Net()
    other.load_state_dict(one.state_dict())
    x = torch.randn(5, 3)
    assert torch.equal(one(x), other(x))
    with pytest.raises(RuntimeError, match=r"size mismatch for 0.weight"):
        nn.Sequential(nn.Linear(2, 2)).load_state_dict(
            nn.Sequential(nn.Linear(3, 2)).state_dict()
        )
    with pytest.raises(RuntimeError, match="Missing key"):
        one.load_state_dict({})


def test_initial_values_of_linear():
    torch.manual_seed(0)
    layer = nn.Linear(100, 50)
    bound = 1 / np.sqrt(100)
    for values in (layer.weight, layer.bias):
        array = values.detach().numpy()
        assert np.abs(array).max() <= bound
        assert np.abs(array).max() > 0.9 * bound
        assert array.dtype == np.float32


def test_sequential_of_named_modules():
    model = nn.Sequential(OrderedDict(a=nn.Linear(2, 3), b=nn.Tanh()))
    assert [name for name, _ in model.named_parameters()] == ["a.weight", "a.bias"]
    assert isinstance(model[1], nn.Tanh)
    assert len(model) == 2


def test_a_double_model_has_gradients_by_differences():
    net = Net().double()
    x = draw(5, 3)
    assert gradcheck(net, (x,))
    parameters = list(net.parameters())
    assert gradcheck(lambda *_: (net(x) ** 2).sum(), parameters)


LOSSES = [
    functional.mse_loss,
    lambda x, y: functional.mse_loss(x, y, reduction="sum"),
    functional.l1_loss,
    lambda x, y: functional.cross_entropy(x, torch.tensor([2, 0, 1, 1])),
    lambda x, y: functional.cross_entropy(x, torch.softmax(y, 1)),
    lambda x, y: functional.cross_entropy(
        x, torch.tensor([2, 0, 1, 1]), reduction="sum", label_smoothing=0.1
    ),
    lambda x, y: functional.huber_loss(x, y, delta=0.4),
    lambda x, y: functional.smooth_l1_loss(x, y, reduction="none", beta=0.4),
    lambda x, y: functional.nll_loss(x, torch.tensor([2, 0, 1, 1])),
    lambda x, y: functional.binary_cross_entropy_with_logits(x, torch.sigmoid(y)),
    lambda x, y: functional.binary_cross_entropy(torch.sigmoid(x), torch.sigmoid(y)),
    lambda x, y: functional.softmax(x, 1) * functional.log_softmax(y, 0),
    lambda x, y: functional.leaky_relu(x) + functional.elu(y),
    lambda x, y: functional.softplus(x) + functional.silu(y),
    lambda x, y: functional.linear(x, y, x[0, :1] * torch.ones(4).double()),
]


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_against_differences(loss):
    assert gradcheck(loss, (draw(4, 3, seed=1), draw(4, 3, seed=2)))


def test_cross_entropy_does_not_overflow():
    x = torch.tensor([[1000.0, -1000.0]], requires_grad=True)
    functional.cross_entropy(x, torch.tensor([1])).backward()
    assert x.grad.tolist() == [[1.0, -1.0]]


def _convolved(x, w, stride, padding, dilation):
    """Written out, as the definition has it."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    kh, kw = w.shape[2:]
    rows = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    columns = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    y = np.zeros((x.shape[0], w.shape[0], rows, columns))
    for n, o, i, j in np.ndindex(*y.shape):
        for c, a, b in np.ndindex(*w.shape[1:]):
            value = x[n, c, i * stride + a * dilation, j * stride + b * dilation]
            y[n, o, i, j] += value * w[o, c, a, b]
    return y


@pytest.mark.parametrize(
    ("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2), (3, 0, 1)]
)
def test_convolution(stride, padding, dilation):
    x, w, b = draw(2, 3, 5, 6), draw(2, 3, 2, 3, seed=1), draw(2, seed=2)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    expected = _convolved(x.detach().numpy(), w.detach().numpy(), **options)
    expected += b.detach().numpy()[:, None, None]
    made = functional.conv2d(x, w, b, **options)
    np.testing.assert_allclose(made.detach(), expected, rtol=1e-12)
    assert made.grad_fn.name() == "ConvolutionBackward0"
    assert gradcheck(lambda *a: functional.conv2d(*a, **options), (x, w, b))


def test_convolution_in_groups_and_as_a_module():
    x, w = draw(1, 4, 4, 3), draw(6, 2, 2, 2, seed=1)
    made = functional.conv2d(x, w, groups=2)
    parts = [
        functional.conv2d(x[:, 2 * k : 2 * k + 2], w[3 * k : 3 * k + 3]) for k in (0, 1)
    ]
    np.testing.assert_allclose(made.detach(), torch.cat(parts, dim=1).detach())
    layer = nn.Conv2d(4, 6, (2, 3), padding=1, stride=2)
    assert layer(torch.randn(2, 4, 7, 8)).shape == (2, 6, 4, 4)


def test_mse_warns_of_broadcasting():
    with pytest.warns(UserWarning, match="different to the input size"):
        nn.MSELoss()(torch.ones(3, 1), torch.zeros(3))


def reference_sgd(w, gradient, steps, lr, momentum=0.0, decay=0.0, nesterov=False):
    velocity = None
    for _ in range(steps):
        g = gradient(w) + decay * w
        if momentum:
            velocity = g if velocity is None else momentum * velocity + g
            g = g + momentum * velocity if nesterov else velocity
        w = w - lr * g
    return w


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"weight_decay": 0.1},
        {"momentum": 0.5, "weight_decay": 0.2},
    ],
)
def test_sgd(options):
    start, target = np.array([1.0, 2.0, -3.0]), np.array([0.5, 0.3, 0.1])
    w = torch.tensor(start, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1, **options)
    for _ in range(6):
        optimizer.zero_grad()
        ((w - target) ** 2).sum().backward()
        optimizer.step()
    decay = options.get("weight_decay", 0.0)
    rest = {key: value for key, value in options.items() if key != "weight_decay"}
    expected = reference_sgd(
        start, lambda w: 2 * (w - target), 6, 0.1, decay=decay, **rest
    )
    np.testing.assert_allclose(w.detach(), expected, rtol=1e-12)


def test_adam():
    start, target = np.array([1.0, 2.0, -3.0]), np.array([0.5, 0.3, 0.1])
    w = torch.tensor(start, requires_grad=True)
    optimizer = optim.Adam([w], lr=0.1, betas=(0.8, 0.95))
    x, m, v = start, np.zeros(3), np.zeros(3)
    for k in range(1, 8):
        optimizer.zero_grad()
        ((w - target) ** 2).sum().backward()
        optimizer.step()
        g = 2 * (x - target)
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g * g
        x = x - 0.1 * (m / (1 - 0.8**k)) / (np.sqrt(v / (1 - 0.95**k)) + 1e-8)
    np.testing.assert_allclose(w.detach(), x, rtol=1e-10)


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.AdamW])
def test_optimizers_learn_and_resume(make):
    torch.manual_seed(1)
    x, net = torch.randn(64, 3), Net()
    y = x[:, :1] - 2 * x[:, 1:2]
    optimizer = make(net.parameters(), lr=0.05)

    def step():
        optimizer.zero_grad()
        loss = functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    first = step()
    assert min(step() for _ in range(100)) < 0.5 * first
    twin = make(net.parameters(), lr=0.9)
    twin.load_state_dict(optimizer.state_dict())
    assert twin.param_groups[0]["lr"] == 0.05
    assert len(twin.state) == len(optimizer.state)


def test_zero_grad_forgets_by_default():
    w = torch.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    (w * 2).sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert w.grad is None
    optimizer.step()
    assert w.tolist() == [1.0, 1.0]


def test_parameter_groups_and_closures():
    a, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 1.0}], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (a + b).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 2.0
    assert (a.item(), b.item()) == (pytest.approx(0.9), 0.0)
