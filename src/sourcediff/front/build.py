"""Small constructors of gast nodes, and where new nodes are said to stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.trees import clone, walk


def load(name: str) -> Any:
    """A name that is read."""
    return gast.Name(name, gast.Load(), None, None)


def store(name: str) -> Any:
    """A name that is assigned."""
    return gast.Name(name, gast.Store(), None, None)


def param(name: str) -> Any:
    """A parameter."""
    return gast.Name(name, gast.Param(), None, None)


def constant(value: object) -> Any:
    """A literal."""
    return gast.Constant(value, None)


def assign(target: Any, value: Any) -> Any:
    """`target = value`; the target is a name or a node."""
    if isinstance(target, str):
        target = store(target)
    return gast.Assign([as_store(target)], value, None)


def call(function: Any, *arguments: Any) -> Any:
    """`function(*arguments)`."""
    return gast.Call(function, list(arguments), [])


def method(receiver: Any, name: str, *arguments: Any) -> Any:
    """`receiver.name(*arguments)`."""
    return call(gast.Attribute(receiver, name, gast.Load()), *arguments)


def subscript(value: Any, index: Any) -> Any:
    """`value[index]`, read."""
    return gast.Subscript(value, index, gast.Load())


def binary(left: Any, operator: Any, right: Any) -> Any:
    """`left operator right`."""
    return gast.BinOp(left, operator, right)


def negate(test: Any) -> Any:
    """`not test`, or what the test negates."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    return gast.UnaryOp(gast.Not(), test)


def if_(test: Any, body: list[Any], orelse: list[Any] | None = None) -> Any:
    """`if test: body else: orelse`; an empty body becomes `pass`."""
    return gast.If(test, body or [gast.Pass()], orelse or [])


def for_(target: Any, iterable: Any, body: list[Any]) -> Any:
    """`for target in iterable: body`."""
    if isinstance(target, str):
        target = store(target)
    return gast.For(target, iterable, body or [gast.Pass()], [], None)


def while_(test: Any, body: list[Any]) -> Any:
    """`while test: body`."""
    return gast.While(test, body or [gast.Pass()], [])


def as_store(target: Any) -> Any:
    """The node as the target of an assignment."""
    return _with_context(target, gast.Store())


def as_load(expression: Any) -> Any:
    """The node as an expression that is read."""
    return _with_context(expression, gast.Load())


def _with_context(node: Any, context: Any) -> Any:
    if isinstance(node, gast.Starred):
        _with_context(node.value, context)
    elif isinstance(node, gast.Tuple | gast.List):
        for element in node.elts:
            _with_context(element, context)
    if hasattr(node, "ctx"):
        node.ctx = context
    return node


def duplicate(node: Any) -> Any:
    """A copy of a tree, all of whose nodes are new."""
    return clone(node)


def place(new: Any, like: Any) -> Any:
    """Give the nodes without a place the place of the user's construct."""
    for node in walk(new):
        if "lineno" in node._attributes and getattr(node, "lineno", None) is None:
            gast.copy_location(node, like)
    return new


def place_all(block: list[Any], like: Any) -> list[Any]:
    """`place` for every statement of a block."""
    for statement in block:
        place(statement, like)
    return block


def same(a: Any, b: Any) -> bool:
    """Whether two trees have the same text."""
    return bool(gast.dump(a) == gast.dump(b))


def size(node: Any) -> int:
    """How many nodes a tree has."""
    return sum(1 for _ in gast.walk(node))  # noqa: TID251 - operators count


BLOCKS = ("body", "orelse", "finalbody")


def rewrite(block: list[Any], change: Callable[[Any], list[Any]]) -> list[Any]:
    """A block with every statement replaced, innermost first; never left empty."""
    changed = []
    for statement in block:
        for field in BLOCKS:
            inner = getattr(statement, field, None)
            if inner:
                setattr(statement, field, rewrite(inner, change))
        changed += change(statement)
    return changed or [gast.copy_location(gast.Pass(), block[0])]
