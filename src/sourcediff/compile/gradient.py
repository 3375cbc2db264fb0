"""Gradients and pullbacks as loaded functions, with the text they were loaded from."""

from __future__ import annotations

import ast
import linecache
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.facts import Pair
from sourcediff.compile.analyse import is_array, is_users, program_of
from sourcediff.compile.session import Session
from sourcediff.compile.sweeps import (
    backward_unit,
    forward_unit,
    gradient_unit,
    sweep,
)
from sourcediff.compile.unit import Unit
from sourcediff.emit.printer import Printed, print_program
from sourcediff.kinds import Kind, Scalar, Static, is_differentiable, scalar_of


@dataclass(frozen=True)
class Compiled:
    """Generated functions of one compilation, loaded, and their text."""

    functions: Mapping[str, Any]
    text: str
    main: str
    result: Kind
    guards: tuple[tuple[dict[str, Any], str, Any], ...] = ()
    pair: Pair | None = None
    written: tuple[str, ...] = ()
    tangents: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    printed: tuple[Printed, ...] = field(default=())


def compile_gradient(
    function: Any,
    environment: Mapping[str, Kind],
    wrt: tuple[str, ...],
    single: bool,
    with_value: bool,
) -> Compiled:
    """The gradient of a function of arguments of the given kinds.

    `wrt` names the parameters; `single` returns one gradient instead of a tuple,
    `with_value` the function's value before it.
    """
    session = Session()
    label = program_of(function).name
    session._labels.add(label)
    facts = session.analysed(function, environment, frozenset(wrt))
    sweeps = sweep(facts, environment, None, label, wrt, keep_result=with_value)
    suffix = "value_and_grad" if with_value else "grad"
    name = f"{label}_{suffix}"
    unit = gradient_unit(sweeps, name, single, with_value)
    kinds_result = _result_kind(session, function, environment)
    from sourcediff.compile.sweeps import written_by

    return _loaded(
        session, [*session.units, unit], name, kinds_result, written_by(sweeps)
    )


def compile_vjp(
    function: Any, environment: Mapping[str, Kind], wrt: tuple[str, ...]
) -> Compiled:
    """The forward and backward functions behind `vjp`."""
    session = Session()
    program = program_of(function)
    label = program.name
    session._labels.add(label)
    kind = _result_kind(session, function, environment)
    writes = session.writes(function, environment)
    is_number = isinstance(scalar_of(kind), Scalar | Static)
    draft = Pair(
        f"{label}_fwd",
        f"{label}_bwd",
        tuple(environment),
        wrt,
        (),
        is_differentiable(kind),
        frozenset(n for n, k in environment.items() if is_array(k)),
        not is_number,
        kind,
    )
    del writes
    facts = session.analysed(function, environment, frozenset(wrt))
    sweeps = sweep(facts, environment, draft, label, draft.active)
    forward, pair = forward_unit(sweeps, draft)
    backward = backward_unit(sweeps, pair)
    units = [*session.units, forward, backward]
    return _loaded(session, units, pair.forward, kind, [], pair)


def _result_kind(session: Session, function: Any, environment: Any) -> Kind:
    return session._result_kind(function, environment)


def _loaded(
    session: Session,
    units: list[Unit],
    main: str,
    result: Kind,
    written: list[str],
    pair: Pair | None = None,
) -> Compiled:
    functions: dict[str, Any] = {}
    cells: dict[str, types.CellType] = {unit.name: types.CellType() for unit in units}
    texts = []
    printed_units = []
    for unit in units:
        printed = print_program(unit.tree)
        printed_units.append(printed)
        texts.append(printed.text)
        functions[unit.name] = load_unit(unit, printed, cells)
        cells[unit.name].cell_contents = functions[unit.name]
    text = "\n\n".join(texts)
    return Compiled(
        functions,
        text,
        main,
        result,
        tuple(_guards(session)),
        pair,
        tuple(written),
        (),
        tuple(units),
        tuple(printed_units),
    )


def load_unit(unit: Unit, printed: Printed, cells: dict[str, types.CellType]) -> Any:
    """The function of a unit, sharing globals and variables with the user's."""
    user = getattr(unit.function, "__func__", unit.function)
    filename = _register(unit, printed, user)
    tree = ast.parse(printed.text)
    free = [*unit.bindings, *cells, *user.__code__.co_freevars]
    factory = ast.parse("def factory(): return None").body[0]
    assert isinstance(factory, ast.FunctionDef)
    factory.args.args = [ast.arg(n) for n in dict.fromkeys(free)]
    factory.body = [*tree.body, ast.Return(ast.Name(unit.name, ast.Load()))]
    module = ast.fix_missing_locations(ast.Module([factory], []))
    scope: dict[str, Any] = {}
    exec(compile(module, filename, "exec"), scope)  # noqa: S102
    made = scope["factory"](*([None] * len(factory.args.args)))
    values = {name: types.CellType(value) for name, value in unit.bindings.items()}
    captured = dict(
        zip(user.__code__.co_freevars, user.__closure__ or (), strict=True)
    )
    known = {**captured, **cells, **values}
    closure = tuple(known[n] for n in made.__code__.co_freevars)
    function = types.FunctionType(
        made.__code__, user.__globals__, unit.name, made.__defaults__, closure
    )
    function.__kwdefaults__ = made.__kwdefaults__ and {
        **made.__kwdefaults__,
        **(user.__kwdefaults__ or {}),
    }
    function.__doc__ = made.__doc__
    if made.__defaults__ and user.__defaults__:
        own = len(made.__defaults__) - len(user.__defaults__)
        if own >= 0:
            function.__defaults__ = (*user.__defaults__, *made.__defaults__[len(
                user.__defaults__) :])
    return function


def _register(unit: Unit, printed: Printed, user: Any) -> str:
    source = user.__code__.co_filename.rpartition("/")[2]
    base = f"<sourcediff {unit.name} {source}:{user.__code__.co_firstlineno}>"
    filename, number = base, 1
    while (
        filename in linecache.cache
        and linecache.cache[filename][2] != printed.text.splitlines(True)  # type: ignore[misc]
    ):
        number += 1
        filename = f"{base[:-1]} #{number}>"
    linecache.cache[filename] = (
        len(printed.text),
        None,
        printed.text.splitlines(True),
        filename,
    )
    return filename


def _guards(session: Session) -> list[tuple[dict[str, Any], str, Any]]:
    guards = []
    for function in dict.fromkeys(session.functions):
        plain = getattr(function, "__func__", function)
        program = program_of(function)
        for name, value in program.statics.items():
            if is_users(value) and plain.__globals__.get(name) is value:
                guards.append((plain.__globals__, name, value))
    return guards


__all__ = ["Compiled", "compile_gradient", "compile_vjp", "gast"]
