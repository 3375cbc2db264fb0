"""Stores of what shares memory with the target, element after element."""

from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp
from sourcediff.errors import CompileError
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import S, V, X

case = Cases()


@case(V, X)
def moved_to_the_front(v, x):
    u = v * x
    u[:2] = u[1::2]
    u[:3] = u[::2]
    u[1::2] = u[:2]
    u[:2] = u[3:]
    return np.sum(u**3 * v)


@case(V, X)
def equal_strides(v, x):
    u = v * x
    u[1:] = u[:-1]
    u[1:3], rest = u[2:4], 1.0
    u[::-1] = u
    a = u[:3]
    b = u[2:]
    a[:] = b
    np.copyto(u[2:], u[:3])
    return np.sum(u**3 * v) * rest


@case(S, X)
def rows_become_columns(s, x):
    m = s * x
    for i in range(3):
        m[i, :i] = m[:i, i]
    m[:, 1] = m[1]
    m[0] = m[:, 0]
    return np.sum(m**3 * s)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


# --- what NumPy reads after it has written it -----------------------------------------


def every_other(u: Any) -> None:
    u[::2] = u[:3]


def through_a_view(u: Any) -> None:
    w = u[::2]
    w[:] = u[:3]


def copied_to(u: Any) -> None:
    np.copyto(u[::2], u[:3])


def masked(u: Any) -> None:
    u[np.array([True, False, True, False, True])] = u[:3]


def column_of_a_row(u: Any) -> None:
    m = np.outer(u, u)
    m[:, 2] = m[1]
    u[:] = m[3]


TORN = [every_other, through_a_view, copied_to, masked, column_of_a_row]


@pytest.mark.parametrize("change", TORN, ids=lambda f: f.__name__)
def test_what_is_overwritten_before_it_is_read_is_an_error(change: Any) -> None:
    def energy(v: Any) -> Any:
        u = v * 2.0
        change(u)
        return np.sum(u**3 * v)

    with pytest.raises(CompileError, match="NumPy may store here"):
        grad(energy, fallback="error")(V)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        grad(energy)(V)
    dot = np.cos(V)
    _, found = jvp(energy, (V,), (dot,))  # runs as it is written
    step = 1e-6
    slope = (energy(V + step * dot) - energy(V - step * dot)) / (2 * step)
    np.testing.assert_allclose(found, slope, rtol=1e-6)


def test_flat_elements_of_the_array_itself() -> None:
    def energy(v: Any) -> Any:
        u = v * 2.0
        u.flat[1:] = u[:-1]
        return np.sum(u**3)

    with pytest.raises(CompileError, match="NumPy may store here"):
        grad(energy, fallback="error")(V)
