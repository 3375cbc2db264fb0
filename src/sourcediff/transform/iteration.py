"""How a loop is repeated in the reverse sweep: backwards, and as often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    assigned_in,
    root,
    walk_statements,
)
from sourcediff.kinds import Array, List, Scalar
from sourcediff.transform.build import (
    assign,
    at,
    augment,
    call,
    clone,
    const,
    effect,
    is_range,
    loaded,
    method,
    name,
    names_in,
    subscript,
    target,
)
from sourcediff.transform.sweep import Loop

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse

_INT = np.dtype(int)


def repeat_backwards(reverse: Reverse, loop: Loop, statement: Any) -> None:
    """How the reverse sweep repeats the body: backwards, as often."""
    breaks = _has_break(statement.body)
    if isinstance(statement, gast.While):
        counter = reverse.names.fresh("steps")
        reverse.declare(counter, Scalar(_INT))
        loop.before = at(statement, [assign(counter, const(0))])
        loop.first = at(statement, [augment(name(counter), gast.Add, const(1))])
        loop.reverse_target = target("_")
        loop.reverse_iter = call("range", name(counter))
        loop.kills = {counter}
        return
    iterable = _repeatable(reverse, loop, statement)
    loop.reverse_target = clone(statement.target)
    loop.kills |= reverse.facts.bindings[statement]
    if breaks:
        counter = reverse.names.fresh("steps")
        reverse.declare(counter, Scalar(_INT))
        loop.before += at(statement, [assign(counter, const(0))])
        loop.first += at(statement, [augment(name(counter), gast.Add, const(1))])
        loop.kills |= {counter}
        upto = gast.Slice(None, name(counter), None)
        iterable = subscript(iterable, upto)
    match iterable:
        case gast.Call(func=gast.Name(id="reversed"), args=[inner]):
            loop.reverse_iter = inner
        case _:
            loop.reverse_iter = call("reversed", iterable)


def _repeatable(reverse: Reverse, loop: Loop, statement: Any) -> Any:
    """The iterable of a `for`, such that it can be walked through again."""
    iterable = statement.iter
    kind = reverse.facts.kind_of(iterable)
    over_range = is_range(iterable)
    read = set(names_in(iterable))
    resized = _resized_in(reverse, statement.body) & read
    stable = not (resized or assigned_in([statement], reverse.facts.bindings) & read)
    written = not over_range and bool(resized or _is_written_under(reverse, statement))
    named = isinstance(iterable, gast.Name) and isinstance(kind, Array | List)
    partly = _has_break(statement.body) and over_range and not _is_plain_range(iterable)
    if stable and not written and not partly and (over_range or named):
        return clone(iterable)
    if _is_literal(iterable):
        return clone(iterable)
    identifier = reverse.names.fresh("indices" if over_range else "items")
    loop.kills |= {identifier}
    if written:  # what comes next depends on what the body has done
        items = gast.List([], gast.Load())
        loop.before += at(statement, [assign(identifier, items)])
        item = method(name(identifier), "append", loaded(statement.target))
        loop.first += at(statement, [effect(item)])
        return name(identifier)
    text = iterable if _is_plain_range(iterable) else call("list", iterable)
    loop.before += at(statement, [assign(identifier, text)])
    loop.iterable = name(identifier)
    return name(identifier)


def _is_literal(iterable: Any) -> bool:
    """Whether an iterable is a display of numbers, which can be written twice."""
    return isinstance(iterable, gast.Tuple | gast.List) and all(
        isinstance(e.operand if isinstance(e, gast.UnaryOp) else e, gast.Constant)
        for e in iterable.elts
    )


def _is_plain_range(iterable: Any) -> bool:
    match iterable:
        case gast.Call(func=gast.Name(id="range")):
            return True
        case _:
            return False


def _is_written_under(reverse: Reverse, statement: Any) -> bool:
    """Whether the body of a loop writes into what the loop iterates over."""
    partners = reverse.facts.aliases.partners
    read = set(names_in(statement.iter))
    for inner in walk_statements(statement.body):
        for written in {root(to) for to in reverse.facts.stores(inner)}:
            # Views that the body makes are known where they are written into.
            if written is not None and read & {written, *partners(inner, written)}:
                return True
    return False


def _resized_in(reverse: Reverse, body: list[Any]) -> set[str]:
    """The names of containers that methods in a block may change."""
    found: set[str] = set()
    for statement in walk_statements(body):
        match statement:
            case (
                gast.Expr(value=gast.Call(func=gast.Attribute(value=base, attr=attr)))
                | gast.Assign(
                    value=gast.Call(func=gast.Attribute(value=base, attr=attr))
                )
            ):
                container = root(base) if attr in CONTAINER_METHODS else None
                if container is not None:
                    partners = reverse.facts.aliases.partners(statement, container)
                    found |= {container} | partners
    return found


def _has_break(body: list[Any]) -> bool:
    for statement in body:
        match statement:
            case gast.Break():
                return True
            case gast.If(body=then, orelse=orelse):
                if _has_break(then) or _has_break(orelse):
                    return True
            case gast.With(body=inner):
                if _has_break(inner):
                    return True
    return False
