"""A generated function is loaded into the surroundings of the user's function."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sourcediff.compile.unit import Unit
from sourcediff.emit.generated import Generated, pseudo_filename, register
from sourcediff.emit.printer import Printed, print_program

Cells = dict[str, types.CellType]


class Loaded(Mapping[str, Any]):
    """The functions of units, by name, each loaded when it is asked for.

    What it calls is loaded with it: the variables of the functions are shared.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = {unit.name: unit for unit in units}
        self._cells: Cells = {name: types.CellType() for name in self._units}
        self._functions: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """The function of that name."""
        if name not in self._functions:
            self.load(self._units[name], print_program(self._units[name].tree))
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        """The names, callees first."""
        return iter(self._units)

    def __len__(self) -> int:
        """How many functions there are."""
        return len(self._units)

    def load(self, unit: Unit, printed: Printed) -> Any:
        """Load a unit, printed already; one of another tree does not take its place."""
        own = self._units.get(unit.name) is unit
        if own and unit.name in self._functions:
            return self._functions[unit.name]
        function = _loaded(unit, printed, self._cells)
        if own:
            self._functions[unit.name] = function
            self._cells[unit.name].cell_contents = function
        for name in function.__code__.co_freevars:
            if name in self._units:
                self[name]
        return function


def _loaded(unit: Unit, printed: Printed, cells: Cells) -> Any:
    """The function of a unit, sharing globals and captured variables with the user's.

    `cells` hold the generated functions that it may call. Helpers are variables of
    an enclosing function that never shows, so the user's globals stay as they are.
    """
    user = getattr(unit.function, "__func__", unit.function)
    made = _made(unit, printed, cells, user)
    bound = {name: types.CellType(value) for name, value in unit.bindings.items()}
    names = user.__code__.co_freevars
    captured = dict(zip(names, user.__closure__ or (), strict=True))
    known = {**captured, **cells, **bound}
    closure = tuple(known[n] for n in made.__code__.co_freevars)
    function = types.FunctionType(
        made.__code__, user.__globals__, unit.name, made.__defaults__, closure
    )
    function.__doc__ = made.__doc__
    _share_defaults(function, made, unit.defaults)
    return function


def _made(unit: Unit, printed: Printed, cells: Cells, user: Any) -> Any:
    """The function as its text defines it, inside a factory that binds its names."""
    code = user.__code__
    filename = pseudo_filename(unit.name, code.co_filename, code.co_firstlineno)
    title = f"{unit.name}, made from {user.__name__}"
    generated = Generated(printed.text, title, code.co_filename, printed.lines)
    filename = register(filename, generated)
    free = dict.fromkeys([*unit.bindings, *cells, *code.co_freevars])
    module = ast.parse(f"def factory({', '.join(free)}): return {unit.name}")
    factory = module.body[0]
    assert isinstance(factory, ast.FunctionDef)
    factory.body[:0] = ast.parse(printed.text).body
    scope: dict[str, Any] = {}
    exec(compile(module, filename, "exec"), scope)
    return scope["factory"](*([None] * len(free)))


def _share_defaults(function: Any, made: Any, defaults: Mapping[str, Any]) -> None:
    """Give a function the user's own default objects."""
    values = made.__defaults__ or ()
    places = made.__code__.co_varnames[: made.__code__.co_argcount]
    names = places[len(places) - len(values) :]
    function.__defaults__ = (
        tuple(defaults.get(n, v) for n, v in zip(names, values, strict=True)) or None
    )
    by_name = made.__kwdefaults__ or {}
    function.__kwdefaults__ = {
        k: defaults.get(k, v) for k, v in by_name.items()
    } or None
