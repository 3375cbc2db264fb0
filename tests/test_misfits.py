"""Sizes that do not fit: a gradient raises what its function raises."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sourcediff import check_grads, grad, value_and_grad

THREE, FIVE, SEVEN = np.arange(1.0, 4.0), np.arange(1.0, 6.0), np.arange(1.0, 8.0)


def stored(x: Any) -> Any:
    a = np.zeros(2)
    a[:] = x
    return np.sum(a)


def augmented(x: Any) -> Any:
    a = np.zeros(2)
    a += x
    return np.sum(a)


def unpacked(x: Any) -> Any:
    first, second = x
    return first + 2 * second


def in_pairs(x: Any) -> Any:
    total = 0.0
    for left, right in zip(x, FIVE, strict=True):
        total += left * right
    return total


def as_number(x: Any) -> Any:
    return 2 * float(x)


def lengthened(x: Any) -> Any:
    return x + np.ones(5)


def through_a_callee(x: Any) -> Any:
    return np.sum(lengthened(x))


def within_branches(x: Any) -> Any:
    y = 1.0 * x
    if y.shape[0] > 1:
        y = y * FIVE
    return np.sum(y)


MISFITS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lambda x, w: np.sum(x + w), (THREE, FIVE)),
    (lambda x, w: np.sum(x * w), (SEVEN, FIVE)),
    (lambda x: np.sum(x * np.ones(5)), (THREE,)),
    (lambda x: np.sum(x + np.ones(5)), (SEVEN,)),
    (lambda x: np.sum(x[:2] - x), (THREE,)),
    (lambda x, w: np.sum(np.maximum(x, w)), (THREE, FIVE)),
    (lambda x, w: x @ w, (THREE, FIVE)),
    (lambda x, w: 2 * np.dot(x, w), (SEVEN, FIVE)),
    (lambda x, w: x.dot(w), (THREE, FIVE)),
    (lambda x, w: np.sum(x @ w), (np.ones((4, 6)), FIVE)),
    (as_number, (THREE,)),
    (stored, (THREE,)),
    (augmented, (THREE,)),
    (unpacked, (THREE,)),
    (unpacked, (SEVEN,)),
    (unpacked, (list(THREE),)),
    (in_pairs, (THREE,)),
    (through_a_callee, (THREE,)),
    (within_branches, (THREE,)),
]


@pytest.mark.parametrize(("function", "arguments"), MISFITS)
@pytest.mark.parametrize("make", [grad, value_and_grad])
def test_raises_what_the_function_raises(
    make: Any, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    with pytest.raises((ValueError, TypeError)) as expected:
        function(*arguments)
    with pytest.raises(expected.type):
        make(function)(*arguments)


def test_sizes_that_only_a_run_can_compare() -> None:
    def interior(x: Any, w: Any) -> Any:
        return np.sum(x[1:-1] * w)

    check_grads(interior, (SEVEN, FIVE), wrt=("x", "w"), order=2)
    with pytest.raises(ValueError, match="broadcast"):
        grad(interior)(SEVEN, SEVEN[:4])


def test_a_branch_that_is_not_taken_is_not_missed() -> None:
    def chosen(x: Any, w: Any) -> Any:
        return np.sum(x * w) if len(x) == len(w) else np.sum(x) * np.sum(w)

    check_grads(chosen, (THREE, FIVE), wrt=(0, 1))
