"""What loops keep for their mirror images: orders, jumps, aliases, higher orders."""

# Programs as users write them.
# ruff: noqa: B007, B905

from typing import Any

import numpy as np
from numpy.testing import assert_allclose

from sourcediff import hvp
from tests.compiled import grad, vjp
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import V, X, Y

case = Cases()


@case(X, Y)
def rebound_twice(x, y):
    for i in range(4):
        x = np.sin(x * y)
        y = y * x + i
        x = x * x * y
    return x + y


@case(X, Y)
def read_after_it_was_kept(x, y):
    total = 0.0
    for i in range(5):
        last = x
        x = x * np.cos(y) + 0.1 * i
        total += last * x * x
        y = y * last
    return total


@case(V, X)
def arrays_kept_by_reference(v, x):
    old = v
    for _ in range(3):
        new = old * x
        new[1:] += old[:-1] ** 2
        old, v = v * new, old
    return np.sum(old * v)


@case(V)
def elements_and_names(v):
    a = v[0]
    v = v.copy()
    for k in range(1, len(v)):
        b = a * v[k]
        v[k] = np.sin(v[k - 1]) * b
        a = a + v[k] * v[k]
    return a * np.sum(v)


@case(X)
def leaves_in_the_middle(x):
    for i in range(9):
        y = x * x
        if y > 3.0:
            break
        x = x * y + 0.7
        if i == 5:
            continue
        x = x * 1.1
    return x * y


@case(X, Y)
def while_with_two_ends(x, y):
    n = 0
    while n < 6:
        y = y * x
        n += 1
        if y > 40:
            x = x * y
            break
        x = x + np.sin(y)
    return x * y


@case(X, Y)
def never_runs(x, y):
    for _ in range(0):
        x = x * y * x
    while x > 1e6:
        x = x * x
    return x * y


@case(X, Y)
def loops_in_loops(x, y):
    for i in range(3):
        z = x * y
        for j in range(i):
            x = np.sin(x * z)
            y = y * x + j
        y = y * z
    return x * y


@case(X, Y)
def loop_in_an_arm(x, y):
    if x * y > -100:
        for i in range(3):
            x = x * y * x
            y = y + i * x
    else:
        for i in range(2):
            y = y * y * x
    return x * y


@case(V, X)
def over_rows_with_a_counter(v, x):
    total = 0.0
    for i, row in enumerate(np.outer(v, v)):
        x = x * np.sum(row * x)
        total += x * i
    return total


def held(v, x):
    row = v[1:]
    for _ in range(2):
        x = x * np.sum(row * x)
    return x


@case(V, X)
def callee_that_keeps_views(v, x):
    v = v.copy()
    first = held(v, x)
    v[1:] = 0.5
    return first * np.sum(v)


def kept_rows(v, x):
    for i in range(len(v) - 1):
        row = v[i : i + 2]
        x = x * np.sum(row * x)
    return x


@case(V, X)
def callee_that_keeps_many_views(v, x):
    v = v * 1.0
    first = kept_rows(v, x)
    v *= 0.5
    return first * np.sum(v)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


@case.parametrize()
def test_forward_over_reverse(case: Case) -> None:
    dots = directions(case)
    products = hvp(case.function, case.args, dots)
    assert_close_to_differences(case, dots, products)


@case.parametrize()
def test_reverse_over_reverse(case: Case) -> None:
    dots = directions(case)
    every = tuple(range(len(case.args)))
    _, pullback = vjp(grad(case.function, wrt=every), *case.args)
    assert_close_to_differences(case, dots, pullback(dots))


def directions(case: Case) -> tuple[Any, ...]:
    rng = np.random.default_rng(5)
    return tuple(
        rng.normal(size=np.shape(a)) if np.ndim(a) else rng.normal() for a in case.args
    )


def assert_close_to_differences(
    case: Case, dots: tuple[Any, ...], found: tuple[Any, ...]
) -> None:
    """The second derivatives along a direction are those of the gradient."""
    gradient = grad(case.function, wrt=tuple(range(len(case.args))))

    def along(step: float) -> np.ndarray:
        moved = [a + step * d for a, d in zip(case.args, dots)]
        return np.concatenate([np.ravel(g) for g in gradient(*moved)])

    step = 1e-5
    expected = (along(step) - along(-step)) / (2 * step)
    scale = np.max(np.abs(expected)) + 1e-3
    products = np.concatenate([np.ravel(product) for product in found])
    assert_allclose(products, expected, rtol=1e-5, atol=1e-6 * scale)
