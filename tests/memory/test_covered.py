"""Cotangents that are stored part by part: how far the parts reach, and when."""

import numpy as np

from tests.compiled import grad
from tests.language.oracle import Case, Cases, check, check_pullback
from tests.language.values import M, U, V, X

case = Cases()
LONG = np.array([0.37, -1.21, 0.88, 1.53, -0.64, 0.29, 1.17, -0.83])


@case(LONG, V[:2])
def in_quarters(x, v):
    n = len(v)
    y = x * x
    a, b, c = np.sin(y[:n]), y[n : 2 * n] * y[n : 2 * n], np.exp(y[2 * n : 3 * n])
    return np.sum(a * b * v) + np.sum(c * y[3 * n :])


@case(LONG, np.zeros((6, 2)))
def parts_past_the_end(x, passive):
    n = len(passive)
    y = x * x
    return np.sum(np.sin(y[:n])) + np.sum(y[n : 2 * n] ** 3) + np.sum(y[2 * n :])


@case(LONG, -3)
def counted_from_the_end(x, n):
    """With a negative number the parts overlap."""
    y = x * x
    return np.sum(np.sin(y[:n])) + np.sum(y[n : 2 * n]) + np.sum(y[2 * n :] ** 2)


@case(LONG, V)
def a_gap_is_left(x, v):
    n = len(v)
    y = x * x
    return np.sum(np.sin(y[:n])) * np.sum(y[n + 1 :] ** 2)


@case(LONG, V)
def the_end_is_left(x, v):
    n = len(v)
    y = x * x
    return np.sum(np.sin(y[:2])) * np.sum(y[2:n] ** 2)


@case(LONG)
def parts_overlap(x):
    y = x * x
    return np.sum(np.sin(y[:5])) * np.sum(y[3:] ** 2)


@case(V[:3])
def elements_of_three(x):
    y = x * x
    return np.sin(y[0]) * y[1] ** 2 + y[2] * y[1]


@case(V[:3])
def elements_of_three_but_one(x):
    y = x * x
    return np.sum(y[:1] * np.sin(y[:1])) + y[2] * y[2]


@case(M)
def columns(m):
    y = m * m
    return np.sum(np.sin(y[:, :2])) + np.sum(y[:, 2:] ** 2)


@case(M)
def corners(m):
    """Rows and columns together are not all elements."""
    y = m * m
    return np.sum(np.sin(y[:1])) + np.sum(y[1:, :1] ** 2)


@case(LONG)
def made_anew_in_each_iteration(x):
    total = 0.0
    for k in range(3):
        y = x * (x + k)
        total += np.sum(np.sin(y[:3])) * total + np.sum(y[3:] ** 2)
    return total


@case(LONG, X)
def read_in_one_branch(x, s):
    total = s
    for k in range(4):
        y = x * (x + k)
        if k > 1:
            total += np.sum(np.sin(y[:3])) * total
        else:
            total += np.sum(y[2:] ** 2)
        total *= y[k]
    return total


@case(LONG)
def an_inner_loop_adds(x):
    total = 0.0
    for k in range(3):
        y = x * (x + k)
        for j in range(2):
            total += np.sum(np.sin(y[:3])) * y[j + 3]
        total += y[7]
    return total


@case(LONG)
def carried_to_the_next_iteration(x):
    total, y = 0.0, x * 2.0
    for _ in range(3):
        total += np.sum(y[:3] ** 2)
        y = y * x
        total += np.sum(np.sin(y[3:]))
    return total


@case(LONG)
def also_read_as_a_whole(x):
    y = x * x
    return np.sum(np.sin(y[:3])) + np.sum(y[3:] ** 2) * np.sum(y)


@case(LONG)
def has_another_name(x):
    y = x * x
    z = y
    total = np.sum(np.sin(y[:3])) + np.sum(z[3:] ** 2)
    return total * y[2]


@case(LONG)
def views_of_views(x):
    y = x * x
    back = y[3:]
    return np.sum(np.sin(y[:3])) + np.sum(back[2:] ** 2) * back[0]


@case(LONG, np.array([0, 2, 2]))
def by_indices(x, order):
    y = x * x
    return np.sum(np.sin(y[order])) + np.sum(y[3:] ** 2)


@case(M, U)
def rows_by_number(m, u):
    y = m * m
    return np.sum(np.sin(y[0]) * y[1]) * u[0] + np.sum(y[1:] ** 2)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


def source(function, *arguments):
    return grad(function).source_for(*arguments)


def test_what_is_stored_as_a_whole_is_not_cleared() -> None:
    for function, arguments in [
        (in_quarters, (LONG, V[:2])),
        (parts_past_the_end, (LONG, np.zeros((6, 2)))),
        (columns, (M,)),
        (made_anew_in_each_iteration, (LONG,)),
    ]:
        text = source(function, *arguments)
        assert "y_bar = np.empty_like(y)" in text
        assert "+=" not in text.split("y_bar = np.empty_like(y)")[1].split("x_bar")[0]


def test_what_may_not_be_is_cleared() -> None:
    for function, arguments in [
        (counted_from_the_end, (LONG, -3)),
        (a_gap_is_left, (LONG, V)),
        (the_end_is_left, (LONG, V)),
        (elements_of_three_but_one, (V[:3],)),
        (corners, (M,)),
        (read_in_one_branch, (LONG, X)),
        (by_indices, (LONG, np.array([0, 2, 2]))),
    ]:
        assert "np.empty_like" not in source(function, *arguments)
