"""Second and higher derivatives, Jacobians and Hessians against differences."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
)
from sourcediff.errors import (
    NoAuxiliary,
    NonScalarResult,
    SeedError,
    SourcediffError,
)
from sourcediff.matrices import Jacobian
from tests import compiled
from tests.programs import NAMES, load
from tests.programs._differences import (
    arguments,
    as_tuple,
    direction,
    leaves,
    map_tree,
    positions,
    shifted,
)

V = np.array([0.71, -1.13, 0.42])
W = np.array([1.23, 0.64, -0.91])
STEP = 1e-3
#: The value is linear in what these are differentiated by.
LINEAR = {"jacobi_2d"}


def differences(function: Any, point: Any, dot: Any) -> Any:
    """A derivative by fourth-order differences of a function of one array."""
    h = STEP
    near = function(point + h * dot) - function(point - h * dot)
    far = function(point + 2 * h * dot) - function(point - 2 * h * dot)
    return (8 * near - far) / (12 * h)


# --- programs -----------------------------------------------------------------------------  # noqa: E501


def gradient_differences(module: Any, args: Any, dots: Any) -> list[np.ndarray]:
    gradient = grad(module.PRIMAL, wrt=module.WRT)

    def along(step: float) -> list[np.ndarray]:
        moved = list(copy.deepcopy(args))
        for position, dot in zip(positions(module), dots, strict=True):
            moved[position] = map_tree(
                lambda leaf, d: shifted(leaf, d, step), moved[position], dot
            )
        found = leaves(as_tuple(module, gradient(*moved)))
        return [np.asarray(leaf) for leaf in found if leaf is not None]

    pairs = zip(
        along(STEP), along(-STEP), along(2 * STEP), along(-2 * STEP), strict=True
    )
    return [(8 * (a - b) - (c - d)) / (12 * STEP) for a, b, c, d in pairs]


@pytest.mark.parametrize("name", NAMES)
def test_hessian_products_of_programs(name: str) -> None:
    module = load(name)
    args = arguments(module)
    rng = np.random.default_rng(3)
    dots = tuple(direction(args[p], rng) for p in positions(module))
    tangents: list[Any] = [None] * len(args)
    for position, dot in zip(positions(module), dots, strict=True):
        tangents[position] = dot
    kept = copy.deepcopy(args)
    products = hvp(module.PRIMAL, args, tangents)
    for one, other in zip(leaves(args), leaves(kept), strict=True):
        np.testing.assert_array_equal(one, other)
    found = leaves(tuple(products[p] for p in positions(module)))
    expected = gradient_differences(module, args, dots)
    scale = max(np.max(np.abs(e), initial=0.0) for e in expected)
    assert name in LINEAR or scale > 1e-6
    for one, other in zip((f for f in found if f is not None), expected, strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-6 * scale + 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_pullbacks_of_gradients_of_programs(name: str) -> None:
    """Reverse over reverse: the adjoint of our own adjoint."""
    module = load(name)
    args = arguments(module)
    rng = np.random.default_rng(3)
    dots = tuple(direction(args[p], rng) for p in positions(module))
    gradient = compiled.grad(module.PRIMAL, wrt=module.WRT)
    _, pullback = compiled.vjp(gradient, *copy.deepcopy(args))
    bars = pullback(dots if isinstance(module.WRT, tuple) else dots[0])
    found = list(leaves(tuple(bars[p] for p in positions(module))))
    expected = gradient_differences(module, args, dots)
    scale = max(np.max(np.abs(e), initial=0.0) for e in expected)
    for one, other in zip((f for f in found if f is not None), expected, strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-6 * scale + 1e-9)


# --- orders and modes of one function -----------------------------------------------------  # noqa: E501


def wave(x, w):
    u = np.sin(x * w)
    u[1:] *= x[:-1]
    total = 0.0
    for i in range(len(u)):
        total += u[i] ** 3 / (1.0 + x[i] ** 2)
    return total + np.exp(-np.sum(x)) * w[0]


def cubic(x):
    return np.sin(x) * x**3


gradient_of_wave = grad(wave)


def through_a_gradient(x, w):
    slope = gradient_of_wave(x, w)
    return np.sum(slope * w) + slope[0] ** 2


def numeric_hessian(x: np.ndarray) -> np.ndarray:
    rows = [differences(lambda p: grad(wave)(p, W), x, e) for e in np.eye(len(x))]
    return np.stack(rows)


def test_all_ways_to_a_hessian_agree() -> None:
    expected = numeric_hessian(V)
    assert_allclose(hessian(wave)(V, W), expected, rtol=1e-7, atol=1e-9)
    assert_allclose(jacobian(grad(wave))(V, W), expected, rtol=1e-7, atol=1e-9)
    dot = np.array([0.3, -1.2, 0.8])
    along = expected @ dot
    assert_allclose(hvp(wave, (V, W), (dot, None))[0], along, rtol=1e-7, atol=1e-9)
    assert hvp(wave, (V, W), (dot, None))[1] is None
    slope, slope_dot = jvp(grad(wave), (V, W), (dot, None))
    assert_allclose(slope, grad(wave)(V, W), rtol=1e-12)
    assert_allclose(slope_dot, along, rtol=1e-7, atol=1e-9)
    slope, pullback = vjp(grad(wave), V, W)
    assert_allclose(pullback(dot)[0], along, rtol=1e-7, atol=1e-9)
    assert_allclose(jvp(lambda x: jvp_of_wave(x, dot), (V,), (W,))[1], W @ along)


def jvp_of_wave(x, dot):
    return gradient_of_wave(x, W) @ dot


def test_gradient_of_a_gradient_of_a_number() -> None:
    for order, function in enumerate(
        (grad(cubic), grad(grad(cubic)), grad(grad(grad(cubic))))
    ):

        def before(x: Any, order: int = order) -> Any:
            inner = cubic
            for _ in range(order):
                inner = grad(inner)
            return inner(x)

        expected = differences(before, 0.7, 1.0)
        assert_allclose(function(0.7), expected, rtol=1e-8)


def test_fourth_derivative_by_mixed_modes() -> None:
    third = grad(grad(grad(cubic)))
    expected = differences(third, 0.7, 1.0)
    assert_allclose(jvp(third, (0.7,), (1.0,))[1], expected, rtol=1e-8)
    assert_allclose(hessian(grad(grad(cubic)))(0.7), expected, rtol=1e-8)


def test_a_gradient_inside_a_function() -> None:
    expected = differences(lambda x: through_a_gradient(x, W), V, W)
    assert_allclose(grad(through_a_gradient)(V, W) @ W, expected, rtol=1e-8)
    assert_allclose(jvp(through_a_gradient, (V, W), (W, None))[1], expected, rtol=1e-8)
    value, slope = value_and_grad(through_a_gradient)(V, W)
    assert_allclose(value, through_a_gradient(V, W), rtol=1e-12)
    assert_allclose(slope @ W, expected, rtol=1e-8)


def test_mixed_second_derivative() -> None:
    def inner(x, w):
        return grad(wave, wrt=0)(x, w)

    by_w = jacobian(gradient_of_wave, wrt=1)(V, W)
    rows = [differences(lambda w: inner(V, w), W, e) for e in np.eye(3)]
    assert_allclose(by_w, np.stack(rows, axis=1), rtol=1e-7, atol=1e-9)


def test_a_redefined_function_is_compiled_again() -> None:
    def outer(x):
        return np.sum(square(x) ** 2)

    scope = outer.__globals__
    scope["square"] = lambda x: x * x
    assert_allclose(hvp(outer, (V,), (W,))[0], 12 * V**2 * W)
    assert_allclose(jvp(outer, (V,), (W,))[1], np.sum(4 * V**3 * W))
    scope["square"] = lambda x: 2.0 * x
    assert_allclose(hvp(outer, (V,), (W,))[0], 8 * W)
    assert_allclose(jvp(outer, (V,), (W,))[1], np.sum(8 * V * W))


square: Any = None


# --- Jacobians --------------------------------------------------------------------------  # noqa: E501


def polar(p):
    return np.array([p[0] * np.cos(p[1]), p[0] * np.sin(p[1]), p[0] * p[2]])


def numeric_jacobian(function: Any, x: np.ndarray) -> np.ndarray:
    columns = []
    for index in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[index] = 1.0
        columns.append(differences(function, x, unit))
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(np.shape(function(x)) + x.shape)


def wide(x):
    return np.array([np.sum(x**2), x[0, 0] * x[1, 2]])


def tall(x):
    return np.outer(np.sin(x), x) * x[0]


@pytest.mark.parametrize("function", [polar, tall])
def test_jacobians_of_vectors(function: Any) -> None:
    expected = numeric_jacobian(function, V)
    assert_allclose(jacobian(function)(V), expected, rtol=1e-8, atol=1e-10)


def test_wide_jacobian_runs_rows() -> None:
    x = np.array([[0.31, -0.72, 1.13], [0.94, 0.45, -1.06]])
    expected = numeric_jacobian(wide, x)
    assert_allclose(jacobian(wide)(x), expected, rtol=1e-8, atol=1e-10)


def test_jacobian_of_a_scalar_function_is_its_gradient() -> None:
    assert_allclose(jacobian(wave)(V, W), grad(wave)(V, W), rtol=1e-12)
    assert jacobian(cubic)(0.7) == pytest.approx(grad(cubic)(0.7))


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_jacobian_of_nothing(shape: Any) -> None:
    x = np.zeros(shape)
    assert jacobian(lambda x: x * 2.0)(x).shape == shape + shape
    assert jacobian(lambda x: np.sum(x) + 1.0)(x).shape == shape
    assert hessian(lambda x: np.sum(x**2))(x).shape == shape + shape
    assert jacobian(lambda y: np.zeros(shape) * y)(2.5).shape == shape


def test_jacobian_of_structures() -> None:
    def model(params, s):
        return {"a": params["w"] * s, "n": 3, "b": params["c"] * s**2}

    params = {"w": V, "c": 0.5, "steps": 4}
    found = jacobian(model, wrt=("params", "s"))(params, 1.7)
    by_params, by_s = found["a"]
    assert_allclose(by_params["w"], 1.7 * np.eye(3))
    assert_allclose(by_params["c"], np.zeros(3))
    assert by_params["steps"] is None
    assert_allclose(by_s, V)
    assert found["n"] is None
    assert found["b"][1] == pytest.approx(2 * 0.5 * 1.7)


def test_hessian_of_several_arguments() -> None:
    blocks = hessian(wave, wrt=(0, "w"))(V, W)
    assert_allclose(blocks[0][0], numeric_hessian(V), rtol=1e-7, atol=1e-9)
    assert_allclose(blocks[0][1], blocks[1][0].T, rtol=1e-10, atol=1e-12)


def test_written_arguments_stay() -> None:
    def model(x):
        x[1:] *= x[:-1]
        return x * 2.0

    x = V.copy()
    found = jacobian(model)(x)
    np.testing.assert_array_equal(x, V)
    assert_allclose(found, numeric_jacobian(lambda p: model(p.copy()), V), atol=1e-9)

    def total(x):
        x[1:] *= x[:-1]
        return np.sum(x**2)

    jacobian(total)(x)
    hessian(total)(x)
    np.testing.assert_array_equal(x, V)


def test_jacobian_objects() -> None:
    @jacobian
    def model(x):
        """Some model."""
        return x * x

    assert isinstance(model, Jacobian)
    assert model.__doc__ == "Some model."
    assert_allclose(model(V), np.diag(2 * V))
    assert_allclose(model.primal(V), V * V)
    again = pickle.loads(pickle.dumps(jacobian(polar)))
    assert_allclose(again(V), jacobian(polar)(V))
    with pytest.raises(SourcediffError, match="without floats"):
        jacobian(lambda n: n * 2)(3)


def test_auxiliary_results() -> None:
    def model(x):
        y = np.sin(x)
        return y * x, {"y": y, "n": 2}

    found, aux = jacobian(model, has_aux=True)(V)
    assert_allclose(found, np.diag(np.sin(V) + V * np.cos(V)))
    assert_allclose(aux["y"], np.sin(V))

    def energy(x):
        return np.sum(x**3), x * 2.0

    found, aux = jacobian(energy, has_aux=True)(V)
    assert_allclose(found, 3 * V**2)
    assert_allclose(aux, 2 * V)


def loss_and_state(x, w):
    y = np.sin(x)
    y *= y[0] * w
    y[1:] = y[:-1] * x[1:]
    state = {"y": y, "n": len(x)}
    return np.sum(y**2), state


def loss_alone(x: Any, w: Any) -> Any:
    return loss_and_state(x, w)[0]


def pair_by_name(x):
    pair = np.sum(x**3), x[1:]
    return pair  # noqa: RET504


@pytest.mark.parametrize("fallback", ["error", "always"])
def test_gradients_with_auxiliary_results(fallback: Any) -> None:
    """Also where the reverse sweep puts back what the auxiliary result is made of."""
    value, state = loss_and_state(V, W)
    expected = differences(lambda x: loss_alone(x, W), V, W)
    found, aux = grad(loss_and_state, has_aux=True, fallback=fallback)(V, W)
    assert_allclose(found @ W, expected, rtol=1e-8)
    assert_allclose(aux["y"], state["y"], rtol=1e-14)
    assert aux["n"] == 3
    both = value_and_grad(loss_and_state, wrt=(0, "w"), has_aux=True, fallback=fallback)
    (again, aux), (by_x, by_w) = both(V, W)
    assert_allclose(again, value, rtol=1e-14)
    assert_allclose(aux["y"], state["y"], rtol=1e-14)
    assert_allclose(by_x, found, rtol=1e-12)
    by_difference = differences(lambda w: loss_alone(V, w), W, V)
    assert_allclose(by_w @ V, by_difference, rtol=1e-8)
    found, aux = grad(pair_by_name, has_aux=True, fallback=fallback)(V)
    assert_allclose(found, 3 * V**2)
    assert_allclose(aux, V[1:])
    with pytest.raises(NoAuxiliary, match="returns a pair"):
        grad(cubic, has_aux=True, fallback=fallback)(1.5)
    with pytest.raises(NonScalarResult):
        grad(lambda x: (x * 2.0, 3), has_aux=True, fallback=fallback)(V)


def test_hessian_with_auxiliary_result() -> None:
    found, aux = hessian(loss_and_state, has_aux=True)(V, W)
    rows = [differences(lambda p: grad(loss_alone)(p, W), V, e) for e in np.eye(3)]
    assert_allclose(found, np.stack(rows), rtol=1e-6, atol=1e-8)
    assert_allclose(aux["y"], loss_and_state(V, W)[1]["y"])


# --- linearize ----------------------------------------------------------------------------  # noqa: E501


def test_linearize_is_the_pushforward() -> None:
    x = V.copy()
    y, pushforward = linearize(polar, x)
    assert_allclose(y, polar(V))
    x[...] = 100.0  # it does not see this
    assert_allclose(pushforward(W), jvp(polar, (V,), (W,))[1], rtol=1e-13)
    assert_allclose(pushforward(2.5 * W), 2.5 * pushforward(W), rtol=1e-13)
    assert_allclose(pushforward(None), np.zeros(3))


# --- what is declared constant --------------------------------------------------------


def partly_constant(x, w):
    y = stop_gradient(np.sin(x))
    y[0] = x[1] * w[0]
    kept = stop_gradient({"w": w, "n": 3})
    return np.sum(y * x) + kept["w"] @ x


def test_stopped_gradients() -> None:
    constant, kept = np.sin(V), W.copy()

    def expected(x: np.ndarray, w: np.ndarray) -> float:
        y = constant.copy()
        y[0] = x[1] * w[0]
        return float(np.sum(y * x) + kept @ x)

    dots = np.array([0.3, -1.2, 0.8]), np.array([-0.4, 0.7, 1.1])
    by_x = differences(lambda x: expected(x, W), V, dots[0])
    by_w = differences(lambda w: expected(V, w), W, dots[1])
    found = grad(partly_constant, wrt=(0, 1))(V, W)
    assert_allclose([found[0] @ dots[0], found[1] @ dots[1]], [by_x, by_w], rtol=1e-9)
    value, value_dot = jvp(partly_constant, (V, W), dots)
    assert_allclose(value, expected(V, W), rtol=1e-14)
    assert_allclose(value_dot, by_x + by_w, rtol=1e-9)


# --- errors -------------------------------------------------------------------------------  # noqa: E501


def test_errors_name_what_is_wrong() -> None:
    with pytest.raises(NonScalarResult):
        hvp(polar, (V,), (V,))
    with pytest.raises(SeedError, match="argument x"):
        hvp(wave, (V, W), (V[:2], None))
