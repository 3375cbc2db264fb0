"""One array added into several parts of another, as adjoints of stencils do."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Where fewer elements are added, one part after the other is as quick.
_LEAST = 20_000


def add_to_each(value: Any, *parts: Any) -> None:
    """Add an array to each part of another one, in place, one after the other.

    Where the parts are one rectangle at several places of a contiguous array, the rows
    of the rectangle are as far apart in memory at each of them. With gaps of -0.0
    between its rows `value` is added to a part in one piece instead of row by row:
    -0.0 leaves every number that it is added to as it is.

    >>> a = np.zeros(4)
    >>> add_to_each(np.array([1.0, 10.0]), a[:2], a[1:3], a[2:])
    >>> a
    array([ 1., 11., 11., 10.])
    """
    whole = _common_array(value, parts)
    if whole is None:
        for part in parts:
            np.add(part, value, out=part)
        return
    strides = [stride // whole.itemsize for stride in whole.strides]
    length = 1 + sum((n - 1) * s for n, s in zip(value.shape, strides, strict=True))
    added = _with_gaps(value, whole.shape[1:]).reshape(-1)[:length]
    flat = whole.reshape(-1)
    for part in parts:
        begin = (_address(part) - _address(whole)) // whole.itemsize
        flat[begin : begin + length] += added


def _common_array(value: Any, parts: tuple[Any, ...]) -> Any:
    """The contiguous array of which all parts are shifted rectangles, or None."""
    if type(value) is not np.ndarray or value.ndim < 2 or value.size < _LEAST:
        return None
    whole = parts[0].base
    if type(whole) is not np.ndarray or not (
        whole.ndim == value.ndim
        and whole.flags.c_contiguous
        and whole.flags.writeable
        and whole.dtype == value.dtype == np.float64
        and whole.size <= 2 * value.size
        and not np.may_share_memory(whole, value)
    ):
        return None
    same = all(
        type(part) is np.ndarray
        and part.base is whole
        and part.shape == value.shape
        and part.strides == whole.strides
        and part.dtype == whole.dtype
        and part.flags.writeable
        for part in parts
    )
    return whole if same else None


def _with_gaps(value: Any, row: tuple[int, ...]) -> Any:
    """The value as the first elements of rows of the given shape."""
    wide = np.empty((len(value), *row))
    for axis, size in enumerate(value.shape[1:], 1):
        wide[(slice(None),) * axis + (slice(size, None),)] = -0.0
    wide[tuple(map(slice, value.shape))] = value
    return wide


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])
