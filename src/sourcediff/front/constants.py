"""Conditional expressions whose condition is written down are what they choose."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.trees import Rewriter


class ChooseKnown(Rewriter):
    """Replaces `a if False else b` by `b`, in place: the other may be of another kind.

    >>> tree = gast.parse("y = (a if True else b) + c")
    >>> _ = ChooseKnown().visit(tree)
    >>> print(gast.unparse(tree).strip())
    y = a + c
    """

    def visit_IfExp(self, node: Any) -> Any:
        """The expression in the place of a conditional one."""
        self.generic_visit(node)
        if not isinstance(node.test, gast.Constant):
            return node
        return node.body if node.test.value else node.orelse
