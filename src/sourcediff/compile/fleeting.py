"""Reads of containers that change in ways which the reverse sweep does not undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from sourcediff.analysis.effects import own_nodes, root
from sourcediff.analysis.inference import KindFacts
from sourcediff.kinds import Array, Dict, List, Scalar, Sequence, Unknown, scalar_of

#: Methods that change a container; of lists those that are undone are left out.
_CHANGING = frozenset(
    {
        *("remove", "sort", "reverse", "clear", "popitem", "update", "setdefault"),
        *("add", "discard", "appendleft", "popleft", "extendleft", "rotate"),
        *("difference_update", "intersection_update", "symmetric_difference_update"),
    }
)
_UNDONE_FOR_LISTS = frozenset({"append", "extend", "insert", "pop"})


def fleeting_reads(calls: Mapping[Any, list[Any]], kinds: KindFacts) -> set[Any]:
    """The expressions `len(p)` and `p[i]` of containers `p` that change like that.

    What they give is to have a name, for it cannot be read again later. `calls` are
    those of each statement.
    """
    changed = {name for s, own in calls.items() for name in _changed(s, own, kinds)}
    if not changed:
        return set()
    changed |= _also_named(list(calls), changed)
    return {
        node
        for statement in calls
        for node in own_nodes(statement)
        if _read_of(node, kinds) in changed
    }


def _changed(statement: Any, calls: list[Any], kinds: KindFacts) -> list[str]:
    """The names of containers that a statement changes."""
    found = []
    match statement:
        case gast.AugAssign(target=gast.Name(id=name) as to):
            kind = scalar_of(kinds.before(statement).get(name, kinds.of(to)))
            found += [] if isinstance(kind, Array | Scalar) else [name]
        case gast.Assign(targets=[gast.Subscript(value=held)]):
            new_key = isinstance(kinds.of(held), Dict | Unknown)
            found += [root(held) or ""] if new_key else []
    for node in calls:
        match node:
            case gast.Call(func=gast.Attribute(value=held, attr=attr)):
                kind = kinds.of(held)
                undone = attr in _UNDONE_FOR_LISTS and isinstance(kind, List | Sequence)
                changes = attr in _CHANGING or (
                    attr in _UNDONE_FOR_LISTS and not undone
                )
                if changes and not isinstance(kind, Array):
                    found.append(root(held) or "")
    return found


def _also_named(statements: list[Any], names: set[str]) -> set[str]:
    """The names that are bound to what one of the given names stands for."""
    found = set(names)
    pairs = [
        (s.targets[0].id, s.value.id)
        for s in statements
        if isinstance(s, gast.Assign)
        and isinstance(s.targets[0], gast.Name)
        and isinstance(s.value, gast.Name)
    ]
    for _ in pairs:
        found |= {n for pair in pairs if found & {*pair} for n in pair}
    return found - names


def _read_of(node: Any, kinds: KindFacts) -> str | None:
    """The name of the container of which an expression reads a number, or None."""
    match node:
        case gast.Call(func=gast.Name(id="len"), args=[held]):
            return None if isinstance(kinds.of(held), Array) else root(held)
        case gast.Subscript(value=held, ctx=gast.Load()):
            kind = scalar_of(kinds.of(node))
            is_part = not isinstance(kinds.of(held), Array)
            return (
                root(held) if is_part and isinstance(kind, Scalar | Unknown) else None
            )
        case _:
            return None
