"""`check_rule`: a function's rule put to the tests that our own rules pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.checking.checks import (
    CHECKS,
    check_likeness,
    check_modes,
    in_single_precision,
)
from sourcediff.checking.examples import Example, examples_of, is_active, leaves
from sourcediff.errors import MissingRule, SourcediffError
from sourcediff.rules import Rule, lookup


class WrongRule(SourcediffError, AssertionError):
    """A derivative rule that does not hold.

    >>> print(WrongRule("softplus(v)", "check_tangents", "0.3 is not 0.5"))
    softplus(v) fails check_tangents: 0.3 is not 0.5
    """

    def __init__(self, example: str, check: str, reason: str) -> None:
        self.arguments = (example, check, reason)
        super().__init__(f"{example} fails {check}: {reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


def check_rule(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Check the derivative rule that was declared for a function.

    With arguments it is checked there; without, at the `>>>` examples in the docstring
    of the rule, where `s t v w p A B ...` are fixed random numbers, vectors and
    matrices (`sourcediff.checking.values`). What must hold:

    - the pushforward agrees with differences of the function, to 1e-8;
    - the pullback agrees with it: `<x_bar, x_dot> = <y_bar, y_dot>` for random seeds;
    - cotangents have the shape and dtype of their arguments, in single precision too,
      where the function takes that;
    - arguments, seeds and results are not written into;
    - the pullback is a gradient: its derivative is symmetric;
    - it is the same for arrays that are read only, not contiguous, in Fortran's order.

    The stores of a `mutation` must leave the arguments as the function does.

    Raises `WrongRule`, an AssertionError, which names example and check; `MissingRule`
    for a function without rule; ValueError where there is nothing to check: a rule
    without examples, or a passive function.

    >>> import numpy as np
    >>> from sourcediff import elementwise
    >>> def cube(x):
    ...     return x * x * x
    >>> @elementwise(cube)
    ... def cube_partial(y, x):
    ...     return 3 * x * x
    >>> check_rule(cube, np.array([0.3, -1.2]))
    """
    name = getattr(function, "__name__", repr(function))
    rule = lookup(function)
    if rule is None:
        raise MissingRule(name)
    if rule.kind == "passive":
        raise ValueError(f"{name} is passive: there is no derivative to check")
    if rule.kind == "mutation":
        _check_stores(rule, function, args, kwargs)
        return
    if args or kwargs:
        examples = [Example(rule, function, args, kwargs, name)]
    else:
        examples = [e for e in examples_of(rule) if e.primal == function]
    examples = [example for example in examples if example.active]
    if not examples:
        raise ValueError(
            f"the rule of {name} has no example with floats: write one as a >>> line "
            "into its docstring, or give check_rule arguments"
        )
    for example in examples:
        _check(example, CHECKS)
        single = _in_single_precision(example)
        if single.active and single.is_accepted():
            _check(single, (check_modes, check_likeness))


def _check_stores(
    rule: Rule, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Compare what a function writes into its arguments with its rule's stores."""
    examples = [e.renewed() for e in examples_of(rule) if e.primal == function]
    if args or kwargs:
        examples = [Example(rule, function, args, kwargs, rule.name)]
    if not examples:
        raise ValueError(
            f"the rule of {rule.name} has no example: write one as a >>> line into its "
            "docstring, or give check_rule arguments"
        )
    for example in examples:
        given = example.args, example.kwargs
        (by_function, named), (by_rule, also) = (
            copy.deepcopy(given),
            copy.deepcopy(given),
        )
        function(*by_function, **named)
        rule.function(*by_rule, **also)
        for ours, its in zip(leaves([*by_rule]), leaves([*by_function]), strict=True):
            if not np.array_equal(ours, its, equal_nan=is_active(its)):
                reason = f"{ours!r} is not {its!r}"
                raise WrongRule(example.text, "check_stores", reason)


def _check(example: Example, checks: Any) -> None:
    for check in checks:
        try:
            check(example)
        except AssertionError as error:
            reason = str(error).strip() or "the shape or the dtype is another"
            raise WrongRule(example.text, check.__name__, reason) from error


def _in_single_precision(example: Example) -> Example:
    args, kwargs = in_single_precision((example.args, example.kwargs))
    return Example(example.rule, example.primal, args, kwargs, example.text)
