"""Derivatives of running products and running extremes."""

from __future__ import annotations

from typing import Any

import numpy as np


def cumprod_bar(y_bar: Any, y: Any, a: Any, axis: int) -> Any:
    """The cotangent of `a` in `y = np.cumprod(a, axis)`, zeros or not.

    >>> a = np.array([0.0, 2.0, 3.0])
    >>> cumprod_bar(np.ones(3), np.cumprod(a), a, 0)
    array([9., 0., 0.])
    """
    a, y = np.conj(a), np.conj(y)
    if _is_far_from_zero_and_infinity(y):
        return _reversed_cumsum(y_bar * y, axis) / a
    # step by step: y[k] = y[k - 1] * a[k], in reverse
    a, y = np.moveaxis(a, axis, 0), np.moveaxis(y, axis, 0)
    y_bar = np.moveaxis(y_bar, axis, 0)
    a_bar: list[Any] = []
    y_k_bar = np.zeros_like(y_bar[0])
    for k in range(len(a) - 1, 0, -1):
        y_k_bar = y_k_bar + y_bar[k]
        a_bar.append(y_k_bar * y[k - 1])
        y_k_bar = y_k_bar * a[k]
    a_bar.append(y_k_bar + y_bar[0])
    return np.moveaxis(np.stack(a_bar[::-1]), 0, axis)


def cumprod_dot(a_dot: Any, y: Any, a: Any, axis: int) -> Any:
    """The tangent of `y = np.cumprod(a, axis)`, zeros or not.

    >>> a = np.array([0.0, 2.0, 3.0])
    >>> cumprod_dot(np.array([1.0, 10.0, 100.0]), np.cumprod(a), a, 0)
    array([1., 2., 6.])
    """
    if _is_far_from_zero_and_infinity(y):
        return y * np.cumsum(a_dot / a, axis=axis)
    a, y = np.moveaxis(a, axis, 0), np.moveaxis(y, axis, 0)
    a_dot = np.moveaxis(a_dot, axis, 0)
    y_dot = [a_dot[0]]
    for k in range(1, len(a)):
        y_dot.append(y_dot[-1] * a[k] + y[k - 1] * a_dot[k])
    return np.moveaxis(np.stack(y_dot), 0, axis)


def _is_far_from_zero_and_infinity(y: Any) -> bool:
    size = np.abs(y)
    return bool(np.all((size > 1e-30) & (size < 1e30)))


def _reversed_cumsum(x: Any, axis: int) -> Any:
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis)


def running_index(a: Any, y: Any, axis: int) -> Any:
    """Where each element of a running extreme `y` of `a` was last attained.

    >>> a = np.array([1.5, 3.5, 2.5, 3.5])
    >>> running_index(a, np.maximum.accumulate(a), 0)
    array([0, 1, 1, 3])
    """
    n, after = np.shape(a)[axis], np.ndim(a) - 1 - axis % np.ndim(a)
    positions = np.reshape(np.arange(n), (n,) + (1,) * after)
    return np.maximum.accumulate(np.where(np.equal(a, y), positions, 0), axis=axis)
