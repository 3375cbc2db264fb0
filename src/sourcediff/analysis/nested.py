"""Functions inside a function: scope, parameters, and whether they escape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.kinds import Kind
from sourcediff.trees import children, walk

#: Functions and classes with names of their own.
SCOPES = frozenset(
    {gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef, gast.ClassDef}
)
_OUTER = frozenset({gast.Nonlocal, gast.Global})


@dataclass(eq=False)
class Nested:
    """A nested function or lambda; `frame` is the function whose call defined it.

    `escapes`: it may be called in ways that cannot be seen, so that nothing is known of
    its parameters. `entry` joins the kinds of names at the start of all calls seen.
    """

    node: Any
    frame: Any
    escapes: bool
    defaults: Mapping[str, Kind]
    own: frozenset[str]
    free: frozenset[str]
    entry: dict[str, Kind] = field(default_factory=dict)
    running: bool = False


def scope_of(node: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a nested function binds itself, and those from outside."""
    names = [n for n in walk(node) if isinstance(n, gast.Name)]
    rebound = {name for n in walk(node) if is_outer(n) for name in n.names}
    inner = {n.name for n in walk(node) if isinstance(n, gast.FunctionDef)}
    inner -= {getattr(node, "name", None)}
    own = {n.id for n in names if not isinstance(n.ctx, gast.Load)} | inner
    own -= rebound
    return frozenset(own), frozenset({n.id for n in names} - own)


def is_outer(node: Any) -> bool:
    """Whether a statement says that names belong to an outer scope."""
    return node.__class__ in _OUTER


def is_scope(node: Any) -> bool:
    """Whether a node is a function or class with names of its own."""
    return node.__class__ in SCOPES


def rebound_outside(nodes: list[Any]) -> frozenset[str]:
    """The names that others than their own scope may rebind: global, and nonlocal."""
    if _OUTER.isdisjoint(map(type, nodes)):
        return frozenset()
    return frozenset(name for node in nodes if is_outer(node) for name in node.names)


def escaping(function: Any) -> frozenset[str]:
    """The names of nested functions that are used otherwise than called in place."""
    uses: dict[str, list[tuple[Any, bool]]] = {}
    _collect(function, function, uses)
    defined = {
        name: scope
        for scope, node in _definitions(function, function)
        for name in [node.name]
    }
    return frozenset(
        name
        for name, home in defined.items()
        if not all(called and scope is home for scope, called in uses.get(name, []))
    )


def _definitions(node: Any, scope: Any) -> Iterator[tuple[Any, Any]]:
    for child in children(node):
        if isinstance(child, gast.FunctionDef):
            yield scope, child
        yield from _definitions(child, child if child.__class__ in SCOPES else scope)


def _collect(node: Any, scope: Any, uses: dict[str, list[tuple[Any, bool]]]) -> None:
    for child in children(node):
        if isinstance(child, gast.Name) and isinstance(child.ctx, gast.Load):
            called = isinstance(node, gast.Call) and node.func is child
            uses.setdefault(child.id, []).append((scope, called))
        _collect(child, child if child.__class__ in SCOPES else scope, uses)


def bound_parameters(
    nested: Nested, positional: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> dict[str, Kind] | None:
    """The kinds of parameters in a call; None where they do not fit."""
    args = nested.node.args
    if args.vararg or args.kwarg:
        return None
    places = [p.id for p in (*args.posonlyargs, *args.args)]
    names = [*places, *(p.id for p in args.kwonlyargs)]
    if len(positional) > len(places) or not keywords.keys() <= set(names):
        return None
    given = {
        **nested.defaults,
        **dict(zip(places, positional, strict=False)),
        **keywords,
    }
    return given if given.keys() == set(names) else None
