"""Which iterables are dicts, and what a loop takes from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.purity import callee
from sourcediff.kinds import Dict, Kind, List, Record, Sequence, Unknown
from sourcediff.trees import walk

_METHODS = ("items", "values", "keys", "setdefault", "get", "popitem")


def is_call_of(node: Any, context: Context, *functions: Any) -> bool:
    """Whether a node calls one of these function objects."""
    return isinstance(node, gast.Call) and any(
        callee(node, context.program) is function for function in functions
    )


def is_mapping(iterable: Any, context: Context, mappings: set[str]) -> bool:
    """Whether iterating gives the keys of a dict."""
    if is_call_of(iterable, context, sorted, list, tuple, iter, reversed):
        first = iterable.args[0] if iterable.args else None
        return is_mapping(first, context, mappings)
    match iterable:
        case gast.Call(func=gast.Attribute(attr="keys"), args=[]):
            return True
        case gast.Dict() | gast.DictComp():
            return True
    kind = kind_of(iterable, context.suspect.kinds)
    if kind is not None and not isinstance(kind, Unknown):
        return isinstance(kind, Dict)
    return isinstance(iterable, gast.Name) and iterable.id in mappings


def items_of(
    iterable: Any, context: Context
) -> tuple[Any, str, Callable[[Any], Any]] | None:
    """Of `d.items()` and `d.values()`: d, "items" or "values", and how to list keys."""
    if is_call_of(iterable, context, sorted) and len(iterable.args) == 1:
        inner = items_of(iterable.args[0], context)
        if inner is None or inner[1] != "items" or iterable.keywords:
            return None
        order = iterable.func
        return inner[0], "items", lambda mapping: build.call(order, mapping)
    match iterable:
        case gast.Call(
            func=gast.Attribute(attr="items" | "values" as wanted),
            args=[],
            keywords=[],
        ):
            return iterable.func.value, wanted, lambda mapping: mapping
    return None


def kind_of(node: Any, kinds: Any) -> Kind | None:
    """The kind of a parameter, or of a constant place within one, if it is known."""
    match node:
        case gast.Name():
            found: Kind | None = kinds.get(node.id)
            return found
        case gast.Attribute():
            base = kind_of(node.value, kinds)
            return base.get(node.attr) if isinstance(base, Record) else None
        case gast.Subscript(slice=gast.Constant(value=key)):
            return _item_kind(kind_of(node.value, kinds), key)
    return None


def _item_kind(base: Kind | None, key: Any) -> Kind | None:
    match base:
        case Dict():
            return base.get(key)
        case List():
            return base.item
        case Sequence() if isinstance(key, int) and -len(base.items) <= key < len(
            base.items
        ):
            return base.items[key]
    return None


def mapping_names(nodes: list[Any]) -> set[str]:
    """The names that are used as dicts somewhere among the nodes of a function."""
    found = set()
    for node in nodes:
        match node:
            case gast.Name() | gast.Constant():
                continue
            case gast.Assign(
                value=gast.Dict()
                | gast.DictComp()
                | gast.Call(func=gast.Name(id="dict" | "defaultdict"))
            ):
                found |= {t.id for t in node.targets if isinstance(t, gast.Name)}
            case gast.Attribute(value=gast.Name(id=name)) if node.attr in _METHODS:
                found.add(name)
            case gast.Subscript(
                value=gast.Name(id=name), slice=gast.Constant(value=str())
            ):
                found.add(name)
            case gast.For(target=gast.Name(id=key), iter=gast.Name(id=name)) if (
                _looks_up(node.body, name, key)
            ):
                found.add(name)
            case gast.ListComp() | gast.GeneratorExp() | gast.DictComp():
                found |= {
                    loop.iter.id
                    for loop in node.generators
                    if isinstance(loop.target, gast.Name)
                    and isinstance(loop.iter, gast.Name)
                    and _looks_up([node], loop.iter.id, loop.target.id)
                }
    return found


def _looks_up(body: list[Any], name: str, key: str) -> bool:
    """Whether `name[key]` is read: `for key in name` may then be a loop over a dict."""
    return any(
        isinstance(node, gast.Subscript)
        and isinstance(node.value, gast.Name)
        and isinstance(node.slice, gast.Name)
        and (node.value.id, node.slice.id) == (name, key)
        for node in walk(gast.Module(body, []))
    )
