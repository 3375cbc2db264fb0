"""Choices by bits are those of NumPy, to the last bit."""

import numpy as np
import pytest

from sourcediff.runtime import branchless_where

RNG = np.random.default_rng(91)
MANY = 9001


def specials(shape):
    values = RNG.normal(size=shape)
    values[RNG.random(shape) < 0.1] = np.nan
    values[RNG.random(shape) < 0.1] = -np.inf
    values[RNG.random(shape) < 0.1] = -0.0
    values[RNG.random(shape) < 0.1] = 5e-324
    return values


def assert_equal_bits(condition, x, y):
    mine, numpys = branchless_where(condition, x, y), np.where(condition, x, y)
    assert mine.dtype == numpys.dtype
    assert mine.shape == numpys.shape
    assert mine.tobytes() == numpys.tobytes()


OTHERS = (0, 0.0, -0.0, 2.5, -np.inf, np.nan, 3, True, np.float64(1.5), np.float32(0.1))


@pytest.mark.parametrize("size", [0, 1, 7, MANY])
@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_numbers(size, other):
    condition, x = RNG.random(size) < 0.4, specials(size)
    assert_equal_bits(condition, x, other)
    assert_equal_bits(condition, other, x)
    assert_equal_bits(condition, other, other)


@pytest.mark.parametrize("shape", [(MANY,), (131, 71), (9, 8, 137)])
def test_arrays(shape):
    condition, x, y = RNG.random(shape) < 0.4, specials(shape), specials(shape)
    assert_equal_bits(condition, x, y)
    assert_equal_bits(condition[::-1], x, y[..., ::-1])
    assert_equal_bits(condition.T, x.T, specials(shape[::-1]))
    assert_equal_bits(condition, x, np.array(0.75))


def test_stretched_arrays():
    condition, x = RNG.random((97, 113)) < 0.4, specials((97, 113))
    assert_equal_bits(condition, x[0], x[:, 1:2])
    assert_equal_bits(condition, x[3], 0)
    assert_equal_bits(condition[:, :1], x, 0)
    assert_equal_bits(condition[0], x, specials((5, 97, 113)))


@pytest.mark.parametrize("dtype", [np.float32, np.int64, complex, bool, ">f8"])
def test_other_types(dtype):
    condition, x = RNG.random(MANY) < 0.4, RNG.normal(size=MANY).astype(dtype)
    assert_equal_bits(condition, x, 0)
    assert_equal_bits(condition, 0, x)
    assert_equal_bits(condition, x, RNG.normal(size=MANY))


def test_conditions_that_are_no_masks():
    x = RNG.normal(size=MANY)
    assert_equal_bits(RNG.integers(0, 3, MANY), x, 0)
    assert_equal_bits(RNG.normal(size=MANY), 0, x)
    assert_equal_bits(True, x, 0)


def test_arguments_are_left():
    condition, x = RNG.random(MANY) < 0.4, RNG.normal(size=MANY)
    x.flags.writeable = condition.flags.writeable = False
    result = branchless_where(condition, x, 0)
    result += 1.0
    assert not np.shares_memory(result, x)
