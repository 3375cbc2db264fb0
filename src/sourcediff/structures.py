"""Structures of numbers and arrays: their leaves, and others of the same form."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sourcediff.errors import EndlessStructure
from sourcediff.runtime.attributes import attribute_names as attribute_names
from sourcediff.runtime.attributes import has_attributes
from sourcediff.runtime.structure import rebuild

#: What has attributes, but is not made of them.
_OPAQUE = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    np.ndarray,
    np.generic,
    np.ufunc,
)


def is_float(leaf: Any) -> bool:
    """Whether a leaf carries a derivative: a floating or complex number, or an array.

    >>> [is_float(leaf) for leaf in (1.5, np.ones(2), 3, np.arange(2), "text")]
    [True, True, False, False, False]
    """
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, float | complex)


def is_object(value: Any) -> bool:
    """Whether a value is made of its attributes."""
    return has_attributes(value) and not isinstance(value, _OPAQUE)


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    """The parts of a structure, each with the text that reaches it; None of a leaf."""
    if isinstance(value, dict):
        return [(f"[{key!r}]", part) for key, part in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{n}", v) for n, v in zip(value._fields, value, strict=True)]
    if isinstance(value, list | tuple):
        return [(f"[{i}]", part) for i, part in enumerate(value)]
    if is_object(value):
        return [(f".{name}", getattr(value, name)) for name in attribute_names(value)]
    return None


def leaves_of(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a structure, in order, by the expressions that reach them.

    >>> dict(leaves_of({"w": [1.5, None]}, "model"))
    {"model['w'][0]": 1.5, "model['w'][1]": None}
    """
    return _leaves_of(value, path, ())


def _leaves_of(value: Any, path: str, outside: tuple[int, ...]) -> Iterator[Any]:
    parts = _parts(value)
    if parts is None:
        yield path, value
    elif id(value) in outside:
        raise EndlessStructure(path)
    else:
        for suffix, part in parts:
            yield from _leaves_of(part, path + suffix, (*outside, id(value)))


def leaves(value: Any) -> Iterator[Any]:
    """The leaves of a structure, in order.

    >>> list(leaves({"w": (1.5, 2.5), "b": [np.float32(0.5)]}))
    [1.5, 2.5, np.float32(0.5)]
    """
    return (leaf for _, leaf in leaves_of(value))


def mapped_by_path(function: Callable[[str, Any], Any], value: Any, path: str) -> Any:
    """A structure of the same form, each leaf replaced by `function(path, leaf)`."""
    parts = _parts(value)
    if parts is None:
        return function(path, value)
    made = [mapped_by_path(function, part, path + suffix) for suffix, part in parts]
    if isinstance(value, dict):
        return dict(zip(value, made, strict=True))
    if isinstance(value, list):
        return made
    return tuple(made) if type(value) is tuple else rebuild(value, made)


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """A structure of the same form, each leaf replaced by a function's value.

    >>> mapped(np.shape, {"w": (np.ones((2, 3)), 1.5)})
    {'w': ((2, 3), ())}
    """
    return mapped_by_path(lambda _, leaf: function(leaf), value, "")


def with_leaves(value: Any, others: Iterator[Any]) -> Any:
    """A structure of the same form with other leaves, in order.

    >>> with_leaves({"w": (1.5, 2.5)}, iter("ab"))
    {'w': ('a', 'b')}
    """
    return mapped(lambda _: next(others), value)
