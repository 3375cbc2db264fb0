"""Batches, layers with statistics, hooks on modules: the numbers are PyTorch's."""

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor import nn, optim
from sourcediff.tensor.nn.utils import parameters_to_vector, vector_to_parameters
from sourcediff.tensor.utils.data import (
    DataLoader,
    Dataset,
    TensorDataset,
    random_split,
)


def filled(model):
    rng = np.random.default_rng(7)
    with torch.no_grad():
        for p in model.parameters():
            values = np.asarray(rng.normal(size=tuple(p.shape)) * 0.3)
            p.copy_(torch.from_numpy(values))
    return model


def test_a_network_with_statistics_and_hooks():
    rng = np.random.default_rng(2)
    x = torch.from_numpy(rng.normal(size=(7, 2, 6, 6)))
    y = torch.from_numpy(rng.integers(0, 3, 7))
    net = nn.Sequential(
        *(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ELU(), nn.AdaptiveAvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(12, 5), nn.BatchNorm1d(5), nn.LayerNorm(5)),
        *(nn.SiLU(), nn.Linear(5, 3)),
    )
    net = filled(net.double())
    seen = []

    def look(module, grad_input, grad_output):
        seen.append(grad_input[0].norm().item())

    net[5].register_full_backward_hook(look)
    net[2].register_full_backward_hook(lambda m, inner, outer: (inner[0] * 2,))
    optimizer = optim.Adagrad(
        net.parameters(), lr=0.1, lr_decay=0.01, weight_decay=0.02
    )
    losses = []
    for _ in range(2):
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=4):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(xb), yb)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses == pytest.approx([1.234432, 1.127354, 0.918497, 0.773697], rel=1e-6)
    assert seen == pytest.approx([0.008587, 0.253294, 0.198241, 0.139603], abs=1e-6)
    net.eval()
    expected = [0.070012, -0.893664, -0.848212]
    assert net(x)[0].tolist() == pytest.approx(expected, abs=1e-6)
    expected = [0.849992, 1.124295, 0.973126]
    assert net[1].running_var.tolist() == pytest.approx(expected, rel=1e-6)
    assert net[1].num_batches_tracked.item() == 4
    assert list(net.state_dict())[2:5] == ["1.weight", "1.bias", "1.running_mean"]
    vector = parameters_to_vector(net[-1].parameters())
    assert vector.sum().item() == pytest.approx(-1.051918, abs=1e-6)
    vector_to_parameters(vector * 0 + 1, net[-1].parameters())
    assert net[-1].weight.sum().item() == 15.0


def test_hooks_see_several_results_and_missing_gradients():
    class Two(nn.Module):
        def forward(self, a, b):
            return a * b, a + b

    module, log = Two(), []
    handle = module.register_full_backward_hook(
        lambda m, inner, outer: log.append((inner[0].item(), [g.item() for g in outer]))
    )
    a = torch.tensor(2.0, requires_grad=True)
    product, total = module(a, torch.tensor(3.0))
    (product * 2 + total * 5).backward()
    assert log == [(11.0, [2.0, 5.0])]
    assert a.grad.item() == 11.0
    handle.remove()
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda m, inner, outer: log.append(inner))
    layer(torch.ones(1, 1)).sum().backward()
    assert log[1:] == [(None,)]


def test_containers():
    named = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Linear(1, 2)})
    assert [n for n, _ in named.named_parameters()] == ["b.weight", "b.bias"]
    named["c"] = nn.Tanh()
    del named["a"]
    assert list(named) == ["b", "c"]
    chain = nn.Sequential(nn.ReLU(), nn.Tanh())
    chain[0] = nn.Sigmoid()
    chain.extend([nn.ReLU()])
    del chain[1]
    assert repr(chain) == "Sequential(\n  (0): Sigmoid()\n  (1): ReLU()\n)"
    with pytest.raises(IndexError):
        chain[2] = nn.ReLU()


def test_statistics_need_what_they_are_of():
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        nn.BatchNorm1d(3)(torch.ones(1, 3))
    with pytest.raises(ValueError, match=r"expected 4D input \(got 2D input\)"):
        nn.BatchNorm2d(3)(torch.ones(1, 3))
    with pytest.raises(RuntimeError, match=r"Given normalized_shape=\[3\]"):
        nn.LayerNorm(3)(torch.ones(1, 2))
    with pytest.raises(NotImplementedError, match="no 3 x 3 equal windows"):
        nn.AdaptiveAvgPool2d(3)(torch.ones(1, 1, 4, 4))


class Pairs(Dataset):
    def __getitem__(self, index):
        return {"x": np.full(2, index, np.float32), "y": index}

    def __len__(self):
        return 3


def test_batches():
    (batch,) = DataLoader(Pairs(), batch_size=3)
    assert batch["x"].dtype == torch.float32
    assert batch["y"].tolist() == [0, 1, 2]
    samples = [(1.5, 2), (2.5, 3), (0.5, 4)]
    loader = DataLoader(samples, batch_size=2, drop_last=True)
    assert [[t.tolist() for t in b] for b in loader] == [[[1.5, 2.5], [2, 3]]]
    assert len(DataLoader(range(5), 2)) == 3
    torch.manual_seed(3)
    shuffled = [b.tolist() for b in DataLoader(range(6), 4, shuffle=True)]
    assert sorted(n for batch in shuffled for n in batch) == list(range(6))
    assert [len(b) for b in shuffled] == [4, 2]
    parts = random_split(range(10), [7, 3])
    assert sorted([*parts[0], *parts[1]]) == list(range(10))
    with pytest.raises(ValueError, match="Sum of input lengths"):
        random_split(range(10), [7, 4])
    with pytest.raises(ValueError, match="positive integer"):
        DataLoader(range(3), batch_size=0)


def test_schedules():
    def rates(make, steps=6):
        optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        scheduler, found = make(optimizer), []
        for _ in range(steps):
            optimizer.step()
            found.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
        return found

    linear = rates(optim.lr_scheduler.LinearLR)
    assert linear == pytest.approx(
        [0.0333, 0.0467, 0.06, 0.0733, 0.0867, 0.1], abs=1e-4
    )
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min", patience=1)
    found = []
    for loss in (1.0, 1.0, 1.0, torch.tensor(1.0), 0.5):
        scheduler.step(loss)
        found.append(optimizer.param_groups[0]["lr"])
    assert found == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.01])


def test_grids_and_different_elements():
    columns, _ = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="xy")
    assert columns.shape == (3, 2)
    values, counts = torch.unique(torch.tensor([3, 1, 3]), return_counts=True)
    assert (values.tolist(), counts.tolist()) == ([1, 3], [1, 2])
