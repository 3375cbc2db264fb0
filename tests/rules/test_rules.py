"""Every rule against differences, through the very functions that apply it."""

import itertools
import warnings
from typing import Any

import numpy as np
import pytest

from sourcediff.checking.checks import (
    CHECKS,
    check_likeness,
    check_modes,
    in_single_precision,
    is_single,
    pull,
    push,
    rng_of,
)
from sourcediff.checking.differences import inner, random_like
from sourcediff.checking.examples import (
    Example,
    all_examples,
    differentiable_rules,
    example_lines,
    examples_of,
    is_active,
    leaves,
    like_leaves,
    name_of,
)
from sourcediff.rules import Rule

each_rule = pytest.mark.parametrize(
    "rule", differentiable_rules(), ids=lambda r: r.name
)
each_example = pytest.mark.parametrize("example", all_examples(), ids=str)
with_active_arguments = pytest.mark.parametrize(
    "example", [e for e in all_examples() if e.active], ids=str
)


@each_rule
def test_a_rule_has_an_example_for_each_of_its_functions(rule: Rule) -> None:
    assert example_lines(rule), f"{rule.name} has no >>> example"
    called = [example.primal for example in examples_of(rule) if example.active]
    missing = [name_of(primal) for primal in rule.primals if primal not in called]
    assert not missing


@with_active_arguments
def test_a_rule_holds(example: Example) -> None:
    """All checks in one test: as many tests would take longer than what they test."""
    for check in CHECKS:
        check(example)


def single_examples() -> list[Example]:
    """The examples whose results are in single precision where their arrays are."""
    found = []
    for example in all_examples():
        args, kwargs = in_single_precision((example.args, example.kwargs))
        single = Example(example.rule, example.primal, args, kwargs, example.text)
        if example.active and single.is_accepted():
            arguments = leaves(list(single.active.values()))
            results = [y for y in leaves(single.evaluate()) if is_active(y)]
            if any(map(is_single, arguments)) and all(map(is_single, results)):
                found.append(single)
    return found


@pytest.mark.parametrize("example", single_examples(), ids=str)
def test_single_precision_stays(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule's own text keeps float32: no cast at its end hides a widening."""
    cotangents = []
    monkeypatch.setattr(
        "sourcediff.rules.apply.cast_like", lambda x_bar, x: cotangents.append(x_bar)
    )
    monkeypatch.setattr("sourcediff.rules.apply.unbroadcast", lambda x_bar, x: x_bar)
    pull(example, random_like(example.evaluate(), rng_of(example)))
    for x_bar in cotangents:
        assert is_single(x_bar) or not hasattr(x_bar, "dtype")


def in_long_doubles(x: Any) -> Any:
    """Arrays in the longest precision that there is."""

    def convert(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray) or not is_active(leaf):
            return leaf
        return leaf.astype(np.clongdouble if leaf.dtype.kind == "c" else np.longdouble)

    return like_leaves(x, iter([convert(leaf) for leaf in leaves(x)]))


def is_long(x: Any) -> bool:
    return getattr(x, "dtype", None) in (np.longdouble, np.clongdouble)


def test_long_doubles_stay() -> None:
    """Where NumPy computes in them: in one test, as each takes a millisecond."""
    checked = 0
    for example in all_examples():
        if not example.active or name_of(example.primal).startswith("scipy"):
            continue
        args, kwargs = in_long_doubles((example.args, example.kwargs))
        long = Example(example.rule, example.primal, args, kwargs, example.text)
        if not any(map(is_long, leaves(list(long.active.values())))):
            continue
        if not long.is_accepted():
            continue
        results = [y for y in leaves(long.evaluate()) if is_active(y)]
        if all(map(is_long, results)):
            check_modes(long)
            check_likeness(long)
            checked += 1
    assert checked > 900


def is_vector(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.ndim > 0


def emptied(x: Any) -> Any:
    """Arrays without rows in the place of arrays."""
    cut = [leaf[:0] if is_vector(leaf) else leaf for leaf in leaves(x)]
    return like_leaves(x, iter(cut))


def without_any_size(x: Any) -> Any:
    """Arrays whose axes are all empty in the place of arrays."""
    cut = [
        leaf[(slice(0),) * leaf.ndim] if is_vector(leaf) else leaf for leaf in leaves(x)
    ]
    return like_leaves(x, iter(cut))


def first_elements(x: Any) -> Any:
    """0-d arrays in the place of arrays."""
    cut = [
        np.array(leaf[(0,) * leaf.ndim]) if is_vector(leaf) else leaf
        for leaf in leaves(x)
    ]
    return like_leaves(x, iter(cut))


def has_axis(example: Example) -> bool:
    given = {p.name: p.default for p in example.rule.parameters}
    given |= example.rule.defaults.get(example.primal, {})
    given |= dict(zip(given, example.args, strict=False)) | example.kwargs
    return given.get("axis") is not None


def small_examples() -> list[Any]:
    """The examples with empty and 0-d arrays, where NumPy takes those.

    Our own helpers do not check arguments that cannot fit; and only NumPy lets a 0-d
    array have an axis 0. SciPy takes numbers for matrices, and 0 x 4 ones for square
    ones: it is asked of square ones.
    """
    found = []
    for example in all_examples():
        matrices = name_of(example.primal).startswith("scipy.linalg")
        for shrink in (without_any_size,) if matrices else (emptied, first_elements):
            if not example.active or name_of(example.primal).startswith("sourcediff"):
                continue
            args, kwargs = shrink((example.args, example.kwargs))
            small = Example(example.rule, example.primal, args, kwargs, example.text)
            changed = any(map(is_vector, leaves((example.args, example.kwargs))))
            if shrink is first_elements and has_axis(small):
                continue
            if changed and small.is_accepted():
                found.append(pytest.param(small, id=f"{example}-{shrink.__name__}"))
    return found


@pytest.mark.parametrize("example", small_examples())
def test_empty_and_0d_arrays(example: Example) -> None:
    rng = rng_of(example)
    seed, dots = random_like(example.evaluate(), rng), random_like(example.active, rng)
    bars = pull(example, seed)
    for name, value in example.active.items():
        if bars[name] is not None:
            for x_bar, x in zip(leaves(bars[name]), leaves(value), strict=True):
                assert not is_active(x) or np.shape(x_bar) == np.shape(x)
    y_dot = push(example, dots)
    assert inner(bars, dots) == pytest.approx(inner(seed, y_dot), rel=1e-5)


@each_rule
def test_views_are_declared(rule: Rule) -> None:
    shared = []
    for example in examples_of(rule):
        results = [
            y for y in leaves(call_settled(example)) if isinstance(y, np.ndarray)
        ]
        given = list(leaves([example.args, example.kwargs]))
        others = [x for x in given if isinstance(x, np.ndarray)]
        shared += [np.shares_memory(y, x) for y in results for x in others]
        # Results that share memory with each other are told of in the same way.
        shared += [
            np.shares_memory(*pair) for pair in itertools.combinations(results, 2)
        ]
    assert any(shared) == rule.view


def call_settled(example: Example) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return example.evaluate()
