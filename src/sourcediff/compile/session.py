"""One compilation: the function asked for, and the pairs of everything it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.analysis.agreement import misfits
from sourcediff.analysis.effects import Calls, walk_statements
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.analysis.inference import KindFacts
from sourcediff.analysis.repeated import CAUSE, repeated_and_written
from sourcediff.compile.analyse import Environment, Names, Shape, is_array
from sourcediff.compile.callees import Callee, bound, is_users, program_of
from sourcediff.compile.checkpoints import recomputing
from sourcediff.compile.conflicts import changes_out_of_sight
from sourcediff.compile.door import door_pair, door_units, fits_the_door
from sourcediff.compile.guards import classes_of
from sourcediff.compile.hoist import restore
from sourcediff.compile.outside_effects import Followed
from sourcediff.compile.pair_units import backward_unit, forward_unit
from sourcediff.compile.refusals import problem, spelled
from sourcediff.compile.structures import is_changed_structure
from sourcediff.compile.summaries import Summaries
from sourcediff.compile.summary import NOTHING
from sourcediff.compile.sweeps import Sweeps, sweep
from sourcediff.compile.unit import Unit, unit_of
from sourcediff.errors import CompileError, Location, MissingRule, Problem
from sourcediff.kinds import Kind, Scalar, Static, is_differentiable, scalar_of
from sourcediff.rules import lookup, made_class, why_no_rule
from sourcediff.runtime.checkpointing import is_checkpointed
from sourcediff.transform.build import clone
from sourcediff.trees import children, walk


@dataclass
class Session:
    """Compiles one function and, once each, the callees it needs.

    `units` are the generated functions in order, callees first; `swept` are the sweeps
    of the callees, `backwards` those with the backward functions made of them.
    """

    units: list[Unit] = field(default_factory=list)
    swept: list[Sweeps] = field(default_factory=list)
    backwards: list[tuple[Sweeps, Unit]] = field(default_factory=list)
    functions: list[Any] = field(default_factory=list)
    classes: dict[type, None] = field(default_factory=dict)
    guards: tuple[Any, ...] = ()
    summaries: Summaries = field(default_factory=Summaries)
    #: Whether callees that cannot be compiled may run on the tape, and those that do.
    may_tape: bool = False
    #: Whether each run of a callee's forward function is gone through backwards once.
    once: bool = False
    taped: dict[Any, CompileError] = field(default_factory=dict)
    #: Operations that NumPy may refuse because of sizes, for all that is known.
    misfits: list[Any] = field(default_factory=list)
    _pairs: dict[Any, Pair] = field(default_factory=dict)
    _labels: set[str] = field(default_factory=set)
    _primals: dict[Any, str] = field(default_factory=dict)
    _followed: Followed = field(default_factory=Followed)

    # --- what is known of functions -----------------------------------------------------  # noqa: E501

    def outcome(
        self, function: Any, arguments: tuple[Kind, ...], keywords: dict[str, Kind]
    ) -> Any:
        """The kind of a user function's result, for the inference of its caller."""
        return self.summaries.outcome(function, arguments, keywords)

    def result_kind(
        self, function: Any, environment: Environment, active: Names
    ) -> Kind:
        """The kind of a user function's result."""
        return self._shape(function, environment, active).kinds.result

    def _shape(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = NOTHING,
    ) -> Shape:
        return self.summaries.shape(function, environment, active, outputs)

    def writes(self, function: Any, environment: Environment) -> Names:
        """The parameters whose memory a user's function may write into."""
        return self.summaries.summary(function, environment).writes

    def facts(
        self,
        shape: Shape,
        environment: Environment,
        active: Names,
        pairs: Mapping[Any, Pair],
        outputs: Names = NOTHING,
    ) -> Facts:
        """The analyses of one function; `outputs`: what its caller sees of it."""
        del environment
        facts = self.summaries.analysed(shape, active, outputs)
        return replace(facts, pairs=pairs)

    def _environment(self, function: Any, node: Any, kinds: KindFacts) -> Any:
        return self.summaries.environment(function, node, kinds)

    # --- pairs ------------------------------------------------------------------------------  # noqa: E501

    def analysed(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = NOTHING,
    ) -> Facts:
        """All facts of a function, the pairs of its callees compiled.

        Raises `CompileError` for calls that cannot be followed.
        """
        shape = self._shape(function, environment, active, outputs)
        self.functions += [_plain_function(function), *shape.inlined]
        for kind in (*environment.values(), *shape.kinds.objects()):
            self.classes.update(dict.fromkeys(classes_of(kind)))
        facts = self.summaries.facts(function, environment, active, outputs)
        pairs = self._call_pairs(facts, shape.kinds)
        facts = replace(facts, pairs=pairs)
        self.misfits += misfits(facts)
        self.require_followed(facts, shape.kinds)
        return facts

    def _call_pairs(self, facts: Facts, kinds: KindFacts) -> dict[Any, Pair]:
        pairs: dict[Any, Pair] = {}
        for statement in walk_statements(facts.program.node.body):
            value = getattr(statement, "value", None)
            if not isinstance(statement, gast.Assign | gast.Expr):
                continue
            if not isinstance(value, gast.Call) or not is_users(facts.callee(value)):
                continue
            pair = self._pair(facts, statement, value, facts.callee(value), kinds)
            if pair is not None:
                pairs[value] = pair
        return pairs

    def _pair(
        self, facts: Facts, statement: Any, node: Any, function: Any, kinds: KindFacts
    ) -> Pair | None:
        environment = self._environment(function, node, kinds)
        if environment is None:
            return None
        names = facts.activity.names(statement)
        keywords = {k.arg: k.value for k in node.keywords}
        arguments = bound(function, list(node.args), keywords) or {}
        active = tuple(
            n
            for n in environment
            if n in arguments and facts.activity.is_active(arguments[n], names)
        )
        if not active or self._is_opaque(function, environment):
            return None
        used = not isinstance(statement, gast.Expr)
        return self.pair(function, environment, active, used)

    def _is_opaque(self, function: Any, environment: Environment) -> bool:
        """Whether a pair could not tell all that a function does."""
        summary = self.summaries.summary(function, environment)
        return bool(summary.stores) or any(
            is_changed_structure(environment[n]) for n in summary.writes
        )

    def pair(
        self,
        function: Any,
        environment: Environment,
        active: tuple[str, ...],
        used: bool = True,
    ) -> Pair:
        """The forward and backward function of a callee, compiled on first demand."""
        environment = self.summaries.general(function, environment)
        key = function, tuple(environment.items()), active, used
        if key in self._pairs:
            return self._pairs[key]
        label = self._label(program_of(function).name)
        summary = self.summaries.summary(function, environment)
        kind = summary.kind
        is_number = isinstance(scalar_of(kind), Scalar | Static)
        written = [n for n in environment if n in summary.writes]
        draft = Pair(
            f"{label}_fwd",
            f"{label}_bwd",
            tuple(environment),
            active,
            tuple(n for n in written if is_differentiable(environment[n])),
            used and is_differentiable(kind) and not isinstance(kind, Static),
            frozenset(n for n, k in environment.items() if is_array(k)),
            not is_number,
            kind,
        )
        before = len(self.units), len(self.swept), dict(self._pairs)
        try:
            return self._compiled_pair(key, draft, label)
        except CompileError as refusal:
            if not (self.may_tape and fits_the_door(function)):
                raise
            pair = door_pair(function, draft)
            if not (used or pair.written):
                raise
            del self.units[before[0] :], self.swept[before[1] :]
            self._pairs = {**before[2], key: pair}
            self.units += door_units(function, pair, refusal)
            self.taped[function] = refusal
            return self._pairs[key]

    def _compiled_pair(self, key: Any, draft: Pair, label: str) -> Pair:
        function, items, active, _ = key
        environment = dict(items)
        self._pairs[key] = draft  # recursion sees the draft: it needs everything
        facts = self.analysed(
            function, environment, frozenset(active), frozenset(draft.written)
        )
        sweeps = sweep(facts, environment, draft, label, draft.active)
        self.finish(facts, sweeps.reverse.plain_calls)
        self.swept.append(sweeps)
        forward, pair = forward_unit(sweeps, draft)
        pair = replace(pair, forward=self._forward(forward))
        self.units.append(backward_unit(sweeps, pair, self.once))
        self.backwards.append((sweeps, self.units[-1]))
        if is_checkpointed(function):
            units, pair = recomputing(function, pair, label)
            self.units += units
        self._pairs[key] = pair
        return pair

    def _forward(self, made: Unit) -> str:
        """The name of a forward function: of one that does the same, if there is one.

        Those of one function often differ in what goes backwards only.
        """
        found = next((u for u in self.units if u.does_the_same(made)), made)
        if found is made:
            self.units.append(made)
        return found.name

    def reserve(self, label: str) -> None:
        """Take a name that no generated function of a callee may have."""
        self._labels.add(label)

    def _label(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self._labels:
            number += 1
            candidate = f"{name}{number}"
        self._labels.add(candidate)
        return candidate

    # --- calls that are not followed ----------------------------------------------------  # noqa: E501

    def require_followed(self, facts: Facts, kinds: KindFacts) -> None:
        """Raise `CompileError` with all calls that cannot be followed.

        Raises `MissingRule` for an object of a library that is made of active values:
        it counts as a constant.
        """
        for statement in walk_statements(facts.program.node.body):
            for node in facts.calls.of(statement):
                if _hides_active_values(statement, node, facts):
                    place = Location.of(facts.program.origin.file, node)
                    missing = spelled(facts.callee(node))
                    raise MissingRule(missing, place, why_no_rule(missing))
        shared = (problem(facts, node, CAUSE) for node in repeated_and_written(facts))
        changing = changes_out_of_sight(facts, self._followed)
        problems = list(
            dict.fromkeys([*self._problems(facts, kinds), *changing, *shared])
        )
        if problems:
            origin = facts.program.origin
            place = Location(origin.file, origin.line)
            raise CompileError(facts.program.name, place, problems)

    def _problems(self, facts: Facts, kinds: KindFacts) -> list[Problem]:
        """The calls through which derivatives flow and that have no pair."""
        found: list[Problem] = []
        if not any(map(_is_followed, kinds.callees())):
            return found
        for statement in walk_statements(facts.program.node.body):
            if isinstance(statement, gast.FunctionDef):
                continue
            for node in facts.calls.of(statement):
                if node in facts.pairs:
                    continue
                if not self._is_lost(statement, node, facts, kinds):
                    continue
                own = getattr(statement, "value", None) is node
                found.append(problem(facts, node, self._cause(node, kinds, own)))
        return found

    def _is_lost(
        self, statement: Any, node: Any, facts: Facts, kinds: KindFacts
    ) -> bool:
        """Whether derivatives flow through a call, or into what it writes."""
        function = facts.callee(node)
        if not _is_followed(function):
            return False
        local = isinstance(function, gast.FunctionDef | gast.Lambda)
        names = facts.activity.names(statement)
        if any(n is node for n in _flowing(statement, facts, names)):
            return True
        if local:
            return False
        environment = self._environment(function, node, kinds)
        written = (
            [*node.args, *(k.value for k in node.keywords)]
            if environment is None and isinstance(statement, gast.Expr)
            else facts.written(node)
        )
        return any(facts.activity.is_active(_plain(a), names) for a in written)

    def _cause(self, node: Any, kinds: KindFacts, own: bool) -> str:
        function = kinds.callee(node)
        if isinstance(function, gast.AST):
            return "this local function is not defined once and called by its name only"
        name = function.__name__
        if not own:
            return f"call {name} in a line of its own, before this one"
        environment = self._environment(function, node, kinds)
        if environment is None:
            starred = any(isinstance(a, gast.Starred) for a in node.args)
            if starred or any(k.arg is None for k in node.keywords):
                return f"what is unpacked into the arguments of {name} is not known"
            return f"the arguments do not fit {name}, or its source is not known"
        summary = self.summaries.summary(function, environment)
        if summary.stores:
            return f"{name} writes into a variable from outside; make it an argument"
        listed = ", ".join(n for n in environment if n in summary.writes)
        return f"{name} is recursive, or cannot be read, and may change {listed}"

    def finish(self, facts: Facts, plain: Set[Any] = frozenset()) -> None:
        """Spell the calls that stay as they are as the user did, when all is written.

        Those have no pair, or are `plain`.
        """
        shape = next(
            (s for s in self.summaries.shapes() if s.program is facts.program), None
        )
        if shape is None:
            return
        body = facts.program.node.body
        followed = facts.pairs.keys() - plain
        restore(body, shape.originals, followed)
        if not any(isinstance(f, Callee) for f in shape.kinds.callees()):
            return
        spelled = Calls()  # not those of before
        for statement in walk_statements(body):
            for node in spelled.of(statement):
                callee = facts.callee(node)
                if isinstance(callee, Callee) and callee.program.local:  # noqa: SIM102
                    if node not in followed and isinstance(node.func, gast.Name):
                        node.func.id = self._primal(callee)

    def _primal(self, callee: Callee) -> str:
        """The name of a local function that generated code calls as it is."""
        if callee not in self._primals:
            program = callee.program
            label = self._primals[callee] = self._label(f"{program.name}_primal")
            tree = clone(program.node)
            tree.name = label
            for node in walk(tree):
                if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
                    called = program.statics.get(node.func.id)
                    if isinstance(called, Callee):
                        node.func.id = self._primal(called)
            self.units.append(unit_of(program, {}, label, tree))
        return self._primals[callee]


def _is_followed(function: Any) -> bool:
    """Whether it is a function of the user's, a local one among them."""
    local = isinstance(function, (gast.FunctionDef, gast.Lambda))
    return local or is_users(function)


def _hides_active_values(statement: Any, node: Any, facts: Facts) -> bool:
    """Whether a call makes a library's constant of what derivatives flow through."""
    function = facts.callee(node)
    if made_class(function) is None or lookup(function) is not None:
        return False
    names = facts.activity.names(statement)
    given = [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node.func, gast.Attribute):
        given.append(node.func.value)
    return any(facts.activity.is_active(_plain(a), names) for a in given)


def _plain_function(function: Any) -> Any:
    return function.program.function if isinstance(function, Callee) else function


def _flowing(statement: Any, facts: Facts, names: Names) -> Iterator[Any]:
    """The expressions of a statement through which derivatives flow."""
    if not isinstance(statement, gast.Assign | gast.AugAssign | gast.Return):
        return
    pending = [] if statement.value is None else [statement.value]
    while pending:
        node = pending.pop()
        if facts.activity.is_active(node, names):
            yield node
            pending += [
                child.value if isinstance(child, gast.keyword | gast.Starred) else child
                for child in children(node)
                if isinstance(child, gast.expr | gast.keyword)
            ]


def _plain(node: Any) -> Any:
    return node.value if isinstance(node, gast.Starred) else node
