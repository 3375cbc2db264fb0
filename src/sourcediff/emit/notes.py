"""Errors that generated code raises are told in terms of the user's source."""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from types import TracebackType

from sourcediff.emit.generated import Generated, find
from sourcediff.errors import Location


def annotate(error: BaseException) -> None:
    r"""Add a note that names the user's line behind the innermost generated frame.

    An error that passed through no generated code, or has its note already, is left as
    it is.

    >>> from sourcediff.emit.load import load
    >>> from sourcediff.emit.printer import Printed
    >>> printed = Printed("def g(x):\n    return 1 / x\n", {1: 4, 2: 7})
    >>> g = load(printed, "g", {}, "<sourcediff g m.py:4>", "m.py", "the gradient of f")
    >>> try:
    ...     g(0)
    ... except ZeroDivisionError as error:
    ...     annotate(error)
    ...     print(error.__notes__)
    ['sourcediff: in the gradient of f, from m.py:7']
    """
    note = _note(error.__traceback__)
    if note is not None and note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _note(traceback: TracebackType | None) -> str | None:
    innermost = None
    while traceback is not None:
        generated = find(traceback.tb_frame.f_code.co_filename)
        if generated is not None:
            innermost = generated, traceback.tb_lineno
        traceback = traceback.tb_next
    return None if innermost is None else _described(*innermost)


def _described(generated: Generated, number: int) -> str:
    file, line = _users_line(generated, number)
    text = linecache.getline(file, line).strip()
    colon = ": " if text else ""
    return f"sourcediff: in {generated.title}, from {Location(file, line)}{colon}{text}"


def _users_line(generated: Generated, number: int) -> tuple[str, int]:
    """The file and line that generated code comes from, itself not generated."""
    while True:
        number = _nearest(generated.lines, number)
        outer = find(generated.source_file)
        if outer is None:
            return generated.source_file, number
        generated = outer


def _nearest(lines: Mapping[int, int], number: int) -> int:
    """The user's line for a generated one, or for the last before it that has one."""
    return next((lines[n] for n in range(number, 0, -1) if n in lines), 1)
