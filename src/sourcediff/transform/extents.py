"""Expressions that certainly have one shape, whatever it is: told by their text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gast


def extent(
    node: Any,
    shape_of: Callable[[str], str | None],
    is_scalar: Callable[[Any], bool],
    known: Mapping[str, str],
) -> str | None:
    """A text that expressions of one statement share if they are of one shape.

    `known` gives the extents of names that are not the primal's, `shape_of` what is
    common to those that are. Reversing an array and arithmetic with numbers leave its
    shape as it is.

    >>> tree = gast.parse("s * y[:k][::-1] + y[:k]").body[0].value
    >>> extent(tree, {"y": "n"}.get, lambda n: getattr(n, "id", "") == "s", {})
    'n[:k]'
    """

    def of(node: Any) -> str | None:
        match node:
            case gast.Name(id=identifier):
                if identifier in known:
                    return known[identifier]
                return shape_of(identifier)
            case gast.Subscript(value=value, slice=key):
                inner = of(value)
                parts = key.elts if isinstance(key, gast.Tuple) else [key]
                if inner is None or not all(isinstance(p, gast.Slice) for p in parts):
                    return None
                if all(map(_reverses, parts)):
                    return inner
                return f"{inner}[{', '.join(map(gast.unparse, parts))}]"
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return of(operand)
            case gast.BinOp(op=gast.MatMult()):
                return None
            case gast.BinOp(left=left, right=right):
                if is_scalar(left):
                    return of(right)
                if is_scalar(right):
                    return of(left)
                first = of(left)
                return first if first is not None and first == of(right) else None
            case _:
                return None

    return of(node)


def _reverses(part: Any) -> bool:
    match part:
        case gast.Slice(lower=None, upper=None, step=gast.UnaryOp(op=gast.USub())):
            return isinstance(part.step.operand, gast.Constant) and (
                part.step.operand.value == 1
            )
        case _:
            return False
