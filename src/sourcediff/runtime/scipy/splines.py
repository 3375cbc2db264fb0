"""What a spline must be to have a derivative."""

from __future__ import annotations

from typing import Any

import numpy as np


def of_one_value(slope: Any, x: Any) -> Any:
    """The slope of a spline; that of a spline of vectors, not elementwise, is refused.

    >>> of_one_value(np.ones((3, 2)), np.ones(3))
    Traceback (most recent call last):
    TypeError: a spline whose values are arrays has no derivative: take one component
    """
    if np.ndim(slope) != np.ndim(x):
        raise TypeError(
            "a spline whose values are arrays has no derivative: take one component"
        )
    return slope
