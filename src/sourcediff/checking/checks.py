"""One example of a rule against differences, and the two modes against each other."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from sourcediff.checking.differences import (
    assert_close,
    difference,
    inner,
    moved,
    random_like,
)
from sourcediff.checking.examples import Example, is_active, leaves, like_leaves
from sourcediff.rules.apply import pullback, pushforward


def rng_of(example: Example) -> np.random.Generator:
    """A generator of random numbers that belongs to an example."""
    return np.random.default_rng(zlib.crc32(str(example).encode()))


def pull(example: Example, seed: Any) -> dict[str, Any]:
    """The cotangents of the active arguments, by name."""
    result = example.evaluate()
    cotangents = pullback(
        example.rule,
        result,
        example.args,
        example.kwargs,
        seed,
        [name in example.active for name in example.rule.wrt],
        example.primal,
    )
    pairs = zip(example.rule.wrt, cotangents, strict=True)
    return {name: x_bar for name, x_bar in pairs if name in example.active}


def push(example: Example, dots: dict[str, Any]) -> Any:
    """The tangent of the result for tangents of arguments, by name."""
    tangents = [dots.get(name) for name in example.rule.wrt]
    result = example.evaluate()
    return pushforward(
        example.rule, result, example.args, example.kwargs, tangents, example.primal
    )


def is_single(y: Any) -> bool:
    """Whether a leaf is in single precision."""
    return getattr(y, "dtype", None) in (np.float32, np.complex64)


def check_tangents(example: Example) -> None:
    """The pushforward of each argument agrees with differences."""
    rng = rng_of(example)
    single = any(is_single(y) for y in leaves(example.evaluate()))
    for name, value in example.active.items():
        dot = random_like(value, rng)

        def along(t: float, name: str = name, x: Any = value, dot: Any = dot) -> Any:
            return example.evaluate(**{name: moved(x, dot, t)})

        step = 0.25 if example.rule.kind == "linear" else 1e-3
        expected = difference(along, step)
        tolerance = 1e-5 if single else 1e-8
        assert_close(push(example, {name: dot}), expected, tolerance=tolerance)


def check_modes(example: Example) -> None:
    """The dot-product identity: `<x_bar, x_dot> = <y_bar, y_dot>`."""
    rng = rng_of(example)
    seed = random_like(example.evaluate(), rng)
    tolerance = 1e-5 if any(is_single(y) for y in leaves(seed)) else 1e-10
    bars = pull(example, seed)
    dots = {name: random_like(value, rng) for name, value in example.active.items()}
    for name, dot in dots.items():
        y_dot = push(example, {name: dot})
        _require_equal(
            f"the modes in {name}",
            inner(bars[name], dot),
            inner(seed, y_dot),
            tolerance,
        )
    total = sum(inner(bars[name], dots[name]) for name in dots)
    _require_equal("the modes", total, inner(seed, push(example, dots)), tolerance)


def check_likeness(example: Example) -> None:
    """Each cotangent has the shape and the precision of its argument."""
    bars = pull(example, random_like(example.evaluate(), rng_of(example)))
    for name, value in example.active.items():
        if bars[name] is None:
            continue
        for x_bar, x in zip(leaves(bars[name]), leaves(value), strict=True):
            if is_active(x) and x_bar is not None:
                assert np.shape(x_bar) == np.shape(x)
                assert np.asarray(x_bar).dtype == np.asarray(x).dtype


def check_untouched(example: Example) -> None:
    """Arguments, seed and result are left as they were."""
    seed = random_like(example.evaluate(), rng_of(example))
    given = [example.args, example.kwargs, seed]
    before = [np.copy(x) for x in _contents(given)]
    result = np.copy(leaves(example.evaluate())[0])
    pull(example, seed)
    push(example, random_like(example.active, rng_of(example)))
    for old, new in zip(before, _contents(given), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(result, leaves(example.evaluate())[0])


def _contents(given: Any) -> list[Any]:
    """The leaves, with its fields in the place of an object such as a sparse matrix."""
    found: list[Any] = []
    for leaf in leaves(given):
        is_object = hasattr(leaf, "__dict__") and not isinstance(leaf, np.ndarray)
        found += leaves(list(vars(leaf).values())) if is_object else [leaf]
    return found


def check_symmetry(example: Example) -> None:
    """The cotangent is a gradient: its derivative, by differences, is symmetric."""
    rng = rng_of(example)
    seed = random_like(example.evaluate(), rng)
    first, second = (random_like(example.active, rng) for _ in range(2))

    def curvature(along: Any, across: Any) -> float:
        def slope(t: float) -> Any:
            there = example.with_values(**moved(example.active, along, t))
            return inner(pull(there, seed), across)

        return float(difference(slope))

    forth, back = curvature(first, second), curvature(second, first)
    _require_equal("the second derivatives", forth, back, 1e-6, 1e-6)


def check_layout(example: Example) -> None:
    """What arrays look like in memory does not matter, nor that they are read only."""
    args, kwargs = _spread_out((example.args, example.kwargs))
    spread = Example(example.rule, example.primal, args, kwargs, example.text)
    if not spread.is_accepted():
        return
    seed = random_like(example.evaluate(), rng_of(example))
    bars, others = pull(example, seed), pull(spread, seed)
    for name in bars:
        for x_bar, other in zip(leaves(bars[name]), leaves(others[name]), strict=True):
            if x_bar is not None:
                tolerance = 1e-4 if is_single(x_bar) else 1e-8
                assert_close(other, x_bar, tolerance=tolerance)


def _spread_out(x: Any) -> Any:
    """Arrays of floats as every second element of larger ones, in Fortran's order."""

    def view(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray) or not leaf.ndim or not is_active(leaf):
            return leaf
        wide = np.zeros([2 * n for n in leaf.shape], leaf.dtype, order="F")
        part = wide[(slice(None, None, 2),) * leaf.ndim]
        part[...] = leaf
        part.flags.writeable = False
        return part

    return like_leaves(x, iter([view(leaf) for leaf in leaves(x)]))


CHECKS = (
    *(check_tangents, check_modes, check_likeness, check_untouched, check_symmetry),
    check_layout,
)


def _require_equal(
    what: str, a: float, b: float, relative: float, absolute: float = 1e-12
) -> None:
    """Compare two numbers as `pytest.approx` does."""
    if not abs(a - b) <= max(relative * abs(b), absolute):
        raise AssertionError(f"{what} disagree: {a!r} and {b!r}")


def in_single_precision(x: Any) -> Any:
    """Arrays in single precision; Python's numbers belong to any."""

    def convert(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray | np.generic) or not is_active(leaf):
            return leaf
        return leaf.astype(np.complex64 if leaf.dtype.kind == "c" else np.float32)

    return like_leaves(x, iter([convert(leaf) for leaf in leaves(x)]))
