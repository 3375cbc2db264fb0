"""Forward mode as loaded functions: `f_jvp`, and `helper_jvp` for every callee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.inference import KindFacts
from sourcediff.compile.analyse import Names as NameSet
from sourcediff.compile.analyse import is_array, is_users, program_of
from sourcediff.compile.callees import has_variable_arguments
from sourcediff.compile.dead import remover
from sourcediff.compile.derived import concrete
from sourcediff.compile.door import fits_the_door, tangent_unit
from sourcediff.compile.gradient import Compiled, loaded
from sourcediff.compile.names_known import Known, known_of_tangents
from sourcediff.compile.references import References
from sourcediff.compile.refusals import refused
from sourcediff.compile.session import Session
from sourcediff.compile.tuned import tuned
from sourcediff.compile.unit import Unit, spelled_defaults, unit_of
from sourcediff.compile.writes import written_parameters
from sourcediff.errors import CompileError
from sourcediff.kinds import UNKNOWN, Array, Kind, Static, is_differentiable
from sourcediff.transform.assemble import definition, parameter
from sourcediff.transform.build import assign, call, method, name
from sourcediff.transform.forward import Callee, Forward, carriers
from sourcediff.transform.names import Names
from sourcediff.transform.simplify import CONTENT, Dead
from sourcediff.trees import walk

Environment = Mapping[str, Kind]


@dataclass
class ForwardSession(Session):
    """Compiles one function in forward mode, and its callees once each."""

    callees: dict[Any, Callee] = field(default_factory=dict)

    def forward_unit(
        self,
        function: Any,
        environment: Environment,
        dots: Mapping[str, str],
        label: str,
        with_value: bool,
        outermost: bool,
    ) -> tuple[Unit, Facts, Known]:
        """The forward-mode function; `dots` names the tangents that it is given."""
        active = frozenset(dots)
        shape = self._shape(function, environment, active)
        self.functions.append(function)
        facts = self.facts(shape, environment, active, {})
        calls = self._callees(facts, shape.kinds)
        facts = replace(facts, pairs=calls)  # type: ignore[arg-type]
        self.require_followed(facts, shape.kinds)
        names = Names(_taken(facts) | {label} | set(dots.values()))
        references = References(facts, names)
        forward = Forward(
            facts,
            names,
            references,
            calls,
            dict(dots),
            with_value,
            with_tangent=outermost or self._is_active(shape.kinds.result),
            is_called=not outermost,
        )
        body = forward.run()
        self.finish(facts)
        if forward.problems:
            raise refused(facts, forward.problems)
        dead = _dead(facts, forward, references.bindings)
        if not outermost:
            written = written_parameters(facts)
            seen = [*written, *(forward.dots[p] for p in written if p in forward.dots)]
            dead.at_exit = {*seen, *(n + CONTENT for n in seen)}
        else:
            body = [*_copies(facts, environment, forward), *body]
        body, _ = dead.block(body, set(dead.at_exit))
        program = facts.program
        arguments = _with_tangents(program.node.args, list(dots.values()))
        tree = definition(label, arguments, body or [gast.Pass()])
        known = known_of_tangents(forward, environment, references.bindings)
        return unit_of(program, references.bindings, label, tree), facts, known

    def _is_active(self, result: Kind) -> bool:
        """Whether what a function returns has a tangent."""
        return is_differentiable(result) and not isinstance(result, Static)

    # --- callees ------------------------------------------------------------------------  # noqa: E501

    def _callees(self, facts: Facts, kinds: KindFacts) -> dict[Any, Callee]:
        found: dict[Any, Callee] = {}
        names = carriers(facts)
        for statement in walk_statements(facts.program.node.body):
            node = getattr(statement, "value", None)
            if isinstance(node, gast.Call) and is_users(facts.callee(node)):
                callee = self._callee(facts, statement, node, kinds, names)
                if callee is not None:
                    found[node] = callee
        return found

    def _callee(
        self, facts: Facts, statement: Any, node: Any, kinds: KindFacts, names: NameSet
    ) -> Callee | None:
        """The forward-mode function for a call; None where nothing moves in it."""
        function = facts.callee(node)
        environment = self._environment(function, node, kinds)
        if environment is None or has_variable_arguments(function):
            return None  # the transformation refuses what it cannot follow
        bound = dict(zip(environment, node.args, strict=False))
        bound.update({k.arg: k.value for k in node.keywords})
        moving = facts.activity.names(statement)
        active = []
        for key, kind in environment.items():
            # What shares memory may move later, and must have its tangent by then.
            seen = names if is_array(kind) else moving
            if key in bound and facts.activity.is_active(bound[key], seen):
                active.append(key)
        if not active:
            return None
        return self.callee(function, environment, tuple(active))

    def callee(
        self, function: Any, environment: Environment, active: tuple[str, ...]
    ) -> Callee:
        """The forward-mode function of a callee, compiled on first demand."""
        ordered = tuple(sorted(environment.items(), key=lambda item: item[0]))
        key = (function, ordered, active)
        if key in self.callees:
            return self.callees[key]
        program = program_of(function)
        label = self._label(program.name) + "_jvp"
        # A rule's own pushforward has such a name, and may be called beside this one.
        while label in getattr(function, "__globals__", {}):
            label = self._label(program.name) + "_jvp"
        dots = tangent_names(program, active)
        plain = _is_plain(program.node.args)
        made = Callee(
            label, tuple(environment), active, tuple(dots.values()), True, plain
        )
        before = len(self.units), dict(self.callees)
        try:
            shape = self._shape(function, environment, frozenset(active))
            made = replace(made, result_active=self._is_active(shape.kinds.result))
            self.callees[key] = made  # recursion finds it
            unit, _, _ = self.forward_unit(
                function, environment, dots, label, True, outermost=False
            )
        except CompileError as refusal:
            if not (self.may_tape and fits_the_door(function)):
                raise
            del self.units[before[0] :]
            made = replace(made, result_active=True)
            self.callees = {**before[1], key: made}
            arguments = _with_tangents(program.node.args, list(dots.values()))
            unit = tangent_unit(function, arguments, dots, label, refusal)
            self.taped[function] = refusal
        self.units.append(unit)
        return made


def compile_jvp(
    function: Any,
    environment: Environment,
    wrt: tuple[str, ...],
    with_value: bool = True,
    may_tape: bool = False,
) -> Compiled:
    """The forward-mode function: `wrt` names the parameters that have tangents.

    It takes the tangents after the parameters, and returns the result and its tangent;
    without `with_value` the tangent alone. With `may_tape`, callees that cannot be
    compiled run on the tape.
    """
    function, environment, guards = concrete(function, environment)
    session = ForwardSession(guards=guards, may_tape=may_tape)
    program = program_of(function)
    session.reserve(program.name)
    dots = tangent_names(program, wrt)
    label = program.name + ("_jvp" if with_value else "_dot")
    unit, facts, known = session.forward_unit(
        function, environment, dots, label, with_value, outermost=True
    )
    kind = session.result_kind(function, environment, frozenset(wrt))
    written = written_parameters(facts)
    quicker = {label: tuned(known, unit, with_value)}
    units = [*session.units, unit]
    compiled = loaded(session, units, label, kind, written, quicker=quicker)
    return replace(compiled, tangents=tuple(dots.values()))


def tangent_names(program: Any, wrt: tuple[str, ...]) -> dict[str, str]:
    """The names of the tangents of some parameters."""
    taken = _identifiers(program)
    names = Names(taken)
    suffix = "tan" if any(n.endswith("_dot") for n in taken) else "dot"
    return {n: names.fresh(f"{n}_{suffix}") for n in wrt}


def _identifiers(program: Any) -> set[str]:
    taken = {n.id for n in walk(program.node) if isinstance(n, gast.Name)}
    return taken | set(program.statics) | program.data | set(program.parameters)  # type: ignore[no-any-return]


def _taken(facts: Facts) -> set[str]:
    return _identifiers(facts.program)


def _is_plain(args: Any) -> bool:
    return not (args.defaults or args.vararg or args.kwonlyargs or args.kwarg)


def _with_tangents(args: Any, tangents: list[str]) -> Any:
    """The user's parameters, and the tangents after them."""
    args = spelled_defaults(args)
    if _is_plain(args):
        args.args += [parameter(t) for t in tangents]
    else:
        args.kwonlyargs += [parameter(t) for t in tangents]
        args.kw_defaults += [None] * len(tangents)
    return args


def _copies(facts: Facts, environment: Environment, forward: Forward) -> list[Any]:
    """Arguments that the primal writes into are copied first, and so their tangents."""
    copies = []
    for key in written_parameters(facts):
        given = [key, forward.dots[key]] if key in forward.given else [key]
        for identifier in given:
            if isinstance(environment.get(key, UNKNOWN), Array):
                made = method(name(identifier), "copy")
            else:
                made = call(forward.reference(None, "copied"), name(identifier))
            copies.append(assign(identifier, made))
    return copies


def _dead(facts: Facts, forward: Forward, bindings: Mapping[str, Any]) -> Dead:
    """The remover of what nobody reads: tangents share memory as their values do."""
    groups = dict(facts.aliases.groups)
    for key, partners in list(groups.items()):
        if key in forward.dots:
            dots = {forward.dots[p] for p in partners if p in forward.dots}
            groups[forward.dots[key]] = frozenset(dots)
    return remover(facts, groups, bindings)


__all__ = ["ForwardSession", "compile_jvp", "tangent_names"]
