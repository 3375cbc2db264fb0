"""A maximum whose shift cancels has no derivative; any other one keeps its own."""

import inspect
from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(23)
X = RNG.normal(size=(5, 4))
W = RNG.normal(size=(5, 4))
V = RNG.normal(size=6)
LABELS = np.array([2, 0, 3, 1, 1])


def log_sum_exp_of_rows(x, w):
    top = np.max(x, axis=1, keepdims=True)
    total = np.log(np.sum(np.exp(x - top), axis=1)) + np.squeeze(top, axis=1)
    return np.sum(total * w[:, 0])


def log_sum_exp_of_all(x, w):
    top = x.max()
    return (top + np.log(np.exp(x - top).sum())) * w[0, 0]


def log_sum_exp_of_columns(x, w):
    top = np.max(x, axis=0)
    return np.sum((np.log(np.exp(x - top).sum(axis=0)) + top) * w[0])


def softmax(x, w):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.sum(w * e / e.sum(axis=-1, keepdims=True))


def softmax_in_place(x, w):
    e = x * 1.5
    e -= np.max(e, axis=1, keepdims=True)
    e = np.exp(e)
    e /= np.sum(e, axis=1)[:, None]
    return np.sum(w * e)


def cross_entropy_of_labels(x, w):
    scores = x * w
    scores -= np.max(scores, axis=1, keepdims=True)
    rows = np.arange(len(x))
    log_norm = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(log_norm - scores[rows, LABELS])


def shifted_twice(x, w):
    total = 0.0
    for i in range(3):
        row = x[i] * w[i]
        top = np.min(row)
        total += np.log(np.sum(np.exp(2.0 * (row - top)))) + 2.0 * top
    return total


def of_transposed(x, w):
    top = np.max(x, axis=1)
    return np.sum(np.log(np.sum(np.exp(x.T - top), axis=0)) * 1.5 + 1.5 * top)


def in_a_tuple(x, w):
    top, scale = np.max(x), w[1, 2]
    return (np.log(np.mean(np.exp(x - top))) + top) / scale


CANCELLED = [
    log_sum_exp_of_rows,
    log_sum_exp_of_all,
    log_sum_exp_of_columns,
    softmax,
    softmax_in_place,
    cross_entropy_of_labels,
    shifted_twice,
    of_transposed,
    in_a_tuple,
]


def never_added_back(x, w):
    top = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - top), axis=1)) * w[:, 0])


def added_back_twice(x, w):
    top = np.max(x)
    return np.log(np.sum(np.exp(x - top))) + 2 * top


def labels_of_other_rows(x, w):
    scores = x - np.max(x, axis=1, keepdims=True)
    rows = np.array([4, 3, 1, 0, 0])
    log_norm = np.log(np.sum(np.exp(scores), axis=1))
    return np.sum(w[:, 0] * (log_norm - scores[rows, LABELS]))


def labels_of_fewer_rows(x, w):
    scores = x - np.max(x, axis=1, keepdims=True)
    log_norm = np.log(np.sum(np.exp(scores), axis=1))
    return np.sum(w[:, 0] * (log_norm - scores[np.arange(1), LABELS[:1]]))


def summed_over_the_wrong_axis(x, w):
    top = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - top), axis=0)) * w[0]) + np.sum(top)


def scaled_unevenly(x, w):
    top = np.max(x)
    return np.log(np.sum(np.exp(0.7 * (x - top)))) + top


def plus_something(x, w):
    top = np.max(x)
    return np.log(1.0 + np.sum(np.exp(x - top))) + top


def seen_through_a_view(x, w):
    scores = x * w
    first = scores[0]
    scores -= np.max(scores)
    return np.log(np.sum(np.exp(scores))) - scores[1, 2] + np.sum(first)


def written_into(x, w):
    scores = x - np.max(x)
    scores[1, 2] = w[0, 0] * 1.0
    return np.log(np.sum(np.exp(scores))) - scores[0, 0]


def kept_for_the_next_iteration(x, w):
    total, last = 0.0, 0.0
    for i in range(4):
        row = x[i] * w[i]
        top = np.max(row)
        total += np.log(np.sum(np.exp(row - top))) + last
        last = top
    return total + last * 2.0


def in_one_branch(x, w):
    top = np.max(x)
    shifted = x
    if w[0, 0] < 100.0:
        shifted = x - top
    return np.log(np.sum(np.exp(shifted)))


def read_by_a_lambda(x, w):
    top = 0.0
    read = lambda: top * top  # noqa: E731
    top = np.max(x)
    return np.log(np.sum(np.exp(x - top))) + top + read()


def with_a_column(x, w):
    top = np.max(x, axis=0)
    squares = np.exp(x[:4, :4] - top) / np.exp(x[:4, :4] - top[:, None])
    return np.sum(squares * w[:4])


NOT_CANCELLED = [
    never_added_back,
    added_back_twice,
    labels_of_other_rows,
    labels_of_fewer_rows,
    summed_over_the_wrong_axis,
    scaled_unevenly,
    plus_something,
    seen_through_a_view,
    written_into,
    kept_for_the_next_iteration,
    in_one_branch,
    read_by_a_lambda,
    with_a_column,
]


@pytest.mark.parametrize("function", [*CANCELLED, *NOT_CANCELLED])
def test_derivatives_are_right(function: Any) -> None:
    check_grads(function, (X, W), wrt=(0, 1))


@pytest.mark.parametrize("function", CANCELLED)
def test_pushforwards_are_right(function: Any) -> None:
    x_dot, w_dot = RNG.normal(size=(2, 5, 4))
    step = 1e-5
    above = function(X + step * x_dot, W + step * w_dot)
    below = function(X - step * x_dot, W - step * w_dot)
    _, dot = jvp(function, (X, W), (x_dot, w_dot))
    assert dot == pytest.approx((above - below) / (2 * step), rel=1e-7)


@pytest.mark.parametrize("function", CANCELLED)
def test_second_derivatives_are_right(function: Any) -> None:
    check_grads(function, (X, W), wrt=(0, 1), order=2, rtol=1e-4)


@pytest.mark.parametrize("function", CANCELLED)
def test_shifts_that_cancel_have_no_cotangent(function: Any) -> None:
    text = grad(function, wrt=(0, 1)).source_for(X, W)
    assert "tie_shares" not in text
    assert "top_bar" not in text


@pytest.mark.parametrize("function", NOT_CANCELLED)
def test_other_extremes_have_one(function: Any) -> None:
    assert "tie_shares" in grad(function).source_for(X, W), inspect.getsource(function)


def test_ties_do_not_matter() -> None:
    x = np.array([[1.5, 1.5, -0.25, 1.5], [0.5, -1.0, 0.5, 0.25]])
    w = RNG.normal(size=(2, 4))
    check_grads(softmax, (x, w), wrt=0)


def test_rows_that_may_be_single_are_left_alone() -> None:
    for shape in ((1, 4), (5, 1), (1, 1)):
        x, w = RNG.normal(size=(2, *shape))
        check_grads(log_sum_exp_of_rows, (x, w), wrt=(0, 1))
        check_grads(softmax, (x, w), wrt=(0, 1))
        check_grads(log_sum_exp_of_columns, (x, w), wrt=(0, 1))
