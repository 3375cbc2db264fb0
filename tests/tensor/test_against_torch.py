"""The same programs under PyTorch, where it is installed."""

from __future__ import annotations

import random

import numpy as np
import pytest

import sourcediff.tensor as ours

theirs = pytest.importorskip("torch", reason="PyTorch is not installed")

SHAPES = [(2, 3), (3,), (2, 1), (), (3, 2), (2, 3)]


class Program:
    """A random program of operations, views and writes, the same for each library."""

    def __init__(self, torch, seed):
        self.torch = torch
        self.draw = random.Random(seed)
        rng = np.random.default_rng(seed)
        self.leaves = [
            torch.tensor(rng.uniform(0.5, 1.5, shape), requires_grad=True)
            for shape in SHAPES
        ]
        self.weights = rng
        self.values = list(self.leaves)
        self.writable = []
        self.refused = []

    def pick(self):
        return self.draw.choice(self.values)

    def operation(self, kind):
        torch, pick = self.torch, self.pick
        table = [
            lambda: pick() + pick(),
            lambda: pick() * pick(),
            lambda: pick() - pick(),
            lambda: pick() / (pick().abs() + 1),
            lambda: torch.sin(pick()),
            lambda: torch.exp(-pick().abs()),
            lambda: pick().sum(),
            lambda: pick()[None].mean(-1),
            lambda: pick().t(),
            lambda: pick()[..., :2],
            lambda: pick().reshape(-1),
            lambda: torch.stack([(a := pick()), a * 2])[1],
            lambda: torch.cat([pick().reshape(-1), pick().reshape(-1)])[:6],
            lambda: torch.where(pick() > 0.8, pick(), pick()),
            lambda: pick().clamp(0.2, 1.2),
            lambda: torch.relu(pick() - 1),
            self.begin,
            self.begin,
            lambda: self.draw.choice(self.writable).mul_(pick()),
            lambda: self.draw.choice(self.writable)[..., 1:].add_(pick()),
            lambda: self.draw.choice(self.writable).__setitem__(0, pick()),
            lambda: self.view(self.draw.choice(self.writable)[0]),
            lambda: self.view(self.draw.choice(self.writable).view(-1)),
        ]
        return table[kind % len(table)]()

    def begin(self):
        return self.view(self.pick() * 1.0)

    def view(self, value):
        self.writable.append(value)
        return value

    def run(self):
        for step in range(self.draw.randint(5, 22)):
            kind = self.draw.randrange(23)
            try:
                value = self.operation(kind)
            except (RuntimeError, IndexError, ValueError):
                self.refused.append(step)
                continue
            if value is not None and 16 <= kind <= 20 and kind > 17:
                continue  # written in place
            if value is not None and value.numel() <= 40:
                self.values.append(value)
        total = sum(
            (v * self.torch.tensor(self.weights.uniform(-1, 1, tuple(v.shape)))).sum()
            for v in self.values
        )
        first = self.torch.autograd.grad(total, self.leaves, create_graph=True)
        squares = sum((g * g).sum() for g in first if g.requires_grad)
        second = [None] * len(first)
        if not isinstance(squares, int):
            second = self.torch.autograd.grad(squares, self.leaves, allow_unused=True)
        return [
            np.zeros(np.shape(leaf.tolist())) if g is None else np.array(g.tolist())
            for leaf, g in zip(self.leaves * 2, [*first, *second], strict=True)
        ]


@pytest.mark.parametrize("start", range(0, 400, 50))
def test_random_programs_have_the_same_first_and_second_gradients(start):
    compared = 0
    for seed in range(start, start + 50):
        theirs_program, ours_program = Program(theirs, seed), Program(ours, seed)
        try:
            expected = theirs_program.run()
        except RuntimeError:
            continue  # a saved value was overwritten: both may refuse
        try:
            found = ours_program.run()
        except RuntimeError:
            continue
        if theirs_program.refused != ours_program.refused:
            continue  # other programs from there on
        compared += 1
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-8, atol=1e-10)
    assert compared > 30


def test_what_is_printed():
    values = [
        *([1.0, 2.0], [1.5, -2.25], [1e10, 1.0], [1e-5, 1.0], [0.0, 0.0], [1e5, 1.0]),
        *([[1.0, 2.5], [3.0, 4.0]], [1, 20, 300], [True, False], 3.0, 7, []),
        *([float("nan"), 1.0], [float("inf"), 0.5], [1 + 2j], [[[0.1]]]),
        np.arange(30.0).tolist(),
        np.linspace(0, 1, 1200).tolist(),
    ]
    for value in values:
        assert repr(ours.tensor(value)) == repr(theirs.tensor(value))
