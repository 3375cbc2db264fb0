"""Every function of NumPy in a user's program: compiled, taped and forward."""

import ast
import functools
import linecache
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp
from sourcediff.checking.differences import difference, inner, moved, random_like
from sourcediff.checking.examples import is_active
from sourcediff.checking.values import example_values
from sourcediff.tensor.fallback import value_and_pullback
from tests.rules.one_liners import (
    EXPRESSIONS,
    SINCE,
    STATEMENTS,
    UNTAPED,
)

NAMES = example_values().keys()


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


newer = [program for text in SINCE.values() for program in lines(text)]
PROGRAMS = [*lines(EXPRESSIONS), *lines(STATEMENTS), *newer]
each_program = pytest.mark.parametrize("program", PROGRAMS)


def parameters(program: str) -> list[str]:
    """The values that a program reads."""
    nodes = [n for n in ast.walk(ast.parse(program)) if isinstance(n, ast.Name)]
    own = {n.id for n in nodes if isinstance(n.ctx, ast.Store)}
    own |= {
        argument.arg
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Lambda)
        for argument in node.args.args
    }
    return sorted({n.id for n in nodes} & NAMES - own)


@functools.cache
def loss_of(program: str) -> tuple[Callable[..., Any], tuple[Any, ...], list[int]]:
    """The program with a number made of its result, its arguments, and the active."""
    names = parameters(program)
    body = [part.strip() for part in program.split("; ")]
    if not body[-1].startswith("y = "):
        body[-1] = f"y = {body[-1]}"
    result = _run(body, names)
    number = "np.sum(weights * y + 0.4 * weights * y * y)"
    if np.iscomplexobj(result):
        number = "np.sum(np.real(weights * y) + np.real(weights) * np.abs(y) ** 2)"
    text = "\n    ".join(
        [f"def loss({', '.join([*names, 'weights'])}):", *body, f"return {number}"]
    )
    rng = np.random.default_rng(len(program))
    weights = random_like(np.zeros_like(np.asarray(result), complex), rng)
    if not np.iscomplexobj(result):
        weights = weights.real
    file = f"<{program}>"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    scope = {"np": np, "__name__": __name__}
    exec(compile(text, file, "exec"), scope)
    args = (*(example_values()[name] for name in names), weights)
    active = [k for k, name in enumerate(names) if is_active(args[k])]
    return scope["loss"], args, active  # type: ignore[return-value]


def _run(body: list[str], names: list[str]) -> Any:
    values = example_values()
    scope: dict[str, Any] = {"np": np, **{name: values[name] for name in names}}
    exec("\n".join(body), scope)
    return scope["y"]


def fresh(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(np.copy(a) if isinstance(a, np.ndarray) else a for a in args)


def directions(args: tuple[Any, ...], active: list[int]) -> list[Any]:
    rng = np.random.default_rng(7)
    return [random_like(args[k], rng) for k in active]


def slope(program: str, dots: list[Any]) -> float:
    loss, args, active = loss_of(program)

    def along(t: float) -> Any:
        point = list(fresh(args))
        for k, dot in zip(active, dots, strict=True):
            point[k] = moved(args[k], dot, t)
        return loss(*point)

    return float(difference(along, step=1e-4))


def assert_slope(actual: float, expected: float) -> None:
    assert actual == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.fixture(autouse=True)
def _floating_point() -> Iterator[None]:
    """A program's own warnings are its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(autouse=True)
def _new_enough_numpy(program: str) -> None:
    for version, text in SINCE.items():
        if program in lines(text) and np.lib.NumpyVersion(np.__version__) < version:
            pytest.skip(f"NumPy {np.__version__} is older than {version}")


@each_program
def test_gradient(program: str) -> None:
    loss, args, active = loss_of(program)
    dots = directions(args, active)
    bars = grad(loss, wrt=tuple(active), fallback="error")(*fresh(args))
    for bar, k in zip(bars, active, strict=True):
        assert np.shape(bar) == np.shape(args[k])
        assert np.asarray(bar).dtype == np.asarray(args[k]).dtype
    actual = sum(inner(bar, dot) for bar, dot in zip(bars, dots, strict=True))
    assert_slope(actual, slope(program, dots))


@pytest.mark.parametrize("program", sorted({*PROGRAMS} - {*lines(UNTAPED)}))
def test_gradient_on_the_tape(program: str) -> None:
    loss, args, active = loss_of(program)
    dots = directions(args, active)
    _, pullback = value_and_pullback(loss, fresh(args), wanted=active)
    bars, _ = pullback(1.0)
    actual = sum(inner(bars[k], dot) for k, dot in zip(active, dots, strict=True))
    assert_slope(actual, slope(program, dots))


@each_program
def test_tangent(program: str) -> None:
    loss, args, active = loss_of(program)
    dots = directions(args, active)
    tangents: list[Any] = [None] * len(args)
    for k, dot in zip(active, dots, strict=True):
        tangents[k] = dot
    _, dot = jvp(loss, fresh(args), tuple(tangents), fallback="error")
    assert_slope(float(np.real(dot)), slope(program, dots))
