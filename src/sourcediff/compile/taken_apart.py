"""Tuples that are made to be unpacked once, as what a callee keeps for its adjoint."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, walk_statements
from sourcediff.transform.build import assign, at, names_in
from sourcediff.trees import walk


def take_apart(tree: Any) -> None:
    r"""Write `x = a` and `y = b` for `t = (a, b)` and `x, y = t` of one block.

    Through the tuple, whatever is in it would seem to share memory with all else that
    is. The tree is the caller's to change.

    >>> tree = gast.parse("def f(a, b):\n t = a, b\n a = 1\n x, y = t").body[0]
    >>> take_apart(tree)
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    def f(a, b):
        x = a
        y = b
        a = 1
    """
    if any(map(_unpacks, walk_statements(tree.body))):
        mentioned = Counter(n.id for n in walk(tree) if isinstance(n, gast.Name))
        _block(tree.body, mentioned)


def _unpacks(statement: Any) -> bool:
    """Whether a statement is `x, y = t`."""
    match statement:
        case gast.Assign(targets=[gast.Tuple()], value=gast.Name()):
            return True
        case _:
            return False


def _block(body: list[Any], mentioned: Counter[str]) -> None:
    out: list[Any] = []
    for statement in body:
        for inner in blocks(statement):
            _block(inner, mentioned)
        place = _display_of(statement, out, mentioned)
        if place is None:
            out.append(statement)
            continue
        made = out[place]
        pairs = zip(statement.targets[0].elts, made.value.elts, strict=True)
        out[place : place + 1] = at(made, [assign(to.id, value) for to, value in pairs])
    body[:] = out


def _display_of(
    statement: Any, before: list[Any], mentioned: Counter[str]
) -> int | None:
    """Where the tuple is made that a statement unpacks, if nobody else reads it.

    Nor are the names that its parts get of use before.
    """
    match statement:
        case gast.Assign(
            targets=[gast.Tuple(elts=targets)], value=gast.Name(id=whole)
        ) if mentioned[whole] == 2 and _are_names(targets):
            names = {to.id for to in targets}
        case _:
            return None
    for place in reversed(range(len(before))):
        match before[place]:
            case gast.Assign(
                targets=[gast.Name(id=to)], value=gast.Tuple(elts=elements)
            ) if to == whole:
                return place if _fits(elements, targets) else None
            case other if names & set(names_in(other)):
                return None
    return None


def _fits(elements: list[Any], targets: list[Any]) -> bool:
    """Whether parts of a display and the names they get are as many, and all others."""
    if len(elements) != len(targets) or not _are_names(elements):
        return False
    names = {to.id for to in targets}
    return len(names) == len(targets) and names.isdisjoint(e.id for e in elements)


def _are_names(nodes: list[Any]) -> bool:
    return all(isinstance(node, gast.Name) for node in nodes)
