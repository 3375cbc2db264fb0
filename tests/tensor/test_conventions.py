"""Derivatives at kinks and ties: PyTorch's choices, as measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sourcediff.tensor as torch

INF, NAN = math.inf, math.nan

CASES = [
    ("relu", torch.relu, [[0.0]], [[0.0]]),
    ("clamp", lambda x: x.clamp(0, 1), [[0.0, 0.5, 1.0, 2.0]], [[1.0, 1.0, 1.0, 0.0]]),
    (
        "clip",
        lambda x: np.clip(x, 0, 1),
        [[0.0, 0.5, 1.0, 2.0]],
        [[1.0, 1.0, 1.0, 0.0]],
    ),
    ("abs", torch.abs, [[0.0]], [[0.0]]),
    ("sign", torch.sign, [[0.5]], [[0.0]]),
    ("floor", torch.floor, [[0.5]], [[0.0]]),
    ("round", torch.round, [[0.7]], [[0.0]]),
    ("maximum", torch.maximum, [[1.0], [1.0]], [[0.5], [0.5]]),
    ("minimum", torch.minimum, [[1.0], [1.0]], [[0.5], [0.5]]),
    ("max", torch.max, [[1.0, 1.0, 0.0]], [[0.5, 0.5, 0.0]]),
    ("amax", torch.amax, [[1.0, 1.0, 0.0]], [[0.5, 0.5, 0.0]]),
    ("median", torch.median, [[1.0, 1.0, 2.0]], [[0.5, 0.5, 0.0]]),
    ("inf-norm", lambda x: x.norm(INF), [[3.0, 3.0, 1.0]], [[0.5, 0.5, 0.0]]),
    ("max of axis", lambda x: x.max(0)[0], [[1.0, 1.0]], [[1.0, 0.0]]),
    (
        "sort",
        lambda x: x.sort()[0] * np.arange(3),
        [[3.0, 1.0, 2.0]],
        [[2.0, 0.0, 1.0]],
    ),
    ("norm", torch.norm, [[0.0, 0.0]], [[0.0, 0.0]]),
    ("std", torch.std, [[1.0, 1.0]], [[0.0, 0.0]]),
    ("sqrt", torch.sqrt, [[0.0]], [[INF]]),
    ("log", torch.log, [[0.0]], [[INF]]),
    ("x ** 0", lambda x: x**0, [[0.0, 2.0]], [[0.0, 0.0]]),
    ("x ** 0.5", lambda x: x**0.5, [[0.0]], [[INF]]),
    ("0 ** t", lambda t: 0.0**t, [[0.0]], [[0.0]]),
    ("(-2) ** 3", lambda x: x**3.0, [[-2.0]], [[12.0]]),
    ("prod", torch.prod, [[0.0, 2.0, 3.0]], [[6.0, 0.0, 0.0]]),
    ("prod of zeros", torch.prod, [[0.0, 0.0, 3.0]], [[0.0, 0.0, 0.0]]),
    (
        "cumprod",
        lambda x: x.cumprod(0) * torch.tensor([1.0, 2.0, 2.0]),
        [[2.0, 0.0, 3.0]],
        [[1.0, 16.0, 0.0]],
    ),
    (
        "cumprod that begins with zero",
        lambda x: x.cumprod(0),
        [[0.0, 2.0, 3.0]],
        [[9.0, 0.0, 0.0]],
    ),
    ("atan2", torch.atan2, [[0.0], [0.0]], [[0.0], [0.0]]),
    ("hypot", torch.hypot, [[0.0], [0.0]], [[NAN], [NAN]]),
    ("x % 2", lambda x: x % 2, [[5.0]], [[1.0]]),
    ("sinc", np.sinc, [[0.0]], [[0.0]]),
    ("logsumexp", lambda x: torch.logsumexp(x, 0), [[-INF, 1.0]], [[0.0, 1.0]]),
    ("repeated", lambda x: x[[0, 0, 1]], [[1.0, 2.0]], [[2.0, 1.0]]),
    ("sigmoid", torch.sigmoid, [[100.0, -100.0]], [[0.0, 0.0]]),
    ("where", lambda x: np.where(x > 0, np.sqrt(x), 0), [[0.25]], [[1.0]]),
]


@pytest.mark.parametrize(
    ("function", "values", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_conventions(function, values, expected):
    leaves = [torch.tensor(v, requires_grad=True) for v in values]
    function(*leaves).sum().backward()
    for tensor, gradient in zip(leaves, expected, strict=True):
        np.testing.assert_allclose(tensor.grad, gradient, atol=1e-30)


def test_overlapping_writes_are_numpys():
    c = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    d = c * 1
    d[1:] *= d[:2]
    assert d.tolist() == [2.0, 6.0, 15.0]
    d.sum().backward()
    assert c.grad.tolist() == [1.0 + 3.0, 2.0 + 5.0, 3.0]
