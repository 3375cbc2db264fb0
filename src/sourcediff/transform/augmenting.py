"""Adjoints of augmented assignments of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import UNKNOWN
from sourcediff.transform.access import (
    Access,
)
from sourcediff.transform.build import (
    at,
    loaded,
)
from sourcediff.transform.pull import Pull
from sourcediff.transform.sweep import Step
from sourcediff.transform.writing import finish
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def augmented_place(
    reverse: Reverse, statement: Any, to: Any, value: Any, access: Access
) -> Step:
    """`x op= v` and `d["k"] op= v` of numbers: an assignment."""
    cotangent = reverse.cotangents.read(access.place)
    if cotangent is None:
        return reverse.place_step(statement, to)
    return reverse.with_result(
        lambda use: _augmented_number(reverse, statement, to, value, access, use)
    )


def _augmented_number(
    reverse: Reverse,
    statement: Any,
    to: Any,
    value: Any,
    access: Access,
    use_result: bool,
) -> Step:
    step = reverse.place_step(statement, to)
    cotangent = reverse.cotangents.read(access.place)
    assert cotangent is not None
    reverse.drop(access.place)
    expression, pull = combined(reverse, statement, to, value)
    if use_result:
        pull.result_text = reverse.primed(loaded(to))
    pull.split = True
    pull.push(expression, cotangent)
    finish(reverse, step, pull, expression, to)
    if pull.hoisted:
        node = gast.AugAssign(to, statement.op, pull.rebuilt(statement.value))
        step.forward[-1] = at(statement, [node])[0]
    return step


def combined(reverse: Reverse, statement: Any, to: Any, value: Any) -> tuple[Any, Pull]:
    """`target op value` as an expression, and a pull that knows its kinds."""
    left = loaded(to)
    expression = gast.BinOp(left, statement.op, value)
    pull = reverse.pull(statement, expression)
    names = reverse.facts.activity.names(statement)
    before = reverse.facts.environment(statement)
    is_name = isinstance(to, gast.Name)
    target_kind = before.get(to.id, UNKNOWN) if is_name else reverse.facts.kind_of(to)
    after = reverse.env.get(to.id, target_kind) if is_name else target_kind
    kinds = {left: target_kind, expression: after}
    for inner, outer in zip(walk(left), walk(to), strict=True):
        kinds.setdefault(inner, reverse.node_kind(outer))
    kind_of, is_active = pull.kind_of, pull.is_active
    left_active = reverse.facts.activity.is_active(to, names)
    pull.kind_of = lambda n: kinds[n] if n in kinds else kind_of(n)
    pull.is_active = lambda n: (
        left_active if n is left else True if n is expression else is_active(n)
    )
    return expression, pull
