"""Elementwise rules over a grid of shapes, and against the complex step."""

import itertools
from typing import Any

import numpy as np
import pytest

from sourcediff.checking.differences import inner, random_like
from sourcediff.checking.examples import Example, all_examples, is_active, leaves
from sourcediff.rules.apply import pullback, pushforward

SHAPES: list[tuple[int, ...]] = [
    (),
    (0,),
    (1,),
    (3,),
    (2, 1),
    (2, 3),
    (4, 1, 3),
    (0, 3),
]

# What stays a number that the complex step can use when its argument is complex.
ANALYTIC = (
    *("add", "subtract", "multiply", "divide", "power", "negative", "positive"),
    *("reciprocal", "square", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p"),
    *("sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "arcsinh", "arctanh"),
)


def is_ufunc_of_arrays(example: Example) -> bool:
    arrays = [x for x in example.args if isinstance(x, np.ndarray) and is_active(x)]
    return (
        isinstance(example.primal, np.ufunc)
        and example.rule.kind == "elementwise"
        and len(arrays) == len(example.rule.wrt) == len(example.args)
        and not any(map(np.iscomplexobj, arrays))
    )


def first_of_each(examples: list[Example]) -> list[Example]:
    return list({example.rule.name: example for example in examples[::-1]}.values())


ON_ARRAYS = first_of_each([e for e in all_examples() if is_ufunc_of_arrays(e)])


def broadcast_together(shapes: tuple[tuple[int, ...], ...]) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("example", ON_ARRAYS, ids=str)
def test_every_pair_of_shapes(example: Example) -> None:
    rng = np.random.default_rng(17)
    rule, function = example.rule, example.primal
    for shapes in itertools.product(SHAPES, repeat=len(rule.wrt)):
        if not broadcast_together(shapes):
            continue
        args = [
            np.resize(np.ravel(x), shape)
            for x, shape in zip(example.args, shapes, strict=True)
        ]
        result = function(*args)
        seed, dots = random_like(result, rng), random_like(args, rng)
        bars = list(pullback(rule, result, args, {}, seed))
        for x_bar, x in zip(bars, args, strict=True):
            assert x_bar is None or np.shape(x_bar) == np.shape(x)
        y_dot = pushforward(rule, result, args, {}, dots)
        assert np.shape(y_dot) == np.shape(result)
        dots = [None if b is None else d for b, d in zip(bars, dots, strict=True)]
        assert inner(bars, dots) == pytest.approx(inner(seed, y_dot), abs=1e-9)


@pytest.mark.parametrize(
    "example", [e for e in ON_ARRAYS if e.rule.name in ANALYTIC], ids=str
)
def test_partials_against_the_complex_step(example: Example) -> None:
    """The imaginary part of f(x + ih) / h has no cancellation: full precision."""
    result = example.evaluate()
    for name, x in example.active.items():
        expected = np.imag(example.evaluate(**{name: x + 1e-30j})) / 1e-30
        dots = [np.ones_like(x) if name == n else None for n in example.rule.wrt]
        y_dot = pushforward(example.rule, result, example.args, {}, dots)
        np.testing.assert_allclose(y_dot, expected, rtol=1e-13)


def test_the_complex_step_is_asked_of_what_has_examples() -> None:
    assert set(ANALYTIC) <= {example.rule.name for example in ON_ARRAYS}


@pytest.mark.parametrize("example", ON_ARRAYS, ids=str)
def test_numbers_give_numbers(example: Example) -> None:
    args = [float(np.ravel(x)[0]) for x in example.args]
    result = example.primal(*args)
    for x_bar in leaves(list(pullback(example.rule, result, args, {}, 0.7))):
        assert x_bar is None or type(x_bar) is float


@pytest.mark.parametrize("example", ON_ARRAYS, ids=str)
def test_an_argument_that_is_not_wanted_has_no_cotangent(example: Example) -> None:
    result: Any = example.evaluate()
    for k in range(len(example.rule.wrt)):
        wanted = [j == k for j in range(len(example.rule.wrt))]
        alone = pullback(
            example.rule, result, example.args, {}, np.ones_like(result), wanted
        )
        together = pullback(
            example.rule, result, example.args, {}, np.ones_like(result)
        )
        for j, (x_bar, expected) in enumerate(zip(alone, together, strict=True)):
            if j == k:
                np.testing.assert_array_equal(x_bar, expected)
            else:
                assert x_bar is None
