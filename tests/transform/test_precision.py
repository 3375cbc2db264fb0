"""Gradients have the precision of their arguments, whatever these are multiplied by."""

import numpy as np
import pytest

from sourcediff import grad, vjp

RNG = np.random.default_rng(67)
X = RNG.normal(size=(4, 3)).astype(np.float32)
W = RNG.uniform(0.4, 1.6, size=(4, 3)).astype(np.float32)


def masked(x, w):
    mask = x > 0
    return np.sum(mask * x) + np.sum(w)


def chosen(x, w):
    return np.sum(np.where(x > 0, x * 2, w) * (w > 1))


def by_integers(x, w):
    k = np.arange(3)
    return np.sum(x * k + w / (1 + k))


def by_bytes(x, w):
    k = np.arange(12, dtype=np.uint8).reshape(4, 3)
    return np.sum(k * x) + np.mean(k * w)


def by_one_integer(x, w):
    k = np.int64(3)
    return np.sum(k * x) + np.sum(w / k)


def masked_factors(x, w):
    return np.mean((x > 0) * x * w)


def beside_doubles(x, w):
    places = np.linspace(0.0, 1.0, 4)
    return np.sum(np.polyfit(places, x, 1, w=w[:, 0]) ** 2)


def counted(x, w):
    counts = np.bincount([3, 0, 3, 1], weights=x[:, 0])
    return np.sum(counts * w[:, 0] + counts**2)


PROGRAMS = [
    *(masked, chosen, by_integers, by_bytes, by_one_integer),
    *(masked_factors, beside_doubles, counted),
]


@pytest.mark.parametrize("function", PROGRAMS)
def test_single_precision(function):
    bars = grad(function, wrt=(0, 1))(X, W)
    assert [bar.dtype for bar in bars] == [np.float32, np.float32]
    for one, other in zip(bars, vjp(function, X, W)[1](1.0), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
        assert other.dtype == np.float32
