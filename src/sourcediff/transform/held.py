"""Containers that change, and the names that may stand for one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gast

from sourcediff.analysis.alias import makes_list
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
    parts_of,
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


def _standing_for(
    facts: Facts, base: str, definitions: Mapping[str, list[Any]]
) -> set[str]:
    """The names that may stand for one container with `base`, or hold it.

    What is put into that container itself does not hold it.
    """
    edges: list[tuple[str, str]] = []
    for name, values in definitions.items():
        for value in values:
            if not _is_apart(facts, value):
                edges += [(name, source) for source in _holders(facts, value)]
    for statement in walk_statements(facts.program.node.body):
        changed = _changed_by_method(statement, facts)
        holder = root(changed)
        if holder not in (None, base):
            for given in statement.value.args:
                edges += [(holder, source) for source in _holders(facts, given)]
    found, waiting = {base}, [base]
    while waiting:
        name = waiting.pop()
        for pair in edges:
            if name in pair:
                waiting += [n for n in pair if n not in found]
                found.update(pair)
    return found


def _holders(facts: Facts, value: Any) -> frozenset[str]:
    """The names through which a value may be a container, or hold one."""
    known = isinstance(value, gast.Starred) or _is_container(facts.kind_of(value))
    return facts.aliases.sources(value) if known else frozenset()


def _is_apart(facts: Facts, value: Any) -> bool:
    """Whether an expression makes a new list in which no list of before is."""
    parts = parts_of(facts.kind_of(value))
    return makes_list(value) and not any(map(_is_container, parts))


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
            if not isinstance(target, gast.Subscript | gast.Attribute):
                continue
            base = root(target)
            if base is not None and not isinstance(facts.kind_of(target.value), Array):
                found |= {base} | facts.aliases.partners(statement, base)
    return found


__all__ = ["changing_containers", "resized_groups"]
