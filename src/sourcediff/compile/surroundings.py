"""A generated function apart from what others may change outside of it."""

from __future__ import annotations

import dis
import functools
import types
from collections.abc import Iterator
from typing import Any

from sourcediff.analysis.attributes import CONSTANT_MODULES, is_code
from sourcediff.runtime.structure import Copies

#: Modules whose members nobody changes.
_FIXED = frozenset({*CONSTANT_MODULES, "scipy", "sourcediff"})
_GENERATED = "<sourcediff "


def apart_from_outside(function: types.FunctionType) -> types.FunctionType:
    """The function with copies of the data that it, and what it calls, reads outside.

    A pullback may be called when its user has given other values to variables, or has
    written into arrays, that the function has read. It is the function itself where
    there are none.

    >>> scope = {"k": 2.0}
    >>> function = types.FunctionType((lambda x: k * x).__code__, scope)
    >>> apart = apart_from_outside(function)
    >>> scope["k"] = 5.0
    >>> function(1.0), apart(1.0)
    (5.0, 2.0)
    """
    reached = _reached(function)
    if not any(map(_reads_data, reached)):
        return function
    copies = Copies()
    cells = {id(f): types.CellType() for f in reached}
    for other in reached:
        cells[id(other)].cell_contents = _copied(other, copies, cells)
    made: types.FunctionType = cells[id(function)].cell_contents
    return made


def _reached(function: types.FunctionType) -> list[types.FunctionType]:
    """A generated function and all generated ones that it calls."""
    found = [function]
    for known in found:
        for value in _captured(known):
            is_made = isinstance(value, types.FunctionType) and (
                value.__code__.co_filename.startswith(_GENERATED)
            )
            if is_made and value not in found:
                found.append(value)
    return found


def _captured(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not bound yet
            yield None


def _reads_data(function: types.FunctionType) -> bool:
    names, attributes = _names_of(function.__code__)
    scope = function.__globals__
    read = [scope[name] for name in names if name in scope]
    return any(_is_data(value, attributes) for value in (*read, *_captured(function)))


def _is_data(value: Any, attributes: frozenset[str]) -> bool:
    """Whether a value, or what is read of a module, may change."""
    if isinstance(value, types.ModuleType):
        return value.__name__.partition(".")[0] not in _FIXED and any(
            _is_data(vars(value)[name], attributes - {name})
            for name in attributes & vars(value).keys()
        )
    return value is not None and not is_code(value)


def _copied(
    function: types.FunctionType, copies: Copies, cells: dict[int, types.CellType]
) -> types.FunctionType:
    names, attributes = _names_of(function.__code__)

    def copied(value: Any) -> Any:
        if not _is_data(value, attributes):
            return value
        if isinstance(value, types.CellType):
            return types.CellType(copied(value.cell_contents))
        if isinstance(value, types.ModuleType):
            members = attributes & vars(value).keys()
            return types.SimpleNamespace(
                **{name: copied(vars(value)[name]) for name in members}
            )
        return copies.of(value)

    scope = function.__globals__
    around = {name: copied(scope[name]) for name in names if name in scope}
    closure = tuple(
        cells.get(id(value)) or types.CellType(copied(value))
        for value in _captured(function)
    )
    made = types.FunctionType(
        function.__code__, around, function.__name__, function.__defaults__, closure
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


@functools.lru_cache(maxsize=1024)
def _names_of(code: types.CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """The global names that code reads, and the names of attributes."""
    names, attributes = set[str](), set[str]()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            names.add(step.argval)
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            attributes.add(step.argval)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            more_names, more_attributes = _names_of(inner)
            names, attributes = names | more_names, attributes | more_attributes
    return frozenset(names), frozenset(attributes)
