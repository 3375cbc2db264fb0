"""Whether a generator may run to its end before the loop that consumes it begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.analysis.effects import (
    bindings,
    expressions,
    root,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.compile.refusals import problem
from sourcediff.compile.unread import writes_nothing
from sourcediff.errors import Problem
from sourcediff.front.purity import MUTATING_METHODS
from sourcediff.runtime.door import Listed
from sourcediff.trees import walk


def interleaved(facts: Facts) -> Iterator[Problem]:
    """The generators that take turns with what consumes them.

    They change something, or something is written that they may read.
    """
    for statement in walk_statements(facts.program.node.body):
        node = getattr(statement, "value", None)
        function = facts.callee(node) if isinstance(node, gast.Call) else None
        if not isinstance(function, Listed) or not function.in_between:
            continue
        if not writes_nothing(function.function, at_all=True):
            cause = f"{function.__name__} changes something between its values"
            yield problem(facts, node, cause)
        elif _is_written(node, statement, facts):
            cause = f"what {function.__name__} reads is written into"
            yield problem(facts, node, cause)


def _is_written(node: Any, statement: Any, facts: Facts) -> bool:
    """Whether anything that a call is given, or what it yields, is written into."""
    aliases = facts.aliases
    given = [*node.args, *(k.value for k in node.keywords)]
    names = {name for part in given for name in aliases.sources(part)}
    names |= {t.id for t in statement.targets if isinstance(t, gast.Name)}
    partners = names.union(*(aliases.groups.get(name, frozenset()) for name in names))
    statements = list(walk_statements(facts.program.node.body))
    stored = {root(target) for other in statements for target in facts.stores(other)}
    if not partners.isdisjoint(stored):
        return True
    bound = _bound_to(names, partners, statements, facts)
    return any(
        root(held) in (bound if isinstance(held, gast.Name) else partners)
        for other in statements
        for held in _changed(other)
    )


def _changed(statement: Any) -> Iterator[Any]:
    """The containers that methods called in a statement change."""
    for expression in expressions(statement):
        for node in walk(expression):
            match node:
                case gast.Call(func=gast.Attribute(value=held, attr=attr)) if (
                    attr in MUTATING_METHODS
                ):
                    yield held


def _bound_to(
    names: set[str], partners: set[str], statements: list[Any], facts: Facts
) -> set[str]:
    """The names that may stand for the same objects as given ones, or for parts.

    Lists that these were appended to, as `partners` may be, are others; what is taken
    out of them is not.
    """
    found, known = set(names), 0
    assignments = [s for s in statements if isinstance(s, gast.Assign)]
    while known < (known := len(found)):
        for statement in assignments:
            sources = facts.aliases.sources(statement.value)
            if isinstance(statement.value, gast.Name):
                link = {*bindings(statement), *sources}
                found |= link if not link.isdisjoint(found) else set()
            elif not sources.isdisjoint(found | partners):
                found |= set(bindings(statement))
    return found
