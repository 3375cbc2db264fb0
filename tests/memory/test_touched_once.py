"""Cotangents whose elements loops touch once, or not: stores, additions and zeros."""

import numpy as np

from tests.compiled import grad
from tests.language.oracle import Case, Cases, check, check_pullback
from tests.language.values import M, N, S, U, V, W, X

case = Cases()


@case(V, W)
def each_once(v, w):
    total = 0.0
    for k in range(v.size):
        total = total * w[k] + v[k] * v[k]
    return total


@case(V, X)
def neighbours(v, x):
    total = x
    for k in range(1, v.size):
        total = total * v[k] + np.sin(v[k - 1]) * x
    return total


@case(V, X)
def neighbours_across_the_end(v, x):
    """v[-1] is read in the first iteration and in the last one."""
    total = x
    for k in range(v.size):
        total = total * v[k] + v[k - 1] * total
    return total


@case(V, X)
def from_both_ends(v, x):
    total = x
    for k in range(v.size):
        total += v[k] * v[v.size - 1 - k] * v[-1 - k] * total
    return total


@case(V, X)
def strides_that_meet(v, x):
    total = x
    for k in range(2):
        total = total * v[2 * k] + v[k + 1] * v[2 * k + 1]
    return total


@case(V, X)
def overlapping_slices(v, x):
    total = x
    for k in range(v.size - 2):
        total += np.sum(v[k : k + 2] ** 2) * total
    return total


@case(V, X)
def disjoint_slices(v, x):
    total = x
    for k in range(2):
        total += np.sum(v[2 * k : 2 * k + 2] ** 2) * total
    return total


@case(M, X)
def rows_read_by_inner_loops(m, x):
    total = x
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            total = total * m[i, j] + m[i, 0] * x + np.sum(m[i])
    return total


@case(M, X)
def columns_in_outer_iterations(m, x):
    total = x
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            total = total * m[0, j] + m[i, j]
    return total


@case(V, X)
def two_loops(v, x):
    total = x
    for k in range(v.size):
        total = total * v[k] + x
    for k in range(v.size):
        total = total + v[k] * total
    return total


@case(V, X)
def in_branches(v, x):
    total = x
    for k in range(v.size):
        if k > 1:
            total = total * v[k - 2]
        else:
            total = total + v[k] * v[k]
            total = total * x
        if total > 0.3:
            total = total * v[k]
    return total


@case(V, X)
def with_while(v, x):
    total, k = x, 0
    while k < v.size:
        total = total * v[k] + v[k // 2]
        k += 1
    return total


@case(V, X)
def left_early(v, x):
    total = x
    for k in range(v.size):
        if k == 3:
            break
        total = total * v[k] + v[k + 1]
    return total + v[2]


@case(V, np.array([3, 0, 3, 1]), X)
def by_other_indices(v, order, x):
    total = x
    for k in range(order.size):
        total = total * v[order[k]] + v[order] @ v[order] * x
    return total


@case(V, X, 1)
def by_an_offset(v, x, offset):
    total = x
    for k in range(3):
        total = total * v[k + offset] + v[k]
        offset = 1 - offset
    return total


@case(V, X)
def overwritten_in_order(v, x):
    y = np.zeros_like(v)
    for k in range(1, v.size):
        y[k] = y[k - 1] * v[k] + x
    return y[-1] * y[2]


@case(V, X)
def overwritten_and_read_later(v, x):
    y = v * x
    for k in range(v.size - 1):
        y[k] = y[k + 1] * v[k]
    return np.sum(y * y)


@case(V, X)
def overwritten_twice(v, x):
    y = v * x
    for k in range(1, v.size):
        y[k] = y[k - 1] * v[k]
        y[k - 1] = v[k] * v[k - 1]
    return np.sum(y**2)


@case(V, X)
def overwritten_again_and_again(v, x):
    y = v * x
    for i in range(3):
        for k in range(1, v.size):
            y[k] = y[k - 1] * v[k] + y[i]
    return np.sum(y**2)


@case(V, X)
def overwritten_across_the_end(v, x):
    y = v * x
    for k in range(v.size):
        y[k] = y[k - 1] * v[k] + x
    return np.sum(y**2)


@case(V, X)
def overwritten_argument(v, x):
    for k in range(1, v.size):
        v[k] = v[k - 1] * x
    return np.sum(v * v)


@case(M, N)
def rows_by_name(m, n):
    y = m * n
    for i in range(m.shape[0]):
        row = y[i]
        row[0] = row[1] * m[i, 0]
        y[i] = row * row + n[i]
    return np.sum(y * m)


@case(V, X)
def name_from_the_iteration_before(v, x):
    y = np.outer(v, v)
    before = y[0]
    total = x
    for k in range(1, v.size):
        total += before @ v
        before = y[k]
        y[k - 1] = v[k]
    return total + np.sum(y)


@case(V, X)
def view_of_all(v, x):
    y = v * x
    z = y[::-1]
    for k in range(1, v.size):
        y[k] = z[k] * v[k]
    return np.sum(y * y) + z[0]


@case(S, U)
def solved_by_hand(s, u):
    x = np.empty_like(u)
    for i in range(u.size):
        x[i] = (u[i] - s[i, :i] @ x[:i]) / s[i, i]
    return np.sum(x * x)


@case(V, X)
def in_a_comprehension(v, x):
    parts = [v[k] * v[k + 1] * x for k in range(v.size - 1)]
    return sum(parts)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


def test_what_is_zero_is_stored_to() -> None:
    source = grad(solved_by_hand, (0, 1)).source_for(S, U)
    assert "u_bar[i] = " in source
    assert "s_bar[i, :i] = -" in source
    assert "x_bar[i] = 0.0" not in source


def test_what_may_be_touched_before_is_added_to() -> None:
    source = grad(neighbours_across_the_end).source_for(V, X)
    assert "v_bar[k] +=" in source
    assert "v_bar[k - 1] +=" in source
