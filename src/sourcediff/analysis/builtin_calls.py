"""Kinds of calls of Python's built-in functions and of methods of containers."""

from __future__ import annotations

import copy
import math
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from sourcediff.analysis.arithmetic import (
    BINARY,
    COMPARE,
    UNARY,
    binary,
    compare,
    elements,
    elementwise,
    join_all,
    largest,
    length,
    unary,
)
from sourcediff.analysis.creation import Keywords
from sourcediff.analysis.dims import INT, is_integer, known_value, minimum
from sourcediff.analysis.indexing import is_hashable, item, iteration_item, slice_of
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
    least_length,
    scalar_of,
)

FLOAT = np.dtype(float)
BOOL = np.dtype(bool)
Handler = Callable[[tuple[Kind, ...]], Kind]

#: Built-in functions that change no container, beside those with a handler.
HARMLESS = frozenset(
    {
        *(print, repr, str, format, id, type, hash, callable, hasattr, getattr),
        *(zip, enumerate, reversed, iter, ascii, bin, hex, ord, chr, object),
        *(set, frozenset, bytes, vars, dir, issubclass, sorted, memoryview),
    }
)


def _range(arguments: tuple[Kind, ...]) -> Kind:
    arguments = tuple(k if is_integer(k) else Scalar(INT) for k in arguments)
    match arguments:
        case (stop,):
            bounds: tuple[Kind, ...] = (Static(0), stop, Static(1))
        case (start, stop):
            bounds = (start, stop, Static(1))
        case (_, _, _):
            bounds = arguments
        case _:
            return UNKNOWN
    return Record(range, tuple(zip(("start", "stop", "step"), bounds, strict=True)))


def _slice(arguments: tuple[Kind, ...]) -> Kind:
    match arguments:
        case (stop,):
            return slice_of(upper=stop)
        case (_, _) | (_, _, _):
            return slice_of(*arguments)
        case _:
            return UNKNOWN


def _abs(arguments: tuple[Kind, ...]) -> Kind:
    return elementwise(abs, arguments) if len(arguments) == 1 else UNKNOWN


def _float(arguments: tuple[Kind, ...]) -> Kind:
    return Scalar(FLOAT)


def _int(arguments: tuple[Kind, ...]) -> Kind:
    value = known_value(arguments[0]) if len(arguments) == 1 else None
    return Static(value) if isinstance(value, int) else Scalar(INT, True, value)


def _bool(arguments: tuple[Kind, ...]) -> Kind:
    return Scalar(BOOL)


def _round(arguments: tuple[Kind, ...]) -> Kind:
    # With no digits Python and NumPy scalars alike give a Python int.
    match [scalar_of(a) for a in arguments]:
        case [Scalar(dtype=dtype)] if dtype.kind in "biuf":
            return Scalar(INT)
        case [Array() as array]:
            return (
                elementwise(np.rint, (array,)) if array.dtype.kind == "f" else UNKNOWN
            )
        case [Scalar(dtype=dtype, python=python), _] if dtype.kind in "iuf":
            return Scalar(dtype, python)
        case _:
            return UNKNOWN


def _sum(arguments: tuple[Kind, ...]) -> Kind:
    match arguments:
        case (Sequence(items=items),):
            total: Kind = Static(0)
            for kind in items:
                total = binary(operator.add, total, kind)
            return total
        case (List(item=one),) if isinstance(scalar_of(one or UNKNOWN), Scalar):
            twice = binary(operator.add, one or UNKNOWN, one or UNKNOWN)
            return join_all((Scalar(INT), one or UNKNOWN, twice)) or UNKNOWN
        case (Array(dims=dims) as array,) if dims:
            one = iteration_item(array)
            some = binary(operator.add, binary(operator.add, Static(0), one), one)
            empty = () if minimum(dims[0]) else (Scalar(INT),)
            return join_all((some, *empty)) or UNKNOWN
        case _:
            return UNKNOWN


def _extreme(arguments: tuple[Kind, ...]) -> Kind:
    if len(arguments) == 1:
        match arguments[0]:
            case Sequence(items=items) if items:
                return largest(items)
            case List(item=one) if one is not None:
                return largest((one,))
            case Array(dims=(_,)) as array:
                return iteration_item(array)
            case Record(type=t) if t is range:
                return Scalar(INT)
            case _:
                return UNKNOWN
    folded = _folded_extreme(arguments)
    return largest(arguments) if folded is None else folded


def _folded_extreme(arguments: tuple[Kind, ...]) -> Kind | None:
    return arguments[0] if len(set(arguments)) == 1 else None


def _divmod(arguments: tuple[Kind, ...]) -> Kind:
    return elementwise(divmod, arguments) if len(arguments) == 2 else UNKNOWN


def _pow(arguments: tuple[Kind, ...]) -> Kind:
    return binary(operator.pow, *arguments) if len(arguments) == 2 else UNKNOWN


def _isinstance(arguments: tuple[Kind, ...]) -> Kind:
    unsure = Scalar(BOOL)
    if len(arguments) != 2 or not isinstance(arguments[1], Static | Sequence):
        return unsure
    asked = elements(arguments[1]) or (arguments[1],)
    classes = tuple(
        k.value for k in asked if isinstance(k, Static) and isinstance(k.value, type)
    )
    exact = _exact_type(arguments[0])
    if exact is None or len(classes) != len(asked):
        return unsure
    return Static(issubclass(exact, classes))


def _exact_type(kind: Kind) -> type | None:
    """The class of a value where the kind decides it."""
    match kind:
        case Array():
            return np.ndarray
        case Sequence(type=t) | Record(type=t):
            return t if isinstance(t, type) else None
        case List():
            return list
        case Dict():
            return dict
        case Static(value=None | str() | bool() | int() | float() | complex()):
            return type(kind.value)
        case _:
            return None


def _tuple(arguments: tuple[Kind, ...]) -> Kind:
    match arguments:
        case ():
            return Sequence(tuple, ())
        case (Sequence(items=items),):
            return Sequence(tuple, items)
        case (List(item=one),):
            return List(one, tuple)
        case (Array(dims=(int() as size, *_)) as array,) if size <= 64:
            return Sequence(tuple, (iteration_item(array),) * size)
        case _:
            return UNKNOWN


def _list(arguments: tuple[Kind, ...]) -> Kind:
    match arguments:
        case ():
            return List(None)
        case (Sequence(items=items),):
            return Sequence(list, items)
        case (List(item=one),):
            return List(one)
        case (Array(dims=dims) as array,) if dims:
            return List(iteration_item(array))
        case (Record(type=t),) if t is range:
            return List(Scalar(INT))
        case _:
            return List(UNKNOWN)


def _sorted(arguments: tuple[Kind, ...]) -> Kind:
    return List(iteration_item(arguments[0]))


def _copy(arguments: tuple[Kind, ...]) -> Kind:
    return arguments[0] if len(arguments) == 1 else UNKNOWN


def _len(arguments: tuple[Kind, ...]) -> Kind:
    return length(arguments[0]) if len(arguments) == 1 else Scalar(INT)


HANDLERS: dict[Any, Handler] = {
    range: _range,
    slice: _slice,
    abs: _abs,
    float: _float,
    int: _int,
    bool: _bool,
    round: _round,
    sum: _sum,
    min: _extreme,
    max: _extreme,
    divmod: _divmod,
    pow: _pow,
    isinstance: _isinstance,
    tuple: _tuple,
    list: _list,
    len: _len,
    sorted: _sorted,
    copy.copy: _copy,
    copy.deepcopy: _copy,
    any: _bool,
    all: _bool,
}


def _spread(function: Callable[..., Kind]) -> Handler:
    return lambda arguments: function(*arguments)


_OPERATORS: dict[Any, Handler] = {
    **{f: _spread(partial(binary, f)) for f in BINARY.values()},
    **{f: _spread(partial(compare, f)) for f in COMPARE.values()},
    **{f: _spread(partial(unary, f)) for f in UNARY.values()},
    operator.getitem: _spread(item),
}


#: A key changes which of the items is found, not of what kind it is.
_EXTREMES = (max, min)


def builtin_call(
    function: Any, arguments: tuple[Kind, ...], keywords: Keywords
) -> Kind | None:
    """The kind of a call of a built-in or of `operator`'s; None if it is another."""
    if function is dict:
        return _dict(arguments, keywords)
    handler = HANDLERS.get(function) or _OPERATORS.get(function)
    if handler is None:
        return None
    try:
        if function is sorted or (function in _EXTREMES and keywords.keys() == {"key"}):
            return handler(arguments)
        return UNKNOWN if keywords else handler(arguments)
    except TypeError:  # a wrong number of arguments
        return UNKNOWN


def _dict(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind:
    if not arguments:
        return Dict(tuple(keywords.items()))
    if len(arguments) == 1 and isinstance(arguments[0], Dict):
        return Dict(tuple({**dict(arguments[0].items), **keywords}.items()))
    return UNKNOWN


def zipped(names: Kind, values: Kind) -> Kind:
    """The kind of `dict(zip(names, values))` of names that are constants."""
    keys = names.items if isinstance(names, Sequence) else ()
    count = least_length(values, len(keys))
    known = [k.value for k in keys[:count] if isinstance(k, Static)]
    if not count or len(known) < count or not all(map(is_hashable, known)):
        return UNKNOWN
    item = iteration_item(values)
    items = values.items if isinstance(values, Sequence) else (item,) * count
    return Dict(tuple(zip(known, items, strict=False)))


def math_call(function: Any) -> Kind | None:
    """The kind of what a function of `math` returns that takes numbers."""
    name = getattr(function, "__name__", "")
    if getattr(math, name, None) is not function:
        return None
    if name in ("floor", "ceil", "trunc", "factorial", "comb", "perm", "gcd", "lcm"):
        return Scalar(INT)
    if name == "isqrt":
        return Scalar(INT)
    if name in ("isnan", "isinf", "isfinite", "isclose"):
        return Scalar(BOOL)
    if name == "frexp":
        return Sequence(tuple, (Scalar(FLOAT), Scalar(INT)))
    if name == "modf":
        return Sequence(tuple, (Scalar(FLOAT), Scalar(FLOAT)))
    return UNKNOWN if name in ("prod", "sumprod") else Scalar(FLOAT)


def dict_method(
    container: Kind, name: str, arguments: tuple[Kind, ...]
) -> tuple[Kind, Kind | None]:
    """The result of a method of a dict, and the dict's kind then; None: anything."""
    if not isinstance(container, Dict):
        return UNKNOWN, None
    key = arguments[0] if arguments else UNKNOWN
    known = isinstance(key, Static) and isinstance(key.value, str | int | tuple)
    found = container.get(key.value) if known and isinstance(key, Static) else None
    match name:
        case "get" if known:
            default = arguments[1] if len(arguments) > 1 else Static(None)
            return (default if found is None else found), container
        case "get" | "keys" | "values" | "items":
            return UNKNOWN, container
        case "copy":
            return container, container
        case "pop" if found is not None and isinstance(key, Static):
            rest = tuple((k, v) for k, v in container.items if k != key.value)
            return found, Dict(rest)
        case "setdefault" if known and isinstance(key, Static) and len(arguments) == 2:
            if found is not None:
                return found, container
            return arguments[1], Dict((*container.items, (key.value, arguments[1])))
        case "update" if len(arguments) == 1 and isinstance(arguments[0], Dict):
            merged = {**dict(container.items), **dict(arguments[0].items)}
            return Static(None), Dict(tuple(merged.items()))
        case _:
            return UNKNOWN, None
