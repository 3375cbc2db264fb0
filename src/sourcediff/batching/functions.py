"""What functions that make arrays, or other forms of them, do with batches."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from sourcediff import runtime
from sourcediff.batching.batch import (
    Batch,
    aligned,
    axes_of,
    refuse,
    width,
)

#: The function in the place of each, where an argument is a batch.
FUNCTIONS: dict[Any, Callable[..., Any]] = {}


def declared_for(*functions: Any) -> Callable[[Any], Any]:
    """Declare what stands for functions where an argument is a batch."""

    def declare(function: Any) -> Any:
        FUNCTIONS.update(dict.fromkeys(functions, function))
        return function

    return declare


def shape_of(value: Any) -> Any:
    """The shape of an array, a number or a value of a batch."""
    return value.shape if isinstance(value, Batch) else np.shape(value)


def whole(x: Any) -> Batch:
    """A batch that is the first argument of a function: only there it may be."""
    if not isinstance(x, Batch):
        refuse("a constant in the place of a seed")
    return x


def spread(value: Any) -> Any:
    """The same array for each seed: what will be written into."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fc":
        return value
    if not value.ndim:
        refuse("an array without axes")
    shape = (width.get(), *value.shape)
    return Batch(np.array(np.broadcast_to(value, shape)))


def spread_copy(value: Any) -> Any:
    """A copy of a value, one for each seed."""
    return spread(value.copy())


# --- shapes and types -----------------------------------------------------------------


FUNCTIONS[np.shape] = shape_of
FUNCTIONS[np.ndim] = axes_of


@declared_for(np.size)
def _size(x: Any, axis: Any = None) -> Any:
    return whole(x).size if axis is None else x.shape[axis]


@declared_for(np.iscomplexobj)
def _iscomplexobj(x: Any) -> Any:
    return x.dtype.kind == "c"


@declared_for(np.result_type)
def _result_type(*values: Any) -> Any:
    return np.result_type(*(x.dtype if isinstance(x, Batch) else x for x in values))


@declared_for(runtime.count)
def _count(x: Any, axis: Any = None) -> Any:
    return runtime.count(np.broadcast_to(0, x.shape), axis)


@declared_for(np.real)
def _real(x: Any) -> Any:
    return x.real


@declared_for(np.imag)
def _imag(x: Any) -> Any:
    return x.imag


@declared_for(runtime.conjugate)
def _conjugate(x: Any) -> Any:
    return x.conj()


# --- arrays that are made -------------------------------------------------------------


@declared_for(np.zeros_like, np.empty_like, runtime.zeros_like)
def _zeros_like(x: Any, dtype: Any = None) -> Any:
    if not x.ndim:
        refuse("an array without axes")
    return Batch(np.zeros_like(x.data, dtype))


@declared_for(np.full_like)
def _full_like(x: Any, value: Any, dtype: Any = None) -> Any:
    shape = shape_of(x)
    kind = x.dtype if dtype is None else np.dtype(dtype)
    if not shape or kind.kind not in "fc":
        refuse("an array like this")
    made = Batch(np.zeros((width.get(), *shape), kind))
    made[...] = value
    return made


@declared_for(np.full)
def _full(shape: Any, value: Any, dtype: Any = None) -> Any:
    kind = value.dtype if dtype is None else dtype
    return _full_like(np.broadcast_to(np.zeros((), kind), shape), value)


@declared_for(np.copy, np.array)
def _copy(x: Any) -> Any:
    if not whole(x).ndim:
        refuse("an array without axes")
    return x.copy()


@declared_for(runtime.copied, runtime.stop_gradient)
def _copied(x: Any) -> Any:
    return deepcopy(x)


@declared_for(np.asarray, np.ascontiguousarray)
def _asarray(x: Any) -> Any:
    return whole(x) if x.ndim else refuse("an array without axes")


@declared_for(np.broadcast_to)
def broadcast_to(x: Any, shape: Any) -> Any:
    """Views of the values in a shape that they broadcast to."""
    shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    if not shape:
        refuse("an array without axes")
    data = aligned(whole(x), len(shape))
    return Batch(np.broadcast_to(data, (len(data), *shape)))


# --- other forms ----------------------------------------------------------------------


@declared_for(np.reshape)
def _reshape(x: Any, shape: Any, order: str = "C") -> Any:
    return whole(x).reshape(shape, order=order)


@declared_for(np.ravel)
def _ravel(x: Any, order: str = "C") -> Any:
    return whole(x).ravel(order)


@declared_for(np.transpose)
def _transpose(x: Any, axes: Any = None) -> Any:
    return whole(x).transpose(axes)


@declared_for(np.swapaxes)
def _swapaxes(x: Any, first: int, second: int) -> Any:
    return Batch(np.swapaxes(x.data, x.axes(first), x.axes(second)))


@declared_for(np.moveaxis)
def _moveaxis(x: Any, source: Any, destination: Any) -> Any:
    def shifted(axis: Any) -> Any:
        is_one = isinstance(axis, int | np.integer)
        return x.axes(axis if is_one else tuple(axis))

    return Batch(np.moveaxis(x.data, shifted(source), shifted(destination)))


@declared_for(np.expand_dims)
def _expand_dims(x: Any, axis: Any) -> Any:
    axes = axis if isinstance(axis, tuple) else (axis,)
    ndim = x.ndim + len(axes)
    return Batch(np.expand_dims(x.data, tuple(a % ndim + 1 for a in axes)))


@declared_for(np.squeeze)
def _squeeze(x: Any, axis: Any = None) -> Any:
    if axis is None:
        axis = tuple(k for k, n in enumerate(x.shape) if n == 1)
    made = Batch(np.squeeze(x.data, x.axes(axis)))
    return made if made.ndim else refuse("an array without axes")


@declared_for(np.flip)
def _flip(x: Any, axis: Any = None) -> Any:
    return Batch(np.flip(x.data, x.axes(axis)))


@declared_for(np.roll)
def _roll(x: Any, shift: Any, axis: Any = None) -> Any:
    if axis is None:
        flat = np.roll(x.ravel().data, shift, 1)
        return Batch(flat.reshape(x.data.shape))
    return Batch(np.roll(x.data, shift, x.axes(axis)))


@declared_for(np.concatenate)
def _concatenate(parts: Any, axis: Any = 0) -> Any:
    if axis is None:
        refuse("parts of any shapes")
    ndim = max(map(axes_of, parts))
    arrays = [_same_for_all(part) for part in parts]
    return Batch(np.concatenate(arrays, axis % ndim + 1))


@declared_for(np.stack)
def _stack(parts: Any, axis: int = 0) -> Any:
    ndim = max(map(axes_of, parts)) + 1
    arrays = [_same_for_all(part) for part in parts]
    return Batch(np.stack(arrays, axis % ndim + 1))


def _same_for_all(part: Any) -> Any:
    if isinstance(part, Batch):
        return part.data
    return np.broadcast_to(part, (width.get(), *np.shape(part)))
