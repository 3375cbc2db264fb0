"""The kinds of actual arguments: what a gradient is compiled for."""

from __future__ import annotations

import dataclasses
import enum
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from sourcediff.analysis.attributes import is_transparent
from sourcediff.analysis.sizes import LITERAL, symbol_of, tied
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Size,
    Static,
    join,
    scalar_of,
)
from sourcediff.rules import is_opaque

#: Longer lists of elements of one kind are known by that kind alone.
LONG_LIST = 4
#: Python integers beyond this are no NumPy integers.
LARGEST = 2**62
#: What is nested deeper is unknown.
DEEPEST = 16

_PYTHON_NUMBERS = (float, complex)
CODE = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    np.ufunc,
    np.dtype,
    type,
)
PLAIN_KEYS = frozenset({str, int, bool, bytes, types.NoneType})
DISPLAYS = frozenset({tuple, list, dict})
_NUMERIC = "biufc"
SLICE = ("start", "stop", "step")


def kinds_of(arguments: Mapping[str, object]) -> dict[str, Kind]:
    """The kinds of arguments, by the names of their parameters.

    Sizes of arrays are symbols: equal ones share the name of the first place where they
    occur (`x.shape[0]`); those up to 3 are literal, so a symbol is at least 4 and, say,
    `x[1:-1]` never has the size 1. Sizes that are two, three or four times a smaller
    one, as that of the gates of a cell is, are known as that. An int from -3 to 3 is
    `Static` (it may be an axis or an exponent), a larger one a symbol of its own, named
    as the parameter. Strings, booleans, None, functions, classes, modules and dtypes
    are `Static`. A list longer than 4 whose elements have one kind is a `List`. Objects
    with attributes are `Record`s; subclasses of ndarray, arrays of objects and whatever
    else are `Unknown`.

    >>> kinds = kinds_of({"x": np.ones((5, 1)), "y": np.ones(5), "n": 5})
    >>> kinds["y"].dims, kinds["x"].dims[1], kinds["n"].value.symbol
    ((Size(symbol='x.shape[0]', offset=0, least=4, factor=1),), 1, 'n')
    """
    raw = {name: _raw(value, ()) for name, value in arguments.items()}
    symbols: dict[int, Size] = {}
    kinds = {name: _named(kind, name, symbols) for name, kind in raw.items()}
    multiples = tied(symbols)
    if multiples == symbols:
        return kinds
    return {name: _named(kind, name, multiples) for name, kind in raw.items()}


# First kinds with literal sizes, in which an int may have the value "some"; then
# numbers become symbols, in one order for equal signatures.
_SOME = Size("?")


def _raw(value: Any, outside: tuple[int, ...]) -> Kind:
    cls = type(value)
    if cls is np.ndarray:
        known = value.dtype.kind in _NUMERIC
        flat = value.flags.c_contiguous
        return Array(value.dtype, value.shape, flat, not flat) if known else UNKNOWN
    if cls in _PYTHON_NUMBERS:
        return Scalar(np.dtype(cls))
    if cls is int:
        if abs(value) >= LARGEST:
            return UNKNOWN
        if abs(value) <= LITERAL:
            return Static(value)
        return Scalar(_INT, True, _SOME if value > 0 else None)
    if value is None or cls in (bool, str, bytes) or isinstance(value, CODE):
        return Static(value)
    if value is Ellipsis or isinstance(value, enum.Enum):
        return Static(value)
    if isinstance(value, np.generic):
        return _raw_numpy_scalar(value)
    if cls is slice:
        parts = ((n, _raw(getattr(value, n), outside)) for n in SLICE)
        return Record(slice, tuple(parts))
    if id(value) in outside or len(outside) >= DEEPEST:
        return UNKNOWN
    return _raw_container(value, cls, (*outside, id(value)))


def _raw_numpy_scalar(value: np.generic) -> Kind:
    if type(value) not in SCALAR_TYPES:
        return UNKNOWN
    if value.dtype.kind not in "iu":
        return Scalar(value.dtype, False)
    number = int(value)
    if abs(number) <= LITERAL:
        return Scalar(value.dtype, False, number)
    return Scalar(value.dtype, False, _SOME if 0 < number < LARGEST else None)


def _raw_container(value: Any, cls: type, outside: tuple[int, ...]) -> Kind:
    if cls is tuple:
        return Sequence(tuple, tuple(_raw(v, outside) for v in value))
    if cls is list:
        return _raw_list([_raw(v, outside) for v in value])
    if cls is dict:
        if not all(type(key) in PLAIN_KEYS for key in value):
            return UNKNOWN
        return Dict(tuple((k, _raw(v, outside)) for k, v in value.items()))
    fields = fields_of(value)
    if is_opaque(cls):
        return Record(cls, ())
    if fields is None:
        return UNKNOWN
    return Record(cls, tuple((n, _raw(v, outside)) for n, v in fields.items()))


def _raw_list(items: list[Kind]) -> Kind:
    if len(items) <= LONG_LIST:
        return Sequence(list, tuple(items)) if items else List(None)
    items = [_without_values(kind) for kind in items]
    if not all(_is_like(items[0], kind) for kind in items[1:]):
        return Sequence(list, tuple(items))
    joined = items[0]
    for kind in items[1:]:
        joined = join(joined, kind)
    return List(joined)


def _is_like(a: Kind, b: Kind) -> bool:
    """Whether kinds are equal but for the sizes of arrays."""
    match a, b:
        case Array(), Array():
            return a.dtype == b.dtype and a.ndim == b.ndim  # join takes the rest
        case Scalar(), Scalar():
            return a.dtype == b.dtype and a.python is b.python
        case Sequence(), Sequence():
            return (
                a.type is b.type
                and len(a.items) == len(b.items)
                and all(map(_is_like, a.items, b.items))
            )
        case List(), List():
            if a.item is None or b.item is None:
                return a.item is b.item
            return _is_like(a.item, b.item)
        case Dict(), Dict():
            return _are_like(a.items, b.items)
        case Record(), Record():
            return a.type is b.type and _are_like(a.fields, b.fields)
        case _:
            return a == b


def _are_like(a: tuple[tuple[Any, Kind], ...], b: tuple[tuple[Any, Kind], ...]) -> bool:
    return [k for k, _ in a] == [k for k, _ in b] and all(
        _is_like(x, y) for (_, x), (_, y) in zip(a, b, strict=True)
    )


def _named(kind: Kind, place: str, symbols: dict[int, Size]) -> Kind:
    """A kind with symbols for sizes; `place` is the expression of the value."""
    match kind:
        case Array(dims=dims) if dims:
            return dataclasses.replace(
                kind,
                dims=tuple(
                    symbol_of(dim, f"{place}.shape[{axis}]", symbols)
                    for axis, dim in enumerate(dims)
                ),
            )
        case Scalar(value=Size()):
            return dataclasses.replace(kind, value=Size(place))
        case Sequence(items=items):
            named = (_named(k, f"{place}[{i}]", symbols) for i, k in enumerate(items))
            return dataclasses.replace(kind, items=tuple(named))
        case List(item=item) if item is not None:
            return List(_named(item, f"{place}[:]", symbols))
        case Dict(items=pairs):
            return Dict(
                tuple((k, _named(v, f"{place}[{k!r}]", symbols)) for k, v in pairs)
            )
        case Record(fields=fields):
            return dataclasses.replace(
                kind,
                fields=tuple(
                    (n, _named(v, f"{place}.{n}", symbols)) for n, v in fields
                ),
            )
        case _:
            return kind


def _without_values(kind: Kind) -> Kind:
    """The kind of any element of a list: ints in different ones are not equal."""
    kind = scalar_of(kind)
    match kind:
        case Scalar():
            return dataclasses.replace(kind, value=None)
        case Sequence(items=items):
            return dataclasses.replace(kind, items=tuple(map(_without_values, items)))
        case List(item=item) if item is not None:
            return List(_without_values(item))
        case Dict(items=pairs):
            return Dict(tuple((k, _without_values(v)) for k, v in pairs))
        case Record(fields=fields):
            return dataclasses.replace(
                kind, fields=tuple((n, _without_values(v)) for n, v in fields)
            )
        case _:
            return kind


def fields_of(value: Any) -> dict[str, Any] | None:
    """The attributes that make up an object, or None if it is opaque.

    >>> fields_of(types.SimpleNamespace(w=1.5))
    {'w': 1.5}
    """
    cls = type(value)
    if isinstance(value, tuple):
        names = getattr(cls, "_fields", None)
        if names is None or not is_transparent(cls):
            return None
        return dict(zip(names, value, strict=True))
    if isinstance(value, list | dict | set | np.ndarray | str | int | float | complex):
        return None
    if not is_transparent(cls):
        return None
    if dataclasses.is_dataclass(cls) and not hasattr(value, "__dict__"):
        names = [f.name for f in dataclasses.fields(cls)]
        return {n: getattr(value, n) for n in names if hasattr(value, n)}
    own = getattr(value, "__dict__", None)
    if type(own) is not dict or any(
        hasattr(base, "__slots__") and base.__slots__ for base in cls.__mro__[:-1]
    ):
        return None
    return dict(own)


_INT = np.dtype(int)
SCALAR_TYPES = frozenset(
    t for t in np.sctypeDict.values() if np.dtype(t).kind in _NUMERIC
)
