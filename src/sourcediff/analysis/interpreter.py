"""Runs the statements of a program on kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gast

from sourcediff.analysis.arithmetic import BINARY, binary, elements, join_all
from sourcediff.analysis.calls import Ask
from sourcediff.analysis.containers import LONGEST, Change, holds
from sourcediff.analysis.creation import range_dim
from sourcediff.analysis.dims import minimum
from sourcediff.analysis.effects import blocks, expressions
from sourcediff.analysis.expressions import truth
from sourcediff.analysis.indexing import unpacked
from sourcediff.analysis.memory import Env, join_envs, merge_envs, names_in
from sourcediff.analysis.nested import escaping, is_scope, rebound_outside
from sourcediff.analysis.nested_calls import NestedCalls
from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
)

#: Loops that have not settled after so many rounds lose what still changes.
ROUNDS = 8
#: Loops of so few known trips are also run trip by trip.
FEW = 8


class Interpreter(NestedCalls):
    """Runs statements on kinds. A block's method tells whether its end is reached."""

    def __init__(
        self, program: Program, environment: Mapping[str, Kind], ask: Ask
    ) -> None:
        super().__init__(program, environment, ask)
        self.live: set[Any] = set()
        nodes = list(gast.walk(program.node))
        if any(map(is_scope, nodes[1:])):
            self.escaping = escaping(program.node)
        self._unrolling = False
        self.local_names = frozenset(
            node.id
            for node in nodes
            if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load)
        )
        self.poisoned = rebound_outside(nodes)
        self.env.update(dict.fromkeys(self.poisoned & self.env.keys(), UNKNOWN))
        self.visible = frozenset(program.parameters) | program.data
        self.regions.unite(n for n, kind in self.env.items() if holds(kind))

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
        kind = self.evaluate(statement.value)
        for target in statement.targets:
            self.bind(target, kind, statement.value)
        return True

    def _bind_parts(self, targets: list[Any], kind: Kind, source: Any) -> None:
        parts = unpacked(kind, len(targets))
        starred = any(isinstance(t, gast.Starred) for t in targets)
        sources: list[Any] = [source] * len(targets)
        if isinstance(source, gast.Tuple | gast.List) and len(source.elts) == len(
            targets
        ):
            sources = source.elts
        for target, part, origin in zip(targets, parts, sources, strict=True):
            self.bind(
                target, UNKNOWN if starred else part, source if starred else origin
            )

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
        if isinstance(old, Unknown) or isinstance(value, Unknown):
            self.forget(names_in(target))
        new = binary(BINARY[type(statement.op)], old, value)
        self.bind(target, new, statement.value)
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

    def evaluate(self, node: Any) -> Kind:
        """The kind of an expression whose parts may change what other parts read."""
        start = self.env
        for _ in range(ROUNDS):
            mutations = self.mutations
            kind = self.kind(node)
            last = self.mutations
            if isinstance(node, gast.Call):
                last = self.mutations_before_call
            if last == mutations:
                return kind
            merged = join_envs(start, self.env)
            if merged == start:
                return kind
            self.env = start = merged
        self.forget(names_in(node))
        self.kind(node)
        return UNKNOWN

    def _ann_assign(self, statement: Any) -> bool:
        if statement.value is not None:
            kind = self.evaluate(statement.value)
            self.bind(statement.target, kind, statement.value)
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

    def _for(self, statement: Any) -> bool:
        item = self._first_item(statement.iter)
        kind = self.kinds[statement.iter]
        items = few_items(kind)
        start = self.env
        # What is iterated over may grow on the way: it is a value with a name of its own.
        place = f"@{id(statement)}"
        reached = [
            kind,
            *(self.kinds.get(n, UNKNOWN) for n in parts_of(statement.iter)),
        ]
        held = Sequence(tuple, tuple(reached))
        watched = any(map(holds, reached))
        if watched:
            self.env = {**start, place: held}
            self.unite((place, *names_in(statement.iter)))

        def enter() -> bool:
            same = not watched or self.env[place] == held
            self.bind(statement.target, item if same else UNKNOWN, statement.iter)
            return True

        sure = self._is_never_empty(statement.iter)
        going_on = self._loop(statement, enter, at_least_once=sure)
        lost = any(self.env.get(name) != kind for name, kind in start.items())
        plain = not statement.orelse and not has_jumps(statement.body)
        if watched:
            plain = plain and self.env[place] == held
            self.env = {n: k for n, k in self.env.items() if n != place}
        if items and lost and plain and not self._unrolling:
            return self._unrolled(statement, items, start)
        return going_on

    def _first_item(self, node: Any) -> Kind:
        """The kind of the items of an iterable when the loop starts."""
        mutations = self.mutations
        self.evaluate(node)
        item = self.item_of(node)
        return item if mutations == self.mutations else UNKNOWN

    def _is_never_empty(self, node: Any) -> bool:
        """Whether a loop over an expression has at least one trip."""
        match self.kinds[node]:
            case Array(dims=dims) if dims:
                return minimum(dims[0]) > 0
            case Sequence(items=items):
                return bool(items)
            case Record(type=t, fields=fields) if t is range:
                return minimum(range_dim(tuple(kind for _, kind in fields))) > 0
        if isinstance(node, gast.Call) and node.args:
            if self.callees.get(node) in (enumerate, reversed):
                return self._is_never_empty(node.args[0])
            if self.callees.get(node) is zip:
                return all(map(self._is_never_empty, node.args))
        return False

    def _enter(self, statement: Any, item: Kind) -> bool:
        self.bind(statement.target, item, statement.iter)
        return True

    def _unrolled(self, statement: Any, items: tuple[Kind, ...], start: Env) -> bool:
        """Run the few trips of a loop one by one, to know more of what it leaves.

        What is noted of its body stays what holds for all trips.
        """
        self.env = start
        self._unrolling = True
        with self.noting(False):
            going_on = all(
                self._enter(statement, item) and self.block(statement.body)
                for item in items
            )
        self._unrolling = False
        return going_on

    def _while(self, statement: Any) -> bool:
        def enter() -> bool:
            return truth(self.evaluate(statement.test)) is not False

        forever = (
            isinstance(statement.test, gast.Constant)
            and truth(Static(statement.test.value)) is True
        )
        return self._loop(statement, enter, forever)

    def _loop(
        self,
        statement: Any,
        enter: Callable[[], bool],
        forever: bool = False,
        at_least_once: bool = False,
    ) -> bool:
        """Run a loop's body until nothing changes; `enter` begins each trip."""
        head = self.env
        for trip in range(10 * ROUNDS):
            version = self.regions.version
            self.env = head
            self.breaks.append([])
            self.continues.append([])
            ends = []
            if enter():
                exhausted = self.env if isinstance(statement, gast.While) else head
                if self.block(statement.body):
                    ends.append(self.env)
            else:
                exhausted = self.env
            ends += self.continues.pop()
            breaks = self.breaks.pop()
            merged = head
            for end in ends:
                merged = join_envs(merged, end)
            if merged == head and version == self.regions.version:
                break
            if trip >= ROUNDS:
                merged = {
                    n: k if head.get(n) == k else UNKNOWN for n, k in merged.items()
                }
            head = merged
        if forever or (at_least_once and not ends):
            leaving = []
        else:
            leaving = [merge_envs(ends) if at_least_once else exhausted]
        if leaving and statement.orelse:
            self.env = leaving[0]
            leaving = [self.env] if self.block(statement.orelse) else []
        return self.continue_from(leaving + breaks)

    def _break(self, statement: Any) -> bool:
        self.breaks[-1].append(self.env)
        return False

    def _continue(self, statement: Any) -> bool:
        self.continues[-1].append(self.env)
        return False

    def _with(self, statement: Any) -> bool:
        for entered in statement.items:
            self.evaluate(entered.context_expr)
            if entered.optional_vars is not None:
                self.bind(entered.optional_vars, UNKNOWN, entered.context_expr)
        return self.block(statement.body)

    def _other(self, statement: Any) -> bool:
        """A statement outside the normal form: whatever it touches is unknown."""
        names = {n.id for n in gast.walk(statement) if isinstance(n, gast.Name)} | {
            n.name for n in gast.walk(statement) if isinstance(n, gast.ClassDef)
        }
        stored = {
            n.id
            for n in gast.walk(statement)
            if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
        }
        self.forget(names)
        self.env = {n: UNKNOWN if n in stored else k for n, k in self.env.items()}
        for block in blocks(statement):
            self.block(block)
        if any(isinstance(n, gast.Return) for n in gast.walk(statement)):
            self.returns.append((UNKNOWN, self.env))
        return True


def few_items(kind: Kind) -> tuple[Kind, ...]:
    """The items of a short tuple, list or range; nothing if they are many."""
    if isinstance(kind, Sequence):
        return kind.items if len(kind.items) <= FEW else ()
    if isinstance(kind, Record) and kind.type is range:
        bounds = [k.value for _, k in kind.fields if isinstance(k, Static)]
        if len(bounds) == 3 and all(type(b) is int for b in bounds) and bounds[2]:
            steps = range(*bounds)
            return tuple(map(Static, steps)) if len(steps) <= FEW else ()
    return ()


def parts_of(node: Any) -> list[Any]:
    """The iterables inside `zip(…)`, `enumerate(…)` and the like."""
    if not isinstance(node, gast.Call):
        return []
    inner = [part for a in node.args for part in parts_of(a)]
    receiver = [node.func.value] if isinstance(node.func, gast.Attribute) else []
    return [*node.args, *receiver, *inner]


def has_jumps(body: list[Any]) -> bool:
    """Whether statements may leave their loop, or the function."""
    return any(
        isinstance(node, gast.Break | gast.Continue | gast.Return)
        for statement in body
        for node in gast.walk(statement)
    )


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
    gast.For: Interpreter._for,
    gast.While: Interpreter._while,
    gast.Break: Interpreter._break,
    gast.Continue: Interpreter._continue,
    gast.With: Interpreter._with,
    gast.FunctionDef: Interpreter.define,
}
