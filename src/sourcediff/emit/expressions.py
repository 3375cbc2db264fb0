"""Expressions become streams: no parentheses but those that the grammar needs."""

from __future__ import annotations

from typing import Any

from sourcediff.emit.binding import Binding
from sourcediff.emit.chains import ChainWriter
from sourcediff.emit.fstrings import fstring_text
from sourcediff.emit.marks import LAMBDA, LAMBDA_BODY, UNWRAP, WRAP
from sourcediff.emit.parameters import Parameter, listed


class ExpressionWriter(ChainWriter):
    """Writes expressions of every kind."""

    def _Lambda(self, node: Any) -> None:
        self.write(LAMBDA)
        for position, parameter in enumerate(listed(node.args)):
            self.write(", " if position else " ")
            self.parameter(parameter)
        self.write(": ")
        self.write(LAMBDA_BODY)
        self.operand(node.body, Binding.TEST)
        self.write(UNWRAP)

    def parameter(self, parameter: Parameter) -> None:
        """Write one entry of a parameter list."""
        prefix, name, default = parameter
        self.write(prefix)
        equals = "="
        if name is not None:
            self.write(name.id)
            if name.annotation is not None:
                self.write(": ")
                self.operand(name.annotation, Binding.TEST)
                equals = " = "
        if default is not None:
            self.write(equals)
            self.operand(default, Binding.TEST)

    def _Await(self, node: Any) -> None:
        self.write("await ")
        self.operand(node.value, Binding.ATOM)

    def _Yield(self, node: Any) -> None:
        self.write("yield")
        if node.value is not None:
            self.write(" ")
            self._sent(node.value)

    def _YieldFrom(self, node: Any) -> None:
        self.write("yield from ")
        self._sent(node.value)

    def _sent(self, node: Any) -> None:
        self.write(WRAP)
        self.operand(node, Binding.TEST)
        self.write(UNWRAP)

    def _JoinedStr(self, node: Any) -> None:
        self.write(fstring_text(node, self.taken_quotes, _nested_text))


def expression_text(node: Any) -> str:
    """The text of a gast expression, on one line, with as few parentheses as needed.

    >>> import gast
    >>> expression_text(gast.parse("(-x)**2 - (y*(z@(a if b else c)))").body[0].value)
    '(-x) ** 2 - y * (z @ (a if b else c))'
    """
    writer = ExpressionWriter()
    writer.operand(node, Binding.YIELD)
    return "".join(writer.stream)


def _nested_text(node: Any, taken_quotes: tuple[str, ...]) -> str:
    """The text of an expression within an f-string."""
    writer = ExpressionWriter(taken_quotes)
    writer.operand(node, Binding.OR)
    return "".join(writer.stream)
