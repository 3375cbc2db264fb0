"""The rules are closed: the tape differentiates what a rule computes with.

Each example's gradient is taken with its graph and differentiated once more; both are
compared, the first with the rule itself and the second with differences of it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from sourcediff.checking.differences import difference, random_like
from sourcediff.checking.examples import (
    Example,
    all_examples,
    is_active,
    leaves,
    like_leaves,
    name_of,
)
from sourcediff.rules.apply import pullback
from sourcediff.rules.binding import call, replace
from sourcediff.tensor import Tensor, from_numpy
from sourcediff.tensor.backward import grad

# These build their result from plain memory: NumPy offers no way to see a tensor there.
UNSEEN = {
    *("arange", "array", "contiguous_array", "full", "full_like", "number"),
    *("copied", "private", "add_structures"),
}
# Their own text, or the tape's reading of it, is not closed yet.
NOT_YET = {
    *("nanmean", "nanstd", "nanvar", "percentile", "quantile"),
    *("cast_like", "polygamma", "unbroadcast"),
}


def is_recordable(example: Example) -> bool:
    """Whether the tape can be asked: real numbers, and a function, not a method."""
    primal = example.primal
    values = leaves([*example.active.values(), example.evaluate()])
    return (
        bool(example.active)
        and callable(primal)
        and getattr(primal, "__objclass__", None) is not np.ndarray
        and example.rule.name not in UNSEEN | NOT_YET
        and name_of(primal).startswith(("numpy", "sourcediff"))
        and "scipy" not in example.rule.function.__module__
        and not any(np.iscomplexobj(value) for value in values)
        and not any(getattr(x, "dtype", None) == np.float32 for x in values)
    )


EXAMPLES = [example for example in all_examples() if is_recordable(example)]


def active_leaves(structure: Any, like: Any) -> list[Any]:
    """Its leaves where those of `like` are active; None is a zero."""
    pairs = zip(leaves(structure), leaves(like), strict=True)
    return [
        np.zeros_like(other) if leaf is None else leaf
        for leaf, other in pairs
        if is_active(other)
    ]


def with_leaves(structure: Any, values: Iterator[Any]) -> Any:
    return like_leaves(
        structure,
        iter([next(values) if is_active(x) else x for x in leaves(structure)]),
    )


def gradient_by_rule(example: Example, seed: Any) -> list[Any]:
    wanted = [name in example.active for name in example.rule.wrt]
    bars = pullback(
        example.rule,
        example.evaluate(),
        example.args,
        example.kwargs,
        seed,
        wanted,
        example.primal,
    )
    return [
        leaf
        for name, bar in zip(example.rule.wrt, bars, strict=True)
        if name in example.active
        for leaf in active_leaves(bar, example.active[name])
    ]


def dotted(values: Any, weights: Any) -> Any:
    """The inner product of tensors with arrays; None where nothing is tracked."""
    terms = [
        (value * weight).sum()
        for value, weight in zip(leaves(values), leaves(weights), strict=True)
        if weight is not None and isinstance(value, Tensor) and value.requires_grad
    ]
    return sum(terms[1:], terms[0]) if terms else None


def slope_along(example: Example, seed: Any, weights: Any, dots: Any) -> Callable:
    def moved(t: float) -> float:
        points = iter(
            [
                x + t * dot
                for x, dot in zip(
                    (x for x in leaves(list(example.active.values())) if is_active(x)),
                    dots,
                    strict=True,
                )
            ]
        )
        values = {k: with_leaves(v, points) for k, v in example.active.items()}
        bars = gradient_by_rule(example.with_values(**values), seed)
        pairs = zip(bars, weights, strict=True)
        return float(sum(np.sum(bar * weight) for bar, weight in pairs))

    return moved


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_gradient_is_differentiated_again(example: Example) -> None:
    rng = np.random.default_rng(1)
    seed = random_like(example.evaluate(), rng)
    points = [
        from_numpy(np.array(x)).requires_grad_()
        for x in leaves(list(example.active.values()))
        if is_active(x)
    ]
    tensors = iter(points)
    values = {k: with_leaves(v, tensors) for k, v in example.active.items()}
    args, kwargs = replace(
        example.rule, example.args, example.kwargs, values, example.primal
    )
    total = dotted(call(example.primal, args, kwargs), seed)
    first = grad(total, points, create_graph=True, allow_unused=True)
    expected = gradient_by_rule(example, seed)
    for actual, bar in zip(first, expected, strict=True):
        got = np.zeros_like(bar) if actual is None else actual.detach().numpy()
        np.testing.assert_allclose(got, bar, rtol=1e-9, atol=1e-9)

    weights = [rng.normal(size=np.shape(bar)) for bar in expected]
    dots = [rng.normal(size=np.shape(bar)) for bar in expected]
    slope = difference(slope_along(example, seed, weights, dots), step=1e-4)
    curve = dotted(first, weights)
    second = [None] if curve is None else grad(curve, points, allow_unused=True)
    actual = sum(
        np.sum(bar.detach().numpy() * dot)
        for bar, dot in zip(second, dots, strict=False)
        if bar is not None
    )
    assert actual == pytest.approx(slope, rel=1e-6, abs=1e-6)
