"""A statement and its tangents, in an order in which each reads what it must."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import gast

from sourcediff.transform.build import assign, at, names_in
from sourcediff.transform.pull import Pull
from sourcediff.transform.shadows import PRIME
from sourcediff.transform.writing import ReadsBoth
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.forward import Forward
    from sourcediff.transform.push import Push


def built(forward: Forward, build: Callable[[bool], list[Any]]) -> list[Any]:
    """Build a tangent that reads the statement's result, or else one that does not."""
    names, dots = forward.names.snapshot(), dict(forward.dots)
    declared = dict(forward.declared)
    try:
        return build(True)
    except ReadsBoth:
        forward.names.restore(names)
        forward.dots.clear()
        forward.dots.update(dots)
        forward.declared.clear()
        forward.declared.update(declared)
        return build(False)


def placed(
    statement: Any, push: Push, made: list[Any], changed: Iterable[str] = ()
) -> list[Any]:
    """Named values, then the tangents, then the statement.

    Tangents that read the statement's result come after it; that fails where they also
    read one of the `changed` names as it was before.
    """
    made = [*push.prelude, *made]
    count = len(made)
    for index, tangent in enumerate(made):
        if any(n.endswith(PRIME) for n in names_in(tangent)):
            count = index
            break
    before, after = made[:count], made[count:]
    for tangent in after:
        if set(changed) & set(names_in(tangent)):
            raise ReadsBoth
        for node in walk(tangent):
            if isinstance(node, gast.Name):
                node.id = node.id.rstrip(PRIME)
    named = hoisted(push.values)
    primal = push.values.rebuilt(statement) if push.values.hoisted else statement
    return [*at(statement, named), *before, primal, *after]


def hoisted(values: Pull) -> list[Any]:
    """Assignments to the names of subexpressions, innermost first."""
    order = list(values.hoisted)

    def depth(node: Any) -> tuple[int, int]:
        inside = sum(1 for child in walk(node) if child in values.hoisted)
        return inside, order.index(node)

    out = []
    for node in sorted(order, key=depth):
        identifier = values.hoisted.pop(node)
        out.append(assign(identifier, values.rebuilt(node)))
        values.hoisted[node] = identifier
    return out
