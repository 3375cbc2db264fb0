"""Learning rates, clipped gradients, linear algebra: against what PyTorch printed."""

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor import nn, optim
from sourcediff.tensor.optim import lr_scheduler

SCHEDULES = [
    (lambda o: lr_scheduler.StepLR(o, 2, 0.5), [0.5, 0.25, 0.25, 0.125, 0.125, 0.0625]),
    (
        lambda o: lr_scheduler.MultiStepLR(o, [1, 4], 0.1),
        [0.05, 0.05, 0.05, 0.005, 0.005, 0.005],
    ),
    (
        lambda o: lr_scheduler.ExponentialLR(o, 0.9),
        [0.45, 0.405, 0.3645, 0.32805, 0.295245, 0.265721],
    ),
    (
        lambda o: lr_scheduler.CosineAnnealingLR(o, 5, eta_min=0.1),
        [0.461803, 0.361803, 0.238197, 0.138197, 0.1, 0.138197],
    ),
    (
        lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
        [0.25, 0.166667, 0.125, 0.1, 0.083333, 0.071429],
    ),
]


@pytest.mark.parametrize(("make", "expected"), SCHEDULES)
def test_learning_rates(make, expected):
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=0.5)
    scheduler = make(optimizer)
    found = []
    for epoch in range(6):
        if epoch == 3:
            kept = scheduler.state_dict()
            scheduler = make(optimizer)
            scheduler.load_state_dict(kept)
        optimizer.step()
        scheduler.step()
        found += scheduler.get_last_lr()
    assert found == pytest.approx(expected, abs=1e-6)
    assert optimizer.param_groups[0]["lr"] == found[-1]


@pytest.mark.parametrize(
    ("norm_type", "total", "first", "second"),
    [
        (2.0, 15.9060, [0.7544, 1.0059], [[0.3772, 1.5089]]),
        (1.0, 29.0, [0.4138, 0.5517], [[0.2069, 0.8276]]),
        (float("inf"), 12.0, [1.0, 1.3333], [[0.5, 2.0]]),
    ],
)
def test_clipping(norm_type, total, first, second):
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    v = torch.tensor([[1.0, -2.0]], requires_grad=True)
    ((w * w).sum() + (v**3).sum()).backward()
    found = nn.utils.clip_grad_norm_([w, v], 2.0, norm_type=norm_type)
    assert found.item() == pytest.approx(total, abs=1e-4)
    np.testing.assert_allclose(w.grad, first, atol=1e-4)
    np.testing.assert_allclose(v.grad, second, atol=1e-4)
    nn.utils.clip_grad_value_(w, 0.5)
    assert w.grad.abs().max().item() <= 0.5


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (torch.linalg.det, [66.0, -22.0, -22.0, 88.0]),
        (
            lambda A: torch.linalg.slogdet(A)[1],
            [1.307943, -0.435981, -0.435981, 1.743924],
        ),
        (torch.linalg.inv, [-0.055597, 0.0571, 0.0571, -0.112697]),
        (torch.linalg.cholesky, [1.0, 0.0, 0.0, 1.0]),
        (torch.linalg.norm, [8.0, 2.0, 2.0, 6.0]),
        (lambda A: torch.linalg.norm(A, dim=1), [8.0, 2.0, 2.0, 6.0]),
        (lambda A: torch.linalg.svd(A)[1], [8.0, 2.0, 2.0, 6.0]),
    ],
)
def test_linear_algebra(function, expected):
    A = torch.tensor([[4.0, 1.0], [1.0, 3.0]], dtype=torch.float64, requires_grad=True)
    y = function(A)
    (found,) = torch.autograd.grad((y * y).sum(), A)
    np.testing.assert_allclose(found.reshape(-1), expected, atol=1e-6)
