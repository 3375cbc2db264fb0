"""One array in a list several times: right where nobody writes, else on the tape."""

# Programs as users write them.
# ruff: noqa: PERF401, RUF005

from typing import Any

import numpy as np
import pytest

import sourcediff
from sourcediff.errors import CompileError
from tests.compiled import grad
from tests.language.oracle import (
    Case,
    Cases,
    assert_matches_differences,
    check,
    check_pullback,
    check_pushforward,
)
from tests.language.values import U, X

case, repeated = Cases(), Cases()


@case([U, 2.0 * U], X)
def lists_made_by_comprehensions(rows, x):
    total = [np.zeros(3) for _ in rows]
    for k in range(2):
        grid = [[np.ones(3) for _ in range(2)] for _ in rows]
        for i in range(len(rows)):
            grid[i][1][0] = x
            total[i] += rows[i] * x**k
            grid[i][0] = grid[i][0] * total[i] + grid[i][1]
    return sum(np.sum(a * b) for a, b in zip(total, grid[0], strict=True))


@case(U, X)
def one_array_that_is_replaced(v, x):
    rows = [np.ones(3)] * 3
    for i in range(3):
        rows[i] = rows[i - 1] * x + v
    same = [v for _ in range(2)]
    return np.sum(rows[2] * rows[0]) + np.sum(same[0] * same[1])


@repeated(U, X)
def product(v, x):
    rows = [np.ones(3)] * 3
    rows[0] += v * x
    rows[1] *= v
    return np.sum(rows[2] ** 2)


@repeated(U, X)
def comprehension(v, x):
    row = np.ones(3)
    rows = [[row, v * x] for _ in range(2)]
    rows[0][0][1] = x
    return np.sum(rows[1][0] * rows[1][1])


@repeated(U, X)
def appended(v, x):
    row, rows = np.ones(3), []
    for _ in range(3):
        rows.append(row)
    first = rows[0]
    first[1] = x
    return np.sum(rows[2] * v)


@repeated(U, X)
def table(v, x):
    rows = dict.fromkeys("ab", np.ones(3))
    rows["a"][1] = x
    return np.sum(rows["b"] * v)


@repeated(U, X)
def sum_of_lists(v, x):
    row = np.ones(3)
    rows = [row] + [row]
    rows[0][1] = x
    return np.sum(rows[1] * v)


@repeated(U, X)
def lists(v, x):
    rows = [[0.0, 1.0]] * 2
    rows[0][1] = x
    return rows[1][1] * v[0] + rows[0][1]


@repeated(U, X)
def callee(v, x):
    def fill(row):
        row[1] = x

    rows = (np.ones(3),) * 2
    fill(rows[0])
    return np.sum(rows[1] * v)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


@repeated.parametrize()
def test_elements_that_are_one_object(case: Any) -> None:
    with pytest.raises(CompileError, match="are one object, which is written into"):
        grad(case.function, wrt=case.wrt)(*case.args)
    gradients = sourcediff.grad(case.function, wrt=case.wrt)(*case.args)
    assert_matches_differences(case, case.wrt, gradients)
