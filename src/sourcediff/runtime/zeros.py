"""Zero cotangents for values of any structure."""

from __future__ import annotations

import dataclasses
import types
from collections import defaultdict
from typing import Any

import numpy as np

from sourcediff.runtime.attributes import attribute_names, has_attributes

_OPAQUE = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    np.ufunc,
    np.random.Generator,
)


def zeros_like(x: Any) -> Any:
    """The zero cotangent of `x`: the same structure, zeros for its floats.

    Floats and complex numbers give a zero of their type, arrays of them an array of
    zeros. Tuples (named ones too), lists, dicts, dataclasses and objects with
    attributes keep their structure. Every other leaf gives None: integers, booleans,
    strings, arrays of integers.

    >>> zeros_like({"w": np.array([1.5, 2.5]), "bias": 0.5, "steps": 10})
    {'w': array([0., 0.]), 'bias': 0.0, 'steps': None}
    >>> zeros_like((1.5, [2.5j, "name"]))
    (0.0, [0j, None])
    """
    if type(x) is float:
        return 0.0
    return _zeros(x, {})


def _zeros(x: Any, seen: dict[int, Any]) -> Any:
    match x:
        case bool() | int() | str() | bytes() | None:
            return None
        case np.generic():
            return x.dtype.type(0) if x.dtype.kind in "fc" else None
        case float() | complex():
            return 0j if isinstance(x, complex) else 0.0
        case np.ndarray():
            return np.zeros_like(x) if x.dtype.kind in "fc" else None
    if hasattr(x, "__array_function__"):
        return np.zeros_like(x) if x.dtype.kind in "fc" else None
    if id(x) not in seen:
        seen[id(x)] = None  # what is met again inside itself, in a tuple
        seen[id(x)] = _zeros_of_structure(x, seen)
    return seen[id(x)]


def _zeros_of_structure(x: Any, seen: dict[int, Any]) -> Any:
    match x:
        case list():
            zeros: list[Any] = []
            seen[id(x)] = zeros
            zeros.extend(_zeros(item, seen) for item in x)
            return zeros
        case dict():
            return _fill(_empty(x), x.items(), seen, x)
        case tuple() if hasattr(x, "_fields"):
            return type(x)(*(_zeros(item, seen) for item in x))
        case tuple():
            return tuple(_zeros(item, seen) for item in x)
    if isinstance(x, _OPAQUE):
        return None
    return _zeros_of_object(x, seen)


def _empty(x: dict[Any, Any]) -> dict[Any, Any]:
    """A dict for the cotangents of what is in a dict, which may make what it misses."""
    factory = x.default_factory if isinstance(x, defaultdict) else None
    return {} if factory is None else defaultdict(lambda: zeros_like(factory()))


def _fill(
    zeros: dict[Any, Any], items: Any, seen: dict[int, Any], x: Any
) -> dict[Any, Any]:
    seen[id(x)] = zeros
    for key, item in items:
        zeros[key] = _zeros(item, seen)
    return zeros


def _zeros_of_object(x: Any, seen: dict[int, Any]) -> Any:
    if dataclasses.is_dataclass(x):
        fields = [field.name for field in dataclasses.fields(x)]
        names = [name for name in fields if hasattr(x, name)]  # it may not be full yet
    elif has_attributes(x):
        names = attribute_names(x)
    else:
        return None
    try:
        is_namespace = isinstance(x, types.SimpleNamespace)
        zeros = type(x)() if is_namespace else object.__new__(type(x))
    except TypeError:  # made by C code: nothing that we know how to fill
        return None
    seen[id(x)] = zeros
    for name in names:
        # __setattr__ of a frozen dataclass, or of a user's class, would refuse.
        object.__setattr__(zeros, name, _zeros(getattr(x, name), seen))
    return zeros
