"""What a function reads from outside: its kinds are known, its values read anew."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from sourcediff.analysis.outside_data import (
    NUMBERS,
    array_kinds,
    is_array,
    number_kind,
)
from sourcediff.analysis.signature import fields_of, kinds_of
from sourcediff.compile.outside import Cell, namespace_of
from sourcediff.front.resolve import is_static
from sourcediff.ir import Program
from sourcediff.kinds import Kind, Record
from sourcediff.rules import is_opaque

_STRUCTURES = (list, tuple, dict)
_LEAVES = (*NUMBERS, bool, np.ndarray)
#: Structures with more leaves are of an unknown kind: each call would look at them all.
MOST_LEAVES = 32


def data_kinds(program: Program) -> dict[str, Kind]:
    """The kinds of the free names that hold numbers, arrays and objects now.

    Only what a guard can watch is told: the type of a number; dtype and sizes of an
    array, as far as those of an argument are told; all that is known of an object with
    attributes, of a table of functions, of a small structure of arrays and numbers.
    """
    kinds: dict[str, Kind] = {}
    arrays = {}
    for name, read in readers(program):
        value = read()
        number = number_kind(value)
        if number is not None:
            kinds[name] = number
        elif is_array(value):
            arrays[name] = value
        else:
            place = _place(program, name)
            known = _record(value, place) or _table(value) or _structure(value, place)
            if known is not None:
                kinds[name] = known
    places = {name: _place(program, name) for name in arrays}
    found = array_kinds({places[name]: value for name, value in arrays.items()})
    return kinds | {name: found[place] for name, place in places.items()}


def _place(program: Program, name: str) -> str:
    """A name for sizes, other than that of any parameter and of any other data."""
    found = namespace_of(program, name)
    if isinstance(found, Cell):
        return f"{id(found.cell):x}.{name}"
    return f"{getattr(program.function, '__module__', '')}.{name}"


def watchers(program: Program) -> Iterator[tuple[str, Callable[[], Any], Any]]:
    """For each name in `data_kinds`, what to read and the object that it must give."""
    arrays = {}
    for name, read in readers(program):
        value = read()
        if number_kind(value) is not None:
            yield name, _type_of(read), type(value)
        elif is_array(value):
            arrays[name] = read
        elif _table(value) is not None:
            yield name, _table_check(read, copy.copy(value)), True
        else:
            for kind_of in (_record, _structure):
                kind = kind_of(value, name)
                if kind is not None:
                    yield name, _kind_check(read, kind_of, kind, name), True
    if arrays:
        yield ", ".join(arrays), _arrays_check(arrays), True


def readers(program: Program) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The free names that hold data, with functions that read them."""
    function = getattr(program.function, "__func__", program.function)
    code = getattr(function, "__code__", None)
    if code is None:
        return
    closure = function.__closure__ or ()
    cells = dict(zip(code.co_freevars, closure, strict=True))
    for name in sorted(program.data):
        if name in cells:
            yield name, _cell_reader(cells[name])
        elif name in function.__globals__:
            yield name, _global_reader(function.__globals__, name)


def _cell_reader(cell: Any) -> Callable[[], Any]:
    return lambda: getattr(cell, "cell_contents", None)


def _global_reader(scope: dict[str, Any], name: str) -> Callable[[], Any]:
    return lambda: scope.get(name)


def _record(value: Any, place: str) -> Kind | None:
    """The kind of an object with attributes."""
    if is_opaque(type(value)):
        return Record(type(value), ())
    if isinstance(value, tuple | type) or (callable(value) and not _has_methods(value)):
        return None
    if fields_of(value) is None:
        return None
    kind = kinds_of({place: value})[place]
    return kind if isinstance(kind, Record) else None


def _structure(value: Any, place: str) -> Kind | None:
    """The kind of a list, tuple or dict of few arrays and numbers."""
    if type(value) not in _STRUCTURES or not _is_small(value):
        return None
    return kinds_of({place: value})[place]


def _is_small(value: Any) -> bool:
    """Whether a structure has not more leaves than may be looked at in every call."""
    pending, count = [value], 0
    while pending and count <= MOST_LEAVES:
        part = pending.pop()
        if type(part) in _STRUCTURES:
            pending += part.values() if type(part) is dict else part
            count += not part
        elif type(part) in _LEAVES:
            count += 1
        else:
            return False
    return 0 < count <= MOST_LEAVES


def _table(value: Any) -> Kind | None:
    """The kind of a dict, list or tuple of functions."""
    if type(value) not in (dict, list, tuple) or not value:
        return None
    keys, parts = (value, value.values()) if type(value) is dict else ((), value)
    if not all(map(is_static, parts)) or not all(type(key) is str for key in keys):
        return None
    return kinds_of({"table": value})["table"]


def _table_check(read: Callable[[], Any], known: Any) -> Callable[[], Any]:
    def check() -> bool:
        value = read()
        return type(value) is type(known) and value == known

    return check


def _has_methods(value: Any) -> bool:
    """Whether an object that can be called is one of a class of the user's."""
    return isinstance(vars(type(value)).get("__call__"), FunctionType)


def _kind_check(
    read: Callable[[], Any],
    kind_of: Callable[[Any, str], Kind | None],
    kind: Kind,
    place: str,
) -> Callable[[], Any]:
    return lambda: kind_of(read(), place) == kind


def _type_of(read: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: type(read())


def held_check(holder: Any, name: str) -> tuple[Callable[[], Any], Any]:
    """What to read of what a module or a cell holds, and what that must give."""
    read = functools.partial(getattr, holder, name, None)
    value = read()
    if is_array(value):
        return _arrays_check({name: read}), True
    return _type_of(read), type(value)


def _arrays_check(reads: dict[str, Callable[[], Any]]) -> Callable[[], Any]:
    """Whether arrays are of the kinds that they are of now, together and each alone."""
    pairs = list(reads.items())

    def look() -> Any:
        values = {name: read() for name, read in pairs}
        if not all(map(is_array, values.values())):
            return None
        alone = [array_kinds({name: value}) for name, value in values.items()]
        return array_kinds(values), alone

    kinds = look()
    looked_at = [(read().dtype, read().shape) for read in reads.values()]

    def check() -> bool:
        for (_, read), (dtype, shape) in zip(pairs, looked_at, strict=True):
            value = read()
            if (
                type(value) is not np.ndarray
                or value.shape != shape
                or value.dtype != dtype
            ):
                return look_again()
        return True

    def look_again() -> bool:
        if look() != kinds:
            return False
        looked_at[:] = [(read().dtype, read().shape) for _, read in pairs]
        return True

    return check
