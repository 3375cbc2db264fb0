"""Generators that are consumed at once, as functions that give lists."""

from __future__ import annotations

import builtins
import inspect
import math
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.purity import callee
from sourcediff.front.refuse import LAZY
from sourcediff.front.scopes import FUNCTIONS
from sourcediff.runtime.door import Listed, Local
from sourcediff.trees import Rewriter, walk

#: What takes all that a generator yields, and keeps it or its order.
_KEEPING = (builtins.list, builtins.tuple, builtins.sorted, builtins.max, builtins.min)
_ADDING = (builtins.sum, math.fsum, math.prod)


def list_generators(tree: Any, nodes: list[Any], context: Context) -> None:
    """Call functions that give lists in the place of suspect generators, in place.

    `for v in states(x)` becomes a loop over a list if nothing leaves it early, as an
    endless generator needs. Between two values the loop's body runs, which is noted.
    `nodes` are those of the tree.
    """
    calls = filter(_is_call, nodes)
    if not any(_is_plain_generator(callee(call, context.program)) for call in calls):
        return
    listed = {
        id(call)
        for call, in_between in list(_consumed(nodes, context))
        if _list(call, in_between, context)
    }
    _Kept(context, listed).visit(tree)
    for node in nodes:
        function = callee(node, context.program) if _is_call(node) else None
        if isinstance(function, Local) and _is_plain_generator(function):
            for inner in walk(function.program.node):
                if isinstance(inner, gast.Yield | gast.YieldFrom):
                    context.refuse(inner, LAZY)


def _is_call(node: Any) -> bool:
    return isinstance(node, gast.Call)


def _list(call: Any, in_between: bool, context: Context) -> bool:
    """Call what gives a list, if a call makes a generator of suspects."""
    function = callee(call, context.program)
    if not (_is_plain_generator(function) and context.suspect(call)):
        return False
    name = _named(Listed(function, in_between), context)
    call.func = build.place(build.load(name), call.func)
    return True


class _Kept(Rewriter):
    """Writes the list itself for `list(…)` of it."""

    def __init__(self, context: Context, listed: set[int]) -> None:
        self.context, self.listed = context, listed

    def visit_Call(self, node: Any) -> Any:
        self.generic_visit(node)
        is_list = callee(node, self.context.program) is builtins.list
        return node.args[0] if is_list and id(node.args[0]) in self.listed else node


def _consumed(nodes: list[Any], context: Context) -> Iterator[tuple[Any, bool]]:
    """The calls whose values are all taken, and if something runs in between."""
    for node in nodes:
        match node:
            case gast.For() if not _is_left(node.body):
                yield from _iterated(node.iter, context)
            case gast.ListComp() | gast.DictComp() | gast.SetComp():
                yield from _run_over(node, context)
            case gast.Assign(targets=[gast.Tuple(elts=parts)], value=gast.Call()):
                if not any(isinstance(part, gast.Starred) for part in parts):
                    yield node.value, False
            case gast.Call(args=[gast.GeneratorExp() as first, *_]):
                if callee(node, context.program) in (*_KEEPING, *_ADDING):
                    yield from _run_over(first, context)
            case gast.Call(args=[gast.Call() as first, *_]):
                consumer = callee(node, context.program)
                if consumer in (*_KEEPING, *_ADDING):
                    yield first, consumer in _ADDING


def _run_over(node: Any, context: Context) -> Iterator[tuple[Any, bool]]:
    for generator in node.generators:
        yield from _iterated(generator.iter, context)


def _iterated(node: Any, context: Context) -> Iterator[tuple[Any, bool]]:
    match node:
        case gast.Call(args=[gast.Call() as inner, *_]) if (
            callee(node, context.program) is builtins.enumerate
        ):
            yield inner, True
        case gast.Call():
            yield node, True


def _is_left(body: list[Any]) -> bool:
    """Whether a loop may end before its iterator does."""
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, gast.Break | gast.Return):
            return True
        if isinstance(node, FUNCTIONS):
            continue
        if isinstance(node, gast.For | gast.While):  # its breaks are its own
            if any(isinstance(inner, gast.Return) for inner in walk(node)):
                return True
            pending += node.orelse
        else:
            pending += gast.iter_child_nodes(node)
    return False


def _is_plain_generator(function: Any) -> bool:
    if isinstance(function, Local):
        return bool(function.code.co_flags & inspect.CO_GENERATOR)
    if not isinstance(function, FunctionType):
        return False
    packs = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    is_generator = inspect.isgeneratorfunction(function)
    return is_generator and not function.__code__.co_flags & packs


def _named(function: Listed, context: Context) -> str:
    for name, value in context.statics.items():
        if type(value) is Listed and value == function:
            return name
    name = context.fresh(f"{function.__name__}_listed")
    context.statics[name] = function
    return name
