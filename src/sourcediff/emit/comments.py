"""Comments as statements: how they are recognised and printed."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.ir import Comment


def comment_of(statement: Any) -> Comment | None:
    """The comment that a statement stands for, if it is one."""
    if statement.__class__ is gast.Expr:
        value = statement.value
        if value.__class__ is gast.Constant and isinstance(value.value, Comment):
            return value.value
    return None


def comment_lines(comment: str, indent: int) -> list[str]:
    r"""A comment's lines, each with its own `#`.

    >>> comment_lines("y = f(\n    x\n)", 2)
    ['  # y = f(', '  #     x', '  # )']
    """
    margin = " " * indent
    return [f"{margin}# {line}".rstrip() for line in comment.splitlines()]
