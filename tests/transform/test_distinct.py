"""Index arrays that select every element once, and parts of one text's shape."""

from typing import Any

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.testing import check_grads

RNG = np.random.default_rng(8)


def lower(v):
    L = np.zeros((3, 3))
    rows, columns = np.tril_indices(3)
    L[rows, columns] = v * v
    return np.sum(np.sin(L @ L))


def diagonal(v):
    L = np.ones((3, 3))
    span = np.arange(3)
    L[span, span] = np.sin(v)
    return np.sum(L @ L)


def one_of_two(v):
    a = np.zeros(3)
    rows, columns = np.tril_indices(3)
    a[rows] = v * v
    return np.sum(a * a) + columns[0]


def wrapped(v):
    a = np.zeros(3)
    a[np.arange(-2, 3)] = v * v
    return np.sum(a * a)


def changed(v):
    L = np.zeros((3, 3))
    rows, columns = np.tril_indices(3)
    rows[0] = 2
    L[rows, columns] = v * v
    return np.sum(np.sin(L @ L))


def bound_again(v):
    L = np.zeros((3, 3))
    span = np.arange(3)
    for _ in range(2):
        L[span, span] += v[:3] * v[:3]
        span = span // 2
    return np.sum(np.sin(L @ L))


@pytest.mark.parametrize(
    ("function", "size", "is_distinct"),
    [
        (lower, 6, True),
        (diagonal, 3, True),
        (one_of_two, 6, False),
        (wrapped, 5, False),
        (changed, 6, False),
    ],
)
def test_stores_through_index_arrays(function: Any, size: int, is_distinct: bool):
    v = RNG.normal(size=size)
    assert ("gather_last" not in grad(function).source_for(v)) is is_distinct
    check_grads(function, (v,))


def test_an_index_array_that_is_bound_again_is_not_taken_for_the_first() -> None:
    check_grads(bound_again, (RNG.normal(size=4),))


def levinson(r, w):
    y = np.zeros_like(r)
    alpha = r[0]
    for k in range(1, len(r)):
        y[:k] += alpha * y[:k][::-1]
        y[:k] *= r[:k]
        y[k] = alpha
        alpha = alpha * w[k] + np.sum(r[:k] * y[:k])
    return np.sum(y * w)


def test_parts_of_one_text_have_one_shape() -> None:
    arguments = RNG.normal(size=5), RNG.normal(size=5)
    text = grad(levinson, wrt=(0, 1)).source_for(*arguments)
    assert "unbroadcast" not in text
    check_grads(levinson, arguments)


def stretched(x, v):
    x = x * v
    return np.sum(np.sin(x))


def test_a_name_that_is_bound_again_has_the_shape_it_had() -> None:
    check_grads(stretched, (RNG.normal(size=1), RNG.normal(size=4)))
