"""Assignments that are too long: which side is broken, and how."""

from __future__ import annotations

from collections.abc import Sequence

from sourcediff.emit.layout import Layout
from sourcediff.emit.marks import EXPAND, LAST_RESORT, UNWRAP, WRAP, Kind, Mark
from sourcediff.emit.parentheses import choose_parentheses

_BREAKABLE = {Kind.OPEN, Kind.EXPAND}


def assignment_lines(stream: Sequence[str], value: int, indent: int) -> list[str]:
    """The lines of an assignment or `return`.

    `value` is where the right side starts. If the left side can stay on one line, only
    the right is broken: in its own brackets if the first of them fits, else in
    parentheses around it.
    """
    chosen = choose_parentheses(stream)
    if _breaks_elsewhere(stream[:value]):
        return Layout(chosen, indent).lines()
    left = "".join(stream[:value])
    right = choose_parentheses(stream[value:])
    if any(
        isinstance(item, Mark) and item.kind in _BREAKABLE for item in stream[:value]
    ):
        right = [EXPAND if item is LAST_RESORT else item for item in right]
    whole = Layout([left, *right], indent)
    if whole.fits():
        return whole.lines()
    if stream[value] is WRAP:
        content = choose_parentheses(stream[value + 1 : -1])
        wrapped = Layout([left, EXPAND, *content, UNWRAP], indent)
        if wrapped.fits(every_line=True):
            return wrapped.lines()
    return Layout(chosen, indent).lines()


def _breaks_elsewhere(left: Sequence[str]) -> bool:
    """Whether the last target has brackets that are not its end, as in `a[i].b`."""
    for distance, item in enumerate(reversed(left[:-1])):
        if item == " = " or item is WRAP:
            return False
        if isinstance(item, Mark) and item.kind is Kind.CLOSE:
            # What follows the last brackets of `a[i]` is `]`.
            return distance > 1
    return False
