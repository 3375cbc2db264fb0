"""The choices at kinks and ties, in programs: the same compiled and on the tape."""

import linecache
import warnings
from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp

inf, nan = np.inf, np.nan

# A program of x, the point, and the gradient there.
CONVENTIONS = [
    ("np.sum(np.maximum(x, 0.0))", [0.0, 1.5, -1.5], [0.5, 1.0, 0.0]),
    ("np.sum(np.where(x > 0, x, 0.0))", [0.0, 1.5], [0.0, 1.0]),
    ("np.sum(np.clip(x, -1.0, 1.0))", [-1.0, 1.0, 0.5, 2.0], [1.0, 1.0, 1.0, 0.0]),
    ("np.sum(np.abs(x))", [0.0, -2.0], [0.0, -1.0]),
    ("np.sum(np.sign(x) + np.floor(x) + np.round(x))", [0.0, 1.5], [0.0, 0.0]),
    ("np.maximum(x[0], x[1])", [2.0, 2.0], [0.5, 0.5]),
    ("np.minimum(x[0], x[1])", [2.0, 2.0], [0.5, 0.5]),
    ("np.max(x)", [3.0, 1.0, 3.0], [0.5, 0.0, 0.5]),
    ("x.min()", [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
    ("np.median(x)", [1.0, 1.0, 1.0], [1 / 3, 1 / 3, 1 / 3]),
    ("np.linalg.norm(x, np.inf)", [2.0, -2.0, 1.0], [0.5, -0.5, 0.0]),
    ("x[np.argmax(x)]", [3.0, 1.0, 3.0], [1.0, 0.0, 0.0]),
    ("np.sum(np.sort(x) * np.arange(3.0))", [3.0, 1.0, 2.0], [2.0, 0.0, 1.0]),
    ("np.linalg.norm(x)", [0.0, 0.0], [0.0, 0.0]),
    ("np.std(x)", [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]),
    ("np.sqrt(x[0])", [0.0], [inf]),
    ("np.log(x[0])", [0.0], [inf]),
    ("np.sum(x**0)", [0.0, 2.0], [0.0, 0.0]),
    ("np.sum(x**0.5)", [0.0], [inf]),
    ("np.sum(0.0**x)", [0.0, 2.0], [0.0, 0.0]),
    ("np.sum(x**3.0)", [-2.0], [12.0]),
    ("np.prod(x)", [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    ("np.prod(x)", [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]),
    ("np.sum(np.cumprod(x))", [0.0, 2.0, 3.0], [9.0, 0.0, 0.0]),
    ("np.arctan2(x[0], x[1])", [0.0, 0.0], [0.0, 0.0]),
    ("np.hypot(x[0], x[1])", [0.0, 0.0], [nan, nan]),
    ("np.sum(x % 2.0)", [0.5, 2.0, -3.0], [1.0, 1.0, 1.0]),
    ("np.sum(np.sinc(x))", [0.0], [0.0]),
    ("np.logaddexp(x[0], x[1])", [-inf, 0.0], [0.0, 1.0]),
    ("np.logaddexp.reduce(x)", [-inf, 0.0], [0.0, 1.0]),
    ("np.sum(x[[0, 0, 1]])", [1.5, 2.5], [2.0, 1.0]),
    ("np.sum(1 / (1 + np.exp(-x)))", [100.0, -100.0], [0.0, 0.0]),
]
each_convention = pytest.mark.parametrize(
    ("program", "point", "expected"), CONVENTIONS, ids=str
)


def function_of(program: str) -> Any:
    file = f"<convention {program}>"
    source = f"def chosen(x):\n    return {program}\n"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    scope: dict[str, Any] = {"np": np}
    exec(compile(source, file, "exec"), scope)
    return scope["chosen"]


@each_convention
@pytest.mark.parametrize("fallback", ["error", "always"])
def test_gradient(program: str, point: Any, expected: Any, fallback: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inf and NaN are what some of them are about
        actual = grad(function_of(program), fallback=fallback)(np.array(point))
    np.testing.assert_allclose(actual, expected, atol=1e-40)


@each_convention
def test_forward_mode_agrees(program: str, point: Any, expected: Any) -> None:
    for k, slope in enumerate(expected):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dot = np.eye(len(point))[k]
            _, y_dot = jvp(function_of(program), (np.array(point),), (dot,))
        if np.isfinite(expected).all():
            np.testing.assert_allclose(y_dot, slope, atol=1e-40)


@pytest.mark.parametrize("fallback", ["error", "always"])
def test_overlapping_views_are_what_numpy_computes(fallback: Any) -> None:
    def overlapping(x: Any) -> Any:
        c = x.copy()
        c[1:] *= c[:2]
        return np.sum(c * np.array([1.0, 10.0, 100.0]))

    x = np.array([2.0, 3.0, 5.0])
    actual = grad(overlapping, fallback=fallback)(x)
    np.testing.assert_allclose(actual, [1.0 + 30.0, 20.0 + 500.0, 300.0])
