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


@case(V, X)
def copied_before_they_are_stored(v, x):
    u = v * x
    some = np.array([False, True, True, False, True])
    np.putmask(u, some, u[::-1])
    np.put(u, [1, 2, 3], u[:3])
    u.put([0, 4], u[3:])
    np.add.at(u, [1, 2, 2], u[:3])
    np.subtract.at(u, [1, 2, 2], u[:3])
    np.copyto(u[1:], u[:-1], where=some[:4])
    np.place(u, some, u[:3] * 2.0)
    u.flat[1:] = u[:-1] + 1.0
    return np.sum(u**3 * v)


@case(V, X)
def written_by_keyword(v, x):
    u = v * x
    some = np.array([False, True, True, False, True])
    np.put(a=u, ind=[1, 2], v=v[:2])
    np.putmask(u, mask=some, values=u * v)
    np.place(arr=u, mask=some, vals=v * x)
    np.copyto(src=u[:2] * v[3:], dst=u[3:])
    np.fill_diagonal(a=u.reshape(5, 1), val=v[2])
    return np.sum(u**3 * v)


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


def placed(u: Any) -> None:
    np.place(u, np.array([False, True, True, True, True]), u[:4])


def placed_again_and_again(u: Any) -> None:
    w = u[:2]
    np.place(arr=u, mask=np.array([[False, True, True, True, True]]), vals=w)


def copied_where(u: Any) -> None:
    np.copyto(u[::2], u[:3], where=np.array([True, True, True]))


def flat_elements(u: Any) -> None:
    u.flat[1:] = u[:-1]


def listed_flat_elements(u: Any) -> None:
    u.flat[[1, 2, 3]] = u[:3]


def flat_elements_in_another_order(u: Any) -> None:
    m = np.outer(u, u).T
    m.flat[1:6] = m[0]
    u[:] = m[1]


def filled_diagonal(u: Any) -> None:
    m = np.outer(u, u)
    np.fill_diagonal(m, m.ravel()[4:9])
    u[:] = m[2]


def without_derivative(u: Any) -> None:
    c = np.arange(5.0)
    np.place(c, np.array([False, True, True, True, True]), c[:4])
    c.flat[1:] = c[:-1]
    u *= c


def filled_by_number(u: Any) -> None:
    u.flat = u[1:3]


RESPELLED = [
    *(placed, placed_again_and_again, copied_where, flat_elements, filled_diagonal),
    *(listed_flat_elements, flat_elements_in_another_order, without_derivative),
]


@pytest.mark.parametrize("change", [*RESPELLED, filled_by_number])
@pytest.mark.parametrize("mode", ["grad", "jvp"])
def test_what_numpy_s_functions_overwrite_is_an_error(change: Any, mode: str) -> None:
    def energy(v: Any) -> Any:
        u = v * 2.0
        change(u)
        return np.sum(u**3 * v)

    def run(**options: Any) -> Any:
        if mode == "grad":
            return grad(energy, **options)(V)
        return jvp(energy, (V,), (np.cos(V),), **options)

    cause = "NumPy may store here" if change in RESPELLED else "outside its language"
    with pytest.raises(CompileError, match=cause):
        run(fallback="error")
    for options in ({}, {"fallback": "always"}):
        with pytest.raises(RuntimeError, match="refer to a single memory location"):
            run(**options)


def apart(u: Any) -> None:
    u.flat[:2] = u[2:4]


def reversed_elements(u: Any) -> None:
    u.flat = u[::-1]


def placed_forwards(u: Any) -> None:
    np.place(u, np.array([True, True, True, False, False]), u[2:])


def filled_with_the_first_row(u: Any) -> None:
    m = np.outer(u, u)
    np.fill_diagonal(m, m[0])
    u[:] = m[2]


@pytest.mark.parametrize(
    "change", [apart, reversed_elements, placed_forwards, filled_with_the_first_row]
)
def test_the_tape_follows_what_is_read_in_time(change: Any) -> None:
    def energy(v: Any) -> Any:
        u = v * 2.0
        change(u)
        return np.sum(u**3 * v)

    step = 1e-6
    slopes = [
        (energy(V + step * e) - energy(V - step * e)) / (2 * step) for e in np.eye(5)
    ]
    found = grad(energy)(V)
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)
    found = grad(energy, fallback="always")(V)
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)


def test_what_is_written_by_keyword_under_another_name_is_an_error() -> None:
    def energy(v: Any) -> Any:
        u = v * 2.0
        write = np.copyto
        write(dst=u, src=v**2)
        return np.sum(u**3)

    with pytest.raises(CompileError, match="writes into a differentiated value"):
        grad(energy, fallback="error")(V)
    np.testing.assert_allclose(grad(energy)(V), 6 * V**5)
