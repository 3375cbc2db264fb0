"""Containers that change, and the names that may stand for one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gast

from sourcediff.analysis.containers import contains
from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    root,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import (
    Array,
    Kind,
    Scalar,
    Static,
    is_differentiable,
    scalar_of,
)


def resized_groups(
    facts: Facts, body: list[Any], definitions: Mapping[str, list[Any]]
) -> Iterator[tuple[Any, frozenset[str]]]:
    """The statements that change a container's length which several names stand for.

    What a container holds does not change with it, so only names that may be the
    container itself, or hold it, count.
    """
    for statement in walk_statements(body):
        changed = _changed_by_method(statement, facts)
        base = root(changed)
        if base is None:
            continue
        live = facts.liveness.after(statement)
        kinds = facts.environment(statement)
        partners = {
            n
            for n in facts.aliases.partners(statement, base) & live
            if _may_hold(kinds.get(n), facts.kind_of(changed))
        }
        if not partners:
            continue
        group = (partners & _standing_for(facts, base, definitions)) | {base}
        useful = facts.activity.names(statement) | facts.activity.useful_after(
            statement
        )
        if len(group) > 1 and group & useful:
            yield statement, frozenset(group)


def _changed_by_method(statement: Any, facts: Facts) -> Any:
    """The container of which a statement calls a method that changes it."""
    match statement:
        case (
            gast.Expr(value=gast.Call(func=gast.Attribute(value=base, attr=attr)))
            | gast.Assign(value=gast.Call(func=gast.Attribute(value=base, attr=attr)))
        ):
            if attr in CONTAINER_METHODS and _is_container(facts.kind_of(base)):
                return base
    return None


def _may_hold(kind: Kind | None, container: Kind) -> bool:
    """Whether a value may be a container, or hold it."""
    return kind is not None and _is_container(kind) and contains(kind, container)


def _is_container(kind: Kind | None) -> bool:
    return (
        kind is not None
        and not isinstance(scalar_of(kind), Array | Scalar | Static)
        and is_differentiable(kind)
    )


#: How what a name stands for is related to a container: it is it, or it holds it.
IS, HOLDS = 0, 1
Levels = frozenset[int]
NEITHER: Levels = frozenset()
EITHER: Levels = frozenset((IS, HOLDS))

#: How the value of an expression is made of that of a name.
_METHODS_FOR_PARTS = ("pop", "get", "setdefault", "popleft")
_COPIES = ("list", "tuple", "sorted", "copy", "dict")


def _standing_for(
    facts: Facts, base: str, definitions: Mapping[str, list[Any]]
) -> set[str]:
    """The names that may stand for the container `base`, or hold it."""
    edges = [
        (name, source, way)
        for name, values in definitions.items()
        for value in values
        for source, way in _made_of(facts, value)
    ]
    for statement in walk_statements(facts.program.node.body):
        holder = root(_changed_by_method(statement, facts))
        if holder is not None:
            edges += [
                (holder, source, "wrapped")
                for given in statement.value.args
                for source, _ in _made_of(facts, given)
            ]
    above = _closure({base: frozenset((IS,))}, [(n, s, _up, w) for n, s, w in edges])
    return set(_closure(above, [(s, n, _down, w) for n, s, w in edges]))


def _closure(
    levels: dict[str, Levels], edges: list[tuple[str, str, Any, str]]
) -> dict[str, Levels]:
    """What follows along the edges from what is known of some names."""
    found = dict(levels)
    changed = True
    while changed:
        changed = False
        for start, end, rule, way in edges:
            more = rule(found.get(start, NEITHER), way)
            if not more <= found.get(end, NEITHER):
                found[end] = found.get(end, NEITHER) | more
                changed = True
    return found


def _down(levels: Levels, way: str) -> Levels:
    """What a value is to the container, from what the name it is made of is to it."""
    match way:
        case "same":
            return levels
        case "part":
            return EITHER if HOLDS in levels else NEITHER
        case "wrapped":
            return frozenset((HOLDS,)) if levels else NEITHER
        case "copied":
            return frozenset((HOLDS,)) if HOLDS in levels else NEITHER
        case _:
            return EITHER if levels else NEITHER


def _up(levels: Levels, way: str) -> Levels:
    """What a name is to the container, from what a value made of it is to it."""
    match way:
        case "same":
            return levels
        case "part":
            return frozenset((HOLDS,)) if levels else NEITHER
        case "wrapped":
            return EITHER if HOLDS in levels else NEITHER
        case "copied":
            return frozenset((HOLDS,)) if HOLDS in levels else NEITHER
        case _:
            return EITHER if levels else NEITHER


def _made_of(facts: Facts, value: Any) -> Iterator[tuple[str, str]]:
    """The names that an expression is made of, and how."""
    match value:
        case gast.Name(id=name):
            yield name, "same"
        case gast.Subscript(value=inner, slice=gast.Slice()):
            yield from _through(facts, inner, "copied")
        case (
            gast.Subscript(value=inner)
            | gast.Attribute(value=inner)
            | gast.Starred(value=inner)
        ):
            yield from _through(facts, inner, "part")
        case gast.Call(func=gast.Attribute(value=inner, attr=attr)) if (
            attr in _METHODS_FOR_PARTS
        ):
            yield from _through(facts, inner, "part")
        case gast.Call(func=gast.Name(id=name), args=[inner]) if name in _COPIES:
            yield from _through(facts, inner, "copied")
        case gast.IfExp(body=body, orelse=orelse):
            yield from _made_of(facts, body)
            yield from _made_of(facts, orelse)
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            for element in elements:
                yield from _through(facts, element, "wrapped")
        case gast.Dict(values=elements):
            for element in elements:
                yield from _through(facts, element, "wrapped")
        case gast.BinOp(left=left, right=right):
            yield from _through(facts, left, "copied")
            yield from _through(facts, right, "copied")
        case gast.Constant() | None:
            return
        case _:
            yield from ((name, "any") for name in facts.aliases.sources(value))


def _through(facts: Facts, value: Any, way: str) -> Iterator[tuple[str, str]]:
    """The names that part of an expression is made of, one step further."""
    for name, inner in _made_of(facts, value):
        yield name, way if inner == "same" or inner == way == "part" else "any"


def changing_containers(facts: Facts) -> set[str]:
    """The names of structures in which something is replaced."""
    found: set[str] = set()
    for statement in walk_statements(facts.program.node.body):
        match statement:
            case gast.Assign(targets=targets):
                replaced = targets
            case gast.Expr(
                value=gast.Call(func=gast.Attribute(attr=attr) as function)
            ) if attr in CONTAINER_METHODS:
                replaced = [function]
            case _:
                replaced = []
        for target in replaced:
            if not isinstance(target, (gast.Subscript, gast.Attribute)):
                continue
            base = root(target)
            if base is not None and not isinstance(facts.kind_of(target.value), Array):
                found |= {base} | facts.aliases.partners(statement, base)
    return found


__all__ = ["changing_containers", "resized_groups"]
