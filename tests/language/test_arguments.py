"""What kinds of arguments are accepted, and what comes back for them."""

# Programs as users write them.
# ruff: noqa: PLW0108, RUF059

import copy
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sourcediff.errors import OverlapError, SourcediffError
from tests.compiled import grad, value_and_grad, vjp
from tests.language.oracle import Case, assert_matches_differences, check
from tests.language.values import M, S, V, W, X


def energy(v: Any, w: Any) -> Any:
    return np.sum(v * v * w) + np.sum(w)


def written(v: Any, w: Any) -> Any:
    v[1:] *= w[:-1]
    v[0] = w[-1]
    return np.sum(v * v * w)


def written_matrix(m: Any, v: Any) -> Any:
    m[0] *= v
    t = m.T
    t[0] = v[: len(m)]
    return np.sum(m * m)


def case(function: Any, *args: Any) -> Case:
    names = function.__code__.co_varnames[: len(args)]
    return Case(function, args, {}, names)


ORDERS = {
    "contiguous": V.copy(),
    "strided": np.repeat(V, 2)[::2],
    "reversed": V[::-1].copy()[::-1],
    "column": np.stack([V, W], axis=1)[:, 0],
}
MATRICES = {
    "c_order": M.copy(),
    "f_order": np.asfortranarray(M),
    "transposed": np.ascontiguousarray(M.T).T,
    "strided": np.repeat(M, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("function", [energy, written])
def test_memory_order_of_vectors(function: Any, name: str) -> None:
    check(case(function, ORDERS[name], W))


@pytest.mark.parametrize("name", MATRICES)
def test_memory_order_of_matrices(name: str) -> None:
    check(case(written_matrix, MATRICES[name], V[:3]))


def raveled(m: Any) -> Any:
    r = m.ravel()
    r[1] = 0.3
    r *= 2.0
    return np.sum(m * m) + np.sum(r)


@pytest.mark.parametrize("name", MATRICES)
def test_ravel_is_a_view_or_a_copy_by_memory_order(name: str) -> None:
    check(case(raveled, MATRICES[name]))


@pytest.mark.parametrize("function", [energy, written])
def test_read_only_arguments(function: Any) -> None:
    v, w = V.copy(), W.copy()
    w.flags.writeable = False
    gradient = grad(function, wrt=(0, 1))(v, w)
    assert_matches_differences(case(function, V, W), ("v", "w"), gradient)
    v.flags.writeable = False
    if function is energy:
        gradient = grad(function, wrt=(0, 1))(v, w)
        assert_matches_differences(case(function, V, W), ("v", "w"), gradient)


def test_gradients_are_the_callers_own() -> None:
    def linear(v: Any, w: Any) -> Any:
        return np.sum(v * w)

    v, w = V.copy(), W.copy()
    v_bar, w_bar = grad(linear, wrt=(0, 1))(v, w)
    for gradient in (v_bar, w_bar):
        assert gradient.flags.writeable
        assert not np.may_share_memory(gradient, v)
        assert not np.may_share_memory(gradient, w)
    assert not np.may_share_memory(v_bar, w_bar)


def test_gradients_of_one_call_do_not_share_memory() -> None:
    def added(v: Any, w: Any) -> Any:
        return np.sum((v + w) ** 2)

    v_bar, w_bar = grad(added, wrt=(0, 1))(V, W)
    assert v_bar.flags.writeable
    v_bar *= 2.0
    assert_allclose(w_bar, 2 * (V + W))


def test_gradient_of_a_sum_is_writeable() -> None:
    gradient = grad(lambda v: np.sum(v))(V)
    gradient += 1.0
    assert_array_equal(gradient, 2.0 * np.ones(5))


def test_pullback_does_not_return_its_seed() -> None:
    y, pullback = vjp(lambda v: v, V.copy())
    seed = np.ones(5)
    (v_bar,) = pullback(seed)
    v_bar *= 3.0
    assert_array_equal(seed, np.ones(5))


def test_same_array_for_two_parameters() -> None:
    v = V.copy()
    v_bar, w_bar = grad(energy, wrt=(0, 1))(v, v)
    expected = grad(energy, wrt=(0, 1))(v, v.copy())
    assert_array_equal(v_bar, expected[0])
    assert_array_equal(w_bar, expected[1])


@pytest.mark.parametrize(
    ("v", "w"),
    [
        (lambda a: a, lambda a: a),
        (lambda a: a[1:], lambda a: a[:-1]),
        (lambda a: a[::2], lambda a: a[:3]),
    ],
    ids=["same", "shifted", "strided"],
)
def test_overlapping_arguments_that_are_written(v: Any, w: Any) -> None:
    """Refused, or the derivative of what really happens to the shared memory."""
    a = V.copy()
    try:
        gradients = grad(written, wrt=(0, 1))(v(a), w(a))
    except SourcediffError:
        return
    finally:
        assert_array_equal(a, V)

    def together(a: Any) -> Any:
        a = a.copy()
        return written(v(a), w(a))

    total = np.zeros(5)
    v(total)[...] += gradients[0]
    w(total)[...] += gradients[1]
    assert_matches_differences(case(together, V), ("a",), (total,))


def test_disjoint_parts_of_one_array_that_are_written() -> None:
    a = np.concatenate([V, W])
    gradients = grad(written, wrt=(0, 1))(a[:5], a[5:])
    assert_matches_differences(case(written, V, W), ("v", "w"), gradients)
    b = np.stack([V, W], axis=1)
    try:
        gradients = grad(written, wrt=(0, 1))(b[:, 0], b[:, 1])
    except OverlapError:  # their bounds overlap, and more is not asked
        return
    assert_matches_differences(case(written, V, W), ("v", "w"), gradients)


@pytest.mark.parametrize("function", [energy, written])
def test_float32(function: Any) -> None:
    v, w = V.astype(np.float32), W.astype(np.float32)
    value, (v_bar, w_bar) = value_and_grad(function, wrt=(0, 1))(v, w)
    expected = grad(function, wrt=(0, 1))(V, W)
    assert v_bar.dtype == w_bar.dtype == np.float32
    assert np.asarray(value).dtype == np.float32
    assert_allclose(v_bar, expected[0], rtol=1e-5)
    assert_allclose(w_bar, expected[1], rtol=1e-5)


def test_float32_and_float64_together() -> None:
    gradients = grad(energy, wrt=(0, 1))(V.astype(np.float32), W)
    assert [g.dtype for g in gradients] == [np.float32, np.float64]
    expected = grad(energy, wrt=(0, 1))(V, W)
    assert_allclose(gradients[0], expected[0], rtol=1e-5)
    assert_allclose(gradients[1], expected[1], rtol=1e-5)


def test_float32_stays_with_python_numbers() -> None:
    def scaled(v: Any, s: Any) -> Any:
        a = v * s + 1.5
        a[0] *= 2.0
        return np.sum(a * a)

    v_bar, s_bar = grad(scaled, wrt=(0, 1))(V.astype(np.float32), 1.25)
    assert v_bar.dtype == np.float32
    expected = grad(scaled, wrt=(0, 1))(V, 1.25)
    assert_allclose(v_bar, expected[0], rtol=1e-5)
    assert_allclose(s_bar, expected[1], rtol=1e-5)


def cubed(x: Any) -> Any:
    return x * x * x


@pytest.mark.parametrize(
    "x", [np.array(1.5), np.float64(1.5), np.float32(1.5), np.array(1.5, np.float32)]
)
def test_zero_dimensional(x: Any) -> None:
    gradient = grad(cubed)(x)
    assert np.shape(gradient) == ()
    assert np.asarray(gradient).dtype == np.asarray(x).dtype
    assert_allclose(gradient, 6.75)


def test_one_gradient_object_for_all_kinds() -> None:
    gradient = grad(lambda x: np.sum(x * x))
    assert gradient(1.5) == 3.0
    assert_array_equal(gradient(np.array(1.5)), 3.0)
    assert_array_equal(gradient(V), 2 * V)
    assert_array_equal(gradient(M), 2 * M)
    assert gradient(V.astype(np.float32)).dtype == np.float32
    assert_array_equal(gradient(M[:0]), np.zeros((0, 3)))
    assert_array_equal(gradient(M[:, :1]), 2 * M[:, :1])
    assert gradient(2.5) == 5.0


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty(shape: tuple[int, ...]) -> None:
    def total(v: Any, x: Any) -> Any:
        a = v * x
        a += 1.0
        for i in range(len(v)):
            a[i] *= 2.0
        return np.sum(a * a) + x

    v_bar, x_bar = grad(total, wrt=(0, 1))(np.zeros(shape), 1.5)
    assert v_bar.shape == shape
    assert x_bar == 1.0


def test_length_one_does_not_broadcast_by_accident() -> None:
    def product(a: Any, b: Any) -> Any:
        return np.sum(a * b)

    gradient = grad(product, wrt=(0, 1))
    for n, k in [(3, 3), (1, 3), (3, 1), (1, 1), (4, 4), (1, 4)]:
        a, b = V[:n], W[:k]
        a_bar, b_bar = gradient(a, b)
        assert a_bar.shape == a.shape
        assert b_bar.shape == b.shape
        assert_matches_differences(case(product, a, b), ("a", "b"), (a_bar, b_bar))


@pytest.mark.parametrize(
    "x", [3, np.arange(3), np.int64(2), True, [1, 2], "text", None]
)
def test_what_is_no_float_is_refused(x: Any) -> None:
    with pytest.raises(SourcediffError):
        grad(cubed)(x)


def test_integer_arrays_beside_floats() -> None:
    def weighted(v: Any, n: Any) -> Any:
        return np.sum(v * n) * n[0] + np.sum(v[n[:2]] ** 2)

    n = np.array([2, 1, 4, 3, 0])
    check(Case(weighted, (V, n), {}, ("v",)))


def test_lists_of_floats_for_arrays() -> None:
    def converted(values: Any) -> Any:
        v = np.array(values)
        v[0] *= v[1]
        return np.sum(v * v) + values[2]

    check(case(converted, [0.7, 1.3, -0.4]))


def test_list_passed_to_numpy_directly() -> None:
    check(
        case(lambda values: np.sum(values) * np.dot(values, values), [0.7, 1.3, -0.4])
    )


def test_mutable_default() -> None:
    kept = np.array([1.5, 2.5])

    def scaled(x: Any, table: Any = kept) -> Any:
        table[0] = table[0] * x
        return np.sum(table) * x

    gradient = grad(scaled)
    first = gradient(1.2)
    assert_array_equal(kept, [1.5, 2.5])
    assert gradient(1.2) == first
    assert_allclose(first, 2 * 1.5 * 1.2 + 2.5)


def test_default_changed_between_calls() -> None:
    kept = np.array([1.5, 2.5])

    def scaled(x: Any, table: Any = kept) -> Any:
        return np.sum(table) * x

    gradient = grad(scaled)
    assert_allclose(gradient(1.2), 4.0)
    kept[0] = 7.0
    assert_allclose(gradient(1.2), 9.5)
    scaled.__defaults__ = (np.array([1.0, 1.0, 1.0]),)
    assert_allclose(gradient(1.2), 3.0)


def test_arguments_in_structures_stay_untouched() -> None:
    def advance(state: Any) -> Any:
        state["u"][0] = 3.0
        state["parts"][0][1] *= 2.0
        state["n"] = 5
        return np.sum(state["u"] ** 2) * np.sum(state["parts"][0])

    state = {"u": V.copy(), "parts": [W.copy(), 3], "n": 4}
    kept = copy.deepcopy(state)
    gradient = grad(advance)(state)
    assert_array_equal(state["u"], kept["u"])
    assert_array_equal(state["parts"][0], kept["parts"][0])
    assert state["n"] == 4
    assert gradient["n"] is None
    assert gradient["parts"][1] is None
    assert_matches_differences(
        case(advance, {"u": V, "parts": [W, 3], "n": 4}), ("state",), (gradient,)
    )


def test_shared_array_inside_a_structure() -> None:
    """One array under two keys: refused, or right."""

    def advance(state: Any) -> Any:
        state["a"][0] = state["b"][1] * 2.0
        return np.sum(state["a"] * state["b"])

    shared = V.copy()
    try:
        gradient = grad(advance)({"a": shared, "b": shared})
    except SourcediffError:
        return

    def together(v: Any) -> Any:
        v = v.copy()
        return advance({"a": v, "b": v})

    total = gradient["a"] + gradient["b"]
    assert_matches_differences(case(together, V), ("v",), (total,))


def test_subclass_of_array() -> None:
    class Tagged(np.ndarray):
        pass

    v = V.copy().view(Tagged)
    try:
        gradient = grad(energy)(v, W)
    except SourcediffError:
        return
    assert_allclose(np.asarray(gradient), 2 * V * W)


def test_masked_and_matrix_are_not_silently_wrong() -> None:
    masked = np.ma.masked_array(V, mask=[True, False, False, False, False])
    try:
        gradient = grad(lambda v: np.sum(v * v))(masked)
    except SourcediffError:
        return
    assert np.ma.filled(gradient, 0.0)[0] == 0.0


def test_wrong_number_of_arguments() -> None:
    for args in [(), (V, W, X)]:
        with pytest.raises(TypeError, match="argument"):
            grad(energy)(*args)
    with pytest.raises(TypeError, match="unexpected keyword"):
        grad(energy)(V, W, z=1.0)


def test_seed_is_no_parameter_of_the_gradient() -> None:
    with pytest.raises(TypeError):
        grad(energy)(V, W, 2.0)
    with pytest.raises(TypeError):
        grad(energy)(V, W, out_bar=2.0)


def test_matrix_argument_is_left_alone_with_views() -> None:
    def update(m: Any) -> Any:
        for i in range(3):
            row = m[i]
            row[:i] *= m[0, 0]
        return np.sum(m * m)

    check(case(update, S))
