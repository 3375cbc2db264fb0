"""Views that are only read from, whose cotangents are written through the view."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import Array, Scalar, Static, scalar_of
from sourcediff.transform.access import Wholes
from sourcediff.transform.build import names_in
from sourcediff.transform.mirror import Entangled
from sourcediff.transform.views import Views, fixed_views
from sourcediff.trees import children


def read_views(
    facts: Facts,
    taken: Views,
    parameters: frozenset[str],
    whole: Wholes,
    written: frozenset[str],
) -> Views:
    """The names `row = x[i]` of which nothing but parts is read afterwards.

    Their cotangents would be zeros with a few parts filled, added to the base at last;
    as views of the base's cotangent they take the parts at once. `taken` are the views
    that the program writes into, `written` all arrays that it writes into.
    """
    body = facts.program.node.body
    made = _rows(facts, body, parameters)
    found: dict[str, tuple[str, Any]] = {}
    if not made:
        return Views()
    for name in sorted(made.keys() - _whole_reads(body)):
        statement = made[name]
        base = _base(statement.value)
        if {name, base} & written or taken.is_shared(name) or taken.is_shared(base):
            continue
        group = [(statement, frozenset({name, base}))]
        try:
            views = fixed_views(
                facts, group, parameters, whole, {name: [statement.value]}
            )
        except Entangled:
            continue
        found.update(views)
    return Views(found)


def _rows(facts: Facts, body: list[Any], parameters: frozenset[str]) -> dict[str, Any]:
    """The statements `row = x[i]` where neither `row` nor `x` is ever bound again.

    Nor does a statement that reads `row` bind the index anew.
    """
    statements = list(walk_statements(body))
    rows: dict[str, Any] = {}
    for statement in statements:
        match statement:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Subscript() as value
            ) if _is_row(facts, value) and facts.is_active(value, statement):
                rows[name] = statement
    if not rows:
        return rows
    bound = list(parameters)
    moved: set[tuple[str, str]] = set()
    for statement in statements:
        targets = facts.bindings[statement]
        bound += targets
        if targets and not isinstance(statement, gast.For):
            moved |= {(t, n) for n in names_in(statement) for t in targets}
    return {
        name: row
        for name, row in rows.items()
        if bound.count(name) == bound.count(_base(row.value)) == 1
        and not any((n, name) in moved for n in names_in(row.value))
    }


def _is_row(facts: Facts, node: Any) -> bool:
    """Whether an expression selects a part of a variable's array by basic indices."""
    while isinstance(node, gast.Subscript):
        kind = facts.kind_of(node.value)
        if not isinstance(kind, Array) or not kind.ndim:
            return False
        keys = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
        if not all(
            isinstance(k, gast.Slice)
            or isinstance(scalar_of(facts.kind_of(k)), Scalar | Static)
            for k in keys
        ):
            return False
        last, node = node, node.value
    kind = facts.kind_of(last)
    return isinstance(node, gast.Name) and isinstance(kind, Array) and bool(kind.ndim)


def _base(node: Any) -> str:
    while isinstance(node, gast.Subscript):
        node = node.value
    return str(node.id)


def _whole_reads(body: list[Any]) -> set[str]:
    """The names that are read otherwise than by subscripts or for their shape."""
    found: set[str] = set()

    def visit(node: Any) -> None:
        match node:
            case gast.Name(id=name):
                if isinstance(node.ctx, gast.Load):
                    found.add(name)
            case gast.Subscript(value=gast.Name(), slice=key):
                visit(key)
            case gast.Attribute(value=gast.Name(), attr="shape" | "size" | "ndim"):
                return
            case _:
                for child in children(node):
                    visit(child)

    for statement in body:
        visit(statement)
    return found


__all__ = ["read_views"]
