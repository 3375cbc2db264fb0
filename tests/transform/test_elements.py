"""Arrays as lists in nested loops: the same gradients, whatever the numbers are."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sourcediff import grad, value_and_grad
from sourcediff.testing import check_grads

RNG = np.random.default_rng(5)


def elimination(A):
    A = A.copy()
    n = len(A)
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(A * A)


def smoothed(A, steps):
    rows, columns = A.shape
    for _ in range(steps):
        for i in range(1, rows - 1):
            for j in range(columns):
                if j > 0:
                    A[i, j] = 0.3 * A[i - 1, j - 1] * A[i + 1, j]
                else:
                    A[i, j] *= A[i, j]
    return np.sum(A[1:] * A[:-1])


def cube(A, w):
    total = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            for k in range(A.shape[2]):
                total += A[i, j, k] ** 2 * w[k] * A[0, j, 1]
    return total


def seen_by_another_name(A):
    A = A.copy()
    B = A.T
    for _ in range(2):
        for i in range(3):
            for j in range(2):
                A[i, j] = A[i, j] * B[0, 1] + A[0, j]
    return np.sum(A * A)


def beyond_the_rows(A, n):
    total = 0.0
    for i in range(3):
        for j in range(n):
            total += A[i, j] * A[i + 1, j]
    return total + np.sum(A)


def power(A):
    total = 0.0
    for i in range(3):
        for j in range(2):
            total += A[i, j] * np.abs(A[i, j]) ** 1.5
    return total


def written_in_turn(A):
    """Loops, then the array, then loops again."""
    A = A.copy()
    for i in range(1, 3):
        for j in range(2):
            A[i, j] *= A[i - 1, j]
    A[1:] = np.sin(A[:-1])
    for i in range(1, 3):
        for j in range(2):
            A[i, j] += A[i - 1, j] ** 2
    return np.sum(A**3)


def read_and_written(A, B):
    """Elements that the loop around changes, and others that it does not."""
    total = 0.0
    for i in range(3):
        for j in range(2):
            A[i, j] = A[i, j] * B[j, i] + A[j, i]
            for k in range(j, 2):
                total += A[i, j] * B[i, k] * B[k, j]
                A[k, j] += B[i, j] * A[i, k]
                if k > i:
                    i = k  # noqa: PLW2901 - it is what is tested
    return total + np.sum(A)


def only_at_times(A, n):
    """What an inner loop reads is beyond the array where the loop does not run."""
    total = 0.0
    for i in range(4):
        for j in range(i, n):
            total += A[i, 0] * A[j, i] ** 2
    return total


@pytest.mark.parametrize(
    ("function", "arguments", "is_listed"),
    [
        (elimination, (RNG.normal(size=(4, 4)) + 3 * np.eye(4),), True),
        (smoothed, (RNG.normal(size=(5, 3)), 2), True),
        (cube, (RNG.normal(size=(2, 3, 4)), RNG.normal(size=4)), True),
        (seen_by_another_name, (RNG.normal(size=(3, 2)),), False),
        (beyond_the_rows, (RNG.normal(size=(4, 3)), 3), True),
        (beyond_the_rows, (RNG.normal(size=(3, 3)), 0), True),
        (power, (RNG.normal(size=(3, 2)),), False),
        (read_and_written, (RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))), True),
        (only_at_times, (RNG.normal(size=(3, 3)), 3), True),
        (written_in_turn, (RNG.normal(size=(3, 2)),), True),
    ],
)
def test_gradients_are_right(function: Any, arguments: Any, is_listed: bool) -> None:
    gradient = grad(function)
    assert (".tolist()" in gradient.source_for(*arguments)) is is_listed
    given = [np.copy(a) for a in arguments]
    check_grads(function, arguments)
    plain = gradient.function_for(*arguments)
    assert_array_equal(gradient(*arguments), plain(*arguments))
    for before, now in zip(given, arguments, strict=True):
        assert_array_equal(before, now)


@pytest.mark.parametrize("pivot", [0.0, 1e-320, np.inf, np.nan])
def test_divisions_by_zero_are_as_numpy_does_them(pivot: float) -> None:
    A = RNG.normal(size=(4, 4))
    A[0, 0] = pivot
    gradient = value_and_grad(elimination)
    with np.errstate(all="ignore"):
        value, A_bar = gradient(A)
        expected, expected_bar = gradient.function_for(A)(A)
    assert_array_equal(value, expected)
    assert_array_equal(A_bar, expected_bar)


def test_lists_do_not_stand_in_the_way_of_second_derivatives() -> None:
    A = RNG.normal(size=(4, 4)) + 3 * np.eye(4)
    first = grad(elimination)
    assert "A_rows" in first.source_for(A)

    def slope(A):
        return np.sum(first(A) * A)

    check_grads(slope, (A,))


def test_the_text_with_lists_runs_as_it_is_shown() -> None:
    A = RNG.normal(size=(4, 4)) + 3 * np.eye(4)
    scope: dict[str, Any] = {"np": np}
    exec(grad(elimination).source_for(A), scope)
    assert_array_equal(scope["elimination_grad"](A), grad(elimination)(A))
