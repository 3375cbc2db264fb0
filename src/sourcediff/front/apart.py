"""Local functions that cannot be read, called with the variables that they capture."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import replace
from types import CodeType
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.lift import (
    calls_of,
    is_hidden_at_calls,
    is_only_called,
    matters,
)
from sourcediff.front.purity import callee
from sourcediff.front.scopes import (
    FUNCTIONS,
    Fresh,
    bound_names,
    free_names,
    identifiers,
)
from sourcediff.front.source import plain_function
from sourcediff.ir import Program
from sourcediff.runtime.door import Local
from sourcediff.trees import walk

_UNREADABLE = (
    *(gast.Yield, gast.YieldFrom, gast.Await, gast.Try, gast.TryStar),
    *(gast.ClassDef, gast.AsyncFunctionDef),
)


def set_apart(tree: Any, program: Program, context: Callable[[], Context]) -> bool:
    """Take unreadable local functions out of a tree, where that changes nothing.

    `def states(y): … yield y * x` and `states(x)` become a call of a function outside,
    which takes the variable too: `states_outside(x, x=x)`. So it goes for functions
    that are only called, in the function around them, and that matter by what
    `context` makes known. The answer is whether any was.
    """
    if program.local or program.is_generated or program.function is None:
        return False
    unreadable = [
        s
        for s in tree.body
        if isinstance(s, gast.FunctionDef) and _is_unreadable(s, program)
    ]
    if not unreadable:
        return False
    known, found = context(), False
    for function in unreadable:
        if matters(tree, function.name, function, known):
            made = _outside(function, tree, program)
            if made is not None:
                _call_outside(function, tree, program, made)
                found = True
    return found


def _is_unreadable(function: Any, program: Program) -> bool:
    return any(
        isinstance(node, _UNREADABLE)
        or (
            isinstance(node, gast.Call)
            and callee(node, program) in (builtins.eval, builtins.exec)
        )
        for node in walk(function)
    )


def _outside(function: Any, tree: Any, program: Program) -> Local | None:
    """What is called in the place of a local function, or None: it must stay."""
    arguments, nodes = function.args, list(walk(function))
    is_plain = not (function.decorator_list or arguments.vararg or arguments.kwarg)
    is_plain = is_plain and not (arguments.defaults or any(arguments.kw_defaults))
    if not is_plain or any(isinstance(n, gast.Global | gast.Nonlocal) for n in nodes):
        return None
    captured = (free_names(function) & bound_names(tree)) - {function.name}
    others = {
        node.name
        for node in walk(tree)
        if isinstance(node, gast.FunctionDef | gast.AsyncFunctionDef | gast.ClassDef)
    }
    if captured & (others | bound_names(function)):
        return None
    calls = _outer_calls(function, tree)
    if (
        calls is None
        or is_hidden_at_calls(tree, function.name, captured)
        or not captured <= _bound_before(tree, calls)
    ):
        return None
    is_lazy = any(isinstance(n, gast.Yield | gast.YieldFrom) for n in nodes)
    if is_lazy and not all(_bindings(tree, name) == 1 for name in captured):
        return None
    outer = plain_function(program.function)
    code = _code_of(function, outer, captured)
    if code is None:
        return None
    own = bound_names(function)
    node = build.duplicate(function)
    node.args.kwonlyargs += [
        build.place(build.param(n), node) for n in sorted(captured)
    ]
    node.args.kw_defaults += [None] * len(captured)
    inner = replace(
        program,
        node=node,
        statics={k: v for k, v in program.statics.items() if k not in own},
        data=program.data - own - captured,
        local=True,
    )
    return Local(code, outer, tuple(sorted(captured)), inner)


def _code_of(function: Any, outer: Any, captured: set[str]) -> CodeType | None:
    """The code that Python made of a local function's text, if that is certain."""
    arguments = function.args
    names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    around = {function.name, *captured, *outer.__code__.co_freevars}
    found = [
        code
        for code in outer.__code__.co_consts
        if isinstance(code, CodeType)
        and code.co_name == function.name
        and code.co_firstlineno == function.lineno
        and code.co_varnames[: len(names)] == tuple(p.id for p in names)
        and captured <= {*code.co_freevars} <= around
    ]
    return found[0] if len(found) == 1 else None


def _outer_calls(function: Any, tree: Any) -> list[Any] | None:
    """The calls in the function around it; None if there are others, or other uses."""
    if not is_only_called(tree, function.name):
        return None
    inside = {id(node) for node in walk(function)}
    others = (n for n in walk(tree) if isinstance(n, FUNCTIONS) and n is not tree)
    if any(id(o) not in inside and calls_of(o, function.name) for o in others):
        return None
    calls = [c for c in calls_of(tree, function.name) if id(c) not in inside]
    starred = any(isinstance(a, gast.Starred) for c in calls for a in c.args)
    return (
        None
        if starred or any(k.arg is None for c in calls for k in c.keywords)
        else calls
    )


def _bound_before(tree: Any, calls: list[Any]) -> set[str]:
    """The names that are certainly bound when the first of some calls is made."""
    names = {p.id for p in walk(tree.args) if isinstance(p, gast.Name)}
    wanted = {id(call) for call in calls}
    for statement in tree.body:
        if isinstance(statement, gast.FunctionDef):
            continue
        if any(id(node) in wanted for node in walk(statement)):
            break
        if isinstance(statement, gast.Assign):
            names |= {
                node.id
                for target in statement.targets
                for node in walk(target)
                if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
            }
    return names


def _bindings(tree: Any, name: str) -> int:
    return sum(
        isinstance(node, gast.Name)
        and node.id == name
        and not isinstance(node.ctx, gast.Load)
        for node in walk(tree)
    )


def _call_outside(function: Any, tree: Any, program: Program, made: Local) -> None:
    """Call the function outside, and forget the local one."""
    taken = identifiers(tree) | set(program.statics) | program.data
    name = Fresh(taken)(f"{function.name}_outside")
    program.statics[name] = made  # type: ignore[index]
    for call in _outer_calls(function, tree) or ():
        call.func = build.place(build.load(name), call.func)
        for variable in made.captured:
            given = build.place(gast.keyword(variable, build.load(variable)), call)
            call.keywords.append(given)
    tree.body = [s for s in tree.body if s is not function] or [gast.Pass()]
