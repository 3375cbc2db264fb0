"""What `x.name` is: module members, attributes of arrays, fields, methods."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import numpy as np

from sourcediff.analysis.creation import shape_of
from sourcediff.analysis.dims import INT, count, total
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
)

#: Modules whose plain values are constants.
_CONSTANT_MODULES = ("numpy", "math", "cmath")
_ORDINARY_LOOKUPS: tuple[Any, ...] = (
    object.__getattribute__,
    tuple.__getattribute__,
    types.SimpleNamespace.__getattribute__,
)
_ORDINARY_STORES: tuple[Any, ...] = (
    object.__setattr__,
    types.SimpleNamespace.__setattr__,
)
_BUILTIN_TYPES = {bool: bool, int: int, float: float, complex: complex}


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute: its kind, the function or descriptor behind it, its receiver."""

    kind: Kind
    function: Any = None
    receiver: Kind | None = None


NOTHING = Member(UNKNOWN)


def member(kind: Kind, name: str) -> Member:
    """What an attribute of a value of this kind is.

    >>> matrix = Array(np.dtype(float), (3, 4))
    >>> member(matrix, "T").kind.dims, member(matrix, "sum").function is np.ndarray.sum
    ((4, 3), True)
    """
    match kind:
        case Static(value=value):
            return _of_static(value, name)
        case Array():
            return _of_array(kind, name)
        case Scalar():
            return _of_scalar(kind, name)
        case Record():
            return _of_record(kind, name)
        case Sequence(type=t) if t in (tuple, list):
            return _method(t, name, kind)
        case List():
            return _method(list, name, kind)
        case Dict():
            return _method(dict, name, kind)
        case _:
            return NOTHING


def _method(home: type, name: str, receiver: Kind) -> Member:
    return Member(UNKNOWN, getattr(home, name, None), receiver)


def _of_static(value: Any, name: str) -> Member:
    if isinstance(value, types.ModuleType):
        return Member(_module_member(value, name))
    if isinstance(value, type):
        return Member(_class_member(value, name))
    if isinstance(value, np.ufunc):
        found = getattr(value, name, None)
        return Member(Static(found) if callable(found) else UNKNOWN)
    if isinstance(value, str):
        return _method(str, name, Static(value))
    if type(value) in _BUILTIN_TYPES:
        return _of_scalar(Scalar(np.dtype(type(value))), name)
    return NOTHING


def _module_member(module: types.ModuleType, name: str) -> Kind:
    try:
        value = getattr(module, name)
    except Exception:  # noqa: BLE001  # a module may have a __getattr__ of its own
        return UNKNOWN
    if is_code(value):
        return Static(value)
    constant = module.__name__.partition(".")[0] in _CONSTANT_MODULES
    if constant and isinstance(value, bool | int | float | str | None):
        return Static(value)
    return UNKNOWN


def is_code(value: Any) -> bool:
    """Whether a value is a module, class or function."""
    if isinstance(value, types.ModuleType | type | np.ufunc | np.dtype):
        return True
    return callable(value) and isinstance(getattr(value, "__name__", None), str)


def _class_member(cls: type, name: str) -> Kind:
    value = _class_attribute(cls, name)
    if isinstance(value, staticmethod):
        value = value.__func__
    plain = isinstance(value, types.FunctionType | types.MethodDescriptorType)
    return Static(value) if plain else UNKNOWN


def _class_attribute(cls: type, name: str) -> Any:
    for base in cls.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return None


def _of_array(array: Array, name: str) -> Member:
    descriptor = getattr(np.ndarray, name, None)
    return Member(_array_attribute(array, name), descriptor, array)


def _array_attribute(array: Array, name: str) -> Kind:
    dims = array.dims
    match name:
        case "shape":
            return shape_of(array)
        case "ndim":
            return Scalar(INT) if dims is None else Static(len(dims))
        case "size":
            return count(total(dims))
        case "dtype":
            return Static(array.dtype)
        case "T":
            flat = dims is not None and len(dims) < 2
            turned = None if dims is None else dims[::-1]
            return Array(array.dtype, turned, array.contiguous and flat)
        case "mT" if dims is not None and len(dims) > 1:
            return Array(array.dtype, (*dims[:-2], dims[-1], dims[-2]))
        case "real" | "imag":
            dtype = np.zeros((), array.dtype).real.dtype
            same = array.contiguous and name == "real" and array.dtype.kind != "c"
            return Array(dtype, dims, same)
        case "itemsize" | "nbytes":
            return Scalar(INT)
        case _:
            return UNKNOWN


def _of_scalar(scalar: Scalar, name: str) -> Member:
    if name in ("real", "imag"):
        dtype = np.zeros((), scalar.dtype).real.dtype
        if scalar.python and dtype.kind == "b":
            dtype = INT
        return Member(Scalar(dtype, scalar.python), None, scalar)
    if scalar.python:
        home = type(np.zeros((), scalar.dtype).item())
        return _method(home, name, scalar)
    descriptor = getattr(np.ndarray, name, None)
    match name:
        case "shape":
            return Member(Sequence(tuple, ()), descriptor, scalar)
        case "ndim":
            return Member(Static(0), descriptor, scalar)
        case "size":
            return Member(Static(1), descriptor, scalar)
        case "dtype":
            return Member(Static(scalar.dtype), descriptor, scalar)
        case "T":
            return Member(scalar, descriptor, scalar)
        case _:
            return Member(UNKNOWN, descriptor, scalar)


def _of_record(record: Record, name: str) -> Member:
    cls = record.type
    if cls in (slice, range):
        found = record.get(name)
        return Member(UNKNOWN if found is None else found)
    if not isinstance(cls, type) or not is_transparent(cls):
        return NOTHING
    on_class = _class_attribute(cls, name)
    if isinstance(on_class, property):
        return Member(UNKNOWN, on_class, record)
    field = record.get(name)
    if field is not None and _is_plain_field(cls, on_class):
        return Member(field, None, record)
    if field is None and isinstance(on_class, types.FunctionType):
        return Member(UNKNOWN, on_class, record)
    if field is None and isinstance(on_class, staticmethod):
        return Member(Static(on_class.__func__))
    return NOTHING


def is_transparent(cls: type) -> bool:
    """Whether attributes of instances are looked up in the ordinary way."""
    return cls.__getattribute__ in _ORDINARY_LOOKUPS


def may_store(cls: type, name: str) -> bool:
    """Whether `o.name = value` just sets an attribute of the instance."""
    on_class = _class_attribute(cls, name)
    return cls.__setattr__ in _ORDINARY_STORES and _is_plain_field(cls, on_class)


def _is_plain_field(cls: type, on_class: Any) -> bool:
    """Whether an instance's own value is what attribute access gives."""
    if on_class is None or issubclass(cls, tuple):
        return True
    if isinstance(on_class, types.MemberDescriptorType):
        return True
    return not hasattr(type(on_class), "__set__")
