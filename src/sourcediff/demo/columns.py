"""Two programs side by side."""

from __future__ import annotations

import itertools

#: Between the two columns.
GAP = " | "


def side_by_side(left: str, right: str, width: int) -> list[str]:
    r"""Two texts in columns that fit a width together; long lines are folded.

    >>> for line in side_by_side("y = x", "y_bar = 1.0\nx_bar = y_bar", 60):
    ...     print(line)
    y = x | y_bar = 1.0
          | x_bar = y_bar
    """
    ours, theirs = left.splitlines(), right.splitlines()
    wide = max(map(len, ours), default=0)
    other = max(map(len, theirs), default=0)
    if wide + len(GAP) + other > width:
        wide = min(wide, max(width * 2 // 5, width - len(GAP) - other))
        other = width - len(GAP) - wide
    rows = itertools.zip_longest(
        [part for line in ours for part in folded(line, wide)],
        [part for line in theirs for part in folded(line, other)],
        fillvalue="",
    )
    return [f"{a:<{wide}}{GAP}{b}".rstrip() for a, b in rows]


def folded(line: str, width: int) -> list[str]:
    """A line of code broken at spaces, continued a little deeper.

    >>> folded("    total = first + second", 20)
    ['    total = first +', '            second']
    """
    parts: list[str] = []
    margin = " " * (len(line) - len(line.lstrip()) + 8)
    while len(line) > width:
        cut = line.rfind(" ", len(margin) + 1 if parts else 1, width + 1)
        if cut <= len(line) - len(line.lstrip()):
            break
        parts.append(line[:cut])
        line = margin + line[cut + 1 :]
    return [*parts, line]
