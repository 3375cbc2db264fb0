"""Ternaries and `and`/`or` that choose a value, written as `if` statements."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build


def choose(node: Any, name: str) -> Any:
    """`name = a if test else b` as an `if` with an assignment on each side."""
    return build.if_(
        node.test, [build.assign(name, node.body)], [build.assign(name, node.orelse)]
    )


def choose_first(node: Any, name: str) -> list[Any]:
    """`name = a or b` (or `and`) as nested tests of the values so far."""
    first, *others = node.values
    block = [build.assign(name, first)]
    if others:
        test = build.load(name)
        if isinstance(node.op, gast.Or):
            test = build.negate(test)
        rest = gast.BoolOp(node.op, others)
        block.append(build.if_(test, choose_first(rest, name)))
    return block
