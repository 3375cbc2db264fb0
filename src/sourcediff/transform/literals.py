"""Mathematical functions of literals are the numbers that they give."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container, Mapping
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, walk_statements
from sourcediff.transform.build import const
from sourcediff.trees import walk, with_changes


def with_literals(body: list[Any], static: Callable[[str], Any]) -> bool:
    """Write what functions of `math` give for literals; whether there were any.

    `static` tells what a name stands for, if that is known. A function of NumPy gives
    another type of number, so it stays.

    >>> body = gast.parse("y = x / sqrt(2.0) + np.sqrt(2.0)").body
    >>> with_literals(body, {"sqrt": math.sqrt}.get)
    True
    >>> gast.unparse(body[0])
    'y = x / 1.4142135623730951 + np.sqrt(2.0)'
    """
    found = False

    def number(node: Any) -> Any:
        if not isinstance(node, (gast.Call, gast.BinOp, gast.UnaryOp)):
            return node
        node = with_changes(node, number)
        value = _value(node, static)
        if value is None:
            return node
        nonlocal found
        found = True
        return const(value)

    for statement in body:
        for inner in blocks(statement):
            found |= with_literals(inner, static)
        if isinstance(statement, (gast.Assign, gast.AugAssign, gast.Return)):
            statement.value = statement.value and number(statement.value)
    return found


def without_named_literals(body: list[Any], temporaries: Container[str]) -> list[Any]:
    """The body with numbers in the place of temporary names for them.

    >>> tree = gast.parse("t = 0.25; y = x / t; u = 3; u += 1")
    >>> tree.body = without_named_literals(tree.body, {"t", "u"})
    >>> print(gast.unparse(tree))
    y = x / 0.25
    u = 3
    u += 1
    """
    counted = Counter(
        node.id
        for statement in body
        for node in walk(statement)
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load)
    )
    named: dict[str, Any] = {}
    for statement in walk_statements(body):
        match statement:
            case gast.Assign(
                targets=[gast.Name(id=to)], value=gast.Constant(value=float())
            ) if counted[to] == 1 and to in temporaries:
                named[to] = statement
    return _substituted(body, named) if named else body


def _substituted(body: list[Any], named: Mapping[str, Any]) -> list[Any]:
    def literal(node: Any) -> Any:
        if isinstance(node, gast.Name):
            return const(named[node.id].value.value) if node.id in named else node
        return with_changes(node, literal)

    gone = {id(statement) for statement in named.values()}
    kept = [statement for statement in body if id(statement) not in gone]
    for statement in kept:
        for inner in blocks(statement):
            inner[:] = _substituted(inner, named)
        for key in ("value", "test", "iter", "target", "targets"):
            part = getattr(statement, key, None)
            if isinstance(part, list):
                setattr(statement, key, [literal(p) for p in part])
            elif isinstance(part, gast.AST):
                setattr(statement, key, literal(part))
    return kept


def function_of_math(node: Any, static: Callable[[str], Any]) -> Any:
    """The function of `math` that an expression names, or None."""
    match node:
        case gast.Name(id=label):
            function = static(label)
        case gast.Attribute(value=gast.Name(id=module), attr=attr):
            function = getattr(math, attr, None) if static(module) is math else None
        case _:
            return None
    is_ours = getattr(function, "__module__", None) == "math"
    return function if is_ours and callable(function) else None


def _value(node: Any, static: Callable[[str], Any]) -> float | None:
    """The positive number that a call of a function of `math` gives, or None."""
    if not isinstance(node, gast.Call) or node.keywords:
        return None
    function, arguments = function_of_math(node.func, static), node.args
    if function is None:
        return None
    values = [getattr(a, "value", None) for a in arguments]
    if not values or not all(type(v) in (int, float) for v in values):
        return None
    try:
        result = function(*values)
    except (ArithmeticError, TypeError, ValueError):
        return None
    fits = type(result) is float and math.isfinite(result) and result > 0
    return result if fits else None
