"""Methods that have got a name of their own, called as methods again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.ir import Program
from sourcediff.kinds import Kind, List, Record, Sequence
from sourcediff.trees import walk


def spell_captured(program: Program, kind_of: Callable[[Any], Kind]) -> bool:
    """Replace `push = items.append` and `push(x)` by `items.append(x)`.

    That is done where both names have one value, the method is one of the class, and
    the new name is only called. The tree is the caller's to change; the answer is
    whether it was.
    """
    body = program.node.body
    statements = [statement for statement in body if _names_a_part(statement)]
    if not statements:
        return False
    nodes = list(walk(program.node))
    found = {
        statement.targets[0].id: statement
        for statement in statements
        if _is_method(statement.value, kind_of)
        and _is_only_called(statement.targets[0].id, nodes)
        and _is_one_object(statement.value.value.id, program, nodes)
    }
    for node in nodes if found else ():
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
            statement = found.get(node.func.id)
            if statement is not None:
                node.func = build.place(build.duplicate(statement.value), node)
    body[:] = [s for s in body if not any(s is t for t in found.values())]
    return bool(found)


def _names_a_part(statement: Any) -> bool:
    match statement:
        case gast.Assign(
            targets=[gast.Name()], value=gast.Attribute(value=gast.Name())
        ):
            return True
    return False


def _is_method(part: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether an attribute is a method, which the object cannot have replaced."""
    kind = kind_of(part.value)
    if isinstance(kind, List | Sequence):
        return kind.type is list
    if not isinstance(kind, Record) or not isinstance(kind.type, type):
        return False
    found = inspect.getattr_static(kind.type, part.attr, None)
    return isinstance(found, FunctionType) and kind.get(part.attr) is None


def _is_only_called(name: str, nodes: list[Any]) -> bool:
    called = {id(node.func) for node in nodes if isinstance(node, gast.Call)}
    uses = [n for n in nodes if isinstance(n, gast.Name) and n.id == name]
    reads = [n for n in uses if isinstance(n.ctx, gast.Load)]
    return len(uses) == len(reads) + 1 and all(id(n) in called for n in reads)


def _is_one_object(name: str, program: Program, nodes: list[Any]) -> bool:
    """Whether a name is bound once, as a parameter or by an assignment."""
    bindings = [
        n
        for n in nodes
        if isinstance(n, gast.Name)
        and n.id == name
        and not isinstance(n.ctx, gast.Load)
    ]
    is_local = any(
        isinstance(s, gast.Assign)
        and len(s.targets) == 1
        and isinstance(s.targets[0], gast.Name)
        and s.targets[0].id == name
        for s in program.node.body
    )
    return len(bindings) == 1 and (is_local or name in program.parameters)
