"""Shapes, axes, selections and joins, under PyTorch's names."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sourcediff.tensor.record import call


class Sorted(NamedTuple):
    """Elements in order, and where they stood."""

    values: Any
    indices: Any


def _packed(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = tuple(sizes[0])
    return tuple(int(size) for size in sizes)


def _same_size(input: Any, shape: tuple[int, ...]) -> None:
    known = math.prod(size for size in shape if size != -1)
    size = input._array.size
    unknown = shape.count(-1)
    fits = known == size if not unknown else known and size % known == 0
    if not fits or unknown > 1:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")


def reshape(input: Any, *shape: Any) -> Any:
    """The elements in another shape; a view where that is possible.

    >>> import sourcediff.tensor as st
    >>> reshape(st.tensor([1.0, 2.0, 3.0, 4.0]), (2, -1))
    tensor([[1., 2.],
            [3., 4.]])
    """
    sizes = _packed(shape)
    _same_size(input, sizes)
    return call(np.reshape, (input, sizes), {}, "ViewBackward0")


def view(input: Any, *shape: Any) -> Any:
    """The same memory in another shape; an error where that needs a copy."""
    if len(shape) == 1 and isinstance(shape[0], np.dtype | type):
        raise RuntimeError("view(dtype) is not supported; use .to(dtype)")
    sizes = _packed(shape)
    _same_size(input, sizes)
    made = np.reshape(input._array, sizes)
    if made.size and not np.may_share_memory(made, input._array):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least "
            "one dimension spans across two contiguous subspaces). Use .reshape(...) "
            "instead."
        )
    return call(np.reshape, (input, sizes), {}, "ViewBackward0")


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from `start_dim` to `end_dim` as one."""
    shape = input._array.shape
    if not shape:
        return reshape(input, (1,))
    start, end = start_dim % len(shape), end_dim % len(shape)
    if start >= end:
        return input
    joined = math.prod(shape[start : end + 1])
    return reshape(input, (*shape[:start], joined, *shape[end + 1 :]))


def ravel(input: Any) -> Any:
    """All elements along one axis."""
    return flatten(input)


def t(input: Any) -> Any:
    """The transpose of a matrix."""
    if input.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D"
        )
    return call(np.transpose, (input,), {}, "TBackward0")


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two axes exchanged."""
    return call(np.swapaxes, (input, dim0, dim1), {}, "TransposeBackward0")


swapaxes = swapdims = transpose


def permute(input: Any, *dims: Any) -> Any:
    """The axes in another order."""
    return call(np.transpose, (input, _packed(dims)), {}, "PermuteBackward0")


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Some axes moved to other positions."""
    return call(np.moveaxis, (input, source, destination), {}, "PermuteBackward0")


def unsqueeze(input: Any, dim: int) -> Any:
    """Another axis of length 1."""
    return call(np.expand_dims, (input, dim), {}, "UnsqueezeBackward0")


def squeeze(input: Any, dim: Any = None) -> Any:
    """Without axes of length 1: all of them, or those of `dim` that are."""
    shape = input._array.shape
    dims = (
        range(len(shape)) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    )
    gone = tuple(axis for axis in dims if shape[axis] == 1)
    return call(np.squeeze, (input, gone), {}, "SqueezeBackward0")


def expand(input: Any, *sizes: Any) -> Any:
    """Axes of length 1 and new ones in front repeated, without a copy; -1 keeps one."""
    wanted = _packed(sizes)
    shape = (1,) * (len(wanted) - input.ndim) + tuple(input._array.shape)
    full = tuple(
        old if new == -1 else new for new, old in zip(wanted, shape, strict=True)
    )
    return call(np.broadcast_to, (input, full), {}, "ExpandBackward0")


broadcast_to = expand


def repeat(input: Any, *sizes: Any) -> Any:
    """The tensor repeated along its axes."""
    return call(np.tile, (input, _packed(sizes)), {}, "RepeatBackward0")


tile = repeat


def repeat_interleave(input: Any, repeats: Any, dim: int | None = None) -> Any:
    """Each element repeated."""
    return call(np.repeat, (input, repeats, dim), {}, "RepeatInterleaveBackward0")


def clone(input: Any) -> Any:
    """A copy, through which gradients pass.

    >>> import sourcediff.tensor as st
    >>> clone(st.tensor([1.5], requires_grad=True))
    tensor([1.5000], grad_fn=<CloneBackward0>)
    """
    return call(np.copy, (input,), {}, "CloneBackward0")


def contiguous(input: Any) -> Any:
    """The tensor itself if its rows lie one after another in memory, else a copy."""
    if input._array.flags.c_contiguous:
        return input
    return call(np.copy, (input, "C"), {}, "CloneBackward0")


def flip(input: Any, dims: Any) -> Any:
    """The order of some axes reversed."""
    axis = tuple(dims) if isinstance(dims, list | tuple) else dims
    return call(np.flip, (input, axis), {}, "FlipBackward0")


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements shifted along axes, round the end."""
    return call(np.roll, (input, shifts, dims), {}, "RollBackward0")


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape along a new axis."""
    return call(np.stack, (list(tensors),), {"axis": dim}, "StackBackward0")


def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors one after the other along an axis.

    >>> import sourcediff.tensor as st
    >>> cat([st.zeros(2), st.ones(1)])
    tensor([0., 0., 1.])
    """
    return call(np.concatenate, (list(tensors),), {"axis": dim}, "CatBackward0")


concat = concatenate = cat


def hstack(tensors: Sequence[Any]) -> Any:
    """Tensors side by side."""
    return call(np.hstack, (list(tensors),), {}, "CatBackward0")


def vstack(tensors: Sequence[Any]) -> Any:
    """Tensors one below the other."""
    return call(np.vstack, (list(tensors),), {}, "CatBackward0")


def split(input: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces along an axis, of one size or of the given sizes."""
    length = input._array.shape[dim]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        ends = list(range(step, length, step))
    else:
        ends = list(np.cumsum(split_size_or_sections)[:-1])
    return tuple(call(np.split, (input, ends), {"axis": dim}, "SplitBackward0"))


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most that many pieces along an axis, of one size."""
    return split(input, max(1, -(-input._array.shape[dim] // chunks)), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along an axis."""
    before = (slice(None),) * (dim % input.ndim)
    return tuple(
        call(operator.getitem, (input, (*before, k, ...)), {}, "UnbindBackward0")
        for k in range(input._array.shape[dim])
    )


def gather(input: Any, dim: int, index: Any) -> Any:
    """The elements at `index` along an axis."""
    return call(np.take_along_axis, (input, index, dim), {}, "GatherBackward0")


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices at `index` along an axis."""
    return call(np.take, (input, index), {"axis": dim}, "IndexSelectBackward0")


def select(input: Any, dim: int, index: int) -> Any:
    """One slice along an axis."""
    before = (slice(None),) * (dim % input.ndim)
    key = (*before, index, ...)
    return call(operator.getitem, (input, key), {}, "SelectBackward0")


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """Some consecutive slices along an axis."""
    key = (*(slice(None),) * (dim % input.ndim), slice(start, start + length))
    return call(operator.getitem, (input, key), {}, "SliceBackward0")


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where a mask is true."""
    return call(operator.getitem, (input, mask), {}, "MaskedSelectBackward0")


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """The tensor with another value where a mask is true."""
    filler = value if hasattr(value, "dtype") else input.dtype.type(value)
    return call(np.where, (mask, filler, input), {}, "MaskedFillBackward0")


def sort(input: Any, dim: int = -1, descending: bool = False) -> Sorted:
    """The elements along an axis in order, and where they stood."""
    indices = argsort(input, dim, descending)
    args = (input, indices, dim)
    return Sorted(call(np.take_along_axis, args, {}, "SortBackward0"), indices)


def argsort(input: Any, dim: int = -1, descending: bool = False) -> Any:
    """Where the elements along an axis stand, in their order."""
    array = -input._array if descending else input._array
    return input.face.made(np.argsort(array, axis=dim, kind="stable"))


def topk(input: Any, k: int, dim: int = -1, largest: bool = True) -> Sorted:
    """The `k` largest elements along an axis (or smallest), and where they stood.

    >>> import sourcediff.tensor as st
    >>> topk(st.tensor([1.0, 5.0, 3.0]), 2).values
    tensor([5., 3.])
    """
    order = argsort(input, dim, largest)._array
    indices = input.face.made(np.take(order, np.arange(k), axis=dim))
    args = (input, indices, dim)
    return Sorted(call(np.take_along_axis, args, {}, "TopkBackward0"), indices)


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """Where elements are not zero: a row of indices each, or one tensor per axis."""
    places = np.nonzero(input._array)
    if as_tuple:
        return tuple(map(input.face.made, places))
    return input.face.made(np.stack(places, axis=1))


def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle of a matrix."""
    return call(np.tril, (input, diagonal), {}, "TrilBackward0")


def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle of a matrix."""
    return call(np.triu, (input, diagonal), {}, "TriuBackward0")


def diag(input: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with that diagonal."""
    return call(np.diag, (input, diagonal), {}, "DiagonalBackward0")


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of the points of a grid, one tensor per axis.

    >>> import sourcediff.tensor as st
    >>> meshgrid(st.arange(2), st.arange(3))[1]
    tensor([[0, 1, 2],
            [0, 1, 2]])
    """
    given = tensors[0] if isinstance(tensors[0], list | tuple) else tensors
    return tuple(call(np.meshgrid, tuple(given), {"indexing": indexing}))


def unique(input: Any, return_counts: bool = False) -> Any:
    """The different elements in order, and how often each is there if asked."""
    if return_counts:
        values, counts = np.unique(input._array, return_counts=True)
        return input.face.made(values), input.face.made(counts)
    return input.face.made(np.unique(input._array))
