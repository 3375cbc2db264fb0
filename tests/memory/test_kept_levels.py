"""Levels of an array along its last axis that the reverse sweep reads again."""

import numpy as np
import pytest

from tests.compiled import grad
from tests.language.oracle import Case, Cases, check, check_pullback

case = Cases()
RNG = np.random.default_rng(27)
F = RNG.uniform(0.4, 1.3, (3, 5))
G = RNG.uniform(0.4, 1.3, (3, 5))
H = RNG.uniform(0.4, 1.3, (2, 3, 5))


@case(F, G)
def columns_of_air(f, g):
    """Elimination and substitution, as in a tridiagonal solver."""
    n = f.shape[1]
    c, d = np.empty_like(f), np.empty_like(f)
    for k in range(n):
        if k == 0:
            c[:, k] = g[:, k] / 3.0
            d[:, k] = f[:, k] * g[:, k]
        else:
            m = 1.0 / (3.0 - g[:, k] * c[:, k - 1])
            c[:, k] = g[:, k] * m
            d[:, k] = (f[:, k] + g[:, k] * d[:, k - 1]) * m
    for k in range(n - 2, -1, -1):
        d[:, k] -= c[:, k] * d[:, k + 1]
    return np.sum(d * d)


@case(F, G)
def read_from_the_end_at_first(f, g):
    """At k = 0, `a[:, k - 1]` is the last level, which is still zero."""
    a = np.zeros_like(f)
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k] + np.sin(a[:, k - 1]) * g[:, k] * f[:, k]
    return np.sum(a * a)


@case(F, G)
def last_level_is_read_before_it_is_stored(f, g):
    a = np.full_like(f, 0.7)
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * a[:, k - 1] * g[:, k]
    return np.sum(a * a)


@case(F, G)
def own_level_is_read_before_it_is_stored(f, g):
    a = np.full_like(f, 0.7)
    for k in range(f.shape[1]):
        b = a[:, k] * f[:, k]
        a[:, k] = b * g[:, k]
    return np.sum(a**3)


@case(F, G)
def own_level_is_read_after_it_is_stored(f, g):
    a, total = np.zeros_like(f), 0.0
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        total += np.sum(np.sin(a[:, k]) * a[:, k] * total + a[:, k] ** 3)
    return total


@case(F, G)
def stored_in_one_branch(f, g):
    a, total = np.full_like(f, 0.3), 0.2
    for k in range(f.shape[1]):
        if k % 2 == 0:
            a[:, k] = f[:, k] * g[:, k]
        total += np.sum(np.sin(a[:, k]) * f[:, k]) * total
    return total


@case(F, G)
def stored_in_both_branches(f, g):
    a, total = np.full_like(f, 0.3), 0.2
    for k in range(f.shape[1]):
        if k % 2 == 0:
            a[:, k] = f[:, k] * g[:, k]
        else:
            a[:, k] = np.sin(f[:, k]) * a[:, k - 1]
        total += np.sum(np.sin(a[:, k]) * f[:, k]) * total
    return total


@case(F, G)
def stored_twice(f, g):
    a, total = np.zeros_like(f), 0.2
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        total += np.sum(a[:, k] ** 2) * total
        a[:, k] = np.sin(f[:, k]) * a[:, k]
        total += np.sum(a[:, k] ** 2) * total
    return total


@case(F, G)
def added_to_later(f, g):
    a, total = np.zeros_like(f), 0.2
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        a[:, k] += np.sin(g[:, k])
        total += np.sum(a[:, k] ** 2) * total
    return total


@case(F, G)
def neighbours_are_written(f, g):
    a, total = np.zeros((3, 6)), 0.2
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k] * a[:, k]
        a[:, k + 1] = np.sin(g[:, k])
        total += np.sum(a[:, k] ** 2) * total
    return total + np.sum(a * a)


@case(F, G)
def overwritten_by_a_later_loop(f, g):
    a, total = np.zeros_like(f), 0.2
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        total += np.sum(np.exp(a[:, k]) * a[:, k])
    for k in range(f.shape[1]):
        a[:, k] = a[:, k - 1] * f[:, k] * total
    return np.sum(a * a)


@case(F, G)
def read_by_later_loops(f, g):
    a, total = np.zeros_like(f), 0.2
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        total += np.sum(a[:, k] ** 2)
    for j in range(f.shape[1]):
        total += np.sum(f[:, j] * a[:, j - 1]) * total
        for i in range(2):
            total += np.sum(g[:, j] * a[:, i] * a[:, j])
    return total


@case(F, G)
def the_list_is_shorter(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    for k in range(f.shape[1] - 2):
        a[:, k] = f[:, k] * g[:, k]
        total += np.sum(a[:, k] ** 2)
    for j in range(f.shape[1]):
        total += np.sum(f[:, j] * a[:, j - 1]) * total
    return total


@case(F, G)
def a_view_was_taken_before(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    last = a[:, -1]
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        last *= g[:, k]
        total += np.sum(np.exp(a[:, k]) * total)
    return total + np.sum(last)


@case(F, G)
def a_view_is_written_in_the_loop(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        row = a[1]
        row[k] = np.sin(row[k] * total)
        total += 0.1 * np.sum(np.exp(a[:, k]))
    return total


@case(F, G)
def arguments_are_written(f, g):
    for k in range(f.shape[1]):
        f[:, k] = f[:, k - 1] * g[:, k]
    return np.sum(f * f)


@case(F, G)
def left_early(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    for k in range(f.shape[1]):
        if k == 3:
            break
        a[:, k] = f[:, k] * g[:, k] * total
        total += np.sum(np.sin(a[:, k]))
    return total + np.sum(a * a)


@case(F, G)
def one_number_for_a_level(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    for k in range(f.shape[1]):
        a[:, k] = np.sum(f[:, k] * g[:, k]) * total / 9
        total += 0.1 * np.sum(np.sin(a[:, k]) * f[:, k])
    return total


@case(F, G)
def other_ranges(f, g):
    a, b, total = np.full_like(f, 0.6), np.full_like(f, 0.3), 0.2
    for k in range(1, f.shape[1]):
        a[:, k] = f[:, k] * a[:, k - 1] * total
        total += np.sum(np.sin(a[:, k]))
    for k in range(f.shape[1] - 1, -1, -1):
        b[:, k] = f[:, k] * g[:, k] * total
        total += np.sum(np.sin(b[:, k]) * b[:, k - 1])
    return total


@case(F, G)
def inside_of_another_loop(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    for _ in range(3):
        for k in range(f.shape[1]):
            a[:, k] = np.sin(f[:, k] * a[:, k] * total)
            total += 0.1 * np.sum(np.sin(a[:, k]))
    return total


@case(F, G)
def an_inner_loop_stores(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    for k in range(f.shape[1]):
        for _ in range(2):
            a[:, k] = f[:, k] * a[:, k] * total
        total += np.sum(np.sin(a[:, k]))
    return total


@case(F, G)
def the_value_has_a_name(f, g):
    a, total = np.full_like(f, 0.6), 0.2
    for k in range(f.shape[1]):
        t = f[:, k] * g[:, k]
        a[:, k] = t
        t *= total
        total += np.sum(np.sin(a[:, k]) * t)
    return total


@case(H, G)
def the_middle_axis(h, g):
    a, total = np.zeros_like(h), 0.2
    for k in range(h.shape[1]):
        a[:, k, :] = np.sin(h[:, k] * g[k])
        total += np.sum(np.sin(a[:, k, :]) * a[:, k, :]) * total
    return total


@case(H, G)
def the_middle_axis_in_two_ways(h, g):
    a, total = np.zeros_like(h), 0.2
    for k in range(h.shape[1]):
        a[:, k] = np.sin(h[:, k] * g[k])
        total += np.sum(np.sin(a[:, k]) * a[:, k, :]) * total
    return total


@case(np.asfortranarray(F), G)
def another_order_of_memory(f, g):
    a, total = np.zeros_like(f), 0.2
    for k in range(f.shape[1]):
        a[:, k] = f[:, k] * g[:, k]
        total += np.sum(np.sin(a[:, k]) * a[:, k]) * total
    return total


@case(F, G)
def no_iteration(f, g):
    a, total = np.full_like(f, 0.5), 0.2
    for k in range(len(g) - 3):
        a[:, k] = f[:, k] * g[:, k]
        total += np.sum(np.sin(a[:, k]))
    return total + np.sum(a * f)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_single_precision(case: Case) -> None:
    found = grad(case.function, (0, 1))(*(x.astype(np.float32) for x in case.args))
    exact = grad(case.function, (0, 1))(*case.args)
    for single, double in zip(found, exact, strict=True):
        np.testing.assert_allclose(single, double, rtol=2e-3, atol=2e-3)


KEPT = {
    the_list_is_shorter: ("a_levels[k]", "a[:, j - 1]"),
    no_iteration: ("a_levels[k]",),
    columns_of_air: ("c_levels[k - 1]", "d_levels[k - 1]", "c_levels[k]"),
    own_level_is_read_after_it_is_stored: ("a_levels[k]",),
    overwritten_by_a_later_loop: ("a_levels[k]",),
    read_by_later_loops: ("a_levels[k]", "a_levels[j - 1]"),
    the_middle_axis: ("a_levels[k]",),
}


@pytest.mark.parametrize("function", KEPT, ids=lambda f: f.__name__)
def test_levels_are_kept(function) -> None:
    arguments = next(c.args for c in case if c.function is function)
    text = grad(function, (0, 1)).source_for(*arguments)
    for part in KEPT[function]:
        assert part in text


@pytest.mark.parametrize(
    "function",
    [c.function for c in case if c.function not in KEPT],
    ids=lambda f: f.__name__,
)
def test_others_are_not(function) -> None:
    arguments = next(c.args for c in case if c.function is function)
    text = grad(function, (0, 1)).source_for(*arguments)
    assert "_levels" not in text


def test_nothing_is_put_back_that_is_kept() -> None:
    text = grad(columns_of_air, (0, 1)).source_for(F, G)
    assert "d_saved" not in text
