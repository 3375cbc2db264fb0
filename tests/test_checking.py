"""`check_rule` passes what holds and names what does not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sourcediff import (
    check_rule,
    elementwise,
    linear,
    mutation,
    nondifferentiable,
    rule,
)
from sourcediff.checking.rule import WrongRule
from sourcediff.errors import MissingRule
from sourcediff.rules.declare import forget, jvp


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(x))


def doubled(x: Any) -> Any:
    return 2 * x


def total(x: Any) -> Any:
    return np.sum(x * x)


@pytest.fixture(autouse=True)
def clean() -> Any:
    yield
    forget([softplus, doubled, total, squares_up])


def test_a_right_rule_passes_at_its_examples() -> None:
    @elementwise(softplus)
    def partial(y: Any, x: Any) -> Any:
        """
        >>> partial(v)
        >>> partial(2.5)
        """
        return 1 / (1 + np.exp(-x))

    check_rule(softplus)
    check_rule(softplus, np.array([0.3, -1.2]))


def test_a_wrong_partial_is_named() -> None:
    @elementwise(softplus)
    def partial(y: Any, x: Any) -> Any:
        """>>> partial(v)"""
        return 1 / (1 + np.exp(x))

    with pytest.raises(WrongRule, match=r"partial\(v\) fails check_tangents"):
        check_rule(softplus)


def squares_up(x: Any, factor: Any) -> None:
    x[:] = np.sort(x) ** 2 * factor


def test_stores_are_compared_with_what_the_function_writes() -> None:
    @mutation(squares_up)
    def stores(x: Any, factor: Any) -> None:
        """>>> stores(v, 2.5)"""
        x[:] = np.sort(x) ** 2 * factor

    check_rule(squares_up)
    check_rule(squares_up, np.array([0.7, -0.3]), 1.5)


@pytest.mark.parametrize("power", [0, 1, 3])
def test_wrong_stores_are_found(power: int) -> None:
    @mutation(squares_up)
    def stores(x: Any, factor: Any) -> None:
        """>>> stores(v, 2.5)"""
        if power:
            x[:] = np.sort(x) ** power * factor

    with pytest.raises(WrongRule, match=r"stores\(v, 2.5\) fails check_stores"):
        check_rule(squares_up)


def test_modes_that_disagree_are_found() -> None:
    @rule(total)
    def vjp(y_bar: Any, y: Any, x: Any) -> Any:
        return y_bar * x

    @jvp(vjp)
    def pushed(x_dot: Any, y: Any, x: Any) -> Any:
        return 2 * np.sum(x * x_dot)

    with pytest.raises(WrongRule, match="check_modes"):
        check_rule(total, np.array([0.3, -1.2]))


def test_a_rule_that_writes_is_found() -> None:
    @linear(doubled)
    def bar(y_bar: Any, x: Any) -> Any:
        y_bar *= 2
        return y_bar

    with pytest.raises(WrongRule, match="check_"):
        check_rule(doubled, np.array([0.3, -1.2]))


def test_a_rule_that_widens_is_found() -> None:
    @rule(total)
    def vjp(y_bar: Any, y: Any, x: Any) -> Any:
        return np.reshape(2 * y_bar * x, (1, -1))

    @jvp(vjp)
    def pushed(x_dot: Any, y: Any, x: Any) -> Any:
        return 2 * np.sum(x * x_dot)

    with pytest.raises(WrongRule):
        check_rule(total, np.array([0.3, -1.2]))


def unknown(x: Any) -> Any:
    return x


def passive(x: Any) -> Any:
    return x


nondifferentiable(passive)


@pytest.mark.parametrize(
    ("function", "error"), [(unknown, MissingRule), (passive, ValueError)]
)
def test_what_cannot_be_checked_is_said(
    function: Callable[..., Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        check_rule(function)


def test_a_rule_without_example_is_said() -> None:
    @elementwise(softplus)
    def partial(y: Any, x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    with pytest.raises(ValueError, match="write one"):
        check_rule(softplus)
