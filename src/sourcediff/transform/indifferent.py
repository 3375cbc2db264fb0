"""Code that means the same with Python's floats in the place of NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.analysis.effects import root
from sourcediff.kinds import Array, Kind, List, Scalar, Static
from sourcediff.trees import walk

Kinds = Callable[[str], tuple[Kind, ...]]

#: Built-in functions that make the same of either float.
_BUILTINS = frozenset(
    {"range", "reversed", "len", "abs", "float", "int", "bool", "min", "max", "zip"}
    | {"enumerate", "list", "tuple"}
)
_STACKS = frozenset({"append", "pop"})


def is_indifferent(
    tree: Any, kinds: Kinds, is_pure: Callable[[Any], bool], helpers: frozenset[str]
) -> bool:
    """Whether a function comes to the same if some float64 are Python's floats.

    It may raise an error where NumPy warns and gives infinity, or has a method; powers
    of negative numbers and remainders would differ silently.
    `kinds` tells what a name may hold, `helpers` names functions that do not mind.
    """

    def is_arrays(node: Any) -> bool:
        """Whether an attribute is that of an array, or of a module, as far as seen."""
        base = root(node)
        if base is None:
            return True
        found = kinds(base)
        return bool(found) and all(isinstance(k, Array | Static) for k in found)

    def fits(node: Any) -> bool:
        match node:
            case gast.BinOp(op=gast.Pow(), right=exponent):
                whole = isinstance(exponent, gast.Constant)
                return whole and type(exponent.value) is int and exponent.value >= 0
            case gast.BinOp(op=gast.FloorDiv() | gast.Mod(), left=left, right=right):
                return is_index(left, kinds) and is_index(right, kinds)
            case gast.AugAssign(op=gast.FloorDiv() | gast.Mod() | gast.Pow()):
                return False
            case gast.Call(func=gast.Name(id=label)):
                return label in _BUILTINS or label in helpers
            case gast.Call(func=gast.Attribute(value=value, attr=attr)):
                base = root(value)
                stack = base is not None and any(
                    isinstance(k, List) for k in kinds(base)
                )
                if attr in _STACKS and (stack or base in helpers):
                    return True
                return is_pure(node) and is_arrays(value)
            case gast.Call() | gast.Lambda() | gast.FunctionDef() | gast.ClassDef():
                return False
            case gast.ListComp() | gast.GeneratorExp() | gast.SetComp():
                return False
            case gast.DictComp() | gast.NamedExpr() | gast.Try():
                return False
            case gast.Attribute(value=value):
                return is_arrays(value)
            case _:
                return True

    def parts(statement: Any) -> Any:
        for node in walk(statement):
            match node:
                case gast.Call(func=gast.Attribute() as function):
                    skipped.add(function)
            yield node

    skipped: set[Any] = set()
    return all(
        node in skipped or fits(node)
        for statement in tree.body
        for node in parts(statement)
    )


def is_index(node: Any, kinds: Kinds) -> bool:
    """Whether an expression is certainly one integer."""
    match node:
        case gast.Constant(value=value):
            return type(value) is int
        case gast.Name(id=identifier):
            found = kinds(identifier)
            return bool(found) and all(map(_is_integer, found))
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            return is_index(operand, kinds)
        case gast.BinOp(
            left=left, op=gast.Add() | gast.Sub() | gast.Mult() | gast.FloorDiv()
        ):
            return is_index(left, kinds) and is_index(node.right, kinds)
        case _:
            return False


def _is_integer(kind: Kind) -> bool:
    if isinstance(kind, Static):
        return type(kind.value) is int
    return isinstance(kind, Scalar) and kind.dtype.kind in "iu"
