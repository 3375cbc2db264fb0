"""Gradients of small functions against differences, value, effects and pullback."""

import copy
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import jvp
from tests.compiled import grad, value_and_grad, vjp

STEP = 4e-4
RTOL = 2e-7
NOISE = 1e-10
OPAQUE = (type, types.FunctionType, types.MethodType, types.ModuleType)


class Kink(Exception):
    """Differences with two steps disagree: the function is not smooth here."""


@dataclass(frozen=True)
class Case:
    """A function of floats and arrays that returns one number, and arguments."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    wrt: tuple[str, ...]


class Cases(list[Case]):
    """The cases of a file, collected by decorating functions with their arguments."""

    def __call__(self, *args: Any, wrt: Any = None, **kwargs: Any) -> Any:
        def keep(function: Callable[..., Any]) -> Callable[..., Any]:
            bound = inspect.signature(function).bind(*args, **kwargs).arguments
            names = wrt or tuple(n for n, v in bound.items() if any(floats(v)))
            self.append(Case(function, args, kwargs, names))
            return function

        return keep

    def parametrize(self) -> Any:
        """A test's parameter `case`, with the functions' names as ids."""
        ids = [case.function.__name__ for case in self]
        return pytest.mark.parametrize("case", self, ids=ids)


def children(tree: Any) -> Iterator[Any] | None:
    """The keys of a structure, or None for a leaf."""
    match tree:
        case dict():
            return iter(tree)
        case list() | tuple():
            return iter(range(len(tree)))
        case _ if hasattr(tree, "__dict__") and not isinstance(tree, OPAQUE):
            return iter(vars(tree))
    return None


def child(tree: Any, key: Any) -> Any:
    return tree[key] if isinstance(tree, dict | list | tuple) else getattr(tree, key)


def is_float(leaf: Any) -> bool:
    if isinstance(leaf, np.ndarray):
        return leaf.dtype.kind == "f"
    return isinstance(leaf, float | np.floating)


def floats(tree: Any) -> Iterator[Any]:
    """One true value for each leaf that carries a derivative."""
    keys = children(tree)
    if keys is None:
        yield from [True] if is_float(tree) else []
        return
    for key in keys:
        yield from floats(child(tree, key))


def moved(tree: Any, tangent: Any, step: float) -> Any:
    """A deep copy of a structure, its floats moved along a tangent."""
    keys = children(tree)
    if keys is None:
        if tangent is None:
            return copy.deepcopy(tree)
        if isinstance(tree, np.ndarray):
            out = tree.copy(order="K")
            out[...] += step * tangent
            return out
        return type(tree)(tree + step * tangent)
    parts = {key: moved(child(tree, key), tangent[key], step) for key in keys}
    if isinstance(tree, dict):
        return parts
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*parts.values())
    if isinstance(tree, list | tuple):
        return type(tree)(parts.values())
    out = copy.copy(tree)
    vars(out).update(parts)
    return out


def tangents(tree: Any, rng: np.random.Generator) -> Any:
    """Random tangents in the keys of a structure; None where there is no float."""
    keys = children(tree)
    if keys is not None:
        return {key: tangents(child(tree, key), rng) for key in keys}
    if not is_float(tree):
        return None
    scale = 0.3 + np.sqrt(np.mean(np.square(tree))) if np.size(tree) else 1.0
    return scale * rng.uniform(0.3, 1.0, np.shape(tree)) * rng.choice([-1.0, 1.0])


def product(tree: Any, gradient: Any, tangent: Any) -> Iterator[Any]:
    """The terms of the inner product of a gradient and a tangent; checks shapes."""
    keys = children(tree)
    if keys is None:
        if tangent is None:
            assert gradient is None, f"{gradient!r} for {tree!r}"
            return
        assert np.shape(gradient) == np.shape(tree), (gradient, tree)
        if isinstance(tree, np.ndarray):
            assert isinstance(gradient, np.ndarray), repr(gradient)
            assert gradient.dtype == tree.dtype, (gradient.dtype, tree.dtype)
        else:
            assert isinstance(gradient, float | np.floating), repr(gradient)
        yield np.multiply(gradient, tangent)
        return
    for key in keys:
        yield from product(child(tree, key), child(gradient, key), tangent[key])


def difference(along: Callable[[float], float], tol: float = 1e-6) -> float:
    """A derivative by fourth-order central differences, or Kink."""

    def quotient(h: float) -> float:
        near = (along(h) - along(-h)) / (2 * h)
        far = (along(2 * h) - along(-2 * h)) / (4 * h)
        return (4 * near - far) / 3

    found, other = quotient(STEP), quotient(STEP / 5)
    if not abs(found - other) <= tol * (1e-3 + abs(found) + abs(along(0.0))):
        raise Kink(f"differences give {found} and {other}")
    return found


def bound_arguments(case: Case) -> dict[str, Any]:
    signature = inspect.signature(case.function)
    bound = signature.bind(*case.args, **case.kwargs)
    return dict(bound.arguments)


def call(case: Case, arguments: dict[str, Any]) -> Any:
    bound = inspect.signature(case.function).bind(*case.args, **case.kwargs)
    bound.arguments.update(arguments)
    return case.function(*bound.args, **bound.kwargs)


def assert_matches_differences(
    case: Case, wrt: tuple[str, ...], gradients: tuple[Any, ...], seed: int = 5
) -> None:
    """Each gradient against the derivative along random directions."""
    rng = np.random.default_rng(seed)
    arguments = bound_arguments(case)
    for name, gradient in zip(wrt, gradients, strict=True):
        for _ in range(2):
            tangent = tangents(arguments[name], rng)

            def along(step: float, name: str = name, tangent: Any = tangent) -> float:
                fresh = copy.deepcopy(arguments)
                fresh[name] = moved(arguments[name], tangent, step)
                return float(call(case, fresh))

            terms = list(product(arguments[name], gradient, tangent))
            found = sum(float(np.sum(term)) for term in terms)
            size = sum(float(np.sum(np.abs(term))) for term in terms)
            expected = difference(along)
            tolerance = RTOL * (size + abs(expected)) + NOISE * (1 + abs(along(0.0)))
            assert abs(found - expected) <= tolerance, (
                f"d{case.function.__name__}/d{name} along a direction is {expected}, "
                f"the gradient gives {found}"
            )


def same(tree: Any, other: Any, rtol: float = 0.0) -> None:
    """Two structures are equal, up to rounding if `rtol` says so."""
    keys = children(tree)
    if keys is not None:
        assert type(tree) is type(other)
        for key in keys:
            same(child(tree, key), child(other, key), rtol)
    elif isinstance(tree, np.ndarray | float | np.floating):
        atol = rtol if rtol else 0.0
        assert_allclose(tree, other, rtol=rtol, atol=atol)
    elif tree is None:
        assert other is None
    else:
        assert callable(tree) or tree == other


def check(case: Case) -> None:
    """Everything that must hold for a function that returns one number."""
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    gradients = grad(case.function, wrt=case.wrt)(*args, **kwargs)
    same(args, case.args)
    same(kwargs, case.kwargs)
    assert_matches_differences(case, case.wrt, gradients)
    check_alone(case, gradients)
    check_value(case, gradients)


def check_alone(case: Case, gradients: tuple[Any, ...]) -> None:
    """The same numbers for each parameter alone: other parts of it are active."""
    if len(case.wrt) < 2:
        return
    expected = call(case, copy.deepcopy(bound_arguments(case)))
    for name, gradient in zip(case.wrt, gradients, strict=True):
        args, kwargs = copy.deepcopy((case.args, case.kwargs))
        same(grad(case.function, wrt=name)(*args, **kwargs), gradient, 1e-10)
        value, again = value_and_grad(case.function, wrt=name)(*args, **kwargs)
        same(args, case.args)
        assert_allclose(value, expected, rtol=1e-12)
        same(again, gradient, 1e-10)


def check_value(case: Case, gradients: tuple[Any, ...]) -> None:
    """`value_and_grad` gives the primal's value and the same gradient."""
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    expected = case.function(*args, **kwargs)
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    value, again = value_and_grad(case.function, wrt=case.wrt)(*args, **kwargs)
    same(args, case.args)
    assert_allclose(value, expected, rtol=1e-12)
    same(again, gradients, 1e-10)


def check_pullback(case: Case) -> None:
    """`vjp` runs the primal for real; its pullback may be called twice."""
    args = copy.deepcopy(case.args)
    expected_args = copy.deepcopy(case.args)
    expected = case.function(*expected_args)
    value, pullback = vjp(case.function, *args)
    assert_allclose(value, expected, rtol=1e-12)
    same(args, expected_args, 1e-13)
    names = tuple(inspect.signature(case.function).parameters)[: len(args)]
    first = pullback(1.0)
    kept = copy.deepcopy(first)
    found = dict(zip(names, first, strict=True))
    picked = tuple(found[name] for name in case.wrt)
    assert_matches_differences(case, case.wrt, picked)
    scale(first)
    same(pullback(1.0), kept)


def structure(tree: Any, tangent: Any) -> Any:
    """Tangents in the keys of a structure as a structure of the same types."""
    keys = children(tree)
    if keys is None:
        return tangent
    parts = {key: structure(child(tree, key), tangent[key]) for key in keys}
    if isinstance(tree, dict):
        return parts
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*parts.values())
    if isinstance(tree, list | tuple):
        return type(tree)(parts.values())
    out = copy.copy(tree)
    for key, part in parts.items():
        object.__setattr__(out, key, part)
    return out


def check_pushforward(case: Case) -> None:
    """`jvp` along all arguments together, and along each of them alone."""
    rng = np.random.default_rng(6)
    arguments = bound_arguments(case)
    parameters = inspect.signature(case.function).parameters.values()
    plain = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    names = tuple(plain[: len(case.args)])
    wrt = [name for name in names if name in case.wrt]
    for chosen in [wrt, *([name] for name in wrt if len(wrt) > 1)]:
        dots = {name: tangents(arguments[name], rng) for name in chosen}
        assert_pushforward(case, names, dots)


def assert_pushforward(case: Case, names: tuple[str, ...], dots: Any) -> None:
    """The value, and its derivative along tangents by the names of arguments."""
    arguments = bound_arguments(case)
    moving = [
        structure(arg, dots[name]) if name in dots else None
        for name, arg in zip_longest(names, case.args)
    ]
    given = copy.deepcopy((case.args, moving))
    kwargs = copy.deepcopy(case.kwargs)
    value, found = jvp(case.function, *given, fallback="error", **kwargs)
    same(given[0], case.args)
    same(given[1], moving)
    expected_value = call(case, copy.deepcopy(arguments))
    assert_allclose(value, expected_value, rtol=1e-12)

    def along(step: float) -> float:
        fresh = copy.deepcopy(arguments)
        for name, dot in dots.items():
            fresh[name] = moved(arguments[name], dot, step)
        return float(call(case, fresh))

    expected = difference(along)
    assert np.shape(found) == np.shape(value)
    scale = abs(expected) + abs(expected_value)
    assert abs(found - expected) <= 10 * RTOL * scale + NOISE, (
        f"along {list(dots)} the derivative is {expected}, the pushforward is {found}"
    )


def scale(tree: Any) -> None:
    """Spoil what a pullback returned, to see that nothing of it is kept."""
    keys = children(tree)
    if isinstance(tree, np.ndarray) and tree.flags.writeable:
        tree *= 3.0
    for key in keys or ():
        scale(child(tree, key))
