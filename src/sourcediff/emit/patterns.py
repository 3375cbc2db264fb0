"""`match` statements and their patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from sourcediff.emit.binding import Binding
from sourcediff.emit.marks import (
    BEFORE,
    CHAIN,
    COMMA,
    EMPTY_DICT,
    EMPTY_LIST,
    END,
    NO_ARGUMENTS,
    TRAILING_COMMA,
    UNWRAP,
    WRAP,
    Strength,
)
from sourcediff.emit.statements import StatementWriter

_OR = BEFORE[Strength.BIT_OR]


class PatternWriter(StatementWriter):
    """Adds to statements what `match` needs."""

    def _Match(self, node: Any) -> None:
        self.fill("match ")
        self.wrapped(node.subject)
        self.enter()
        for case in node.cases:
            self._match_case(case)
        self.leave()

    def _match_case(self, node: Any) -> None:
        self.fill("case ")
        self.write(WRAP)
        self._pattern(node.pattern)
        self.write(UNWRAP)
        if node.guard is not None:
            self.write(" if ")
            self.wrapped(node.guard, Binding.NAMED)
        self.enter()
        self.block(node.body)
        self.leave()

    def _pattern(self, node: Any) -> None:
        getattr(self, f"_{type(node).__name__}", self._refuse)(node)

    def _closed(self, node: Any) -> None:
        """Write a pattern, in parentheses if it has an `as` or alternatives."""
        binds = node.__class__ is gast.MatchAs and node.pattern is not None
        if binds or node.__class__ is gast.MatchOr:
            self.open("(")
            self._pattern(node)
            self.close(")")
        else:
            self._pattern(node)

    def _MatchValue(self, node: Any) -> None:
        self.operand(node.value, Binding.SUM)

    def _MatchSingleton(self, node: Any) -> None:
        self.write(repr(node.value))

    def _MatchStar(self, node: Any) -> None:
        self.write(f"*{node.name or '_'}")

    def _MatchAs(self, node: Any) -> None:
        if node.pattern is None:
            self.write(node.name or "_")
            return
        if node.pattern.__class__ is gast.MatchOr:
            self._pattern(node.pattern)
        else:
            self._closed(node.pattern)
        self.write(f" as {node.name}")

    def _MatchOr(self, node: Any) -> None:
        self.write(CHAIN)
        for position, pattern in enumerate(node.patterns):
            if position:
                self.write(_OR)
                self.write("| ")
            self._closed(pattern)
        self.write(END)

    def _MatchSequence(self, node: Any) -> None:
        if not node.patterns:
            self.write(EMPTY_LIST)
            return
        self.open("[")
        self._patterns(node.patterns)
        self.write(TRAILING_COMMA)
        self.close("]")

    def _patterns(self, patterns: Sequence[Any]) -> None:
        for pattern in self.separated(patterns):
            self._pattern(pattern)

    def _MatchMapping(self, node: Any) -> None:
        if not node.keys and node.rest is None:
            self.write(EMPTY_DICT)
            return
        self.open("{")
        items = zip(node.keys, node.patterns, strict=True)
        for key, pattern in self.separated(items):
            self.operand(key, Binding.SUM)
            self.write(": ")
            self._pattern(pattern)
        if node.rest is not None:
            self.write(COMMA if node.keys else "")
            self.write(f"**{node.rest}")
        self.write(TRAILING_COMMA)
        self.close("}")

    def _MatchClass(self, node: Any) -> None:
        self.expression(node.cls)
        if not node.patterns and not node.kwd_attrs:
            self.write(NO_ARGUMENTS)
            return
        self.open("(")
        positional = (("", pattern) for pattern in node.patterns)
        named = zip(node.kwd_attrs, node.kwd_patterns, strict=True)
        for name, pattern in self.separated([*positional, *named]):
            self.write(f"{name}=" if name else "")
            self._pattern(pattern)
        self.write(TRAILING_COMMA)
        self.close(")")
