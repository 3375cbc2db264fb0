"""Index keys and values for NumPy's functions that write into an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def element_key(indices: Any, shape: Sequence[int]) -> tuple[Any, ...]:
    """The key of the elements with the given places in the flattened array.

    Raises ValueError for a place outside the array.

    >>> [k.tolist() for k in element_key([1, -1], (2, 3))]
    [[0, 1], [1, 2]]
    """
    indices = np.asarray(indices)
    size = int(np.prod(shape))
    return np.unravel_index(np.where(indices < 0, indices + size, indices), shape)


def cycle(values: Any, shape: Any) -> Any:
    """The values, repeated in order or cut to fill the given shape; a scalar as is.

    >>> cycle(np.array([1.0, 2.0]), (3,))
    array([1., 2., 1.])
    """
    if np.shape(values) == tuple(shape) or np.ndim(values) == 0:
        return np.broadcast_to(values, shape)
    return np.resize(values, shape)


def diagonal_key(shape: Sequence[int], wrap: bool = False) -> tuple[Any, ...]:
    """The key of the elements that `np.fill_diagonal` writes.

    >>> [k.tolist() for k in diagonal_key((3, 2))]
    [[0, 1], [0, 1]]
    """
    if len(shape) == 2:
        step = shape[1] + 1
        stop = shape[0] * shape[1] if wrap else shape[1] * shape[1]
        places = np.arange(0, min(stop, shape[0] * shape[1]), step)
        return np.unravel_index(places, tuple(shape))
    return (np.arange(shape[0]),) * len(shape)
