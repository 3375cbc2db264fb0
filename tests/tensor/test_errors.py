"""Mistakes beyond the table of errors: types and key phrases of what is raised."""

from __future__ import annotations

import re

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor import nn


def leaf(*values):
    return torch.tensor(list(values) or [1.0, 2.0, 3.0], requires_grad=True)


class ForgetfulOfParameters(nn.Module):
    def __init__(self):
        self.w = nn.Parameter(torch.ones(1))


MISTAKES = [
    (
        lambda: torch.ones(3).reshape(2, -1),
        RuntimeError,
        [r"shape '\[2, -1\]' is invalid for input of size 3"],
    ),
    (
        ForgetfulOfParameters,
        AttributeError,
        [r"cannot assign parameters before Module.__init__\(\) call"],
    ),
    (
        lambda: leaf().numpy(),
        RuntimeError,
        [r"Can't call numpy\(\) on Tensor that requires grad"],
    ),
    (
        lambda: np.asarray(leaf()),
        RuntimeError,
        [r"Can't call numpy\(\) on Tensor that requires grad"],
    ),
    (lambda: len(torch.tensor(1.0)), TypeError, [r"len\(\) of a 0-d tensor"]),
    (lambda: list(torch.tensor(1.0)), TypeError, ["iteration over a 0-d tensor"]),
    (
        lambda: torch.stack([torch.ones(2), torch.ones(3)]),
        RuntimeError,
        [r"expects each tensor to be equal size, but got \[2\] at entry 0 and \[3\]"],
    ),
    (
        lambda: torch.cat([torch.ones(2, 2), torch.ones(1, 2), torch.ones(3, 3)]),
        RuntimeError,
        ["Sizes of tensors must match except in dimension 0. Expected size 2 but got"],
    ),
    (
        lambda: torch.ones(3).sum(dim=2),
        IndexError,
        [r"Dimension out of range \(expected to be in range of \[-1, 0\], but got 2\)"],
    ),
    (
        lambda: torch.ones(3)[5],
        IndexError,
        ["index 5 is out of bounds for dimension 0 with size 3"],
    ),
    (
        lambda: torch.tensor([1, 2]).mean(),
        RuntimeError,
        [r"mean\(\): could not infer output dtype", "float"],
    ),
    (
        lambda: nn.CrossEntropyLoss()(torch.ones(2, 3), torch.tensor([0, -1])),
        IndexError,
        ["Target -1 is out of bounds"],
    ),
    (
        lambda: nn.CrossEntropyLoss()(torch.ones(3, 3), torch.tensor([0, 1])),
        ValueError,
        [r"Expected input batch_size \(3\) to match target batch_size \(2\)"],
    ),
    (
        lambda: nn.CrossEntropyLoss()(torch.ones(2, 3, 4), torch.ones(2).long()),
        ValueError,
        [r"Expected target size \[2, 4\], got \[2\]"],
    ),
    (
        lambda: float(torch.ones(2)),
        ValueError,
        ["only one element tensors can be converted to Python scalars"],
    ),
    (
        lambda: torch.ones(2, 3).t().view(6),
        RuntimeError,
        ["view size is not compatible", "reshape"],
    ),
]


@pytest.mark.parametrize(("mistake", "kind", "phrases"), MISTAKES)
def test_mistakes(mistake, kind, phrases):
    with pytest.raises(kind) as caught:
        mistake()
    assert type(caught.value) is kind
    for phrase in phrases:
        assert re.search(phrase, str(caught.value), re.DOTALL), str(caught.value)
