"""Gradients and pullbacks as loaded functions, with the text they were loaded from."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sourcediff import kinds
from sourcediff.analysis.agreement import left_out
from sourcediff.analysis.facts import Pair
from sourcediff.compile.analyse import is_array, program_of
from sourcediff.compile.derived import concrete
from sourcediff.compile.gradient_unit import gradient_unit
from sourcediff.compile.guards import Guard, guards_of, method_guards, watch
from sourcediff.compile.lists import listed, with_retreat
from sourcediff.compile.loading import load_unit
from sourcediff.compile.pair_units import backward_unit, forward_unit
from sourcediff.compile.session import Session
from sourcediff.compile.slides import slid
from sourcediff.compile.sweeps import sweep
from sourcediff.compile.unit import Unit
from sourcediff.emit.printer import Printed, print_program
from sourcediff.errors import NoAuxiliary
from sourcediff.kinds import (
    Kind,
    Scalar,
    Static,
    Unknown,
    is_differentiable,
    scalar_of,
)
from sourcediff.transform.build import names_in


@dataclass(frozen=True)
class Compiled:
    """Generated functions of one compilation, loaded, and their text.

    `fast` does what the main function does, quicker, and `text` shows it if there is
    one; the main function is what derivatives of derivatives and exports are made of.
    `taped` are the functions that it calls through the door (`runtime.door`). With
    `may_misfit`, NumPy may refuse an operation of the primal because of sizes, which is
    not among those of the generated functions.
    """

    functions: Mapping[str, Any]
    text: str
    main: str
    result: Kind
    guards: tuple[Guard, ...] = ()
    pair: Pair | None = None
    written: tuple[str, ...] = ()
    tangents: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    printed: tuple[Printed, ...] = field(default=())
    fast: Any = None
    taped: tuple[str, ...] = ()
    may_misfit: bool = False

    @functools.cached_property
    def function(self) -> Any:
        """The function that was asked for."""
        sure = self.functions[self.main]
        return sure if self.fast is None else self.fast

    @property
    def needs_value(self) -> bool:
        """Whether a gradient computes the value, too, to see what is wrong with it."""
        return self.may_misfit or isinstance(self.result, Unknown)

    @functools.cached_property
    def holds(self) -> Callable[[], bool]:
        """Says whether the functions that the code came from are still the same."""
        return watch(self.guards)


def compile_gradient(
    function: Any,
    environment: Mapping[str, Kind],
    wrt: tuple[str, ...],
    single: bool,
    with_value: bool,
    may_tape: bool = False,
    has_aux: bool = False,
) -> Compiled:
    """The gradient of a function of arguments of the given kinds.

    `wrt` names the parameters; `single` returns one gradient instead of a tuple,
    `with_value` the function's value before it. With `may_tape`, functions that it
    calls and that cannot be compiled run on the tape. With `has_aux` the function
    returns a pair, of which the first is differentiated and the second returned too.
    """
    function, environment, guards = concrete(function, environment)
    session = Session(guards=guards, may_tape=may_tape)
    label = program_of(function).name
    session.reserve(label)
    result = session.result_kind(function, environment, frozenset(wrt))
    if has_aux and not isinstance(result, Unknown):
        result = _first_of_pair(label, result)
    facts = session.analysed(function, environment, frozenset(wrt))
    keep = with_value or has_aux
    sweeps = sweep(facts, environment, None, label, wrt, keep, has_aux)
    suffix = "value_and_grad" if with_value else "grad"
    name = f"{label}_{suffix}"
    session.finish(facts, sweeps.reverse.plain_calls)
    unit = gradient_unit(sweeps, name, single, with_value)
    units = [*session.units, unit]
    compiled = loaded(session, units, name, result, sweeps.written)
    lists = None if has_aux else listed(sweeps, unit)
    fast = lists or slid(sweeps, unit)
    return compiled if fast is None else _with_fast(compiled, fast, lists is not None)


def _first_of_pair(name: str, kind: Kind) -> Kind:
    """What is differentiated of a pair that a function returns."""
    match kind:
        case kinds.Sequence(items=(first, _)) if kind.type is tuple:
            return first
        case _:
            raise NoAuxiliary(name)


def compile_vjp(
    function: Any,
    environment: Mapping[str, Kind],
    wrt: tuple[str, ...],
    may_tape: bool = False,
) -> Compiled:
    """The forward and backward functions behind `vjp`; see `compile_gradient`."""
    function, environment, guards = concrete(function, environment)
    session = Session(guards=guards, may_tape=may_tape)
    program = program_of(function)
    label = program.name
    session.reserve(label)
    kind = session.result_kind(function, environment, frozenset(wrt))
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
    facts = session.analysed(function, environment, frozenset(wrt))
    sweeps = sweep(facts, environment, draft, label, draft.active)
    session.finish(facts, sweeps.reverse.plain_calls)
    forward, pair = forward_unit(sweeps, draft)
    backward = backward_unit(sweeps, pair)
    units = [*session.units, forward, backward]
    return loaded(session, units, pair.forward, kind, [], pair)


def loaded(
    session: Session,
    units: list[Unit],
    main: str,
    result: Kind,
    written: list[str],
    pair: Pair | None = None,
) -> Compiled:
    """The generated functions, printed and loaded, in the order of their units."""
    units = _reached(units, {main} if pair is None else {pair.forward, pair.backward})
    functions: dict[str, Any] = {}
    cells: dict[str, types.CellType] = {unit.name: types.CellType() for unit in units}
    printed_units = []
    for unit in units:
        printed = print_program(unit.tree)
        printed_units.append(printed)
        functions[unit.name] = load_unit(unit, printed, cells)
        cells[unit.name].cell_contents = functions[unit.name]
    return Compiled(
        functions,
        _text(printed_units),
        main,
        result,
        (
            *session.guards,
            *session.summaries.guards,
            *guards_of(session.functions),
            *method_guards(session.functions, session.classes),
        ),
        pair,
        tuple(written),
        (),
        tuple(units),
        tuple(printed_units),
        taped=tuple(program_of(callee).name for callee in session.taped),
        may_misfit=left_out(session.misfits, [unit.tree for unit in units]),
    )


def _with_fast(compiled: Compiled, unit: Unit, may_give_up: bool) -> Compiled:
    """The compilation with a quicker text of its main function."""
    printed = print_program(unit.tree)
    cells = {n: types.CellType(f) for n, f in compiled.functions.items()}
    fast = load_unit(unit, printed, cells)
    if may_give_up:
        fast = with_retreat(fast, compiled.functions[compiled.main])
    text = _text([*compiled.printed[:-1], printed])
    return replace(compiled, fast=fast, text=text)


def _text(printed: Sequence[Printed]) -> str:
    return "\n\n".join(p.text for p in printed)


def _reached(units: list[Unit], names: set[str]) -> list[Unit]:
    """The functions of these names and those that they call."""
    by_name = {unit.name: unit for unit in units}
    pending, found = list(names), set(names)
    while pending:
        called = set(names_in(by_name[pending.pop()].tree)) & by_name.keys()
        pending += called - found
        found |= called
    return [unit for unit in units if unit.name in found]


__all__ = ["Compiled", "compile_gradient", "compile_vjp"]
