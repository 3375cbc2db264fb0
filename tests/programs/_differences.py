"""Directional derivatives of the programs by differences, over trees of arguments."""

import copy
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

# The step of a fourth-order central difference that balances truncation and
# rounding: what it gives is right to RTOL of the terms that it sums, apart from what
# rounding the primal's value leaves.
STEP = 2e-4
RTOL = 1e-7
NOISE = 1e-11
DIRECTIONS = 3


def is_active(leaf: Any) -> bool:
    return isinstance(leaf, float) or (
        isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"
    )


def leaves(tree: Any) -> Iterator[Any]:
    match tree:
        case dict():
            for key in tree:
                yield from leaves(tree[key])
        case list() | tuple():
            for item in tree:
                yield from leaves(item)
        case _:
            yield tree


def pairs(tree: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """The leaves of two trees of one structure, side by side."""
    match tree:
        case dict():
            assert tree.keys() == other.keys()
            for key in tree:
                yield from pairs(tree[key], other[key])
        case list() | tuple():
            assert len(tree) == len(other)
            for item, other_item in zip(tree, other, strict=True):
                yield from pairs(item, other_item)
        case _:
            yield tree, other


def map_tree(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    match tree:
        case dict():
            return {
                key: map_tree(function, tree[key], *(other[key] for other in others))
                for key in tree
            }
        case list() | tuple():
            items = zip(tree, *others, strict=True)
            return type(tree)(map_tree(function, *item) for item in items)
        case _:
            return function(tree, *others)


def positions(module: ModuleType) -> tuple[int, ...]:
    names = list(inspect.signature(module.PRIMAL).parameters)
    wrt = module.WRT if isinstance(module.WRT, tuple) else (module.WRT,)
    return tuple(names.index(w) if isinstance(w, str) else w for w in wrt)


def as_tuple(module: ModuleType, gradient: Any) -> tuple[Any, ...]:
    return gradient if isinstance(module.WRT, tuple) else (gradient,)


def arguments(module: ModuleType, seed: int = 11) -> tuple[Any, ...]:
    return module.arguments(np.random.default_rng(seed))


def direction(tree: Any, rng: np.random.Generator) -> Any:
    """Random tangents, in proportion to their leaves so that all matter alike."""

    def tangent(leaf: Any) -> Any:
        if not is_active(leaf):
            return None
        scale = np.sqrt(np.mean(np.square(leaf))) + 1e-3
        return scale * rng.uniform(0.3, 1.0, np.shape(leaf)) * rng.choice([-1.0, 1.0])

    return map_tree(tangent, tree)


def shifted(leaf: Any, tangent: Any, step: float) -> Any:
    if not is_active(leaf):
        return leaf
    moved = leaf + step * tangent
    return float(moved) if isinstance(leaf, float) else moved


def directional_difference(
    module: ModuleType, args: tuple[Any, ...], tangents: tuple[Any, ...]
) -> float:
    """The derivative along tangents by a fourth-order central difference."""

    def along(step: float) -> float:
        moved = list(copy.deepcopy(args))
        for position, tangent in zip(positions(module), tangents, strict=True):
            moved[position] = map_tree(
                lambda leaf, dot: shifted(leaf, dot, step), moved[position], tangent
            )
        return float(module.PRIMAL(*moved))

    near = (along(STEP) - along(-STEP)) / (2 * STEP)
    far = (along(2 * STEP) - along(-2 * STEP)) / (4 * STEP)
    return (4 * near - far) / 3


def inner(gradient: Any, tangent: Any) -> tuple[float, float]:
    """The inner product of two trees, and the sum of the magnitudes in it."""
    products = [
        np.multiply(leaf_bar, dot)
        for leaf_bar, dot in pairs(gradient, tangent)
        if dot is not None
    ]
    total = sum(float(np.sum(product)) for product in products)
    return total, sum(float(np.sum(np.abs(product))) for product in products)


def assert_same_trees(actual: Any, expected: Any) -> None:
    for one, other in pairs(actual, expected):
        assert_array_equal(one, other)


def directions(trees: tuple[Any, ...], rng: np.random.Generator) -> Iterator[Any]:
    """Tangents of all leaves together, then of one leaf at a time."""
    for _ in range(DIRECTIONS):
        yield direction(trees, rng)
    active = [index for index, leaf in enumerate(leaves(trees)) if is_active(leaf)]
    for chosen in active:
        index = iter(range(1_000_000))
        yield map_tree(
            lambda dot: (
                dot if next(index) == chosen or dot is None else np.zeros_like(dot)
            ),
            direction(trees, rng),
        )


def assert_gradient(module: ModuleType, args: tuple[Any, ...], gradient: Any) -> None:
    """The gradient agrees with differences in every direction that is tried."""
    value = float(module.PRIMAL(*copy.deepcopy(args)))
    wrt = tuple(args[position] for position in positions(module))
    steepest = 0.0
    for tangents in directions(wrt, np.random.default_rng(5)):
        expected = directional_difference(module, args, tangents)
        actual, scale = inner(as_tuple(module, gradient), tangents)
        assert_allclose(
            actual, expected, rtol=RTOL, atol=RTOL * scale + NOISE * abs(value)
        )
        steepest = max(steepest, abs(expected))
    assert steepest > 1e-6 * abs(value), "a flat program tests nothing"
