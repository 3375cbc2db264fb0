"""Tuples, lists, sets and dicts, written out or as comprehensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from sourcediff.emit.binding import Binding
from sourcediff.emit.marks import (
    EMPTY_DICT,
    EMPTY_LIST,
    END,
    GROUP,
    LINE,
    NO_ARGUMENTS,
    TRAILING_COMMA,
)
from sourcediff.emit.operators import OperatorWriter
from sourcediff.emit.unprintable import Unprintable


class DisplayWriter(OperatorWriter):
    """Writes what stands in brackets of its own."""

    def _Tuple(self, node: Any) -> None:
        if not node.elts:
            self.write(NO_ARGUMENTS)
            return
        self.open("(")
        self.operands(node.elts)
        self.write("," if len(node.elts) == 1 else TRAILING_COMMA)
        self.close(")")

    def _List(self, node: Any) -> None:
        if not node.elts:
            self.write(EMPTY_LIST)
            return
        self._display("[", node.elts, "]")

    def _Set(self, node: Any) -> None:
        if not node.elts:
            raise Unprintable("an empty set: it has no literal")
        self._display("{", node.elts, "}")

    def _display(self, opening: str, elements: Sequence[Any], closing: str) -> None:
        self.open(opening)
        self.operands(elements)
        self.write(TRAILING_COMMA)
        self.close(closing)

    def _Dict(self, node: Any) -> None:
        if not node.values:
            self.write(EMPTY_DICT)
            return
        self.open("{")
        items = zip(node.keys, node.values, strict=True)
        for key, value in self.separated(items):
            if key is None:
                self.write("**")
                self.operand(value, Binding.BIT_OR)
            else:
                self._item(key, value)
        self.write(TRAILING_COMMA)
        self.close("}")

    def _item(self, key: Any, value: Any) -> None:
        self.operand(key, Binding.TEST)
        self.write(": ")
        self.operand(value, Binding.TEST)

    def _ListComp(self, node: Any) -> None:
        self._comprehension("[", node.elt, node.generators, "]")

    def _SetComp(self, node: Any) -> None:
        self._comprehension("{", node.elt, node.generators, "}")

    def _GeneratorExp(self, node: Any) -> None:
        self._comprehension("(", node.elt, node.generators, ")")

    def _DictComp(self, node: Any) -> None:
        self._comprehension("{", (node.key, node.value), node.generators, "}")

    def _comprehension(
        self, opening: str, element: Any, generators: Sequence[Any], closing: str
    ) -> None:
        self.open(opening)
        self.write(GROUP)
        self._comprehension_parts(element, generators)
        self.write(END)
        self.close(closing)

    def _comprehension_parts(self, element: Any, generators: Sequence[Any]) -> None:
        self.write(GROUP)
        if element.__class__ is tuple:
            self._item(*element)
        else:
            self.operand(element, Binding.TEST)
        self.write(END)
        for generator in generators:
            self.write(LINE)
            self.write("async for " if generator.is_async else "for ")
            self.target(generator.target)
            self.write(" in ")
            self.operand(generator.iter, Binding.OR)
            for condition in generator.ifs:
                self.write(LINE)
                self.write("if ")
                self.operand(condition, Binding.OR)

    def target(self, node: Any) -> None:
        """Write what a loop assigns to: a tuple has no parentheses and never breaks."""
        if node.__class__ is not gast.Tuple or len(node.elts) < 2:
            self.expression(node)
            return
        for position, element in enumerate(node.elts):
            self.write(", " if position else "")
            self.expression(element)
