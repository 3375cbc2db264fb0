"""Rebinding with other shapes and types, and variables bound on some paths only."""

# Programs as users write them.
# ruff: noqa: B007, SIM108

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, V, X

case = Cases()


class Counter:
    def __init__(self):
        self.total = 0
        self.seen = 0


@case(V, X)
def other_shape(v, x):
    a = v * x
    a = np.sum(a * a)
    a = a * M
    a = a.sum(axis=0)
    return np.sum(a * a)


@case(V, X)
def scalar_then_array_then_scalar(v, x):
    a = x * x
    a = a * v
    b = a
    a = a[1] * x
    return a * np.sum(b)


@case(X, 2)
def integer_then_float(x, n):
    a = n
    b = a * x
    a = a + x
    a = a * b
    a = 3
    return b * a + x**a


@case(V)
def none_then_array(v):
    best = None
    for k in range(4):
        if best is None:
            best = v * k
        elif k > 1:
            best = best * v + k
    return np.sum(best * best)


@case(V, 3)
def bound_in_one_branch(v, n):
    if n > 2:
        a = v * v
    if n > 2:
        b = a[1:] * v[1:]
    else:
        c = v
    if n > 5:
        a = c
    return np.sum(a) * np.sum(b)


@case(V, 0)
def zero_trip_buffers(v, n):
    a = v * 2.0
    for i in range(n):
        b = a * v
        a[i] = b[i]
    for i in range(n, 3):
        b = a * a
        a[i] = b[i] * v[i]
    return np.sum(a * b)


@case(V, X)
def shapes_in_a_loop(v, x):
    a = v * x
    for _ in range(3):
        a = a[1:] * a[:-1]
    return np.sum(a * a)


@case(V)
def growing_array(v):
    a = v[:1] * 2.0
    for k in range(1, 4):
        a = np.concatenate([a, a[-1:] * v[k]])
    return np.sum(a * a)


@case(V)
def folded_array(v):
    a = np.concatenate([v, v[:3] * v[1:4]])
    while len(a) > 1:
        half = len(a) // 2
        a = a[:half] * 0.7 + a[half:] * a[:half]
    return a[0]


@case(M)
def matrix_rebound_to_transpose(m):
    a = m * 1.5
    for _ in range(3):
        a = a.T * 1.1
        a[0, 0] += a[1, 1]
    return np.sum(a @ m)


@case(V, X)
def same_name_in_both_branches(v, x):
    if x > 1:
        a = v * x
    else:
        a = x
    b = a * 2.0
    if x > 5:
        b = x
    return np.sum(b * b)


@case(V, X)
def temporaries_reused(v, x):
    t = v * x
    s = np.sum(t)
    t = t * t
    s = s * np.sum(t)
    t = x
    s = s + t * x
    t = v[0]
    return s * t


@case(V, X)
def loop_temporary_used_after(v, x):
    for i in range(3):
        t = v[i] * x
        u = t * t
    return t * u


@case(V, X)
def outer_name_rebound_in_loop_branch(v, x):
    a = v * 1.0
    for i in range(4):
        if i == 2:
            a = a * x
        a[i] = a[i + 1] * x
    return np.sum(a * a)


@case(V)
def view_or_copy(v):
    a = v * 1.0
    for k in range(3):
        b = a if k % 2 else a.copy()
        b[k] = b[k + 1] * 2.0
        a[0] += b[k]
    return np.sum(a * b)


@case(V, X)
def array_accumulator_starts_as_number(v, x):
    total = 0
    for k in range(3):
        total = total + v * x**k
    total2 = 0.0
    for k in range(3):
        total2 += v * k
    return np.sum(total * total2)


@case(V, X)
def sums_in_a_table_start_as_numbers(v, x):
    table = {"sum": 0, "size": x}
    for k in range(3):
        table["sum"] += v * x**k
        table["size"] = table["size"] + v * k
        table["sum"] /= 1 + x * x
    return np.sum(table["sum"] * table["size"])


@case(V, X)
def integer_parts_become_floats(v, x):
    counter, parts = Counter(), [0, x]
    for k in range(3):
        counter.total += x**k * v[0]
        for j in range(2):
            parts[j] = parts[j] + v * x**k
    if x < 0:
        counter.seen = x
    return np.sum(parts[0] * parts[1]) * counter.total + counter.seen * x


@case(V, X)
def array_is_none_at_first(v, x):
    total = None
    for k in range(3):
        if total is None:
            total = v * x
        else:
            total += v * k
    return np.sum(total * total)


@case(V, X)
def accumulator_is_the_argument(v, x):
    total = v
    for k in range(3):
        total = total + x * v
    other = v
    other = other * total
    return np.sum(other)


@case(V, X)
def buffer_made_in_loop(v, x):
    total = np.zeros(5)
    for k in range(3):
        b = np.zeros(5)
        b[k] = v[k] * x
        b[k + 1] += b[k] * v[k + 1]
        total += b * b
    return np.sum(total * v)


@case(V, X)
def buffer_kept_from_last_trip(v, x):
    b = v * 1.0
    for k in range(3):
        c = b
        b = np.zeros(5)
        b[k:] = c[k:] * x
        c[0] = x
        b[0] += c[1]
    return np.sum(b * c)


@case(V, X)
def number_in_one_branch(v, x):
    if x > 1.5:
        t = v * x
    else:
        t = x
    m = np.outer(v, v) + t
    m[0] = t
    m[:, 1] *= t
    return np.sum(m**2) + np.sum(np.where(t > 0.5, t * v, v))


@case(V, X)
def number_then_vector_then_matrix(v, x):
    t = x
    for k in range(3):
        t = t * v[:, None] + v * x
    return np.sum(np.cos(t))


@case(V, X)
def vector_then_number(v, x):
    t = v * x
    for k in range(4):
        t = np.sum(t * v) if k == 1 else t * v
    return np.sum(np.cos(t) * v)


@case(V, X)
def number_then_complex_vector(v, x):
    t = 1.0
    for k in range(3):
        t = t * (v + 1j * x)
    return np.sum(np.abs(t))


@case(V, X)
def number_in_functions(v, x):
    t = x
    for k in range(3):
        t = np.maximum(t, v * k) + np.hypot(t, v) * np.exp(-t)
    return np.sum(t)


@case(V, X)
def number_then_array_that_is_written(v, x):
    t = x
    for k in range(2):
        a = t
        t = t + v
        t[0] = x
        a = a * t
    return np.sum(a * t)


@case(V, X)
def trips_not_known(v, x):
    t = 0.5 * x
    k = 0
    while k < x:
        t = t * v + x
        k += 1
    return np.sum(np.sin(t))


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
