"""Derivatives at kinks and ties, as PyTorch has them: compiled and on the tape."""

import math

import numpy as np
import pytest
from scipy.special import expit, logsumexp

from sourcediff import grad

INF, NAN = math.inf, math.nan

# The function, its argument, its gradient there (measured with PyTorch).
CASES = [
    ("relu", lambda x: np.sum(np.maximum(x, 0.0) + 0 * x), [1.0, -1.0], [1.0, 0.0]),
    ("relu by where", lambda x: np.sum(np.where(x > 0, x, 0)), [0.0, 2.0], [0.0, 1.0]),
    ("relu by mask", lambda x: np.sum(x * (x > 0)), [0.0, 2.0], [0.0, 1.0]),
    ("clip", lambda x: np.sum(np.clip(x, 0, 1)), [0.0, 0.5, 1.0, 2.0], [1, 1, 1, 0]),
    ("abs", lambda x: np.sum(np.abs(x)), [0.0, -2.0], [0.0, -1.0]),
    ("sign", lambda x: np.sum(np.sign(x) * x), [0.5, -2.0], [1.0, -1.0]),
    ("floor", lambda x: np.sum(np.floor(x) * x), [1.5, 2.0], [1.0, 2.0]),
    ("round", lambda x: np.sum(np.round(x) * x), [1.7, 2.0], [2.0, 2.0]),
    ("maximum", lambda x: np.maximum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    ("minimum", lambda x: np.minimum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    ("max", lambda x: 1.0 * np.max(x), [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
    ("amax", lambda x: 1.0 * np.amax(x), [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
    ("argmax", lambda x: x[np.argmax(x)], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]),
    ("median", lambda x: 1.0 * np.median(x), [1.0, 1.0, 1.0], [1 / 3, 1 / 3, 1 / 3]),
    ("inf-norm", lambda x: np.linalg.norm(x, np.inf), [3.0, 3.0, 1.0], [0.5, 0.5, 0]),
    ("sort", lambda x: np.sum(np.sort(x) * np.arange(3)), [3.0, 1.0, 2.0], [2, 0, 1]),
    ("norm", lambda x: 1.0 * np.linalg.norm(x), [0.0, 0.0], [0.0, 0.0]),
    ("std", lambda x: 1.0 * np.std(x), [1.0, 1.0], [0.0, 0.0]),
    ("sqrt", lambda x: np.sum(np.sqrt(x)), [0.0], [INF]),
    ("log", lambda x: np.sum(np.log(x)), [0.0], [INF]),
    ("x ** 0", lambda x: np.sum(x**0), [0.0, 2.0], [0.0, 0.0]),
    ("x ** 0.5", lambda x: np.sum(x**0.5), [0.0], [INF]),
    ("0 ** t", lambda t: np.sum(0.0**t), [0.0], [0.0]),
    ("(-2) ** 3", lambda x: np.sum(x**3.0), [-2.0], [12.0]),
    ("prod", lambda x: 1.0 * np.prod(x), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    ("prod of zeros", lambda x: 1.0 * np.prod(x), [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    ("cumprod", lambda x: np.sum(np.cumprod(x)), [0.0, 2.0, 3.0], [9.0, 0.0, 0.0]),
    ("atan2", lambda x: np.arctan2(x[0], x[1]), [0.0, 0.0], [0.0, 0.0]),
    ("hypot", lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], [NAN, NAN]),
    ("x % 2", lambda x: np.sum(x % 2), [5.0], [1.0]),
    ("sinc", lambda x: np.sum(np.sinc(x)), [0.0], [0.0]),
    ("logaddexp", lambda x: np.logaddexp(x[0], x[1]), [-INF, 1.0], [0.0, 1.0]),
    ("logsumexp", lambda x: 1.0 * logsumexp(x), [-INF, 1.0], [0.0, 1.0]),
    ("repeated", lambda x: np.sum(x[[0, 0, 1]] ** 2), [1.0, 3.0], [4.0, 6.0]),
    ("sigmoid", lambda x: np.sum(1 / (1 + np.exp(-x))), [100.0, -100.0], [0.0, 0.0]),
    ("expit", lambda x: np.sum(expit(x)), [100.0, -100.0], [0.0, 0.0]),
    ("masked", lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)), [4.0], [0.25]),
]


def overlapping(x):
    c = x * 1.0
    c[1:] *= c[:2]
    return np.sum(c)


@pytest.mark.parametrize("fallback", ["error", "always"])
@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_conventions(function, x, expected, fallback):
    with np.errstate(all="ignore"):
        found = grad(function, fallback=fallback)(np.array(x))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-30)


@pytest.mark.parametrize("fallback", ["error", "always"])
def test_overlapping_writes_mean_what_they_mean_in_numpy(fallback):
    x = np.array([1.5, -0.7, 2.1])
    found = grad(overlapping, fallback=fallback)(x)
    for k, direction in enumerate(np.eye(3) * 1e-6):
        slope = (overlapping(x + direction) - overlapping(x - direction)) / 2e-6
        assert found[k] == pytest.approx(slope, rel=1e-8)
