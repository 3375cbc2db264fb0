"""Checkpointed functions: the same numbers, less memory."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import checkpoint, hvp, jvp
from sourcediff.errors import CompileError
from tests.compiled import grad, vjp
from tests.language.oracle import Cases, check, check_pullback, check_pushforward
from tests.language.values import V, W

case = Cases()


def plain_step(u, k, dt=0.1):
    a = np.sin(u) * k
    b = np.exp(-a) * a
    c = np.tanh(b + u)
    return u + dt * (a * b - c) * np.cos(c)


@checkpoint
def step(u, k, dt=0.1):
    """One step."""
    a = np.sin(u) * k
    b = np.exp(-a) * a
    c = np.tanh(b + u)
    return u + dt * (a * b - c) * np.cos(c)


@checkpoint
def both(u, *others, power=2, **scales):
    total = u**power
    for other in others:
        total = total * other
    return total * scales["by"], np.sum(np.sin(total))


@case(V, 1.3)
def in_a_loop(u, k):
    for _ in range(6):
        u = step(u, k)
    return np.sum(u**2)


@case(V, W)
def in_place_between(u, w):
    total = 0.0
    for i in range(4):
        u[i] = np.sum(step(u, w[i])) * 0.2
        total += u[i] * step(u[1:], 0.7, dt=w[0])[0]
        w *= 0.9
    return total + np.sum(u)


@case(V, W, 0.8)
def of_any_signature(u, w, x):
    y, total = both(u, w, x, power=3, by=x)
    y[0] = total
    return np.sum(y * both(w, by=1.5)[0])


@case.parametrize()
def test_gradient(case: Any) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Any) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Any) -> None:
    check_pushforward(case)


def many(u: Any, k: Any) -> Any:
    for _ in range(40):
        u = step(u, k)
    return np.sum(u**2)


def many_plain(u: Any, k: Any) -> Any:
    for _ in range(40):
        u = plain_step(u, k)
    return np.sum(u**2)


def peak(function: Any, *args: Any) -> int:
    gradient = grad(function)
    gradient(*args)
    tracemalloc.start()
    gradient(*args)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_it_keeps_the_arguments_only() -> None:
    u = np.linspace(0.1, 1.0, 20_000)
    less, more = peak(many, u, 1.3), peak(many_plain, u, 1.3)
    assert less < 0.25 * more
    assert_allclose(grad(many)(u, 1.3), grad(many_plain)(u, 1.3), rtol=1e-13)


def test_second_order() -> None:
    expected = hvp(many_plain, (V, 1.3), (W, None))[0]
    assert_allclose(hvp(many, (V, 1.3), (W, None))[0], expected, rtol=1e-10)
    _, pullback = vjp(grad(many), V, 1.3)
    assert_allclose(pullback(W)[0], expected, rtol=1e-10)
    assert_allclose(jvp(grad(many), (V, 1.3), (W, None))[1], expected, rtol=1e-10)


def test_it_stays_the_function_it_was() -> None:
    assert step.__name__ == "step"
    assert step.__doc__ == "One step."
    assert_allclose(step(V, 1.3), plain_step(V, 1.3), rtol=0)


def test_written_as_a_module(tmp_path: Path) -> None:
    path = tmp_path / "many_grad.py"
    grad(many).to_file(path, V, 1.3)
    scope: dict[str, Any] = {}
    exec(path.read_text(), scope)
    assert_allclose(scope["many_grad"](V, 1.3), grad(many)(V, 1.3), rtol=1e-14)


@checkpoint
def writes(u):
    u[0] = u[1] * 2.0
    return np.sum(u)


def test_what_cannot_run_twice_is_refused() -> None:
    def total(u: Any) -> Any:
        return writes(u * 1.0) ** 2

    with pytest.raises(CompileError, match="must not write into u"):
        grad(total)(V)
    with pytest.raises(TypeError, match="Python function"):
        checkpoint(np.sin)
