"""Lists that one loop walks through backwards, once and for all, are taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context, mentions
from sourcediff.front.mappings import is_call_of
from sourcediff.trees import walk

Block = list[Any]


def spend_lists(block: Block, context: Context) -> Block:
    """`for x in reversed(xs)` as `for _ in range(len(xs))`, `x = xs.pop()`.

    That is for a list that is filled by `append`, and that nothing but the loop reads:
    the adjoint of `pop` is `append`, and needs no cotangent of the whole list before.
    A list that comes in a tuple is copied first. Beside the list, the loop may run
    over what is as long: `for i, x in zip(range(n), reversed(xs), strict=True)`.
    """
    return [new for node in block for new in _replaced(node, context)]


def _replaced(node: Any, context: Context) -> Block:
    match node:
        case gast.If() | gast.With():
            for field in ("body", "orelse"):
                inner = getattr(node, field, None)
                if inner:
                    setattr(node, field, spend_lists(inner, context))
            return [node]
        case gast.For(orelse=[]) if context.suspect(node.iter):
            walked = _walked(node, context)
            origin = None if walked is None else _origin(node, walked, context)
            if walked is None or origin is None:
                return [node]
            return build.place_all(_popping(node, walked, origin, context), node)
        case _:
            return [node]


@dataclass(frozen=True)
class _Walk:
    """A list that is walked through backwards: its name, and what its items go to.

    `beside` is what the loop runs over as well, after the target of that.
    """

    name: str
    item: Any
    beside: tuple[Any, Any] | None = None


def _walked(node: Any, context: Context) -> _Walk | None:
    name = _reversed_name(node.iter, context)
    if name is not None:
        return _Walk(name, node.target)
    match node:
        case gast.For(
            target=gast.Tuple(elts=[counter, item]),
            iter=gast.Call(args=[beside, last], keywords=[gast.keyword(arg="strict")]),
        ) if is_call_of(node.iter, context, zip):
            name = _reversed_name(last, context)
            if name is not None and _sized(beside, context) is not None:
                return _Walk(name, item, (counter, beside))
    return None


def _reversed_name(node: Any, context: Context) -> str | None:
    if is_call_of(node, context, reversed) and len(node.args) == 1:
        return getattr(node.args[0], "id", None)
    return None


def _sized(node: Any, context: Context) -> Any | None:
    """What has the length of a range or variable, which may be reversed."""
    if is_call_of(node, context, reversed) and len(node.args) == 1:
        node = node.args[0]
    is_plain = isinstance(node, gast.Name) or is_call_of(node, context, range)
    return node if is_plain else None


def _origin(loop: Any, walked: _Walk, context: Context) -> Any | None:
    """The statement that makes a list, if its uses are known and nothing sees it."""
    names = {walked.name}
    if any(mentions(statement, names) for statement in loop.body):
        return None
    origin, uses = None, 0
    for node in walk(context.program.node):
        match node:
            case gast.Assign(targets=[gast.Name(id=to)], value=gast.List(elts=[])):
                origin = node if to == walked.name else origin
            case gast.Assign(targets=[gast.Tuple(elts=elements)], value=gast.Name()):
                if any(getattr(e, "id", None) == walked.name for e in elements):
                    origin = node
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=owner), attr="append")
            ) if owner == walked.name:
                uses += 1
            case gast.Name(id=walked.name):
                uses -= 1
    # What is left are the origin's own name and the loop's.
    return origin if uses == -2 else None


def _popping(loop: Any, walked: _Walk, origin: Any, context: Context) -> Block:
    stack, before = walked.name, []
    if not isinstance(origin.value, gast.List):
        stack = context.fresh(walked.name)
        copy = build.call(context.builtin("list"), build.load(walked.name))
        context.suspect.add(stack)
        before.append(build.assign(stack, copy))
    length = build.call(context.builtin("len"), build.load(stack))
    counter: Any = "_"
    iterable = build.call(context.builtin("range"), length)
    if walked.beside is not None:
        counter, iterable = walked.beside
        other = build.call(context.builtin("len"), _sized(iterable, context))
        text = build.constant("zip() arguments differ in length")
        stop = gast.Raise(build.call(context.builtin("ValueError"), text), None)
        test = gast.Compare(build.duplicate(other), [gast.NotEq()], [length])
        before.append(build.if_(test, [stop]))
    first = build.assign(walked.item, build.method(build.load(stack), "pop"))
    return [*before, build.for_(counter, iterable, [first, *loop.body])]
