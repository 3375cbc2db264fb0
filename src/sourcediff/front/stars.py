"""What is unpacked into a call of a library's function, written out by position."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.kinds import Dict, Kind, Sequence, Static
from sourcediff.rules import lookup


def written_out(call: Any, kind_of: Callable[[Any], Kind]) -> Any:
    """`np.hypot(pair[0], pair[1])` for `np.hypot(*pair)`; None where that is no help.

    Rules match arguments with parameters one by one, so their number must be known.
    Calls of the user's own functions are spelled plainly later, and passive ones stay.
    """
    if not has_star(call) or not _has_rule(kind_of(call.func)):
        return None
    arguments = _spread(call.args, _elements, kind_of)
    keywords = _spread(call.keywords, _entries, kind_of)
    if arguments is None or keywords is None:
        return None
    return gast.Call(call.func, arguments, keywords)


def _spread(
    given: list[Any],
    parts_of: Callable[[Any, Callable[[Any], Kind]], list[Any] | None],
    kind_of: Callable[[Any], Kind],
) -> list[Any] | None:
    """Arguments with what is unpacked written out; None where that is not known."""
    found: list[Any] = []
    for argument in given:
        parts = parts_of(argument.value, kind_of) if _is_star(argument) else [argument]
        if parts is None:
            return None
        found += parts
    return found


def has_star(node: Any) -> bool:
    """Whether something is unpacked into the arguments of a call."""
    return isinstance(node, gast.Call) and any(
        map(_is_star, (*node.args, *node.keywords))
    )


def _is_star(argument: Any) -> bool:
    if isinstance(argument, gast.keyword):
        return argument.arg is None
    return isinstance(argument, gast.Starred)


def _has_rule(function: Kind) -> bool:
    rule = lookup(function.value) if isinstance(function, Static) else None
    return rule is not None and rule.kind not in ("passive", "mutation")


def _elements(value: Any, kind_of: Callable[[Any], Kind]) -> list[Any] | None:
    kind = kind_of(value)
    if not isinstance(kind, Sequence) or not _is_stored(value):
        return None
    places = [gast.Constant(k, None) for k in range(len(kind.items))]
    return [_item(value, place) for place in places]


def _entries(value: Any, kind_of: Callable[[Any], Kind]) -> list[Any] | None:
    kind = kind_of(value)
    if not isinstance(kind, Dict) or not _is_stored(value):
        return None
    return [
        gast.keyword(key, _item(value, gast.Constant(key, None)))
        for key, _ in kind.items
    ]


def _item(value: Any, key: Any) -> Any:
    return gast.Subscript(build.duplicate(value), key, gast.Load())


def _is_stored(value: Any) -> bool:
    """Whether an expression may be read several times: it computes nothing."""
    match value:
        case gast.Name():
            return True
        case gast.Attribute():
            return _is_stored(value.value)
    return False
