"""A call's arguments, matched to the parameters of the rule that differentiates it."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sourcediff.kinds import Array, Dict, Kind, List, Record, Sequence
from sourcediff.rules import Rule, without_defaults
from sourcediff.transform.build import const, tuple_of

#: What orders the items of one argument.
_ORDERING = (builtins.sorted, builtins.max, builtins.min)
_STRUCTURES = (Sequence, List, Dict, Record)
#: In what type a ufunc computes, which its result tells.
_OF_TYPES = {"dtype", "casting", "order", "subok"}


class Unbindable(Exception):
    """The call uses an argument that the rule does not know."""


@dataclass(frozen=True)
class _Places:
    """A rule's parameters by name, those given by position, and the starred one."""

    named: dict[str, inspect.Parameter]
    positional: list[str]
    star: str | None


@functools.cache
def _places(rule: Rule) -> _Places:
    named = {p.name: p for p in rule.parameters}
    by_position = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    positional = [n for n, p in named.items() if p.kind in by_position]
    stars = [n for n, p in named.items() if p.kind is p.VAR_POSITIONAL]
    return _Places(named, positional, stars[0] if stars else None)


def bind(
    rule: Rule, function: Any, arguments: list[Any], keywords: dict[str, Any]
) -> dict[str, Any]:
    """Parameter names to argument expressions; constants stand for defaults.

    Raises Unbindable, naming the argument, where the rule has no such parameter, and
    the call says something else there than the function's own default.
    """
    if isinstance(function, np.ufunc):
        keywords = {k: v for k, v in keywords.items() if k not in _OF_TYPES}
    try:
        return _bound(rule, function, arguments, keywords)
    except Unbindable:
        known = _places(rule).named
        left = without_defaults(function, arguments, keywords, known, _is_default)
        if left is None:
            raise
    return _bound(rule, function, [], left)


def _is_default(node: Any, default: Any) -> bool:
    if not isinstance(node, gast.Constant) or type(node.value) is not type(default):
        return False
    return bool(node.value == default)


def _bound(
    rule: Rule, function: Any, arguments: list[Any], keywords: dict[str, Any]
) -> dict[str, Any]:
    places = _places(rule)
    positional = places.positional
    if None in keywords or any(isinstance(a, gast.Starred) for a in arguments):
        raise Unbindable("starred arguments")
    packed = rule.packs.get(function)
    if packed is not None and packed in positional:
        first = positional.index(packed)
        rest = arguments[first:]
        # A sequence of values alone stands for itself: `max(v)`, but `x.reshape(n)`.
        single = rest and not rule.nests and not _is_tuple(rest[0])
        if len(rest) > 1 or single:
            arguments = [*arguments[:first], tuple_of(rest)]
    bound: dict[str, Any] = {}
    if len(arguments) > len(positional):
        if places.star is None:
            raise Unbindable(f"{len(arguments)} positional arguments")
        bound[places.star] = tuple_of(arguments[len(positional) :])
    bound.update(zip(positional, arguments, strict=False))
    for key, value in keywords.items():
        if key not in places.named:
            raise Unbindable(f"the argument {key}=")
        bound[key] = value
    other = rule.defaults.get(function, {})
    for name, parameter in places.named.items():
        if name in bound:
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            bound[name] = tuple_of([])
        elif parameter.default is inspect.Parameter.empty:
            if parameter.kind is not parameter.VAR_KEYWORD:
                raise Unbindable(f"no value for {name}")
        else:
            bound[name] = const(other.get(name, parameter.default))
    return bound


def require_numbers(
    function: Any, arguments: list[Any], kind_of: Callable[[Any], Kind]
) -> None:
    """Raise Unbindable where a call orders what is no number, or not known."""
    if function not in _ORDERING or len(arguments) != 1:
        return
    node = arguments[0]
    if _is_tuple(node):
        items = [kind_of(element) for element in node.elts]
    else:
        match kind_of(node):
            case Sequence(items=parts):
                items = [*parts]
            case List(item=item):
                items = [] if item is None else [item]
            case Array():
                items = []
            case _:
                raise Unbindable("an iterator; make a list of it first")
    if any(isinstance(item, _STRUCTURES) for item in items):
        raise Unbindable("the order of tuples; sort by a key")


def _is_tuple(node: Any) -> bool:
    return isinstance(node, gast.Tuple | gast.List)
