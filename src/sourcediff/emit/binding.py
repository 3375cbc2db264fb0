"""How tightly each kind of expression binds: where parentheses are needed."""

from __future__ import annotations

from enum import IntEnum, auto
from typing import Any, NamedTuple, TypeVar

import gast

from sourcediff.emit.literals import constant_text
from sourcediff.emit.marks import BEFORE, INVERT, Mark, Strength
from sourcediff.emit.unprintable import Unprintable

Entry = TypeVar("Entry")


class Binding(IntEnum):
    """The levels of Python's grammar, loosest first."""

    YIELD = auto()
    NAMED = auto()
    TEST = auto()
    OR = auto()
    AND = auto()
    NOT = auto()
    COMPARISON = auto()
    BIT_OR = auto()
    BIT_XOR = auto()
    BIT_AND = auto()
    SHIFT = auto()
    SUM = auto()
    PRODUCT = auto()
    FACTOR = auto()
    POWER = auto()
    AWAIT = auto()
    ATOM = auto()


class Operator(NamedTuple):
    """An operator: the break before it, its sign, and its place in the grammar."""

    before: Mark
    sign: str
    binding: Binding


def _operator(sign: str, binding: Binding, strength: Strength) -> Operator:
    return Operator(BEFORE[strength], f"{sign} ", binding)


BINARY = {
    gast.Add: _operator("+", Binding.SUM, Strength.SUM),
    gast.Sub: _operator("-", Binding.SUM, Strength.SUM),
    gast.Mult: _operator("*", Binding.PRODUCT, Strength.PRODUCT),
    gast.MatMult: _operator("@", Binding.PRODUCT, Strength.PRODUCT),
    gast.Div: _operator("/", Binding.PRODUCT, Strength.PRODUCT),
    gast.Mod: _operator("%", Binding.PRODUCT, Strength.PRODUCT),
    gast.FloorDiv: _operator("//", Binding.PRODUCT, Strength.PRODUCT),
    gast.LShift: _operator("<<", Binding.SHIFT, Strength.SHIFT),
    gast.RShift: _operator(">>", Binding.SHIFT, Strength.SHIFT),
    gast.BitAnd: _operator("&", Binding.BIT_AND, Strength.BIT_AND),
    gast.BitXor: _operator("^", Binding.BIT_XOR, Strength.BIT_XOR),
    gast.BitOr: _operator("|", Binding.BIT_OR, Strength.BIT_OR),
    gast.Pow: _operator("**", Binding.POWER, Strength.POWER),
}
BOOLEAN = {
    gast.And: _operator("and", Binding.AND, Strength.BOOLEAN),
    gast.Or: _operator("or", Binding.OR, Strength.BOOLEAN),
}
COMPARISON = {
    gast.Eq: "== ",
    gast.NotEq: "!= ",
    gast.Lt: "< ",
    gast.LtE: "<= ",
    gast.Gt: "> ",
    gast.GtE: ">= ",
    gast.Is: "is ",
    gast.IsNot: "is not ",
    gast.In: "in ",
    gast.NotIn: "not in ",
}
UNARY = {
    gast.USub: "-",
    gast.UAdd: "+",
    gast.Invert: INVERT,
    gast.Not: "not ",
}

_FIXED = {
    gast.Yield: Binding.YIELD,
    gast.YieldFrom: Binding.YIELD,
    gast.NamedExpr: Binding.NAMED,
    gast.IfExp: Binding.TEST,
    gast.Lambda: Binding.TEST,
    gast.Compare: Binding.COMPARISON,
    gast.Await: Binding.AWAIT,
}


def known(table: dict[Any, Entry], operator: Any) -> Entry:
    """The entry of a table for an operator."""
    entry = table.get(operator.__class__)
    if entry is None:
        raise Unprintable(f"a {type(operator).__name__} as such an operator")
    return entry


def binding(node: Any) -> Binding:
    """The level of an expression: it needs parentheses where more is asked for."""
    kind = node.__class__
    if kind is gast.BinOp:
        return known(BINARY, node.op).binding
    if kind is gast.UnaryOp:
        return Binding.NOT if node.op.__class__ is gast.Not else Binding.FACTOR
    if kind is gast.BoolOp:
        return known(BOOLEAN, node.op).binding
    if kind is gast.Constant:
        return _constant_binding(node.value)
    return _FIXED.get(kind, Binding.ATOM)


def _constant_binding(value: Any) -> Binding:
    if value.__class__ not in (int, float, complex):
        return Binding.ATOM
    text = constant_text(value)
    if " " in text and text[0] != "(":
        return Binding.SUM
    return Binding.FACTOR if text[0] == "-" else Binding.ATOM
