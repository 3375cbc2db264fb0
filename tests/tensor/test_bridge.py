"""Compiled functions as nodes of a graph."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor.bridge import called


def loss(params, x):
    """A value and a hand-written pullback, as a compiled function would give them."""
    residual = x @ params["w"] + params["b"]

    def pullback(y_bar):
        scaled = 2 * residual * y_bar
        bars = {"w": x.T @ scaled, "b": np.sum(scaled)}
        return bars, np.outer(scaled, params["w"])

    return np.sum(residual**2), pullback


def test_a_call_is_one_node():
    rng = np.random.default_rng(3)
    w = torch.tensor(rng.standard_normal(3), requires_grad=True)
    b = torch.tensor(0.5, requires_grad=True)
    x = rng.standard_normal((5, 3))
    y = called("squared_loss", loss, ({"w": w * 2, "b": b}, x))
    assert y.grad_fn.name() == "SquaredLossBackward0"
    (y * 3).backward()
    residual = x @ (2 * w.detach().numpy()) + 0.5
    np.testing.assert_allclose(w.grad, 3 * 2 * x.T @ (2 * residual))
    assert b.grad.dtype == np.float32
    assert b.grad.item() == pytest.approx(3 * 2 * residual.sum(), rel=1e-6)


def test_it_trains_with_an_optimizer():
    rng = np.random.default_rng(4)
    w = torch.tensor(rng.standard_normal(3), requires_grad=True)
    x = rng.standard_normal((5, 3))
    optimizer = torch.optim.SGD([w], lr=0.01)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        value = called("loss", loss, ({"w": w, "b": 0.5}, x))
        value.backward()
        optimizer.step()
        losses.append(value.item())
    assert losses[-1] < losses[0]


def test_it_is_freed_and_cannot_be_differentiated_twice():
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    x = np.ones((2, 3))
    y = called("loss", loss, ({"w": w, "b": 0.5}, x))
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    y = called("loss", loss, ({"w": w, "b": 0.5}, x))
    with pytest.raises(RuntimeError, match="Compile the second derivative"):
        torch.autograd.grad(y, w, create_graph=True)
    with torch.no_grad():
        assert not called("loss", loss, ({"w": w, "b": 0.5}, x)).requires_grad
