"""Errors that generated code raises are told in terms of the user's source."""

from __future__ import annotations

import linecache
import os
from types import TracebackType

from sourcediff.emit.generated import Generated, find

_PREFIX = "sourcediff: in "


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
    title = generated.title
    file, line = _users_line(generated, number)
    if line is None:
        return f"{_PREFIX}{title}, from {_shown(file)}"
    text = linecache.getline(file, line).strip()
    place = f"{_PREFIX}{title}, from {_shown(file)}:{line}"
    return f"{place}: {text}" if text else place


def _users_line(generated: Generated, number: int | None) -> tuple[str, int | None]:
    """The file and line that generated code comes from, itself not generated."""
    while True:
        number = None if number is None else generated.lines.get(number)
        outer = find(generated.source_file)
        if outer is None:
            return generated.source_file, number
        generated = outer


def _shown(file: str) -> str:
    """The path as seen from the working directory when it lies below that."""
    here = os.path.join(os.getcwd(), "")
    return file.removeprefix(here)
