"""The adjoints of joining, repeating and extending arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sourcediff.runtime.dispatch import overridable
from sourcediff.runtime.shape import unbroadcast


def reshape_in_order(y_bar: Any, shape: Sequence[int], order: str) -> Any:
    """Undo a reshape that read the elements in the given order.

    Raises ValueError for the orders "A" and "K", which depend on the memory layout.

    >>> reshape_in_order(np.arange(4.0), (2, 2), "F")
    array([[0., 2.],
           [1., 3.]])
    """
    if order not in ("C", "F"):
        raise ValueError(f'order={order!r} has no derivative: use "C" or "F"')
    reorder: Any = np.reshape
    return reorder(y_bar, shape, order=order)


def split_like(y_bar: Any, arrays: Any, axis: int | None) -> Any:
    """Cut `y_bar` along `axis` into pieces that have the shapes of `arrays`.

    The adjoint of joining arrays along an axis, where an array may have had fewer
    axes than the result (`np.vstack` of vectors); with `axis=None` of `np.concatenate`
    of raveled arrays. A list of pieces, or an array of them where `arrays` is one.

    >>> split_like(np.arange(5.0), [np.zeros(2), np.zeros((1, 3))], None)
    [array([0., 1.]), array([[2., 3., 4.]])]
    >>> split_like(np.ones((2, 3)), [np.zeros(2), np.zeros((2, 2))], 1)[0]
    array([1., 1.])
    """
    axis = 0 if axis is None else axis % np.ndim(y_bar)
    before = (slice(None),) * axis
    others = np.shape(y_bar)[:axis] + np.shape(y_bar)[axis + 1 :]
    pieces, start = [], 0
    for array in arrays:
        shape = np.shape(array)
        if len(shape) == np.ndim(y_bar):
            length = shape[axis]
        elif np.ndim(y_bar) == 1:
            length = np.size(array)
        else:  # a vector among rows or columns: one line, unless it runs along axis
            length = 1 if np.prod(shape) == np.prod(others) else np.size(array)
        piece = y_bar[(*before, slice(start, start + length))]
        pieces.append(np.reshape(piece, shape))
        start += length
    return pieces if isinstance(arrays, list | tuple) else np.stack(pieces)


def join_like(pieces: Sequence[Any], shape: Sequence[int], axis: int | None) -> Any:
    """Join pieces along an axis into an array of the given shape: undo `split_like`.

    >>> join_like([np.zeros(2), np.ones((2, 2))], (2, 3), 1)
    array([[0., 1., 1.],
           [0., 1., 1.]])
    """
    axis = 0 if axis is None else axis % len(shape)
    before, after = tuple(shape[:axis]), tuple(shape[axis + 1 :])
    across = int(np.prod(before + after))
    lengths = [np.size(piece) // across if across else 0 for piece in pieces]
    if not across:
        return np.concatenate([np.ravel(piece) for piece in pieces]).reshape(shape)
    return np.concatenate(
        [
            np.reshape(piece, (*before, length, *after))
            for piece, length in zip(pieces, lengths, strict=True)
        ],
        axis=axis,
    )


@overridable
def join_rows(*pieces: Any) -> Any:
    """What `np.r_[pieces]` is.

    >>> join_rows(np.zeros(2), 1.5)
    array([0. , 0. , 1.5])
    """
    return np.concatenate([np.atleast_1d(piece) for piece in pieces])


@overridable
def join_columns(*pieces: Any) -> Any:
    """What `np.c_[pieces]` is.

    >>> join_columns(np.zeros(2), np.ones((2, 2)))
    array([[0., 1., 1.],
           [0., 1., 1.]])
    """
    columns = [p if np.ndim(p) > 1 else np.reshape(p, (-1, 1)) for p in pieces]
    return np.concatenate(columns, axis=-1)


def unblock(y_bar: Any, arrays: Any) -> Any:
    """Cut the cotangent of `np.block(arrays)` into the nested lists of `arrays`.

    >>> unblock(np.arange(5.0), [np.zeros(3), 1.0, [2.0]])
    Traceback (most recent call last):
    ValueError: the blocks are nested to different depths
    >>> unblock(np.arange(4.0), [np.zeros(3), 1.0])
    [array([0., 1., 2.]), array(3.)]
    """
    depth, ndim = _depth(arrays), _ndim(arrays)
    ndim = max(ndim, depth)
    y_bar = np.reshape(y_bar, (1,) * (ndim - np.ndim(y_bar)) + np.shape(y_bar))
    return _unblock(y_bar, arrays, ndim - depth, ndim)


def _depth(arrays: Any) -> int:
    if not isinstance(arrays, list):
        return 0
    depth, *others = map(_depth, arrays)
    if any(other != depth for other in others):
        raise ValueError("the blocks are nested to different depths")
    return 1 + depth


def _ndim(arrays: Any) -> int:
    if isinstance(arrays, list):
        return max(_ndim(array) for array in arrays)
    return np.ndim(arrays)


def _length(arrays: Any, axis: int, ndim: int) -> int:
    """How far a block reaches along an axis."""
    depth = _depth(arrays)
    if depth == 0:
        shape = (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays)
        return int(shape[axis])
    lengths = [_length(array, axis, ndim) for array in arrays]
    return sum(lengths) if axis == ndim - depth else lengths[0]


def _unblock(y_bar: Any, arrays: Any, axis: int, ndim: int) -> Any:
    if not isinstance(arrays, list):
        return np.reshape(y_bar, np.shape(arrays))
    pieces, start = [], 0
    for array in arrays:
        stop = start + _length(array, axis, ndim)
        piece = y_bar[(slice(None),) * axis + (slice(start, stop),)]
        pieces.append(_unblock(piece, array, axis + 1, ndim))
        start = stop
    return pieces


def untile(y_bar: Any, shape: Sequence[int], reps: Any) -> Any:
    """Sum the copies that `np.tile` made of an array of the given shape.

    >>> untile(np.arange(6.0), (2,), 3)
    array([6., 9.])
    """
    reps = tuple(np.ravel(reps).tolist())
    ndim = max(len(reps), len(shape))
    reps = (1,) * (ndim - len(reps)) + reps
    padded = (1,) * (ndim - len(shape)) + tuple(shape)
    pairs = [size for pair in zip(reps, padded, strict=True) for size in pair]
    copies = np.reshape(y_bar, pairs)
    return np.reshape(np.sum(copies, axis=tuple(range(0, 2 * ndim, 2))), shape)


def unrepeat(y_bar: Any, shape: Sequence[int], repeats: Any, axis: int | None) -> Any:
    """Sum the copies that `np.repeat` made of the elements of an array.

    >>> unrepeat(np.arange(6.0), (3,), 2, None)
    array([1., 5., 9.])
    >>> unrepeat(np.arange(3.0), (2,), [2, 1], 0)
    array([1., 2.])
    """
    if axis is None:
        flat = unrepeat(y_bar, (int(np.prod(shape)),), repeats, 0)
        return np.reshape(flat, shape)
    axis = axis % len(shape)
    if np.size(repeats) == 1:
        times = int(np.ravel(repeats)[0])
        split = (*shape[: axis + 1], times, *shape[axis + 1 :])
        return np.sum(np.reshape(y_bar, split), axis=axis + 1)
    ends = np.cumsum(repeats)
    y_bar = np.moveaxis(y_bar, axis, 0)
    sums = [
        np.sum(y_bar[end - count : end], axis=0)
        for count, end in zip(repeats, ends, strict=True)
    ]
    return np.stack(sums, axis=axis)


_SELECTING = ("constant", "empty", "edge", "wrap", "reflect", "symmetric")


def require_padding(mode: Any) -> None:
    """Refuse a mode of `np.pad` that does not select elements of the array.

    >>> require_padding("median")
    Traceback (most recent call last):
    ...
    ValueError: np.pad has no derivative for mode='median'
    """
    if mode not in _SELECTING:
        raise ValueError(f"np.pad has no derivative for mode={mode!r}")


def unpad(y_bar: Any, shape: Sequence[int], pad_width: Any, mode: Any) -> Any:
    """Give the cotangent of `np.pad` back to the array of the given shape.

    Raises ValueError for a mode that is not a selection of the array's own elements.

    >>> unpad(np.arange(5.0), (2,), (1, 2), "constant")
    array([1., 2.])
    >>> unpad(np.arange(5.0), (2,), (1, 2), "edge")
    array([1., 9.])
    """
    require_padding(mode)
    for axis, (before, after) in enumerate(_pad_widths(pad_width, len(shape))):
        n = shape[axis]
        y_bar = np.moveaxis(y_bar, axis, 0)
        inner = y_bar[before : before + n]
        if mode not in ("constant", "empty") and before + after:
            source = np.pad(np.arange(n), (before, after), mode=mode)
            outside = np.r_[:before, before + n : before + n + after]
            hit = source[outside][None, :] == np.arange(n)[:, None]
            inner = inner + np.tensordot(
                hit.astype(y_bar.dtype), y_bar[outside], axes=1
            )
        y_bar = np.moveaxis(inner, 0, axis)
    return y_bar


def _pad_widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        widths = {axis % ndim: width for axis, width in pad_width.items()}
        pad_width = [widths.get(axis, 0) for axis in range(ndim)]
        pad_width = [np.broadcast_to(width, 2) for width in pad_width]
    pairs = np.broadcast_to(pad_width, (ndim, 2))
    return [(int(before), int(after)) for before, after in pairs]


def pad_constant_bar(y_bar: Any, values: Any, shape: Sequence[int], widths: Any) -> Any:
    """The cotangent of the constants that `np.pad` wrote around an array.

    >>> pad_constant_bar(np.arange(5.0), 0.0, (2,), (1, 2))
    np.float64(7.0)
    """
    ndim = len(shape)
    if ndim == 0:  # no sides to write on
        return np.zeros(np.shape(values), dtype=y_bar.dtype)
    sides = np.arange(2 * ndim).reshape(ndim, 2)
    side = np.pad(np.full(shape, -1), widths, constant_values=sides)
    sums = np.stack([np.sum(np.where(side == k, y_bar, 0)) for k in range(2 * ndim)])
    sums = np.reshape(sums, (ndim, 2))
    extra = tuple(range(2 - np.ndim(values)))
    sums = np.sum(sums, axis=extra)
    stretched = tuple(
        axis for axis, size in enumerate(np.shape(values)) if size != sums.shape[axis]
    )
    return np.sum(sums, axis=stretched, keepdims=True) if stretched else sums


def unresize(y_bar: Any, shape: Sequence[int]) -> Any:
    """Sum the copies that `np.resize` made of an array of the given shape.

    >>> unresize(np.arange(5.0), (2,))
    array([6., 4.])
    """
    n = int(np.prod(shape))
    if n == 0:
        return np.zeros(shape, dtype=y_bar.dtype)
    rows = -(-np.size(y_bar) // n)
    flat = np.pad(np.ravel(y_bar), (0, rows * n - np.size(y_bar)))
    return np.reshape(np.sum(np.reshape(flat, (rows, n)), axis=0), shape)


def undelete(y_bar: Any, shape: Sequence[int], obj: Any, axis: int | None) -> Any:
    """Put zeros where `np.delete` took elements from an array of the given shape.

    >>> undelete(np.arange(1.0, 3.0), (3,), 1, 0)
    array([1., 0., 2.])
    """
    if axis is None:
        n = int(np.prod(shape))
        return np.reshape(undelete(y_bar, (n,), obj, 0), shape)
    n = shape[axis]
    kept = np.delete(np.arange(n), obj)
    source = np.zeros(n, dtype=np.intp)
    source[kept] = np.arange(1, kept.size + 1)  # 0 is the row of zeros
    y_bar = np.moveaxis(y_bar, axis, 0)
    padded = np.pad(y_bar, [(1, 0)] + [(0, 0)] * (np.ndim(y_bar) - 1))
    return np.moveaxis(padded[source], 0, axis)


def uninsert(
    y_bar: Any, arr: Any, obj: Any, values: Any, axis: int | None
) -> tuple[Any, Any]:
    """Give the cotangent of `np.insert` back to the array and the inserted values.

    >>> uninsert(np.arange(4.0), np.zeros(3), 1, 9.0, 0)
    (array([0., 2., 3.]), 1.0)
    """
    shape = np.shape(arr)
    if axis is None:
        flat, values_bar = uninsert(y_bar, np.ravel(arr), obj, values, 0)
        return np.reshape(flat, shape), values_bar
    axis = axis % len(shape)
    n, count = shape[axis], np.shape(y_bar)[axis] - shape[axis]
    place = np.insert(np.arange(n), obj, np.arange(n, n + count))
    read = np.argsort(place)
    arr_bar = np.take(y_bar, read[:n], axis=axis)
    values_bar = np.take(y_bar, read[n:], axis=axis)
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        # For a single place, NumPy takes the first axis of the values along `axis`.
        values_bar = np.moveaxis(values_bar, axis, 0)
        if np.ndim(values) < np.ndim(arr):
            return arr_bar, unbroadcast(np.squeeze(values_bar, 0), values)
        values_bar = np.moveaxis(values_bar, 0, axis)
    return arr_bar, unbroadcast(values_bar, values)


def unmeshgrid(y_bar: Sequence[Any], xi: Sequence[Any], indexing: str) -> list[Any]:
    """Sum the cotangents of `np.meshgrid` over the axes that each vector was spread on.

    >>> unmeshgrid([np.ones((3, 2)), np.ones((3, 2))], [np.zeros(2), np.zeros(3)], "xy")
    [array([3., 3.]), array([2., 2., 2.])]
    """
    ndim = len(xi)
    axes = list(range(ndim))
    if indexing == "xy" and ndim > 1:
        axes[0], axes[1] = 1, 0
    return [
        np.reshape(
            np.sum(grid, axis=tuple(a for a in range(ndim) if a != axis)), np.shape(x)
        )
        for grid, x, axis in zip(y_bar, xi, axes, strict=True)
    ]
