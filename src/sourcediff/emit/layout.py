"""A statement that is too long for a line, broken into lines as ruff and black would.

A group stays on its line if everything up to the next certain line break fits, else all
its breaks become line breaks. A chain of operators breaks only inside brackets, so long
ones are given parentheses, unless the brackets that they have themselves are enough.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from sourcediff.emit.marks import Kind, Mark

WIDTH = 88
INDENT = 4

_BARE = -1
"""Outside of all brackets: a line break would end the statement."""
_BRACKETED = -2
"""Within brackets that are certainly printed."""

_PARENTHESES = {Kind.EXPAND, Kind.OPTIONAL, Kind.LAST_RESORT}
_OPENING = _PARENTHESES | {Kind.OPEN}
_ENTERING = _OPENING | {Kind.GROUP, Kind.CHAIN}
_LEAVING = {Kind.CLOSE, Kind.UNWRAP, Kind.END}


class _Frame(NamedTuple):
    """How the innermost open group is printed.

    `within` is `_BARE`, `_BRACKETED`, or the place in the stream of the optional
    parentheses around it, which may or may not be printed. When measuring, `every_line`
    looks beyond the first line break, and what is `free` may be too long.
    """

    flat: bool
    indent: int
    within: int
    parent: _Frame | None
    every_line: bool = False
    free: bool = False


def width(text: str) -> int:
    """The columns that a text takes: two for wide characters, none for combining ones.

    >>> width("abc"), width("中文"), width("e\u0301")
    (3, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Layout:
    r"""The lines of one stream that starts at a given indentation.

    >>> from sourcediff.emit.marks import CLOSE, COMMA, OPEN, TRAILING_COMMA
    >>> stream = ["f(", OPEN, "a" * 50, COMMA, "b" * 50, TRAILING_COMMA, CLOSE, ")"]
    >>> print("\n".join(Layout(stream, 0).lines()))
    f(
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
    )
    """

    def __init__(self, stream: Sequence[str], indent: int) -> None:
        self._stream = _merged(stream)
        self._widths = [width(item) for item in self._stream]
        self._indent = indent
        self._column = indent
        self._parts = [" " * indent]
        self._lines: list[str] = []
        self._flat_parentheses: dict[int, bool] = {}
        # Whether an enclosing flat group was measured since the last line break.
        self._measured = False

    def lines(self) -> list[str]:
        """All lines, with their indentation, without line ends."""
        frame = _Frame(False, self._indent, _BARE, None)
        for place, item in enumerate(self._stream):
            if isinstance(item, Mark):
                frame = self._follow(place, item, frame)
            else:
                self._parts.append(item)
                self._column += self._widths[place]
        self._newline(0)
        return self._lines

    def fits(self, every_line: bool = False) -> bool:
        """Whether the lines fit with all groups broken.

        Only the first line is looked at, unless every line is asked for.
        """
        frame = _Frame(False, self._indent, _BARE, None, every_line)
        return self._fits(0, self._indent, frame)

    def _follow(self, place: int, mark: Mark, frame: _Frame) -> _Frame:
        """Print a mark; the frame of what comes next."""
        if mark.kind in _ENTERING:
            frame = self._enter(place, mark.kind, frame)
        text, indent, text_below = self._effect(mark, frame)
        self._text(text)
        if indent is not None:
            self._newline(indent)
            self._text(text_below)
        return _outer(frame) if mark.kind in _LEAVING else frame

    def _effect(self, mark: Mark, frame: _Frame) -> tuple[str, int | None, str]:
        """What a mark prints: text, the indentation of a new line, if any, and text.

        `frame` is that of the group which the mark enters, leaves or stands in.
        """
        kind = mark.kind
        if kind is Kind.NOTE or frame.flat:
            return mark, None, ""
        if kind is Kind.IF_BROKEN:
            return mark.when_broken, None, ""
        if kind is Kind.BREAK or (kind is Kind.CHAIN_BREAK and self._is_group(frame)):
            return mark.when_broken, frame.indent, mark.below
        if kind in _OPENING:
            return "(" if kind in _PARENTHESES else "", frame.indent, ""
        if kind is Kind.CLOSE or kind is Kind.UNWRAP:
            return "", _outer(frame).indent, ")" if kind is Kind.UNWRAP else ""
        return mark, None, ""

    def _enter(self, place: int, kind: Kind, frame: _Frame) -> _Frame:
        """Decide how a group is printed."""
        if kind is Kind.OPTIONAL or (kind is Kind.OPEN and self._hugs(frame)):
            # What was measured before allowed for line breaks in here.
            self._measured = False
        flat = self._stays_flat(place, kind, frame)
        return self._inner(place, kind, frame, flat)

    def _stays_flat(self, place: int, kind: Kind, frame: _Frame) -> bool:
        if kind is Kind.CHAIN and not self._is_group(frame):
            return frame.flat
        if frame.flat and self._measured:
            if kind in _PARENTHESES:
                self._flat_parentheses[place] = True
            return True
        self._measured = True
        flat = self._inner(place, kind, frame, flat=True)
        if self._fits(place + 1, self._column, flat):
            return True
        if kind is Kind.LAST_RESORT:
            inner = self._inner(place, kind, frame, flat=False)
            alone = inner._replace(every_line=True)
            if not self._fits(place + 1, inner.indent, alone):
                self._flat_parentheses[place] = True
                return True
        return False

    def _inner(self, place: int, kind: Kind, frame: _Frame, flat: bool) -> _Frame:
        """The frame of the group that starts at that place."""
        indent = frame.indent
        if kind in _OPENING and not flat:
            indent += INDENT
        within = frame.within
        if kind is Kind.OPEN or kind is Kind.EXPAND:
            within = _BRACKETED
        elif kind in _PARENTHESES:
            within = place
            self._flat_parentheses[place] = flat
        return _Frame(flat, indent, within, frame, frame.every_line, frame.free)

    def _is_group(self, frame: _Frame) -> bool:
        """Whether a chain may be broken: it stands in brackets that are printed."""
        if frame.within >= 0:
            return not self._flat_parentheses[frame.within]
        return frame.within == _BRACKETED

    def _hugs(self, frame: _Frame) -> bool:
        """Whether brackets in here break instead of the optional parentheses around."""
        return frame.within >= 0 and self._flat_parentheses[frame.within]

    def _text(self, text: str) -> None:
        self._parts.append(text)
        self._column += len(text)

    def _newline(self, indent: int) -> None:
        self._lines.append("".join(self._parts).rstrip())
        self._parts = [" " * indent]
        self._column = indent
        self._measured = False

    def _fits(self, place: int, column: int, frame: _Frame) -> bool:
        """Whether what follows fits, up to the first line break of a broken group."""
        for at in range(place, len(self._stream)):
            item = self._stream[at]
            if isinstance(item, Mark):
                if item.kind in _ENTERING:
                    frame = self._measured_frame(at, item.kind, frame)
                text, indent, text_below = self._effect(item, frame)
                column += len(text)
                if indent is not None:
                    if not frame.every_line:
                        return frame.free or column <= WIDTH
                    if column > WIDTH and not frame.free:
                        return False
                    column = indent + len(text_below)
                if item.kind in _LEAVING:
                    frame = _outer(frame)
            else:
                column += self._widths[at]
            if column > WIDTH and not frame.free:
                return False
        return True

    def _measured_frame(self, place: int, kind: Kind, frame: _Frame) -> _Frame:
        """The frame of a group while measuring: as its surroundings are."""
        if kind is Kind.OPEN and frame.flat and self._hugs(frame):
            # Brackets may be broken for the sake of what is around them.
            inner = self._inner(place, kind, frame, flat=False)
            return inner._replace(every_line=True, free=True)
        return self._inner(place, kind, frame, frame.flat)


def _merged(stream: Sequence[str]) -> list[str]:
    """The same stream with each run of texts as one text."""
    merged: list[str] = []
    texts: list[str] = []
    for item in stream:
        if isinstance(item, Mark):
            if texts:
                merged.append("".join(texts))
                texts.clear()
            merged.append(item)
        else:
            texts.append(item)
    return [*merged, "".join(texts)]


def _outer(frame: _Frame) -> _Frame:
    assert frame.parent is not None, "a stream closes more groups than it opens"
    return frame.parent
