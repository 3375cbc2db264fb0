"""Cotangents have the shape and precision of their values."""

from typing import Any

import numpy as np
import pytest

from sourcediff.runtime import cast_like, count, unbroadcast


@pytest.mark.parametrize(
    ("shape", "onto"),
    [
        ((3,), (3,)),
        ((), (3,)),
        ((1,), (3,)),
        ((3, 1), (3, 4)),
        ((4,), (3, 4)),
        ((1, 4), (2, 3, 4)),
        ((1, 1), (3, 1)),
        ((2, 1, 4), (2, 3, 4)),
        ((0,), (3, 0)),
        ((1,), (0,)),
        ((1, 3), (0, 3)),
    ],
)
def test_unbroadcast_is_the_adjoint_of_broadcasting(shape: Any, onto: Any) -> None:
    rng = np.random.default_rng(3)
    x, y_bar = rng.normal(size=shape), rng.normal(size=onto)
    x_bar = unbroadcast(y_bar, x)
    assert np.shape(x_bar) == shape
    assert np.sum(x_bar * x) == pytest.approx(np.sum(y_bar * np.broadcast_to(x, onto)))


def test_equal_shapes_cost_no_copy() -> None:
    x_bar = np.ones(3)
    assert unbroadcast(x_bar, np.zeros(3)) is x_bar


def test_what_does_not_broadcast_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) does not broadcast to \(3,\)"):
        unbroadcast(np.ones(3), np.ones(2))


@pytest.mark.parametrize(
    "x_bar", [2.5, np.float64(2.5), np.array(2.5), np.full(1, 2.5)]
)
def test_a_number_has_a_number(x_bar: Any) -> None:
    got = unbroadcast(x_bar, 1.5)
    assert (got, type(got)) == (2.5, float)


def test_a_complex_number_keeps_its_imaginary_part() -> None:
    assert unbroadcast(np.array([1 + 2j, 3j]), 1j) == 1 + 5j
    assert unbroadcast(np.array([1 + 2j, 3j]), 1.5) == 1.0


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (np.complex128, np.float64),
        (np.complex64, np.float32),
        (np.float64, np.float32),
        (np.float64, np.complex64),
        (np.float32, np.float64),
    ],
)
def test_precision(given: Any, wanted: Any) -> None:
    x_bar = cast_like(np.full(3, 2.5, given), np.zeros(3, wanted))
    assert x_bar.dtype == wanted
    np.testing.assert_array_equal(x_bar, [2.5, 2.5, 2.5])


def test_what_is_no_float_casts_nothing() -> None:
    x_bar = np.array([0.5])
    assert cast_like(x_bar, np.array([1])) is x_bar
    assert cast_like(1 + 2j, np.float32(1.5)) == 1.0


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (), (1, 0, -1)])
def test_count(axis: Any) -> None:
    a = np.ones((2, 3, 4))
    assert count(a, axis) == a.size // np.sum(a, axis=axis).size
