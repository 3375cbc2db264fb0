"""Parts read where they were kept, vectors added to forwards: the same gradients."""

import numpy as np
import pytest

from sourcediff import grad, vjp
from sourcediff.testing import check_grads

RNG = np.random.default_rng(71)
X = RNG.normal(size=7)
W = RNG.normal(size=7)


def levinson(x, w):
    y = np.zeros_like(x)
    for k in range(1, len(x)):
        a = x[k] + np.dot(x[:k][::-1], y[:k])
        y[:k] += a * y[:k][::-1]
        y[k] = a * w[k]
    return np.sum(y * w)


def changed_in_between(x, w):
    y = x * w
    for k in range(1, len(x)):
        y[:k] *= w[k] * y[:k]
        y[k - 1] = y[k] * y[0]
        y[:k] += y[:k] * y[k - 1]
    return np.sum(y * y)


def by_a_view(x, w):
    y = x * w
    head = y[:4]
    for k in range(1, len(x)):
        y[:k] *= w[:k] * y[:k][::-1]
        head[0] = y[k] * head[1]
        y[1:k] += np.sin(head[0]) * y[1:k]
    return np.sum(y * y)


def moving_key(x, w):
    y = x * w
    k = 1
    for i in range(3):
        y[k : k + 3] *= w[i] * y[k : k + 3]
        k += i
        y[k : k + 3] += w[i] * y[k : k + 3] * y[k]
    return np.sum(y * x)


def read_as_a_whole(x, w):
    y = x * w
    for k in range(1, len(x)):
        y[:k] *= y[:k] * w[k]
        y *= np.sum(y) * w[k] + 1.0
    return np.sum(y * x)


def decided(x, w):
    y = x * w
    for k in range(1, len(x)):
        if y[k] > 0:
            y[:k] = y[:k] * y[:k] * w[k]
        else:
            y[k:] = np.sin(y[k:]) * y[k - 1]
    return np.sum(y * y)


def rows(x, w):
    m = np.outer(x, w)
    for k in range(1, len(x)):
        m[k, :k] *= m[k, :k] * m[k - 1, 0]
        m[:, k] += m[:, k] * m[0, k]
        m[1:, ::2][::-1] *= w[k]
    return np.sum(m * m)


def written_argument(x, w):
    for k in range(1, len(x)):
        x[:k] *= x[:k] * w[k]
    return np.sum(x * w)


def reversed_parts(x, w):
    y = np.zeros(7)
    y[::-1] += x
    y[1:][::-1] += x[:-1] * w[1:]
    y[::-1] *= w
    y[::-1] -= 2.0
    m = np.outer(y, w)
    m[::-1] += x
    return np.sum(m[::-1] * y[::-1]) + np.sum(x[::-1] * y[2])


FUNCTIONS = (
    levinson,
    changed_in_between,
    by_a_view,
    moving_key,
    read_as_a_whole,
    decided,
    rows,
    written_argument,
    reversed_parts,
)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_gradients(f):
    check_grads(f, (X, W), wrt=(0, 1), order=2)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_arguments_and_pullbacks(f):
    x, w = X.copy(), W.copy()
    expected = grad(f, wrt=(0, 1))(x, w)
    np.testing.assert_array_equal(x, X)
    value, pullback = vjp(f, x.copy(), w)
    assert value == f(x.copy(), w)
    for found, known in zip(pullback(1.0), expected, strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-12)


def test_nothing_is_put_back_that_is_read_where_it_was_kept():
    text = grad(levinson).source_for(X, W)
    assert "y[:k] = " not in text
    assert "y_before" in text
    assert "_bar[:k][::-1] " not in text


def test_single_precision_and_broadcasting():
    def scaled(x, w):
        y = np.zeros((7,), x.dtype)
        y[::-1] += w
        return np.sum(y * x * x)

    for w in (1.5, np.array([1.5]), W):
        check_grads(scaled, (X, w), wrt=(0, 1), order=2)
    assert grad(scaled)(X.astype(np.float32), 1.5).dtype == np.float32
