"""Views that cannot be written into are made anew where what they show is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gast

from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import (
    Bindings,
    blocks,
    expressions,
    root,
    stored_parts,
    walk_statements,
)
from sourcediff.analysis.inference import KindFacts
from sourcediff.analysis.liveness import Liveness
from sourcediff.analysis.sharing import Sharing, sharing
from sourcediff.ir import Program
from sourcediff.kinds import Array
from sourcediff.transform.build import assign, at, clone, names_in
from sourcediff.trees import walk


def make_views_anew(
    program: Program, kinds: KindFacts, writes: Callable[[Any], bool]
) -> bool:
    """Repeat `d = np.diagonal(a)` after each write into `a` that `d` is to show.

    Elements of such a view overlap, or cannot be written into, so its cotangent is no
    view of another one. Made again, it is the same view, and each of them is read from
    before the next write. `writes` says of a call whether it may write into what it is
    given. The tree is the caller's to change; the answer is whether it was.
    """
    body = program.node.body
    made = {s.targets[0].id: s for s in walk_statements(body) if _shows(s, kinds)}
    if not made:
        return False
    bindings = Bindings()
    order = {s: i for i, s in enumerate(walk_statements(body))}
    last = {n: i for s, i in order.items() for n in _bound(s, kinds, bindings)}
    first = {n: i for s, i in reversed(order.items()) for n in bindings[s]}
    fixed = {
        name: statement
        for name, statement in made.items()
        if first[name] == last[name] and name not in program.parameters
        if all(last.get(n, -1) < last[name] for n in names_in(statement.value))
    }
    aliases = Aliases(body, kinds.of, kinds.callee, lambda _: None, program.parameters)
    live = Liveness(body, frozenset(), bindings)
    changed = False

    def after(statement: Any, reached: frozenset[str]) -> list[Any]:
        written = set(written_by(statement, kinds, writes))
        seen = written.union(*(aliases.partners(statement, n) for n in written))
        again = sorted(seen & reached & live.after(statement))
        return [assign(n, clone(fixed[n].value)) for n in again]

    def block(statements: list[Any], reached: frozenset[str]) -> None:
        nonlocal changed
        for statement in list(statements):
            inside = blocks(statement)
            for inner in inside:
                block(inner, reached)
            made = after(statement, reached) if not inside else []
            if made:
                index = statements.index(statement) + 1
                statements[index:index] = at(statement, made)
                changed = True
            reached |= {n for n in bindings[statement] if fixed.get(n) is statement}

    block(body, frozenset())
    return changed


def _shows(statement: Any, kinds: KindFacts) -> bool:
    """Whether a statement gives a name to a view that has no cotangent of its own."""
    match statement:
        case gast.Assign(targets=[gast.Name()], value=gast.Call() as call):
            return sharing(call, kinds.of, kinds.callee) is Sharing.ONTO
        case _:
            return False


def _bound(statement: Any, kinds: KindFacts, bindings: Bindings) -> Iterator[str]:
    """The names that a statement binds; arrays are not by `a += b`."""
    if isinstance(statement, gast.AugAssign) and isinstance(
        kinds.of(statement.target), Array
    ):
        return
    yield from bindings[statement]


def written_by(
    statement: Any, kinds: KindFacts, writes: Callable[[Any], bool]
) -> Iterator[str]:
    """The names through which a statement may write into memory."""
    stored: list[Any] = []
    match statement:
        case gast.Assign(targets=targets):
            stored = [t for target in targets for t in stored_parts(target)]
        case gast.AugAssign(target=gast.Name() as target):
            stored = [target] if isinstance(kinds.of(target), Array) else []
        case gast.AugAssign(target=target):
            stored = [target]
    for expression in expressions(statement):
        for node in walk(expression):
            if isinstance(node, gast.Call) and writes(node):
                given = [*node.args, *(k.value for k in node.keywords)]
                if isinstance(node.func, gast.Attribute):
                    given.append(node.func.value)
                stored += [n for g in given for n in walk(g)]
    yield from dict.fromkeys(filter(None, map(root, stored)))
