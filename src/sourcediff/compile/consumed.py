"""Whether a generator may run to its end before the loop that consumes it begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.analysis.effects import root, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.compile.refusals import problem
from sourcediff.compile.unread import writes_nothing
from sourcediff.errors import Problem
from sourcediff.runtime.door import Listed


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
    for name in list(names):
        names |= aliases.groups.get(name, frozenset())
    stored = (
        root(target)
        for other in walk_statements(facts.program.node.body)
        for target in facts.stores(other)
    )
    return not names.isdisjoint(stored)
