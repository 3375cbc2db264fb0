"""Second derivatives of one-liners come from compiling our own output, not the tape."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp
from sourcediff.checking.differences import difference, inner, moved
from tests.rules.test_one_liners import directions, fresh, loss_of

# What each of these computes with was once outside the language of generated code.
PROGRAMS = """
np.diff(A, axis=0, prepend=s)
np.diff(v, 2, append=w[:2])
np.interp(u, np.linspace(-2, 2, 5), w, left=s, right=t)
np.block([[s, v], [v[:, None], np.outer(v, w)]])
np.column_stack([A, A[:, 0], v[:3]])
np.c_[v, np.arange(5), s * w]
np.r_[s, v, 0.0]
np.dot(T, B)
np.dot(A, s)
np.apply_along_axis(lambda r: r * r[0], 1, A)
np.apply_along_axis(np.cumsum, 0, A)
np.multiply.reduceat(v, [0, 2, 3])
np.subtract.accumulate(v)
np.polydiv(v, w[:3])[0]
np.lib.stride_tricks.sliding_window_view(A, (2, 2))
np.array([x**2 for x in v])
np.kaiser(5, s)
"""


@dataclass
class Weights:
    w: Any
    b: float


def of_an_object(weights: Weights, x: Any) -> Any:
    doubled = Weights(weights.w * 2, weights.b * weights.b)
    return np.sum(np.tanh(x * doubled.w + doubled.b) ** 2)


def test_a_gradient_that_is_an_object_compiles_again() -> None:
    x, w, b = np.array([1.2, -0.4]), np.array([0.3, 0.7]), 0.3
    w_dot, b_dot = np.array([0.5, -0.2]), 0.8
    gradient = grad(of_an_object, fallback="error")
    _, dot = jvp(
        gradient,
        (Weights(w, b), x),
        (Weights(w_dot, b_dot), np.zeros(2)),
        fallback="error",
    )

    def along(t: float) -> Any:
        bar = gradient(Weights(w + t * w_dot, b + t * b_dot), x)
        return np.append(bar.w, bar.b)

    expected = difference(along, step=1e-4)
    np.testing.assert_allclose(np.append(dot.w, dot.b), expected, rtol=1e-6)


@pytest.mark.parametrize("program", PROGRAMS.strip().splitlines())
def test_the_gradient_of_a_program_compiles_again(program: str) -> None:
    loss, args, active = loss_of(program)
    dots = directions(args, active)
    tangents: list[Any] = [None] * len(args)
    for k, dot in zip(active, dots, strict=True):
        tangents[k] = dot
    gradient = grad(loss, wrt=tuple(active), fallback="error")
    _, bar_dots = jvp(gradient, fresh(args), tuple(tangents), fallback="error")

    def along(t: float) -> float:
        point = list(fresh(args))
        for k, dot in zip(active, dots, strict=True):
            point[k] = moved(args[k], dot, t)
        return sum(map(inner, gradient(*point), dots))

    actual = sum(map(inner, bar_dots, dots))
    expected = float(np.real(difference(along, step=1e-4)))
    assert actual == pytest.approx(expected, rel=1e-6, abs=1e-6)
