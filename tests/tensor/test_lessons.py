"""Whole programs as lessons on PyTorch's autograd teach them; they run there, too.

Random numbers differ between the libraries, so that each program learns, and says how
well, in a way that holds for any start.
"""

import io
import math

import numpy as np
import pytest

import sourcediff.tensor as torch
import sourcediff.tensor.nn as nn
import sourcediff.tensor.nn.functional as F
import sourcediff.tensor.optim as optim


def test_fitting_a_line_by_hand():
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 40).unsqueeze(1)
    y = 3 * x - 0.5 + 0.01 * torch.randn(x.size())
    weight = torch.randn(1, 1, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    lines = []
    for epoch in range(200):
        prediction = x.mm(weight) + bias
        loss = ((prediction - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            weight -= 0.2 * weight.grad
            bias -= 0.2 * bias.grad
            weight.grad.zero_()
            bias.grad.zero_()
        if epoch % 50 == 0:
            lines.append(
                f"epoch {epoch:3d}: loss {loss.item():.4f}, {weight.item():.2f}"
            )
    assert len(lines) == 4
    assert weight.item() == pytest.approx(3.0, abs=0.05)
    assert bias.item() == pytest.approx(-0.5, abs=0.05)


class Xor(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def test_learning_xor():
    torch.manual_seed(1)
    points = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    labels = torch.tensor([0.0, 1.0, 1.0, 0.0])
    model = Xor()
    criterion = nn.BCELoss()
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=200, gamma=0.5)
    for _ in range(500):
        optimizer.zero_grad()
        loss = criterion(model(points), labels)
        loss.backward()
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.0125)
    with torch.no_grad():
        assert ((model(points) > 0.5).float() == labels).all()
    text = str(model)
    assert "(0): Linear(in_features=2, out_features=8, bias=True)" in text


class Reader(nn.Module):
    """A recurrent network of two linear maps."""

    def __init__(self, size, hidden):
        super().__init__()
        self.hidden = hidden
        self.to_hidden = nn.Linear(size + hidden, hidden)
        self.to_output = nn.Linear(hidden, 2)

    def forward(self, letters):
        state = torch.zeros(1, self.hidden)
        for letter in letters:
            state = torch.tanh(self.to_hidden(torch.cat((letter, state), dim=1)))
        return F.log_softmax(self.to_output(state), dim=1)


def test_reading_words():
    torch.manual_seed(2)
    alphabet = "ab"

    def encoded(word):
        letters = torch.zeros(len(word), 1, len(alphabet))
        for k, letter in enumerate(word):
            letters[k][0][alphabet.index(letter)] = 1
        return letters

    words = {"aab": 0, "aba": 0, "baab": 1, "bba": 1, "abb": 0, "bab": 1}
    reader = Reader(len(alphabet), 6)
    criterion = nn.NLLLoss()
    optimizer = optim.SGD(reader.parameters(), lr=0.2)
    for _ in range(120):
        for word, label in words.items():
            loss = criterion(reader(encoded(word)), torch.tensor([label]))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), max_norm=1.0)
            optimizer.step()
    guesses = {word: reader(encoded(word)).argmax(dim=1).item() for word in words}
    assert guesses == words


class Stripes(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.dropout = nn.Dropout(0.1)
        self.fc = nn.Linear(4 * 3 * 3, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        x = torch.flatten(x, 1)
        return self.fc(self.dropout(x))


def test_telling_stripes_apart():
    torch.manual_seed(3)
    images = torch.zeros(40, 1, 6, 6)
    labels = torch.zeros(40, dtype=torch.long)
    for k in range(40):
        if k % 2:
            images[k, 0, k % 6, :] = 1.0
            labels[k] = 1
        else:
            images[k, 0, :, k % 6] = 1.0
    images += 0.05 * torch.randn_like(images)
    net = Stripes()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net.train()
    for _ in range(12):
        running = 0.0
        for batch in torch.randperm(40).split(8):
            optimizer.zero_grad()
            loss = criterion(net(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            running += loss.item()
    net.eval()
    with torch.no_grad():
        _, predicted = torch.max(net(images), 1)
    correct = (predicted == labels).sum().item()
    assert correct >= 38
    stored = io.BytesIO()
    torch.save(net.state_dict(), stored)
    stored.seek(0)
    again = Stripes()
    again.load_state_dict(torch.load(stored))
    again.eval()
    assert torch.equal(again(images), net(images))


def test_solving_a_differential_equation():
    torch.manual_seed(4)
    net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = optim.Adam(net.parameters(), lr=0.02)
    t = torch.linspace(0, 2, 30).reshape(-1, 1).requires_grad_(True)

    def solution(t):
        return 1 + t * net(t)

    for _ in range(400):
        u = solution(t)
        (slope,) = torch.autograd.grad(
            u, t, grad_outputs=torch.ones_like(u), create_graph=True
        )
        residual = ((slope + u) ** 2).mean()
        optimizer.zero_grad()
        residual.backward()
        optimizer.step()
    assert torch.allclose(solution(t), torch.exp(-t), atol=0.03)


def test_learning_to_learn():
    torch.manual_seed(5)
    start = torch.tensor([0.0, 0.0], requires_grad=True)
    meta = optim.SGD([start], lr=0.05)

    def task_loss(w, slope):
        x = torch.linspace(-1, 1, 10)
        return ((w[0] * x + w[1] - slope * x - 1) ** 2).mean()

    history = []
    for step in range(80):
        slope = 1.0 if step % 2 else 2.0
        (g,) = torch.autograd.grad(task_loss(start, slope), start, create_graph=True)
        adapted = start - 0.3 * g
        loss = task_loss(adapted, slope)
        meta.zero_grad()
        loss.backward()
        meta.step()
        history.append(loss.detach().clone())
    assert torch.stack(history)[-2:].mean() < 0.2 * torch.stack(history)[:2].mean()
    assert start[1].item() == pytest.approx(1.0, abs=0.3)


class Rounded(torch.autograd.Function):
    """Rounds forward, and lets gradients pass as if it had not."""

    @staticmethod
    def forward(ctx, x, low, high):
        ctx.save_for_backward(x)
        ctx.bounds = low, high
        return x.round().clamp(low, high)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        low, high = ctx.bounds
        inside = (x >= low) & (x <= high)
        return grad_output * inside, None, None


def test_a_straight_through_estimator_under_hooks():
    x = torch.tensor([-2.4, 0.2, 0.7, 5.0], requires_grad=True)
    seen = {}

    def remember(name):
        def hook(gradient):
            seen[name] = gradient.detach().clone()

        return hook

    y = Rounded.apply(x, -1, 3)
    y.register_hook(remember("y"))
    z = y * y
    z.register_hook(lambda g: g * 0.5)
    z.sum().backward()
    assert y.tolist() == [-1.0, 0.0, 1.0, 3.0]
    assert seen["y"].tolist() == [-1.0, 0.0, 1.0, 3.0]
    assert x.grad.tolist() == [0.0, 0.0, 1.0, 0.0]
    assert "MulBackward0" in str(z.grad_fn)
    assert len(y.grad_fn.next_functions) == 1


class Coder(nn.Module):
    """A variational autoencoder of two linear layers each way."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(4, 8)
        self.mean, self.log_variance = nn.Linear(8, 2), nn.Linear(8, 2)
        self.decode = nn.ModuleList([nn.Linear(2, 8), nn.Linear(8, 4)])
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, x):
        hidden = F.relu(self.encode(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        code = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        self.steps += 1
        for layer in self.decode[:-1]:
            code = torch.relu(layer(code))
        return self.decode[-1](code), mean, log_variance


def test_a_variational_autoencoder():
    torch.manual_seed(6)
    directions = torch.randn(2, 4)
    data = torch.randn(64, 2) @ directions
    coder = Coder()
    optimizer = optim.AdamW(coder.parameters(), lr=0.02, weight_decay=1e-4)
    losses = []
    for _ in range(150):
        again, mean, log_variance = coder(data)
        fit = F.mse_loss(again, data, reduction="sum")
        spread = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        loss = (fit + 0.01 * spread) / len(data)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.35 * np.mean(losses[:5])
    assert "steps" in coder.state_dict()
    assert coder.steps.item() == 150
    assert sum(p.numel() for p in coder.parameters() if p.requires_grad) == 136


def test_words_as_vectors():
    torch.manual_seed(7)
    text = [
        "the",
        "cat",
        "sat",
        "on",
        "the",
        "mat",
        "the",
        "dog",
        "sat",
        "on",
        "the",
        "rug",
    ]
    vocabulary = {word: k for k, word in enumerate(dict.fromkeys(text))}
    pairs = [
        (vocabulary[text[k]], vocabulary[text[k + d]])
        for k in range(1, len(text) - 1)
        for d in (-1, 1)
    ]
    centres, contexts = torch.tensor(pairs).t()
    embedding = nn.Embedding(len(vocabulary), 5)
    output = nn.Linear(5, len(vocabulary), bias=False)
    optimizer = optim.SGD([*embedding.parameters(), *output.parameters()], lr=0.5)
    first = last = None
    for _ in range(150):
        loss = F.cross_entropy(output(embedding(centres)), contexts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        first, last = first or loss.item(), loss.item()
    assert last < 0.7 * first
    vectors = embedding.weight.detach()
    cat, dog = vectors[vocabulary["cat"]], vectors[vocabulary["dog"]]
    assert -1.0 <= F.cosine_similarity(cat, dog, dim=0).item() <= 1.0


def test_freezing_a_part_and_training_an_input():
    torch.manual_seed(8)
    trunk = nn.Sequential(nn.Linear(3, 5), nn.ReLU())
    for parameter in trunk.parameters():
        parameter.requires_grad = False
    head = nn.Linear(5, 1)
    model = nn.Sequential(trunk, head)
    trainable = filter(lambda p: p.requires_grad, model.parameters())
    optimizer = optim.SGD(trainable, lr=0.05)
    x, y = torch.randn(20, 3), torch.randn(20, 1)
    before = [p.clone() for p in trunk.parameters()]
    for _ in range(30):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(
        torch.equal(a, b) for a, b in zip(before, trunk.parameters(), strict=True)
    )
    assert trunk[0].weight.grad is None
    image = torch.zeros(1, 3).requires_grad_()
    painter = optim.Adam([image], lr=0.1)

    def closure():
        painter.zero_grad()
        loss = -model(image).sum() + 0.1 * image.pow(2).sum()
        loss.backward()
        return loss

    start = closure().item()
    for _ in range(50):
        painter.step(closure)
    assert closure().item() < start


def test_second_order_by_products():
    x = torch.tensor([1.0, -0.5, 2.0], dtype=torch.double, requires_grad=True)

    def energy(x):
        return torch.logsumexp(x, dim=0) + (x[1:] - x[:-1]).pow(2).sum() / 2

    (gradient,) = torch.autograd.grad(energy(x), x, create_graph=True)
    rows = []
    for k in range(len(x)):
        unit = torch.zeros_like(x)
        unit[k] = 1
        (row,) = torch.autograd.grad(gradient, x, unit, retain_graph=True)
        rows.append(row)
    hessian = torch.stack(rows)
    assert torch.allclose(hessian, torch.autograd.functional.hessian(energy, x))
    assert torch.allclose(hessian, hessian.T)
    point = x.detach().clone()
    for _ in range(20):
        point.requires_grad_(True)
        (g,) = torch.autograd.grad(energy(point), point, create_graph=True)
        H = torch.autograd.functional.hessian(energy, point.detach())
        step = torch.linalg.solve(H + 1e-9 * torch.eye(3, dtype=torch.double), g)
        point = (point - 0.2 * step).detach()
    assert math.isfinite(energy(point).item())


@pytest.mark.parametrize("learner", ["rprop", "rms"])
def test_an_optimizer_of_ones_own(learner):
    class SignDescent(optim.Optimizer):
        def __init__(self, params, lr=0.01):
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.add_(p.grad.sign(), alpha=-group["lr"])
                        self.state[p]["steps"] = self.state[p].get("steps", 0) + 1

    w = nn.Parameter(torch.tensor([1.0, -2.0]))
    made = (
        SignDescent([w], lr=0.1) if learner == "rprop" else optim.RMSprop([w], lr=0.1)
    )
    for _ in range(60):
        loss = ((w - torch.tensor([0.5, 0.5])) ** 2).sum()
        made.zero_grad()
        loss.backward()
        made.step()
    assert torch.allclose(w, torch.tensor([0.5, 0.5]), atol=0.15)
