"""The cotangents of tensor products that one NumPy expression cannot say."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.shape import unbroadcast


def matmul_bars(z_bar: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The cotangents of `x @ y` for any numbers of axes, stacks broadcast.

    `x` and `y` come conjugated where they are complex.

    >>> [b.shape for b in matmul_bars(np.ones((5, 2)), np.ones((5, 2, 3)), np.ones(3))]
    [(5, 2, 3), (3,)]
    """
    rows = x if np.ndim(x) > 1 else np.expand_dims(x, 0)
    columns = y if np.ndim(y) > 1 else np.expand_dims(y, 1)
    if np.ndim(y) == 1:
        z_bar = np.expand_dims(z_bar, -1)
    if np.ndim(x) == 1:
        z_bar = np.expand_dims(z_bar, -2)
    x_bar = unbroadcast(z_bar @ np.swapaxes(columns, -1, -2), rows)
    y_bar = unbroadcast(np.swapaxes(rows, -1, -2) @ z_bar, columns)
    return np.reshape(x_bar, np.shape(x)), np.reshape(y_bar, np.shape(y))


def dot_bars(z_bar: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of `np.dot(a, b)` for any numbers of axes.

    `a` and `b` come conjugated where they are complex.

    >>> dot_bars(np.array([1.0, 2.0]), 3.0, np.array([4.0, 5.0]))
    (14.0, array([3., 6.]))
    """
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return unbroadcast(z_bar * b, a), unbroadcast(z_bar * a, b)
    return tensordot_bars(z_bar, a, b, (-1, max(np.ndim(b) - 2, 0)))


def tensordot_bars(z_bar: Any, a: Any, b: Any, axes: Any) -> tuple[Any, Any]:
    """The cotangents of `np.tensordot(a, b, axes)`.

    `a` and `b` come conjugated where they are complex.

    >>> a, b = np.ones((3, 4)), np.ones((5, 3))
    >>> [b.shape for b in tensordot_bars(np.ones((4, 5)), a, b, (0, 1))]
    [(3, 4), (5, 3)]
    """
    of_a, of_b = _contracted(axes, np.ndim(a), np.ndim(b))
    free_a = [axis for axis in range(np.ndim(a)) if axis not in of_a]
    free_b = [axis for axis in range(np.ndim(b)) if axis not in of_b]
    left = list(range(len(free_a)))
    right = list(range(len(free_a), np.ndim(z_bar)))
    # The contracted axes of a result come in the order of the other factor's axes.
    order_a = free_a + [of_a[of_b.index(axis)] for axis in sorted(of_b)]
    order_b = [of_b[of_a.index(axis)] for axis in sorted(of_a)] + free_b
    a_bar = np.tensordot(z_bar, b, (right, free_b))
    b_bar = np.tensordot(a, z_bar, (free_a, left))
    return (
        np.transpose(a_bar, [order_a.index(axis) for axis in range(len(order_a))]),
        np.transpose(b_bar, [order_b.index(axis) for axis in range(len(order_b))]),
    )


def _contracted(axes: Any, ndim_a: int, ndim_b: int) -> tuple[list[int], list[int]]:
    """The axes of both factors that a tensordot sums over."""
    if isinstance(axes, int | np.integer):
        return list(range(ndim_a - int(axes), ndim_a)), list(range(int(axes)))
    of_a, of_b = axes
    return (
        [int(axis) % ndim_a for axis in np.ravel(of_a)],
        [int(axis) % ndim_b for axis in np.ravel(of_b)],
    )


def kron_bars(z_bar: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of `np.kron(a, b)`.

    `a` and `b` come conjugated where they are complex.

    >>> kron_bars(np.arange(4.0), np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    (array([10., 32.]), array([4., 7.]))
    """
    ndim = max(np.ndim(a), np.ndim(b))
    shape_a = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    shape_b = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    pairs = [n for pair in zip(shape_a, shape_b, strict=True) for n in pair]
    z_bar = np.reshape(z_bar, pairs)
    of_a, of_b = list(range(0, 2 * ndim, 2)), list(range(1, 2 * ndim, 2))
    every = list(range(ndim))
    a_bar = np.tensordot(z_bar, np.reshape(b, shape_b), (of_b, every))
    b_bar = np.tensordot(z_bar, np.reshape(a, shape_a), (of_a, every))
    return np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))


def cross_bars(
    z_bar: Any, a: Any, b: Any, axisa: int, axisb: int, axisc: int
) -> tuple[Any, Any]:
    """The cotangents of `np.cross` of vectors with three components.

    `a` and `b` come conjugated where they are complex. Raises ValueError for vectors
    with two components.

    >>> z_bar, a, b = np.eye(3)
    >>> cross_bars(z_bar, a, b, -1, -1, -1)
    (array([0., 1., 0.]), array([0., 0., 1.]))
    """
    if np.shape(a)[axisa] != 3 or np.shape(b)[axisb] != 3:
        raise ValueError("np.cross has a derivative for vectors of 3 components only")
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    z_bar = np.moveaxis(z_bar, axisc, -1)
    a_bar = unbroadcast(np.cross(b, z_bar), a)
    b_bar = unbroadcast(np.cross(z_bar, a), b)
    return np.moveaxis(a_bar, -1, axisa), np.moveaxis(b_bar, -1, axisb)
