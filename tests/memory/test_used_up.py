"""Callees whose saved memory a gradient uses up, and whose cotangents it adds into."""

import numpy as np

from tests.compiled import grad
from tests.language.oracle import Case, Cases, check, check_pullback
from tests.language.values import M, U, V, W, X

case = Cases()


def swept(a, s):
    """Restores memory of its own, which nobody else sees."""
    y = np.empty_like(a)
    y[0] = s * a[0]
    for k in range(1, a.size):
        y[k] = a[k] * y[k - 1] + s
    for k in range(a.size - 2, -1, -1):
        y[k] *= y[k + 1] + a[k]
    return y * s


def swept_in_place(a, s):
    """Restores memory that is its result."""
    y = a.copy()
    for k in range(1, a.size):
        y[k] = y[k] * y[k - 1] + s
    return y


def swept_halves(a, s):
    """Restores memory of which its result is a view."""
    y = np.sin(a)
    for k in range(1, a.size):
        y[k] *= y[k - 1] + s
    return y[1:], y[:-1]


def kept_in_list(a, s):
    """Restores arrays that a list holds, one of which it returns."""
    rows = [a * s, a + s]
    for k in range(1, a.size):
        rows[0][k] *= rows[1][k - 1]
        rows[1][k] *= rows[0][k]
    return rows[1]


def shared(a, b):
    """Its two cotangents are one value."""
    total = a + b
    for _ in range(2):
        total = 1.0 * total
    return total


def loops(a, s, depth):
    """Calls itself, and restores memory of its own each time."""
    y = a.copy()
    for k in range(1, a.size):
        y[k] = y[k] * y[k - 1]
    if depth == 0:
        return np.sum(y * y)
    return loops(a * s, s, depth - 1) + np.sum(y * y[::-1] * a)


def adds(a, out):
    """Writes into its argument, and restores it."""
    for k in range(1, a.size):
        out[k] = out[k] * out[k - 1] + a[k]
    return out * a


@case(V, X)
def once(v, x):
    return np.sum(swept(v, x) ** 2)


@case(V, X)
def twice_with_the_same(v, x):
    return np.sum(swept(v, x) * swept(v, x) + swept(v, 2.0))


@case(V, X)
def in_a_loop(v, x):
    total = 0.0
    for k in range(3):
        v = swept(np.tanh(v), x)
        total += np.sum(v) * k
    return total


@case(V, X)
def result_is_changed_and_read(v, x):
    a = swept_in_place(v, x)
    b = a.copy()
    a[1:] *= a[:-1]
    return np.sum(a * b)


@case(V, X)
def result_is_read_before_and_after(v, x):
    a = swept_in_place(v, x)
    b = swept_in_place(a, x)
    return np.sum(a * np.sin(b)) + a[1] * b[2]


@case(V, X)
def views_of_the_result(v, x):
    a, b = swept_halves(v, x)
    return np.sum(a * np.cos(b) * a)


@case(V, X)
def list_of_arrays(v, x):
    a = kept_in_list(v, x)
    return np.sum(a * swept(a, x))


@case(V, W, X)
def cotangents_that_are_one(v, w, x):
    y = shared(v, w)
    return np.sum(y * v) + x * np.sum(w * w[::-1]) + np.sum(v[1:] * v[:-1])


@case(V, X)
def one_array_twice(v, x):
    return np.sum(shared(v, v) * v) * x


@case(U, X)
def recursion(u, x):
    return loops(u, x, 2)


@case(V, W, X)
def written_argument(v, w, x):
    out = w * x
    y = adds(v, out)
    return np.sum(y * out) + np.sum(adds(y, out))


@case(M, X)
def rows(m, x):
    total = 0.0
    for row in m:
        total += np.sum(swept(row, x) * row)
    return total


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


def test_gradients_are_not_memory_of_each_other() -> None:
    v_bar, w_bar = grad(cotangents_that_are_one, (0, 1))(V.copy(), W.copy(), X)
    assert not np.may_share_memory(v_bar, w_bar)


def test_gradients_of_a_callee_are_not_copied() -> None:
    source = grad(once, (0, 1)).source_for(V, X)
    assert "private" not in source
    assert ".copy()" not in source.partition("def once_grad")[2]
