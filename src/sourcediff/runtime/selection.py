"""Index keys for selections along an axis, and what sorted arrays came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def axis_key(indices: Any, axis: int, ndim: int) -> tuple[Any, ...]:
    """The key with which `x[key]` is `np.take(x, indices, axis)`.

    >>> axis_key([0, 2], -1, 2)
    (slice(None, None, None), [0, 2])
    """
    return (slice(None),) * (axis % ndim) + (indices,)


def along_axis(indices: Any, axis: int, shape: Sequence[int]) -> tuple[Any, ...]:
    """The key with which `x[key]` is `np.take_along_axis(x, indices, axis)`.

    `shape` is that of `x`.

    >>> x = np.array([[3.0, 1.0], [2.0, 4.0]])
    >>> x[along_axis(np.array([[1], [0]]), 1, (2, 2))]
    array([[1.],
           [2.]])
    """
    key: list[Any] = list(np.ogrid[tuple(slice(n) for n in shape)])
    key[axis] = indices
    return tuple(key)


def sorting_order(x: Any, y: Any, axis: int | None) -> Any:
    """The order in which the elements of `x` stand in `y`, a rearrangement of `x`.

    `np.take_along_axis(x, order, axis)` is `y`. It does not matter how `y` was made:
    equal elements are matched in order, whatever the algorithm did with them.

    >>> sorting_order(np.array([3.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]), 0)
    array([1, 0, 2])
    """
    if axis is None:
        x, axis = np.ravel(x), 0
    ranks = np.argsort(np.argsort(y, axis=axis, kind="stable"), axis=axis)
    order = np.argsort(x, axis=axis, kind="stable")
    return np.take_along_axis(order, ranks, axis=axis)


def gather_last(a: Any, key: Any) -> Any:
    """`a[key]`, with zeros for all but the last of repeated elements.

    The adjoint of a store `x[key] = v` in which an element occurs several times: only
    the value written last has stayed.

    >>> gather_last(np.array([1.5, 2.5]), np.array([0, 1, 0]))
    array([0. , 2.5, 1.5])
    """
    places = np.arange(np.size(a)).reshape(np.shape(a))[key]
    flat = np.ravel(places)
    _, last = np.unique(flat[::-1], return_index=True)
    kept = np.zeros(flat.size, dtype=bool)
    kept[flat.size - 1 - last] = True
    return np.where(kept.reshape(np.shape(places)), a[key], 0)
