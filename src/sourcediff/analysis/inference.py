"""What kind every value of a program is, found by running it on kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gast

from sourcediff.analysis.arithmetic import BINARY, binary, elements, join_all
from sourcediff.analysis.calls import Arguments, Ask, Outcome
from sourcediff.analysis.containers import LONGEST, forgotten, holds
from sourcediff.analysis.effects import blocks, bound_names, expressions
from sourcediff.analysis.expressions import Evaluator, names_in, truth
from sourcediff.analysis.indexing import unpacked
from sourcediff.analysis.nested import (
    Nested,
    bound_parameters,
    escaping,
    rebound_outside,
    scope_of,
)
from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Record,
    Sequence,
    Static,
    Unknown,
    join,
)

__all__ = ["Ask", "KindFacts", "Outcome", "infer"]

Env = dict[str, Kind]
#: Loops that have not settled after so many rounds lose what still changes.
ROUNDS = 8
#: Loops of so few known trips are also run trip by trip.
FEW = 8


class KindFacts:
    """The kinds of a program's values, by node of its tree.

    A statement that no call of these kinds reaches has no facts: `reaches` is False.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._kinds = interpreter.kinds
        self._before = interpreter.starts
        self._callees = interpreter.callees
        self._opaque = {
            inner
            for nested in interpreter.nested.values()
            if nested.escapes
            for inner in gast.walk(nested.node)
            if isinstance(inner, gast.stmt)
        }
        returned = [kind for kind, _ in interpreter.returns]
        self.result: Kind = join_all(returned) or Static(None)
        self.outcome = Outcome(self.result, interpreter.changes)

    def of(self, node: Any) -> Kind:
        """The kind of an expression; of a target, once it is stored."""
        return self._kinds.get(node, UNKNOWN)

    def before(self, statement: Any) -> Mapping[str, Kind]:
        """The kinds of names when a statement starts (a loop: when it is entered)."""
        return self._before.get(statement, {})

    def reaches(self, statement: Any) -> bool:
        """Whether a statement may be run at all with arguments of these kinds."""
        return statement in self._before or statement in self._opaque

    def callee(self, node: Any) -> Any:
        """The function object that a call calls, or the one behind an attribute.

        For a function defined inside the program, its node. None where not known.
        """
        return self._callees.get(node)


def infer(program: Program, environment: Mapping[str, Kind], call: Ask) -> KindFacts:
    """Infer the kinds of all values of a program.

    `environment` gives the kinds of parameters and, where known, of its data; `call`
    the outcome of a user's own function for kinds of arguments.
    """
    interpreter = Interpreter(program, environment, call)
    end = interpreter.block(program.node.body)
    if end:
        interpreter.returns.append((Static(None), interpreter.env))
    return KindFacts(interpreter)


class Interpreter(Evaluator):
    """Runs statements on kinds. A block's method tells whether its end is reached."""

    def __init__(
        self, program: Program, environment: Mapping[str, Kind], ask: Ask
    ) -> None:
        super().__init__(program, environment, ask)
        self.starts: dict[Any, Env] = {}
        self.returns: list[tuple[Kind, Env]] = []
        self._breaks: list[list[Env]] = []
        self._continues: list[list[Env]] = []
        self.nested: dict[Any, Nested] = {}
        self.frame: Any = None
        self._escaping = escaping(program.node)
        self._unrolling = False
        self.local_names = frozenset(
            node.id
            for node in gast.walk(program.node)
            if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load)
        )
        self.poisoned = rebound_outside(program.node)
        self.env.update(dict.fromkeys(self.poisoned & self.env.keys(), UNKNOWN))
        self.visible = frozenset(program.parameters) | program.data
        self.regions.unite(n for n, kind in self.env.items() if holds(kind))

    def block(self, body: list[Any]) -> bool:
        """Run statements; False where their end is not reached."""
        for statement in body:
            self.starts[statement] = self.env
            method = _STATEMENTS.get(type(statement), Interpreter._other)
            if not method(self, statement):
                return False
        return True

    # --- simple statements ----------------------------------------------------------------

    def _assign(self, statement: Any) -> bool:
        kind = self.kind(statement.value)
        for target in statement.targets:
            self.bind(target, kind, statement.value)
        return True

    def _bind_parts(self, targets: list[Any], kind: Kind, source: Any) -> None:
        parts = unpacked(kind, len(targets))
        starred = any(isinstance(t, gast.Starred) for t in targets)
        sources: list[Any] = [source] * len(targets)
        if isinstance(source, gast.Tuple | gast.List) and len(source.elts) == len(targets):
            sources = source.elts
        for target, part, origin in zip(targets, parts, sources, strict=True):
            self.bind(target, UNKNOWN if starred else part, source if starred else origin)

    def _aug_assign(self, statement: Any) -> bool:
        target = statement.target
        old = self.kind(target)
        value = self.kind(statement.value)
        if isinstance(old, Array):
            if isinstance(target, gast.Attribute):
                self.store(target, old, statement.value)
            return True
        extends = isinstance(statement.op, gast.Add) and (
            isinstance(old, List) or (isinstance(old, Sequence) and old.type is list)
        )
        if extends:
            new = _extended(old, value)
            self.unite((*names_in(target), *names_in(statement.value)))
            self.assign_into(target, old, new)
            self.kinds[target] = new
            return True
        if isinstance(old, Unknown):
            self.forget(names_in(target))
        new = binary(BINARY[type(statement.op)], old, value)
        self.bind(target, new, statement.value)
        return True

    def _ann_assign(self, statement: Any) -> bool:
        if statement.value is not None:
            self.bind(statement.target, self.kind(statement.value), statement.value)
        return True

    def _expr(self, statement: Any) -> bool:
        self.kind(statement.value)
        return True

    def _pass(self, statement: Any) -> bool:
        return True

    def _assert(self, statement: Any) -> bool:
        for expression in expressions(statement):
            self.kind(expression)
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
        kind = Static(None) if statement.value is None else self.kind(statement.value)
        self.returns.append((kind, self.env))
        return False

    # --- branches and loops ---------------------------------------------------------------------

    def _if(self, statement: Any) -> bool:
        known = truth(self.kind(statement.test))
        start = self.env
        ends = []
        for body, taken in ((statement.body, True), (statement.orelse, False)):
            if known is None or known is taken:
                self.env = start
                if self.block(body):
                    ends.append(self.env)
        return self._continue_from(ends)

    def _continue_from(self, ends: list[Env]) -> bool:
        if not ends:
            return False
        env = ends[0]
        for other in ends[1:]:
            env = join_envs(env, other)
        self.env = env
        return True

    def _for(self, statement: Any) -> bool:
        item = self.item_of(statement.iter)
        items = few_items(self.kinds[statement.iter])
        start = self.env
        going_on = self._loop(statement, lambda: self._enter(statement, item))
        lost = any(self.env.get(name) != kind for name, kind in start.items())
        plain = not statement.orelse and not has_jumps(statement.body)
        if items and lost and plain and not self._unrolling:
            return self._unrolled(statement, items, start)
        return going_on

    def _enter(self, statement: Any, item: Kind) -> bool:
        self.bind(statement.target, item, statement.iter)
        return True

    def _unrolled(self, statement: Any, items: tuple[Kind, ...], start: Env) -> bool:
        """Run the few trips of a loop one by one, to know more of what it leaves.

        What is noted of its body stays what holds for all trips.
        """
        self.env = start
        self._unrolling = True
        with self._noting(False):
            going_on = all(
                self._enter(statement, item) and self.block(statement.body)
                for item in items
            )
        self._unrolling = False
        return going_on

    def _while(self, statement: Any) -> bool:
        def enter() -> bool:
            return truth(self.kind(statement.test)) is not False

        forever = (
            isinstance(statement.test, gast.Constant)
            and truth(Static(statement.test.value)) is True
        )
        return self._loop(statement, enter, forever)

    def _loop(self, statement: Any, enter: Callable[[], bool], forever: bool = False) -> bool:
        """Run a loop's body until nothing changes; `enter` does what each trip starts with."""
        head = self.env
        for trip in range(10 * ROUNDS):
            version = self.regions.version
            self.env = head
            self._breaks.append([])
            self._continues.append([])
            ends = []
            if enter():
                exhausted = self.env if isinstance(statement, gast.While) else head
                if self.block(statement.body):
                    ends.append(self.env)
            else:
                exhausted = self.env
            ends += self._continues.pop()
            breaks = self._breaks.pop()
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
        leaving = [] if forever else [exhausted]
        if leaving and statement.orelse:
            self.env = exhausted
            leaving = [self.env] if self.block(statement.orelse) else []
        return self._continue_from(leaving + breaks)

    def _break(self, statement: Any) -> bool:
        self._breaks[-1].append(self.env)
        return False

    def _continue(self, statement: Any) -> bool:
        self._continues[-1].append(self.env)
        return False

    def _with(self, statement: Any) -> bool:
        for entered in statement.items:
            self.kind(entered.context_expr)
            if entered.optional_vars is not None:
                self.bind(entered.optional_vars, UNKNOWN, entered.context_expr)
        return self.block(statement.body)

    def _other(self, statement: Any) -> bool:
        """A statement that is not in the normal form: whatever it touches is unknown."""
        names = {
            n.id for n in gast.walk(statement) if isinstance(n, gast.Name)
        } | {n.name for n in gast.walk(statement) if isinstance(n, gast.ClassDef)}
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

    # --- functions inside the function ---------------------------------------------------------------

    def _function_def(self, statement: Any) -> bool:
        plain = not statement.decorator_list
        self._define(statement, statement.name in self._escaping)
        kind = Static(statement) if plain else UNKNOWN
        self.env = {**self.env, statement.name: kind}
        self.unite((statement.name, *self.nested[statement].free))
        return True

    def _lambda(self, node: Any) -> Kind:
        return self._define(node, True)

    def _define(self, node: Any, escapes: bool) -> Kind:
        known = self.nested.get(node)
        args = node.args
        places = [*args.posonlyargs, *args.args]
        given = places[len(places) - len(args.defaults) :]
        pairs = [*zip(given, args.defaults, strict=True)]
        pairs += zip(args.kwonlyargs, args.kw_defaults, strict=True)
        defaults = {p.id: self.kind(value) for p, value in pairs if value is not None}
        own, free = scope_of(node)
        self.nested[node] = Nested(node, self.frame, escapes, defaults, own, free)
        if known is not None:
            self.nested[node].entry = known.entry
        return Static(node)

    def local_call(self, function: Any, node: Any, given: Arguments) -> Kind:
        """The kind of a call of a nested function: its body is run for it."""
        nested = self.nested.get(function)
        parameters = None
        if nested and nested.frame is self.frame and given.complete:
            parameters = bound_parameters(nested, given.positional, given.keywords)
        if nested is None or parameters is None or nested.running:
            self.forget(names_in(node))
            return UNKNOWN
        outer = self.env
        entry = {n: k for n, k in outer.items() if n not in nested.own} | parameters
        if not nested.escapes:
            # What is noted of its body holds for all its calls.
            whole = join_envs(nested.entry, entry)
            if whole != nested.entry:
                nested.entry = whole
                self._run(nested, node, whole)
                self.env = outer
        with self._noting(False):
            return self._run(nested, node, entry)

    def _run(self, nested: Nested, node: Any, entry: Env) -> Kind:
        """Run the body of a nested function from the kinds of names at its start."""
        outer, held = self.env, names_in(node)
        kept = (self.frame, self.returns, self._breaks, self._continues)
        names, visible, changes = self.local_names, self.visible, self.changes
        self.frame, self.returns, self._breaks, self._continues = nested, [], [], []
        self.local_names, self.visible = names | nested.own, frozenset(outer) | nested.own
        self.changes, nested.running = False, True
        self.env = entry
        self.unite((*(nested.own & entry.keys()), *held))
        if isinstance(nested.node, gast.Lambda):
            self.returns.append((self.kind(nested.node.body), self.env))
        elif self.block(nested.node.body):
            self.returns.append((Static(None), self.env))
        results, changed = self.returns, self.changes
        self.frame, self.returns, self._breaks, self._continues = kept
        self.local_names, self.visible = names, visible
        self.changes, nested.running = changes or changed, False
        if not results:
            self.env = outer
            return UNKNOWN
        self._continue_from([env for _, env in results])
        hidden = {n: k for n, k in outer.items() if n in nested.own}
        if changed:
            hidden = {n: forgotten(k) for n, k in hidden.items()}
        self.env = {**{n: self.env[n] for n in outer if n in self.env}, **hidden}
        return join_all([kind for kind, _ in results]) or UNKNOWN

    @contextmanager
    def _noting(self, kept: bool) -> Iterator[None]:
        """Keep, or forget, what is noted of the expressions that are evaluated."""
        noted = self.kinds, self.starts, self.callees, self.receivers
        if not kept:
            self.kinds, self.starts = dict(self.kinds), dict(self.starts)
            self.callees, self.receivers = dict(self.callees), dict(self.receivers)
        yield
        self.kinds, self.starts, self.callees, self.receivers = noted


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


def has_jumps(body: list[Any]) -> bool:
    """Whether statements may leave their loop, or the function."""
    return any(
        isinstance(node, gast.Break | gast.Continue | gast.Return)
        for statement in body
        for node in gast.walk(statement)
    )


def join_envs(a: Env, b: Env) -> Env:
    """The kinds after either of two paths; a name bound on one keeps its kind."""
    if a is b:
        return a
    joined = dict(a)
    for name, kind in b.items():
        old = joined.get(name)
        if old is None:
            joined[name] = kind
        elif old is not kind:
            joined[name] = join(old, kind)
    return joined


def _extended(old: Kind, value: Kind) -> Kind:
    """The kind of a list after `old += value`."""
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
    gast.FunctionDef: Interpreter._function_def,
}
