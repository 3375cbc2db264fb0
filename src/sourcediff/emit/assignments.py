"""Assignments that are too long: which side is broken, and how."""

from __future__ import annotations

from collections.abc import Sequence

from sourcediff.emit.layout import Layout
from sourcediff.emit.marks import (
    EMPTY_DICT,
    EMPTY_LIST,
    EXPAND,
    INVERT,
    LAST_RESORT,
    MESSAGE,
    NO_ARGUMENTS,
    UNWRAP,
    WRAP,
    Kind,
    Mark,
)
from sourcediff.emit.parentheses import choose_parentheses

_OPENING = {Kind.OPEN, Kind.EXPAND}
_SIGNS = {"-", "+", "not "}
_EMPTY = (EMPTY_DICT, EMPTY_LIST, NO_ARGUMENTS, INVERT)


def assignment_lines(stream: Sequence[str], value: int, indent: int) -> list[str]:
    """The lines of an assignment, a `return`, or an `assert` with a message.

    `value` is where its last part starts. If the left side can stay on one line, only
    the right is broken: in its own brackets if the first of them fits, else in
    parentheses around it.
    """
    if _breaks_elsewhere(stream[:value]):
        return Layout(choose_parentheses(stream), indent).lines()
    left = "".join(stream[:value])
    right = choose_parentheses(stream[value:])
    has_brackets = any(map(_is_opening, stream[:value]))
    if has_brackets:
        right = _for_target_with_brackets(right)
    whole = Layout([left, *right], indent)
    if whole.fits():
        return whole.lines()
    if stream[value] is WRAP or stream[value] is MESSAGE:
        content = choose_parentheses(stream[value + 1 : -1])
        wrapped = Layout([left, EXPAND, *content, UNWRAP], indent)
        is_worth_it = not (has_brackets and _is_signed(content))
        if is_worth_it and wrapped.fits(every_line=True):
            return wrapped.lines()
    target = choose_parentheses(stream[:value])
    return Layout([*target, *right], indent).lines()


def _is_opening(item: str) -> bool:
    return isinstance(item, Mark) and item.kind in _OPENING


def _for_target_with_brackets(right: list[str]) -> list[str]:
    """A value without brackets is put in some, unless it starts with a sign."""
    if right[0] is not LAST_RESORT:
        return right
    content = right[1:-1]
    return content if _is_signed(content) else [EXPAND, *content, UNWRAP]


def _is_signed(content: Sequence[str]) -> bool:
    """Whether a value starts with a sign, or with brackets that hold nothing."""
    first = next(item for item in content if item)
    return first in _SIGNS or any(first is mark for mark in _EMPTY)


def _breaks_elsewhere(left: Sequence[str]) -> bool:
    """Whether the last target has brackets that are not its end, as in `a[i].b`."""
    for distance, item in enumerate(reversed(left[:-1])):
        if item == " = " or item is UNWRAP:
            return False
        if isinstance(item, Mark) and item.kind is Kind.CLOSE:
            # What follows the last brackets of `a[i]` is `]`.
            return distance > 1
    return False
