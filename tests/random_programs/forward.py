"""Random programs in forward mode: pushforwards, and products with the Hessian."""

# What fails, and how, is what is asked here.

import copy
import inspect
from typing import Any

import numpy as np

from sourcediff import hvp, jvp
from sourcediff.errors import SourcediffError
from tests.compiled import grad
from tests.language import oracle
from tests.random_programs.generator import Program
from tests.random_programs.running import (
    Invalid,
    Outcome,
    cause,
    differences,
    load,
    run,
)


def examine_forward(program: Program, args: list[Any], seed: int = 3) -> Outcome:
    """Push tangents through a valid program and compare; raises Invalid."""
    try:
        function = load(program.text)
    except (SyntaxError, KeyError) as error:
        raise Invalid(repr(error)) from error
    value = run(function, args)
    slopes = differences(function, args, seed)
    stage = "jvp"
    try:
        for tangent, expected in slopes:
            dots = oracle.structure(args, tangent)
            given = copy.deepcopy((args, dots))
            found, found_dot = jvp(function, *given)
            oracle.same(given, (args, dots))
            np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-13)
            tolerance = 1e-6 * abs(expected) + 1e-8 * (1 + abs(value))
            assert abs(found_dot - expected) <= tolerance, (
                f"along a direction: {expected} by differences, {found_dot} by jvp"
            )
        stage = "hvp"
        check_products(function, args, seed)
    except SourcediffError as error:
        return Outcome("refused", cause(error), stage)
    except AssertionError as error:
        return Outcome("wrong", " ".join(str(error).split())[:300], stage)
    except Exception as error:
        if isinstance(error, Invalid):
            raise
        return Outcome("crash", f"{type(error).__name__}: {error}", stage)
    return Outcome("right")


def examine_products(program: Program, args: list[Any], seed: int = 3) -> Outcome:
    """Compare `hvp` of a valid program with differences; raises Invalid.

    It is refused where forward over reverse is not compiled; the product is right.
    """
    try:
        function = load(program.text)
    except (SyntaxError, KeyError) as error:
        raise Invalid(repr(error)) from error
    run(function, args)
    differences(function, args, seed)
    names = tuple(inspect.signature(function).parameters)
    stage = "hvp"
    try:
        check_products(function, args, seed)
        stage = "forward over reverse"
        dots = oracle.structure(
            args, oracle.tangents(args, np.random.default_rng(seed))
        )
        gradient = grad(function, wrt=names)
        jvp(gradient, copy.deepcopy(args), dots, fallback="error")
    except SourcediffError as error:
        return Outcome("refused", cause(error), stage)
    except AssertionError as error:
        return Outcome("wrong", " ".join(str(error).split())[:300], stage)
    except Exception as error:
        if isinstance(error, Invalid):
            raise
        return Outcome("crash", f"{type(error).__name__}: {error}", stage)
    return Outcome("right")


def check_products(function: Any, args: list[Any], seed: int) -> None:
    """`u H v` against the slope of `u` times the gradient, along `v`."""
    rng = np.random.default_rng(seed + 1)
    u, v = (oracle.tangents(args, rng) for _ in range(2))
    names = tuple(inspect.signature(function).parameters)
    gradient = grad(function, wrt=names)

    def along(step: float) -> float:
        bars = gradient(*oracle.moved(args, v, step))
        return sum(float(np.sum(t)) for t in oracle.product(args, list(bars), u))

    products = hvp(function, copy.deepcopy(args), oracle.structure(args, v))
    try:
        expected = oracle.difference(along)
    except oracle.Kink as error:
        raise Invalid(str(error)) from error
    terms = list(oracle.product(args, list(products), u))
    found = sum(float(np.sum(term)) for term in terms)
    size = sum(float(np.sum(np.abs(term))) for term in terms)
    tolerance = 1e-5 * (size + abs(expected)) + 1e-7 * (1 + abs(along(0.0)))
    assert abs(found - expected) <= tolerance, (
        f"u H v is {expected} by differences of gradients, {found} by hvp"
    )
