"""Ten more programs of the kind that PyTorch is taught with; only the import differs.

The numbers were printed by PyTorch, run on the same programs.
"""

from __future__ import annotations

import copy
import io
import math

import numpy as np
import pytest

import sourcediff.tensor as torch
import sourcediff.tensor.nn.functional as F
from sourcediff.tensor import nn, optim
from sourcediff.tensor.autograd import Function, functional, gradcheck


def data(seed, *shape):
    return torch.tensor(np.random.default_rng(seed).normal(size=shape))


def filled(model, seed=0):
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for p in model.parameters():
            values = rng.normal(size=tuple(p.shape)) * 0.3
            p.copy_(torch.tensor(values, dtype=p.dtype))
    return model


def printed(*numbers):
    return pytest.approx(numbers, rel=1e-6)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)
        self.register_buffer("mask", torch.tril(torch.ones(6, 6)))

    def forward(self, x):
        b, t, c = x.shape
        parts = self.qkv(x).split(c, dim=2)
        q, k, v = (
            p.view(b, t, self.heads, c // self.heads).transpose(1, 2) for p in parts
        )
        weights = (q @ k.transpose(-2, -1)) / math.sqrt(k.size(-1))
        weights = weights.masked_fill(self.mask[:t, :t] == 0, float("-inf"))
        mixed = F.softmax(weights, dim=-1) @ v
        return self.out(mixed.transpose(1, 2).contiguous().view(b, t, c))


def test_attention_to_what_came_before():
    model = filled(Attention(8, 2).double())
    x = data(1, 3, 5, 8).requires_grad_()
    loss = (model(x) ** 2).mean()
    loss.backward()
    grads = model.qkv.weight.grad, model.out.bias.grad
    found = loss.item(), x.grad.norm().item(), grads[0].abs().sum().item()
    assert found == printed(0.293736765, 0.179862354, 2.4805403)
    assert grads[1].sum().item() == pytest.approx(-0.0987037898)
    names = ["mask", "qkv.weight", "out.weight", "out.bias"]
    assert list(model.state_dict()) == names


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(5, 3)
        self.decoder = nn.Linear(3, 5, bias=False)
        self.decoder.weight = self.encoder.weight

    def forward(self, words):
        return self.decoder(self.encoder(words))


def test_weights_that_are_tied():
    model = filled(Tied().double(), 27)
    model(torch.tensor([1, 4])).pow(2).sum().backward()
    assert len(list(model.parameters())) == 1
    assert list(model.state_dict()) == ["encoder.weight", "decoder.weight"]
    other = Tied().double()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.decoder.weight, model.encoder.weight)
    assert model.encoder.weight.grad.norm().item() == pytest.approx(1.46932628)


class Norm(nn.Module):
    def __init__(self, n, eps=1e-5, momentum=0.1):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(n, dtype=torch.float64))
        self.beta = nn.Parameter(torch.zeros(n, dtype=torch.float64))
        self.eps, self.momentum = eps, momentum
        self.register_buffer("running_mean", torch.zeros(n, dtype=torch.float64))
        self.register_buffer("running_var", torch.ones(n, dtype=torch.float64))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean(0, keepdim=True), x.var(0, keepdim=True)
            with torch.no_grad():
                kept = (1 - self.momentum) * self.running_mean
                self.running_mean = kept + self.momentum * mean.squeeze(0)
                self.running_var.mul_(1 - self.momentum)
                self.running_var.add_(self.momentum * var.detach().squeeze(0))
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta


def test_normalising_with_running_statistics():
    model = nn.Sequential(nn.Linear(4, 6), Norm(6), nn.Tanh(), nn.Linear(6, 1))
    filled(model.double())
    with torch.no_grad():
        model[1].gamma.fill_(1.0)
        model[1].beta.zero_()
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    x = data(2, 16, 4)
    target = x.pow(2).sum(1, keepdim=True)
    for _ in range(10):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), target)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        mean = model(x).mean()
    assert (loss.item(), mean.item()) == printed(8.67005543, 2.30824791)
    kept = model[1].running_mean.sum().item(), model[1].running_var.mean().item()
    assert kept == printed(-0.096748744, 0.584161212)


class Cell(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.ih = nn.Linear(inputs, 4 * width)
        self.hh = nn.Linear(width, 4 * width, bias=False)

    def forward(self, x, state):
        h, c = state
        i, f, g, o = (self.ih(x) + self.hh(h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


def test_truncated_backpropagation_through_time():
    cell = filled(Cell(1, 5).double(), 3)
    head = filled(nn.Linear(5, 1).double(), 4)
    parameters = list(cell.parameters()) + list(head.parameters())
    optimizer = optim.SGD(parameters, lr=0.1, momentum=0.9)
    series = torch.sin(torch.arange(0, 40, dtype=torch.float64) * 0.3)
    series = series.reshape(-1, 1, 1)
    state = (torch.zeros(1, 5, dtype=torch.float64),) * 2
    found = []
    for start in range(0, 32, 8):
        state = tuple(s.detach() for s in state)
        loss = 0
        for t in range(start, start + 8):
            state = cell(series[t], state)
            loss = loss + (head(state[0]) - series[t + 1]).pow(2).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        found += [loss.item(), float(norm)]
    losses = printed(3.46050849, 5.7628835, 3.50711396, 2.66945054)
    assert tuple(found[::2]) == losses
    assert tuple(found[1::2]) == printed(11.2931245, 12.4524908, 5.8648962, 7.24957922)


def test_learning_values_of_actions():
    network = nn.Sequential(nn.Linear(3, 7), nn.ReLU(), nn.Linear(7, 2))
    network = filled(network.double(), 5)
    slow = copy.deepcopy(network)
    optimizer = optim.RMSprop(network.parameters(), lr=0.01)
    before, after, reward = data(6, 10, 3), data(7, 10, 3), data(8, 10)
    action = torch.tensor([0, 1] * 5).unsqueeze(1)
    done = torch.tensor([False, True] * 5)
    losses = []
    for _ in range(6):
        value = network(before).gather(1, action).squeeze(1)
        with torch.no_grad():
            best = torch.zeros(10, dtype=torch.float64)
            best[~done] = slow(after[~done]).max(1).values
        loss = nn.SmoothL1Loss()(value, reward + 0.9 * best)
        optimizer.zero_grad()
        loss.backward()
        for p in network.parameters():
            p.grad.data.clamp_(-1, 1)
        optimizer.step()
        losses.append(loss.item())
        mixed, new = slow.state_dict(), network.state_dict()
        for key in new:
            mixed[key] = new[key] * 0.1 + mixed[key] * 0.9
        slow.load_state_dict(mixed)
    first = printed(0.670090263, 0.525865034, 0.483656261)
    assert tuple(losses[:3]) == first
    assert tuple(losses[3:]) == printed(0.46729153, 0.453674308, 0.440412768)


def test_following_the_gradient_of_a_policy():
    policy = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3))
    policy = filled(policy.double(), 9)
    optimizer = optim.Adam(policy.parameters(), lr=0.02)
    states, actions = data(10, 5, 2), [0, 2, 1, 1, 0]
    found = []
    for _ in range(3):
        logs = []
        for state, action in zip(states, actions, strict=True):
            probabilities = F.softmax(policy(state), dim=0)
            logs.append(torch.log(probabilities[action]))
        total, returns = 0.0, []
        for reward in [1.0, 0.0, -1.0, 2.0, 0.5][::-1]:
            total = reward + 0.9 * total
            returns.insert(0, total)
        returns = torch.tensor(returns, dtype=torch.float64)
        returns = (returns - returns.mean()) / (returns.std() + 1e-8)
        pairs = zip(logs, returns, strict=True)
        loss = torch.stack([-log * gain for log, gain in pairs]).sum()
        scores = policy(states)
        entropy = -(F.softmax(scores, -1) * F.log_softmax(scores, -1)).sum(-1).mean()
        optimizer.zero_grad()
        (loss - 0.01 * entropy).backward()
        optimizer.step()
        found += [(loss - 0.01 * entropy).item(), entropy.item()]
    assert tuple(found[::2]) == printed(-0.12845666, -0.303539719, -0.482514807)
    assert tuple(found[1::2]) == printed(1.00507308, 1.0115579, 1.0165257)


class Spectrum(Function):
    @staticmethod
    def forward(ctx, input):
        return input.new_tensor(abs(np.fft.rfft2(input.detach().numpy())))

    @staticmethod
    def backward(ctx, grad_output):
        result = np.fft.irfft2(grad_output.numpy(), s=(6, 6))
        return grad_output.new_tensor(result)


def windows(x, shape):
    return np.lib.stride_tricks.sliding_window_view(x, shape)


class Correlation(Function):
    @staticmethod
    def forward(ctx, input, kernel):
        input, kernel = input.detach(), kernel.detach()
        ctx.save_for_backward(input, kernel)
        patches = windows(input.numpy(), kernel.numpy().shape)
        result = np.einsum("ijkl,kl->ij", patches, kernel.numpy())
        return torch.as_tensor(result, dtype=input.dtype)

    @staticmethod
    def backward(ctx, grad_output):
        g = grad_output.detach().numpy()
        input, kernel = (saved.numpy() for saved in ctx.saved_tensors)
        by_kernel = np.einsum("ijkl,kl->ij", windows(input, g.shape), g)
        wide = np.pad(g, [(n - 1, n - 1) for n in kernel.shape])
        turned = windows(wide, kernel.shape)
        by_input = np.einsum("ijkl,kl->ij", turned, kernel[::-1, ::-1])
        return torch.from_numpy(by_input), torch.from_numpy(by_kernel)


def test_functions_written_with_numpy():
    x = data(11, 6, 6).requires_grad_()
    y = Spectrum.apply(x)
    y.backward(torch.ones(y.size(), dtype=torch.float64))
    found = y.sum().item(), x.grad.abs().sum().item()
    assert found == printed(117.186222, 1.0)
    args = data(12, 5, 6).requires_grad_(), data(13, 3, 3).requires_grad_()
    assert gradcheck(Correlation.apply, args, eps=1e-6, atol=1e-4)


def set_alike(module):
    if isinstance(module, nn.Linear):
        nn.init.constant_(module.weight, 0.1)
        nn.init.zeros_(module.bias)


def test_looking_into_a_model():
    inner = nn.Sequential(nn.Linear(4, 4), nn.Sigmoid())
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), inner, nn.Linear(4, 1)).double()
    model.apply(set_alike)
    seen = []

    def look(module, inputs, output):
        seen.append((inputs[0].shape[1], output.shape[1], output.mean().item()))

    linear = [m for m in model.modules() if isinstance(m, nn.Linear)]
    handles = [module.register_forward_hook(look) for module in linear]
    model(data(15, 6, 3)).sum().backward()
    for handle in handles:
        handle.remove()
    model(data(15, 6, 3))
    assert [shape[:2] for shape in seen] == [(3, 4), (4, 4), (4, 1)]
    assert (seen[0][2], seen[2][2]) == printed(0.0738294156, 0.204945007)
    assert model[2][0].weight.grad.sum().item() == pytest.approx(0.296073364)
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 41
    assert [name for name, _ in model.named_children()] == ["0", "1", "2", "3"]
    assert "2.0.weight" in dict(model.named_parameters())


def test_going_on_from_a_checkpoint():
    def made():
        model = filled(nn.Linear(3, 2).double(), 16)
        return model, optim.Adam(model.parameters(), lr=0.1)

    x, target = data(17, 8, 3), torch.tensor([0, 1, 1, 0, 1, 0, 0, 1])

    def steps(model, optimizer, number):
        losses = []
        for _ in range(number):
            loss = F.cross_entropy(model(x), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    model, optimizer = made()
    losses = steps(model, optimizer, 2)
    file = io.BytesIO()
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save({"epoch": 2, **state}, file)
    file.seek(0)
    kept = torch.load(file)
    model, optimizer = made()
    model.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])
    losses += steps(model, optimizer, 2)
    expected = printed(0.90661863, 0.763904633, 0.659808246, 0.592631746)
    assert tuple(losses) == expected
    assert kept["epoch"] == 2


def gram(image):
    channels, height, width = image.shape
    flat = image.view(channels, height * width)
    return flat @ flat.t() / image.numel()


def test_painting_in_a_style():
    image = data(22, 2, 6, 6).requires_grad_()
    style = gram(data(23, 2, 6, 6))
    optimizer = optim.Adam([image], lr=0.1)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
    losses = []
    for _ in range(6):
        optimizer.zero_grad()
        rough = (image[:, 1:, :] - image[:, :-1, :]).abs().mean()
        rough = rough + (image[:, :, 1:] - image[:, :, :-1]).abs().mean()
        loss = F.mse_loss(gram(image), style)
        (0.5 * loss).backward()
        (0.1 * rough).backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            image.clamp_(-2, 2)
        losses.append(loss.item())
    assert tuple(losses[::2]) == printed(0.0318852724, 0.0201498367, 0.0224366477)
    top = torch.topk(image.detach().flatten(), 3)[0].sum().item()
    assert (schedule.get_last_lr()[0], top) == printed(0.0125, 5.19294424)


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.scores = nn.Linear(4, 3)

    def forward(self, words):
        return self.scores(self.embedding(words).mean(dim=1))


def test_telling_texts_apart_by_weighted_classes():
    model = filled(Bag().double(), 24)
    words = torch.tensor([[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 4, 8]])
    target = torch.tensor([0, 1, 2, 1])
    weight = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    criterion = nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1)
    optimizer = optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.01)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        scores = model(words)
        loss = criterion(scores, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert tuple(losses[::2]) == printed(0.885425775, 0.757653059, 0.63422715)
    assert (scores.argmax(dim=1) == target).float().mean().item() == 0.5
    row = model.embedding.weight.grad[2].abs().sum().item()
    assert row == pytest.approx(0.0793227187)


def test_derivatives_of_several_results():
    weight, bias, x = data(18, 4, 3), data(19, 4), data(20, 3)

    def layer(x):
        return torch.tanh(x @ weight.t() + bias)

    jacobian = functional.jacobian(layer, x)
    hessian = functional.hessian(lambda v: layer(v).pow(2).sum(), x)
    _, pulled = functional.vjp(layer, x, torch.ones(4, dtype=torch.float64))
    _, pushed = functional.jvp(layer, x, torch.ones(3, dtype=torch.float64))
    sums = jacobian.abs().sum(), hessian.trace(), pulled.sum(), pushed.sum()
    found = tuple(s.item() for s in (*sums, torch.linalg.eigvalsh(hessian).max()))
    assert found == printed(
        2.87116865, -6.37355696, 0.216677991, 0.216677991, 0.14685159
    )
    samples, w = data(21, 5, 3), weight.clone().requires_grad_()
    each = [torch.autograd.grad(torch.tanh(w @ row).sum(), w)[0] for row in samples]
    (whole,) = torch.autograd.grad(torch.tanh(samples @ w.t()).sum(), w)
    assert torch.allclose(torch.stack(each).sum(0), whole)


ROWS = data(25, 5, 4)
CLASSES = torch.tensor([0, 3, 1, 2, 2])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"weight": True}, (1.7099223, 1.58226285)),
        ({"ignore_index": 2}, (1.40044034, 1.37895642)),
        (
            {"weight": True, "ignore_index": 2, "label_smoothing": 0.1},
            (1.26660338, 1.0990782),
        ),
        (
            {"weight": True, "reduction": "sum", "label_smoothing": 0.1},
            (9.65587308, 8.26018242),
        ),
    ],
)
def test_options_of_cross_entropy(options, expected):
    if "weight" in options:
        options = {**options, "weight": torch.tensor([0.5, 1.0, 2.0, 0.25]).double()}
    x = ROWS.clone().requires_grad_()
    loss = F.cross_entropy(x, CLASSES, **options)
    loss.backward()
    assert (loss.item(), x.grad.abs().sum().item()) == printed(*expected)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (nn.HuberLoss(delta=0.3), (0.353056952, 0.296562749)),
        (nn.SmoothL1Loss(beta=0.3), (1.17685651, 0.988542496)),
        (nn.SmoothL1Loss(reduction="sum"), (17.3840379, 16.9840735)),
    ],
)
def test_losses_that_bend(loss, expected):
    x = ROWS.clone().requires_grad_()
    value = loss(x, data(26, 5, 4))
    value.backward()
    assert (value.item(), x.grad.abs().sum().item()) == printed(*expected)
