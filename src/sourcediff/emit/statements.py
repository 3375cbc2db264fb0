"""Statements: astunparse walks the tree, and what it cannot know is written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import astunparse
import gast

from sourcediff.emit.binding import BINARY, Binding, known
from sourcediff.emit.blank_lines import Place, gap_before, is_docstring
from sourcediff.emit.comments import comment_lines, comment_of
from sourcediff.emit.docstrings import docstring_lines
from sourcediff.emit.layout import INDENT
from sourcediff.emit.lines import LineWriter
from sourcediff.emit.marks import EXPAND, MESSAGE, TRAILING_COMMA, UNWRAP, WRAP
from sourcediff.emit.unprintable import Unprintable


class StatementWriter(LineWriter, astunparse.Unparser):  # type: ignore[misc]
    """Writes statements: in the methods below, else in astunparse's."""

    def dispatch(self, tree: Any) -> None:
        """Write a block, a statement, or a part of one: what astunparse calls."""
        if isinstance(tree, list):
            self.block(tree)
        elif isinstance(tree, gast.expr):
            self.wrapped(tree)
        else:
            writer = getattr(self, f"_{type(tree).__name__}", self._refuse)
            outer = self.source
            self.source = getattr(tree, "lineno", outer)
            writer(tree)
            if isinstance(tree, gast.stmt):
                self.finish()
            self.source = outer

    def fill(self, text: str = "") -> None:
        """Start a statement or a clause."""
        self.finish()
        if text:
            self.write(text)

    def enter(self) -> None:
        """End a header: its block follows."""
        self.write(":")
        self.finish()
        self.indent += INDENT

    def leave(self) -> None:
        """End a block."""
        self.indent -= INDENT

    def _refuse(self, node: Any) -> NoReturn:
        raise Unprintable(f"a {type(node).__name__}")

    # What astunparse would print, and Python 3 cannot read.
    _Print = _Exec = _Expression = _Interactive = _Repr = _refuse

    # Blocks

    def _Module(self, node: Any) -> None:
        if node.body:
            self.block(node.body, documented=True, spaced=True, flow=False)

    def block(
        self,
        body: Sequence[Any],
        *,
        documented: bool = False,
        spaced: bool = False,
        flow: bool = True,
    ) -> None:
        """Write the statements of a block.

        A `documented` block may start with a docstring, a `spaced` one has a blank line
        below it, and `flow` tells the blocks of `if`, loops, ... from others.
        """
        place = Place(self.indent == 0, flow)
        previous = None
        asked = False
        is_empty = True
        for position, statement in enumerate(body):
            comment = comment_of(statement)
            if comment == "":
                asked = True
                continue
            self.gap = gap_before(body, position, previous, asked, place)
            previous, asked = statement, False
            if comment is not None:
                self._comment(statement, comment)
                continue
            if is_empty and documented and is_docstring(statement):
                self.emit(docstring_lines(statement.value.value, self.indent))
                asked = spaced
            else:
                self.dispatch(statement)
            is_empty = False
        if is_empty and self.indent:
            self._placeholder(previous)

    def _comment(self, statement: Any, comment: str) -> None:
        outer = self.source
        self.source = getattr(statement, "lineno", outer)
        self.emit(comment_lines(comment, self.indent))
        self.source = outer

    def _placeholder(self, comment: Any) -> None:
        """Write what makes a block of comments a block."""
        if comment is None:
            raise Unprintable("an empty block")
        self.emit([" " * self.indent + "pass"])

    # Expressions within statements

    def wrapped(self, node: Any, level: Binding = Binding.TEST) -> None:
        """Write an expression that gets parentheses if it is too long."""
        self.write(WRAP)
        self.operand(node, level)
        self.write(UNWRAP)

    def loose(self, node: Any, write: Callable[[Any], None]) -> None:
        """Write an expression whose outermost parentheses are not needed if a tuple."""
        if node.__class__ is gast.Tuple and len(node.elts) > 1:
            self.expanding(node.elts)
        else:
            write(node)

    def expanding(self, nodes: Sequence[Any]) -> None:
        """Write expressions that are put in parentheses, one per line, if too long."""
        self.write(EXPAND)
        self.operands(nodes)
        self.write(TRAILING_COMMA)
        self.write(UNWRAP)

    def _yielding(self, node: Any) -> None:
        if node.__class__ in _YIELDS:
            self.expression(node)
        else:
            self.wrapped(node)

    def _testing(self, node: Any) -> None:
        self.wrapped(node, Binding.NAMED)

    # Simple statements

    def _Expr(self, node: Any) -> None:
        self.fill()
        if node.value.__class__ in _OPERATIONS:
            self.wrapped(node.value)
        elif node.value.__class__ in _YIELDS:
            self.expression(node.value)
        else:
            self.operand(node.value, Binding.TEST)

    def _Return(self, node: Any) -> None:
        self.fill("return")
        if node.value is not None:
            self.write(" ")
            self.right_side = len(self.stream)
            self.loose(node.value, self.wrapped)

    def _Assign(self, node: Any) -> None:
        self.fill()
        for target in node.targets:
            self.loose(target, self.expression)
            self.write(" = ")
        self._right_side(node.value)

    def _AugAssign(self, node: Any) -> None:
        self.fill()
        self.expression(node.target)
        self.write(f" {known(BINARY, node.op).sign[:-1]}= ")
        self._right_side(node.value)

    def _right_side(self, value: Any) -> None:
        self.right_side = len(self.stream)
        self.loose(value, self._yielding)

    def _AnnAssign(self, node: Any) -> None:
        self.fill()
        if isinstance(node.target, gast.Name) and not node.simple:
            self.parenthesised(node.target)
        else:
            self.expression(node.target)
        self.write(": ")
        self.wrapped(node.annotation)
        if node.value is not None:
            self.write(" = ")
            self._right_side(node.value)

    def _Delete(self, node: Any) -> None:
        self.fill("del ")
        if len(node.targets) == 1:
            self.expression(node.targets[0])
        else:
            self.expanding(node.targets)

    def _Assert(self, node: Any) -> None:
        self.fill("assert ")
        self.wrapped(node.test)
        if node.msg is not None:
            self.write(", ")
            self.right_side = len(self.stream)
            self.write(MESSAGE)
            self.operand(node.msg, Binding.TEST)
            self.write(UNWRAP)

    def _ImportFrom(self, node: Any) -> None:
        self.fill(f"from {'.' * (node.level or 0)}{node.module or ''} import ")
        if node.names[0].name == "*":
            self.write("*")
            return
        self.write(EXPAND)
        for alias in self.separated(node.names):
            self._alias(alias)
        self.write(TRAILING_COMMA)
        self.write(UNWRAP)

    # Compound statements

    def _If(self, node: Any) -> None:
        self._branch("if ", node)
        while len(node.orelse) == 1 and node.orelse[0].__class__ is gast.If:
            node = node.orelse[0]
            outer, self.source = self.source, getattr(node, "lineno", self.source)
            self._branch("elif ", node)
            self.source = outer
        self._else(node.orelse)

    def _While(self, node: Any) -> None:
        self._branch("while ", node)
        self._else(node.orelse)

    def _branch(self, keyword: str, node: Any) -> None:
        self.fill(keyword)
        self._testing(node.test)
        self._suite(node.body)

    def _suite(self, body: Sequence[Any]) -> None:
        self.enter()
        self.block(body)
        self.leave()

    def _else(self, body: Sequence[Any]) -> None:
        if body:
            self.fill("else")
            self._suite(body)

    def _For(self, node: Any, prefix: str = "") -> None:
        self.fill(f"{prefix}for ")
        elements = getattr(node.target, "elts", [])
        if len(elements) > 1 and all(isinstance(e, gast.Name) for e in elements):
            self.loose(node.target, self.target)
        else:  # brackets inside are broken instead
            self.target(node.target)
        self.write(" in ")
        self.wrapped(node.iter)
        self._suite(node.body)
        self._else(node.orelse)

    def _AsyncFor(self, node: Any) -> None:
        self._For(node, "async ")

    def _With(self, node: Any, prefix: str = "") -> None:
        self.fill(f"{prefix}with ")
        if len(node.items) == 1:
            self.write(WRAP)
            self._withitem(node.items[0])
            self.write(UNWRAP)
        else:
            self.write(EXPAND)
            for item in self.separated(node.items):
                self._withitem(item)
            self.write(TRAILING_COMMA)
            self.write(UNWRAP)
        self._suite(node.body)

    def _AsyncWith(self, node: Any) -> None:
        self._With(node, "async ")

    def _withitem(self, node: Any) -> None:
        self.operand(node.context_expr, Binding.TEST)
        if node.optional_vars is not None:
            self.write(" as ")
            self.expression(node.optional_vars)

    def _Try(self, node: Any, star: str = "") -> None:
        self.fill("try")
        self._suite(node.body)
        for handler in node.handlers:
            self._handler(handler, star)
        self._else(node.orelse)
        if node.finalbody:
            self.fill("finally")
            self._suite(node.finalbody)

    def _TryStar(self, node: Any) -> None:
        self._Try(node, "*")

    def _handler(self, node: Any, star: str) -> None:
        outer, self.source = self.source, getattr(node, "lineno", self.source)
        self.fill(f"except{star}")
        if node.type is not None:
            self.write(" ")
            self.wrapped(node.type)
        if node.name is not None:
            self.write(f" as {node.name.id}")
        self._suite(node.body)
        self.source = outer


_YIELDS = {gast.Yield, gast.YieldFrom}
_OPERATIONS = {gast.BinOp, gast.BoolOp, gast.Compare, gast.UnaryOp}
