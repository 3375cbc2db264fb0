"""Pullbacks of elementwise operations, made of the text of their rules.

A rule that is one `return` becomes a function without inner calls:

    @elementwise(np.multiply)          def pull(self, seed):
    def multiply(z, x1, x2):               z, x1, x2 = self.saved
        return x2, x1                      return (seed * x2, seed * x1)

Other rules are called.
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


def pull_of(rule: Rule, wanted: tuple[bool, ...]) -> Callable[..., Any]:
    """The method that gives the cotangents of the wanted arguments.

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from sourcediff.rules import lookup
    >>> pull = pull_of(lookup(np.multiply), (True, False))
    >>> pull(SimpleNamespace(saved=(None, None, 3.0)), 2.0)
    (6.0,)
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
    def pull(self: Any, seed: Any) -> tuple[Any, ...]:
        given = partials(*self.saved)
        if given.__class__ is tuple:
            return tuple([product(seed, partial) for partial in given])
        return (product(seed, given),)

    return pull


def _inlined(rule: Rule, wanted: tuple[bool, ...]) -> Callable[..., Any] | None:
    expressions = _returned(rule.function)
    if expressions is None or len(expressions) != len(wanted):
        return None
    names = list(inspect.signature(rule.function).parameters)
    if "seed" in names or "self" in names or len(names) != len(wanted) + 1:
        return None
    products = [
        _times_seed(expression)
        for expression, want in zip(expressions, wanted, strict=True)
        if want
    ]
    read = {name for item in products for name in _names(item)}
    lines = ["def pull(self, seed):"]
    if read & set(names):
        lines.append(f"    {', '.join(names)} = self.saved")
    lines.append(f"    return ({', '.join(ast.unparse(item) for item in products)},)")
    known = {**vars(builtins), **rule.function.__globals__}
    if not read <= {"seed", *names, *known}:
        return None
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), rule.function.__globals__, namespace)
    made: Callable[..., Any] = namespace["pull"]
    return made


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
        case ast.Constant(value=None):
            return partial
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ast.BinOp(ast.UnaryOp(ast.USub(), seed), ast.Mult(), operand)
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Div(), right=right):
            return ast.BinOp(seed, ast.Div(), right)
    return ast.BinOp(seed, ast.Mult(), partial)
