"""What a PyTorch user expects to find, name by name and in the order of a first course.

The programs are spelled for PyTorch, and give the same there (but for NumPy's
functions).
"""

import copy
import io
import math
import pickle
import threading

import numpy as np
import pytest

import sourcediff.tensor as torch
import sourcediff.tensor.nn.functional as F
from sourcediff.tensor import autograd, nn, optim
from sourcediff.tensor.autograd import functional as AF
from sourcediff.tensor.utils.checkpoint import checkpoint


def close(a, b, tolerance=1e-6):
    return torch.allclose(torch.as_tensor(a), torch.as_tensor(b), atol=tolerance)


def leaf(*values, dtype=None):
    return torch.tensor(list(values), dtype=dtype, requires_grad=True)


def gradient(function, *leaves):
    """The gradients of the sum of a function's result."""
    return torch.autograd.grad(function(*leaves).sum(), leaves)


# --- tensors: how they are made -------------------------------------------------------


def test_makers():
    assert torch.tensor(1.5).dtype == torch.float32
    assert torch.tensor([1, 2]).dtype == torch.int64
    assert torch.zeros(2, 3).tolist() == [[0.0] * 3] * 2
    assert torch.ones((2,), dtype=torch.float64).dtype == torch.float64
    torch.manual_seed(3)
    first = torch.randn(2, 3)
    torch.manual_seed(3)
    assert torch.equal(torch.randn(2, 3), first)
    assert torch.ones_like(first).shape == (2, 3)
    array = np.arange(3.0)
    shared = torch.from_numpy(array)
    assert shared.dtype == torch.float64
    array[0] = 7.0
    assert shared[0].item() == 7.0


def test_operators_between_tensors_and_numbers():
    a, b = torch.tensor([3.0, -2.0]), torch.tensor([2.0, 4.0])
    found = [a + b, a - b, a * b, a / b, a**2, -a, 1 + a, 1 - a, 2 * a, 6 / a, 2**b]
    expected = [
        *([5, 2], [1, -6], [6, -8], [1.5, -0.5], [9, 4], [-3, 2], [4, -1], [-2, 3]),
        *([6, -4], [2, -3], [4, 16]),
    ]
    assert [value.tolist() for value in found] == expected
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert (matrix @ a).tolist() == [-1.0, 1.0]
    assert (a % 2).tolist() == [1.0, 0.0]
    assert (a // 2).tolist() == [1.0, -1.0]


def test_comparisons():
    a, b = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 2.0, 2.0])
    found = [a < b, a <= b, a > b, a >= b, a == b, a != b]
    assert [value.tolist() for value in found] == [
        [True, False, False],
        [True, True, False],
        [False, False, True],
        [False, True, True],
        [False, True, False],
        [True, False, True],
    ]
    assert found[0].dtype == torch.bool


@pytest.mark.parametrize(
    "key",
    [1, -1, slice(0, 2), slice(None, None, 2), "mask", "places", (0, 1), (..., 1)],
    ids=str,
)
def test_reading_and_writing_elements(key):
    x = torch.arange(12.0).reshape(3, 4).requires_grad_()
    if key == "mask":
        key = x.detach() > 6.0
    if key == "places":
        key = torch.tensor([2, 0])
    (g,) = gradient(lambda x: x[key] ** 2, x)
    expected = torch.zeros(3, 4)
    expected[key] = 2 * x.detach()[key]
    assert torch.equal(g, expected)

    def written(x):
        y = x * 1.0
        y[key] = x[key] * x[key]
        return y

    (g,) = gradient(written, x)
    expected = torch.ones(3, 4)
    expected[key] = 2 * x.detach()[key]
    assert torch.equal(g, expected)


FUNCTIONS = [
    ("add", lambda a, b: torch.add(a, b) + a.add(b, alpha=2)),
    ("sub", lambda a, b: torch.sub(a, b) * a.sub(b)),
    ("mul", lambda a, b: torch.mul(a, b) + a.mul(b)),
    ("div", lambda a, b: torch.div(a, b) + b.div(a)),
    ("matmul", lambda a, b: torch.matmul(torch.stack([a, b]), b)),
    ("dot", lambda a, b: torch.dot(a, b) * a.dot(a)),
    ("sum", lambda a, b: torch.sum(a * b) + (a * a).sum(dim=0)),
    ("mean", lambda a, b: torch.mean(a * b) + (a * a).mean(0, keepdim=True)),
    ("exp", lambda a, b: torch.exp(a) * b.exp()),
    ("log", lambda a, b: torch.log(a) * b.log()),
    ("sqrt", lambda a, b: torch.sqrt(a) * b.sqrt()),
    ("sin", lambda a, b: torch.sin(a) * b.sin()),
    ("tanh", lambda a, b: torch.tanh(a) * b.tanh()),
    ("sigmoid", lambda a, b: torch.sigmoid(a) * b.sigmoid()),
    ("relu", lambda a, b: torch.relu(a - 1) * b.relu()),
    ("where", lambda a, b: torch.where(a > b, a * a, b * a)),
    ("stack", lambda a, b: torch.stack([a, b, a * b], dim=1) ** 2),
    ("cat", lambda a, b: torch.cat([a, b * a, b]) ** 2),
    ("clamp", lambda a, b: torch.clamp(a * b, 0.5, 1.5) * a.clamp(min=0.6)),
    ("clone", lambda a, b: a.clone() * torch.clone(b)),
    ("view", lambda a, b: (a * b).view(3, 1) * b.view(1, -1)),
    ("reshape", lambda a, b: torch.reshape(a * b, (1, 3)) * a.reshape(3, 1)),
    ("t", lambda a, b: torch.stack([a, b]).t() @ torch.stack([b, a])),
    ("abs", lambda a, b: torch.abs(a - b) * (a - b).abs()),
    ("argmax", lambda a, b: a[torch.argmax(b)] * b[a.argmax()]),
    ("float", lambda a, b: a.float().double() * b),
]


@pytest.mark.parametrize("function", [f for _, f in FUNCTIONS], ids=dict(FUNCTIONS))
def test_functions_have_derivatives(function):
    a = leaf(0.4, 1.7, 1.1, dtype=torch.float64)
    b = leaf(0.9, 0.7, 2.3, dtype=torch.float64)
    ga, gb = gradient(function, a, b)
    step = 1e-4 if "float" in function.__code__.co_names else 1e-6
    for place, given in ((0, ga), (1, gb)):
        for k in range(3):
            ends = []
            for sign in (1, -1):
                moved = [a.detach().clone(), b.detach().clone()]
                moved[place][k] += sign * step
                ends.append(function(*moved).sum().item())
            slope = (ends[0] - ends[1]) / (2 * step)
            assert given[k].item() == pytest.approx(slope, rel=2e-3, abs=1e-7)


def test_operations_in_place():
    x = leaf(1.0, 2.0)
    y = x * 3
    assert y.add_(1) is y
    y.mul_(x)
    assert y.tolist() == [4.0, 14.0]
    (g,) = torch.autograd.grad(y.sum(), x)
    assert g.tolist() == [7.0, 13.0]
    z = x * 1
    z.copy_(x * x)
    (g,) = torch.autograd.grad(z.sum(), x)
    assert g.tolist() == [2.0, 4.0]
    z = x * 1
    z[0].fill_(5.0)
    (g,) = torch.autograd.grad((z * z).sum(), x)
    assert g.tolist() == [0.0, 4.0]
    z = x * 1
    z.zero_()
    assert z.tolist() == [0.0, 0.0]


def test_what_a_tensor_says_of_itself():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert x.shape == (2, 3)
    assert x.size() == torch.Size([2, 3])
    assert (x.size(1), x.ndim, x.numel(), len(x)) == (3, 2, 6, 2)
    assert str(x.dtype).replace("torch.", "") == "float32"
    assert x.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert x.numpy().shape == (2, 3)
    assert x[1, 2].item() == 6.0
    assert torch.tensor([1, 2]).float().dtype == torch.float32
    assert [row.sum().item() for row in x] == [6.0, 15.0]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            (3 * (torch.ones(2, 2, requires_grad=True) + 2) ** 2).mean,
            "tensor(27., grad_fn=<MeanBackward0>)",
        ),
        (lambda: leaf(1.0, 2.0), "tensor([1., 2.], requires_grad=True)"),
        (lambda: torch.tensor([1, 2]), "tensor([1, 2])"),
        (lambda: torch.tensor([True]), "tensor([True])"),
        (lambda: torch.tensor(0.5), "tensor(0.5000)"),
        (
            lambda: torch.ones(1, dtype=torch.float64),
            "tensor([1.], dtype=torch.float64)",
        ),
        (lambda: torch.tensor([1e-8, 1.0]), "tensor([1.0000e-08, 1.0000e+00])"),
        (lambda: torch.zeros(0), "tensor([])"),
    ],
)
def test_how_they_print(make, text):
    assert repr(make()) == text


def test_functions_of_numpy_are_tracked():
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = np.sin(x) * np.array([2.0, 3.0])
    y = np.array([1.0, -1.0]) * y
    y.sum().backward()
    expected = np.cos([0.5, 1.5]) * [2.0, -3.0]
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-6)


# --- the graph ------------------------------------------------------------------------


def test_who_requires_gradients():
    x, w = torch.tensor([1.0]), leaf(2.0)
    assert not x.requires_grad
    assert (x * w).requires_grad
    assert x.requires_grad_() is x
    assert x.requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad
    assert torch.tensor([1j], requires_grad=True).requires_grad


NAMES = [
    ("AddBackward0", lambda x: x + 1),
    ("SubBackward0", lambda x: x - 1),
    ("RsubBackward1", lambda x: 1 - x),
    ("MulBackward0", lambda x: x * 2),
    ("DivBackward0", lambda x: x / 2),
    ("NegBackward0", lambda x: -x),
    ("PowBackward0", lambda x: x**2),
    ("SumBackward0", lambda x: x.sum()),
    ("SumBackward1", lambda x: x.sum(0)),
    ("MeanBackward0", lambda x: x.mean()),
    ("MeanBackward1", lambda x: x.mean(0)),
    ("DotBackward0", lambda x: x.dot(x)),
    ("MmBackward0", lambda x: x.view(1, 2) @ x.view(2, 1)),
    ("SigmoidBackward0", lambda x: x.sigmoid()),
    ("ReluBackward0", lambda x: x.relu()),
    ("ViewBackward0", lambda x: x.view(2, 1)),
    ("ExpBackward0", lambda x: x.exp()),
    ("LogBackward0", lambda x: x.log()),
    ("SqrtBackward0", lambda x: x.sqrt()),
    ("SinBackward0", lambda x: x.sin()),
    ("TanhBackward0", lambda x: x.tanh()),
    ("AbsBackward0", lambda x: x.abs()),
    ("CloneBackward0", lambda x: x.clone()),
    ("CatBackward0", lambda x: torch.cat([x, x])),
    ("StackBackward0", lambda x: torch.stack([x, x])),
    ("WhereBackward0", lambda x: torch.where(x > 1, x, x * 2)),
    ("SelectBackward0", lambda x: x[0]),
    ("SliceBackward0", lambda x: x[:1]),
    ("IndexBackward0", lambda x: x[[0, 1]]),
    ("SoftmaxBackward0", lambda x: F.softmax(x, dim=0)),
    ("LogSoftmaxBackward0", lambda x: F.log_softmax(x, dim=0)),
    ("MseLossBackward0", lambda x: F.mse_loss(x, torch.zeros(2))),
]


@pytest.mark.parametrize(("name", "function"), NAMES, ids=[n for n, _ in NAMES])
def test_names_of_nodes(name, function):
    node = function(leaf(1.0, 2.0)).grad_fn
    assert type(node).__name__ == name
    assert node.name() == name


def test_the_way_back():
    x = leaf(1.0, 2.0)
    y = x * 3 + 1
    assert x.grad_fn is None
    assert x.is_leaf
    assert not y.is_leaf
    ((before, index), constant) = y.grad_fn.next_functions
    assert before.name() == "MulBackward0"
    assert index == 0
    assert constant == (None, 0)
    end = before.next_functions[0][0]
    assert type(end).__name__ == "AccumulateGrad"
    assert end.variable is x
    assert end.next_functions == ()


def test_gradients_of_results_that_are_kept():
    x = leaf(3.0)
    y = x * x
    assert not y.retains_grad
    y.retain_grad()
    y.retain_grad()
    assert y.retains_grad
    (y * y).backward()
    assert y.grad.tolist() == [18.0]
    assert not x.retains_grad


def test_detach_and_data():
    x = leaf(1.0, 2.0)
    y = x * 2
    assert not y.detach().requires_grad
    assert y.detach().is_leaf
    assert not x.data.requires_grad
    x.data[0] = 5.0
    assert x[0].item() == 5.0


# --- backward -------------------------------------------------------------------------


def test_seeds_of_backward():
    x = leaf(1.0, 2.0)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]
    x.grad = None
    (x * x).backward(torch.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 40.0]
    x.grad = None
    x[:1].backward()
    assert x.grad.tolist() == [1.0, 0.0]


def test_gradients_add_up_in_one_object():
    x = leaf(1.0, 2.0, dtype=torch.float64)
    (x * x).sum().backward()
    first = x.grad
    (x * x).sum().backward()
    assert x.grad is first
    assert first.tolist() == [4.0, 8.0]
    assert first.dtype == x.dtype
    assert first.shape == x.shape
    x.grad = torch.ones(2, dtype=torch.float64)
    x.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_graph_serves_once_unless_retained():
    x = leaf(2.0)
    y = x**3
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [24.0]
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_derivatives_of_derivatives():
    x = leaf(2.0)
    (first,) = torch.autograd.grad(x**4, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)
    assert [t.item() for t in (first, second, third)] == [32.0, 48.0, 48.0]
    y = x**3
    y.backward(create_graph=True)
    (curvature,) = torch.autograd.grad(x.grad, x)
    assert curvature.item() == 12.0
    x.grad = None


def test_autograd_grad():
    x, w, unused = leaf(1.0, 2.0), leaf(3.0, 4.0), leaf(5.0)
    y = x * w
    gx, gw = autograd.grad(y, [x, w], grad_outputs=torch.tensor([1.0, 10.0]))
    assert (gx.tolist(), gw.tolist()) == ([3.0, 40.0], [1.0, 20.0])
    assert x.grad is None
    y = x * w
    gx, none = autograd.grad(y.sum(), (x, unused), allow_unused=True)
    assert none is None
    y = x * w
    gx, zero = autograd.grad(y.sum(), (x, unused), materialize_grads=True)
    assert zero.tolist() == [0.0]
    y = x * w
    (gx,) = autograd.grad([y.sum(), (y * y).sum()], x, retain_graph=True)
    assert gx.tolist() == [21.0, 68.0]


def test_backward_of_several_roots_to_chosen_leaves():
    x, w = leaf(2.0), leaf(3.0)
    y = x * w
    autograd.backward([y, y * y], [torch.tensor([1.0]), torch.tensor([0.5])])
    assert (x.grad.item(), w.grad.item()) == (21.0, 14.0)
    x.grad = w.grad = None
    (x * w).backward(inputs=[x])
    assert x.grad.item() == 3.0
    assert w.grad is None


def test_depth_and_sharing():
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y * 1.0 + y * 0.0
    z = y
    for _ in range(100_000):
        z = z + 0.0
    z.backward()
    assert x.grad.tolist() == [1.0]


def test_hooks():
    x = leaf(1.0, 2.0)
    seen = []
    handle = x.register_hook(lambda g: seen.append(g.tolist()))
    doubled = x.register_hook(lambda g: g * 2)
    after = x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.tolist()))
    y = x * 3
    y.grad_fn.register_hook(lambda gi, go: seen.append((gi[0][0].item(), len(go))))
    y.grad_fn.register_prehook(lambda go: seen.append(go[0].tolist()))
    y.sum().backward()
    assert seen == [[1.0, 1.0], (3.0, 1), [3.0, 3.0], [6.0, 6.0]]
    for each in (handle, doubled, after):
        each.remove()
    x.grad = None
    x.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_detecting_anomalies():
    x = torch.tensor([-1.0], requires_grad=True)
    with autograd.detect_anomaly():
        y = (torch.sqrt(x) * 0).sum()
        with pytest.raises(RuntimeError, match="SqrtBackward0' returned nan values"):
            y.backward()


# --- modes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "tracks"),
    [
        (torch.no_grad, False),
        (torch.enable_grad, True),
        (lambda: torch.set_grad_enabled(False), False),
        (torch.inference_mode, False),
    ],
)
def test_modes(mode, tracks):
    x = leaf(1.0)
    with mode():
        assert torch.is_grad_enabled() is tracks
        assert (x * 2).requires_grad is tracks
        with torch.no_grad():
            assert not (x * 2).requires_grad
        assert (x * 2).requires_grad is tracks

    @mode()
    def decorated(x):
        return x * 2

    assert decorated(x).requires_grad is tracks

    def fails():
        with mode():
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert torch.is_grad_enabled()
    seen = []
    with mode():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


# --- writes ---------------------------------------------------------------------------


def test_tracked_writes():
    x = leaf(1.0, 2.0, 3.0)
    buffer = torch.zeros(2, 3)
    buffer[1] = x * x
    view = buffer[1, :2]
    view *= x[2]
    buffer[buffer > 10] = 0.0
    (g,) = torch.autograd.grad(buffer.sum(), x)
    assert buffer.tolist() == [[0.0] * 3, [3.0, 0.0, 9.0]]
    assert g.tolist() == [6.0, 0.0, 7.0]


def test_versions():
    x = torch.ones(3)
    view, detached, data = x[:2], x.detach(), x.data
    before = x._version
    view.add_(1)
    detached.add_(1)
    assert x._version == view._version == detached._version == before + 2
    data.add_(1)
    assert x._version == before + 2
    w = leaf(1.0, 2.0, 3.0)
    y = w.exp()
    y.detach().mul_(2)
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0"):
        y.sum().backward()


# --- Function -------------------------------------------------------------------------


class Scaled(torch.autograd.Function):
    """Two inputs, two outputs, a number on the context."""

    @staticmethod
    def forward(ctx, x, w, factor):
        ctx.save_for_backward(x, w)
        ctx.factor = factor
        return x * w * factor, (x > 0).float()

    @staticmethod
    def backward(ctx, g, unused):
        x, w = ctx.saved_tensors
        gx = g * w * ctx.factor if ctx.needs_input_grad[0] else None
        gw = g * x * ctx.factor if ctx.needs_input_grad[1] else None
        return gx, gw, None


class Cube(torch.autograd.Function):
    """Forward and context apart."""

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


def test_functions_of_ones_own():
    x, w = leaf(2.0), torch.tensor([3.0])
    y, _ = Scaled.apply(x, w, 10.0)
    assert type(y.grad_fn).__name__ == "ScaledBackward"
    y.backward()
    assert x.grad.tolist() == [30.0]
    assert w.grad is None
    x.grad = None
    (g,) = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    (h,) = torch.autograd.grad(g, x)
    assert (g.item(), h.item()) == (12.0, 12.0)


def test_marks():
    class Written(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            return g * 2

    class Sorted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, places = x.sort()
            ctx.mark_non_differentiable(places)
            ctx.save_for_backward(places)
            return values, places

        @staticmethod
        def backward(ctx, g, _):
            (places,) = ctx.saved_tensors
            out = torch.zeros_like(g)
            out[places] = g
            return out

    x = leaf(3.0, 1.0)
    y = Written.apply(x * 1)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    values, places = Sorted.apply(x)
    assert not places.requires_grad
    (g,) = torch.autograd.grad((values * torch.tensor([1.0, 10.0])).sum(), x)
    assert g.tolist() == [10.0, 1.0]


# --- nn and optim ---------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()  # noqa: UP008 (the older spelling)
        self.first = nn.Linear(3, 4)
        self.second = nn.Sequential(nn.Tanh(), nn.Linear(4, 2))
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x):
        return self.second(self.first(x)) * self.scale


def test_modules():
    net = Net()
    names = [name for name, _ in net.named_parameters()]
    assert names == [
        *("scale", "first.weight", "first.bias"),
        *("second.1.weight", "second.1.bias"),
    ]
    assert len(list(net.parameters())) == 5
    assert list(net.state_dict()) == names
    net(torch.ones(5, 3)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert net.train() is net
    assert net.training
    assert not net.eval().second.training
    other = Net()
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(torch.ones(1, 3)), net(torch.ones(1, 3)))


def test_losses_and_activations():
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    assert nn.ReLU()(x).tolist() == [[1.0, 0.0], [0.5, 3.0]]
    assert close(nn.Sigmoid()(x), 1 / (1 + (-x).exp()))
    assert close(nn.Tanh()(x), torch.tanh(x))
    assert nn.MSELoss()(x, torch.zeros(2, 2)).item() == pytest.approx(14.25 / 4)
    assert close(F.mse_loss(x, torch.ones(2, 2)), ((x - 1) ** 2).mean())
    logs = torch.log(torch.exp(x) / torch.exp(x).sum(1, keepdim=True))
    picked = -(logs[0, 1] + logs[1, 0]) / 2
    assert close(nn.CrossEntropyLoss()(x, torch.tensor([1, 0])), picked)
    assert close(F.cross_entropy(x, torch.tensor([1, 0])), picked)
    assert close(F.softmax(x, dim=1), logs.exp())
    assert close(F.linear(x, torch.ones(3, 2), torch.ones(3)), x.sum(1)[:, None] + 1)
    assert F.relu(x).min().item() == 0.0
    image, kernel = torch.arange(16.0).reshape(1, 1, 4, 4), torch.ones(1, 1, 2, 2)
    assert F.conv2d(image, kernel)[0, 0].tolist() == [
        [10.0, 14.0, 18.0],
        [26.0, 30.0, 34.0],
        [42.0, 46.0, 50.0],
    ]


def test_optimizers():
    w = leaf(1.0)
    sgd = optim.SGD([w], lr=0.1, momentum=0.9, weight_decay=0.5, nesterov=True)
    for _ in range(2):
        sgd.zero_grad()
        (w * w).sum().backward()
        sgd.step()
    # 2.5 w: 1 - .1 (2.5 + .9 2.5) = .525; g = 1.3125, v = 3.5625
    assert w.item() == pytest.approx(0.525 - 0.1 * (1.3125 + 0.9 * 3.5625), rel=1e-5)
    v = leaf(1.0)
    adam = optim.Adam([v], lr=0.1)
    (v * v).sum().backward()
    adam.step()
    assert v.item() == pytest.approx(0.9, rel=1e-5)
    adam.zero_grad()
    assert v.grad is None


# --- functional and utilities ---------------------------------------------------------


def test_functional():
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    v = torch.tensor([0.5, -1.0], dtype=torch.float64)

    def cubes(x):
        return x**3 * x.sum()

    def total(x):
        return cubes(x).sum()

    J, H = AF.jacobian(cubes, x), AF.hessian(total, x)
    assert J.tolist() == [[10.0, 1.0], [8.0, 44.0]]
    assert close(AF.jvp(cubes, x, v)[1], J @ v)
    assert close(AF.vjp(cubes, x, v)[1], J.t() @ v)
    assert close(AF.hvp(total, x, v)[1], H @ v)
    assert close(AF.vhp(total, x, v)[1], H.t() @ v)


def test_checks_by_differences():
    x = leaf(0.3, 0.7, dtype=torch.float64)
    assert torch.autograd.gradcheck(Cube.apply, (x,))
    assert torch.autograd.gradgradcheck(Cube.apply, (x,))

    class Wrong(Cube):
        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x**2

    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(Wrong.apply, (x,))


def test_checkpoints_and_what_is_saved():
    x = leaf(0.3, 0.7)
    y = checkpoint(lambda v: torch.sin(v) * v, x, use_reentrant=False)
    (g,) = torch.autograd.grad(y.sum(), x)
    expected = torch.cos(x) * x + torch.sin(x)
    assert close(g, expected.detach())
    packed = []

    def pack(tensor):
        packed.append(tensor)
        return len(packed) - 1

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda k: packed[k]):
        y = x.exp() * x
    (g,) = torch.autograd.grad(y.sum(), x)
    assert close(g, (x.exp() * (1 + x)).detach())
    assert packed


def test_copies():
    x = leaf(1.0, 2.0)
    x.sum().backward()
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin.grad.tolist() == [1.0, 1.0]
    assert twin is not x
    again = pickle.loads(pickle.dumps(x))
    assert again.requires_grad
    assert again.tolist() == [1.0, 2.0]
    model = nn.Linear(2, 1)
    stored = io.BytesIO()
    torch.save(model.state_dict(), stored)
    stored.seek(0)
    other = nn.Linear(2, 1)
    other.load_state_dict(torch.load(stored))
    assert torch.equal(other.weight, model.weight)


def test_the_old_name():
    x = autograd.Variable(torch.tensor([2.0]), requires_grad=True)
    (x * x).backward()
    assert x.grad.item() == 4.0


def test_devices_say_cpu():
    x = torch.ones(2)
    assert str(x.device) == "cpu"
    assert x.cpu() is x
    assert x.to("cpu") is x
    assert x.to(torch.device("cpu")) is x
    assert x.to(torch.float64).dtype == torch.float64
    assert not torch.cuda.is_available()
    assert not torch.isnan(x).any()
    assert math.isclose(x.sum().item(), 2.0)
