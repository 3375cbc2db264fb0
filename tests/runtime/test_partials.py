"""Partial derivatives with a choice in them, and special functions."""

import math

import numpy as np
import pytest
import scipy.special

from sourcediff import grad
from sourcediff.runtime import (
    bessel_i1,
    divide_or_zero,
    exceeds,
    lowered,
    polygamma,
    product_of_others,
    quantile_bars,
    tie_shares,
)


def test_divide_or_zero_keeps_single_precision() -> None:
    y = np.array([0.0, 2.0], np.float32)
    assert divide_or_zero(1.5, y).dtype == np.float32
    assert divide_or_zero(1.5, 0.0) == 0.0


def test_exceeds_keeps_single_precision_and_numbers() -> None:
    x = np.array([0.0, 2.0], np.float32)
    assert exceeds(x, 0.0).dtype == np.float32
    assert [exceeds(a, 1.0) for a in (0.5, 1.0, 1.5)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    "y", [0.5, np.float64(0.5), np.array(0.5), np.array([0.5, 2.0, np.nan, np.inf])]
)
@pytest.mark.parametrize("dtype", [float, np.float32, int])
def test_exceeds_of_arrays(y: object, dtype: type) -> None:
    x = np.array([[0.5], [0.0], [3.0]]).astype(dtype)
    for one, other in ((x, y), (y, x), (x[1, 0], y), (x * 0, y)):
        expected = np.where(
            np.equal(one, other), 0.5, np.where(np.greater(one, other), 1.0, 0.0)
        )
        np.testing.assert_array_equal(exceeds(one, other), expected)
        is_single = dtype is np.float32 and type(y) is float
        found = np.asarray(exceeds(one, other)).dtype
        assert found == (np.float32 if is_single else float)
    assert exceeds(x[:0], y).shape == np.broadcast(x[:0], y).shape


def test_lowered_numbers() -> None:
    assert (lowered(0, 0.0), lowered(0, 2.5), lowered(2.5, 0.0)) == (0, -1, 1.5)
    np.testing.assert_array_equal(lowered(0, np.array([0.0, 2.5])), [0, -1])


def test_tie_shares_along_axes() -> None:
    a = np.array([[1.5, 2.5], [2.5, 0.5]])
    shares = tie_shares(a, a.max())
    np.testing.assert_array_equal(shares, [[0.0, 0.5], [0.5, 0.0]])


@pytest.mark.parametrize("axis", [None, 1, (0, 2), -1])
@pytest.mark.parametrize("zeros", [0, 1, 5])
def test_product_of_others(axis: object, zeros: int) -> None:
    rng = np.random.default_rng(zeros)
    a = rng.uniform(0.5, 1.5, (2, 3, 4))
    a.flat[rng.permutation(24)[:zeros]] = 0
    others = product_of_others(a, axis)
    for index in np.ndindex(a.shape):
        changed = a.copy()
        changed[index] = 1.0
        product = np.broadcast_to(np.prod(changed, axis, keepdims=True), a.shape)
        assert others[index] == pytest.approx(product[index])


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.3, 4.0, 30.0, 700.0, -12.5])
def test_bessel_i1(x: float) -> None:
    assert bessel_i1(x) == pytest.approx(scipy.special.i1(x), rel=1e-13)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
@pytest.mark.parametrize("x", [1e-3, 0.3, 1.0, 4.7, 33.0, 1e4])
def test_polygamma(n: int, x: float) -> None:
    expected = scipy.special.polygamma(n, x)
    assert polygamma(n, x) == pytest.approx(expected, rel=1e-12)


def test_digamma_left_of_zero() -> None:
    assert polygamma(0, -2.3) == pytest.approx(scipy.special.digamma(-2.3), rel=1e-12)
    assert math.isfinite(polygamma(3, -0.5))


METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("q", [0.0, 0.13, 0.37, 0.81, 1.0])
def test_quantiles_of_every_method(method: str, q: float) -> None:
    rng = np.random.default_rng(11)
    a = rng.permutation(np.linspace(-1.3, 2.2, 8))
    a_bar, q_bar = quantile_bars(1.0, a, q, None, method, False)
    d, h = rng.normal(size=8), 1e-4
    up, down = (np.quantile(a + t * d, q, method=method) for t in (h, -h))
    assert np.sum(a_bar * d) == pytest.approx((up - down) / (2 * h))
    if 0 < q < 1:
        up, down = (np.quantile(a, q + t, method=method) for t in (h, -h))
        assert q_bar == pytest.approx((up - down) / (2 * h), abs=1e-8)


def test_lowered_is_no_way_for_derivatives() -> None:
    assert grad(lambda x: 0 * x ** lowered(0, x), fallback="always")(-0.4) == 0.0
    single = np.array([1.5, 0.0], np.float32)
    assert (single ** lowered(0, single)).dtype == np.float32
