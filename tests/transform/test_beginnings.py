"""What begins as a number and becomes an array; what is chosen; literal displays."""

from typing import Any

import numpy as np
import pytest

from sourcediff.testing import check_grads
from tests.compiled import grad

RNG = np.random.default_rng(31)
X, W = RNG.normal(size=(2, 4)) + 0.2


def horner(x, w):
    s = 1.3
    for c in (0.5, -1.5, 2.0):
        s = c + x * s
    return np.sum(s * w)


def summed_on(x, w):
    s = 0.0
    for i in range(3):
        t = s * x
        s = s + np.sum(w * t) + x * i
    return np.sum(s * w)


def in_a_branch(x, w):
    s = 2.0
    if x[0] > 0:
        s = x * w
    return np.sum(s * w * x)


def begins_active(x, w):
    s = x[0] * 2.0
    for _ in range(3):
        s = s * w
    return np.sum(s)


def grows_a_dimension(x, w):
    s = 1.5
    for _ in range(3):
        v = s * np.sin(x)[:, None] * w[None, :]
        s = v * 0.5 + s * s
    return np.sum(s * v)


def until_it_is_large(x, w):
    s = 1.5
    total = 0.0
    while np.sum(s) < 100.0:
        total = total + s * w
        s = s * 1.5 + x * x
    return np.sum(total * s)


def popped_with_a_number(x, w):
    saved = []
    s = 0.0
    for i in range(3):
        saved.append((s, s * x))
        s = s + np.sum(w) * i + x * i
    total = np.sum(s)
    for _ in range(3):
        s, t = saved.pop()
        total = total + np.sum(s * w) + np.sum(t * t)
    return total


def broken_off(x, w):
    y = 1.0
    for c in (1, 2, -3, 4):
        y = y * np.sum(x) * c + y * y
        if c == -3:
            break
    return y * w[0]


def passed_over(x, w):
    y = 1.0
    for c in [0.5, -1.5, 2.0]:
        if c < 0:
            continue
        y = y * c + x * w
    return np.sum(y * y)


def listed_tuple(x, w):
    total = 0.0
    for v in (x[0], w[1], np.sum(x * w)):
        total += v * v
    return total


def chosen(x, w):
    y = np.where(x > 0, np.sin(w), 3.0 * w) + np.where(w > 0, x, x * w)
    z = np.where(x > 0.1, 1.0 - y, y) * np.where(x[0] > 0, y, -2 * y)
    return np.sum(z * x)


def chosen_by_rows(x, w):
    rows = np.where((w > 0)[:, None], x, -3.0 * x)
    return np.sum(rows * w[:, None] * x)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    "function",
    [
        horner,
        summed_on,
        in_a_branch,
        begins_active,
        grows_a_dimension,
        until_it_is_large,
        popped_with_a_number,
        broken_off,
        passed_over,
        listed_tuple,
        chosen,
        chosen_by_rows,
    ],
)
def test_both_orders_are_right(function: Any, sign: float) -> None:
    arguments = (X * [sign, 1.0, 1.0, 1.0], W)
    grad(function, wrt=(0, 1))(*arguments)
    check_grads(function, arguments, wrt=(0, 1), order=2)


def test_a_number_that_becomes_an_array_needs_no_sum() -> None:
    assert "unbroadcast" not in grad(horner).source_for(X, W)
    assert "unbroadcast" in grad(begins_active).source_for(X, W)


def test_a_choice_is_made_once() -> None:
    def mirrored(x, w):
        tail = np.sin(x) * w
        return np.sum(np.where(x > 0, 1.0 - tail, tail) * w)

    text = grad(mirrored).source_for(X, W)
    code = [line for line in text.splitlines() if "#" not in line]
    choices = ("where(", "(1.0 - 2.0 *")
    assert sum(text in line for line in code for text in choices) == 1


def test_a_literal_display_needs_no_list() -> None:
    for function in (horner, broken_off, passed_over):
        assert "list(" not in grad(function).source_for(X, W)


def test_what_is_not_chosen_gets_nothing_of_an_infinite_cotangent() -> None:
    def root(x, w):
        return np.sum(np.sqrt(np.where(x > 0, w, x)))

    with np.errstate(divide="ignore"):
        x, w = np.array([1.5, 2.5]), np.array([0.0, 4.0])
        x_bar, w_bar = grad(root, wrt=(0, 1))(x, w)
    np.testing.assert_array_equal(x_bar, [0.0, 0.0])
    np.testing.assert_array_equal(w_bar, [np.inf, 0.25])
