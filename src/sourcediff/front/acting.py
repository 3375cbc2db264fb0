"""Calls inside of expressions that may change what is differentiated."""

from __future__ import annotations

import dis
from types import CodeType, FunctionType
from typing import Any

import gast

from sourcediff.front.context import Context
from sourcediff.front.purity import MUTATING_METHODS, callee, is_pure_call
from sourcediff.front.resolve import MISSING
from sourcediff.trees import walk

_STORING = frozenset(
    {"STORE_SUBSCR", "STORE_ATTR", "STORE_GLOBAL", "DELETE_SUBSCR", "STORE_SLICE"}
)


def acts(node: Any, context: Context) -> bool:
    """Whether an expression calls, with suspects, a function that writes somewhere."""
    return any(
        isinstance(call, gast.Call)
        and not is_pure_call(call, context.program)
        and context.suspect.mentioned(call)
        and _may_write(call, context)
        for call in walk(node)
    )


def _may_write(call: Any, context: Context) -> bool:
    function = callee(call, context.program)
    if isinstance(function, FunctionType):
        return _code_writes(function.__code__)
    if function is MISSING and isinstance(call.func, gast.Name):
        return any(
            _tree_writes(node)
            for node in walk(context.program.node)
            if isinstance(node, gast.FunctionDef) and node.name == call.func.id
        )
    return False


def _code_writes(code: CodeType) -> bool:
    """Whether a function's code stores elements or attributes, or calls what does.

    >>> def note(log, x):
    ...     log.append(x)
    >>> _code_writes(note.__code__), _code_writes((lambda x: x > 0).__code__)
    (True, False)
    """
    if not MUTATING_METHODS.isdisjoint(code.co_names):
        return True
    for step in dis.get_instructions(code):
        rebinds = step.opname == "STORE_DEREF" and step.argval in code.co_freevars
        in_place = step.opname == "BINARY_OP" and step.argrepr.endswith("=")
        if step.opname in _STORING or rebinds or in_place:
            return True
    return any(_code_writes(c) for c in code.co_consts if isinstance(c, CodeType))


def _tree_writes(function: Any) -> bool:
    """The same of a function that is defined inside of the program."""
    for node in walk(function):
        match node:
            case gast.AugAssign() | gast.Nonlocal() | gast.Global():
                return True
            case gast.Subscript(ctx=ctx) | gast.Attribute(ctx=ctx) if not isinstance(
                ctx, gast.Load
            ):
                return True
            case gast.Attribute(attr=attr) if attr in MUTATING_METHODS:
                return True
    return False
