"""Which expressions of a statement that is too long get parentheses, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sourcediff.emit.marks import (
    CLOSE,
    EXPAND,
    LAMBDA,
    LAMBDA_BODY,
    LAST_RESORT,
    OPEN,
    OPTIONAL,
    UNWRAP,
    WRAP,
    Kind,
    Mark,
)

_PARENTHESES = {Kind.WRAP, Kind.EXPAND, Kind.OPTIONAL, Kind.LAST_RESORT}
_BRACKETS = {"(", "[", "{"}


def choose_parentheses(stream: Sequence[str]) -> list[str]:
    """Replace every WRAP by the parentheses that suit its content, or by none.

    >>> from sourcediff.emit.marks import BEFORE, Strength
    >>> total = ["x", BEFORE[Strength.SUM], "+ y"]
    >>> choose_parentheses([WRAP, *total, UNWRAP])[0] is EXPAND
    True
    >>> choose_parentheses([WRAP, "f", "(", OPEN, "x", CLOSE, ")", UNWRAP])
    ['f', '(', '', 'x', '', ')']
    """
    chosen: list[str] = []
    starts: list[tuple[int, Mark]] = []
    for item in stream:
        chosen.append(item)
        if not isinstance(item, Mark):
            continue
        if item.kind in _PARENTHESES:
            starts.append((len(chosen) - 1, item))
        elif item is UNWRAP:
            start, wrap = starts.pop()
            if wrap.kind is Kind.WRAP:
                chosen[start:] = _wrapped(wrap, chosen[start + 1 : -1])
    return chosen


def _wrapped(wrap: Mark, content: list[str]) -> list[str]:
    parentheses = _suitable(wrap, content)
    return content if parentheses is None else [parentheses, *content, UNWRAP]


def _suitable(wrap: Mark, content: list[str]) -> Mark | None:
    """The parentheses that an expression gets if it does not fit on the line."""
    if content[0] is LAMBDA:
        return None
    outside = list(_outside_brackets(content))
    if not any(mark.kind is Kind.CHAIN_BREAK for mark in outside):
        if any(map(_is_bracket, outside)):
            return None
        return LAST_RESORT if wrap is WRAP else EXPAND
    strengths = [mark.strength for mark in outside if mark.strength]
    has_one_split = strengths.count(max(strengths)) == 1
    if wrap is not LAMBDA_BODY and has_one_split and _meets_brackets(content):
        return OPTIONAL
    return EXPAND


def _outside_brackets(content: list[str]) -> Iterator[Mark]:
    """The marks that are not within brackets; of brackets, the opening mark."""
    depth = 0
    for item in content:
        if isinstance(item, Mark):
            if item.kind is Kind.CLOSE or item.kind is Kind.UNWRAP:
                depth -= 1
            elif depth == 0:
                yield item
            if item.kind is Kind.OPEN or item.kind in _PARENTHESES:
                depth += 1


def _is_bracket(mark: Mark) -> bool:
    return mark.kind is Kind.OPEN or (
        mark.kind is Kind.NOTE and mark.strength is None and mark is not LAMBDA
    )


def _meets_brackets(content: list[str]) -> bool:
    """Whether it starts or ends with brackets that hold something, but no index."""
    pieces = [item for item in content if item or item is OPEN or item is CLOSE]
    if len(pieces) < 2:
        return False
    starts = pieces[0] in _BRACKETS and pieces[1] is OPEN
    return starts or pieces[-2] is CLOSE
