"""A seed that is one need not be multiplied by."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Set
from typing import Any

#: Functions that give floats whatever they are given.
_OF_FLOATS = tuple(
    {
        *(math.exp, math.log, math.sqrt, math.erf, math.erfc, math.pow, math.hypot),
        *(math.sin, math.cos, math.tan, math.asin, math.acos, math.atan, math.atan2),
        *(math.sinh, math.cosh, math.tanh, math.expm1, math.log1p, math.lgamma),
    }
)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def without_unit_seed(
    body: list[ast.stmt], seed: str, floats: Set[str], value_of: Callable[[str], Any]
) -> None:
    """Leave the factor `seed` out of products of floats, where it is 1.0.

    `floats` are the parameters that are floats of Python's, `value_of` tells what a
    free name stands for. Such a product is the same to the last bit, and a float as
    before.

    >>> body = ast.parse("y = x * x; x_bar = one * y / x; n_bar = one * n").body
    >>> without_unit_seed(body, "one", {"x"}, lambda name: None)
    >>> [ast.unparse(statement) for statement in body]
    ['y = x * x', 'x_bar = y / x', 'n_bar = one * n']
    """
    known = _Floats(body, floats, value_of)
    folding = _Folding(seed, known)
    for statement in body:
        folding.visit(statement)


class _Floats:
    """Which names and expressions of code without loops are floats of Python's."""

    def __init__(
        self,
        body: list[ast.stmt],
        floats: Set[str],
        value_of: Callable[[str], Any],
    ) -> None:
        self._value_of = value_of
        self._known: dict[str, bool] = dict.fromkeys(floats, True)
        bound = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Name)]
        self._bound = {n.id for n in bound if not isinstance(n.ctx, ast.Load)}
        for node in [n for s in body for n in ast.walk(s)]:
            if isinstance(node, ast.NamedExpr):
                self._known[node.target.id] = False
        for statement in body:
            self._note(statement)

    def _note(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=to)], value=value):
                is_float = self(value)
            case ast.AugAssign(target=ast.Name(id=to), op=op, value=value):
                is_float = isinstance(op, _ARITHMETIC) and self(value)
            case ast.If(body=then, orelse=otherwise):
                for inner in (*then, *otherwise):
                    self._note(inner)
                return
            case _:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        self._known[node.id] = False
                return
        self._known[to] = self._known.get(to, True) and is_float

    def __call__(self, node: ast.expr) -> bool:
        """Whether an expression certainly gives a float."""
        match node:
            case ast.Constant(value=value):
                return type(value) is float
            case ast.Name(id=identifier):
                return self._known.get(identifier, False)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self(operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int())):
                return self(left)
            case ast.BinOp(left=left, op=op, right=right):
                sides = self(left), self(right)
                wholes = (
                    isinstance(n, ast.Constant) and type(n.value) is int
                    for n in (left, right)
                )
                return (
                    isinstance(op, _ARITHMETIC)
                    and any(sides)
                    and all(s or w for s, w in zip(sides, wholes, strict=True))
                )
            case ast.Call(func=ast.Name(id=label)) if label not in self._bound:
                return any(self._value_of(label) is f for f in _OF_FLOATS)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=attr)):
                is_math = module not in self._bound and self._value_of(module) is math
                return is_math and getattr(math, attr, None) in _OF_FLOATS
            case _:
                return False


class _Folding(ast.NodeTransformer):
    """Takes the seed out of the products of floats."""

    def __init__(self, seed: str, is_float: Callable[[ast.expr], bool]) -> None:
        self._seed = seed
        self._is_float = is_float

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """The other factor in the place of a product with the seed."""
        self.generic_visit(node)
        one = ast.Constant(1.0)
        match node:
            case ast.BinOp(left=ast.Name(id=self._seed), op=ast.Mult(), right=other):
                made: ast.expr = other
            case ast.BinOp(left=other, op=ast.Mult(), right=ast.Name(id=self._seed)):
                made = other
            case ast.BinOp(left=ast.Name(id=self._seed), op=ast.Div(), right=other):
                made = ast.BinOp(one, ast.Div(), other)
            case ast.BinOp(
                left=ast.UnaryOp(op=ast.USub(), operand=ast.Name(id=self._seed)),
                op=ast.Mult(),
                right=other,
            ):
                made = ast.UnaryOp(ast.USub(), other)
            case _:
                return node
        return ast.copy_location(made, node) if self._is_float(other) else node
