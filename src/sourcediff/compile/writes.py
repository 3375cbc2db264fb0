"""Whose memory a program writes into, and which arguments it returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from sourcediff.analysis.effects import CONTAINER_METHODS, root, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.compile.analyse import Names
from sourcediff.ir import Program
from sourcediff.kinds import Array, Dict, List, Record, Sequence


def written_names(facts: Facts) -> Names:
    """The names whose memory the statements of a program may write into.

    `x@` is the memory that was given for the parameter `x`.
    """
    found: set[str] = set()
    for statement in walk_statements(facts.program.node.body):
        targets = list(facts.stores(statement))
        for node in facts.calls[getattr(statement, "value", None)]:
            function = node.func
            if isinstance(function, gast.Attribute) and (
                function.attr in CONTAINER_METHODS
            ):
                targets.append(function.value)
        for target in targets:
            found |= _reached(target, statement, facts)
    return frozenset(found)


def _reached(target: Any, statement: Any, facts: Facts) -> set[str]:
    """The names whose memory a store may change."""
    base = root(target)
    if base is None:
        return set()
    partners = facts.aliases.partners(statement, base)
    kinds = facts.environment(statement)
    if isinstance(target, gast.Attribute | gast.Subscript) and isinstance(
        facts.kind_of(target.value), Record | Dict | List | Sequence
    ):
        # A store into a container leaves the arrays in it as they are.
        partners = frozenset(n for n in partners if not isinstance(kinds.get(n), Array))
    return {base} | partners


def written_parameters(facts: Facts) -> list[str]:
    """The parameters whose memory a program's statements may write into, in order."""
    found = given_parameters(written_names(facts), facts.program)
    return [p for p in facts.program.parameters if p in found]


def given_parameters(names: Iterable[str], program: Program) -> Names:
    """The parameters whose memory, as it was given, is among that of names."""
    found = set(names)
    return frozenset(p for p in program.parameters if f"{p}@" in found)


def returned_parameters(facts: Facts) -> Names:
    """The parameters whose memory the result of a function may share."""
    found: set[str] = set()
    for statement in walk_statements(facts.program.node.body):
        if isinstance(statement, gast.Return) and statement.value is not None:
            for name in facts.aliases.sources(statement.value):
                found |= {name} | facts.aliases.partners(statement, name)
    return given_parameters(found, facts.program)
