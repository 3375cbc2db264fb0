"""Partial derivatives that NumPy cannot say safely in one short expression."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_DOUBLE = np.dtype(float)
_NUMBERS = (float, int)
_ARRAY = np.ndarray
_ZERO = np.zeros(())  # comparing with it takes half of the time of comparing with 0.0


def divide_or_zero(x: Any, y: Any) -> Any:
    """`x / y`, and 0 where `y` is 0, without a warning there.

    >>> divide_or_zero(np.array([1.0, 2.0]), np.array([0.0, 4.0]))
    array([0. , 0.5])
    """
    if isinstance(y, _NUMBERS):
        return x / y if y else 0 * x
    zero = y == 0
    if not np.any(zero):
        return x / y
    return np.where(zero, 0, x / np.where(zero, 1, y))


def exceeds(x: Any, y: Any) -> Any:
    """1 where `x > y`, 1/2 where they are equal, 0 elsewhere.

    The partial derivative of `max(x, y)` with respect to `x`, in their precision.

    >>> exceeds(np.array([-1.5, 0.0, 2.5]), 0.0)
    array([0. , 0.5, 1. ])
    """
    if type(x) is _ARRAY and (
        y.dtype is x.dtype if type(y) is _ARRAY else type(y) is float
    ):
        if type(y) is float and y == 0.0:
            y = _ZERO
        above, even, dtype = x > y, x == y, x.dtype  # most often: quick to see
    elif isinstance(x, _NUMBERS) and isinstance(y, _NUMBERS):
        return 1.0 if x > y else 0.5 if x == y else 0.0
    else:
        above, even = x > y, x == y
        if isinstance(above, bool):  # of tensors of one number
            return 1.0 if above else 0.5 if even else 0.0
        dtype = np.result_type(x, y)
    if dtype is not _DOUBLE and dtype.kind != "f":
        dtype = _DOUBLE
    if 1 in even.tobytes():
        return np.where(even, dtype.type(0.5), above)
    return above.astype(dtype)


def log_or_zero(x: Any) -> Any:
    """`log(x)`, and 0 where `x` is 0: what `x ** t` leaves when `t` is varied.

    NaN where `x` is negative. A Python number gives a Python number, so that float32
    factors stay float32.

    >>> log_or_zero(np.array([0.0, 1.0]))
    array([0., 0.])
    >>> log_or_zero(1.0)
    0.0
    """
    if isinstance(x, _NUMBERS):
        return math.log(x) if x > 0 else 0.0 if x == 0 else math.nan
    if np.iscomplexobj(x):
        return np.log(np.where(x == 0, 1, x))
    return np.log(np.where(x == 0, 1, np.where(x < 0, np.nan, x)))


def lowered(n: Any, x: Any) -> Any:
    """`n - 1`, and 0 where both `n` and `x` are 0.

    The exponent that is left by differentiating `x ** n`: `n * x ** lowered(n, x)` is
    0 for `n = 0`, also where `x` is 0.

    >>> lowered(3, 0.0), lowered(0.0, 2.5), lowered(np.array([2.0, 0.0]), 0.0)
    (2, -1.0, array([1., 0.]))
    """
    if isinstance(n, _NUMBERS):
        if n or isinstance(x, _NUMBERS):
            return n - 1 if n or x else 0
        # Of a small integer type, which leaves the type of x ** n as it is.
        return np.where(x != 0, np.int8(-1), np.int8(0))
    return np.where((n == 0) & (x == 0), 0, n - 1)


def tie_shares(
    a: Any, y: Any, axis: Any = None, where: Any = True, initial: Any = None
) -> Any:
    """`1/k` at the `k` elements of `a` that equal `y` along `axis`, 0 elsewhere.

    `y` is an extreme of `a` and broadcasts against it. Where it is NaN, the NaN
    elements share. Of the elements only those count where `where` is true; `initial`
    is one more of them.

    >>> tie_shares(np.array([2.5, 1.5, 2.5]), 2.5)
    array([0.5, 0. , 0.5])
    >>> tie_shares(np.array([2.5, 1.5, 2.5]), 2.5, initial=2.5)
    array([0.33333333, 0.        , 0.33333333])
    """
    dtype = np.result_type(y)
    hits = np.equal(a, y)
    if where is not True:
        hits = hits & where
    number = np.sum(hits, axis=axis, keepdims=True)
    if initial is not None:
        number = number + np.equal(initial, y)
    if not np.all(number):
        hits = (hits | (np.isnan(a) & np.isnan(y))) & where
        number = np.sum(hits, axis=axis, keepdims=True)
        number = np.where(number, number, 1)
    return np.divide(hits, number, dtype=dtype if dtype.kind in "fc" else float)
