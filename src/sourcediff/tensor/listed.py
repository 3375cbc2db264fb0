"""Lists of tracked numbers where NumPy would make an array of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Number
from typing import Any, cast

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.tensor.base import Base, tensors_in
from sourcediff.tensor.modes import state
from sourcediff.tensor.record import call
from sourcediff.tensor.traced import Traced

_LISTS = (list, tuple)
_LIBRARIES = frozenset({"numpy", "scipy"})


def has_lists(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a library's function is given lists with tracked values in them."""
    if not any(type(value) in _LISTS for value in (*args, *kwargs.values())):
        return False
    owner = getattr(function, "__self__", function)
    module = getattr(function, "__module__", None) or ""
    is_library = module.partition(".")[0] in _LIBRARIES
    return (is_library or isinstance(owner, np.ufunc)) and bool(
        tensors_in(args, kwargs)
    )


def call_with_lists(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """A call of a library's function, with arrays for lists that it reads as such.

    `np.stack([x, y])` sees the tensors, and is called as it stands; `np.sum([x, y])`
    would make an array of numbers, and so the innermost lists become arrays, until the
    function sees all of them.
    """
    lost = state.lost
    error: Exception | None = None
    try:
        result = function(*args, **kwargs)
        if state.lost is lost:
            return result
    except (LostGradient, TypeError, ValueError) as raised:
        cause = raised if isinstance(raised, LostGradient) else raised.__cause__
        if not isinstance(cause, LostGradient):
            raise
        error = raised
    found: list[Any] = []
    args = tuple(_with_arrays(value, found) for value in args)
    kwargs = {name: _with_arrays(value, found) for name, value in kwargs.items()}
    if not found:
        raise error or cast(Exception, state.lost)
    state.lost = lost
    return call_with_lists(function, args, kwargs)


def _with_arrays(value: Any, found: list[Any]) -> Any:
    """A value whose innermost lists with tensors are tensors, listed in `found`."""
    if type(value) not in _LISTS or not tensors_in(value, {}):
        return value
    if any(type(item) in _LISTS and tensors_in(item, {}) for item in value):
        return type(value)([_with_arrays(item, found) for item in value])
    if not all(isinstance(item, Base | np.ndarray | Number) for item in value):
        return value
    parts = [item if isinstance(item, Base) else Traced.made(item) for item in value]
    made = call(np.stack, (parts,), {})
    found.append(made)
    return made
