"""Views of which only parts are read: their cotangents are views too."""

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, V, X

case = Cases()


@case(M, X)
def rows_of_a_parameter(m, x):
    total = 0.0
    for i in range(len(m)):
        row = m[i]
        total += row[0] * x + row[2] ** 2
        total += np.sum(row[1:] * x)
    return total


@case(M, X)
def part_of_a_part(m, x):
    row = m[1]
    inner = row[1:]
    deep = inner[::-1]
    return deep[0] * inner[0] * x + row[0] ** 2 + np.sum(inner[:1])


@case(M, X)
def overlapping_parts(m, x):
    left, right = m[:, :2], m[:, 1:]
    return np.sum(left[0] * right[1]) * x + left[1, 1] ** 3 + right[0, 0]


@case(M, X)
def base_is_read_as_a_whole_too(m, x):
    row = m[-1]
    scaled = x * m
    return row[0] * row[1] + np.sum(scaled * m) + np.sum(m[:, 0])


@case(M, X)
def base_is_bound_again(m, x):
    row = m[0]
    first = row[0] * x
    m = m * x
    return first * row[1] + np.sum(m[0] ** 2)


@case(M, X)
def base_is_bound_again_in_a_loop(m, x):
    total = 0.0
    for i in range(2):
        row = m[i]
        total += row[0] * row[1]
        m = m * x + row[2]
    return total + np.sum(m)


@case(M, X)
def index_is_bound_again(m, x):
    i = 0
    row = m[i]
    i = 1
    other = m[i]
    return row[0] * other[1] * x + row[1] + m[i][2]


@case(M, X)
def index_is_bound_where_the_view_is_read(m, x):
    i = 0
    total = 0.0
    while i < 2:
        row = m[i]
        i, total = i + 1, total * x + row[0] * row[1]
    return total


@case(M, X)
def view_of_a_local_array(m, x):
    a = np.sin(m) * x
    total = 0.0
    for k in range(3):
        column = a[:, k]
        total += column[0] * column[1]
    return total * np.sum(a)


@case(M, X)
def view_made_in_a_branch(m, x):
    total = x
    for i in range(len(m)):
        if x > 0.1:
            row = m[i]
            total += row[i] * x
        else:
            row = m[0]
            total -= row[1]
    return total


@case(M, X)
def view_read_in_an_inner_loop(m, x):
    total = 0.0
    for i in range(len(m)):
        row = m[i]
        for j in range(3):
            total = total * x + row[j] * row[2 - j]
    return total


@case(M, X)
def view_by_repeated_indices(m, x):
    row = m[1]
    picked = row[[0, 2, 0]]
    return np.sum(picked * picked) * x + row[1]


@case(V, X)
def view_of_what_is_stored_elsewhere(v, x):
    a = v * x
    b = np.zeros(len(v))
    part = a[1:4]
    for i in range(3):
        b[i] = part[i] * part[0]
    return np.sum(b * a[:1])


@case(M, X)
def two_names_for_one_row(m, x):
    row = m[1]
    again = m[1]
    return row[0] * again[0] * x + row[1] * again[2]


def head(row, x):
    return row[0] * x + np.sum(row[1:] ** 2)


@case(M, X)
def parts_go_to_a_callee(m, x):
    total = 0.0
    for i in range(len(m)):
        row = m[i]
        total += head(row[:2], x) * row[2]
    return total


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
