"""The items of variadic arguments in a rule's text, where a call spells them out."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.transform.site import ARGUMENT, TANGENT, CallSite, Undecided


def items_of(node: Any, site: CallSite) -> list[Any]:
    """The items of a tuple, or of the display that a placeholder stands for.

    Raises Undecided where it is neither.
    """
    if isinstance(node, gast.Tuple):
        return list(node.elts)
    if not isinstance(node, gast.Name):
        raise Undecided
    return site.items(node.id)


def with_items(node: Any, site: CallSite) -> Any:
    """A call or tuple with its starred parts spelled out; an item, or a slice."""
    match node:
        case gast.Call(func=function, args=parts, keywords=keywords) if _has_star(
            parts
        ):
            return gast.Call(function, _spelled(parts, site), keywords)
        case gast.Tuple(elts=parts) if _has_star(parts):
            return gast.Tuple(_spelled(parts, site), gast.Load())
        case gast.Subscript(
            value=gast.Name(id=mark), slice=gast.Constant(value=int(place))
        ) if _is_display(mark, site):
            return site.items(mark)[place]
        case gast.Subscript(
            value=gast.Name(id=mark),
            slice=gast.Slice(lower=lower, upper=upper, step=None),
        ) if _is_display(mark, site):
            ends = [None if end is None else end.value for end in (lower, upper)]
            return gast.Tuple(site.items(mark)[slice(*ends)], gast.Load())
        case _:
            return node


def _has_star(parts: list[Any]) -> bool:
    return any(isinstance(part, gast.Starred) for part in parts)


def _spelled(parts: list[Any], site: CallSite) -> list[Any]:
    found: list[Any] = []
    for part in parts:
        is_starred = isinstance(part, gast.Starred)
        found += items_of(part.value, site) if is_starred else [part]
    return found


def _is_display(mark: str, site: CallSite) -> bool:
    """Whether a placeholder stands for a tuple or list that the call spells out."""
    display = site.bound.get(mark.rpartition(":")[2])
    is_placeholder = mark.startswith((ARGUMENT, TANGENT))
    return is_placeholder and isinstance(display, gast.Tuple | gast.List)
