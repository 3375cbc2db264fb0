"""Terms that are multiples of one another are one term, in time loops above all."""

import numpy as np
import pytest

from sourcediff import grad, vjp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(65)


def explicit(A):
    for _ in range(3):
        A[1:-1] = 0.25 * (A[2:] - 2.0 * A[1:-1] + A[:-2]) + A[1:-1]
    return np.sum(A * A * A)


def the_middle_first(A):
    for _ in range(3):
        A[1:-1] = A[1:-1] + 0.25 * (A[2:] - 2.0 * A[1:-1] + A[:-2])
    return np.sum(A * A * A)


def two_grids(A):
    B = A * A
    for _ in range(3):
        B[1:-1] = 0.3 * (A[2:] - 2.0 * A[1:-1] + A[:-2]) + A[1:-1]
        A[1:-1] = 0.125 * (B[2:] - 2.0 * B[1:-1] + B[:-2]) + B[1:-1]
    return np.sum(A * B)


def whole(A):
    for _ in range(3):
        A = A + 0.5 * (A * A - A) - 0.25 * A
    return np.sum(A * A * A)


def added_to(A):
    for _ in range(3):
        A += 0.5 * (A[::-1] - A) - 0.25 * A
        A[1:] += 0.5 * A[1:] - 0.25 * (A[:-1] - A[1:])
    return np.sum(A * A * A)


def through_a_view(A):
    B = A[1:]
    for _ in range(2):
        B[...] = B + 0.5 * (A[:-1] - B)
        A[0] = A[0] + 0.5 * (A[1] - 3 * A[0])
    return np.sum(A * A * A)


def that_cancel(A):
    y = A - 0.5 * (A + A)
    return np.sum(y * A) + np.sum(A)


ALL = (
    explicit,
    the_middle_first,
    two_grids,
    whole,
    added_to,
    through_a_view,
    that_cancel,
)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("shape", [(7, 3), (5,), (3, 2)], ids=str)
def test_gradients(function, shape):
    check_grads(function, (RNG.normal(size=shape),), order=2)


@pytest.mark.parametrize("function", ALL)
def test_both_ways_agree(function):
    A = RNG.normal(size=(9, 4))
    (other,) = vjp(function, A.copy())[1](1.0)
    np.testing.assert_allclose(grad(function)(A), other, rtol=1e-12)
    single = grad(function)(A.astype(np.float32))
    assert single.dtype == np.float32


def test_texts():
    A = RNG.normal(size=(9, 4))
    text = grad(explicit).source_for(A)
    assert "A_bar[1:-1] = 0.5 * A_bar2" in text
