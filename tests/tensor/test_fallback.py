"""The tape as the compiler's fallback: any Python function, strictly."""

from __future__ import annotations

import asyncio
import copy
import functools
import math
import pickle
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import sourcediff.tensor as st
from sourcediff.errors import LostGradient, MissingRule, OverlapError, SeedError
from sourcediff.tensor.fallback import value_and_pullback
from tests.programs import NAMES, load
from tests.programs._differences import arguments, assert_gradient, positions


def gradient(function, *args):
    value, pullback = value_and_pullback(function, args)
    return value, pullback(1.0)[0]


def check(function, *args, eps=1e-6):
    """The gradient with respect to the first argument against differences."""
    value, (found, *_) = gradient(function, *args)
    x = args[0]
    assert value == pytest.approx(function(*copy.deepcopy(args)), rel=1e-12)
    if isinstance(x, float):
        up, down = function(x + eps, *args[1:]), function(x - eps, *args[1:])
        expected = (up - down) / (2 * eps)
    else:
        expected = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            ends = []
            for sign in (1, -1):
                moved = x.copy()
                moved[index] += sign * eps
                ends.append(function(moved, *copy.deepcopy(args[1:])))
            expected[index] = (ends[0] - ends[1]) / (2 * eps)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_the_compilers_programs_run_on_the_tape(name):
    module = load(name)
    args = arguments(module)
    places = positions(module)
    value, pullback = value_and_pullback(module.PRIMAL, args, {}, places)
    np.testing.assert_allclose(value, module.PRIMAL(*copy.deepcopy(args)), rtol=1e-12)
    bars, _ = pullback(1.0)
    found = tuple(bars[place] for place in places)
    assert_gradient(module, args, found if isinstance(module.WRT, tuple) else found[0])
    assert all(bars[k] is None for k in range(len(args)) if k not in places)


def generator(x):
    def states():
        y = x
        while y < 50:
            y = y * 1.7 + x
            yield y

    return sum(state * k for k, state in enumerate(states(), 1))


def protected(x):
    y = x
    try:
        y = y * 3
        if y > 2:
            raise ValueError
        y = y * 100
    except ValueError:
        y = y + math.exp(-x)
    finally:
        y = y * x
    return y


def executed(x):
    scope = {"x": x, "np": np}
    exec("y = x * x\nfor _ in range(3):\n    y = y * 0.5 + x", scope)
    return scope["y"] * eval("x + 1", {"x": x})


def computed_names(x):
    class Box:
        pass

    box = Box()
    for k in range(3):
        setattr(box, f"v{k}", x**k)
    return sum(getattr(box, f"v{k}") * (k + 1) for k in range(3))


def enclosed(x):
    total = 0.0

    def add(amount):
        nonlocal total
        total = total + amount * amount

    for k in range(3):
        add(x * k)
    return total


STATE = 0.0


def global_write(x):
    global STATE  # noqa: PLW0603 (what is tested)
    STATE = x * x
    return bump() * x


def bump():
    return STATE + 1.0


def coroutine(x):
    async def half(v):
        await asyncio.sleep(0)
        return v / 2

    async def main():
        return await half(x) * await half(x * x)

    return asyncio.run(main())


def handlers(x):
    table = {"sin": math.sin, "square": lambda v: v * v, "clip": np.tanh}
    for name in ("sin", "square", "clip"):
        x = table[name](x) + x
    return x


def builtins_of_all_kinds(x):
    values = [x, x * 2, -x, abs(x - 3)]
    total = max(values) * min(values) + sum(values) + pow(x, 2)
    if isinstance(x, float) and not isinstance(x, int):
        total = total + float(x) * 3
    return total + math.sqrt(math.fabs(total)) + math.hypot(x, 2.0)


def recursive(x, depth=4):
    return x if depth == 0 else recursive(x * 1.1, depth - 1) + math.log(x)


def made_by_type(x):
    kind = type("Doubler", (), {"apply": lambda self, v: v * 2})
    return kind().apply(x) * x


class Spring:
    def __init__(self, stiffness):
        self.stiffness = stiffness

    @property
    def doubled(self):
        return 2 * self.stiffness

    @staticmethod
    def damp(v):
        return math.exp(-v)

    def energy(self, v):
        return self.doubled * v * v * math.cos(v) * self.damp(v)


def with_methods(x):
    spring = Spring(x * 1.5)
    assert isinstance(spring, Spring)
    return spring.energy(x)


SCALAR = [
    generator,
    protected,
    executed,
    computed_names,
    enclosed,
    global_write,
    coroutine,
    handlers,
    builtins_of_all_kinds,
    recursive,
    made_by_type,
    with_methods,
    functools.partial(recursive, depth=2),
]


@pytest.mark.parametrize("function", SCALAR, ids=lambda f: getattr(f, "__name__", "p"))
def test_programs_that_cannot_be_compiled(function):
    check(function, 1.3)


def test_globals_are_written_in_the_module():
    value_and_pullback(global_write, (3.0,))
    assert STATE == 9.0


def filled(x):
    out = np.zeros((2, len(x)))
    out[0] = x
    for k in range(1, len(x)):
        out[1, k] = out[1, k - 1] * 0.5 + out[0, k] * x[k - 1]
    return np.sum(out * out)


def overwritten(x):
    y = x * x
    total = y.sum()
    x += 1.0
    x[1:] *= x[:-1]
    y *= 2
    return total + (x * y).sum()


def through_views(x):
    m = np.empty((2, len(x)))
    m[:] = x
    row = m[1]
    row[:2] *= x[0]
    flat = m.ravel()
    flat[-1] = x[1] * row[0]
    return (m**2).sum()


def nested_arrays(x):
    rotation = np.array([[np.cos(x[0]), -np.sin(x[0])], [np.sin(x[0]), np.cos(x[0])]])
    return np.sum(rotation @ np.asarray([x[1], x[2]]) ** 3)


def reductions_and_sorting(x):
    order = np.argsort(x)
    return x[order][0] * x.max() + np.sort(x)[1] ** 2 + x.mean() * x.std()


def list_state(x):
    states = [x]
    while len(states) < 5:
        states.append(np.roll(states[-1], 1) * 0.9 + states[0])
    return np.stack(states)[::2].prod(axis=0).sum()


@pytest.mark.parametrize(
    "function",
    [
        filled,
        overwritten,
        through_views,
        nested_arrays,
        reductions_and_sorting,
        list_state,
    ],
    ids=lambda f: f.__name__,
)
def test_arrays_that_are_written_in_place(function):
    x = np.array([0.7, 1.9, -0.4])
    kept = x.copy()
    check(function, x)
    np.testing.assert_array_equal(x, kept)


class Pair(NamedTuple):
    left: float
    right: np.ndarray


@dataclass(frozen=True)
class Model:
    weight: np.ndarray
    bias: float
    steps: int


def test_nested_arguments_and_results():
    def function(params, pair, model, scale=1.0):
        y = params["w"][0] * pair.left + pair.right.sum() * params["w"][1]
        z = np.dot(model.weight, pair.right) * model.bias**model.steps
        params["w"].append(99.0)
        return {"y": y * scale, "more": (z, [model.weight * 2, "text"])}

    args = (
        {"w": [2.0, 3.0], "n": 4},
        Pair(0.5, np.array([1.0, 2.0])),
        Model(np.array([0.3, 0.7]), 1.5, 2),
    )
    kwargs = {"scale": 2.0}
    value, pullback = value_and_pullback(function, args, kwargs)
    assert value["more"][1][1] == "text"
    assert isinstance(value["y"], float)
    seed = {"y": 1.0, "more": (1.0, [np.array([10.0, 20.0]), None])}
    (params, pair, model), named = pullback(seed)
    assert params == {"w": [1.0, 6.0], "n": None}
    assert isinstance(pair, Pair)
    assert pair.left == 4.0
    np.testing.assert_allclose(pair.right, 6.0 + np.array([0.3, 0.7]) * 2.25)
    assert isinstance(model, Model)
    np.testing.assert_allclose(model.weight, np.array([1, 2]) * 2.25 + [20.0, 40.0])
    assert model.bias == pytest.approx(1.7 * 2 * 1.5)
    assert model.steps is None
    assert named == {"scale": pytest.approx(2.0 * 0.5 + 3.0 * 3.0)}
    assert args[0] == {"w": [2.0, 3.0], "n": 4}


def test_objects_of_users_classes():
    spring = Spring(2.0)
    value, pullback = value_and_pullback(lambda s, v: s.energy(v), (spring, 0.5))
    assert value == pytest.approx(spring.energy(0.5))
    (bar, _), _ = pullback(1.0)
    assert type(bar) is Spring
    assert bar.stiffness == pytest.approx(spring.energy(0.5) / 2.0)
    returned, _ = value_and_pullback(Spring, (1.5,))
    assert type(returned) is Spring
    assert pickle.loads(pickle.dumps(returned)).stiffness == 1.5


def test_bound_methods_and_callable_objects():
    class Cube:
        power = 3

        def __call__(self, x):
            return math.pow(x, self.power)

        def method(self, x):
            return self(x) * 2

    for function in (Cube(), Cube().method):
        check(function, 1.3)


class Steep(st.autograd.Function):
    """A derivative of the user's own, ten times too steep."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 10 * g * x.exp()


def test_functions_of_the_user_are_differentiated_by_their_own_backward():
    x = np.array([0.5, -0.2])
    value, pullback = value_and_pullback(lambda x: Steep.apply(x * 2).sum(), (x,))
    assert value == pytest.approx(np.exp(2 * x).sum())
    np.testing.assert_allclose(pullback(1.0)[0][0], 20 * np.exp(2 * x))
    _, pullback = value_and_pullback(Steep.apply, (x,))
    np.testing.assert_allclose(pullback(np.ones(2))[0][0], 10 * np.exp(x))


def test_the_pullback_may_be_called_again():
    _value, pullback = value_and_pullback(np.sin, (np.array([0.1, 0.2]),))
    for seed in ([1.0, 0.0], [0.0, 2.0]):
        ((bar,), _) = pullback(np.array(seed))
        np.testing.assert_allclose(bar, np.cos([0.1, 0.2]) * seed)


def test_what_does_not_matter_is_zero():
    _, pullback = value_and_pullback(lambda x, y: x * 2, (1.5, np.ones(3)))
    (x_bar, y_bar), _ = pullback(1.0)
    assert x_bar == 2.0
    assert y_bar.tolist() == [0.0, 0.0, 0.0]


def test_the_same_array_twice_is_two_variables():
    x = np.array([1.0, 2.0])
    _, pullback = value_and_pullback(lambda a, b: (a * a * b).sum(), (x, x))
    (a_bar, b_bar), _ = pullback(1.0)
    np.testing.assert_allclose(a_bar, 2 * x * x)
    np.testing.assert_allclose(b_bar, x * x)


@pytest.mark.parametrize("shift", [0, 1])
@pytest.mark.parametrize("wanted", [None, {0}, {1}])
def test_writes_into_memory_that_arguments_share_are_refused(shift, wanted):
    memory = np.array([1.0, 2.0, 3.0, 4.0])
    args = memory[:3], memory[shift : 3 + shift]

    def written(a, b):
        a *= 2.0
        return (a * b).sum()

    with pytest.raises(OverlapError, match=r"written writes into a, .* b"):
        value_and_pullback(written, args, {}, wanted)
    value_and_pullback(written, (memory[:2], memory[2:]), {}, wanted)


def test_precision_is_kept():
    x = np.array([1.0, 2.0], np.float32)
    value, pullback = value_and_pullback(lambda x: (x * 0.5).sum(), (x,))
    assert value.dtype == np.float32
    assert pullback(1.0)[0][0].dtype == np.float32


LOSSES = [
    lambda x: x.__int__() * x,
    lambda x: [10.0, 20.0][x > 1] * range(5)[x.__index__()],
    lambda x: np.random.default_rng(0).normal(x, 1.0),
    lambda x: pickle.dumps(np.asarray(x).data),
]


@pytest.mark.parametrize("function", LOSSES)
def test_lost_gradients_are_located(function):
    with pytest.raises(LostGradient, match=r"test_fallback\.py:\d+"):
        value_and_pullback(function, (1.5,))


def test_a_write_into_an_array_from_elsewhere_is_refused():
    outside = np.random.default_rng(0).normal(size=3)

    def function(x):
        outside[0] = x * 2
        return outside.sum()

    with pytest.raises(LostGradient, match=r"test_fallback\.py:\d+"):
        value_and_pullback(function, (1.5,))


def test_a_function_without_a_rule_is_located():
    with pytest.raises(MissingRule, match=r"test_fallback\.py:\d+"):
        value_and_pullback(np.packbits, (np.ones(3),))


def test_seeds_that_do_not_fit():
    _, pullback = value_and_pullback(lambda x: (x, x * 2), (np.ones(3),))
    with pytest.raises(SeedError, match=r"shape \(3,\)"):
        pullback((np.ones(2), None))
    with pytest.raises(SeedError, match="a sequence of 2"):
        pullback(np.ones(2)[0])


def test_truth_and_comparison_are_constants():
    def function(x):
        n = 0
        while x * n < 5 and n != 10:
            n += 1
        return x**n if x else 0.0

    check(function, 1.3)


def test_warnings_and_errors_of_the_function_pass():
    def fails(x):
        raise KeyError(str(x > 1))

    with pytest.raises(KeyError, match="True"):
        value_and_pullback(fails, (1.5,))
