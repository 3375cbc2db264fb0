"""Whether what was resolved when compiling is still what the names stand for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import gast

from sourcediff.analysis.attributes import member
from sourcediff.analysis.cells import Cells
from sourcediff.compile.analyse import is_users, program_of
from sourcediff.compile.data import held_check, watchers
from sourcediff.compile.derived import Derived
from sourcediff.ir import Program
from sourcediff.kinds import Array, Kind, Record, Scalar, Static, parts_of
from sourcediff.trees import walk


@dataclass(frozen=True)
class Guard:
    """`read()` gave `value` when the code was compiled."""

    read: Callable[[], Any]
    value: Any

    def holds(self) -> bool:
        """Whether it still does."""
        return self.read() is self.value


def watch(guards: Iterable[Guard]) -> Callable[[], bool]:
    """One function that says whether all guards hold, and is quick about it.

    >>> def f(x): return x
    >>> holds = watch([Guard(functools.partial(getattr, f, "__code__"), f.__code__)])
    >>> before = holds()
    >>> f.__code__ = (lambda x: -x).__code__
    >>> before, holds()
    (True, False)
    """
    cells = Cells()
    tests = " and ".join(conditions_of(guards, cells)) or True
    function: Callable[[], bool] = cells.define(f"def call(): return {tests}")
    return function


def conditions_of(
    guards: Iterable[Guard],
    cell: Callable[[Any], str],
    is_global: Callable[[Any, str], bool] = lambda scope, name: False,
) -> list[str]:
    """The texts of tests that guards hold; `cell` names the objects in them.

    `is_global` says of a dict and a key whether the key as a name in the text stands
    for what the dict holds.
    """
    return [
        f"{_reading(guard.read, cell, is_global)} is {cell(guard.value)}"
        for guard in guards
    ]


def _reading(
    read: Any, cell: Callable[[Any], str], is_global: Callable[[Any, str], bool]
) -> str:
    """The text that reads what a guard reads."""
    if isinstance(read, functools.partial) and not read.keywords:
        if read.func is getattr and len(read.args) == 2 and read.args[1].isidentifier():
            return f"{cell(read.args[0])}.{read.args[1]}"
        scope = getattr(read.func, "__self__", None)
        if isinstance(scope, dict):
            if is_global(scope, read.args[0]):
                return str(read.args[0])
            return f"{cell(read.func)}({read.args[0]!r})"
    return f"{cell(read)}()"


def guards_of(functions: list[Any]) -> tuple[Guard, ...]:
    """Guards on the user's functions that the given ones call, and on their bodies."""
    found: dict[tuple[int, str], Guard] = {}
    for function in dict.fromkeys(functions):
        plain = getattr(function, "__func__", function)
        if not isinstance(plain, FunctionType):
            continue
        program = program_of(function)
        read = functools.partial(getattr, plain, "__code__")
        found[(id(plain), "__code__")] = Guard(read, plain.__code__)
        if plain.__defaults__:
            read = functools.partial(getattr, plain, "__defaults__")
            found[(id(plain), "__defaults__")] = Guard(read, plain.__defaults__)
        for owner, name, guard in _callee_guards(plain, program):
            found[(id(owner), name)] = guard
        for name, watch, value in watchers(program):
            found[(id(plain), name)] = Guard(watch, value)
    return tuple(found.values())


def method_guards(functions: list[Any], classes: Iterable[type]) -> Iterator[Guard]:
    """Guards on those of the given functions that are methods of the given classes."""
    followed = {getattr(f, "__func__", f) for f in functions}
    for base in dict.fromkeys(base for cls in classes for base in cls.__mro__):
        for name, raw in vars(base).items():
            methods = (getattr(raw, "__func__", raw), *_accessors(raw))
            if any(isinstance(f, FunctionType) and f in followed for f in methods):
                yield Guard(functools.partial(vars(base).get, name), raw)


def _accessors(raw: Any) -> tuple[Any, ...]:
    return (raw.fget, raw.fset) if isinstance(raw, property) else ()


def classes_of(kind: Kind) -> Iterator[type]:
    """The classes of an object and of the objects inside it."""
    if isinstance(kind, Record) and isinstance(kind.type, type):
        yield kind.type
    for part in parts_of(kind):
        yield from classes_of(part)


def _callee_guards(
    plain: FunctionType, program: Program
) -> Iterator[tuple[Any, str, Guard]]:
    cells = dict(zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=True))
    for name, value in program.statics.items():
        if name in cells:
            read = functools.partial(getattr, cells[name], "cell_contents", None)
            yield cells[name], name, Guard(read, value)
        elif name in plain.__globals__ and (
            is_users(value) or isinstance(value, type | ModuleType | Derived)
        ):
            read = functools.partial(plain.__globals__.get, name)
            yield plain.__globals__, name, Guard(read, value)
    for node in walk(program.node):
        match node:
            case gast.Attribute(value=owner, attr=attr):
                holder = _value_of(owner, program)
                value = getattr(holder, attr, None) if holder is not None else None
                kind = member(Static(holder), attr).kind
                if is_users(value):
                    read = functools.partial(getattr, holder, attr, None)
                    yield holder, attr, Guard(read, value)
                elif isinstance(kind, Array | Scalar):
                    yield holder, attr, Guard(*held_check(holder, attr))


def _value_of(node: Any, program: Program) -> Any:
    """What a name, or an attribute of a module, stands for where that is resolved."""
    match node:
        case gast.Name(id=identifier):
            return program.statics.get(identifier)
        case gast.Attribute(value=value, attr=attr):
            holder = _value_of(value, program)
            is_module = isinstance(holder, ModuleType)
            return getattr(holder, attr, None) if is_module else None
        case _:
            return None
