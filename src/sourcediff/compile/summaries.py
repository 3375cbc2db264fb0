"""What calling a user's function comes to: its result, and what it reads and writes."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import gast

from sourcediff.analysis.attributes import member
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.inference import KindFacts, Outcome
from sourcediff.compile.afterwards import at_end, by_place, calls_of
from sourcediff.compile.analyse import (
    Environment,
    Names,
    Replacement,
    Shape,
    copied,
    facts_of,
    is_array,
    shaped,
    split,
    twin,
    written_arguments,
)
from sourcediff.compile.callees import (
    bind_kinds,
    bound,
    is_users,
    program_of,
)
from sourcediff.compile.derived import Derived, bound_kinds, concrete
from sourcediff.compile.harmless import written_by_lambdas
from sourcediff.compile.outside import outside
from sourcediff.compile.prepare import prepared
from sourcediff.compile.purity import is_pure_call
from sourcediff.compile.recursion import Calls
from sourcediff.compile.replacing import may_give_way, replaced
from sourcediff.compile.separate import separated
from sourcediff.compile.summary import NOTHING, Summary
from sourcediff.compile.unread import unread
from sourcediff.compile.writes import (
    given_parameters,
    returned_parameters,
    written_names,
)
from sourcediff.errors import CompileError, NoSource
from sourcediff.front import normalize
from sourcediff.front.normalize import outline
from sourcediff.front.scopes import free_names
from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Kind,
    is_differentiable,
)
from sourcediff.transform.build import name, same


class Summaries:
    """The summaries and shapes of all functions of one compilation."""

    def __init__(self) -> None:
        self._calls = Calls(self._computed, self._forget)
        self._shapes: dict[Any, Shape] = {}
        self._firsts: dict[Any, Shape] = {}
        self._facts: dict[Any, Facts] = {}
        self._analysed: dict[Any, Facts] = {}
        self._normal: dict[Any, Program] = {}
        #: What must hold of the functions that generated functions were made from.
        self.guards: tuple[Any, ...] = ()

    # --- calls ------------------------------------------------------------------------------  # noqa: E501

    def outcome(
        self, function: Any, arguments: tuple[Kind, ...], keywords: dict[str, Kind]
    ) -> Any:
        """The kind of a user function's result, for the inference of its caller."""
        if isinstance(function, Derived):
            return self._derived(function, arguments, keywords)
        if not is_users(function):
            return UNKNOWN
        try:
            environment = bind_kinds(function, arguments, keywords)
        except NoSource:
            return UNKNOWN
        if environment is None:
            return UNKNOWN
        found = self.summary(function, environment)
        if not found.changes or found.after is None:
            return Outcome(found.kind, found.changes)
        after = by_place(function, len(arguments), keywords, found.after)
        return Outcome(found.kind, True, after=after)

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

    def environment(
        self, function: Any, node: Any, kinds: KindFacts
    ) -> dict[str, Kind] | None:
        """The kinds of a function's parameters in a call; None: it does not fit."""
        keywords = {k.arg: kinds.of(k.value) for k in node.keywords}
        if None in keywords or any(isinstance(a, gast.Starred) for a in node.args):
            return None
        positional = tuple(map(kinds.of, node.args))
        try:
            found = bind_kinds(function, positional, keywords)
        except NoSource:
            return None
        return None if found is None else self.general(function, found)

    def general(self, function: Any, environment: Environment) -> dict[str, Kind]:
        """The kinds that a function is compiled for: wider ones in a recursion."""
        return self._calls.general(function, environment)

    def is_recursive(self, function: Any) -> bool:
        """Whether a function is known to call itself, maybe through others."""
        return function in self._calls.recursive

    # --- summaries ------------------------------------------------------------------------  # noqa: E501

    def summary(self, function: Any, environment: Environment) -> Summary:
        """What a call of a function with arguments of these kinds comes to."""
        return self._calls.summary(function, environment)

    def _forget(self, keys: set[Any]) -> None:
        """Forget what rests on guesses that have changed."""
        for kept in (self._firsts, self._shapes, self._facts):
            for known in [k for k in kept if k[:2] in keys]:
                del kept[known]

    def _computed(
        self, function: Any, environment: Environment
    ) -> tuple[Summary, list[Kind]]:
        try:
            active = differentiable(environment)
            shape = self._first(function, environment, active)
            if may_give_way(shape, self):
                shape = self.shape(function, environment, active)
            facts = self.analysed(shape, active)
            return self._of(shape, facts, environment), shape.kinds.returned
        except (CompileError, NoSource):
            return unread(function, environment), []

    def _of(self, shape: Shape, facts: Facts, environment: Environment) -> Summary:
        program = facts.program
        written = written_names(facts)
        kind = shape.kinds.result
        reads = {outside(program, n) for n in program.data}
        stores = {outside(program, n) for n in written & program.data}
        writes = given_parameters(written, program)
        pure = not writes and not stores
        for node in calls_of(program):
            pure = pure and self.is_pure_call(node, shape.kinds)
            called = self.called(node, shape.kinds)
            if called is not None:
                reads |= called.reads
                stores |= called.stores
        returned: Names = NOTHING
        if is_array(kind):
            returned = returned_parameters(facts)
        memory = frozenset(n for n, k in environment.items() if is_array(k))
        return Summary(
            kind,
            shape.kinds.outcome.changes,
            writes,
            returned & memory,
            frozenset(reads),
            frozenset(stores),
            pure,
            None if stores else at_end(shape.kinds, program, environment),
        )

    def called(self, node: Any, kinds: KindFacts) -> Summary | None:
        """The summary of what a call calls; None where that is no user's function."""
        function = kinds.callee(node)
        if not is_users(function):
            return None
        environment = self._spelled_environment(function, node, kinds)
        if environment is None:
            return None
        return self.summary(function, environment)

    def _spelled_environment(
        self, function: Any, node: Any, kinds: KindFacts
    ) -> dict[str, Kind] | None:
        """The environment of a call that may be that of a method."""
        if isinstance(node.func, gast.Attribute):
            found = member(kinds.of(node.func.value), node.func.attr)
            if found.receiver is not None:
                keywords = {k.arg: kinds.of(k.value) for k in node.keywords}
                if None in keywords:
                    return None
                given = (found.receiver, *map(kinds.of, node.args))
                return bind_kinds(function, given, keywords)
        return self.environment(function, node, kinds)

    # --- shapes ----------------------------------------------------------------------------  # noqa: E501

    def shape(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = NOTHING,
    ) -> Shape:
        """The normal form of a function for kinds of arguments, and its kinds.

        `outputs` is what its caller sees of it.
        """
        key = function, tuple(environment.items()), active, outputs
        known = self._shapes.get(key)
        if known is None:
            first = None if outputs else self._copied_first(key, environment)
            if first is None:
                own = self._own_normal(function, environment, active, outputs)
                first = split(own, environment, self)
            known = self._shapes[key] = shaped(first, environment, active, self)
        return known

    def _first(self, function: Any, environment: Environment, active: Names) -> Shape:
        """The shape in which no call has given way yet, which nobody may change."""
        key = function, tuple(environment.items())
        if key not in self._firsts:
            own = self._own_normal(function, environment, active, NOTHING)
            self._firsts[key] = split(own, environment, self)
        return self._firsts[key]

    def _copied_first(self, key: Any, environment: Environment) -> Shape | None:
        """A copy of the shape that a summary was made of, if there is that.

        And if other parameters carry derivatives, if they make no other normal form.
        """
        function, _, active, _ = key
        first = self._firsts.get(key[:2])
        if first is None:
            return None
        others = differentiable(environment)
        if active != others and not self._is_normal(function, environment, others):
            normal = (self.normal(function, environment, a) for a in (active, others))
            if not _are_alike(*normal):
                return None
        return twin(first)

    def _is_normal(
        self, function: Any, environment: Environment, active: Names
    ) -> bool:
        """Whether a function was written in normal form, whatever less is active."""
        written = prepared(program_of(function))
        return _are_alike(self.normal(function, environment, active), written)

    def normal(self, function: Any, environment: Environment, active: Names) -> Program:
        """The normal form of a function as it was written, which nobody may change."""
        key = function, outline(environment), active
        if key not in self._normal:
            program = prepared(program_of(function))
            self._normal[key] = normalize(program, active, environment)
        return self._normal[key]

    def _own_normal(
        self, function: Any, environment: Environment, active: Names, outputs: Names
    ) -> Program:
        """The normal form of a function, whose tree is the caller's to change."""
        program = program_of(function)
        local = separated(program, outputs)
        if local is not program:
            return normalize(prepared(local), active, environment)
        return copied(self.normal(function, environment, active))

    def facts(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = NOTHING,
    ) -> Facts:
        """The analyses of a function."""
        key = function, tuple(environment.items()), active, outputs
        if key not in self._facts:
            shape = self.shape(function, environment, active, outputs)
            self._facts[key] = self.analysed(shape, active, outputs)
        return self._facts[key]

    def shapes(self) -> list[Shape]:
        """All shapes that were made."""
        return list(self._shapes.values())

    def analysed(self, shape: Shape, active: Names, outputs: Names = NOTHING) -> Facts:
        """The analyses of a function's shape."""
        key = shape.kinds, active, outputs
        if key not in self._analysed:
            self._analysed[key] = self._analyse(shape, active, outputs)
        return self._analysed[key]

    def _analyse(self, shape: Shape, active: Names, outputs: Names) -> Facts:
        kinds = shape.kinds

        def effect(function: Any, node: Any) -> list[Any]:
            chosen = self._chosen(function, node, kinds, "writes")
            if chosen is None:
                given = [*node.args, *(k.value for k in node.keywords)]
                return [a for a in given if is_array(kinds.of(a))]
            return chosen

        @functools.cache
        def shares(node: Any) -> list[Any] | None:
            function = kinds.callee(node)
            if not is_users(function):
                return None
            return self._chosen(function, node, kinds, "returns")

        @functools.cache
        def written(node: Any) -> list[Any]:
            function = kinds.callee(node)
            if isinstance(function, (gast.FunctionDef, gast.Lambda)):
                if self.is_pure_call(node, kinds):
                    return []
                captured = sorted(free_names(function) - shape.program.statics.keys())
                return [*written_arguments(node, kinds, effect), *map(name, captured)]
            handed = map(name, sorted(written_by_lambdas(node)))
            return [*written_arguments(node, kinds, effect), *handed]

        return facts_of(shape, active, written, shares, outputs)

    def _chosen(
        self, function: Any, node: Any, kinds: KindFacts, which: str
    ) -> list[Any] | None:
        """The argument expressions that the callee writes into, or returns."""
        environment = self.environment(function, node, kinds)
        if environment is None:
            return None
        names: Names = getattr(self.summary(function, environment), which)
        keywords = {k.arg: k.value for k in node.keywords}
        arguments = bound(function, list(node.args), keywords) or {}
        return [node for name, node in arguments.items() if name in names]

    def is_pure_call(self, node: Any, kinds: KindFacts) -> bool:
        """Whether a call, or reading a property, has no effect but its result."""
        return is_pure_call(node, kinds, self)

    def inlined(
        self, shape: Shape, environment: Environment, active: Names
    ) -> Replacement | None:
        """The program with callees' statements in the place of calls."""
        return replaced(shape, active, self)


def _are_alike(one: Program, other: Program) -> bool:
    """Whether two normal forms of one function are the same."""
    return same(one.node, other.node) and dict(one.statics) == dict(other.statics)


def differentiable(environment: Environment) -> Names:
    """The parameters that can carry derivatives."""
    return frozenset(n for n, k in environment.items() if is_differentiable(k))
