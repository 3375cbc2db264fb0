"""Runs the statements of a program on kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from sourcediff.analysis.arithmetic import BINARY, binary, elements, join_all
from sourcediff.analysis.calls import Ask
from sourcediff.analysis.containers import LONGEST, Change, holds
from sourcediff.analysis.effects import blocks, expressions
from sourcediff.analysis.expressions import truth
from sourcediff.analysis.indexing import unpacked
from sourcediff.analysis.loops import ROUNDS, Loops
from sourcediff.analysis.memory import join_envs, names_in
from sourcediff.analysis.nested import SCOPES, escaping, rebound_outside
from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Scalar,
    Sequence,
    Static,
    Unknown,
    alternatives,
)
from sourcediff.trees import walk


class Interpreter(Loops):
    """Runs statements on kinds. A block's method tells whether its end is reached."""

    def __init__(
        self, program: Program, environment: Mapping[str, Kind], ask: Ask
    ) -> None:
        super().__init__(program, environment, ask)
        self.live: set[Any] = set()
        self.nodes = nodes = walk(program.node)
        if not SCOPES.isdisjoint(map(type, nodes[1:])):
            self.escaping = escaping(program.node)
        self.local_names = frozenset(
            node.id
            for node in nodes
            if node.__class__ is gast.Name and not isinstance(node.ctx, gast.Load)
        )
        self.poisoned = rebound_outside(nodes)
        self.env.update(dict.fromkeys(self.poisoned & self.env.keys(), UNKNOWN))
        self.visible = frozenset(program.parameters) | program.data
        given = [n for n, kind in self.env.items() if holds(kind)]
        self.regions.unite(given)
        self.same.unite(given)

    def block(self, body: list[Any]) -> bool:
        """Run statements; False where their end is not reached."""
        for statement in body:
            self.starts[statement] = self.env
            if not self.dead:
                self.live.add(statement)
            method = _STATEMENTS.get(type(statement), Interpreter._other)
            if not method(self, statement):
                return False
        return True

    # --- simple statements --------------------------------------------------------

    def _assign(self, statement: Any) -> bool:
        if self.program.is_generated and _is_placeholder(statement):
            name = statement.targets[0].id
            self.placeholders.add(name)
            self.env = {n: kind for n, kind in self.env.items() if n != name}
            return True
        kind = self.evaluate(statement.value)
        for target in statement.targets:
            self.bind(target, kind, statement.value, direct=True)
        return True

    def _bind_parts(self, targets: list[Any], kind: Kind, source: Any) -> None:
        parts = unpacked(kind, len(targets))
        starred = any(isinstance(t, gast.Starred) for t in targets)
        sources: list[Any] = [source] * len(targets)
        apart = isinstance(source, gast.Tuple | gast.List) and not starred
        if apart and len(source.elts) == len(targets):
            sources = source.elts
        for target, part, origin in zip(targets, parts, sources, strict=True):
            direct = origin is not source
            self.bind(target, UNKNOWN if starred else part, origin, direct)

    def _aug_assign(self, statement: Any) -> bool:
        target = statement.target
        old, value = self._operands(target, statement.value)
        if isinstance(old, Array):
            if isinstance(target, gast.Attribute):
                self.store(target, old, statement.value)
            return True
        if isinstance(old, List) or (isinstance(old, Sequence) and old.type is list):
            change = _list_change(statement.op, value)
            if change is not None:
                self._change_list(statement, old, value, change)
                return True
        if isinstance(old, Unknown) and not _is_place(target):
            old = UNKNOWN  # which part of a container changes is not known
        if any(isinstance(k, Unknown) and k.among is None for k in (old, value)):
            self.forget(names_in(target))
        self.bind(target, _augmented(statement.op, old, value), statement.value)
        return True

    def _change_list(
        self, statement: Any, old: Kind, value: Kind, change: Change
    ) -> None:
        """Run `xs += …` or `xs *= …`, which change the list itself."""
        target = statement.target
        if self.entangles(target, old, (statement.value,), (value,)):
            self.forget(names_in(target))
        else:
            self.mutate(target, old, change)
        found = change(old)
        self.kinds[target] = UNKNOWN if found is None else found

    def _operands(self, target: Any, value: Any) -> tuple[Kind, Kind]:
        """The kinds of `target` and `value` in `target += value`."""
        start = self.env
        for _ in range(ROUNDS):
            mutations = self.mutations
            kinds = self.kind(target), self.kind(value)
            if mutations == self.mutations:
                return kinds
            # What was read first may have been changed by what was read then.
            merged = join_envs(start, self.env)
            if merged == start:
                return kinds
            self.env = start = merged
        self.forget(names_in(target) + names_in(value))
        return UNKNOWN, UNKNOWN

    def _ann_assign(self, statement: Any) -> bool:
        if statement.value is not None:
            kind = self.evaluate(statement.value)
            self.bind(statement.target, kind, statement.value, direct=True)
        return True

    def _expr(self, statement: Any) -> bool:
        self.evaluate(statement.value)
        return True

    def _pass(self, statement: Any) -> bool:
        return True

    def _assert(self, statement: Any) -> bool:
        for expression in expressions(statement):
            self.evaluate(expression)
        return True

    def _raise(self, statement: Any) -> bool:
        self._assert(statement)
        return False

    def _delete(self, statement: Any) -> bool:
        gone = {t.id for t in statement.targets if isinstance(t, gast.Name)}
        for target in statement.targets:
            if isinstance(target, gast.Subscript | gast.Attribute):
                self.kind(target)
                self.forget(names_in(target.value))
        self.env = {n: kind for n, kind in self.env.items() if n not in gone}
        return True

    def _return(self, statement: Any) -> bool:
        value = statement.value
        kind = Static(None) if value is None else self.evaluate(value)
        self.returns.append((kind, self.env))
        return False

    # --- branches and loops -------------------------------------------------------

    def _if(self, statement: Any) -> bool:
        known = truth(self.evaluate(statement.test))
        start = self.env
        ends = []
        for body, taken in ((statement.body, True), (statement.orelse, False)):
            self.env = start
            if known is not None and known is not taken:
                self._ghost(body)
            elif self.block(body):
                ends.append(self.env)
        return self.continue_from(ends)

    def _ghost(self, body: list[Any]) -> None:
        """Note the kinds in a block that is never run; nothing follows from it."""
        kept = (self.returns, self.breaks, self.continues, self.changes, self.dead)
        self.returns, self.dead = [], True
        self.breaks, self.continues = [[]], [[]]
        self.block(body)
        self.returns, self.breaks, self.continues, self.changes, self.dead = kept

    def _with(self, statement: Any) -> bool:
        for entered in statement.items:
            self.evaluate(entered.context_expr)
            if entered.optional_vars is not None:
                self.bind(entered.optional_vars, UNKNOWN, entered.context_expr)
        return self.block(statement.body)

    def _other(self, statement: Any) -> bool:
        """A statement outside the normal form: whatever it touches is unknown."""
        names = {n.id for n in walk(statement) if isinstance(n, gast.Name)} | {
            n.name for n in walk(statement) if isinstance(n, gast.ClassDef)
        }
        stored = {
            n.id
            for n in walk(statement)
            if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
        }
        self.forget(names)
        self.env = {n: UNKNOWN if n in stored else k for n, k in self.env.items()}
        for block in blocks(statement):
            self.block(block)
        if any(isinstance(n, gast.Return) for n in walk(statement)):
            self.returns.append((UNKNOWN, self.env))
        return True


def _is_place(target: Any) -> bool:
    """Whether an expression is a variable, or always the same part of one."""
    while isinstance(target, gast.Attribute | gast.Subscript):
        key = getattr(target, "slice", None)
        if key is not None and not isinstance(key, gast.Constant):
            return False
        target = target.value
    return isinstance(target, gast.Name)


def _augmented(op: Any, old: Kind, value: Kind) -> Kind:
    """The kind of what `x op= value` leaves: a new number, or the old memory."""
    function = BINARY[type(op)]
    if not isinstance(old, Unknown):
        return binary(function, old, value)
    if old.among is None:
        return UNKNOWN
    left = (
        kind if isinstance(kind, Array) else binary(function, kind, value)
        for kind in alternatives(old)
    )
    return join_all(left) or UNKNOWN


def _list_change(op: Any, value: Kind) -> Change | None:
    """What `xs += value` or `xs *= value` makes of a list; None: a new object.

    With an array it is the array's operator that is called first.
    """
    if isinstance(value, Array | Unknown):
        return None
    if isinstance(op, gast.Add) and not isinstance(value, Scalar):
        return lambda kind: _extended(kind, value)
    if isinstance(op, gast.Mult):
        return lambda kind: List(join_all(elements(kind)))
    return None


def _extended(old: Kind, value: Kind) -> Kind | None:
    """The kind of a list after `old += value`."""
    if not isinstance(old, List | Sequence):
        return None
    if isinstance(old, Sequence) and isinstance(value, Sequence):
        items = (*old.items, *value.items)
        return Sequence(list, items) if len(items) <= LONGEST else List(join_all(items))
    if isinstance(value, List | Sequence):
        return List(join_all((*elements(old), *elements(value))))
    return List(UNKNOWN)


def _is_placeholder(statement: Any) -> bool:
    """Whether a statement is `name = None`."""
    match statement:
        case gast.Assign(targets=[gast.Name()], value=gast.Constant(value=None)):
            return True
        case _:
            return False


_STATEMENTS = {
    gast.Assign: Interpreter._assign,
    gast.AugAssign: Interpreter._aug_assign,
    gast.AnnAssign: Interpreter._ann_assign,
    gast.Expr: Interpreter._expr,
    gast.Pass: Interpreter._pass,
    gast.Nonlocal: Interpreter._pass,
    gast.Global: Interpreter._pass,
    gast.Assert: Interpreter._assert,
    gast.Raise: Interpreter._raise,
    gast.Delete: Interpreter._delete,
    gast.Return: Interpreter._return,
    gast.If: Interpreter._if,
    gast.For: Interpreter.for_,
    gast.While: Interpreter.while_,
    gast.Break: Interpreter.break_,
    gast.Continue: Interpreter.continue_,
    gast.With: Interpreter._with,
    gast.FunctionDef: Interpreter.define,
}
