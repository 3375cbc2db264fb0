"""Functions of the user's that run where no call of them shows."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import islice
from types import FunctionType
from typing import Any

from sourcediff.compile.callees import is_users
from sourcediff.compile.outside import MOST_PARTS

#: What Python calls where an object is tested, compared, walked through, made a number.
_SILENT = (
    *("__iter__", "__next__", "__bool__", "__len__", "__contains__", "__float__"),
    *("__int__", "__index__", "__complex__", "__eq__", "__ne__", "__lt__", "__le__"),
    *("__gt__", "__ge__", "__hash__"),
)


def acting(value: Any) -> Iterator[Any]:
    """The user's functions that may run where a value is handed on, or tested.

    >>> def write(): pass
    >>> list(acting(functools.partial(write))) == list(acting([write])) == [write]
    True
    """
    if isinstance(value, functools.partial):
        yield from acting(value.func)
    elif isinstance(value, list | tuple | dict):
        items = value.values() if isinstance(value, dict) else value
        yield from (item for item in islice(items, MOST_PARTS) if is_users(item))
    elif is_users(value):
        yield value
    else:
        yield from silent_methods(value.__class__)


@functools.lru_cache(maxsize=256)
def silent_methods(cls: Any) -> tuple[Any, ...]:
    """The methods of a user's class that run where no call shows."""
    found = (getattr(cls, name, None) for name in _SILENT)
    return tuple(method for method in found if isinstance(method, FunctionType))
