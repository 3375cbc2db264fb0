"""Operators: which need parentheses, where chains of them may break."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.emit.binding import (
    BINARY,
    BOOLEAN,
    COMPARISON,
    UNARY,
    Binding,
    binding,
    known,
)
from sourcediff.emit.marks import BEFORE, CHAIN, END, HUG, NAMED, Strength
from sourcediff.emit.stream import StreamWriter

_SPACED_CONSTANTS = {str, bytes, type(...)}
_COMPARE = BEFORE[Strength.COMPARISON]
_CONDITIONAL = BEFORE[Strength.CONDITIONAL]


class OperatorWriter(StreamWriter):
    """Writes unary and binary operators, comparisons and conditional expressions."""

    def _BinOp(self, node: Any) -> None:
        operator = known(BINARY, node.op)
        if operator.binding is Binding.POWER:
            self._power(node)
            return
        level = operator.binding
        spine = [node]
        while _is_binary(spine[-1].left, level):
            spine.append(spine[-1].left)
        self.write(CHAIN)
        self.operand(spine[-1].left, level)
        for part in reversed(spine):
            before, sign, _ = BINARY[part.op.__class__]
            self.write(before)
            self.write(sign)
            self.operand(part.right, Binding(level + 1))
        self.write(END)

    def _power(self, node: Any) -> None:
        self.write(CHAIN)
        self.operand(node.left, Binding.AWAIT)
        while True:
            right = node.right
            again = _is_binary(right, Binding.POWER)
            if (
                binding(node.left) >= Binding.AWAIT
                and _is_simple(node.left)
                and _is_simple(right.left if again else right)
            ):
                self.write(HUG)
            else:
                before, sign, _ = BINARY[gast.Pow]
                self.write(before)
                self.write(sign)
            if not again:
                break
            node = right
            self.operand(node.left, Binding.AWAIT)
        self.operand(right, Binding.FACTOR)
        self.write(END)

    def _BoolOp(self, node: Any) -> None:
        self.write(CHAIN)
        self._boolean_operands(node)
        self.write(END)

    def _boolean_operands(self, node: Any) -> None:
        before, sign, level = known(BOOLEAN, node.op)
        for position, value in enumerate(node.values):
            if position:
                self.write(before)
                self.write(sign)
            if value.__class__ is gast.BoolOp and binding(value) > level:
                self._boolean_operands(value)
            else:
                self.operand(value, Binding(level + 1))

    def _Compare(self, node: Any) -> None:
        self.write(CHAIN)
        self.operand(node.left, Binding.BIT_OR)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            self.write(_COMPARE)
            self.write(known(COMPARISON, op))
            self.operand(comparator, Binding.BIT_OR)
        self.write(END)

    def _UnaryOp(self, node: Any) -> None:
        self.write(known(UNARY, node.op))
        if _is_binary(node.operand, Binding.POWER):
            # The grammar needs none: -x**2 is -(x**2), but few readers are sure of it.
            self.parenthesised(node.operand)
        else:
            self.operand(node.operand, binding(node))

    def _IfExp(self, node: Any) -> None:
        self.write(CHAIN)
        while node.__class__ is gast.IfExp:
            self.operand(node.body, Binding.OR)
            self.write(_CONDITIONAL)
            self.write("if ")
            self.operand(node.test, Binding.OR)
            self.write(_CONDITIONAL)
            self.write("else ")
            node = node.orelse
        self.operand(node, Binding.TEST)
        self.write(END)

    def _NamedExpr(self, node: Any) -> None:
        self.write(CHAIN)
        self.expression(node.target)
        self.write(NAMED)
        self.write(":= ")
        self.operand(node.value, Binding.TEST)
        self.write(END)


def _is_binary(node: Any, level: Binding) -> bool:
    return node.__class__ is gast.BinOp and binding(node) is level


def _is_simple(node: Any) -> bool:
    """Whether a power needs no spaces around its sign for this operand."""
    if node.__class__ is gast.UnaryOp:
        return node.op.__class__ is not gast.Not and _is_simple(node.operand)
    if node.__class__ is gast.Attribute:
        return _is_simple(node.value)
    if node.__class__ is gast.Constant:
        return node.value.__class__ not in _SPACED_CONSTANTS
    return node.__class__ is gast.Name
