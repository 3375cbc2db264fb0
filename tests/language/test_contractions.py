"""Sums of products over the last axis, in the adjoints of what broadcasts along it."""

import numpy as np

from sourcediff import grad
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, N, S, V, X

case = Cases()
WHOLE = np.array([[2, -1, 3], [1, 4, -2]])


@case(M, N)
def column_times_matrix(m, n):
    pull = np.sin(m[:, 0] * n[:, 1])
    return np.sum((pull[:, None] * m * n) ** 2)


@case(S, X)
def pairs_of_points(s, x):
    offset = s[np.newaxis, :, :] - s[:, np.newaxis, :]
    weight = 1.0 / (np.sum(offset**2, axis=-1) + x**2)
    force = np.sum(weight[:, :, np.newaxis] * offset, axis=1)
    return np.sum(force * s[:, :1])


@case(M, N)
def last_axis_is_broadcast_on_both_sides(m, n):
    rows = np.sum(m * n, axis=1, keepdims=True)
    return np.sum(rows * np.sum(n, axis=1)[:, None] ** 2 * m)


@case(M, X)
def factor_of_whole_numbers(m, x):
    scale = m[:, :1] * x
    return np.sum(scale * WHOLE * np.cos(m))


@case(M, X)
def cotangent_that_broadcasts(m, x):
    scale = np.exp(m[:, 1])
    return np.sum(scale[:, None] * m, axis=0)[2] * x


@case(M, N)
def bound_again_with_fewer_axes(m, n):
    m = m * n
    m = np.sum(m[:, :, None] * n[:, None, :] * m[:, None, :], axis=2)
    m = np.sum(m[:, :1] * n, axis=1)
    return np.sum(m**2)


@case(V, M)
def three_factors(v, m):
    a = v[:2]
    return np.sum(a[:, None] * m * np.sin(m) * m**2)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


def test_empty_and_narrow_precision() -> None:
    def scaled(p, o):
        return np.sum(p[:, None] * o * o)

    gradient = grad(scaled)
    assert gradient(np.zeros(0), np.zeros((0, 3))).shape == (0,)
    assert np.array_equal(gradient(np.ones(2), np.zeros((2, 0))), np.zeros(2))
    single = gradient(np.ones(2, np.float32), np.ones((2, 3), np.float32))
    assert single.dtype == np.float32
    assert np.array_equal(single, [3, 3])
    mixed = gradient(np.ones(2, np.float32), np.ones((2, 3)))
    assert mixed.dtype == np.float32
