"""Gradients and pullbacks as loaded functions, with the text they were loaded from."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sourcediff import kinds
from sourcediff.analysis.agreement import left_out
from sourcediff.analysis.facts import Pair
from sourcediff.compile.analyse import is_array, program_of
from sourcediff.compile.derived import concrete
from sourcediff.compile.gradient_unit import gradient_unit
from sourcediff.compile.guards import Guard, guards_of, method_guards, watch
from sourcediff.compile.lists import listed, with_retreat
from sourcediff.compile.loading import Loaded
from sourcediff.compile.names_known import known_of
from sourcediff.compile.pair_units import backward_unit, forward_unit
from sourcediff.compile.session import Session
from sourcediff.compile.sweeps import Sweeps, sweep
from sourcediff.compile.tuned import tuned, tuned_backwards
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
    fast: Any = None
    taped: tuple[str, ...] = ()
    may_misfit: bool = False

    @functools.cached_property
    def function(self) -> Any:
        """The function that was asked for."""
        return self.functions[self.main] if self.fast is None else self.fast

    @property
    def printed(self) -> tuple[Printed, ...]:
        """The texts of the functions, that of the main one last."""
        return tuple(print_program(unit.tree) for unit in self.units)

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
    session = Session(guards=guards, may_tape=may_tape, once=True)
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
    lists = None if has_aux else listed(sweeps, unit)
    fast = lists or tuned(known_of(sweeps), unit, with_value)
    quicker = tuned_backwards(session.backwards) | {name: fast}
    compiled = loaded(session, units, name, result, sweeps.written, quicker=quicker)
    _let_go(session, sweeps)
    if lists is None:
        return compiled
    sure = functools.partial(compiled.functions.__getitem__, name)
    return replace(compiled, fast=with_retreat(compiled.fast, sure))


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
    compiled = loaded(session, units, pair.forward, kind, [], pair)
    _let_go(session, sweeps)
    return compiled


def loaded(
    session: Session,
    units: list[Unit],
    main: str,
    result: Kind,
    written: list[str],
    pair: Pair | None = None,
    quicker: Mapping[str, Unit] | None = None,
) -> Compiled:
    """The generated functions, printed and loaded, in the order of their units.

    With `quicker` ones of some names the others are loaded only if somebody asks.
    """
    units = _reached(units, {main} if pair is None else {pair.forward, pair.backward})
    functions = Loaded(units)
    shown = [(quicker or {}).get(unit.name, unit) for unit in units]
    is_second = any(s is not u for s, u in zip(shown, units, strict=True))
    printed = [print_program(unit.tree) for unit in shown]
    made = list(map((Loaded(shown) if is_second else functions).load, shown, printed))
    return Compiled(
        functions,
        "\n\n".join(p.text for p in printed),
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
        made[-1] if is_second else None,
        taped=tuple(program_of(callee).name for callee in session.taped),
        may_misfit=left_out(session.misfits, [unit.tree for unit in units]),
    )


def _let_go(session: Session, own: Sweeps) -> None:
    """Cut the circles of references, when all is written and loaded.

    What the compilation knew goes at once then. Otherwise it waits for the collector of
    garbage, which comes next and has to look at all of it.
    """
    for sweeps in (*session.swept, own):
        vars(sweeps.reverse).clear()
    vars(session.summaries).clear()


def _reached(units: list[Unit], names: set[str]) -> list[Unit]:
    """The functions of these names and those that they call."""
    by_name = {unit.name: unit for unit in units}
    pending, found = list(names), set(names)
    while pending:
        called = by_name[pending.pop()].names & by_name.keys()
        pending += called - found
        found |= called
    return [unit for unit in units if unit.name in found]


__all__ = ["Compiled", "compile_gradient", "compile_vjp"]
