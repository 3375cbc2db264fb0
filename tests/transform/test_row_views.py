"""Rows looked up before inner loops: the same gradients, and no error ahead of time."""

import numpy as np
import pytest

from sourcediff import grad, value_and_grad, vjp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(63)


def lower(A, w):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[j, :j]
            A[i, j] /= 1.0 + A[j, j] * A[j, j]
        A[i, i] += A[i, :i] @ A[i, :i]
    return np.sum(A * w)


def downwards(A, w):
    rows, columns = A.shape
    for i in range(1, rows):
        for j in range(columns):
            A[i, j] = A[i, j] * A[i - 1, j] + w[i, j]
            A[i, j:] *= 0.9
    return np.sum(A * A)


def three_deep(A, w):
    n, m = A.shape
    y = np.zeros((n, m, 2))
    for i in range(n):
        for j in range(m):
            for k in range(2):
                y[i, j, k] = A[i, j] * w[i, j] + k * A[i, 0]
                y[i, j, k] *= A[i, j]
    return np.sum(np.sin(y))


def beyond(A, w):
    """The last turn of the outer loop has no row, and reads none."""
    n = len(A)
    total = 0.0
    for i in range(n + 1):
        for j in range(3 if i < n else 0):
            total += A[i, j] * w[i, j] * A[i, 0]
    return total


def from_behind(A, w):
    n = len(A)
    total = 0.0
    for i in range(-2, n):
        for j in range(1, 3):
            total += A[i, j] * w[i, j] * A[i, 0]
    return total


def other_rows(A, w):
    """The loop runs over columns, of which there may be more than rows."""
    rows, columns = A.shape
    total = 0.0
    for i in range(columns):
        for j in range(rows):
            if i < rows:
                total += A[i, j % columns] * w[i, 0] * A[i, 0]
    return total


def bound_anew(A, w):
    n = len(A)
    for i in range(n):
        for j in range(2):
            A = A * 1.1
            A[i, j] = A[i, j] * w[i, j] + A[i, 0]
    return np.sum(A * A)


def index_bound_anew(A, w):
    n = len(A)
    for i in range(n):
        i //= 2  # noqa: PLW2901 - that is what is tested
        for j in range(2):
            A[i, j] = A[i, j] * w[i, j] + A[i, 0]
    return np.sum(A * A)


def by_numbers(A, w):
    n = len(A)
    order = np.array([2, 0])
    for i in range(n):
        for j in range(2):
            A[i, order] = A[i, order] * w[i, j] + A[i, j]
            A[i, order[j]] += A[i, 1]
    return np.sum(A * w)


def while_loops(A, w):
    n = len(A)
    for i in range(n):
        j = 0
        while j < i:
            A[i, j] = np.tanh(A[i, j] + A[i, :i] @ w[i, :i])
            j += 1
    return np.sum(A * A)


def whole_rows_stored(A, w):
    n = len(A)
    for i in range(n):
        for j in range(2):
            A[i, :] = A[i, :] * w[i, :] + A[i, j]
            A[i, 1:] = A[i, :-1] * w[j, 0]
    return np.sum(A * A)


def made_in_a_branch(A, w):
    rows = len(A)
    turns = 0
    if rows > 50:
        B = A * w
        turns = 3
    total = np.sum(A * w)
    for i in range(rows):
        for j in range(turns):
            total += B[i, j] * B[i, 0]
    return total


def views(A, w):
    B, n = A.T, len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] = A[i, j] * B[j, i] + A[i, :i] @ w[i, :i]
            B[i, j] *= w[i, j]
    return np.sum(A * A)


ALL = (
    lower,
    downwards,
    three_deep,
    beyond,
    from_behind,
    other_rows,
    bound_anew,
    index_bound_anew,
    by_numbers,
    while_loops,
    whole_rows_stored,
    made_in_a_branch,
)
SQUARE = (lower, by_numbers, while_loops, views)


def drawn(shape):
    return 0.6 * RNG.normal(size=shape), RNG.uniform(0.4, 1.6, size=shape)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("shape", [(5, 4), (3, 5), (6, 6)], ids=str)
def test_gradients(function, shape):
    if function in SQUARE or function is other_rows:
        shape = (shape[0], shape[0])
    order = 1 if function is made_in_a_branch else 2  # it runs on the tape
    check_grads(function, drawn(shape), wrt=(0, 1), order=order)


@pytest.mark.parametrize("size", [1, 3, 6])
def test_views_of_one_array(size):
    check_grads(views, drawn((size, size)), wrt=(0, 1))


@pytest.mark.parametrize("function", ALL)
def test_both_ways_agree_and_arguments_stay(function):
    A, w = drawn((6, 6))
    kept = A.copy(), w.copy()
    value, bars = value_and_grad(function, wrt=(0, 1))(A, w)
    np.testing.assert_array_equal(A, kept[0])
    np.testing.assert_array_equal(w, kept[1])
    assert value == function(A.copy(), w.copy())
    _, pullback = vjp(function, *kept)
    for one, other in zip(bars, pullback(1.0), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("function", [lower, downwards, three_deep])
def test_single_precision_and_layouts(function):
    A, w = drawn((6, 6))
    single = grad(function)(A.astype(np.float32), w.astype(np.float32))
    double = grad(function)(A, w)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=5e-3, atol=5e-3)
    np.testing.assert_allclose(
        grad(function)(np.asfortranarray(A), w.T.copy().T), double
    )


@pytest.mark.parametrize("function", [lower, downwards, while_loops])
def test_no_rows(function):
    assert grad(function)(np.zeros((0, 0)), np.zeros((0, 0))).shape == (0, 0)


def test_texts():
    A, w = drawn((6, 6))
    text = grad(lower).source_for(A, w)
    assert "A_bar_i = A_bar[i]" in text
    assert "A[i, j] -= A[i, :j] @ A[j, :j]" in text
    for function in (beyond, from_behind, bound_anew):
        assert "= A[i]\n" not in grad(function).source_for(A, w)
