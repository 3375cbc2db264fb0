"""How many blank lines stand before a statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import gast

from sourcediff.emit.comments import comment_of

_DEFINITIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)
_IMPORTS = (gast.Import, gast.ImportFrom)


class Place(NamedTuple):
    """Where a block stands: at the top of a module; in an `if`, a loop, and so on."""

    top: bool
    flow: bool


def gap_before(
    body: Sequence[Any], position: int, previous: Any, asked: bool, place: Place
) -> int:
    """The number of blank lines before a statement of a block.

    `previous` is the statement that was printed last, None at the start; `asked` says
    that the tree has a blank line here.
    """
    around_definition = 2 if place.top else 1
    if previous is None:
        return int(place.flow and _leads_to_definition(body, position))
    if comment_of(previous) is not None and not asked:
        return 0
    if _leads_to_definition(body, position) or _ends_with_definition(previous):
        return around_definition
    after_import = isinstance(previous, _IMPORTS)
    if after_import and not isinstance(body[position], _IMPORTS):
        return 1
    return int(asked)


def is_docstring(statement: Any) -> bool:
    """Whether a statement is a string, which documents what it comes first in."""
    return (
        isinstance(statement, gast.Expr)
        and isinstance(statement.value, gast.Constant)
        and type(statement.value.value) is str
    )


def _leads_to_definition(body: Sequence[Any], position: int) -> bool:
    """Whether a definition comes here, perhaps below comments that belong to it."""
    while position < len(body) - 1 and comment_of(body[position]):
        position += 1
    return isinstance(body[position], _DEFINITIONS)


def _ends_with_definition(statement: Any) -> bool:
    while not isinstance(statement, _DEFINITIONS):
        blocks = [getattr(statement, name, None) for name in _BLOCKS]
        last = next((block for block in blocks if block), None)
        if last is None:
            return False
        statement = last[-1]
    return True


_BLOCKS = ("finalbody", "orelse", "handlers", "cases", "body")
