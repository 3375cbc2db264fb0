"""Parameters that are bound again, told apart from the caller's memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gast

from sourcediff.analysis.effects import bindings, walk_statements
from sourcediff.ir import Program
from sourcediff.transform.build import assign, at, clone, name
from sourcediff.trees import walk


def separated(program: Program, written: frozenset[str]) -> Program:
    """A program in which written parameters keep standing for what the caller passed.

    One that is bound again becomes a local variable of another name, so that its own
    name is still that of the memory whose contents the caller sees.
    """
    rebound = sorted(_rebound(program.node.body) & written)
    if not rebound:
        return program
    node = clone(program.node)
    taken = {n.id for n in walk(node) if isinstance(n, gast.Name)}
    for parameter in rebound:
        local = _fresh(f"{parameter}_local", taken)
        taken.add(local)
        for statement in node.body:
            for part in walk(statement):
                if isinstance(part, gast.Name) and part.id == parameter:
                    part.id = local
        first = node.body[0]
        node.body = [*at(first, [assign(local, name(parameter))]), *node.body]
    return replace(program, node=node)


def _rebound(body: list[Any]) -> set[str]:
    """The names that statements bind anew; `a += b` may be in place."""
    return {name for statement in _plain(body) for name in bindings(statement)}


def _plain(body: list[Any]) -> Iterator[Any]:
    return (s for s in walk_statements(body) if not isinstance(s, gast.AugAssign))


def _fresh(wish: str, taken: set[str]) -> str:
    number, candidate = 1, wish
    while candidate in taken:
        number += 1
        candidate = f"{wish}{number}"
    return candidate
