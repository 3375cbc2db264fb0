"""What two sweeps do one after the other on one decision is decided once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, blocks
from sourcediff.transform.build import at, names_in, same
from sourcediff.trees import walk

_JUMPS = (gast.Break, gast.Continue, gast.Return, gast.Raise)
#: What decides the same again as long as its names stand for the same numbers.
_LASTING = (gast.Compare, gast.BoolOp, gast.UnaryOp, gast.Name, gast.Constant)


def decide_once(body: list[Any], is_number: Callable[[str], bool]) -> bool:
    """Make one `if` of neighbouring ones with one test; whether there were any.

    That is what the two sweeps of a function make of an early `return`. `is_number`
    says which names certainly hold numbers, which nobody changes in place.

    >>> tree = gast.parse('''
    ... if x > 0:
    ...     y = x * x
    ... else:
    ...     y = 3 * x
    ... if x > 0:
    ...     x_bar = 2 * x
    ... else:
    ...     x_bar = 3
    ... ''')
    >>> decide_once(tree.body, {"x"}.__contains__)
    True
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    if x > 0:
        y = x * x
        x_bar = 2 * x
    else:
        y = 3 * x
        x_bar = 3
    """
    out: list[Any] = []
    found = False
    for statement in body:
        for inner in blocks(statement):
            found |= decide_once(inner, is_number)
        if out and _decide_together(out[-1], statement, is_number):
            found, last = True, out[-1]
            then = _joined(last.body, statement.body)
            otherwise = _joined(last.orelse, statement.orelse)
            out[-1:] = at(last, [gast.If(last.test, then, otherwise)])
        else:
            out.append(statement)
    body[:] = out
    return found


def _decide_together(one: Any, other: Any, is_number: Callable[[str], bool]) -> bool:
    if not isinstance(one, gast.If) or not isinstance(other, gast.If):
        return False
    if not same(one.test, other.test):
        return False
    parts = walk(one.test)
    names = set(names_in(one.test))
    return (
        all(isinstance(part, _LASTING) for part in parts)
        and all(map(is_number, names))
        and not names & assigned_in([one])
        and not any(isinstance(s, _JUMPS) for s in walk(one))
    )


def _joined(first: list[Any], second: list[Any]) -> list[Any]:
    """Two blocks as one; nothing is `pass` beside something."""
    whole = [s for s in (*first, *second) if not isinstance(s, gast.Pass)]
    return whole or first or second
