"""The derivatives of variances: of some elements only, and about a given mean."""

from __future__ import annotations

from typing import Any

import numpy as np


def number_where(where: Any, a: Any, axis: Any) -> Any:
    """How many elements of `a` along `axis` a mask selects, the axes kept.

    The numbers are floats of the precision of `a`.

    >>> number_where([True, False, True], np.zeros((2, 3)), 1)
    array([[2.],
           [2.]])
    """
    mask = np.broadcast_to(where, np.shape(a))
    dtype = np.empty(0, np.result_type(a)).real.dtype
    return np.sum(mask, axis=axis, keepdims=True, dtype=dtype)


def _deviation(a: Any, axis: Any, where: Any, mean: Any) -> Any:
    if mean is None:
        mean = np.mean(a, axis=axis, keepdims=True, where=where)
    deviation = a - mean
    return deviation if where is True else np.where(where, deviation, 0)


def spread_bars(
    y_bar: Any, a: Any, axis: Any, ddof: float, where: Any, mean: Any
) -> tuple[Any, Any]:
    """The cotangents of `a` and `mean` from that of half of `np.var(a, axis, ...)`.

    >>> a = np.array([1.0, 2.0, 6.0])
    >>> spread_bars(np.array([3.0]), a, 0, 0, True, None)
    (array([-2., -1.,  3.]), None)
    """
    number = number_where(where, a, axis) - ddof
    a_bar = y_bar / number * _deviation(a, axis, where, mean)
    if mean is None:
        return a_bar, None
    mean_bar = -np.sum(a_bar, axis=axis, keepdims=True)
    return a_bar, np.reshape(mean_bar, np.shape(mean))


def spread_dot(
    dots: tuple[Any, Any],
    a: Any,
    axis: Any,
    ddof: float,
    keepdims: bool,
    where: Any,
    mean: Any,
) -> Any:
    """The tangent of half of `np.var(a, axis, ...)`, from those of `a` and `mean`.

    >>> a = np.array([1.0, 2.0, 6.0])
    >>> dots = (np.array([1.0, 0.0, 0.0]), None)
    >>> spread_dot(dots, a, None, 1, False, True, None)
    np.float64(-1.0)
    """
    a_dot, mean_dot = dots
    if mean is not None and mean_dot is not None:
        a_dot = a_dot - mean_dot
    terms = np.real(np.conj(_deviation(a, axis, where, mean)) * a_dot)
    number = number_where(where, a, axis) - ddof
    return np.sum(terms / number, axis=axis, keepdims=keepdims)
