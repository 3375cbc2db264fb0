"""Cotangents of views: the same views of their bases' cotangents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.sharing import operand
from sourcediff.kinds import (
    Static,
)
from sourcediff.transform.access import (
    Access,
    locate,
)
from sourcediff.transform.accumulate import State
from sourcediff.transform.build import (
    assign,
    clone,
    name,
    subscript,
)
from sourcediff.transform.names import Place
from sourcediff.transform.refused import Refused

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def has_cotangent(reverse: Reverse, place: Place) -> bool:
    """Whether anything has arrived at a place, or at what it is a view of."""
    if reverse.views.is_view(place[0]):
        _, text = reverse.views.definition(place[0])
        base = locate(text, reverse.facts.kind_of, reverse.whole)
        while base is None and not isinstance(text, gast.Name):
            text = getattr(text, "value", None) or operand(text, reverse.node_kind)
            base = locate(text, reverse.facts.kind_of, reverse.whole)
        return base is not None and has_cotangent(reverse, base.place)
    return place in reverse.cotangents.states


def element_of(reverse: Reverse, access: Access) -> Any:
    """The cotangent of the elements that are accessed, as an expression."""
    node = name(_bar(reverse, access.place))
    for key in access.keys:
        node = subscript(node, clone(key))
    return node


def _bar(reverse: Reverse, place: Place) -> str:
    if reverse.views.is_view(place[0]):
        return bound_view(reverse, place[0])
    return reverse.cotangents.bar(place)


def bound_view(reverse: Reverse, identifier: str) -> str:
    """The cotangent of a view: the same view of its base's cotangent."""
    bar = reverse.cotangents.bar((identifier,))
    if not reverse.views.is_bound(identifier):
        _, text = reverse.views.definition(identifier)
        shadow = _shadow(reverse, text)
        reverse.cotangents.out.append(assign(bar, shadow))
        reverse.views.bind(identifier)
        reverse.cotangents.shadows.add(bar)
    reverse.cotangents.states[(identifier,)] = State(owned=True)
    return bar


def _shadow(reverse: Reverse, text: Any) -> Any:
    """The view of a cotangent that corresponds to a view of the primal."""
    access = locate(text, reverse.facts.kind_of, reverse.whole)
    if access is not None:
        if reverse.views.is_view(access.place[0]):
            bound_view(reverse, access.place[0])
        else:
            reverse.cotangents.own(access.place)
        return element_of(reverse, access)
    match text:
        case gast.Attribute(value=value, attr=attr):
            return gast.Attribute(_shadow(reverse, value), attr, gast.Load())
        case gast.Subscript(value=value, slice=key):
            return subscript(_shadow(reverse, value), clone(key))
        case gast.Call(func=gast.Attribute(value=value, attr=attr)) if not (
            isinstance(reverse.facts.kind_of(value), Static)
        ):
            function = gast.Attribute(_shadow(reverse, value), attr, gast.Load())
            return gast.Call(function, clone(text.args), clone(text.keywords))
        case gast.Call(func=function, args=[first, *rest]):
            arguments = [_shadow(reverse, first), *clone(rest)]
            return gast.Call(clone(function), arguments, clone(text.keywords))
        case _:
            raise Refused(text, "this view of memory cannot be followed")


def own_base(reverse: Reverse, place: Place) -> None:
    """Make sure that the cotangent of a place is memory that can be written."""
    if reverse.views.is_view(place[0]):
        bound_view(reverse, place[0])
    else:
        reverse.cotangents.own(place)


def require_unseen(reverse: Reverse, statement: Any, identifier: str) -> None:
    """Refuse a write into memory that counts under another name.

    The cotangent of that name would have to change, and nobody says how.
    """
    places = reverse.cotangents.states
    for partner in sorted(reverse.facts.aliases.partners(statement, identifier)):
        known = any(place[0] == partner for place in places)
        if known and partner != identifier and "@" not in partner:
            raise Refused(
                statement,
                f"{identifier} may share memory with {partner}, which is used later",
            )
