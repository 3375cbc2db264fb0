"""Which structures have one cotangent as a whole, not one for each part."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.effects import CONTAINER_METHODS, own_nodes, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import (
    UNSAID,
    Array,
    Dict,
    List,
    Record,
    Sequence,
    is_differentiable,
)
from sourcediff.transform.access import Field, Wholes, static_key
from sourcediff.transform.names import Place

#: What may reach a structure as a whole.
_REACHING = frozenset({gast.Name, gast.Subscript, gast.Call})


def whole_structures(facts: Facts) -> Wholes:
    """Structures that are reached by computed keys or that change their length."""
    found: set[Place] = set()
    body = facts.program.node.body
    for statement in walk_statements(body):
        for key, kind in facts.environment(statement).items():
            if isinstance(kind, List):
                found.add((key,))
        for node in own_nodes(statement):
            if node.__class__ in _REACHING:
                found |= _reached_as_a_whole(node, facts, statement)
    return Wholes(frozenset(_with_aliases(found, body, facts)))


def _with_aliases(places: set[Place], body: list[Any], facts: Facts) -> set[Place]:
    """Places, and those that are plainly bound to them or they to."""
    pairs = [
        (_place(s.targets[0], facts), _place(s.value, facts))
        for s in walk_statements(body)
        if isinstance(s, gast.Assign)
    ]
    both = [(one, other) for one, other in pairs if one and other]
    both = [(one, other) for one, other in both if one[0] != other[0]]
    both += [(other, one) for one, other in both]
    found, waiting = set(places), list(places)
    while waiting:
        place = waiting.pop()
        alike = {
            (*other, *place[len(one) :])
            for one, other in both
            if place[: len(one)] == one
        }
        waiting += alike - found
        found |= alike
    return found


def _place(node: Any, facts: Facts) -> Place | None:
    """The place of a variable, or of an object that is an attribute of another."""
    match node:
        case gast.Name(id=identifier):
            return (identifier,)
        case gast.Attribute(value=value, attr=attr) if isinstance(
            facts.kind_of(value), Record
        ):
            base = _place(value, facts)
            return None if base is None else (*base, Field(attr))
        case _:
            return None


def _outermost(node: Any, facts: Facts) -> set[Place]:
    """The outermost container that a chain of subscripts and attributes goes through.

    The attributes of objects are told apart by name, whatever they hold.
    """
    while isinstance(node, gast.Subscript | gast.Attribute):
        place = _place(node, facts)
        if place is not None:
            return {place}
        node = node.value
    place = _place(node, facts)
    return set() if place is None else {place}


def _reached_as_a_whole(node: Any, facts: Facts, statement: Any) -> set[Place]:
    match node:
        case gast.Name(id=identifier):
            is_list = isinstance(facts.kind_of(node), List)
            return {(identifier,)} if is_list else set()
        case gast.Subscript(value=value, slice=key):
            kind = facts.kind_of(value)
            if isinstance(value, gast.Name) and kind in UNSAID:
                kind = facts.environment(statement).get(value.id, kind)
            container = isinstance(kind, Sequence | Dict | List)
            if container and static_key(key) is None and is_differentiable(kind):
                return _outermost(value, facts)
        case gast.Call(func=gast.Attribute(value=value, attr=attr)):
            kind = facts.kind_of(value)
            if attr in CONTAINER_METHODS and not isinstance(kind, Array):
                return _outermost(value, facts)
    return set()
