"""Functions that are changed, or exchanged for others, while a program runs."""

from __future__ import annotations

import builtins
import dis
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any

import gast

from sourcediff.analysis.attributes import is_code
from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.compile.callees import is_users, program_of
from sourcediff.compile.refusals import problem
from sourcediff.errors import NoSource, Problem
from sourcediff.front.purity import callee
from sourcediff.front.resolve import static_value
from sourcediff.front.source import plain_function
from sourcediff.ir import Program
from sourcediff.trees import walk

_PARTS = frozenset({"__code__", "__defaults__", "__kwdefaults__", "__closure__"})
_NAMESPACES = (builtins.globals, builtins.vars)
_STORING = {dis.opmap[name] for name in ("STORE_GLOBAL", "STORE_ATTR")}
#: What may change a function.
_CHANGING = frozenset({gast.Attribute, gast.Call, gast.Subscript, gast.Global})


def changed_code(facts: Facts) -> Iterator[Problem]:
    """Where a program, or what it calls, changes functions that it may have read.

    The compiler has read each function once, before the program runs.
    """
    program, seen = facts.program, set[Any]()
    for node in walk(program.node):
        if node.__class__ in _CHANGING and _changes(node, program):
            cause = "a function is changed here; call another one instead"
            yield problem(facts, node, cause)
    for statement in walk_statements(program.node.body):
        for node in facts.calls.of(statement):
            function: Any = facts.callee(node)
            if is_users(function) and _leads_to_changes(function, seen):
                cause = f"{function.__name__} changes a function"
                yield problem(facts, node, cause)


def _leads_to_changes(function: Any, seen: set[Any]) -> bool:
    """Whether a function, or one that it names, changes functions."""
    if function in seen:
        return False
    seen.add(function)
    try:
        program = program_of(function)
    except NoSource:
        return False
    if _may_change(plain_function(program.function).__code__) and any(
        node.__class__ in _CHANGING and _changes(node, program)
        for node in walk(program.node)
    ):
        return True
    return any(
        is_users(value) and _leads_to_changes(value, seen)
        for value in program.statics.values()
    )


def _may_change(code: CodeType) -> bool:
    """Whether it is worth a look at a function's text."""
    return (
        not _STORING.isdisjoint(code.co_code[::2])
        or not {"setattr", "globals", "vars"}.isdisjoint(code.co_names)
        or any(_may_change(c) for c in code.co_consts if isinstance(c, CodeType))
    )


def _changes(node: Any, program: Program) -> bool:
    match node:
        case gast.Attribute(value=owner, attr=name, ctx=gast.Store() | gast.Del()):
            return name in _PARTS or _holds_code(owner, name, program)
        case gast.Call(args=[owner, gast.Constant(value=str() as name), _]):
            is_store = callee(node, program) is builtins.setattr
            return is_store and (name in _PARTS or _holds_code(owner, name, program))
        case gast.Subscript(value=gast.Call() as space, ctx=gast.Store() | gast.Del()):
            return callee(space, program) in _NAMESPACES and len(space.args) == 0
        case gast.Global(names=names):
            return any(is_code(program.statics.get(name)) for name in names)
        case _:
            return False


def _holds_code(owner: Any, name: str, program: Program) -> bool:
    """Whether an attribute is a function or class that a module names."""
    holder = static_value(owner, program)
    return isinstance(holder, ModuleType) and is_code(getattr(holder, name, None))
