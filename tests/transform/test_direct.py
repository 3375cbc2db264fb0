"""Methods and floats where NumPy and Python would look first: the same gradients."""

import numpy as np
import pytest

from sourcediff import grad, value_and_grad
from sourcediff.testing import check_grads

RNG = np.random.default_rng(53)
X = RNG.normal(size=(5, 7))


def reductions(x):
    y = np.sum(x, axis=0) * np.mean(x)
    z = np.max(x, 1) + np.prod(x[:, 2:4], axis=1) - np.amin(x)
    return np.sum(y * np.std(x)) + 2 * np.sum(z * z)


def of_parts(x):
    total = 0.0
    for i in range(len(x)):
        total = total + np.sum(x[i]) * np.mean(x[i, 1:]) - np.max(x[:, 1] * x[:, 2])
    return 2 * total * total


def of_lists(x):
    return np.sum([x[0, 0] * x[1, 1], x[0, 1]]) + np.max((x[2, 2], x[3, 3] ** 2))


def of_numbers(x):
    return np.sum(x) * np.mean(x * x) + np.prod(3 * x)


def shadowed(x):
    rows = [np.sum(x) for x in x]
    return sum(rows) * np.sum(x)


@pytest.mark.parametrize("f", [reductions, of_parts, of_lists, shadowed])
def test_gradients(f):
    check_grads(f, (X,), order=2)
    value, gradient = value_and_grad(f)(X)
    assert value == f(X)  # to the last bit
    np.testing.assert_array_equal(gradient, grad(f)(X))


@pytest.mark.parametrize("x", [0.7, np.float64(0.7), np.array(0.7)])
def test_numbers_have_no_methods(x):
    check_grads(of_numbers, (x,), order=2)


def test_methods_and_floats_are_written():
    text = grad(reductions).source_for(X)
    _, _, backward = text.partition("# return")
    code = "".join(line.partition("#")[0] for line in backward.splitlines()[1:])
    assert "np.sum(" not in code
    assert "np.mean(" not in code
    assert "y.sum()" in code
    assert "2 * " not in code


def test_the_users_statements_stay_as_they_are():
    text = grad(reductions).source_for(X)
    assert "np.sum(x, axis=0)" in text.partition("# return")[0]


def test_lists_keep_their_functions():
    assert "np.max(" in value_and_grad(of_lists).source_for(X)


def test_single_precision_stays():
    x = X.astype(np.float32)
    gradient = grad(reductions)(x)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, grad(reductions)(X), rtol=2e-3, atol=1e-3)
    assert "2.0" not in grad(reductions).source_for(x)


def test_integers_stay_integers():
    def weighted(x, n):
        y = np.sum(n) * x
        return y[np.sum(n) % 3] * 2 + np.sum(y * (2 * n - 1))

    n = np.array([4, 1, 2, 7, 1])
    check_grads(lambda x: weighted(x, n), (X[:, 0],))
    text = value_and_grad(weighted).source_for(X[:, 0], n)
    assert "2 * n" in text


def test_the_users_numbers_stay_as_they_are():
    def doubled(x):
        y = 2 * x
        return y * y

    assert "y = 2 * x" in grad(doubled).source_for(0.7)
    assert grad(doubled)(0.7) == pytest.approx(5.6, rel=1e-15)


def test_masks_and_counts():
    def kept(x):
        many = np.any(x > 0) and not np.all(x > 0)
        return np.sum(np.cumsum(x[0])) if many else x[0, np.argmax(x[0])]

    check_grads(kept, (X,))
    check_grads(kept, (np.abs(X),))


@pytest.mark.parametrize("dtype", [float, np.float32, int])
@pytest.mark.parametrize("shape", [(4,), (1,), (5, 3), ()])
def test_means(dtype, shape):
    def centred(x, n):
        lack = np.mean(n) - n * np.mean(n[..., :1], -1, keepdims=True)
        return np.sum(np.mean(x) * x - x) + np.sum(lack) * np.mean(x, axis=0).sum()

    x = RNG.normal(size=(5, 7))
    n = np.asarray(RNG.normal(size=(2, *shape)) * 9).astype(dtype)
    value, _ = value_and_grad(centred)(x, n)
    assert value == centred(x, n)
    check_grads(centred, (x, n))


def test_means_in_cotangents():
    text = grad(reductions).source_for(X)
    assert "x - x.sum() / x.size" in text


def test_the_mean_of_an_empty_array_warns():
    def centred(x, n):
        return np.sum(x) * np.mean(n)

    with (
        pytest.warns(RuntimeWarning, match="Mean of empty slice"),
        np.errstate(invalid="ignore"),
    ):
        value, _ = value_and_grad(centred)(X, np.zeros(0))
    assert np.isnan(value)


def test_an_empty_array_has_no_largest():
    with pytest.raises(ValueError, match="zero-size"):
        value_and_grad(lambda x: np.max(x * x))(np.zeros(0))
