"""How wide a statement is when it is printed, roughly and never too little."""

from __future__ import annotations

from typing import Any

import gast


def width(node: Any) -> int:
    """The columns that an expression or a plain statement takes on one line.

    >>> width(gast.parse("x_bar += 2 * y_bar[i] * np.cos(x)").body[0])
    38
    """
    match node:
        case None:
            return 0
        case gast.Name(id=identifier):
            return len(identifier)
        case gast.Constant(value=value):
            return len(repr(value))
        case gast.BinOp(left=left, right=right):
            inner = (left, right)
            loose = sum(2 for n in inner if isinstance(n, gast.BinOp) and _loose(n))
            return width(left) + width(right) + 4 + loose
        case gast.UnaryOp(operand=operand):
            return width(operand) + 3
        case gast.Attribute(value=value, attr=attr):
            return width(value) + 1 + len(attr)
        case gast.Subscript(value=value, slice=key):
            return width(value) + 2 + width(key)
        case gast.Call(func=function, args=arguments, keywords=keywords):
            parts = [*arguments, *keywords]
            return width(function) + 2 + _listed(parts)
        case gast.keyword(arg=label, value=value):
            return len(label or "*") + 1 + width(value)
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            return 2 + _listed(elements)
        case gast.Slice(lower=lower, upper=upper, step=step):
            return width(lower) + width(upper) + width(step) + 4
        case gast.Assign(targets=targets, value=value):
            return sum(width(t) + 3 for t in targets) + width(value)
        case gast.AugAssign(target=target, value=value):
            return width(target) + 5 + width(value)
        case gast.AST():
            return sum(width(child) + 4 for child in gast.iter_child_nodes(node))
        case _:
            return 0


def _listed(nodes: list[Any]) -> int:
    return sum(width(n) + 2 for n in nodes)


def _loose(node: Any) -> bool:
    return isinstance(node.op, gast.Add | gast.Sub)
