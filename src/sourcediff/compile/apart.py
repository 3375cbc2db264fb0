"""Results that take the name of an argument which their call writes into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, bound_names, root
from sourcediff.analysis.inference import KindFacts
from sourcediff.compile.callees import is_users
from sourcediff.compile.unused import Unused
from sourcediff.ir import Program
from sourcediff.transform.build import assign, at, name
from sourcediff.trees import walk


def name_results(
    program: Program, kinds: KindFacts, is_pure: Callable[[Any], bool]
) -> bool:
    """Replace `u = step(u)` by `u2 = step(u)` and `u = u2` where `step` may write.

    For `u` has a cotangent before the call and another one after it, and the call's
    backward function takes both. The tree is the caller's to change; the answer is
    whether it was.
    """
    unused = Unused(program)

    def block(body: list[Any]) -> bool:
        changed = False
        for index in reversed(range(len(body))):
            for inner in blocks(body[index]):
                changed |= block(inner)
            clashing = _clashing(body[index], kinds, is_pure)
            if clashing:
                after = _renamed(body[index], {n: unused(n) for n in clashing})
                body[index + 1 : index + 1] = at(body[index], after)
                changed = True
        return changed

    return block(program.node.body)


def _clashing(
    statement: Any, kinds: KindFacts, is_pure: Callable[[Any], bool]
) -> list[str]:
    """The names that a statement binds to results of a call that may write them."""
    match statement:
        case gast.Assign(targets=[gast.Name() | gast.Tuple() as to], value=call) if (
            isinstance(call, gast.Call)
        ):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            names = {root(node) for node in given}
            clashing = [n for n in dict.fromkeys(bound_names(to)) if n in names]
        case _:
            return []
    if not clashing or not is_users(kinds.callee(call)) or is_pure(call):
        return []
    return clashing


def _renamed(statement: Any, others: dict[str, str]) -> list[Any]:
    """Give what a statement binds other names; what binds the names after it."""
    for node in walk(statement.targets[0]):
        if isinstance(node, gast.Name) and node.id in others:
            node.id = others[node.id]
    return [assign(old, name(new)) for old, new in others.items()]
