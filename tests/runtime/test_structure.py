"""Structures of cotangents, also of those that the tape records."""

from typing import Any

import numpy as np

from sourcediff.runtime import add, copied, zeros_like
from sourcediff.tensor.fallback import value_and_pullback


def test_sums_of_structures_are_recorded() -> None:
    def total(x: Any) -> Any:
        parts = add(zeros_like([x[0], x[1]]), 2.0 * x)
        return np.sum(parts[0] * parts[1])

    x = np.array([[1.5, 2.5], [3.5, 4.5]])
    _, pullback = value_and_pullback(total, (x,))
    np.testing.assert_allclose(pullback(1.0)[0][0], 4 * x[::-1])


def test_copies_are_recorded() -> None:
    x = np.array([1.5, 2.5])
    _, pullback = value_and_pullback(lambda x: np.sum(copied(x * x)), (x,))
    np.testing.assert_allclose(pullback(1.0)[0][0], 2 * x)
