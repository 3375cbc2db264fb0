"""The stream of one statement after another becomes numbered lines."""

from __future__ import annotations

from collections.abc import Sequence

from sourcediff.emit.assignments import assignment_lines
from sourcediff.emit.expressions import ExpressionWriter
from sourcediff.emit.layout import WIDTH, Layout, width
from sourcediff.emit.parentheses import choose_parentheses


class LineWriter(ExpressionWriter):
    """Collects the lines of a program.

    `lines` is the text so far; `sources` maps line numbers, from 1, to the lines of the
    user's source that they come from.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.sources: dict[int, int] = {}
        # The user's line that is being printed, and the blank lines due before it.
        self.source: int | None = None
        self.gap = 0
        self.indent = 0
        # Where the right side of an assignment, or what is returned, starts.
        self.right_side: int | None = None

    def finish(self) -> None:
        """Turn the stream, a statement or a header, into lines."""
        if not self.stream:
            return
        text = "".join(self.stream)
        if self.indent + width(text) <= WIDTH:
            self.emit([" " * self.indent + text])
        elif self.right_side is not None:
            self.emit(assignment_lines(self.stream, self.right_side, self.indent))
        else:
            stream = choose_parentheses(self.stream)
            self.emit(Layout(stream, self.indent).lines())
        self.stream.clear()
        self.right_side = None

    def emit(self, lines: Sequence[str]) -> None:
        """Add finished lines, below the blank lines that are due."""
        self.lines.extend([""] * self.gap)
        self.gap = 0
        first = len(self.lines) + 1
        self.lines.extend(lines)
        if self.source is not None:
            for number in range(first, len(self.lines) + 1):
                self.sources[number] = self.source
