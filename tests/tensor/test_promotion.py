"""Tensors of different types meet as PyTorch's do; its results were measured."""

import numpy as np
import pytest

import sourcediff.tensor as torch

INTS = torch.tensor([1, 2, 3])
FLOATS = torch.tensor([1.0, 2.0, 3.0])
DOUBLES = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
BOOLS = torch.tensor([True, False, True])
COMPLEX = torch.tensor([1 + 1j, 2.0, 3.0])
INT, FLOAT = torch.tensor(2), torch.tensor(2.5)
DOUBLE = torch.tensor(2.5, dtype=torch.float64)


@pytest.mark.parametrize(
    ("left", "right", "dtype"),
    [
        (INTS, FLOATS, torch.float32),
        (INTS, DOUBLES, torch.float64),
        (FLOATS, DOUBLES, torch.float64),
        (BOOLS, INTS, torch.int64),
        (BOOLS, FLOATS, torch.float32),
        (INTS, 2.5, torch.float32),
        (INTS, 2, torch.int64),
        (FLOATS, 2.5, torch.float32),
        (DOUBLE, FLOATS, torch.float32),
        (INT, FLOATS, torch.float32),
        (FLOAT, INTS, torch.float32),
        (DOUBLE, INTS, torch.float64),
        (DOUBLE, FLOAT, torch.float64),
        (COMPLEX, FLOATS, torch.complex64),
        (INTS, COMPLEX, torch.complex64),
    ],
)
def test_meeting(left, right, dtype):
    for y in (left * right, right + left, torch.where(BOOLS, left, right)):
        assert y.dtype == dtype
    plain = [t.numpy() if isinstance(t, torch.Tensor) else t for t in (left, right)]
    np.testing.assert_allclose(left * right, plain[0] * plain[1])


def test_gradients_have_the_types_of_their_leaves():
    number = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    y = number * x * torch.tensor([2, 4])
    assert y.dtype == torch.float32
    y.sum().backward()
    assert number.grad.dtype == torch.float64
    assert x.grad.dtype == torch.float32
    assert number.grad.item() == 14.0
    assert x.grad.tolist() == [1.0, 2.0]


def test_joining():
    assert torch.cat([INTS, FLOATS]).dtype == torch.float32
    assert torch.stack([FLOATS, DOUBLES]).dtype == torch.float64


def test_arrays_of_numpy_count_as_in_numpy():
    assert (FLOATS * np.ones(3)).dtype == torch.float64
    assert (FLOATS * np.float32(2.0)).dtype == torch.float32
    assert np.multiply(FLOATS, np.arange(3)).dtype == torch.float64
