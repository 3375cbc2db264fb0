"""What is known of a function that cannot be compiled: what its text alone tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import gast

from sourcediff.compile.analyse import Names
from sourcediff.compile.callees import is_users, program_of
from sourcediff.compile.summary import NOTHING, Summary, anything
from sourcediff.errors import NoSource
from sourcediff.front.purity import callee, is_pure_call
from sourcediff.ir import Program
from sourcediff.kinds import Kind
from sourcediff.trees import walk

_CHANGING = frozenset(
    ("append", "extend", "add", "update", "setdefault", "insert", "pop", "clear")
)


def unread(function: Any, environment: Mapping[str, Kind]) -> Summary:
    """The summary of a function that has no normal form.

    It may do anything, unless its text shows that it writes into its own memory only.
    """
    known = anything(environment)
    if not writes_nothing(function):
        return known
    return replace(known, changes=False, writes=NOTHING)


def writes_nothing(
    function: Any, within: frozenset[Any] = NOTHING, *, at_all: bool = False
) -> bool:
    """Whether a function, and whatever it calls, stores into its own variables only.

    `at_all`: not into these either, which it may have shown already.

    >>> def attempt(x):
    ...     try:
    ...         return [x.sum(), x * 2]
    ...     finally:
    ...         pass
    >>> def clear(x):
    ...     x[0] = 0.0
    >>> writes_nothing(attempt), writes_nothing(clear)
    (True, False)
    """
    if function in within:
        return True
    try:
        program = program_of(function)
    except NoSource:
        return False
    own = NOTHING if at_all else _own_containers(program.node)
    numbers = _numbers(program.node)
    return all(
        _is_quiet(node, program, own, numbers, within | {function})
        for statement in program.node.body
        for node in walk(statement)
    )


def _is_quiet(
    node: Any, program: Program, own: Names, numbers: Names, within: frozenset[Any]
) -> bool:
    match node:
        case gast.Subscript(value=root, ctx=gast.Store() | gast.Del()):
            return isinstance(root, gast.Name) and root.id in own
        case gast.Attribute(ctx=gast.Store() | gast.Del()):
            return False
        case gast.AugAssign(target=gast.Name(id=target)):
            return target in numbers
        case gast.AugAssign():
            return False
        case gast.Global() | gast.Nonlocal() | gast.Import() | gast.ImportFrom():
            return False
        case gast.Call(func=gast.Attribute(value=gast.Name(id=root), attr=method)) if (
            method in _CHANGING
        ):
            return root in own
        case gast.Call(func=gast.Name(id=name)) if _is_local(name, program):
            return True  # its body is walked, too
        case gast.Call():
            called = callee(node, program)
            if is_users(called):
                return writes_nothing(called, within)
            if called is eval:
                return _evaluates_quietly(node, program, within)
            return is_pure_call(node, program)
    return True


def _evaluates_quietly(node: Any, program: Program, within: frozenset[Any]) -> bool:
    """Whether `eval` has an expression that is known, and that writes nothing."""
    match node:
        case gast.Call(args=[gast.Constant(value=str() as text)], keywords=[]):
            try:
                parsed = gast.parse(text.strip(), mode="eval")
            except SyntaxError:
                return False
            return all(
                _is_quiet(inner, program, NOTHING, NOTHING, within)
                for inner in walk(parsed.body)
            )
    return False


def _is_local(name: str, program: Program) -> bool:
    """Whether a name is that of one function which is defined inside a program."""
    bound = {target for target, _ in _bindings(program.node)} | {*program.parameters}
    nodes = walk(program.node)
    return name not in bound and any(
        isinstance(node, gast.FunctionDef) and node.name == name for node in nodes
    )


def _own_containers(function: Any) -> Names:
    """The names that stand for new lists, dicts and sets only."""
    displays = gast.List | gast.Dict | gast.Set | gast.ListComp | gast.DictComp
    return _bound_to(function, lambda value: isinstance(value, displays))


def _numbers(function: Any) -> Names:
    """The names that start as a number, and are added to."""
    return _bound_to(function, lambda value: isinstance(value, gast.Constant))


def _bound_to(function: Any, fits: Any) -> Names:
    bindings = list(_bindings(function))
    parameters = {
        node.id
        for node in walk(function)
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Param)
    }
    fitting = {
        target for target, value in bindings if value is not None and fits(value)
    }
    others = {target for target, value in bindings if value is None or not fits(value)}
    return frozenset(fitting - others - parameters)


def _bindings(function: Any) -> Iterator[tuple[str, Any]]:
    """The names that a function binds, each with the expression, None for others."""
    plain: set[int] = set()
    for node in walk(function):
        match node:
            case gast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, gast.Name):
                        plain.add(id(target))
                        yield target.id, value
            case gast.AugAssign(target=gast.Name() as target):
                plain.add(id(target))
    for node in walk(function):
        if (
            isinstance(node, gast.Name)
            and isinstance(node.ctx, gast.Store)
            and id(node) not in plain
        ):
            yield node.id, None
