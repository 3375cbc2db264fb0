"""Old Faithful's eruptions: how long each took, and the wait before the next."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray


def old_faithful() -> NDArray[np.float64]:
    """The 272 eruptions, one row each: minutes of eruption, minutes until the next.

    Observed in Yellowstone in October 1980; facts, and so in the public domain (R has
    them as `faithful`).

    >>> old_faithful().shape, old_faithful()[0]
    ((272, 2), array([ 3.6, 79. ]))
    """
    text = (files("sourcediff.demo") / "old_faithful.csv").read_text()
    rows: Any = [line.split(",") for line in text.splitlines()[1:]]
    return np.array(rows, dtype=float)


def standardised(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """The data with mean 0 and standard deviation 1 in each column."""
    scaled: NDArray[np.float64] = (data - data.mean(axis=0)) / data.std(axis=0)
    return scaled
