"""A call's arguments, matched to the parameters of the rule that differentiates it."""

from __future__ import annotations

import inspect
from typing import Any

import gast

from sourcediff.rules import Rule
from sourcediff.transform.build import const, tuple_of


class Unbindable(Exception):
    """The call uses an argument that the rule does not know."""


def bind(
    rule: Rule, function: Any, arguments: list[Any], keywords: dict[str, Any]
) -> dict[str, Any]:
    """Parameter names to argument expressions; constants stand for defaults.

    Raises Unbindable, naming the argument, where the rule has no such parameter.
    """
    parameters = rule.parameters
    if any(isinstance(a, gast.Starred) for a in arguments) or None in keywords:
        raise Unbindable("starred arguments")
    positional = [
        p.name
        for p in parameters
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    packed = rule.packs.get(function)
    if packed is not None and packed in positional:
        first = positional.index(packed)
        rest = arguments[first:]
        # A sequence of values alone stands for itself: `max(v)`, but `x.reshape(n)`.
        single = rest and not rule.nests and not _is_tuple(rest[0])
        if len(rest) > 1 or single:
            arguments = [*arguments[:first], tuple_of(rest)]
    bound: dict[str, Any] = {}
    star = next((p for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    if len(arguments) > len(positional):
        if star is None:
            raise Unbindable(f"{len(arguments)} positional arguments")
        bound[star.name] = tuple_of(arguments[len(positional) :])
    bound.update(zip(positional, arguments, strict=False))
    known = {p.name for p in parameters}
    for key, value in keywords.items():
        if key not in known:
            raise Unbindable(f"the argument {key}=")
        bound[key] = value
    other = rule.defaults.get(function, {})
    for parameter in parameters:
        if parameter.name in bound:
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            bound[parameter.name] = tuple_of([])
        elif parameter.default is inspect.Parameter.empty:
            if parameter.kind is not parameter.VAR_KEYWORD:
                raise Unbindable(f"no value for {parameter.name}")
        else:
            bound[parameter.name] = const(other.get(parameter.name, parameter.default))
    return bound


def _is_tuple(node: Any) -> bool:
    return isinstance(node, gast.Tuple | gast.List)
