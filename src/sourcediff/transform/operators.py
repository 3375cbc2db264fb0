"""Which function an operator of the syntax calls."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast

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
