"""Choices between doubles without a branch for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np

#: From as many elements on, a pass over the bits pays for its calls.
_MANY = 8192


def branchless_where(condition: Any, x: Any, y: Any) -> Any:
    """`np.where(condition, x, y)`, to the last bit, in less time.

    NumPy branches on every element of the condition, and where a processor cannot
    foresee those branches it takes five times as long as for arithmetic. Of doubles,
    the bits are masked here instead. What is not chosen may be infinite or no number.

    >>> branchless_where(np.array([True, False]), np.array([2.5, np.inf]), 0)
    array([2.5, 0. ])
    """
    if type(condition) is not np.ndarray or condition.size < _MANY:
        return np.where(condition, x, y)
    first, second = _bits(x), _bits(y)
    if condition.dtype != bool or first is None or second is None:
        return np.where(condition, x, y)
    if type(first) is type(second) is int:
        return np.where(condition, x, y)
    if type(second) is int and not second:
        return (-condition.astype(np.int64) & first).view(np.float64)
    if type(first) is int and not first:
        return (-(~condition).astype(np.int64) & second).view(np.float64)
    return ((first ^ second) & -condition.astype(np.int64) ^ second).view(np.float64)


def _bits(value: Any) -> Any:
    """The bits of doubles as integers, those of one number as one; None of others."""
    if type(value) is np.ndarray:
        return value.view(np.int64) if value.dtype == np.float64 else None
    if type(value) is int:
        return 0 if value == 0 else None
    is_double = isinstance(value, float)
    return int(np.float64(value).view(np.int64)) if is_double else None
