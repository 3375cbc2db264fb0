"""Hooks, retained gradients, anomalies, saved-tensor hooks, checkpoints."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor.autograd.graph import saved_tensors_hooks
from sourcediff.tensor.utils.checkpoint import checkpoint, checkpoint_sequential


def leaf(values=(1.0, 2.0)):
    return torch.tensor(list(values), dtype=torch.float64, requires_grad=True)


def test_a_hook_on_a_leaf_replaces_the_whole_gradient():
    x = leaf()
    calls = []
    handle = x.register_hook(lambda g: calls.append(g.tolist()) or g * 10)
    (x * 3 + x * x).sum().backward()
    assert calls == [[5.0, 7.0]]
    assert x.grad.tolist() == [50.0, 70.0]
    handle.remove()
    handle.remove()
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_hook_on_a_result():
    x = leaf()
    y = x * 3
    y.register_hook(lambda g: g + 1)
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]


def test_a_handle_is_a_context():
    x = leaf()
    with x.register_hook(lambda g: g * 0):
        (x * 3).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_hook_must_keep_the_shape():
    x = leaf()
    x.register_hook(lambda g: g[:1])
    with pytest.raises(RuntimeError, match="changed the size"):
        (x * 3).sum().backward()


def test_post_accumulate_hooks_see_the_sum():
    x = leaf()
    seen = []
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    for _ in range(2):
        (x * 3).sum().backward()
    assert seen == [[3.0, 3.0], [6.0, 6.0]]
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 2).register_post_accumulate_grad_hook(print)


def test_node_hooks():
    x = leaf()
    y = x * 3
    seen = []
    y.grad_fn.register_prehook(lambda outer: (outer[0] * 10,))
    handle = y.grad_fn.register_hook(
        lambda inner, outer: seen.append((inner[0].tolist(), outer[0].tolist()))
    )
    y.sum().backward(retain_graph=True)
    assert seen == [([30.0, 30.0], [10.0, 10.0])]
    handle.remove()
    y.grad_fn.register_hook(lambda inner, outer: (inner[0] + 0.5,))
    x.grad = None
    y.sum().backward()
    assert x.grad.tolist() == [30.5, 30.5]
    assert len(seen) == 1


def test_retained_gradients():
    x = leaf()
    y = x * 3
    assert not y.retains_grad
    y.retain_grad()
    assert y.retains_grad
    assert not x.retains_grad
    (y * y).sum().backward()
    assert y.grad.tolist() == [6.0, 12.0]


def test_hooks_in_a_recorded_sweep():
    x = leaf()
    y = x * x
    y.register_hook(lambda g: g * 2)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    assert g.tolist() == [4.0, 8.0]
    assert h.tolist() == [4.0, 4.0]


def test_anomaly_mode_names_node_and_line():
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = (x * 0).sqrt() * 0  # the line
        with pytest.raises(RuntimeError) as caught:
            y.sum().backward()
    message = str(caught.value)
    assert "Function 'SqrtBackward0' returned nan values in its 0th output." in message
    assert "test_hooks.py" in message
    assert "# the line" in message
    y = (x * 0).sqrt() * 0
    y.sum().backward()
    assert np.isnan(x.grad).all()
    with torch.autograd.set_detect_anomaly(False):
        ((x * 0).sqrt() * 0).sum().backward()


def test_saved_tensors_live_where_the_hooks_put_them():
    kept = []

    def pack(tensor):
        kept.append(tensor.tolist())
        return len(kept) - 1

    def unpack(number):
        return torch.tensor(kept[number], dtype=torch.float64)

    x = leaf()
    with saved_tensors_hooks(pack, unpack):
        y = (x * x).exp().sum()
    assert kept == [[1.0, 2.0], [1.0, 2.0], np.exp([1.0, 4.0]).tolist()]
    y.backward()
    np.testing.assert_allclose(x.grad, 2 * np.array([1, 2]) * np.exp([1.0, 4.0]))


def test_checkpoint_gives_the_same_gradients_for_less():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        *(torch.nn.Linear(4, 4) for _ in range(3)), torch.nn.Sigmoid()
    ).double()
    x = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    results = []
    for run in (model, lambda x: checkpoint(model, x, use_reentrant=False)):
        model.zero_grad()
        x.grad = None
        (run(x) ** 2).sum().backward()
        results.append([x.grad, *(p.grad for p in model.parameters())])
    for a, b in zip(*results, strict=True):
        assert torch.equal(a, b)
    model.zero_grad()
    (checkpoint_sequential(model, 2, x) ** 2).sum().backward()
    assert torch.equal(next(model.parameters()).grad, results[0][1])


def test_checkpoint_runs_again_once_with_the_same_random_numbers():
    runs = []

    def noisy(x):
        runs.append(1)
        noise = torch.randn(2, dtype=torch.float64)
        return (x * noise).sin() * noise, noise

    x = leaf()
    y, noise = checkpoint(noisy, x)
    y.sum().backward()
    assert len(runs) == 2
    n = noise.numpy()
    np.testing.assert_allclose(x.grad, n * n * np.cos(np.array([1.0, 2.0]) * n))
