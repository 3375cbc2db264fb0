"""A tree becomes text that ruff would not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sourcediff.emit.definitions import ProgramWriter
from sourcediff.emit.expressions import expression_text

__all__ = ["Printed", "expression_text", "print_program"]


@dataclass(frozen=True)
class Printed:
    """A program as text.

    `lines` maps its line numbers to the lines of the user's source that they come from;
    a line without an entry comes from nowhere in particular.
    """

    text: str
    lines: dict[int, int]


def print_program(tree: Any) -> Printed:
    r"""The text of a gast Module or statement, formatted as `ruff format` does.

    Statements `Expr(Constant(Comment(text)))` become comments, an empty one a blank
    line. Raises `Unprintable` for what has no text.

    >>> import gast
    >>> printed = print_program(gast.parse("def f(x) :\n  return x ** 2*a[1 : n+1]"))
    >>> print(printed.text, end="")
    def f(x):
        return x**2 * a[1 : n + 1]
    >>> printed.lines
    {1: 1, 2: 2}
    """
    writer = ProgramWriter()
    writer.dispatch(tree)
    writer.finish()
    lines = writer.lines
    return Printed("\n".join([*lines, ""]) if lines else "", writer.sources)
