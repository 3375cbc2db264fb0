"""Loops over lambdas that are written out in a list, trip by trip."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.resolve import MISSING, static_value
from sourcediff.trees import Rewriter, walk

#: Loops over more functions stay loops.
MOST = 8


def name_lambdas(tree: Any, context: Context) -> None:
    """`for f in [lambda u: u * u, np.sin]: t += f(x)`, trip by trip, in place.

    A lambda gets a name, so that it is a local function like others. The list may have
    a name of its own, that nobody but the loop reads.
    """
    nodes = walk(tree)
    read = Counter(
        n.id for n in nodes if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)
    )
    bound = Counter(
        n.id
        for n in nodes
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
    )
    listed = {
        n.targets[0].id: n.value
        for n in nodes
        if isinstance(n, gast.Assign)
        and isinstance(n.targets[0], gast.Name)
        and len(n.targets) == bound[n.targets[0].id] == read[n.targets[0].id] == 1
        and _has_lambdas(n.value, context)
    }
    used: set[str] = set()

    def change(node: Any) -> list[Any]:
        if not isinstance(node, gast.For):
            return [node]
        display = node.iter
        if isinstance(display, gast.Name) and display.id in listed:
            display = listed[display.id]
        if not _has_lambdas(display, context) or not _calls_only(node, read, bound):
            return [node]
        if display is not node.iter:
            used.add(node.iter.id)
        return [s for f in display.elts for s in _trip(node, f, context)]

    tree.body = build.rewrite(tree.body, change)
    if used:
        tree.body = build.rewrite(
            tree.body, lambda node: [] if _binds(node, used) else [node]
        )


def _has_lambdas(node: Any, context: Context) -> bool:
    """Whether a display is one of lambdas, and of functions known by name."""
    if not isinstance(node, gast.List | gast.Tuple) or len(node.elts) > MOST:
        return False
    lambdas = [e for e in node.elts if isinstance(e, gast.Lambda)]
    plain = all(not e.args.defaults and not e.args.kw_defaults for e in lambdas)
    others = (e for e in node.elts if not isinstance(e, gast.Lambda))
    known = all(static_value(e, context.program) is not MISSING for e in others)
    return bool(lambdas) and plain and known


def _calls_only(loop: Any, read: Counter[str], bound: Counter[str]) -> bool:
    """Whether a loop runs to its end, and all that reads its variable calls it."""
    if loop.orelse or not isinstance(loop.target, gast.Name):
        return False
    name, nodes = loop.target.id, [n for s in loop.body for n in walk(s)]
    if any(isinstance(n, gast.Break | gast.Continue | gast.FunctionDef) for n in nodes):
        return False
    calls = sum(
        isinstance(n, gast.Call) and isinstance(n.func, gast.Name) and n.func.id == name
        for n in nodes
    )
    return calls == read[name] and bound[name] == 1


def _trip(loop: Any, function: Any, context: Context) -> list[Any]:
    """The body of a loop for one of the functions."""
    body = [build.duplicate(statement) for statement in loop.body]
    if not isinstance(function, gast.Lambda):
        return [_Put(loop.target.id, function).visit(statement) for statement in body]
    name = context.new(loop.target.id, suspect=True)
    named = build.place(build.assign(name, function), loop)
    put = _Put(loop.target.id, build.load(name))
    return [named, *(put.visit(statement) for statement in body)]


def _binds(node: Any, names: set[str]) -> bool:
    if not isinstance(node, gast.Assign) or not isinstance(node.targets[0], gast.Name):
        return False
    return node.targets[0].id in names


class _Put(Rewriter):
    """Puts a function in the place of the name of several."""

    def __init__(self, name: str, function: Any) -> None:
        self.name = name
        self.function = function

    def visit_Name(self, node: Any) -> Any:
        """The function, if it is the name."""
        if node.id != self.name:
            return node
        return build.place(build.duplicate(self.function), node)


__all__ = ["name_lambdas"]
