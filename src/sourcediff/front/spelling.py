"""Expressions that are written otherwise, in statements that stay."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.scopes import FUNCTIONS
from sourcediff.trees import Rewriter

#: What has no parts, or is looked at on its own.
UNTOUCHED = (gast.Name, gast.Constant, *FUNCTIONS, gast.stmt)


class Spelling(Rewriter):
    """Puts what `_made` makes of an expression in its place, innermost first.

    Functions and blocks inside of a statement are left as they are. `changed` tells
    whether anything was replaced.
    """

    changed = False

    def of(self, statement: Any) -> None:
        """Rewrite the expressions of a statement, but not those of its blocks."""
        if isinstance(statement, FUNCTIONS):
            return
        for field, value in gast.iter_fields(statement):
            if isinstance(value, gast.expr):
                setattr(statement, field, self.visit(value))

    def visit(self, node: Any) -> Any:
        """The expression that stands for another one."""
        if isinstance(node, UNTOUCHED):
            return node
        self.generic_visit(node)
        made = self._made(node)
        if made is None:
            return node
        self.changed = True
        return build.place(made, node)

    def _made(self, node: Any) -> Any:
        """What stands for an expression whose parts are rewritten; None: itself."""
        raise NotImplementedError
