"""Where a value lives: a variable, a part of a structure, elements of an array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import UNKNOWN, Dict, Kind, List, Record, Sequence, Unknown
from sourcediff.transform.build import attribute, const, loaded, name, same, subscript
from sourcediff.transform.names import Place

#: A step of a place through an attribute, told apart from a key.


class Field(str):
    """The name of an attribute in a place, where plain objects are keys."""

    __slots__ = ()


@dataclass(frozen=True)
class Access:
    """`place` and the subscripts that follow it."""

    place: Place
    keys: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Wholes:
    """The places of structures that have one cotangent as a whole, not one per part.

    What lies in such a structure is in it, too.
    """

    places: frozenset[Place] = frozenset()

    def __contains__(self, place: Place) -> bool:
        """Whether a place is such a structure, or lies in one."""
        return any(place[:length] in self.places for length in range(1, len(place) + 1))


NO_WHOLES = Wholes()


def static_key(node: Any) -> Any:
    """The value of a constant key, or None."""
    match node:
        case gast.Constant(value=value):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int(value))):
            return -value
        case gast.Tuple(elts=elements) if elements and all(
            isinstance(e, gast.Constant) for e in elements
        ):
            return tuple(e.value for e in elements)
        case _:
            return None


def locate(
    node: Any, kind_of: Callable[[Any], Kind], whole: Wholes = NO_WHOLES
) -> Access | None:
    """The place that an expression reads, or None where it computes a value.

    Structures in `whole` have a cotangent that is one structure, too.
    """
    match node:
        case gast.Name(id=identifier):
            return Access((identifier,))
        case gast.Subscript(value=value, slice=key):
            base = locate(value, kind_of, whole)
            if base is None:
                return None
            step = _step(kind_of(value), key)
            if step is not None and not base.keys and base.place not in whole:
                return Access((*base.place, step))
            return Access(base.place, (*base.keys, key))
        case gast.Attribute(value=value, attr=attr) if isinstance(
            kind_of(value), Record
        ):
            base = locate(value, kind_of, whole)
            if base is None or base.keys or base.place[0] in whole:
                return None
            return Access((*base.place, Field(attr)))
        case _:
            return None


def _step(kind: Kind, key: Any) -> Any:
    value = static_key(key)
    match kind:
        case Sequence(items=items) if isinstance(value, int):
            return value % len(items) if -len(items) <= value < len(items) else None
        case Dict() if value is not None:
            return value  # a key that is not there yet, too: a store adds it
        case Record(type=cls, fields=fields) if isinstance(value, int) and issubclass(
            cls, tuple
        ):
            return Field(fields[value][0]) if value < len(fields) else None
        case _:
            return None


def may_be_new(to: Any, statement: Any, facts: Facts) -> bool:
    """Whether the target of a store may be a key that a dict does not have yet."""
    if not isinstance(to, gast.Subscript):
        return False
    kind = facts.kind_of(to.value)
    if isinstance(to.value, gast.Name):
        kind = facts.environment(statement).get(to.value.id, kind)
    if isinstance(kind, Unknown) and _is_written_out(to.value, facts):
        return True
    return isinstance(kind, Dict | Unknown) and static_key(to.slice) is None


def _is_written_out(holder: Any, facts: Facts) -> bool:
    """Whether a dict is bound to a name, or to a part of it, by its entries."""
    return any(
        isinstance(s, gast.Assign)
        and isinstance(s.value, gast.Dict)
        and any(same(holder, loaded(target)) for target in s.targets)
        for s in walk_statements(facts.program.node.body)
    )


def kind_at(place: Place, env: Callable[[str], Kind]) -> Kind | None:
    """The kind of a place."""
    kind: Kind | None = env(place[0])
    for step in place[1:]:
        match kind:
            case Sequence(items=items) if isinstance(step, int) and step < len(items):
                kind = items[step]
            case Dict() | Record():
                kind = kind.get(step)
            case _:
                return None
    return kind


def kind_before(
    target: Any, kind_of: Callable[[Any], Kind], env: Mapping[str, Kind]
) -> Kind | None:
    """What is known of what a target holds, by what is known of names; None: nothing.

    A target's own kind is that of what it holds afterwards.
    """
    access = locate(target, kind_of)
    if access is None or access.keys:
        return None
    return kind_at(access.place, lambda name: env.get(name, UNKNOWN))


def leaves(place: Place, kind: Kind, whole: Wholes = NO_WHOLES) -> Iterator[Place]:
    """The parts of a structure that have cotangents of their own."""
    if place in whole:
        yield place
        return
    match kind:
        case Sequence(items=items):
            for index, item in enumerate(items):
                yield from leaves((*place, index), item, whole)
        case Dict(items=pairs):
            for key, item in pairs:
                yield from leaves((*place, key), item, whole)
        case Record(fields=pairs):
            for key, item in pairs:
                yield from leaves((*place, Field(key)), item, whole)
        case _:
            yield place


def items_of(kind: Kind) -> list[tuple[Any, Kind]]:
    """The steps to the direct parts of a structure, and the kinds of the parts."""
    match kind:
        case Sequence(items=items):
            return list(enumerate(items))
        case Dict(items=pairs):
            return list(pairs)
        case Record(fields=pairs):
            return [(Field(key), item) for key, item in pairs]
        case _:
            return []


def value_of(place: Place) -> Any:
    """The expression that reads a place."""
    node = name(place[0])
    for step in place[1:]:
        node = part_of(node, step)
    return node


def part_of(node: Any, step: Any) -> Any:
    """The expression that reads one part of a structure."""
    if isinstance(step, Field):
        return attribute(node, str(step))
    return subscript(node, const(step))


def is_structure(kind: Kind | None) -> bool:
    """Whether a value of this kind has parts that are known one by one."""
    return isinstance(kind, (Sequence, Dict, Record))


def is_pop(node: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether an expression takes the last element off a list."""
    match node:
        case gast.Call(func=gast.Attribute(value=base, attr="pop"), args=[]):
            kind = kind_of(base)
            return isinstance(kind, List) or (
                isinstance(kind, Sequence) and kind.type is list
            )
        case _:
            return False
