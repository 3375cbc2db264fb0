"""Small constructors of gast expressions and statements."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import gast

from sourcediff.ir import Comment
from sourcediff.trees import clone as clone
from sourcediff.trees import names_in as names_in
from sourcediff.trees import node_of, walk
from sourcediff.trees import same as same

#: Contexts are shared: nobody changes them in place, and no walk comes to them.
_LOAD, _STORE = gast.Load(), gast.Store()


def name(identifier: str) -> Any:
    """A name that is read."""
    return node_of(
        gast.Name, id=identifier, ctx=_LOAD, annotation=None, type_comment=None
    )


def target(identifier: str) -> Any:
    """A name that is written."""
    return node_of(
        gast.Name, id=identifier, ctx=_STORE, annotation=None, type_comment=None
    )


def const(value: object) -> Any:
    """A literal."""
    return node_of(gast.Constant, value=value, kind=None)


def attribute(base: Any, attr: str) -> Any:
    """`base.attr`."""
    return node_of(gast.Attribute, value=base, attr=attr, ctx=_LOAD)


def call(function: Any, *args: Any, **keywords: Any) -> Any:
    """`function(*args, **keywords)`; a string is a dotted name."""
    if isinstance(function, str):
        function = dotted(function)
    return gast.Call(
        function,
        list(args),
        [gast.keyword(key, value) for key, value in keywords.items()],
    )


def dotted(text: str) -> Any:
    """The expression for a dotted name."""
    first, *rest = text.split(".")
    node = name(first)
    for part in rest:
        node = attribute(node, part)
    return node


def method(base: Any, attr: str, *args: Any, **keywords: Any) -> Any:
    """`base.attr(*args, **keywords)`."""
    return call(attribute(base, attr), *args, **keywords)


def subscript(base: Any, key: Any) -> Any:
    """`base[key]`."""
    return node_of(gast.Subscript, value=base, slice=key, ctx=_LOAD)


def key_argument(key: Any, numpy: str) -> Any:
    """An index as an argument of a function: slices need `np.s_`."""
    has_slice = any(isinstance(n, gast.Slice) for n in walk(key))
    return subscript(dotted(f"{numpy}.s_"), key) if has_slice else key


def binary(left: Any, operator: type, right: Any) -> Any:
    """`left operator right`."""
    return node_of(gast.BinOp, left=left, op=operator(), right=right)


def negative(node: Any) -> Any:
    """`-node`."""
    return gast.UnaryOp(gast.USub(), node)


def tuple_of(items: Iterable[Any]) -> Any:
    """`(items, ...)`."""
    return gast.Tuple(list(items), _LOAD)


def assign(to: Any, value: Any) -> Any:
    """`to = value`; a string is a name."""
    return node_of(gast.Assign, targets=[_stored(to)], value=value, type_comment=None)


def augment(to: Any, operator: type, value: Any) -> Any:
    """`to operator= value`."""
    return gast.AugAssign(_stored(to), operator(), value)


def comment(text: str) -> Any:
    """`# text`."""
    return gast.Expr(gast.Constant(Comment(text), None))


def effect(node: Any) -> Any:
    """An expression statement."""
    return gast.Expr(node)


def _stored(to: Any) -> Any:
    if isinstance(to, str):
        return target(to)
    to = copy.copy(to)
    to.ctx = _STORE
    if isinstance(to, gast.Tuple):
        to.elts = [_stored(e) for e in to.elts]
    return to


def loaded(node: Any) -> Any:
    """A copy of a store target, to be read."""
    node = clone(node)
    for child in walk(node):
        if hasattr(child, "ctx"):
            child.ctx = _LOAD
    return node


def at(lineno_of: Any, statements: Iterable[Any]) -> list[Any]:
    """The statements, carrying the source position of another one."""
    placed = list(statements)
    line = getattr(lineno_of, "lineno", None)
    for statement in placed:
        if line is not None and getattr(statement, "lineno", None) is None:
            statement.lineno = line
            statement.col_offset = getattr(lineno_of, "col_offset", 0)
    return placed


def is_range(iterable: Any) -> bool:
    """Whether a loop over an expression is one over `range(...)`, maybe reversed."""
    match iterable:
        case gast.Call(func=gast.Name(id="range")):
            return True
        case gast.Call(func=gast.Name(id="reversed"), args=[inner]):
            return is_range(inner)
        case _:
            return False
