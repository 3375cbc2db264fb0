"""Whatever can be called and computes a number has all its derivatives."""

import functools
import inspect
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import (
    check_grads,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from sourcediff.errors import NonScalarResult, NotDifferentiable, SeedError

X = np.array([0.7, -1.3, 0.4])
V = np.array([0.2, 0.5, -0.9])


def loss(x: Any, scale: Any = 1.7) -> Any:
    return scale * np.sum(np.sin(x) * x)


class Model:
    def __init__(self, scale: float) -> None:
        self.scale = scale

    def loss(self, x: Any) -> Any:
        return loss(x, self.scale)

    def __call__(self, x: Any) -> Any:
        return loss(x, self.scale)

    @staticmethod
    def plain(x: Any) -> Any:
        return loss(x)

    @classmethod
    def of_class(cls, x: Any) -> Any:
        return loss(x)


class Unhashable(Model):
    __hash__ = None  # type: ignore[assignment]


def logged(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Trained(Model):
    @grad(wrt="x")
    def slope(self, x: Any) -> Any:
        return loss(x, self.scale)

    @hessian(wrt="x")
    def bends(self, x: Any) -> Any:
        return loss(x, self.scale)


@grad
def steep(x: float) -> float:
    return x * x


CALLABLES = {
    "function": loss,
    "lambda": lambda x: loss(x),  # noqa: PLW0108
    "method": Model(1.7).loss,
    "object": Model(1.7),
    "method of an unhashable object": Unhashable(1.7).loss,
    "unhashable object": Unhashable(1.7),
    "staticmethod": Model.plain,
    "classmethod": Model.of_class,
    "wrapper": logged(loss),
    "wrapped twice": logged(logged(loss)),
    "cached": functools.lru_cache(loss),
}


@pytest.fixture(params=CALLABLES)
def function(request: pytest.FixtureRequest) -> Any:
    return CALLABLES[request.param]


def test_every_derivative(function: Any) -> None:
    slope, value = grad(loss)(X), loss(X)
    curved = hvp(loss, (X,), (V,))[0]
    assert_allclose(grad(function)(X), slope)
    assert_allclose(value_and_grad(function)(X)[0], value)
    assert_allclose(vjp(function, X)[1](1.0)[0], slope)
    assert_allclose(jvp(function, (X,), (V,))[1], slope @ V)
    assert_allclose(jacobian(function)(X), slope)
    assert_allclose(hessian(function)(X) @ V, curved)
    assert_allclose(hvp(function, (X,), (V,))[0], curved)
    assert_allclose(grad(lambda x: grad(loss)(x) @ V)(X), curved)


def test_names_and_defaults_of_what_is_wrapped() -> None:
    wrapper = grad(logged(loss), wrt="scale")
    assert_allclose(wrapper(X), loss(X, 1.0))
    assert_allclose(wrapper(scale=2.0, x=X), loss(X, 1.0))
    check_grads(logged(loss), (X,), wrt=("x", "scale"))


def test_objects_with_float_attributes() -> None:
    model = Model(1.7)
    gradient = grad(model.loss)
    before = gradient(X)
    model.scale *= 3.0
    assert_allclose(gradient(X), 3 * before)
    check_grads(model, (X,))
    assert linearize(model, X)[1](V) == pytest.approx(3 * before @ V)


def test_gradients_of_methods_pickle_and_know_their_primal() -> None:
    gradient = grad(Model(1.7).loss, wrt="x")
    assert gradient.primal(X) == loss(X)
    assert gradient.wrt == "x"
    again = pickle.loads(pickle.dumps(gradient))
    assert_allclose(again(X), grad(loss)(X))
    both = pickle.loads(pickle.dumps(value_and_grad(steep.primal)))
    assert both(3.0) == (9.0, 6.0)


def test_gradients_as_methods() -> None:
    trained = Trained(1.7)
    assert_allclose(trained.slope(X), grad(loss)(X))
    assert_allclose(trained.bends(X) @ V, hvp(loss, (X,), (V,))[0])
    assert_allclose(grad(lambda x: trained.slope(x) @ V)(X), trained.bends(X) @ V)
    assert trained.slope.source == Trained.slope.source
    assert repr(Trained.slope) == "<gradient of slope by x>"
    assert repr(Trained.bends) == "<Jacobian of bends by x>"
    assert list(inspect.signature(trained.slope).parameters) == ["x"]


def test_what_is_given_in_the_place_of_a_function() -> None:
    with pytest.raises(TypeError, match=r"a function is needed; 'loss' was given"):
        grad("loss")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"loss\(\) missing 1 required positional"):
        grad(loss)()
    with pytest.raises(TypeError, match="args must be a tuple"):
        check_grads(loss, X)


def test_calls_that_compute_nothing_yet() -> None:
    def states(x: Any) -> Any:
        yield x

    async def fetched(x: Any) -> Any:
        return x

    for function, made in ((states, "generator"), (fetched, "coroutine")):
        with pytest.raises(NonScalarResult, match=f"returned a {made}.\nReturn the"):
            grad(function)(2.0)


OUTER = 2.5


def test_defaults_that_are_no_literals() -> None:
    captured = np.array([1.0, 2.0, 0.5])

    def weighted(x: Any, scale: Any = OUTER, *, w: Any = captured) -> Any:
        return scale * np.sum(w * x**2)

    slope = 2 * OUTER * captured * X
    assert_allclose(grad(weighted)(X), slope)
    assert_allclose(jvp(weighted, (X,), (V,))[1], slope @ V)
    assert_allclose(hvp(weighted, (X,), (V,))[0], 2 * OUTER * captured * V)


class Spring:
    def __init__(self, stiffness: float) -> None:
        self.stiffness = stiffness

    @grad(wrt="x")
    def force(self, x: Any, power: int = 2) -> Any:
        """Minus the force."""
        return self.stiffness * np.sum(x**power) / power

    @grad
    def softness(self) -> Any:
        return 1 / self.stiffness


def test_gradients_are_methods_that_know_their_object(tmp_path) -> None:
    spring = Spring(1.7)
    assert_allclose(spring.force(X), 1.7 * X)
    assert_allclose(Spring.force(spring, X), 1.7 * X)
    assert "stiffness: float" in str(spring.force.explain(X))
    assert str(spring.force.explain()) == str(spring.force.explain(X))
    text = spring.force.source_for(X)
    assert text == Spring.force.source_for(spring, X)
    assert_allclose(spring.force.function_for(X)(spring, X), 1.7 * X)
    assert spring.force.stages(X)
    spring.force.to_file(tmp_path / "force.py", X)
    assert text in (tmp_path / "force.py").read_text()
    assert spring.force.primal(X) == Spring.force.primal(spring, X)
    assert str(inspect.signature(spring.force)) == "(x: Any, power: int = 2) -> Any"
    assert inspect.getdoc(spring.force) == "Minus the force."
    assert_allclose(pickle.loads(pickle.dumps(spring.force))(X), 1.7 * X)
    check_grads(lambda x: np.sum(spring.force(x)), (X,))


def test_a_method_of_nothing_but_its_object_is_asked_without_arguments() -> None:
    spring = Spring(1.7)
    assert "self: Spring of stiffness: float" in str(spring.softness.explain())
    assert_allclose(spring.softness().stiffness, -1 / 1.7**2)


def test_arguments_are_counted_as_python_counts_them() -> None:
    with pytest.raises(TypeError, match="takes from 1 to 2 positional arguments but 3"):
        grad(loss)(X, 1.0, 2.0)  # type: ignore[call-arg]


def test_functions_that_do_not_tell_their_parameters_are_told_of() -> None:
    with pytest.raises(TypeError, match=r"max does not tell .* lambda x: max\(x\)"):
        grad(max)


@pytest.mark.parametrize(
    "value",
    [{1.0, 2.0}, frozenset({1.0}), range(3), map(float, "12"), np.array(["a"])],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_places_for_a_gradient_is_refused(value: Any) -> None:
    with pytest.raises(NotDifferentiable, match="cannot be differentiated"):
        grad(sum)(value)


@pytest.mark.parametrize(
    ("result", "seed", "message"),
    [
        (lambda x: (x, 2 * x), np.ones(3), r"result of <lambda> needs 2 elements"),
        (lambda x: (x, x, 2 * x), np.ones(3), r"<lambda>\[0\] needs shape \(3,\)"),
        (lambda x: {"a": x}, {"b": np.ones(3)}, r"needs the keys \['a'\]"),
        (lambda x: 2 * x, 1j * np.ones(3), "needs float64"),
        (lambda x: 2 * x, ["a", "b", "c"], "needs float64"),
        (lambda x: 2 * x, None, "needs a value"),
        (np.sum, "a", "needs a number"),
        (lambda x: eval("2 * x"), 1j * np.ones(3), "needs float64"),
    ],
)
def test_cotangents_that_do_not_fit_are_refused(
    result: Any, seed: Any, message: str
) -> None:
    with pytest.raises(SeedError, match=message):
        vjp(result, X)[1](seed)


def test_cotangents_take_the_dtype_of_the_result() -> None:
    (x_bar,) = vjp(lambda x: 2 * x, X)[1](np.array([1, 2, 3]))
    assert x_bar.dtype == np.float64
