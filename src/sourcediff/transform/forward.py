"""Forward mode: the tangent of every statement, written before the statement itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    bindings,
    root,
    store_targets,
    walk_statements,
)
from sourcediff.analysis.expressions import truth
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import UNKNOWN, UNSAID, Kind, Scalar, scalar_of
from sourcediff.transform.access import NO_WHOLES
from sourcediff.transform.build import (
    assign,
    at,
    name,
)
from sourcediff.transform.call_tangents import Callee, called, effect, returned
from sourcediff.transform.integers import integers_replaced
from sourcediff.transform.loop_tangents import loop
from sourcediff.transform.name_tangents import bound, unpacked
from sourcediff.transform.names import Names
from sourcediff.transform.overlaps import refuse_respelled
from sourcediff.transform.placing import built
from sourcediff.transform.pull import Pull
from sourcediff.transform.push import Push
from sourcediff.transform.refused import Refused
from sourcediff.transform.shadows import PRIME
from sourcediff.transform.store_tangents import augmented, stored
from sourcediff.transform.views import written_names


def carriers(facts: Facts) -> frozenset[str]:
    """The names that have a tangent: all those that may ever move."""
    activity = facts.activity
    found = set(activity.at_end)
    for statement in walk_statements(facts.program.node.body):
        found |= activity.names(statement)
    return frozenset(n for n in found if "@" not in n)


@dataclass
class Forward:
    """Writes the forward-mode form of one program.

    `dots` are the names of the parameters' tangents that are given; `with_value` says
    that the result is returned before its tangent, `with_tangent` that there is one.
    `is_called`: other generated code calls the function.
    """

    facts: Facts
    names: Names
    reference: Callable[[Any, str], Any]
    callees: Mapping[Any, Callee]
    dots: dict[str, str]
    with_value: bool = True
    with_tangent: bool = True
    is_called: bool = False
    problems: list[Refused] = field(default_factory=list)
    declared: dict[str, Kind] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.carriers = carriers(self.facts)
        self.given = frozenset(self.dots)
        self.written = written_names(self.facts, self.facts.program.node.body)
        self.integers = integers_replaced(self.facts)
        self._primals: dict[str, str] = {d: n for n, d in self.dots.items()}
        self._env: Mapping[str, Kind] = {}
        clash = any(
            n.endswith("_dot") for n in self.names.snapshot()[0] - {*self._primals}
        )
        self._suffix = "tan" if clash else "dot"

    # --- names and kinds --------------------------------------------------------------

    def dot(self, identifier: str) -> str:
        """The name of a variable's tangent."""
        if identifier not in self.dots:
            made = self.names.fresh(f"{identifier}_{self._suffix}")
            self.dots[identifier] = made
            self._primals[made] = identifier
        return self.dots[identifier]

    def primal_of(self, identifier: str) -> str:
        """The variable whose tangent a name stands for, or the name itself."""
        return self._primals.get(identifier, identifier)

    def declare(self, identifier: str, kind: Kind) -> None:
        """Note the kind of a name of the generated code."""
        self.declared[identifier] = kind

    def kind_of_name(self, identifier: str) -> Kind:
        """The kind of a variable, or of the one whose tangent a name stands for."""
        identifier = identifier.rstrip(PRIME)
        if identifier in self.declared:
            return self.declared[identifier]
        return self._env.get(self._primals.get(identifier, identifier), UNKNOWN)

    def kind_of(self, node: Any) -> Kind:
        """The kind of a node of the primal, or of a name of the generated code."""
        kind = self.facts.kind_of(node)
        if kind in UNSAID and isinstance(node, gast.Name):
            return self.kind_of_name(node.id)
        return kind

    def _temporary(self, node: Any, suffix: str) -> str:
        return self.names.temporary(node, suffix and self._suffix)

    def push(self, statement: Any, root_node: Any = None, result: Any = None) -> Push:
        """What pushes tangents through the expressions of a statement."""
        self._env = self.facts.environment(statement)
        moving = self.facts.activity.names(statement)
        values = Pull(
            kind_of=self.kind_of,
            is_active=lambda node: self.facts.activity.is_active(node, moving),
            callee=self.facts.callee,
            is_scalar_name=lambda n: isinstance(
                scalar_of(self.kind_of_name(n)), Scalar
            ),
            temporary=self._temporary,
            reference=self.reference,
            whole=NO_WHOLES,
            declare=self.declare,
            root=root_node,
            result_text=result,
        )
        is_idle = self._is_idle(statement)
        return Push(values, self.dot, self.carries, self.integers, is_idle)

    def _is_idle(self, statement: Any) -> Callable[[Any], bool]:
        """Whether text that a statement makes certainly stays text."""
        if isinstance(statement, gast.Return):
            parts = () if self.is_called else _parts(statement.value)
            return frozenset(parts).__contains__
        useful = self.facts.activity.useful_after(statement)
        written = [*store_targets(statement, lambda node: True)]
        if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Call):
            written.append(getattr(statement.value.func, "value", None))
        touched = {root(node) for node in written} | bindings(statement)
        return lambda node: not touched & useful

    def carries(self, node: Any) -> bool:
        """Whether a value may share memory with one that has a tangent."""
        return self.facts.activity.is_active(node, self.carriers)

    # --- blocks -----------------------------------------------------------------------

    def run(self) -> list[Any]:
        """The body of the forward-mode function."""
        body = self.facts.program.node.body
        return [*self._entry(body), *self.block(body)]

    def _entry(self, body: list[Any]) -> list[Any]:
        """Zero tangents of what comes from outside and moves only later."""
        if not body:
            return []
        push = self.push(body[0])
        program = self.facts.program
        outside = [*program.parameters, *sorted(program.data)]
        return [
            assign(
                self.dot(n),
                push.zero(self._env.get(n, UNKNOWN), lambda n=n: name(n)),  # type: ignore[misc]
            )
            for n in outside
            if n in self.carriers and n not in self.given
        ]

    def block(self, body: list[Any]) -> list[Any]:
        """The statements of a block, each with its tangent."""
        out: list[Any] = []
        for statement in body:
            try:
                refuse_respelled(self.facts, statement)
                made = self._statement(statement)
            except Refused as problem:
                if getattr(problem.node, "lineno", None) is None:
                    problem.node = statement
                self.problems.append(problem)
                made = [statement]
            out += at(statement, made)
        return out

    def _statement(self, statement: Any) -> list[Any]:
        match statement:
            case gast.If(test=test, body=body, orelse=orelse):
                taken = truth(self.facts.kind_of(test))
                then = [] if taken is False else self.block(body)
                otherwise = [] if taken is True else self.block(orelse)
                return [gast.If(test, then or [gast.Pass()], otherwise)]
            case gast.While(test=test, body=body):
                return [gast.While(test, self.block(body) or [gast.Pass()], [])]
            case gast.For():
                return loop(self, statement)
            case gast.With(items=items, body=body):
                return [gast.With(items, self.block(body) or [gast.Pass()], None)]
            case gast.Return():
                return returned(self, statement)
            case gast.Assign(targets=[to], value=value):
                return self._assign(statement, to, value)
            case gast.AugAssign(target=to, value=value):
                return augmented(self, statement, to, value)
            case gast.Expr(value=gast.Call() as node):
                return effect(self, statement, node)
            case _:
                return [statement]

    def _assign(self, statement: Any, to: Any, value: Any) -> list[Any]:
        if value in self.callees:
            return called(self, statement, to, value, self.callees[value])
        match to:
            case gast.Name(id=identifier):
                if identifier not in self.carriers:
                    return [statement]
                return built(self, lambda use: bound(self, statement, to, value, use))
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return unpacked(self, statement, elements, value)
            case gast.Subscript() | gast.Attribute():
                return built(self, lambda use: stored(self, statement, to, value, use))
            case _:
                raise Refused(statement, "this target is outside the language")


__all__ = ["Callee", "Forward", "carriers"]


def _parts(node: Any) -> Iterator[Any]:
    """The parts of a structure as it is displayed."""
    match node:
        case gast.Tuple(elts=parts) | gast.List(elts=parts) | gast.Dict(values=parts):
            for part in parts:
                yield from _parts(part)
        case _:
            yield node
