"""NumPy's complaints about shapes and indices, in PyTorch's words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.exceptions import AxisError


def explained(error: Exception, function: Any, args: Any) -> Exception:
    """The error that PyTorch would raise in the place of one of NumPy's."""
    if isinstance(error, AxisError):
        return IndexError(_axis(error))
    if isinstance(error, IndexError):
        told = re.sub(r"for axis (\d+)", r"for dimension \1", str(error))
        return type(error)(told)
    shapes = [np.shape(arg) for arg in args if isinstance(arg, np.ndarray)]
    message = _of_products(function, shapes)
    if message is None and isinstance(function, np.ufunc):
        message = _of_broadcasting(shapes)
    if message is None and function in (np.stack, np.concatenate):
        message = _of_joining(function, *args)
    return RuntimeError(message or str(error))


def _axis(error: AxisError) -> str:
    """What is wrong with the number of an axis.

    >>> _axis(AxisError(2, 1))
    'Dimension out of range (expected to be in range of [-1, 0], but got 2)'
    """
    if error.axis is None or error.ndim is None:
        return str(error)
    count = max(error.ndim, 1)
    return (
        f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], "
        f"but got {error.axis})"
    )


def _of_joining(function: Any, arrays: Any, axis: int = 0) -> str | None:
    """The first array that does not fit to those before it."""
    first, *others = (np.shape(array) for array in arrays)
    for k, shape in enumerate(others, 1):
        if function is np.stack and shape != first:
            return (
                f"stack expects each tensor to be equal size, but got {list(first)} at "
                f"entry 0 and {list(shape)} at entry {k}"
            )
        if len(shape) != len(first):
            return (
                f"Tensors must have same number of dimensions: got {len(first)} and "
                f"{len(shape)}"
            )
        for dim, (one, other) in enumerate(zip(first, shape, strict=True)):
            if one != other and dim != axis % len(first):
                return (
                    f"Sizes of tensors must match except in dimension {axis}. Expected "
                    f"size {one} but got size {other} for tensor number {k} in the "
                    "list."
                )
    return None


def _of_products(function: Any, shapes: list[tuple[int, ...]]) -> str | None:
    """What is wrong with the shapes of a product, None if nothing is known."""
    if function is np.matmul and len(shapes) == 2:
        a, b = shapes
        if len(a) == len(b) == 1:
            return (
                f"inconsistent tensor size, expected tensor [{a[0]}] and src [{b[0]}] "
                f"to have the same number of elements, but got {a[0]} and {b[0]} "
                "elements respectively"
            )
        if len(a) == 2 and len(b) == 1:
            return (
                f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})"
            )
        if a and b:
            first, second = _as_matrices(a, b)
            return f"mat1 and mat2 shapes cannot be multiplied ({first} and {second})"
    return None


def _as_matrices(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[str, str]:
    rows = (1, *a) if len(a) == 1 else a
    columns = (*b, 1) if len(b) == 1 else b
    shown = ["x".join(map(str, shape)) for shape in (rows, columns)]
    return shown[0], shown[1]


def _of_broadcasting(shapes: list[tuple[int, ...]]) -> str | None:
    """The first axis along which shapes do not broadcast, from the right."""
    if len(shapes) != 2:
        return None
    a, b = shapes
    width = max(len(a), len(b))
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            return (
                f"The size of tensor a ({a[-back]}) must match the size of tensor b "
                f"({b[-back]}) at non-singleton dimension {width - back}: the "
                f"shapes are {list(a)} and {list(b)}"
            )
    return None
