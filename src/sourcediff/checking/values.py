"""The fixed random values that the examples in the rules' docstrings are about."""

from __future__ import annotations

from typing import Any

import numpy as np


def example_values() -> dict[str, Any]:
    """Fresh values, the same at every call.

    >>> example_values()["A"].shape
    (3, 4)
    """
    rng = np.random.default_rng(20240229)

    def spread(*shape: int) -> np.ndarray[Any, Any]:
        """Values of both signs, none near zero, no two near each other."""
        size = int(np.prod(shape))
        magnitudes = np.linspace(0.25, 2.2, size) + rng.uniform(0, 0.03, size)
        signs = rng.permutation(np.arange(size) % 2) * 2.0 - 1
        return (rng.permutation(magnitudes) * signs).reshape(shape)

    def complex_spread(*shape: int) -> np.ndarray[Any, Any]:
        return spread(*shape) + 1j * spread(*shape)

    square = spread(4, 4)
    return {
        # numbers
        "s": 2.37,
        "t": 0.83,
        "c": 0.71 - 1.13j,
        "k": 2,
        # vectors
        "v": spread(5),
        "w": spread(5),
        "p": np.abs(spread(5)),
        "u": rng.permutation(np.linspace(-0.87, 0.83, 5)),
        "z": complex_spread(5),
        "q": complex_spread(5),
        "i": np.array([3, 0, 3, 1, 0]),
        "m": np.array([True, False, False, True, True]),
        # matrices and more
        "A": spread(3, 4),
        "B": spread(4, 3),
        "C": spread(3, 4),
        "S": square @ square.T / 4 + np.eye(4),
        "M": spread(4, 4) + 3 * np.diag([1.0, -1.1, 1.3, 0.9]),
        "T": spread(2, 3, 4),
        "Z": complex_spread(3, 4),
        "N": np.where(np.eye(3, 4, k=1) == 1, np.nan, spread(3, 4)),
    }
