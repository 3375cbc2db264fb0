"""Pullbacks of elementwise operations, made of the text of their rules.

A rule that is one `return` becomes a function without inner calls:

    @elementwise(np.multiply)          def pull(node, seed):
    def multiply(z, x1, x2):               return (seed * node.right, seed * node.left)
        return x2, x1

Other rules are called. With one wanted argument its cotangent stands alone.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from sourcediff.rules import Rule
from sourcediff.rules.components import component

#: Where a node has the result and the arguments of its operation.
_PLACES = ("result", "left", "right")


def pull_of(rule: Rule, wanted: tuple[bool, ...]) -> Callable[..., Any]:
    """The function that gives the cotangents of the wanted arguments.

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from sourcediff.rules import lookup
    >>> node = SimpleNamespace(result=None, left=5.0, right=3.0)
    >>> pull_of(lookup(np.multiply), (True, False))(node, 2.0)
    6.0
    >>> pull_of(lookup(np.multiply), (True, True))(node, 2.0)
    (6.0, 10.0)
    """
    made = _inlined(rule, wanted)
    if made is not None:
        return made
    if all(wanted):
        return _calling(rule.function)
    return _calling(component(rule, wanted.index(True)))


def is_fresh(rule: Rule, wanted: tuple[bool, ...]) -> bool:
    """Whether no cotangent is the seed itself.

    >>> import numpy as np
    >>> from sourcediff.rules import lookup
    >>> is_fresh(lookup(np.exp), (True,)), is_fresh(lookup(np.add), (True, True))
    (True, False)
    """
    expressions = _returned(rule.function)
    if expressions is None or len(expressions) != len(wanted):
        return False
    return not any(
        want and isinstance(expression, ast.Constant)
        for expression, want in zip(expressions, wanted, strict=True)
    )


def partials_of(rule: Rule, wanted: tuple[bool, ...]) -> Callable[..., Any]:
    """The rule's function, or its part for the only wanted argument."""
    return rule.function if all(wanted) else component(rule, wanted.index(True))


def product(seed: Any, partial: Any) -> Any:
    """The cotangent of an argument with that partial derivative."""
    if partial.__class__ is int:
        if partial == 1:
            return seed
        if partial == -1:
            return -seed
    return seed * partial


def _calling(partials: Callable[..., Any]) -> Callable[..., Any]:
    def pull(node: Any, seed: Any) -> Any:
        given = partials(*node.saved)
        if given.__class__ is tuple:
            return tuple([product(seed, partial) for partial in given])
        return product(seed, given)

    return pull


def _inlined(rule: Rule, wanted: tuple[bool, ...]) -> Callable[..., Any] | None:
    expressions = _returned(rule.function)
    if expressions is None or len(expressions) != len(wanted):
        return None
    names = list(inspect.signature(rule.function).parameters)
    if "seed" in names or "node" in names or len(names) != len(wanted) + 1:
        return None
    chosen = [e for e, want in zip(expressions, wanted, strict=True) if want]
    read = {name for expression in chosen for name in _names(expression)}
    if not read <= {*names, *vars(builtins), *rule.function.__globals__}:
        return None
    placed = _Placed(dict(zip(names, _PLACES, strict=False)))
    products = [ast.unparse(placed.visit(_times_seed(e))) for e in chosen]
    text = f"def pull(node, seed):\n    return {', '.join(products)}"
    namespace: dict[str, Any] = {}
    exec(text, rule.function.__globals__, namespace)
    made: Callable[..., Any] = namespace["pull"]
    return made


class _Placed(ast.NodeTransformer):
    """Names of a rule's parameters become attributes of the node."""

    def __init__(self, places: dict[str, str]) -> None:
        self.places = places

    def visit_Name(self, name: ast.Name) -> ast.expr:
        """`x2` becomes `node.right`."""
        if name.id not in self.places:
            return name
        return ast.Attribute(ast.Name("node", ast.Load()), self.places[name.id])


def _names(tree: ast.AST) -> list[str]:
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _returned(function: Callable[..., Any]) -> list[ast.expr] | None:
    """What a function of a single `return` returns."""
    if function.__closure__:
        return None
    try:
        text = textwrap.dedent(inspect.getsource(function))
        definition = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(definition, ast.FunctionDef):
        return None
    body = [
        statement
        for statement in definition.body
        if not (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
        )
    ]
    match body:
        case [ast.Return(value=ast.Tuple(elts=elements))]:
            return list(elements)
        case [ast.Return(value=ast.expr() as value)]:
            return [value]
    return None


def _times_seed(partial: ast.expr) -> ast.expr:
    seed = ast.Name("seed", ast.Load())
    match partial:
        case ast.Constant(value=1):
            return seed
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)):
            return ast.UnaryOp(ast.USub(), seed)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ast.BinOp(ast.UnaryOp(ast.USub(), seed), ast.Mult(), operand)
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Div(), right=right):
            return ast.BinOp(seed, ast.Div(), right)
    return ast.BinOp(seed, ast.Mult(), partial)
