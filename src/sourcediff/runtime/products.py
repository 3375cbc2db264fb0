"""The cotangents of tensor products that one NumPy expression cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def matmul_left_bar(z_bar: Any, x_shape: Sequence[int], y: Any) -> Any:
    """The cotangent of `x` in `x @ y` for any numbers of axes, stacks broadcast.

    `y` comes conjugated where it is complex.

    >>> matmul_left_bar(np.ones((5, 2)), (5, 2, 3), np.arange(3.0))[0]
    array([[0., 1., 2.],
           [0., 1., 2.]])
    """
    if np.ndim(y) == 1:
        x_bar = np.expand_dims(z_bar, -1) * y
    elif len(x_shape) == 1:
        x_bar = np.squeeze(y @ np.expand_dims(z_bar, -1), -1)
    else:
        x_bar = z_bar @ np.swapaxes(y, -1, -2)
    return sum_to_shape(x_bar, x_shape)


def matmul_right_bar(z_bar: Any, x: Any, y_shape: Sequence[int]) -> Any:
    """The cotangent of `y` in `x @ y` for any numbers of axes, stacks broadcast.

    `x` comes conjugated where it is complex.

    >>> matmul_right_bar(np.ones((5, 2)), np.ones((5, 2, 3)), (3,))
    array([10., 10., 10.])
    """
    if np.ndim(x) == 1:
        if len(y_shape) == 1:
            return z_bar * x
        y_bar = x[:, None] * np.expand_dims(z_bar, -2)
    elif len(y_shape) == 1:
        y_bar = np.sum(x * np.expand_dims(z_bar, -1), axis=-2)
    else:
        y_bar = np.swapaxes(x, -1, -2) @ z_bar
    return sum_to_shape(y_bar, y_shape)


def same_stack(x: Any, y: Any) -> bool:
    """Whether two stacks of matrices have equal axes before their last two.

    >>> same_stack(np.ones((4, 2, 3)), np.ones((4, 3, 5)))
    True
    """
    return bool(np.shape(x)[:-2] == np.shape(y)[:-2])


def sum_to_shape(x_bar: Any, shape: Sequence[int]) -> Any:
    """Sum over the axes along which a value of the given shape was stretched.

    >>> sum_to_shape(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    added = np.ndim(x_bar) - len(shape)
    stretched = tuple(
        axis
        for axis, size in enumerate(np.shape(x_bar))
        if axis < added or shape[axis - added] != size
    )
    if not stretched:
        return x_bar
    return np.reshape(np.sum(x_bar, axis=stretched), shape)


def dot_left_bar(z_bar: Any, a_shape: Sequence[int], b: Any) -> Any:
    """The cotangent of `a` in `np.dot(a, b)` for any numbers of axes.

    `b` comes conjugated where it is complex.

    >>> dot_left_bar(np.array([1.0, 2.0]), (), np.array([4.0, 5.0]))
    np.float64(14.0)
    """
    if len(a_shape) == 0 or np.ndim(b) == 0:
        return sum_to_shape(z_bar * b, a_shape)
    return tensordot_left_bar(z_bar, a_shape, b, (-1, max(np.ndim(b) - 2, 0)))


def dot_right_bar(z_bar: Any, a: Any, b_shape: Sequence[int]) -> Any:
    """The cotangent of `b` in `np.dot(a, b)` for any numbers of axes.

    `a` comes conjugated where it is complex.

    >>> dot_right_bar(np.array([1.0, 2.0]), 3.0, (2,))
    array([3., 6.])
    """
    if np.ndim(a) == 0 or len(b_shape) == 0:
        return sum_to_shape(z_bar * a, b_shape)
    return tensordot_right_bar(z_bar, a, b_shape, (-1, max(len(b_shape) - 2, 0)))


def tensordot_left_bar(z_bar: Any, a_shape: Sequence[int], b: Any, axes: Any) -> Any:
    """The cotangent of `a` in `np.tensordot(a, b, axes)`.

    `b` comes conjugated where it is complex.

    >>> tensordot_left_bar(np.ones((4, 5)), (3, 4), np.ones((5, 3)), (0, 1)).shape
    (3, 4)
    """
    of_a, of_b = _contracted(axes, len(a_shape), np.ndim(b))
    free_a = [axis for axis in range(len(a_shape)) if axis not in of_a]
    free_b = [axis for axis in range(np.ndim(b)) if axis not in of_b]
    right = list(range(len(free_a), np.ndim(z_bar)))
    # The contracted axes of the result come in the order of those of b.
    order = free_a + [of_a[of_b.index(axis)] for axis in sorted(of_b)]
    a_bar = np.tensordot(z_bar, b, (right, free_b))
    return np.transpose(a_bar, [order.index(axis) for axis in range(len(order))])


def tensordot_right_bar(z_bar: Any, a: Any, b_shape: Sequence[int], axes: Any) -> Any:
    """The cotangent of `b` in `np.tensordot(a, b, axes)`.

    `a` comes conjugated where it is complex.

    >>> tensordot_right_bar(np.ones((4, 5)), np.ones((3, 4)), (5, 3), (0, 1)).shape
    (5, 3)
    """
    of_a, of_b = _contracted(axes, np.ndim(a), len(b_shape))
    free_a = [axis for axis in range(np.ndim(a)) if axis not in of_a]
    free_b = [axis for axis in range(len(b_shape)) if axis not in of_b]
    order = [of_b[of_a.index(axis)] for axis in sorted(of_a)] + free_b
    b_bar = np.tensordot(a, z_bar, (free_a, list(range(len(free_a)))))
    return np.transpose(b_bar, [order.index(axis) for axis in range(len(order))])


def _contracted(axes: Any, ndim_a: int, ndim_b: int) -> tuple[list[int], list[int]]:
    """The axes of both factors that a tensordot sums over."""
    if isinstance(axes, int | np.integer):
        return list(range(ndim_a - int(axes), ndim_a)), list(range(int(axes)))
    of_a, of_b = axes
    return (
        [int(axis) % ndim_a for axis in np.ravel(of_a)],
        [int(axis) % ndim_b for axis in np.ravel(of_b)],
    )


def kron_left_bar(z_bar: Any, a_shape: Sequence[int], b: Any) -> Any:
    """The cotangent of `a` in `np.kron(a, b)`.

    `b` comes conjugated where it is complex.

    >>> kron_left_bar(np.arange(4.0), (2,), np.array([1.0, 10.0]))
    array([10., 32.])
    """
    paired, ndim = _paired(z_bar, a_shape, np.shape(b))
    b = np.reshape(b, (1,) * (ndim - np.ndim(b)) + np.shape(b))
    odd = list(range(1, 2 * ndim, 2))
    return np.reshape(np.tensordot(paired, b, (odd, list(range(ndim)))), a_shape)


def kron_right_bar(z_bar: Any, a: Any, b_shape: Sequence[int]) -> Any:
    """The cotangent of `b` in `np.kron(a, b)`.

    `a` comes conjugated where it is complex.

    >>> kron_right_bar(np.arange(4.0), np.array([1.0, 2.0]), (2,))
    array([4., 7.])
    """
    paired, ndim = _paired(z_bar, np.shape(a), b_shape)
    a = np.reshape(a, (1,) * (ndim - np.ndim(a)) + np.shape(a))
    even = list(range(0, 2 * ndim, 2))
    return np.reshape(np.tensordot(paired, a, (even, list(range(ndim)))), b_shape)


def _paired(
    z_bar: Any, a_shape: Sequence[int], b_shape: Sequence[int]
) -> tuple[Any, int]:
    """A Kronecker product with one axis for each axis of both factors, in turn."""
    ndim = max(len(a_shape), len(b_shape))
    a_sizes = (1,) * (ndim - len(a_shape)) + tuple(a_shape)
    b_sizes = (1,) * (ndim - len(b_shape)) + tuple(b_shape)
    sizes = [n for pair in zip(a_sizes, b_sizes, strict=True) for n in pair]
    return np.reshape(z_bar, sizes), ndim


def cross_vectors(a: Any, b: Any) -> Any:
    """`np.cross(a, b)` of single vectors with three components, in a tenth of the time.

    Raises ValueError for vectors with two components.

    >>> cross_vectors(np.eye(3)[0], np.eye(3)[1])
    array([0., 0., 1.])
    """
    if np.shape(a) != (3,) or np.shape(b) != (3,):
        raise ValueError("np.cross has a derivative for vectors of 3 components only")
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return np.cross(a, b)
    (a0, a1, a2), (b0, b1, b2) = a.tolist(), b.tolist()
    parts = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0]
    same = a.dtype == b.dtype
    return np.array(parts, dtype=a.dtype if same else np.result_type(a, b))


def cross_left_bar(
    z_bar: Any, a_shape: Sequence[int], b: Any, axisa: int, axisb: int, axisc: int
) -> Any:
    """The cotangent of `a` in `np.cross(a, b)` of vectors with three components.

    `b` comes conjugated where it is complex. Raises ValueError for vectors with two
    components. With the factors exchanged it is the negative cotangent of `b`.

    >>> cross_left_bar(np.eye(3)[0], (3,), np.eye(3)[2], -1, -1, -1)
    array([0., 1., 0.])
    """
    if a_shape[axisa] != 3 or np.shape(b)[axisb] != 3:
        raise ValueError("np.cross has a derivative for vectors of 3 components only")
    a_bar = np.cross(np.moveaxis(b, axisb, -1), np.moveaxis(z_bar, axisc, -1))
    sizes = [size for axis, size in enumerate(a_shape) if axis != axisa % len(a_shape)]
    return np.moveaxis(sum_to_shape(a_bar, (*sizes, 3)), -1, axisa)
