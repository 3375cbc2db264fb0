"""Parts of containers that are integers first and something that moves later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import (
    Array,
    Dict,
    Kind,
    Record,
    Scalar,
    is_differentiable,
    parts_of,
    scalar_of,
)
from sourcediff.transform.access import static_key


def key_of(node: Any) -> Any:
    """The key of `d["k"]`, the name of the attribute of `o.k`, or None."""
    return node.attr if isinstance(node, gast.Attribute) else static_key(node.slice)


def integers_replaced(facts: Facts) -> frozenset[Any]:
    """The keys and attributes of integers that make way for what may move.

    An integer has None for a tangent, which has to count as a zero where it is read.
    """
    statements = list(walk_statements(facts.program.node.body))
    replaced = set(_stored(statements, facts))
    if not replaced:
        return frozenset()
    found = {
        key
        for statement in statements
        for kind in facts.environment(statement).values()
        for key in _integers(kind)
    }
    return frozenset(found if None in replaced else found & replaced)


def _stored(statements: list[Any], facts: Facts) -> Iterator[Any]:
    """Under which keys and attributes something is stored; None for computed keys."""
    for statement in statements:
        match statement:
            case (
                gast.Assign(
                    targets=[gast.Subscript() | gast.Attribute() as to], value=value
                )
                | gast.AugAssign(
                    target=gast.Subscript() | gast.Attribute() as to, value=value
                )
            ):
                is_array = isinstance(facts.kind_of(to.value), Array)
                if not is_array and is_differentiable(facts.kind_of(value)):
                    yield key_of(to)


def _integers(kind: Kind) -> Iterator[Any]:
    """The keys and attributes of the integers in a structure."""
    pairs: tuple[tuple[Any, Kind], ...] = ()
    if isinstance(kind, Dict):
        pairs = kind.items
    elif isinstance(kind, Record):
        pairs = kind.fields
    for key, part in pairs:
        number = scalar_of(part)
        if isinstance(number, Scalar) and not is_differentiable(number):
            yield key
    for part in parts_of(kind):
        yield from _integers(part)
