"""Which calls give way to the statements of what they call."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Protocol

import gast

from sourcediff.analysis.effects import blocks, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.compile.analyse import Names, Replacement, Shape, is_array, unsplit
from sourcediff.compile.callees import Callee, bound, is_users, program_of
from sourcediff.compile.inline import Inliner
from sourcediff.compile.outside import outside
from sourcediff.compile.structures import is_changed_structure
from sourcediff.errors import CompileError, NoSource
from sourcediff.front.scopes import free_names
from sourcediff.ir import Program
from sourcediff.kinds import (
    Array,
    Kind,
    List,
    Record,
    Sequence,
    Static,
    is_differentiable,
)
from sourcediff.runtime import door
from sourcediff.runtime.checkpointing import is_checkpointed
from sourcediff.transform.views import written_names
from sourcediff.trees import walk

#: A callee of so few statements is written out where it is called.
FEW = 4


class Known(Protocol):
    """What is known of the functions that are called."""

    def environment(self, function: Any, node: Any, kinds: Any) -> Any:
        """The kinds of a function's parameters in a call."""

    def summary(self, function: Any, environment: Any) -> Any:
        """What a call comes to."""

    def is_recursive(self, function: Any) -> bool:
        """Whether a function calls itself."""

    def normal(self, function: Any, environment: Any, active: Names) -> Program:
        """The normal form of a function as it was written, which nobody may change."""

    def analysed(self, shape: Shape, active: Names) -> Facts:
        """The analyses of a function's shape."""


def replaced(shape: Shape, active: Names, known: Known) -> Replacement | None:
    """The program with callees' statements in the place of calls.

    A pair of functions cannot tell what a callee does to lists, dicts and objects, to
    memory that two arguments share, to variables from outside, nor follow functions
    that are handed on; where derivatives flow there, the callee is written out. None
    where there is no such call.
    """
    calls = list(_calls(shape, known))
    if not any(call.may_need for call in calls):
        return None
    facts = known.analysed(shape, active)
    stored = written_names(facts, shape.program.node.body)
    wanted = [c for c in calls if c.may_need and _is_needed(c, facts, stored)]
    inliner = Inliner(shape.program)
    bodies: dict[Any, list[Any]] = {}
    written_out = []
    for call in wanted:
        body = _statements(call, inliner, known)
        if body is not None:
            bodies[call.statement] = body
            written_out.append(call)
    if not bodies:
        return None
    unsplit(shape)
    _replace(shape.program.node.body, bodies)
    functions = [c.function for c in written_out if not isinstance(c.function, Callee)]
    is_normal = all(call.is_plain for call in written_out)
    return Replacement(inliner.extended, tuple(functions), is_normal)


def may_give_way(shape: Shape, known: Known) -> bool:
    """Whether there are calls whose summaries do not tell all that they do."""
    return any(call.does_more for call in _calls(shape, known))


class _Call:
    """A call of a user's function that has a line of its own."""

    def __init__(
        self,
        statement: Any,
        function: Any,
        environment: Any,
        summary: Any,
        shape: Shape,
    ) -> None:
        self.statement = statement
        self.node = statement.value
        self.function = function
        self.environment: dict[str, Kind] = environment
        self.summary = summary
        keywords = {k.arg: k.value for k in self.node.keywords}
        self.arguments = bound(function, list(self.node.args), keywords) or {}
        self.given_functions = [
            kind.value
            for node in self.arguments.values()
            for kind in [shape.kinds.of(node)]
            if isinstance(kind, Static) and isinstance(kind.value, gast.AST)
        ]
        self.structures = {
            n for n in summary.writes if is_changed_structure(environment[n])
        }
        self.tuples = [n for n in self.arguments if _is_tuple(environment[n])]
        memory = [n for n in self.arguments if is_array(environment[n])]
        self.does_more = bool(
            self.given_functions
            or self.structures
            or (summary.writes and len(memory) > 1)
            or summary.returns
            or summary.stores
            or (summary.reads and shape.program.data)
            or self.tuples
            or _holds_function(summary.kind)
        )
        self.may_need = self.does_more or self.is_small

    @property
    def is_plain(self) -> bool:
        """Whether the callee's statements are in normal form wherever they stand.

        What derivatives may flow through is known then from its arguments alone, and
        its result is not taken apart.
        """
        targets = getattr(self.statement, "targets", [])
        functions = self.given_functions or _holds_function(self.summary.kind)
        return (
            self.is_small
            and all(isinstance(target, gast.Name) for target in targets)
            and not functions
            and not self.summary.reads
        )

    @functools.cached_property
    def is_small(self) -> bool:
        """Whether the callee is a few plain statements without effects."""
        if isinstance(self.function, Callee) or not self.summary.pure:
            return False
        if is_checkpointed(self.function):
            return False
        return _is_small(self.function, getattr(self.function, "__code__", None))


@functools.lru_cache(maxsize=512)
def _is_small(function: Any, code: Any) -> bool:
    """Whether a function is small; found out once per function object and code."""
    del code
    return is_small(program_of(function).node.body)


def is_small(body: list[Any]) -> bool:
    r"""Whether a function's body is a few assignments and a result.

    >>> is_small(gast.parse("y = x * x\nreturn y").body)
    True
    >>> is_small(gast.parse("if x > 0:\n    return x\nreturn -x").body)
    False
    """
    *rest, last = body
    inner = (gast.Lambda, gast.NamedExpr, gast.IfExp, gast.BoolOp)
    return (
        len(body) <= FEW
        and isinstance(last, gast.Return)
        and all(isinstance(s, gast.Assign | gast.Expr) for s in rest)
        and not any(isinstance(n, inner) for s in body for n in walk(s))
    )


def _calls(shape: Shape, known: Known) -> Iterator[_Call]:
    for statement in walk_statements(shape.program.node.body):
        node = getattr(statement, "value", None)
        if not isinstance(statement, (gast.Assign, gast.Expr)):
            continue
        if not isinstance(node, gast.Call):
            continue
        function = shape.kinds.callee(node)
        if not is_users(function):
            continue
        environment = known.environment(function, node, shape.kinds)
        if environment is not None:
            summary = known.summary(function, environment)
            yield _Call(statement, function, environment, summary, shape)


def _is_needed(call: _Call, facts: Facts, stored: Names) -> bool:
    """Whether a pair of functions would not do for a call."""
    names = facts.activity.names(call.statement)
    if _holds_function(call.summary.kind):
        return True
    if _shares_a_variable(call, facts, stored) or _fills_new_object(call):
        return True
    active = any(facts.activity.is_active(a, names) for a in call.arguments.values())
    for function in call.given_functions:
        active = active or bool(free_names(function) & names)
    if not active:
        return bool(call.structures)
    return bool(
        call.is_small
        or call.given_functions
        or call.structures
        or call.summary.stores
        or _overlaps(call, facts)
        or _shares_what_is_stored(call, facts, stored)
        or _holds_what_is_stored(call, facts, stored)
    )


def _fills_new_object(call: _Call) -> bool:
    """Whether a call gives an object that has just been made its attributes."""
    return any(
        isinstance(kind, Record) and not kind.fields
        for kind in map(call.environment.get, call.structures)
    )


def _shares_a_variable(call: _Call, facts: Facts, stored: Names) -> bool:
    """Whether caller and callee share a variable from outside that is stored into."""
    program = facts.program
    written = {outside(program, n) for n in stored & program.data}
    read = {outside(program, n) for n in program.data}
    return bool(
        written & (call.summary.reads | call.summary.stores)
        or read & call.summary.stores
    )


def _memory(call: _Call, facts: Facts, parameter: str) -> set[str]:
    """The names that may share memory with an argument."""
    return {
        partner
        for name in facts.aliases.sources(call.arguments[parameter])
        for partner in {name} | facts.aliases.partners(call.statement, name)
    }


def _overlaps(call: _Call, facts: Facts) -> bool:
    """Whether the callee writes into memory that two of its arguments share."""
    memory = {p: _memory(call, facts, p) for p in call.arguments}
    return any(
        memory[p] & other
        for p in call.summary.writes & memory.keys()
        for q, other in memory.items()
        if q != p
    )


def _shares_what_is_stored(call: _Call, facts: Facts, stored: Names) -> bool:
    """Whether somebody writes into memory that the result shares with arguments."""
    if not isinstance(call.statement, gast.Assign):
        return False
    shared = {
        name
        for parameter in call.summary.returns & call.arguments.keys()
        for name in _memory(call, facts, parameter)
    }
    return bool(shared & stored)


def _holds_what_is_stored(call: _Call, facts: Facts, stored: Names) -> bool:
    """Whether somebody writes into memory that is in a tuple beside lists.

    Who writes into an array that a tuple holds, as of what a callee keeps, would seem
    to change all else that it holds.
    """
    return any(_memory(call, facts, parameter) & stored for parameter in call.tuples)


def _is_tuple(kind: Kind) -> bool:
    """Whether a value is a tuple that holds arrays and lists."""
    if not isinstance(kind, Sequence) or kind.type is not tuple:
        return False
    holds_list = any(isinstance(k, List | Sequence) for k in kind.items)
    return holds_list and any(isinstance(k, Array) for k in kind.items)


def _holds_function(kind: Kind) -> bool:
    """Whether a result is a function that was defined in the callee."""
    if isinstance(kind, Static):
        return isinstance(kind.value, gast.AST)
    return isinstance(kind, Sequence) and any(map(_holds_function, kind.items))


def _statements(call: _Call, inliner: Inliner, known: Known) -> list[Any] | None:
    """What a callee does, as statements of the caller; None if that cannot be."""
    if known.is_recursive(call.function):
        return None
    active = frozenset(n for n, k in call.environment.items() if is_differentiable(k))
    try:
        program = known.normal(call.function, call.environment, active)
    except (CompileError, NoSource):
        return None
    if any(isinstance(v, door.Listed | door.Local) for v in program.statics.values()):
        return None  # if these do not fit, it goes through the door itself
    return inliner.inlined(call.statement, call.node, call.function, program)


def _replace(body: list[Any], bodies: dict[Any, list[Any]]) -> None:
    index = 0
    while index < len(body):
        statement = body[index]
        for inner in blocks(statement):
            _replace(inner, bodies)
        made = bodies.get(statement)
        if made is not None:
            body[index : index + 1] = made
        index += 1 if made is None else len(made)
