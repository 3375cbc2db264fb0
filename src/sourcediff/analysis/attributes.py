"""What `x.name` is: module members, attributes of arrays, fields, methods."""

from __future__ import annotations

import dataclasses
import inspect
import types
from dataclasses import dataclass
from typing import Any

import numpy as np

from sourcediff.analysis.creation import shape_of
from sourcediff.analysis.dims import INT, count, total
from sourcediff.analysis.draws import DRAWERS
from sourcediff.analysis.outside_data import held_kind
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
    Unknown,
)
from sourcediff.rules import array_methods, has_methods, is_stand_in, lookup

#: Modules whose plain values are constants.
CONSTANT_MODULES = ("numpy", "math", "cmath")
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
        case Unknown(data=True) if name in array_methods():
            # Results of callees on the tape have no other objects with such methods.
            method = getattr(np.ndarray, name)
            found = kind if inspect.isdatadescriptor(method) else UNKNOWN
            return Member(found, method, kind)
        case _:
            return NOTHING


def _method(home: type, name: str, receiver: Kind) -> Member:
    return Member(UNKNOWN, getattr(home, name, None), receiver)


def _of_static(value: Any, name: str) -> Member:
    if isinstance(value, types.ModuleType):
        return Member(_module_member(value, name))
    if isinstance(value, types.CellType):
        return Member(held_kind(value, name) or UNKNOWN)
    if isinstance(value, type):
        found = _class_attribute(value, name)
        if isinstance(found, classmethod) and is_transparent(value):
            return Member(UNKNOWN, found.__func__, Static(value))
        return Member(_class_member(value, name))
    if isinstance(value, np.ufunc) or has_methods(value):
        reached = getattr(value, name, None)
        return Member(Static(reached) if callable(reached) else UNKNOWN)
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
    constant = module.__name__.partition(".")[0] in CONSTANT_MODULES
    if constant and isinstance(value, bool | int | float | str | None):
        return Static(value)
    return held_kind(module, name) or UNKNOWN


def is_code(value: Any) -> bool:
    """Whether a value is a module, class or function."""
    if isinstance(value, (types.ModuleType, type, np.ufunc, np.dtype)):
        return True
    if has_methods(value):
        return True
    return callable(value) and isinstance(getattr(value, "__name__", None), str)


def _class_member(cls: type, name: str) -> Kind:
    value = _class_attribute(cls, name)
    if isinstance(value, staticmethod):
        value = value.__func__
    plain = isinstance(value, types.FunctionType | types.MethodDescriptorType)
    return Static(value) if plain or value is object.__new__ else UNKNOWN


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
        home = complex if scalar.python else np.generic
        return Member(Scalar(dtype, scalar.python), getattr(home, name), scalar)
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
    if cls in DRAWERS:
        return Member(UNKNOWN, getattr(cls, name, None), record)
    on_class = _class_attribute(cls, name)
    if isinstance(on_class, property):
        return Member(UNKNOWN, on_class, record)
    field = record.get(name)
    if field is not None and _is_plain_field(cls, on_class):
        return Member(field, None, record)
    has_body = isinstance(on_class, types.FunctionType)
    if field is None and (has_body or lookup(on_class) is not None):
        return Member(UNKNOWN, on_class, record)
    if field is None and isinstance(on_class, staticmethod):
        return Member(Static(on_class.__func__))
    if field is None and isinstance(on_class, classmethod):
        return Member(UNKNOWN, on_class.__func__, Static(cls))
    return NOTHING


def is_transparent(cls: type) -> bool:
    """Whether attributes of instances are looked up in the ordinary way.

    What stands for an object of a library may compute the attributes that it lacks:
    they are constants of the library's.
    """
    if cls.__getattribute__ not in _ORDINARY_LOOKUPS:
        return False
    return not hasattr(cls, "__getattr__") or is_stand_in(cls)


def has_plain_instances(cls: type) -> bool:
    """Whether calling a class makes an object with attributes, and nothing else.

    >>> has_plain_instances(int), has_plain_instances(types.SimpleNamespace)
    (False, False)
    """
    return (
        type(cls) is type
        and cls.__new__ is object.__new__  # type: ignore[comparison-overlap]
        and is_transparent(cls)  # type: ignore[unreachable]
        and not any("__slots__" in vars(base) for base in cls.__mro__[:-1])
        and cls.__module__ != "builtins"
    )


def constructed(cls: type, given: tuple[Kind, ...], named: Any) -> Kind | None:
    """The kind of what a call of a named tuple or plain dataclass makes, or None."""
    names = constructor_fields(cls)
    if names is None or len(given) > len(names) or not named.keys() <= names.keys():
        return None
    found = {**names, **dict(zip(names, given, strict=False)), **named}
    if any(kind is None for kind in found.values()):
        return None
    return Record(cls, tuple((n, k) for n, k in found.items() if k is not None))


def constructor_fields(cls: type) -> dict[str, Kind | None] | None:
    """The fields that a constructor stores as given, with the kinds of defaults."""
    if issubclass(cls, tuple):
        names = getattr(cls, "_fields", None)
        if names is None or not is_transparent(cls) or not _is_generated(cls.__new__):
            return None
        defaults = getattr(cls, "_field_defaults", {})
        return {n: default_kind(defaults[n]) if n in defaults else None for n in names}
    if cls.__init__ is object.__init__:
        return {} if has_plain_instances(cls) else None
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__"):
        return None
    fields = dataclasses.fields(cls)
    plain = has_plain_instances(cls) and _is_generated(cls.__init__)
    if not plain or not all(f.init for f in fields):
        return None
    frozen = cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    if any(f.default_factory is not dataclasses.MISSING for f in fields) and not frozen:
        return None  # what is made anew is stored like an argument
    return {
        f.name: None
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        else default_kind(f.default)
        for f in fields
    }


def _is_generated(function: Any) -> bool:
    """Whether a function was made by `dataclass` or `namedtuple`."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith("<")


def default_kind(value: Any) -> Kind:
    """The kind of a field's default."""
    if isinstance(value, bool | int | float | complex | str | None):
        return Static(value)
    return UNKNOWN


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
