"""Products that leave one element out, whether or not there are zeros among them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def product_of_others(a: Any, axis: Any = None) -> Any:
    """For each element of `a`, the product of the others along `axis`.

    Has the shape of `a`. Dividing the whole product by each element would fail at
    zeros, and where the product underflows or overflows; those cases multiply what
    stands before each element with what stands after it.

    >>> product_of_others(np.array([0.0, 2.0, 3.0]))
    array([6., 0., 0.])
    """
    product = np.prod(a, axis=axis, keepdims=True)
    size = np.abs(product)
    if np.all((size > 1e-30) & (size < 1e30)):
        return product / a
    axes = _axes(axis, np.ndim(a))
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(a, axes, last)
    rows = np.reshape(moved, _row_shape(np.shape(moved), len(axes)))
    return np.moveaxis(np.reshape(_of_others(rows), np.shape(moved)), last, axes)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def _row_shape(shape: tuple[int, ...], reduced: int) -> tuple[int, ...]:
    kept = len(shape) - reduced
    return (*shape[:kept], math.prod(shape[kept:]))


def _of_others(rows: Any) -> Any:
    one = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([one, rows[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, rows[..., :0:-1]], axis=-1), axis=-1)
    return before * after[..., ::-1]
