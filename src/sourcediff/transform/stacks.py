"""The adjoints of lists that are used as stacks: `xs.append(v)`, `x = xs.pop()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import Array, List
from sourcediff.transform.access import is_structure, locate
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    effect,
    loaded,
    method,
    name,
    names_in,
)
from sourcediff.transform.cotangent import of_expression, of_name
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Step
from sourcediff.transform.writing import as_stored, finish

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def append(reverse: Reverse, statement: Any, base: Any, value: Any) -> Step:
    """`xs.append(v)`: the last cotangent is taken off again."""
    step = Step(statement, [statement])
    step.undo = [gast.Expr(method(clone(base), "pop"))]
    step.appended = base
    active = reverse.facts.is_active(value, statement)
    access = locate(base, reverse.facts.kind_of, reverse.whole)
    if access is None or access.keys:
        if not active:
            return step
        raise Refused(statement, "append to this expression cannot be followed")
    place = access.place
    if place not in reverse.cotangents.states:
        return step
    reverse.cotangents.own(place)
    popped = method(name(reverse.cotangents.bar(place)), "pop")
    if not active:
        step.pre = [*reverse.taken(), *at(statement, [gast.Expr(popped)])]
        return step
    pull = reverse.pull(statement, value)
    kind = reverse.facts.kind_of(value)
    simple = (
        isinstance(value, gast.Name)
        and (value.id,) not in reverse.cotangents.states
        and not is_structure(kind)
        and not isinstance(kind, Array | List)
    )
    prelude = []
    cotangent = of_expression(popped)
    if not simple:
        identifier = reverse.temporary(value, "bar")
        reverse.declare(identifier, kind)
        prelude = [assign(identifier, popped)]
        cotangent = of_name(identifier)
    pull.push(value, cotangent)
    finish(reverse, step, pull, value, None, prelude=prelude)
    if pull.hoisted:
        stored = as_stored(reverse, pull, value, base)
        node = gast.Expr(method(clone(base), "append", stored))
        step.forward[-1] = at(statement, [node])[0]
    return step


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
    known = place in reverse.cotangents.states
    step = reverse.assigned(statement, to, node)
    step.post, step.pre = [*step.post, *step.pre], []  # the list is still shorter
    bar = reverse.cotangents.bar(place)
    if known and not any(_appends(s, bar) for s in step.post):
        kind = reverse.facts.kind_of(node)
        zero = reverse.pull(statement).filled(None, kind, loaded(to))
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
