"""What sums, products and the helpers of cotangents do with batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff import runtime
from sourcediff.batching.batch import (
    Batch,
    aligned,
    axes_of,
    elementwise,
    full_key,
    matmul,
    refuse,
    width,
)
from sourcediff.batching.functions import (
    FUNCTIONS,
    broadcast_to,
    declared_for,
    shape_of,
    whole,
)

# --- sums and products ----------------------------------------------------------------


@declared_for(np.sum)
def _sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return whole(x).sum(axis, keepdims)


@declared_for(np.mean)
def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return Batch(np.mean(x.data, axis=x.axes(axis), keepdims=keepdims))


@declared_for(np.cumsum)
def _cumsum(x: Any, axis: Any = None) -> Any:
    x, axis = (x.ravel(), 0) if axis is None else (x, axis)
    return Batch(np.cumsum(x.data, x.axes(axis)))


FUNCTIONS[np.matmul] = matmul


@declared_for(np.dot)
def _dot(left: Any, right: Any) -> Any:
    if not axes_of(left) or not axes_of(right):
        return elementwise(np.multiply, left, right)
    if axes_of(left) > 2 or axes_of(right) > 2:
        refuse("a product of tensors")
    return matmul(left, right)


@declared_for(np.outer)
def _outer(left: Any, right: Any) -> Any:
    if axes_of(left) != 1 or axes_of(right) != 1:
        refuse("a product of tensors")
    return left[:, None] * right


@declared_for(np.vdot)
def _vdot(left: Any, right: Any) -> Any:
    if shape_of(left) != shape_of(right):
        refuse("a product of tensors")
    return elementwise(np.multiply, left.conj(), right).sum()


@declared_for(np.vecdot)
def _vecdot(left: Any, right: Any) -> Any:
    return elementwise(np.multiply, left.conj(), right).sum(axis=-1)


@declared_for(np.einsum)
def _einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str) or "->" not in subscripts or "." in subscripts:
        refuse("a sum with such subscripts")
    terms, out = subscripts.replace(" ", "").split("->")
    letter = next(c for c in map(chr, range(ord("a"), ord("z"))) if c not in subscripts)
    pairs = zip(terms.split(","), operands, strict=True)
    led = [letter + t if isinstance(x, Batch) else t for t, x in pairs]
    arrays = [x.data if isinstance(x, Batch) else x for x in operands]
    text = f"{','.join(led)}->{letter}{out}"
    return Batch(np.einsum(text, *arrays, optimize=optimize))


@declared_for(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    if isinstance(a, Batch) or np.ndim(a) != 2:
        refuse("a system that moves")
    if b.ndim == 1:  # all right sides at once
        return Batch(np.linalg.solve(a, b.data.T).T)
    return Batch(np.linalg.solve(a, b.data))


@declared_for(np.diag)
def _diag(x: Any, k: int = 0) -> Any:
    if x.ndim != 2:
        refuse("a matrix of a diagonal")
    return Batch(np.diagonal(x.data, k, 1, 2))


@declared_for(np.diagonal)
def _diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return Batch(np.diagonal(x.data, offset, x.axes(axis1), x.axes(axis2)))


@declared_for(np.trace)
def _trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return Batch(np.trace(x.data, offset, x.axes(axis1), x.axes(axis2)))


@declared_for(np.tril)
def _tril(x: Any, k: int = 0) -> Any:
    return Batch(np.tril(x.data, k)) if x.ndim > 1 else refuse("a vector's triangle")


@declared_for(np.triu)
def _triu(x: Any, k: int = 0) -> Any:
    return Batch(np.triu(x.data, k)) if x.ndim > 1 else refuse("a vector's triangle")


@declared_for(np.diff)
def _diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    return Batch(np.diff(whole(x).data, n, x.axes(axis)))


def _transform(function: Any) -> None:
    def of_all(x: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
        return Batch(function(x.data, n, x.axes(axis), norm))

    FUNCTIONS[function] = of_all


for _function in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft):
    _transform(_function)


# --- cotangents -----------------------------------------------------------------------


@declared_for(runtime.unbroadcast)
def _unbroadcast(x_bar: Any, x: Any) -> Any:
    if not isinstance(x_bar, Batch):
        return runtime.unbroadcast(x_bar, _like(x))
    shape = shape_of(x)
    added = x_bar.ndim - len(shape)
    if added < 0:
        return _cast_like(broadcast_to(x_bar, shape), x)
    stretched = [k for k, n in enumerate(shape) if n != x_bar.shape[added + k]]
    if any(shape[k] != 1 for k in stretched):
        refuse("a shape that does not broadcast")
    axes = (*range(1, added + 1), *(added + k + 1 for k in stretched))
    data = np.sum(x_bar.data, axis=axes) if axes else x_bar.data
    return _cast_like(Batch(data.reshape((len(data), *shape))), x)


def _like(x: Batch) -> Any:
    """A constant with the shape and type of a value of a batch."""
    zero = x.dtype.type(0)
    return np.broadcast_to(zero, x.shape) if x.ndim else zero


@declared_for(runtime.cast_like)
def _cast_like(x_bar: Any, x: Any) -> Any:
    if not isinstance(x_bar, Batch):
        return runtime.cast_like(x_bar, _like(x))
    is_real = not (x.dtype.kind == "c" if isinstance(x, Batch) else np.iscomplexobj(x))
    return x_bar.real if is_real and x_bar.dtype.kind == "c" else x_bar


@declared_for(runtime.scatter_add)
def _scatter_add(y_bar: Any, key: Any, like: Any) -> Any:
    if not isinstance(y_bar, Batch):
        return runtime.scatter_add(y_bar, key, _like(like))
    made = Batch(np.zeros((width.get(), *shape_of(like)), y_bar.dtype))
    _add_at(made, key, y_bar)
    return made


@declared_for(np.add.at)
def _add_at(x: Any, key: Any, value: Any) -> None:
    full = full_key(key)
    ndim = whole(x).data[full].ndim - 1
    np.add.at(x.data, full, aligned(value, ndim, exact=True))


@declared_for(np.where)
def _where(*args: Any) -> Any:
    made = elementwise(np.where, *args) if len(args) == 3 else refuse("a search")
    return made if made.ndim else refuse("an array without axes")
