"""Values that the forward sweep has computed serve the reverse sweep."""

import math
from typing import Any

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.testing import check_grads

RNG = np.random.default_rng(9)


def kepler(m, e):
    E = m
    for _ in range(3):
        error = E - e * np.sin(E) - m
        E = E - error / (1.0 - e * np.cos(E))
    return E * E


def named(x, w):
    s = np.sin(x)
    c = np.cos(x)
    return np.sum(s * c * w)


def cosine_first(x, w):
    c = np.cos(x)
    s = np.sin(x)
    return np.sum(s * c * w)


def named_and_bound_again(x):
    s = np.sin(x)
    c = np.cos(x)
    y = s * c
    s = y * 2.0
    return np.sum(s * y)


def written_between(x):
    x = x * 1.0
    s = np.sum(np.sin(x) * 2.0)
    x *= 1.5
    c = np.sum(np.cos(x) * 3.0)
    return s * c


def written_through_a_view(x):
    x = x * 1.0
    v = x[1:]
    s = np.sum(np.sin(x) * 2.0)
    v *= 1.5
    c = np.sum(np.cos(x) * 3.0)
    return s * c


def name_written_into(x):
    c = np.cos(x)
    c *= 2.0
    y = np.sin(x)
    return np.sum(y * c)


def guarded(x):
    y = x * x
    total = math.exp(y) * 0.5
    if y > 100.0:
        return total
    return total + math.exp(y) * y


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (kepler, (1.3, 0.4)),
        (named, (RNG.normal(size=3), RNG.normal(size=3))),
        (cosine_first, (RNG.normal(size=3), RNG.normal(size=3))),
        (named_and_bound_again, (RNG.normal(size=3),)),
        (written_between, (RNG.normal(size=3),)),
        (written_through_a_view, (RNG.normal(size=3),)),
        (name_written_into, (RNG.normal(size=3),)),
        (guarded, (1.2,)),
    ],
)
def test_gradients_are_right(function: Any, arguments: Any) -> None:
    check_grads(function, arguments)


def test_nothing_is_computed_twice() -> None:
    text = grad(kepler, wrt=(0, 1)).source_for(1.3, 0.4)
    code = [line for line in text.splitlines() if "#" not in line]
    assert "\n".join(code).count("np.sin(") == "\n".join(code).count("np.cos(") == 1
    assert "s_bar * np.cos(x)" not in grad(cosine_first).source_for(np.ones(3), 2.0)
