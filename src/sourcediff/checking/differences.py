"""What derivatives are compared with: differences, and inner products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.checking.examples import is_active, leaves, like_leaves


def random_like(x: Any, rng: np.random.Generator) -> Any:
    """Random numbers for the active leaves of a structure, None for the others."""

    def draw(leaf: Any) -> Any:
        if not is_active(leaf):
            return None
        values = rng.uniform(0.5, 1.5, np.shape(leaf)) * rng.choice([-1, 1])
        values = values * rng.choice([-1.0, 1.0], np.shape(leaf))
        if np.iscomplexobj(leaf):
            values = values + 1j * rng.uniform(-1, 1, np.shape(leaf))
        dtype = getattr(leaf, "dtype", None)
        if dtype is None:
            return values.item()
        array = np.asarray(values, dtype)
        return array if isinstance(leaf, np.ndarray) else array[()]

    return like_leaves(x, iter([draw(leaf) for leaf in leaves(x)]))


def moved(x: Any, direction: Any, step: float) -> Any:
    """`x + step * direction`, leaf by leaf; where there is no direction, `x`."""
    pairs = zip(leaves(x), leaves(direction), strict=True)
    return like_leaves(x, iter([a if d is None else a + step * d for a, d in pairs]))


def combined(coefficients: list[float], structures: list[Any]) -> Any:
    """A linear combination of structures; None where a leaf is not active."""
    columns = zip(*(leaves(x) for x in structures), strict=True)

    def combine(column: tuple[Any, ...]) -> Any:
        if not is_active(column[0]):
            return None
        return sum(c * x for c, x in zip(coefficients, column, strict=True))

    return like_leaves(structures[0], iter([combine(column) for column in columns]))


def difference(function: Callable[[float], Any], step: float = 1e-3) -> Any:
    """The derivative at 0 of a function of one number, to the fourth order."""
    points = [function(t) for t in (-2 * step, -step, step, 2 * step)]
    return combined([w / (12 * step) for w in (1, -8, 8, -1)], points)


def inner(x_bar: Any, x_dot: Any) -> float:
    """The real inner product of two structures, over the leaves that both have."""
    if isinstance(x_bar, dict):
        return sum(inner(x_bar[name], x_dot[name]) for name in x_bar)
    if x_bar is None:
        return 0.0
    pairs = zip(leaves(x_bar), leaves(x_dot), strict=True)
    return float(
        sum(
            np.sum(np.real(np.conj(a) * b))
            for a, b in pairs
            if a is not None and b is not None
        )
    )


def assert_close(actual: Any, expected: Any, tolerance: float = 1e-8) -> None:
    """Compare two structures leaf by leaf, shape by shape."""
    for a, b in zip(leaves(actual), leaves(expected), strict=True):
        if b is None:
            continue
        assert np.shape(a) == np.shape(b)
        scale = max(1.0, float(np.max(np.abs(b), initial=0.0)))
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)
