"""Applying rules: which arguments are wanted, how calls bind, what is refused."""

import math
import operator
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sourcediff.rules import declare, lookup
from sourcediff.rules.apply import like, pullback, pushforward
from sourcediff.rules.binding import bind, replace
from sourcediff.rules.components import component, on_reals


@pytest.fixture
def forgotten() -> Any:
    """Functions whose rules are removed after the test."""
    functions: list[Callable[..., Any]] = []
    yield functions
    declare.forget(functions)


def test_an_unwanted_partial_is_not_computed() -> None:
    """The logarithm of a negative base would warn, and warnings are errors here."""
    x = np.array([-1.5, 2.5])
    x_bar, n_bar = pullback(lookup(np.power), x**2.0, (x, 2.0), {}, x, (True, False))
    np.testing.assert_allclose(x_bar, 2 * x * x)
    assert n_bar is None


def test_integers_have_no_cotangent_by_default() -> None:
    x = np.array([1.5, 2.5])
    bars = pullback(lookup(np.multiply), x * [2, 3], (x, np.array([2, 3])), {}, x)
    np.testing.assert_allclose(bars[0], [3.0, 7.5])
    assert bars[1] is None


def test_a_rule_that_leaves_the_choice_to_its_body_is_cut_in_every_return() -> None:
    base_partial = component(lookup(np.power), 0)
    assert base_partial(0.25, -0.5, -2) == pytest.approx(-2 * (-0.5) ** -3)
    assert base_partial(1.0, -0.5, 0) == 0


@pytest.mark.parametrize("wanted", [(True, True), (True, False), (False, True)])
def test_a_product_of_reals_does_not_copy_them(wanted: tuple[bool, bool]) -> None:
    rng = np.random.default_rng(7)
    x, y, z_bar = rng.normal(size=(300, 20)), rng.normal(size=20), rng.normal(size=300)
    call = (lookup(np.matmul), x @ y, (x, y), {}, z_bar)
    x_bar, y_bar = pullback(*call, wanted)
    x_dot, y_dot = rng.normal(size=x.shape), rng.normal(size=y.shape)
    if wanted[0]:
        assert np.vdot(x_bar, x_dot) == pytest.approx(np.vdot(z_bar, x_dot @ y))
    if wanted[1]:
        assert np.vdot(y_bar, y_dot) == pytest.approx(np.vdot(z_bar, x @ y_dot))
    pullback(*call, (False, True))  # compiled at the first call
    tracemalloc.start()
    pullback(*call, (False, True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes / 2


def test_what_a_rule_computes_from_reals_is_still_conjugated() -> None:
    """The steps of the adjoint of `hfft` are complex also where both ends are real."""

    def twice_conjugated(y_bar: Any, x: Any) -> Any:
        turned = 1j * x
        x = np.conj(turned) * y_bar
        return np.conj(x), np.conj(y_bar)

    assert on_reals(twice_conjugated)(2.0, 3.0)[0] == 6j


def test_a_component_keeps_the_file_and_lines_of_the_rule() -> None:
    code = component(lookup(np.power), 0).__code__
    assert code.co_filename.endswith("arithmetic.py")
    assert code.co_firstlineno > 10


def test_a_rule_without_a_tuple_to_cut_is_called_as_a_whole(forgotten: Any) -> None:
    def product(x: float, y: float) -> float:
        return x * y

    forgotten.append(product)

    @declare.elementwise(product)
    def product_rule(z, x, y):  # type: ignore[no-untyped-def]
        return tuple(partial for partial in (y, x))

    rule = declare.lookup(product)
    assert pullback(rule, 6.0, (2.0, 3.0), {}, 1.0, (False, True)) == (None, 2.0)


def test_a_rule_in_a_closure_is_called_as_a_whole(forgotten: Any) -> None:
    def product(x: float, y: float) -> float:
        return 5.0 * x * y

    forgotten.append(product)
    factor = 5.0

    @declare.multilinear(product)
    def product_rule(z_bar, x, y):  # type: ignore[no-untyped-def]
        return factor * z_bar * y, factor * z_bar * x

    rule = declare.lookup(product)
    assert pullback(rule, 30.0, (2.0, 3.0), {}, 1.0, (False, True)) == (None, 10.0)
    assert pushforward(rule, 30.0, (2.0, 3.0), {}, (1.0, 1.0)) == 25.0


def test_keywords_and_defaults_bind() -> None:
    A = np.arange(6.0).reshape(2, 3)
    seed = np.array([[1.0], [10.0]])
    kwargs = {"keepdims": True, "axis": 1, "a": A}
    A_bar, _ = pullback(lookup(np.sum), A.sum(1, keepdims=True), (), kwargs, seed)
    np.testing.assert_array_equal(A_bar, [[1.0] * 3, [10.0] * 3])


def test_a_function_may_have_defaults_of_its_own() -> None:
    A = np.arange(6.0).reshape(2, 3)
    rule = lookup(np.add.reduce)
    assert rule is lookup(np.sum)
    assert bind(rule, (A,), {}, np.sum).args[1] is None
    assert bind(rule, (A,), {}, np.add.reduce).args[1] == 0
    for axis in (None, 1):
        assert bind(rule, (A, axis), {}, np.add.reduce).args[1] is axis


def test_an_option_that_the_rule_does_not_know_is_refused() -> None:
    x = np.ones(2)
    with pytest.raises(TypeError, match=r"nansum\(\).*where"):
        pullback(lookup(np.nansum), 1.0, (x,), {"where": x > 0}, 1.0)
    # NumPy takes out here; it must not be mistaken for keepdims
    with pytest.raises(TypeError, match="positional"):
        pullback(lookup(np.sum), 2.0, (x, 0, np.float32, x), {}, 1.0)


@pytest.mark.parametrize("args", [(2, 3), ((2, 3),), ([2, 3],)])
def test_a_method_takes_a_tuple_as_separate_arguments(args: Any) -> None:
    rule, x = lookup(np.ndarray.reshape), np.arange(6.0)
    bound = bind(rule, (x, *args), {}, np.ndarray.reshape)
    assert tuple(bound.args[1]) == (2, 3)
    y_dot = pushforward(
        rule, x.reshape(*args), (x, *args), {}, (x,), np.ndarray.reshape
    )
    np.testing.assert_array_equal(y_dot, x.reshape(2, 3))


def test_replacing_leaves_the_spelling_of_the_call() -> None:
    rule = lookup(np.average)
    assert replace(rule, (1.0,), {"weights": 2.0}, {"weights": 3.0, "a": 4.0}) == (
        (4.0,),
        {"weights": 3.0},
    )


def test_a_list_has_a_list_of_cotangents() -> None:
    x = [[1.5, 2.5], [3.5, 4]]
    seed = np.array([[1.0, 2.0], [3.0, 4.0]])
    bars = pullback(lookup(np.array), np.array(x), (x,), {}, seed)
    assert bars == ([[1.0, 2.0], [3.0, None]],)


def test_like_keeps_tuples_and_precision() -> None:
    x = (np.zeros(2, np.float32), 1.5)
    a_bar, b_bar = like((np.ones(2), np.float64(2.5)), x)
    assert a_bar.dtype == np.float32
    assert (b_bar, type(b_bar)) == (2.5, float)


def test_tangents_of_a_list_may_be_partly_none() -> None:
    x = [np.ones(2), np.ones(3)]
    y_dot = pushforward(
        lookup(np.concatenate), np.ones(5), (x,), {}, ([np.full(2, 7.0), None],)
    )
    np.testing.assert_array_equal(y_dot, [7.0, 7.0, 0.0, 0.0, 0.0])


def test_no_tangent_at_all_is_a_zero_tangent() -> None:
    x = np.ones(2)
    for function in (np.multiply, np.vdot):
        result = function(x, x)
        y_dot = pushforward(lookup(function), result, (x, x), {}, (None, None))
        np.testing.assert_array_equal(y_dot, np.zeros_like(result))


def test_a_real_argument_of_a_complex_result_takes_the_real_part() -> None:
    x, c = np.array([1.5, 2.5]), np.array([1 + 2j, 3 - 1j])
    x_bar, c_bar = pullback(lookup(np.multiply), x * c, (x, c), {}, np.array([1j, 2]))
    np.testing.assert_allclose(x_bar, np.real(np.array([1j, 2]) * np.conj(c)))
    np.testing.assert_allclose(c_bar, x * np.array([1j, 2]))


def test_what_has_no_derivative_says_so() -> None:
    x = np.ones(2)
    with pytest.raises(TypeError, match="floor is passive"):
        pullback(lookup(np.floor), x, (x,), {}, x)
    with pytest.raises(TypeError, match="setitem is mutation"):
        pushforward(lookup(operator.setitem), None, (x, 0, 1.0), {}, (x,))


def test_a_rule_without_pushforward_says_what_is_missing(forgotten: Any) -> None:
    def cube(x: float) -> float:
        return x**3

    forgotten.append(cube)

    @declare.rule(cube)
    def cube_rule(y_bar, y, x):  # type: ignore[no-untyped-def]
        return 3 * x * x * y_bar

    assert pullback(declare.lookup(cube), 8.0, (2.0,), {}, 1.0) == (12.0,)
    with pytest.raises(TypeError, match="@jvp"):
        pushforward(declare.lookup(cube), 8.0, (2.0,), {}, (1.0,))


def test_numbers_of_the_math_module_stay_numbers() -> None:
    for function in (math.sin, math.exp, math.gamma, math.hypot):
        args = (0.7,) * (2 if function is math.hypot else 1)
        bars = pullback(lookup(function), function(*args), args, {}, 1.0)
        first = bars[0][0] if isinstance(bars[0], list | tuple) else bars[0]
        assert type(first) is float


def test_an_argument_without_derivative_is_refused(forgotten: Any) -> None:
    def scaled(x: float, name: float) -> float:
        return 2 * x

    forgotten.append(scaled)

    @declare.elementwise(scaled)
    def scaled_rule(y, x, name):  # type: ignore[no-untyped-def]
        return 2, None

    rule = declare.lookup(scaled)
    assert pullback(rule, 3.0, (1.5, 1.0), {}, 1.0, (True, False)) == (2.0, None)
    with pytest.raises(TypeError, match="scaled_rule has no derivative"):
        pullback(rule, 3.0, (1.5, 1.0), {}, 1.0)
