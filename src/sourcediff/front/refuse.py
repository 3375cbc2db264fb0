"""Constructs that no lowering can bring into the normal form."""

from __future__ import annotations

import builtins
import contextlib
from typing import Any

import gast

from sourcediff.front.context import Context
from sourcediff.front.purity import IN_PLACE_OPERATORS, callee
from sourcediff.front.resolve import static_value
from sourcediff.trees import walk

LAZY = "a generator is run by the tape; collect the values in a list"
_REFLECTIVE = {
    builtins.exec: "exec runs code that cannot be read here",
    builtins.eval: "eval runs code that cannot be read here",
    builtins.globals: "globals() sees variables that may be written; name them",
    builtins.locals: "locals() sees the variables of the generated function",
    builtins.vars: "vars() sees the variables of the generated function",
    builtins.super: "super() needs its class: write super(Class, self) or Base.f(self)",
    builtins.compile: "compile makes code that cannot be read here",
}
#: What may be refused, among much else.
_NOTED = frozenset(
    {gast.Yield, gast.YieldFrom, gast.Await, gast.comprehension, gast.Call}
    | {gast.AsyncFunctionDef, gast.AsyncFor, gast.AsyncWith, gast.ClassDef}
    | {gast.Global, gast.Nonlocal, gast.Try, gast.TryStar, gast.With}
    | {gast.Import, gast.ImportFrom, gast.TypeAlias}
)
_JUMPS = (gast.Return, gast.Break, gast.Continue)


def note_refused(nodes: list[Any], context: Context) -> None:
    """Note everything among a function's nodes that is outside the language."""
    nodes = [node for node in nodes if node.__class__ in _NOTED]
    for node in nodes:
        cause = _cause(node, context)
        if cause:
            has_place = not isinstance(node, gast.comprehension)
            context.refuse(node if has_place else node.target, cause)
    for node in nodes:
        _note_suspect_only(node, context)


def _cause(node: Any, context: Context) -> str | None:
    match node:
        case gast.Yield() | gast.YieldFrom():
            return LAZY
        case (
            gast.AsyncFunctionDef() | gast.AsyncFor() | gast.AsyncWith() | gast.Await()
        ):
            return "asynchronous code is not differentiated; await outside"
        case gast.comprehension() if node.is_async:
            return "asynchronous code is not differentiated; await outside"
        case gast.Global():
            return "a global variable is assigned; return the value instead"
        case gast.Nonlocal():
            return "an outer variable is assigned; return the value instead"
        case gast.ClassDef():
            return "a class is defined here; define it outside of the function"
        case gast.Call():
            return _reflective(node, context)
    return None


def _reflective(node: Any, context: Context) -> str | None:
    if isinstance(node.func, gast.Attribute) and node.func.attr in IN_PLACE_OPERATORS:
        return f"{node.func.attr} writes into an object; use the operator"
    function = callee(node, context.program)
    for refused, cause in _REFLECTIVE.items():
        if function is refused and (refused not in (vars, super) or not node.args):
            return cause
    return None


def _note_suspect_only(node: Any, context: Context) -> None:
    match node:
        case gast.Try() | gast.TryStar():
            if context.suspect.mentioned(node) or _has_jump(node):
                cause = "try around active code is run by the tape; test first instead"
                context.refuse(node, cause)
        case gast.With():
            _note_with(node, context)
        case gast.Import() | gast.ImportFrom():
            context.refuse(node, "this import could not be resolved; import at the top")
        case gast.TypeAlias():
            context.refuse(node, "a type is named here; name it outside")


def _has_jump(node: Any) -> bool:
    return any(isinstance(inner, _JUMPS) for inner in walk(node))


def _note_with(node: Any, context: Context) -> None:
    for item in node.items:
        manager = item.context_expr
        call = manager.func if isinstance(manager, gast.Call) else manager
        function = static_value(call, context.program)
        if function is contextlib.suppress:
            cause = "suppress hides where active code stops; test first instead"
            context.refuse(node, cause)
        elif context.suspect(manager):
            cause = "a context manager takes an active value; call it before"
            context.refuse(node, cause)


def note_remaining(function: Any, context: Context) -> None:
    """Note suspect constructs that the lowerings left where they cannot stay."""
    nodes = list(walk(function))
    named = [node for node in nodes if isinstance(node, gast.NamedExpr)]
    if not named:
        return
    inside: set[int] = set()
    for node in nodes:
        if isinstance(node, gast.Lambda):
            inside.update(map(id, walk(node)))
    for node in named:
        if id(node) not in inside and context.suspect(node):
            context.refuse(node, "assign this active value in a line of its own")
