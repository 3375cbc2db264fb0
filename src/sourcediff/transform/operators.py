"""Which function an operator of the syntax calls."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

_FUNCTIONS: dict[type, Callable[..., Any]] = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.USub: operator.neg,
    gast.UAdd: operator.pos,
    gast.Invert: operator.invert,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
    gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
}


def operator_function(op: Any) -> Callable[..., Any]:
    """The function behind an operator node.

    >>> operator_function(gast.Mult()) is operator.mul
    True
    """
    return _FUNCTIONS[type(op)]


def operation(node: Any) -> tuple[Callable[..., Any], list[Any]]:
    """The function and the operands of an operator node.

    `1 / x` is the reciprocal of `x`, whose derivative reads nothing but the result.
    """
    match node:
        case gast.BinOp(
            left=gast.Constant(value=int() | float() as numerator), op=gast.Div()
        ) if numerator == 1:
            return np.reciprocal, [node.right]
        case gast.BinOp(left=left, op=op, right=right):
            return operator_function(op), [left, right]
        case gast.UnaryOp(op=op, operand=operand):
            return operator_function(op), [operand]
        case _:
            raise AssertionError(node)
