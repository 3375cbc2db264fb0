"""The adjoint of reading a diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sourcediff.runtime.dispatch import overridable


@overridable
def place_diagonal(
    y_bar: Any, shape: Sequence[int], offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    """Zeros of the given shape with `y_bar` on a diagonal, as `np.diagonal` reads it.

    `y_bar` may also be one number for the whole diagonal.

    >>> place_diagonal(np.array([1.0, 2.0]), (2, 3), offset=1)
    array([[0., 1., 0.],
           [0., 0., 2.]])
    """
    x_bar = np.zeros(shape, dtype=np.result_type(y_bar))
    matrices = np.moveaxis(x_bar, (axis1, axis2), (-2, -1))
    row, column = max(-offset, 0), max(offset, 0)
    rows, columns = np.shape(matrices)[-2:]
    k = np.arange(max(min(rows - row, columns - column), 0))
    matrices[..., row + k, column + k] = y_bar
    return x_bar
