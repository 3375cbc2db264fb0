"""Calls that change what is differentiated, where Python may not come to them."""

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
from tests.language.values import V, X

case = Cases()


@case(V, X)
def conditions_that_note_what_they_saw(v, x):
    seen = []

    def positive(e):
        seen.append(e)
        return e > 0

    if (positive(v[1]) and positive(v[0])) or positive(v[2]):
        x = x * len(seen)
    assert positive(v[3]) or positive(v[4])
    low = 0.5 if positive(x) or positive(v[0]) else 0.25
    return x * low * len(seen) + sum(seen)


def noted(seen: Any, e: Any) -> bool:
    seen.append(e)
    return e > 0


@case(V, X)
def conditions_by_a_function_from_outside(v, x):
    seen = [x]
    while len(seen) < 4 and (noted(seen, v[0]) or noted(seen, v[1])):
        x = x * 1.5
    return x * sum(seen)


def in_a_generator(v, x):
    seen = []
    if any(noted(seen, e) for e in v):
        x = x * 2.0
    return x * sum(seen)


def written_through_any_axes(t, x):
    u = t.transpose(2, 0, 1) * x
    w = u.reshape(3, -1)
    u[1, :, 1:] -= t[:, 1:, 0]
    w[:, 0] *= x
    return np.sum(u**2) + np.sum(w)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


@pytest.mark.parametrize(
    ("function", "args", "cause"),
    [
        (in_a_generator, (V, X), "a call in it may change what is differentiated"),
        (
            written_through_any_axes,
            (np.linspace(0.3, 1.9, 18).reshape(2, 3, 3), X),
            "reshape may give a view or a copy",
        ),
    ],
)
def test_refused_and_right_on_the_tape(function: Any, args: Any, cause: str) -> None:
    with pytest.raises(CompileError, match=cause):
        grad(function, wrt=(0, 1))(*args)
    names = function.__code__.co_varnames[:2]
    gradients = sourcediff.grad(function, wrt=names)(*args)
    assert_matches_differences(Case(function, args, {}, names), names, gradients)
