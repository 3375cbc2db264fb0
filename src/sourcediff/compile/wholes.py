"""Which structures have one cotangent as a whole, not one for each part."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.effects import CONTAINER_METHODS, root, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import UNKNOWN, Array, Dict, List, Sequence
from sourcediff.transform.access import static_key
from sourcediff.trees import walk


def whole_structures(facts: Facts) -> frozenset[str]:
    """Structures that are reached by computed keys or that change their length."""
    found: set[str] = set()
    body = facts.program.node.body
    for statement in walk_statements(body):
        for key, kind in facts.environment(statement).items():
            if isinstance(kind, List):
                found.add(key)
        for node in walk(statement):
            found |= _reached_as_a_whole(node, facts, statement)
    return frozenset(_with_aliases(found, body))


def _with_aliases(names: set[str], body: list[Any]) -> set[str]:
    """Names, and those that are plainly bound to them or they to."""
    pairs = [
        {s.targets[0].id, s.value.id}
        for s in walk_statements(body)
        if isinstance(s, gast.Assign)
        and isinstance(s.targets[0], gast.Name)
        and isinstance(s.value, gast.Name)
    ]
    found = set(names)
    while any(pair & found and not pair <= found for pair in pairs):
        found = found.union(*(pair for pair in pairs if pair & found))
    return found


def _reached_as_a_whole(node: Any, facts: Facts, statement: Any) -> set[str]:
    match node:
        case gast.Name(id=identifier):
            is_list = isinstance(facts.kind_of(node), List)
            return {identifier} if is_list else set()
        case gast.Subscript(value=value, slice=key):
            kind = facts.kind_of(value)
            if kind is UNKNOWN and isinstance(value, gast.Name):
                kind = facts.environment(statement).get(value.id, kind)
            container = isinstance(kind, Sequence | Dict | List)
            if container and static_key(key) is None:
                return {root(value) or ""}
        case gast.Call(func=gast.Attribute(value=value, attr=attr)):
            kind = facts.kind_of(value)
            changes = attr in CONTAINER_METHODS and not isinstance(kind, Array)
            if changes and root(value) is not None:
                return {root(value) or ""}
    return set()
