"""Loops along another axis than the first: cotangents have it first meanwhile."""

import numpy as np
import pytest

from sourcediff.testing import check_grads
from tests.compiled import grad
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, V, W, X

case = Cases()
B = np.random.default_rng(5).normal(size=(2, 4, 3))


@case(M, X)
def columns(m, x):
    """Each column from the one before: a time series."""
    y = np.empty_like(m)
    y[:, 0] = x * m[:, 0]
    for k in range(1, m.shape[1]):
        y[:, k] = np.sin(y[:, k - 1]) * m[:, k] + m[:, k - 1]
    return np.sum(y * y)


@case(M, X)
def columns_backwards(m, x):
    y = m * x
    for k in range(m.shape[1] - 2, -1, -1):
        y[:, k] -= y[:, k + 1] * m[:, k]
        y[:, k + 1] *= m[:, k + 1]
    return np.sum(y**3)


@case(B, X)
def middle_axis(b, x):
    y = np.zeros_like(b)
    for k in range(1, b.shape[1]):
        y[:, k, :] = b[:, k, :] * b[:, k - 1, :] + x * y[:, k - 1, :]
    return np.sum(y * y[::-1])


@case(B, X)
def last_axis(b, x):
    y = b * x
    for k in range(b.shape[2] - 1):
        y[:, :, k + 1] *= y[:, :, k] + b[:, :, k + 1] * b[:, :, k]
    return np.sum(y)


@case(M, X)
def columns_from_the_end(m, x):
    y = np.zeros_like(m)
    for k in range(m.shape[1]):
        y[:, -k] = m[:, k] * m[:, -1 - k] * x
    return np.sum(y * y)


@case(M, V)
def rows_and_columns(m, v):
    y = m.copy()
    for k in range(2):
        y[:, k] *= v[k] * m[:, k + 1]
        y[k] *= v[k + 1] * m[k]
    return np.sum(y * y)


@case(M, X)
def several_columns_at_once(m, x):
    columns = np.array([0, 2])
    y = np.zeros_like(m)
    for k in range(1):
        y[:, columns + k] = m[:, columns + k] * x
        y[:, columns] += m[:, columns] * m[:, columns]
    return np.sum(y * y)


@case(M, X)
def names_of_columns(m, x):
    y = m * x
    for k in range(1, m.shape[1]):
        now, before = y[:, k], y[:, k - 1]
        now *= before + m[:, k] * m[:, k - 1]
    return np.sum(y * y)


@case(M, X)
def no_trip(m, x):
    y = m * x
    for k in range(1, m.shape[1] - 9):
        y[:, k] = y[:, k - 1] * m[:, k] * m[:, k - 1]
    return np.sum(y * m)


@case(M, X)
def view_of_all(m, x):
    y = m * x
    z = y[1:]
    for k in range(1, m.shape[1]):
        y[:, k] = y[:, k - 1] * m[:, k] + m[:, k - 1]
        z[:, k] *= 2.0
    return np.sum(y * y) + np.sum(z)


@case(M, X)
def read_afterwards(m, x):
    y = np.zeros_like(m)
    for k in range(1, m.shape[1]):
        y[:, k] = m[:, k] * m[:, k - 1]
    m2 = m * y
    for k in range(1, m.shape[1]):
        m2[:, k] += m[:, k] * x * m2[:, k - 1]
    return np.sum(m2 * m)


@case(M, X, 0)
def column_that_changes(m, x, k):
    y = m * x
    for _ in range(2):
        y[:, k] *= m[:, k] * m[:, k + 1]
        k = k + 1
    return np.sum(y)


@case(M, W)
def two_arguments(m, w):
    y = np.empty((m.shape[0], m.shape[1] + 1))
    y[:, 0] = w[: m.shape[0]]
    for k in range(m.shape[1]):
        y[:, k + 1] = y[:, k] * m[:, k] + np.cos(m[:, k])
    return np.mean(y**2)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


@pytest.mark.parametrize("primal", [columns, columns_backwards])
def test_gradients_of_gradients(primal) -> None:
    def turned(m, x):
        return np.sum(grad(primal)(m, x) * np.cos(m))

    check_grads(turned, (M.copy(), X), wrt=(0, 1))


@pytest.mark.parametrize("order", ["C", "F"])
def test_order_in_memory(order) -> None:
    m = np.array(M, order=order)
    m_bar = grad(columns_backwards)(m, X)
    np.testing.assert_allclose(m_bar, grad(columns_backwards)(M.copy(), X), rtol=1e-13)


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (1, 1)])
def test_empty(shape) -> None:
    m = np.full(shape, 0.7)
    assert grad(columns_backwards)(m, X).shape == shape


def test_the_axis_comes_first() -> None:
    source = grad(columns_backwards).source_for(M, X)
    assert "y_bar = y_bar.T.copy()" in source
    assert "return m_bar.T.copy()" in grad(columns).source_for(M, X)
    assert "transpose" in grad(last_axis).source_for(B, X)
