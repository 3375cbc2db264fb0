"""The tangents of `for` loops: a loop over values and tangents side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.effects import bound_names
from sourcediff.kinds import UNKNOWN, UNSAID, Dict
from sourcediff.transform.build import assign, at, call, clone, method, name, target
from sourcediff.transform.placing import hoisted
from sourcediff.transform.refused import Refused

if TYPE_CHECKING:
    from sourcediff.transform.forward import Forward
    from sourcediff.transform.push import Push

#: What a loop's variables take their tangents from: targets, and what to iterate over.
Pairs = list[tuple[Any, Any]]


def loop(forward: Forward, statement: Any) -> list[Any]:
    """`for x in xs`: `for x, x_dot in zip(xs, xs_dot)`."""
    body = forward.block(statement.body) or [gast.Pass()]
    moving = [n for n in bound_names(statement.target) if n in forward.carriers]
    if not moving:
        return [gast.For(statement.target, statement.iter, body, [], None)]
    push = forward.push(statement)
    pairs = _pairs(forward, push, statement.target, statement.iter)
    paired = {n for to, _ in pairs for n in bound_names(to)}
    kinds = forward.facts.environment(statement.body[0])
    zeros = [
        assign(
            forward.dot(n),
            push.zero(kinds.get(n, UNKNOWN), lambda n=n: name(n)),  # type: ignore[misc]
        )
        for n in moving
        if forward.dot(n) not in paired
    ]
    before = [*at(statement, hoisted(push.values)), *push.prelude]
    iterable = push.values.rebuilt(statement.iter)
    to = statement.target
    if pairs:
        to = gast.Tuple([to, *(t for t, _ in pairs)], gast.Store())
        iterable = call("zip", iterable, *(text for _, text in pairs))
    return [*before, gast.For(to, iterable, [*zeros, *body], [], None)]


def _pairs(forward: Forward, push: Push, to: Any, iterable: Any) -> Pairs:
    """The targets of tangents, each with what the loop iterates over for it."""
    if not set(bound_names(to)) & forward.carriers:
        return []
    function = forward.facts.callee(iterable) if _is_call(iterable) else None
    several = isinstance(to, gast.Tuple | gast.List)
    if several and function is enumerate:
        return _pairs(forward, push, to.elts[1], iterable.args[0])
    if several and function is zip and len(iterable.args) == len(to.elts):
        return [
            pair
            for element, part in zip(to.elts, iterable.args, strict=True)
            for pair in _pairs(forward, push, element, part)
        ]
    if several and _is_items(forward, iterable):
        table = push.tangent(iterable.func.value, True)
        if table.is_zero:
            return []
        values = method(table.expression(push.is_scalar), "values")
        return [(_dots(forward, to.elts[1]), values)]
    kind = forward.kind_of(iterable)
    tangent = push.tangent(iterable, True)
    if tangent.is_zero or isinstance(kind, Dict):  # keys have no tangents
        return []
    items = push.whole(tangent, iterable)
    if kind in UNSAID:
        items = call(push.values.helper("item_tangents"), clone(iterable), items)
    return [(_dots(forward, to), items)]


def _is_call(node: Any) -> bool:
    return isinstance(node, gast.Call)


def _is_items(forward: Forward, node: Any) -> bool:
    match node:
        case gast.Call(func=gast.Attribute(value=table, attr="items"), args=[]):
            return isinstance(forward.kind_of(table), Dict)
        case _:
            return False


def _dots(forward: Forward, to: Any) -> Any:
    """The target of tangents that mirrors one of values."""
    match to:
        case gast.Name(id=identifier):
            return target(
                forward.dot(identifier) if identifier in forward.carriers else "_"
            )
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            return gast.Tuple([_dots(forward, e) for e in elements], gast.Store())
        case _:
            raise Refused(to, "a loop over these values is outside the language")
