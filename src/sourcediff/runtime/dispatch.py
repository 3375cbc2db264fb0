"""Helpers that NumPy-like argument types may take over, as NumPy's functions are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def overridable(function: F) -> F:
    """Let a type with `__array_function__` (NEP 18) take over calls of `function`.

    This is how the tape sees a helper as one operation with one rule, instead of the
    writes inside it.

    >>> @overridable
    ... def double(x):
    ...     return x * 2
    >>> class Shouting:
    ...     def __array_function__(self, function, types, args, kwargs):
    ...         return function.__name__.upper()
    >>> double(1.5), double(Shouting())
    (3.0, 'DOUBLE')
    """

    @functools.wraps(function)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            kind = type(value)
            if kind is not np.ndarray and hasattr(kind, "__array_function__"):
                types = (kind,)
                if issubclass(kind, np.ndarray | np.generic):
                    continue
                return value.__array_function__(dispatch, types, args, kwargs)
        return function(*args, **kwargs)

    return cast(F, dispatch)
