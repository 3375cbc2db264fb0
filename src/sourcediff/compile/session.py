"""One compilation: the function asked for, and the pairs of everything it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.analysis.effects import root, walk_statements
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.analysis.inference import KindFacts, Outcome
from sourcediff.compile.analyse import (
    Names,
    Shape,
    bind_kinds,
    facts_of,
    is_array,
    is_users,
    program_of,
    shaped,
    written_arguments,
)
from sourcediff.compile.derived import Derived, bound_kinds, concrete
from sourcediff.compile.separate import separated
from sourcediff.compile.sweeps import Sweeps, backward_unit, forward_unit, sweep
from sourcediff.compile.unit import Unit
from sourcediff.kinds import (
    UNKNOWN,
    Kind,
    Scalar,
    Static,
    is_differentiable,
    scalar_of,
    widened,
)
from sourcediff.transform.calls import bind_arguments

Environment = Mapping[str, Kind]


@dataclass
class Session:
    """Compiles one function and, once each, the callees it needs.

    `units` are the generated functions in order, callees first; `swept` are the sweeps
    of the callees.
    """

    units: list[Unit] = field(default_factory=list)
    swept: list[Sweeps] = field(default_factory=list)
    functions: list[Any] = field(default_factory=list)
    guards: tuple[Any, ...] = ()
    _kinds: dict[Any, Kind] = field(default_factory=dict)
    _pairs: dict[Any, Pair] = field(default_factory=dict)
    _labels: set[str] = field(default_factory=set)
    _memories: dict[Any, tuple[Names, Names]] = field(default_factory=dict)
    _under_way: list[Any] = field(default_factory=list)
    _drafts: list[Any] = field(default_factory=list)

    # --- what a callee returns --------------------------------------------------------

    def outcome(
        self, function: Any, arguments: tuple[Kind, ...], keywords: dict[str, Kind]
    ) -> Any:
        """The kind of a user function's result, for the inference of its caller."""
        if isinstance(function, Derived):
            return self._derived(function, arguments, keywords)
        if not is_users(function):
            return UNKNOWN
        environment = bind_kinds(function, arguments, keywords)
        if environment is None:
            return UNKNOWN
        key = (function, tuple(sorted(environment.items(), key=lambda item: item[0])))
        if key not in self._kinds:
            self._kinds[key] = UNKNOWN  # recursion: nothing known while under way
            self._kinds[key] = self._result_kind(function, environment)
        return Outcome(self._kinds[key], False)

    def _derived(
        self, function: Derived, arguments: tuple[Kind, ...], keywords: dict[str, Kind]
    ) -> Any:
        """What a call of a gradient comes to: one of the generated function."""
        environment = bound_kinds(function, arguments, keywords)
        if environment is None:
            return UNKNOWN
        made, _, guards = concrete(function, environment)
        self.guards += guards
        found = self.outcome(made, arguments, keywords)
        return replace(found, function=made) if isinstance(found, Outcome) else found

    def _result_kind(self, function: Any, environment: Environment) -> Kind:
        active = self._differentiable(environment)
        shape = self._shape(function, environment, active)
        return shape.kinds.result

    def _differentiable(self, environment: Environment) -> Names:
        return frozenset(n for n, k in environment.items() if is_differentiable(k))

    def _shape(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = frozenset(),
    ) -> Shape:
        program = separated(program_of(function), outputs)
        return shaped(program, environment, active, self.outcome, is_users)

    # --- what a callee writes into ------------------------------------------------------

    def writes(self, function: Any, environment: Environment) -> frozenset[str]:
        """The parameters whose memory a user's function may write into."""
        return self._memory(function, environment)[0]

    def returns(self, function: Any, environment: Environment) -> frozenset[str]:
        """The parameters whose memory a user function's result may share."""
        return self._memory(function, environment)[1]

    def _memory(self, function: Any, environment: Environment) -> tuple[Names, Names]:
        """What a function writes into and what it returns; recursion: a fixed point."""
        if any(function == other for other, _ in self._under_way):
            environment = {n: widened(kind) for n, kind in environment.items()}
        key = (function, tuple(sorted(environment.items(), key=lambda item: item[0])))
        if key in self._memories:
            return self._memories[key]
        known = set(self._memories)
        self._memories[key] = (frozenset(), frozenset())
        self._under_way.append(key)
        while True:
            written, returned = self._memory_once(function, environment)
            before = self._memories[key]
            found = written | before[0], returned | before[1]
            if found == before:
                break
            # What was concluded from less is concluded again.
            self._memories = {k: self._memories[k] for k in known}
            self._memories[key] = found
        self._under_way.pop()
        return found

    def _memory_once(
        self, function: Any, environment: Environment
    ) -> tuple[Names, Names]:
        active = self._differentiable(environment)
        shape = self._shape(function, environment, active)
        facts = self.facts(shape, environment, active, {})
        returned = facts.aliases.returned(facts.program.node.body)
        everything = frozenset(n for n, k in environment.items() if is_array(k))
        return written_parameters(facts), returned & everything

    def facts(
        self,
        shape: Shape,
        environment: Environment,
        active: Names,
        pairs: Mapping[Any, Pair],
        outputs: Names = frozenset(),
    ) -> Facts:
        """The analyses of one function; `outputs`: what its caller sees of it."""

        def effect(function: Any, node: Any) -> list[Any]:
            chosen = self._chosen(function, node, shape.kinds, self.writes)
            if chosen is None:
                return [a for a in node.args if is_array(shape.kinds.of(a))]
            return chosen

        def shares(node: Any) -> list[Any] | None:
            function = shape.kinds.callee(node)
            if not is_users(function):
                return None
            return self._chosen(function, node, shape.kinds, self.returns)

        def written(node: Any) -> list[Any]:
            return written_arguments(node, shape.kinds, effect)

        return facts_of(shape, environment, active, written, shares, pairs, outputs)

    def _chosen(
        self,
        function: Any,
        node: Any,
        kinds: KindFacts,
        choose: Callable[[Any, Environment], frozenset[str]],
    ) -> list[Any] | None:
        """The argument expressions of the parameters that `choose` names."""
        environment = self._environment(function, node, kinds)
        if environment is None:
            return None
        names = choose(function, environment)
        arguments = dict(zip(environment, node.args, strict=False))
        arguments.update({k.arg: k.value for k in node.keywords})
        return [arguments[n] for n in environment if n in names and n in arguments]

    def _environment(self, function: Any, node: Any, kinds: KindFacts) -> Any:
        keywords = {k.arg: kinds.of(k.value) for k in node.keywords}
        if None in keywords or any(isinstance(a, gast.Starred) for a in node.args):
            return None
        return bind_kinds(function, tuple(map(kinds.of, node.args)), keywords)

    # --- pairs ------------------------------------------------------------------------------

    def analysed(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = frozenset(),
    ) -> Facts:
        """All facts of a function, the pairs of its callees compiled."""
        shape = self._shape(function, environment, active, outputs)
        self.functions.append(function)
        first = self.facts(shape, environment, active, {}, outputs)
        pairs = self._call_pairs(first, shape.kinds)
        if not pairs:
            return first
        return self.facts(shape, environment, active, pairs, outputs)

    def _call_pairs(self, facts: Facts, kinds: KindFacts) -> dict[Any, Pair]:
        pairs: dict[Any, Pair] = {}
        for statement in walk_statements(facts.program.node.body):
            value = getattr(statement, "value", None)
            if not isinstance(value, gast.Call):
                continue
            function = facts.callee(value)
            if not is_users(function):
                continue
            pair = self._pair(facts, statement, value, function, kinds)
            if pair is not None:
                pairs[value] = pair
        return pairs

    def _pair(
        self, facts: Facts, statement: Any, node: Any, function: Any, kinds: KindFacts
    ) -> Pair | None:
        names = facts.activity.names(statement)
        environment = self._environment(function, node, kinds)
        arguments = [*node.args, *(k.value for k in node.keywords)]
        if not any(facts.activity.is_active(a, names) for a in arguments):
            return None
        if environment is None:
            return None  # the reverse transformation refuses what it cannot follow
        bound = dict(zip(environment, node.args, strict=False))
        bound.update({k.arg: k.value for k in node.keywords})
        active = tuple(
            n
            for n in environment
            if n in bound and facts.activity.is_active(bound[n], names)
        )
        used = not isinstance(statement, gast.Expr)
        return self.pair(function, environment, active, used)

    def pair(
        self,
        function: Any,
        environment: Environment,
        active: tuple[str, ...],
        used: bool = True,
    ) -> Pair:
        """The forward and backward function of a callee, compiled on first demand."""
        if any(function == other for other, *_ in self._drafts):
            environment = {n: widened(kind) for n, kind in environment.items()}
        key = (
            function,
            tuple(sorted(environment.items(), key=lambda item: item[0])),
            active,
            used,
        )
        if key in self._pairs:
            return self._pairs[key]
        label = self._label(program_of(function).name)
        writes = self.writes(function, environment)
        result = self.outcome(function, tuple(environment.values()), {})
        kind = result.kind if isinstance(result, Outcome) else result
        is_number = isinstance(scalar_of(kind), Scalar | Static)
        draft = Pair(
            f"{label}_fwd",
            f"{label}_bwd",
            tuple(environment),
            active,
            tuple(n for n in environment if n in writes and is_differentiable(environment[n])),
            used and is_differentiable(kind) and not isinstance(kind, Static),
            frozenset(n for n, k in environment.items() if is_array(k)),
            not is_number,
            kind,
        )
        self._pairs[key] = draft  # recursion sees the draft: it needs everything
        self._drafts.append(key)
        facts = self.analysed(
            function, environment, frozenset(active), frozenset(draft.written)
        )
        sweeps = sweep(facts, environment, draft, label, draft.active)
        self.swept.append(sweeps)
        forward, pair = forward_unit(sweeps, draft)
        self.units.append(forward)
        self.units.append(backward_unit(sweeps, pair))
        self._pairs[key] = pair
        self._drafts.pop()
        return pair

    def _label(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self._labels:
            number += 1
            candidate = f"{name}{number}"
        self._labels.add(candidate)
        return candidate


def written_parameters(facts: Facts) -> frozenset[str]:
    """The parameters of a program whose memory its statements may write into."""
    from sourcediff.transform.views import _stores

    parameters = set(facts.program.parameters)
    found: set[str] = set()
    for statement in walk_statements(facts.program.node.body):
        targets = list(_stores(facts, statement))
        value = getattr(statement, "value", None)
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute):
            from sourcediff.analysis.effects import CONTAINER_METHODS

            if value.func.attr in CONTAINER_METHODS:
                targets.append(value.func.value)
        for target in targets:
            base = root(target)
            if base is None:
                continue
            group = {base} | set(facts.aliases.partners(statement, base))
            found |= {p for p in parameters if f"{p}@" in group}
    return frozenset(found)


__all__ = ["Callable", "Session", "Sweeps", "bind_arguments"]
