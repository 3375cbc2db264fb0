"""Matrices of a stack that are turned twice are as they were."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.transform.build import binary, const, negative, same

#: As rules are read, and as their expansion folds it.
_LAST_TWO = ([negative(const(1)), negative(const(2))], [const(-1), const(-2)])
_OF_THREE = [const(0), const(2), const(1)]


def turned_once(node: Any) -> Any:
    """An expression with what it turns twice left alone.

    >>> def shown(text):
    ...     return gast.unparse(turned_once(gast.parse(text).body[0].value))
    >>> shown("np.swapaxes(x.transpose(0, 2, 1), -1, -2)")
    'x'
    >>> shown("np.transpose(np.swapaxes(x, -1, -2) @ y, (0, 2, 1))")
    'np.swapaxes(y, -1, -2) @ x'
    """
    inner = _turned(node)
    if inner is None:
        return node
    match inner:
        case gast.BinOp(left=gast.Call() as left, op=gast.MatMult(), right=right):
            # `(x.T @ y).T`: both are stacks, as the rule of their product has it.
            first = _swapped(left)
            if first is not None and node.args[1:] and not _swapped(node):
                turn = gast.Call(left.func, [right, *left.args[1:]], [])
                return binary(turn, gast.MatMult, first)
    again = _turned(inner)
    return node if again is None else again


def _turned(node: Any) -> Any:
    """The matrices of which an expression is the transposes; None if of none."""
    match node:
        case gast.Call(
            func=gast.Attribute(attr="transpose"),
            args=[inner, gast.Tuple(elts=axes)],
            keywords=[],
        ) if same(axes, _OF_THREE):
            return inner
        case gast.Call(
            func=gast.Attribute(value=inner, attr="transpose"), args=axes, keywords=[]
        ) if same(axes, _OF_THREE):
            return inner
        case _:
            return _swapped(node)


def _swapped(node: Any) -> Any:
    """What is given to `np.swapaxes(…, -1, -2)`."""
    match node:
        case gast.Call(
            func=gast.Attribute(attr="swapaxes"), args=[inner, *axes], keywords=[]
        ) if any(same(axes, last) for last in _LAST_TWO):
            return inner
        case _:
            return None
