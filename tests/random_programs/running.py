"""Random programs are run, and their gradients compared with differences."""

# Programs as users write them.
# ruff: noqa: BLE001

import copy
import itertools
import linecache
import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

import sourcediff
from sourcediff.errors import SourcediffError
from tests.compiled import grad, value_and_grad, vjp
from tests.language import oracle
from tests.random_programs.generator import Program
from tests.random_programs.scope import Array, Number, Numbers, Table

LARGEST = 1e4
_numbers = itertools.count()


class Invalid(Exception):
    """The program fails, grows, or is not smooth at its arguments."""


@dataclass(frozen=True)
class Outcome:
    """What came of a program: right, refused, wrong or crash; and why."""

    status: str
    detail: str = ""
    stage: str = ""


def load(text: str) -> Callable[..., Any]:
    """The function `f` of a module's text, which tracebacks and inspect can see."""
    filename = f"<random program {next(_numbers)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    names: dict[str, Any] = {"__name__": "random_program"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(text, filename, "exec"), names)
    return names["f"]


def arguments(parameters: tuple[tuple[str, Any], ...], random: Random) -> list[Any]:
    """Arguments away from round numbers and from each other."""
    rng = np.random.default_rng(random.randrange(2**16))

    def argument(kind: Any) -> Any:
        match kind:
            case Number():
                return float(rng.uniform(0.2, 1.5) * rng.choice([-1.0, 1.0]))
            case Array(shape=shape):
                return rng.uniform(0.2, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
            case Numbers(length=n):
                return [argument(Number()) for _ in range(n)]
            case Table(items=items):
                return {key: argument(value) for key, value in items}
        raise AssertionError(kind)

    return [argument(kind) for _, kind in parameters]


def run(function: Callable[..., Any], args: list[Any]) -> float:
    """The value of the primal, or Invalid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            value = float(function(*copy.deepcopy(args)))
    except Exception as error:
        raise Invalid(repr(error)) from error
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise Invalid(f"value {value}")
    return value


def differences(
    function: Callable[..., Any], args: list[Any], seed: int
) -> list[tuple[Any, float]]:
    """Random tangents and the derivatives along them, or Invalid at a kink."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(2):
        tangent = oracle.tangents(args, rng)

        def along(step: float, tangent: Any = tangent) -> float:
            return run(function, oracle.moved(args, tangent, step))

        try:
            slope = oracle.difference(along)
        except oracle.Kink as error:
            raise Invalid(str(error)) from error
        if abs(slope) > 100 * LARGEST:
            raise Invalid(f"slope {slope}")
        found.append((tangent, slope))
    return found


def examine(program: Program, args: list[Any], seed: int = 3) -> Outcome:
    """Compile a valid program and compare everything; raises Invalid."""
    try:
        function = load(program.text)
    except (SyntaxError, KeyError) as error:
        raise Invalid(repr(error)) from error
    value = run(function, args)
    slopes = differences(function, args, seed)
    names = tuple(name for name, _ in program.parameters)
    stage = "grad"
    try:
        given = copy.deepcopy(args)
        gradients = grad(function, wrt=names)(*given)
        oracle.same(given, args)
        check_slopes(args, gradients, slopes, value)
        stage = "value_and_grad"
        found, again = value_and_grad(function, wrt=names[-1])(*given)
        oracle.same(given, args)
        np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-13)
        oracle.same(again, gradients[-1], 1e-9)
        stage = "vjp"
        _, pullback = vjp(function, *given)
        first = pullback(1.0)
        oracle.same(list(first), list(gradients), 1e-9)
        kept = copy.deepcopy(first)
        oracle.scale(first)
        oracle.same(pullback(1.0), kept, 1e-12)
    except SourcediffError as error:
        return Outcome("refused", cause(error), stage)
    except AssertionError as error:
        return Outcome("wrong", " ".join(str(error).split())[:300], stage)
    except Exception as error:
        return Outcome("crash", f"{type(error).__name__}: {error}", stage)
    return Outcome("right")


def examine_taped(program: Program, args: list[Any], seed: int = 3) -> Outcome:
    """Run a valid program wholly on the tape and compare; raises Invalid."""
    try:
        function = load(program.text)
    except (SyntaxError, KeyError) as error:
        raise Invalid(repr(error)) from error
    value = run(function, args)
    slopes = differences(function, args, seed)
    names = tuple(name for name, _ in program.parameters)
    try:
        given = copy.deepcopy(args)
        taped = sourcediff.value_and_grad(function, wrt=names, fallback="always")
        found, gradients = taped(*given)
        oracle.same(given, args)
        np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-13)
        check_slopes(args, gradients, slopes, value)
    except SourcediffError as error:
        return Outcome("refused", cause(error), "tape")
    except AssertionError as error:
        return Outcome("wrong", " ".join(str(error).split())[:300], "tape")
    except Exception as error:
        return Outcome("crash", f"{type(error).__name__}: {error}", "tape")
    return Outcome("right")


def check_slopes(
    args: list[Any], gradients: Any, slopes: list[tuple[Any, float]], value: float
) -> None:
    """The gradient against the derivatives along the tangents."""
    for tangent, expected in slopes:
        terms = list(oracle.product(args, list(gradients), tangent))
        found = sum(float(np.sum(term)) for term in terms)
        size = sum(float(np.sum(np.abs(term))) for term in terms)
        tolerance = 1e-6 * (size + abs(expected)) + 1e-9 * (1 + abs(value))
        assert abs(found - expected) <= tolerance, (
            f"along a direction: {expected} by differences, {found} by the gradient"
        )


def cause(error: SourcediffError) -> str:
    """Why a program was refused, without its names and places."""
    problems = getattr(error, "problems", ())
    text = problems[0].cause if problems else str(error).splitlines()[0]
    kind = type(error).__name__
    text = re.sub(r" \(<.*", "", text)
    return f"{kind}: {re.sub(r'[a-z][a-z]?[0-9]+[_a-zA-Z0-9]*', 'x', text)}"
