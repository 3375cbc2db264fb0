"""The writer of streams, on which the writers of expressions are built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn, TypeVar

import gast

from sourcediff.emit.binding import Binding, binding
from sourcediff.emit.literals import constant_text, quoted_text
from sourcediff.emit.marks import CLOSE, COMMA, OPEN
from sourcediff.emit.unprintable import Unprintable

Item = TypeVar("Item")


class StreamWriter:
    """Writes expressions to a stream: one method per node, named as in astunparse."""

    def __init__(self, taken_quotes: tuple[str, ...] = ()) -> None:
        self.stream: list[str] = []
        self.write: Callable[[str], None] = self.stream.append
        # Quotes of the f-strings around: they cannot occur in here.
        self.taken_quotes = taken_quotes

    def expression(self, node: Any) -> None:
        """Write an expression as it stands, without parentheses around it."""
        kind = node.__class__
        if kind is gast.Name:
            self.write(node.id)
        elif issubclass(kind, gast.expr):
            getattr(self, f"_{kind.__name__}", self._refuse)(node)
        else:
            self._refuse(node)

    def operand(self, node: Any, level: Binding) -> None:
        """Write an expression, in parentheses if it binds more loosely than asked."""
        if binding(node) < level:
            self.parenthesised(node)
        else:
            self.expression(node)

    def parenthesised(self, node: Any) -> None:
        """Write an expression in parentheses."""
        self.open("(")
        self.expression(node)
        self.close(")")

    def separated(self, items: Iterable[Item]) -> Iterator[Item]:
        """Go through items that are being written, with commas between them."""
        for position, item in enumerate(items):
            if position:
                self.write(COMMA)
            yield item

    def open(self, bracket: str) -> None:
        """Write an opening bracket: what comes next may stand on lines of its own."""
        self.write(bracket)
        self.write(OPEN)

    def close(self, bracket: str) -> None:
        """Write a closing bracket."""
        self.write(CLOSE)
        self.write(bracket)

    def operands(self, nodes: Sequence[Any], level: Binding = Binding.TEST) -> None:
        """Write expressions, separated by commas at which the line may break."""
        for node in self.separated(nodes):
            self.operand(node, level)

    def _refuse(self, node: Any) -> NoReturn:
        raise Unprintable(f"a {type(node).__name__} as an expression")

    def _Constant(self, node: Any) -> None:
        value = node.value
        if value.__class__ is str or value.__class__ is bytes:
            prefix = "u" if node.kind == "u" else ""
            self.write(prefix + quoted_text(value, self.taken_quotes))
        else:
            self.write(constant_text(value))
