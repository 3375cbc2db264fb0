"""Calls of functions that are defined inside the function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gast

from sourcediff.analysis.arithmetic import join_all
from sourcediff.analysis.calls import Arguments, Ask
from sourcediff.analysis.containers import forgotten
from sourcediff.analysis.expressions import Evaluator
from sourcediff.analysis.memory import Env, join_envs, names_in
from sourcediff.analysis.nested import Nested, bound_parameters, scope_of
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, Kind, Static


class NestedCalls(Evaluator):
    """An evaluator that runs the bodies of nested functions."""

    def __init__(
        self, program: Program, environment: Mapping[str, Kind], ask: Ask
    ) -> None:
        super().__init__(program, environment, ask)
        # The kinds of names at the start of statements; what was returned, and then.
        self.starts: dict[Any, Env] = {}
        self.returns: list[tuple[Kind, Env]] = []
        self.breaks: list[list[Env]] = []
        self.continues: list[list[Env]] = []
        self.nested: dict[Any, Nested] = {}
        self.frame: Any = None
        self.escaping: frozenset[str] = frozenset()

    def block(self, body: list[Any]) -> bool:
        """Run statements; False where their end is not reached."""
        raise NotImplementedError

    def define(self, statement: Any) -> bool:
        """Bind the name of a nested function."""
        plain = not statement.decorator_list
        self._define(statement, statement.name in self.escaping)
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
        with self.noting(False):
            return self._run(nested, node, entry)

    def _run(self, nested: Nested, node: Any, entry: Env) -> Kind:
        """Run the body of a nested function from the kinds of names at its start."""
        outer, held = self.env, names_in(node)
        kept = (self.frame, self.returns, self.breaks, self.continues)
        names, visible, changes = self.local_names, self.visible, self.changes
        self.frame, self.returns, self.breaks, self.continues = nested, [], [], []
        self.local_names, self.visible = (
            names | nested.own,
            frozenset(outer) | nested.own,
        )
        self.changes, nested.running = False, True
        self.env = entry
        self.unite((*(nested.own & entry.keys()), *held))
        if isinstance(nested.node, gast.Lambda):
            self.returns.append((self.kind(nested.node.body), self.env))
        elif self.block(nested.node.body):
            self.returns.append((Static(None), self.env))
        results, changed = self.returns, self.changes
        self.frame, self.returns, self.breaks, self.continues = kept
        self.local_names, self.visible = names, visible
        self.changes, nested.running = changes or changed, False
        if not results:
            self.env = outer
            return UNKNOWN
        self.continue_from([env for _, env in results])
        hidden = {n: k for n, k in outer.items() if n in nested.own}
        if changed:
            hidden = {n: forgotten(k) for n, k in hidden.items()}
        self.env = {**{n: self.env[n] for n in outer if n in self.env}, **hidden}
        return join_all([kind for kind, _ in results]) or UNKNOWN

    @contextmanager
    def noting(self, kept: bool) -> Iterator[None]:
        """Keep, or forget, what is noted of the expressions that are evaluated."""
        noted = self.kinds, self.starts, self.callees, self.receivers
        if not kept:
            self.kinds, self.starts = dict(self.kinds), dict(self.starts)
            self.callees, self.receivers = dict(self.callees), dict(self.receivers)
        yield
        self.kinds, self.starts, self.callees, self.receivers = noted
