"""Writes in which NumPy reads what it has overwritten itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def torn() -> RuntimeError:
    """The error of a write after which memory does not hold what the value was."""
    return RuntimeError(
        "unsupported operation: some elements of the input tensor and the "
        "written-to tensor refer to a single memory location; NumPy overwrites "
        "them before it reads them. Please clone() the tensor before performing "
        "the operation (an array: copy() it)."
    )


def require_whole(write: Callable[..., Any], array: Any, *values: Any) -> None:
    """Raise RuntimeError if `write(array, *values)` is not that of copies of values.

    The array is left as it is.

    >>> u = np.arange(4.0)
    >>> require_whole(np.copyto, u[:2], u[2:])
    >>> require_whole(lambda a, v: np.place(a, a > 0, v), u, u[:3])
    Traceback (most recent call last):
    ...
    RuntimeError: unsupported operation: some elements of the input tensor and ...
    """
    if not isinstance(array, np.ndarray) or not any(_meets(v, array) for v in values):
        return
    kept = array.copy()
    found: list[Any] = []
    apart = [v.copy() if _meets(v, array) else v for v in values]
    for given in (apart, values):
        try:
            write(array, *given)
            found.append(array.copy())
        finally:
            if array.flags.writeable:
                array[...] = kept
    first, second = found
    if not np.array_equal(first, second, equal_nan=array.dtype.kind in "fc"):
        raise torn()


def require_whole_call(
    function: Callable[..., Any],
    names: Sequence[str],
    args: Sequence[Any],
    kwargs: dict[str, Any],
) -> None:
    """The same of a function that writes into the first of its parameters."""
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    array = given.get(names[0])
    others = [name for name in given if name != names[0]]

    def write(array: Any, *values: Any) -> None:
        changed = {names[0]: array, **dict(zip(others, values, strict=True))}
        listed = [changed.pop(name) for name in names[: len(args)]]
        function(*listed, **changed)

    if len(args) <= len(names):
        require_whole(write, array, *(given[name] for name in others))


def _meets(value: Any, array: Any) -> bool:
    """Whether a value is an array that may show elements of another one."""
    is_array = isinstance(value, np.ndarray) and value.ndim > 0
    return is_array and np.may_share_memory(value, array)
