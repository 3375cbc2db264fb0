"""The adjoint of lists that are used as stacks: `x = xs.pop()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.transform.access import locate
from sourcediff.transform.build import (
    at,
    clone,
    effect,
    loaded,
    method,
    names_in,
)
from sourcediff.transform.filling import filled
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Step
from sourcediff.transform.viewed import has_cotangent, own_base, require_unseen

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def pop(reverse: Reverse, statement: Any, to: Any, node: Any) -> Step:
    """`x = xs.pop()`: the cotangent of `x` becomes the last one of the list.

    Where nothing flows back to `x`, zeros stand for it in the list.
    """
    base = node.func.value
    access = locate(base, reverse.facts.kind_of, reverse.whole)
    if access is None or access.keys:
        if reverse.facts.is_active(node, statement):
            raise Refused(node, "the list that this is taken off cannot be followed")
        return reverse.assigned(statement, to, node)
    place = access.place
    if place[0] in set(names_in(to)):
        raise Refused(statement, "a list is replaced by one of its elements")
    known = has_cotangent(reverse, place)
    if known:
        own_base(reverse, place)
        step_before = at(statement, reverse.taken())
    else:
        step_before = []
        require_unseen(reverse, statement, place[0])
    step = reverse.assigned(statement, to, node)
    step.post = [*step_before, *step.post, *step.pre]  # the list is still shorter
    step.pre = []
    bar = reverse.cotangents.bar(place)
    if known and not any(_appends(s, bar) for s in step.post):
        kind = reverse.facts.kind_of(node)
        zero = filled(reverse.pull(statement), None, kind, loaded(to))
        reverse.cotangents.append_to(place, zero, kind)
        step.post += at(statement, reverse.taken())
    if isinstance(to, gast.Name | gast.Tuple):  # a store may convert what it is given
        step.undo = [effect(method(clone(base), "append", loaded(to)))]
    step.appended = base
    return step


def _appends(statement: Any, bar: str) -> bool:
    match statement:
        case gast.Expr(
            value=gast.Call(func=gast.Attribute(value=gast.Name(id=base), attr=attr))
        ):
            return bool(base == bar and attr == "append")
        case _:
            return False
