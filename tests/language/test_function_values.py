"""Functions and methods as values: in tables, under other names, with outer state."""

# Programs as users write them.
# ruff: noqa: B023, E731

import dataclasses
from collections import namedtuple

import numpy as np
import pytest

import sourcediff
from sourcediff import grad
from tests.language.oracle import (
    Case,
    Cases,
    check,
    check_pullback,
    check_pushforward,
)
from tests.language.values import M, V

case = Cases()


def relu(x):
    return np.maximum(x, 0.1 * x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}
LAYERS = (sigmoid, np.sin)


@case(M, V, "sigmoid", wrt=("m", "v"))
def by_name(m, v, name):
    return np.sum(ACTIVATIONS[name](m * v[0]) ** 2)


@case(V)
def by_constant_names(v):
    return np.sum(ACTIVATIONS["relu"](v) * ACTIVATIONS["tanh"](v))


@case(V)
def by_position(v):
    return np.sum(LAYERS[0](v) * LAYERS[-1](v))


@case(V)
def listed_before_the_loop(v):
    layers = [np.sin, relu, sigmoid]
    for layer in layers:
        v = layer(v) * 1.3
    return np.sum(v)


@case(V)
def method_of_a_list(v):
    squares = []
    push = squares.append
    for x in v:
        push(x * x)
    return sum(squares) * squares[1]


class Line:
    def __init__(self, slope):
        self.slope = slope

    def at(self, x):
        return self.slope * np.sin(x)


@case(V, 1.7)
def method_of_an_object(v, slope):
    line = Line(slope)
    at = line.at
    return np.sum(at(v) * at(v + 1))


@case(V, 1.7)
def method_of_an_argument(v, slope):
    def area(line, x):
        at = line.at
        return at(x) * x

    return np.sum(area(Line(slope), v))


@case(V)
def outer_total(v):
    total = 0.0

    def add(x):
        nonlocal total
        total += x * x

    for x in v:
        add(x)
    return total


@case(V)
def outer_counts_and_a_result(v):
    energy, calls = v[0] ** 2, 0

    def spend(x):
        nonlocal energy, calls
        if x > 0.5:
            return x
        calls += 1
        energy = energy * 0.5 + x
        return energy * x

    total = 1.0
    for x in v:
        y = spend(x)
        total += spend(x * y)
    spend(total)
    return total * energy + calls


@case(V)
def outer_variable_that_the_caller_changes(v):
    state = v[0]

    def step(x):
        nonlocal state
        state = np.sin(state) * x
        return state

    state += step(v[1])
    state = step(v[2])
    last = step(state)
    return last + state


@case(V)
def outer_array_written_and_replaced(v):
    buffer = v * 2

    def spend(x):
        nonlocal buffer
        buffer[0] += x
        buffer = buffer * x

    spend(v[1])
    spend(v[0])
    return buffer.sum()


State = namedtuple("State", "x v")


@case(V)
def named_tuple_replaced(v):
    state = State(v[0], v[1])
    for _ in range(4):
        state = state._replace(v=state.v - 0.1 * state.x)
        state = state._replace(x=state.x + 0.1 * state.v)
    return state.x**2 + state.v


@dataclasses.dataclass
class Body:
    mass: float
    x: np.ndarray
    v: np.ndarray


@case(1.3, V)
def dataclass_replaced(mass, x):
    body = Body(mass, x, np.zeros(len(x)))
    for _ in range(3):
        body = dataclasses.replace(body, v=body.v - 0.1 * body.x * body.mass)
        body = dataclasses.replace(body, x=body.x + 0.1 * body.v)
    return np.sum(body.x**2)


class Thermometer:
    def __init__(self, celsius):
        self._celsius = celsius

    @property
    def fahrenheit(self):
        return self._celsius * 1.8 + 32

    @fahrenheit.setter
    def fahrenheit(self, value):
        self._celsius = (value - 32) / 1.8


@case(1.3, 0.7)
def property_that_is_set(x, y):
    thermometer = Thermometer(x)
    thermometer.fahrenheit = thermometer.fahrenheit * y
    thermometer.fahrenheit += x
    return thermometer._celsius**2


class Dense:
    def __init__(self, w, b):
        self.w = w
        self.b = b

    def __call__(self, x):
        return self.w @ x + self.b


class Softplus:
    def __call__(self, x):
        return np.log1p(np.exp(x))


class Chain:
    def __init__(self, *layers):
        self.layers = list(layers)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


@case(M, M.T * 1.0, V[:2], V[:3])
def layers_of_several_classes(m, n, b, x):
    for i, layer in enumerate([Dense(m, b), Softplus(), Dense(n, x)]):
        x = layer(x) * (i + 1.0)
    return np.sum(x * x)


@case(Chain(Dense(M, V[:2]), Softplus(), Dense(M.T, V[2:])), V[:3])
def layers_of_an_argument(net, x):
    return np.sum(net(x) ** 2)


@case(V)
def several_functions_in_a_list(v):
    functions, total = [np.sin, relu, sigmoid], 0.0
    for f in functions:
        total += np.sum(f(v))
    return total * sum(np.sum(f(v[:2])) for f in functions)


@case(V[0], V[1])
def local_functions_of_any_arguments(x, y):
    z = x * y

    def total(first, *rest, scale=x, **more):
        s = z * first
        for a in rest:
            s += a * a * z
        return s * scale + more.get("offset", y)

    pair = (x, y)
    product = lambda *a: a[0] * a[-1] + len(a)
    return total(*pair) * product(x, y, z) + total(x, y, z, scale=y, offset=x)


@case(V[0], V[1])
def lambdas_in_a_list(x, y):
    t = y
    for i in range(3):
        for f in [lambda u: u * i + y, np.sin, lambda u: np.sin(u) * t]:
            t += f(x) * 0.5
    terms = (lambda u, w: u * w, lambda u, w: u / (w + 3.0))
    for term in terms:
        if t > 0:
            t = t * term(x, t) - term(y, 1.0)
    return t


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


def test_tables_of_functions_are_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(by_constant_names)
    before = gradient(V)
    monkeypatch.setitem(ACTIVATIONS, "tanh", np.cos)
    np.testing.assert_allclose(gradient(V), grad(by_constant_names)(V))
    assert not np.allclose(gradient(V), before)


def test_properties_that_are_set_are_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(property_that_is_set)
    before = gradient(1.3, 0.7)

    def kelvin(self, value):
        self._celsius = value - 273

    other = property(vars(Thermometer)["fahrenheit"].fget, kelvin)
    monkeypatch.setattr(Thermometer, "fahrenheit", other)
    after = gradient(1.3, 0.7)
    assert after != before
    assert after == pytest.approx(grad(property_that_is_set)(1.3, 0.7))


class Halved(namedtuple("Pair", "a b")):
    """What its class makes is not what `_replace` makes."""

    __slots__ = ()

    def __new__(cls, a, b):
        return super().__new__(cls, a / 2, b)


@dataclasses.dataclass
class Doubled:
    a: float
    b: float

    def __post_init__(self):
        self.a = 2 * self.a


@pytest.mark.parametrize("fallback", ["tape", "always"])
def test_classes_that_do_more_than_store_are_not_called_again(fallback: str) -> None:
    def halved(x):
        pair = Halved(x, 3.0)
        return pair._replace(b=x).a

    def doubled(x):
        pair = Doubled(x, 3.0)
        return dataclasses.replace(pair, b=x).a

    assert grad(halved, fallback=fallback)(1.5) == pytest.approx(0.5)
    assert grad(doubled, fallback=fallback)(1.5) == pytest.approx(4.0)


class Dual:
    """Numbers with a derivative, that take plain numbers for constants."""

    def __init__(self, a, b=0.0):
        self.a = a
        self.b = b

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.a + other.a, self.b + other.b)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    __rmul__ = __mul__


def dual(x):
    d = Dual(x, 1.0)
    r = 3.0 * d * d + d + 2.0
    return r.a * r.b


def test_objects_whose_parts_are_lost_on_the_way_are_not_wrong() -> None:
    slope = (dual(1.3 + 1e-6) - dual(1.3 - 1e-6)) / 2e-6
    for fallback in ("tape", "always"):
        assert sourcediff.grad(dual, fallback=fallback)(1.3) == pytest.approx(slope)
