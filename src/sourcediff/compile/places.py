"""Where the parts of an expression stand, in the order in which they are evaluated."""

from __future__ import annotations

from typing import Any

import gast

Place = tuple[Any, Any]


def evaluated(node: Any) -> list[Place]:
    """The places of the parts of an expression that are evaluated in any case.

    >>> import gast
    >>> node = gast.parse("f(a, *b)[i] if c else d").body[0].value
    >>> [gast.unparse(get(place)).strip() for place in evaluated(node.body)]
    ['f(a, *b)', 'i']
    >>> [gast.unparse(get(place)).strip() for place in evaluated(node)]
    ['c']
    """
    match node:
        case gast.Lambda() | gast.JoinedStr():
            return []
        case gast.ListComp() | gast.SetComp() | gast.DictComp() | gast.GeneratorExp():
            return []
        case gast.BoolOp():
            return [(node.values, 0)]
        case gast.IfExp():
            return [(node, "test")]
        case gast.Compare():
            return [(node, "left"), (node.comparators, 0)]
        case gast.Dict():
            pairs = [((node.keys, i), (node.values, i)) for i in range(len(node.keys))]
            places: list[Place] = [place for pair in pairs for place in pair]
            return [place for place in places if get(place) is not None]
        case gast.Call():
            method = isinstance(node.func, gast.Attribute)
            places = [(node.func, "value") if method else (node, "func")]
            places += [(node.args, i) for i in range(len(node.args))]
            return places + [(keyword, "value") for keyword in node.keywords]
        case _:
            places = []
            for key, value in gast.iter_fields(node):
                if isinstance(value, list):
                    places += [(value, i) for i in range(len(value))]
                elif isinstance(value, gast.expr):
                    places.append((node, key))
            return places


def get(place: Place) -> Any:
    """The expression at a place."""
    holder, key = place
    return holder[key] if isinstance(holder, list) else getattr(holder, key)


def put(place: Place, value: Any) -> None:
    """Put an expression at a place."""
    holder, key = place
    if isinstance(holder, list):
        holder[key] = value
    else:
        setattr(holder, key, value)
