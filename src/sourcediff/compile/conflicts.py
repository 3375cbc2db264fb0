"""Calls that write what the derivative reads again: variables from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.analysis.effects import expressions, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.compile.callees import is_users
from sourcediff.compile.outside_effects import Followed, Place, meets, own_effects
from sourcediff.compile.refusals import problem
from sourcediff.errors import Problem
from sourcediff.trees import walk


def conflicts(facts: Facts) -> Iterator[Problem]:
    """The calls of a program that write what it, or another call, reads.

    The reverse sweep reads data from outside anew, those of callees as well, and what
    they returned of them, so that nobody may have written into them after the forward
    sweep has read them. Where the program itself does it is known what to save.
    """
    calls = [
        (node, facts.callee(node))
        for statement in walk_statements(facts.program.node.body)
        for node in _own_calls(statement)
        if is_users(facts.callee(node))
    ]
    if not calls:
        return
    followed = Followed()
    done = {node: followed.effects(function) for node, function in calls}
    read_by_pairs = any(done[node].reads for node, _ in calls if node in facts.pairs)
    if not read_by_pairs and not any(effects.writes for effects in done.values()):
        return
    own = own_effects(facts.program)
    by_calls = frozenset[Place]().union(
        *(
            effects.reads if node in facts.pairs else effects.returns
            for node, effects in done.items()
        )
    )
    for node, function in calls:
        place = meets(done[node].writes, own.reads | by_calls)
        if place is None and node in facts.pairs:
            place = meets(own.writes, done[node].reads)
        if place is not None:
            cause = (
                f"{function.__name__} and what is differentiated here share "
                f"{place.label}, which is written; make it an argument"
            )
            yield problem(facts, node, cause)


def _own_calls(statement: Any) -> Iterator[Any]:
    for expression in expressions(statement):
        yield from (n for n in walk(expression) if isinstance(n, gast.Call))
