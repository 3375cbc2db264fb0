"""Cotangents brought to the shape and precision of the values they belong to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_NUMBERS = (bool, int, float, complex)
_ARRAYS = (np.ndarray, np.generic)


def unbroadcast(x_bar: Any, x: Any) -> Any:
    """Sum `x_bar` down to the shape of `x`, the adjoint of broadcasting.

    The result has the precision of `x` too: the real part where `x` is real, float32
    where `x` is float32. A Python number `x` gives a scalar. Where the shapes agree
    `x_bar` itself comes back, not a copy.

    Raises ValueError where `x` does not broadcast to the shape of `x_bar`.

    >>> unbroadcast(np.ones((2, 3)), np.zeros(3))
    array([2., 2., 2.])
    >>> unbroadcast(np.ones((2, 3)), np.zeros((2, 1)))
    array([[3.],
           [3.]])
    >>> unbroadcast(np.ones((2, 3)), 1.5)
    6.0
    """
    if type(x_bar) is type(x) and _is_alike(x_bar, x):
        return x_bar
    shape = np.shape(x)
    if np.shape(x_bar) != shape:
        x_bar = _reduce(x_bar, shape)
    return cast_like(x_bar, x)


def _is_alike(x_bar: Any, x: Any) -> bool:
    """Whether values of one type certainly agree in shape and precision, told fast."""
    if type(x) is np.ndarray:
        return bool(x_bar.shape == x.shape and x_bar.dtype is x.dtype)
    return type(x) is float


def _reduce(x_bar: Any, shape: tuple[int, ...]) -> Any:
    given = np.shape(x_bar)
    if not shape:
        return x_bar.sum()
    added = len(given) - len(shape)
    if added < 0:
        return np.broadcast_to(x_bar, shape)
    if shape != given[added:]:
        return _reduce_stretched(x_bar, shape, added)
    return x_bar.sum(axis=tuple(range(added)))


def _reduce_stretched(x_bar: Any, shape: tuple[int, ...], added: int) -> Any:
    given = x_bar.shape
    stretched = [k for k, size in enumerate(shape) if size != given[added + k]]
    if any(shape[k] != 1 for k in stretched):
        raise ValueError(f"a value of shape {shape} does not broadcast to {given}")
    axes = (*range(added), *(added + k for k in stretched))
    return x_bar.sum(axis=axes).reshape(shape)


def cast_like(x_bar: Any, x: Any) -> Any:
    """Bring `x_bar` to the precision of `x`, and to its real part where `x` is real.

    Where `x` is a Python number, a NumPy scalar `x_bar` becomes one too. Values `x`
    that are neither float nor complex leave `x_bar` as it is.

    >>> cast_like(np.array([1 + 2j]), np.zeros(1))
    array([1.])
    >>> cast_like(np.array([0.5]), np.zeros(1, dtype=np.float32)).dtype
    dtype('float32')
    """
    if isinstance(x, _NUMBERS):
        return _number_like(x_bar, x)
    wanted = getattr(x, "dtype", None)
    given = getattr(x_bar, "dtype", None)
    if given is wanted or wanted is None or wanted.kind not in "fc":
        return x_bar
    if given is None:  # a Python number belongs to any precision
        is_complex = isinstance(x_bar, complex)
        return x_bar.real if is_complex and wanted.kind == "f" else x_bar
    if given.kind == "c" and wanted.kind == "f":
        x_bar = np.real(x_bar)
    return x_bar if x_bar.dtype == wanted else x_bar.astype(wanted)


def _number_like(x_bar: Any, x: Any) -> Any:
    if np.iscomplexobj(x_bar) and not isinstance(x, complex):
        x_bar = x_bar.real
    if not isinstance(x_bar, _ARRAYS):
        return x_bar
    # Python arithmetic is faster, and does not widen float32. (0-d: shapes agree.)
    return complex(x_bar) if np.iscomplexobj(x_bar) else float(x_bar)


def count(a: Any, axis: Any = None) -> int:
    """The number of elements that a reduction of `a` along `axis` combines.

    >>> count(np.zeros((2, 3, 4)), (0, -1))
    8
    """
    shape = np.shape(a)
    if axis is None:
        return math.prod(shape)
    if isinstance(axis, tuple):
        return math.prod(shape[k] for k in axis)
    return int(shape[axis])


def conjugate(x: Any) -> Any:
    """The complex conjugate of a factor; a real one comes back as it is, no copy.

    Raises TypeError for a matrix of a class whose `*` is the product of matrices: what
    it is for cotangents depends on the side that the other factor stands on.

    >>> conjugate(1.5), conjugate(1 + 2j)
    (1.5, (1-2j))
    """
    if hasattr(x, "getH"):  # scipy.sparse.csr_matrix, np.matrix
        raise TypeError(
            f"the `*` of {type(x).__name__} is a product of matrices: write it as `@`"
        )
    if isinstance(x, complex):
        return x.conjugate()  # a Python number stays one: it widens no complex64
    return np.conj(x) if np.iscomplexobj(x) else x
