"""Which class stands for which: what is traced passes for what it stands for.

A taped function asks `isinstance(x, float)` of a traced number, names `np.ndarray` in a
`match`, and makes objects of classes whose methods are rebound. Each such class is
registered here with the original that it stands for.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor.traced import Traced

_originals: dict[type[Any], type[Any]] = {}
_stand_ins: dict[type[Any], type[Any]] = {}


class _StandIn(type):
    """Makes classes that stand for a type of numbers or arrays, traced ones among them.

    They can be called as the type, and serve in `isinstance`, `match` and as dtypes.
    """

    def __new__(mcs, name: str, bases: Any, members: dict[str, Any]) -> Any:
        """A stand-in; a class that is derived from one is of what it stands for."""
        if any(map(is_registered, bases)):
            originals = tuple(map(original_class, bases))
            return types.new_class(name, originals, {}, lambda new: new.update(members))
        return super().__new__(mcs, name, bases, members)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._make(*args, **kwargs)

    def __instancecheck__(cls, value: Any) -> bool:
        return is_instance(value, cls._original)

    def __subclasscheck__(cls, kind: Any) -> bool:
        return issubclass(original_class(kind), cls._original)

    def __eq__(cls, other: Any) -> bool:
        return other is cls or other is cls.__dict__["_original"]

    def __hash__(cls) -> int:
        return hash(cls.__dict__["_original"])

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.__dict__["_original"], name)


def stand_in(original: Any, make: Callable[..., Any]) -> Any:
    """A class that stands for a type, and is called as `make` is.

    >>> kind = stand_in(bytes, bytes)
    >>> isinstance(b"", kind), len(kind(2)), original_class(kind)
    (True, 2, <class 'bytes'>)
    """
    members = {"_original": original, "_make": staticmethod(make)}
    if issubclass(original, int | float | complex | np.number):
        members["dtype"] = np.dtype(original)
    made = _StandIn(original.__name__, (), members)
    register(made, original)
    _stand_ins[original] = made
    return made


def register(made: type[Any], original: type[Any]) -> None:
    """Remember that one class stands for another."""
    _originals[made] = original


def is_registered(kind: type[Any]) -> bool:
    """Whether a class stands for another one."""
    return kind in _originals


def original_class(kind: type[Any]) -> type[Any]:
    """The class that one stands for; itself if for no other."""
    return _originals.get(kind, kind)


def is_instance(value: Any, kinds: Any) -> bool:
    """`isinstance`, for which a traced value is what it stands for."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(value, Traced):
        value = value._array if value._array.ndim else value._array[()]
    return isinstance(value, tuple(map(original_class, kinds)))


def type_of(value: Any, *rest: Any, **options: Any) -> Any:
    """`type`, for which a traced value is what it stands for.

    Of a plain number it is what the type's name stands for, so that `is` may be asked.
    """
    if isinstance(value, Traced):
        return _stand_ins[stands_for(value)]
    found = type(value, *rest, **options)
    return found if rest else _stand_ins.get(found, found)


def stands_for(value: Traced) -> type[Any]:
    """The type of NumPy or Python that a traced value has the place of."""
    if value._array.ndim:
        return np.ndarray
    return complex if value._array.dtype.kind == "c" else float


def dispatching(function: Any, rebound: Callable[[Any], Any]) -> Callable[..., Any]:
    """A `functools.singledispatch` function that sees what traced values stand for."""

    @functools.wraps(function, updated=())
    def dispatch(value: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = stands_for(value) if isinstance(value, Traced) else type(value)
        chosen = function.dispatch(original_class(kind))
        return rebound(chosen)(value, *args, **kwargs)

    dispatch.__module__ = __name__  # it is not to be rebound itself
    return dispatch
