"""Sums over axes that products take: the same gradients, whatever the arrays are."""

import numpy as np
import pytest

from sourcediff import grad, hvp, value_and_grad
from sourcediff.derivatives import forward_dispatcher
from sourcediff.testing import check_grads

RNG = np.random.default_rng(12)
X = RNG.normal(size=(5, 4, 3))
W = RNG.normal(size=(5, 3, 6))
V = RNG.normal(size=(5, 3))


def squares(x, v):
    y = np.sin(x) * v[:, None]
    length = np.sum(y**2, axis=2)
    return np.sum(np.sqrt(1.0 + length) * length[:, :1])


def products(x, v):
    y, z = x * v[:, None], np.cos(x)
    along = np.sum(y * z, axis=-1)
    return np.sum(np.exp(-along * along))


def over_another_axis(x, v):
    y = x * v[:, None]
    return np.sum(np.exp(np.sum(y**2, axis=1)) + np.sum(y * x, axis=0)[0])


def kept(x, v):
    y = x * v[:, None]
    return np.sum(np.sqrt(1.0 + np.sum(y**2, axis=2, keepdims=True)) * v[:, None])


def shifted_products(x, v, data=X, w=W):
    y = data - v[:, None]
    z = y @ w
    return np.sum(np.sin(z) * x[:, :, :1])


def one_stack_for_all(x, v, data=X, w=W):
    y = data[:1] - v[:, None]
    z = y @ w[0]
    return np.sum(np.sin(z) * x[:, :, :1])


def matrices(x, v, data=X, w=W):
    y = data[0] - v[0]
    z = y @ w[0]
    return np.sum(np.sin(z) * x[0, :, :1])


def used_twice(x, v):
    y = x - v[:, None]
    z = y @ W
    return np.sum(np.sin(z)) + np.sum(y * y)


def lengths_of_vectors(x, v):
    y = np.sin(x[:, 0, 0]) * v[:, 0]
    length = np.sum(y**2)
    along = (y * v[:, 1]).sum() + np.sum(y[::-1] * y)
    z = y[1:] * y[:-1]
    return np.sqrt(1.0 + length) * along * np.sum(z * z) + np.sum(z**2)


def lengths_of_arrays(x, v):
    y = np.sin(x) * v[:, None]
    length = np.sum(y**2) * (y * x).sum()
    return np.cos(length) * np.sum(y * x)


ALL = (
    lengths_of_vectors,
    lengths_of_arrays,
    squares,
    products,
    over_another_axis,
    kept,
    shifted_products,
    one_stack_for_all,
    matrices,
    used_twice,
)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)
def test_gradients(function, order):
    x, v = np.asarray(X, order=order), np.asarray(V, order=order)
    check_grads(function, (x, v), wrt=(0, 1), order=2)
    for found, like in zip(grad(function, wrt=(0, 1))(x, v), (x, v), strict=True):
        assert found.shape == like.shape
        assert not np.shares_memory(found, like)


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)
def test_values_are_those_of_the_primal(function):
    value, _ = value_and_grad(function)(X, V)
    assert value == function(X, V)


@pytest.mark.parametrize("shape", [(5, 1, 3), (5, 0, 3), (5, 4, 0)])
@pytest.mark.parametrize(
    "function", [squares, products, over_another_axis, kept, lengths_of_arrays]
)
def test_short_axes(function, shape):
    x, v = RNG.normal(size=shape), RNG.normal(size=(5, shape[2]))
    if shape[1]:
        if shape[2]:
            check_grads(function, (x, v), wrt=(0, 1))
        x_bar, v_bar = grad(function, wrt=(0, 1))(x, v)
        assert x_bar.shape == shape
        assert v_bar.shape == v.shape


@pytest.mark.parametrize("function", [squares, products, kept, lengths_of_vectors])
def test_single_precision(function):
    x, v = X.astype(np.float32), V.astype(np.float32)
    single, double = grad(function)(x, v), grad(function)(X, V)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=2e-4, atol=2e-5)


def weighted(x, scales):
    y = np.sin(x)
    return np.sum(scales * np.sum(y**2, axis=2))


def test_rows_are_multiplied_and_added_at_once():
    scales = RNG.normal(size=X.shape[:2])
    check_grads(weighted, (X, scales))
    text = grad(weighted, wrt=(0, 1)).source_for(X, scales)
    assert "scales_bar = out_bar * np.vecdot(y, y)" in text


def test_sums_over_all_are_dot_products():
    text = grad(lengths_of_vectors).source_for(X, V)
    assert "out_bar * (z @ z)" in text
    assert "np.vdot(y, x)" in grad(lengths_of_arrays).source_for(X, V)


def test_the_values_of_the_primal_are_its_own():
    text = grad(lengths_of_vectors).source_for(X, V)
    assert "length = np.sum(y**2)" in text
    assert "length = np.sum(y**2, axis=2)" in grad(squares).source_for(X, V)


def test_the_gradient_is_that_of_the_branch_that_the_primal_takes():
    def clipped(x):
        s = np.sum(x * x)
        return 3.0 * np.sum(x) if s >= 1.0 else np.sum(x)

    gradient = grad(clipped)
    for v in RNG.normal(size=(60, 7)):
        x = v / np.sqrt(np.sum(v * v))  # so that the last bit of the sum decides
        assert gradient(x)[0] == (3.0 if np.sum(x * x) >= 1.0 else 1.0)


def test_what_is_summed_after_a_product_is_summed_before():
    text = grad(shifted_products, wrt=1).source_for(X, V, X, W)
    assert "sum(axis=1, keepdims=True) @" in text
    text = grad(matrices, wrt=1).source_for(X, V, X, W)
    assert ".sum(axis=0) @" in text


def shifted_and_weighted(v, w, data=X):
    y = data - v[:, None]
    z = y @ w
    return np.sum(np.sin(z) * data[:, :, :1])


def in_one_matrix(v, w, data=X):
    y = data[0] - v
    z = y @ w
    return np.sum(np.sin(z) * data[0, :, :1])


@pytest.mark.parametrize(
    ("function", "primals"),
    [
        (squares, (X, V)),
        (products, (X, V)),
        (shifted_products, (X, V)),
        (one_stack_for_all, (X, V)),
        (shifted_and_weighted, (V, W)),
        (in_one_matrix, (V[0], W[0])),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_products_with_the_hessian(function, primals):
    dots = tuple(RNG.normal(size=np.shape(x)) for x in primals)
    ahead = [x + 1e-5 * dot for x, dot in zip(primals, dots, strict=True)]
    behind = [x - 1e-5 * dot for x, dot in zip(primals, dots, strict=True)]
    gradient = grad(function, wrt=(0, 1))
    sides = zip(gradient(*ahead), gradient(*behind), strict=True)
    for found, (one, other) in zip(hvp(function, primals, dots), sides, strict=True):
        np.testing.assert_allclose(found, (one - other) / 2e-5, rtol=1e-6, atol=1e-6)


def test_rows_of_several_products_are_summed_before():
    gradient = grad(shifted_and_weighted, wrt=(0, 1))
    text = forward_dispatcher(gradient, ("v", "w"), False).find((V, W, X), {}).text
    assert text.count("sum(axis=1, keepdims=True)") == 2
    assert "y_tan_rows @ w + y @ w_dot" in text
    assert "np.swapaxes(y_tan_rows, -1, -2) @ z_bar_sum" in text
    assert "broadcast_to" not in text


def test_one_row_is_multiplied_by_one_matrix():
    gradient = grad(in_one_matrix, wrt=(0, 1))
    given = V[0], W[0], X
    text = forward_dispatcher(gradient, ("v", "w"), False).find(given, {}).text
    assert "y_tan_rows @ w + y @ w_dot" in text


def test_names_that_count_anew_are_known_by_what_they_hold():
    def distances(x, v):
        centred = np.exp(-((x - v[:, None]) ** 2)) * np.cos(x)
        y = (
            np.sin(np.sum(centred, axis=1) * v)
            * np.sum((v - 0.3) ** 2, axis=1)[:, None]
        )
        return np.sum(np.sum((np.tanh(x) - y[:, None]) ** 2, axis=1) * y)

    check_grads(distances, (X, V), wrt=(0, 1), order=2)
