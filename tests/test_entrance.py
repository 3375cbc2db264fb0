"""However a gradient is called, in whatever order, each call gets its own code."""

import inspect
import itertools
import linecache
import math
import random
import traceback
import types

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.errors import OverlapError


def work(x, y=2.0):
    return np.sum(x * x * y)


def hidden(type, float, _0=1.0):
    return type * type * float * _0


def only_named(x, *, y=2.0):
    return x * x * y


CALLS = [
    ((1.5, 3.0), {}, 9.0),
    ((1.5,), {}, 6.0),
    ((1.5,), {"y": 3.0}, 9.0),
    ((), {"y": 3.0, "x": 1.5}, 9.0),
    ((1.5, 3), {}, 9.0),
    ((1.5, -7), {}, -21.0),
    ((np.float64(1.5), 3.0), {}, 9.0),
    ((np.full(4, 1.5), 3.0), {}, np.full(4, 9.0)),
    ((np.full((4, 6), 1.5)[:, ::2], 3.0), {}, np.full((4, 3), 9.0)),
    ((np.full((4, 3), 1.5), np.full((4, 1), 3.0)), {}, np.full((4, 3), 9.0)),
]


@pytest.mark.parametrize("seed", range(5))
def test_calls_of_many_signatures_in_any_order(seed):
    gradient, generator = grad(work), random.Random(seed)
    for args, kwargs, expected in generator.choices(CALLS, k=60):
        result = gradient(*args, **kwargs)
        assert np.shape(result) == np.shape(expected)
        np.testing.assert_allclose(result, expected, rtol=1e-14)


def test_parameters_may_have_any_names():
    gradient = grad(hidden)
    for _ in range(3):
        assert gradient(2.0, 3.0, _0=5.0) == 60.0
        assert gradient(2.0, 3.0) == 12.0


def test_parameters_that_can_only_be_named():
    gradient = grad(only_named)
    for _ in range(3):
        assert gradient(2.0, y=3.0) == 12.0
        assert gradient(2.0) == 8.0


@pytest.mark.parametrize(
    ("args", "kwargs", "match"),
    [
        ((), {}, "missing 1 required positional argument: 'x'"),
        ((), {"y": 1.0}, "missing 1 required positional argument: 'x'"),
        ((1.0,), {"z": 1.0}, "unexpected keyword argument 'z'"),
        ((1.0, 2.0, 3.0), {}, "positional argument"),
        ((1.0, 2.0), {"y": 1.0}, "multiple values for argument 'y'"),
    ],
)
def test_arguments_that_do_not_fit(args, kwargs, match):
    gradient = grad(work)
    gradient(1.5, 3.0)
    with pytest.raises(TypeError, match=match):
        gradient(*args, **kwargs)


def test_a_gradient_is_a_callable_with_its_functions_signature():
    gradient = grad(work)
    assert callable(gradient)
    assert inspect.signature(gradient) == inspect.signature(work)


def test_the_object_of_a_method_may_change():
    class Spring:
        stiffness = 2.0

        def energy(self, x):
            return self.stiffness * x * x

    spring = Spring()
    gradient = grad(spring.energy)
    for stiffness in (3.0, 5, np.float32(0.5), 3.0):
        spring.stiffness = stiffness
        for _ in range(2):
            assert gradient(2.0) == 4.0 * stiffness
            assert gradient(x=2.0) == 4.0 * stiffness


def test_short_code_for_numbers_tests_its_arguments_itself():
    module = types.ModuleType("model")
    source = (
        "def half(x):\n    return x / 2.0\n"
        "def loss(x, _0, half_bar):\n    return half(x) * x * _0 / half_bar\n"
    )
    exec(compile(source, "model.py", "exec"), vars(module))
    linecache.cache["model.py"] = (len(source), None, source.splitlines(True), "")
    gradient = grad(module.loss)
    for _ in range(3):
        assert gradient(3.0, 2.0, 0.5) == 12.0
        assert gradient(3.0, 2, np.float64(0.5)) == 12.0
    assert gradient.__call__.__code__.co_name == "loss_grad"
    with pytest.raises(TypeError, match="positional argument"):
        gradient(3.0, 2.0, 0.5, 1.0)
    with pytest.raises(ZeroDivisionError) as caught:
        gradient(3.0, 2.0, 0.0)
    assert [note for note in caught.value.__notes__ if "model.py:4" in note]
    module.half = lambda x: 3.0 * x
    assert gradient(3.0, 2.0, 0.5) == 72.0
    module.half.__code__ = (lambda x: 5.0 * x).__code__
    assert gradient(3.0, 2.0, 0.5) == 120.0
    del module.half
    with pytest.raises(NameError, match="half"):
        gradient(3.0, 2.0, 0.5)


def test_a_global_name_that_a_parameter_hides():
    def outer(x, square):
        return squared(x) * square

    def squared(x):
        return square(x)

    for _ in range(3):
        assert grad(outer)(3.0, 2.0) == 12.0


def square(x):
    return x * x


def test_what_is_written_shares_no_memory_with_what_is_given():
    def pushed(u, v, dt):
        u += dt * v
        return np.sum(u * u * v)

    u, v, whole = np.arange(1.0, 5.0), np.ones(4), np.arange(1.0, 9.0)
    gradient = grad(pushed)
    for _ in range(3):
        np.testing.assert_array_equal(gradient(u, v, 0.5), 2 * (u + 0.5))
        np.testing.assert_array_equal(u, np.arange(1.0, 5.0))
        with pytest.raises(OverlapError):
            gradient(u, u, 0.5)
        with pytest.raises(OverlapError):
            gradient(whole[:4], whole[2:6], 0.5)
        parts = gradient(whole[:4], whole[4:], 0.5)
        np.testing.assert_allclose(parts, 2 * (u + 0.5 * whole[4:]) * whole[4:])


def test_a_seed_of_one_is_no_factor_of_floats():
    def mixed(x, n, y):
        k = 2 if x > 1.0 else n
        root = math.sqrt(x) if y > 0.0 else k
        return k * x * y + root * y * n - abs(x) * y / x

    for x, n, y in itertools.product((0.7, 1.9, -0.0), (5, 7.0), (0.4, -1.3)):
        if x == 0.0:
            continue
        for number in (float, np.float64, np.float32):
            arguments = number(x), n, number(y)
            gradient = grad(mixed, wrt=(0, 2))
            expected = gradient.function_for(*arguments)(*arguments)
            for found, known in zip(gradient(*arguments), expected, strict=True):
                np.testing.assert_allclose(found, known, rtol=1e-6)
                assert type(found) is type(known)


def test_errors_of_short_code_are_told_once():
    def inverse(x, y):
        z = x * y
        return 1.0 / z

    gradient = grad(inverse)
    gradient(1.0, 2.0)
    with pytest.raises(ZeroDivisionError) as caught:
        gradient(0.0, 2.0)
    frames = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert frames[1:] == ["inverse_grad"]
    assert len(caught.value.__notes__) == 1
