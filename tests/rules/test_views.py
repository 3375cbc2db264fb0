"""Functions whose results show their argument's memory see later writes into it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp
from sourcediff.checking.differences import difference
from sourcediff.errors import CompileError
from sourcediff.tensor.fallback import value_and_pullback

V = np.array([0.31, -0.72, 1.23, 0.94, -0.45])
V_DOT = np.array([0.5, -0.2, 0.8, 0.1, 0.4])


def grids(v: Any) -> Any:
    a = v * 1.5
    x, y = np.meshgrid(a, a, copy=False)
    a[0] = 2.0
    return np.sum(x**2 * y)


def copied_grids(v: Any) -> Any:
    a = v * 1.5
    x, y = np.meshgrid(a, a)
    a[0] = 2.0
    return np.sum(x**2 * y) + np.sum(a)


CASES = (grids, copied_grids)


@pytest.fixture
def slope(request: Any) -> float:
    f = request.getfixturevalue("f")
    return float(difference(lambda t: f(V + t * V_DOT), step=1e-4))


def test_a_gradient_refuses_writes_below_a_view() -> None:
    with pytest.raises(CompileError, match="of memory that"):
        grad(grids, fallback="error")(V)


def test_a_copy_does_not_follow() -> None:
    slope = float(difference(lambda t: copied_grids(V + t * V_DOT), step=1e-4))
    assert grad(copied_grids, fallback="error")(V) @ V_DOT == pytest.approx(slope)


@pytest.mark.parametrize("f", CASES)
def test_a_tangent_follows_the_memory(f: Callable[..., Any], slope: float) -> None:
    y, y_dot = jvp(f, (V,), (V_DOT,), fallback="error")
    assert y == pytest.approx(f(V))
    assert y_dot == pytest.approx(slope)


@pytest.mark.parametrize("f", CASES)
def test_the_tape_follows_the_memory(f: Callable[..., Any], slope: float) -> None:
    y, pullback = value_and_pullback(f, (V.copy(),), wanted=[0])
    assert y == pytest.approx(f(V))
    assert pullback(1.0)[0][0] @ V_DOT == pytest.approx(slope)
