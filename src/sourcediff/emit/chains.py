"""Chains of attributes, calls and subscripts, and what stands in their brackets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import gast

from sourcediff.emit.binding import Binding, binding
from sourcediff.emit.comprehensions import DisplayWriter
from sourcediff.emit.marks import (
    CHAIN,
    CLOSE_INDEX,
    DOT,
    END,
    FLUENT,
    GROUP,
    NO_ARGUMENTS,
    TRAILING_COMMA,
)

_LINKS = {gast.Attribute, gast.Call, gast.Subscript}


class ChainWriter(DisplayWriter):
    """Writes attributes, calls and subscripts."""

    def _chain(self, node: Any) -> None:
        links: list[Any] = []
        while node.__class__ in _LINKS:
            links.append(node)
            node = node.func if node.__class__ is gast.Call else node.value
        links.reverse()
        after_brackets = binding(node) < Binding.ATOM or _is_number(node)
        dot = FLUENT if _is_fluent(links, after_brackets) else DOT
        if dot is FLUENT:
            self.write(CHAIN)
        if after_brackets:
            self.parenthesised(node)
        else:
            self.expression(node)
        for link in links:
            if link.__class__ is gast.Attribute:
                if after_brackets:
                    self.write(dot)
                self.write("." + link.attr)
                after_brackets = False
            else:
                self._brackets(link)
                after_brackets = True
        if dot is FLUENT:
            self.write(END)

    _Attribute = _Call = _Subscript = _chain

    def _brackets(self, link: Any) -> None:
        if link.__class__ is gast.Subscript:
            self.open("[")
            self._index(link.slice)
            self.write(CLOSE_INDEX)
            self.write("]")
        else:
            self.arguments_of_call(link.args, link.keywords)

    def arguments_of_call(self, args: Sequence[Any], keywords: Sequence[Any]) -> None:
        """Write the arguments of a call or the bases of a class, with parentheses."""
        if not args and not keywords:
            self.write(NO_ARGUMENTS)
            return
        self.open("(")
        self.write(GROUP)
        if len(args) == 1 and not keywords and args[0].__class__ is gast.GeneratorExp:
            self._comprehension_parts(args[0].elt, args[0].generators)
        else:
            for argument in self.separated([*args, *keywords]):
                if argument.__class__ is gast.keyword:
                    self._keyword(argument)
                else:
                    self.operand(argument, Binding.TEST)
            self.write(TRAILING_COMMA)
        self.write(END)
        self.close(")")

    def _keyword(self, node: Any) -> None:
        if node.arg is None:
            self.write("**")
            self.operand(node.value, Binding.BIT_OR)
        else:
            self.write(node.arg + "=")
            self.operand(node.value, Binding.TEST)

    def _Starred(self, node: Any) -> None:
        self.write("*")
        self.operand(node.value, Binding.BIT_OR)

    # What may stand between square brackets

    def _index(self, node: Any) -> None:
        if node.__class__ is not gast.Tuple or not node.elts:
            self._index_element(node)
            return
        self.write(GROUP)
        for element in self.separated(node.elts):
            self._index_element(element)
        single = len(node.elts) == 1 and node.elts[0].__class__ is not gast.Starred
        self.write("," if single else TRAILING_COMMA)
        self.write(END)

    def _index_element(self, node: Any) -> None:
        if node.__class__ is not gast.Slice:
            self.operand(node, Binding.TEST)
            return
        lower, upper, step = node.lower, node.upper, node.step
        space = "" if all(map(_is_simple_bound, (lower, upper, step))) else " "
        if lower is not None:
            self.operand(lower, Binding.TEST)
            self.write(space)
        self.write(":")
        if upper is not None:
            self.write(space)
            self.operand(upper, Binding.TEST)
        if step is not None:
            self.write(space if upper is not None else "")
            self.write(":")
            self.write(space)
            self.operand(step, Binding.TEST)


def _is_number(node: Any) -> bool:
    return node.__class__ is gast.Constant and node.value.__class__ in (int, float)


def _is_fluent(links: Sequence[Any], parenthesised: bool) -> bool:
    """Whether a chain is long enough to break before its dots."""
    if len(links) < 3:
        return False
    breaks = int(parenthesised and links[0].__class__ is gast.Attribute)
    for link, following in pairwise(links):
        if following.__class__ is gast.Attribute:
            breaks += link.__class__ is not gast.Attribute
    return breaks > 1


def _is_simple_bound(node: Any) -> bool:
    """Whether a slice needs no spaces around its colons for this bound."""
    if node.__class__ is gast.UnaryOp and node.op.__class__ is not gast.Not:
        return _is_simple_bound(node.operand)
    return node is None or node.__class__ in (gast.Name, gast.Constant)
