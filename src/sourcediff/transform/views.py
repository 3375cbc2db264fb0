"""Views whose memory is written into while more than one name sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    assigned_in,
    root,
    swapped_names,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import (
    Dict,
    Record,
    Scalar,
    Sequence,
    Static,
    is_differentiable,
    scalar_of,
)
from sourcediff.transform.access import NO_WHOLES, Wholes
from sourcediff.transform.build import names_in, same
from sourcediff.transform.held import changing_containers, resized_groups
from sourcediff.transform.mirror import Entangled, Mirrors


@dataclass
class Views:
    """The names whose cotangent must be a view of another name's cotangent.

    `definitions` gives, for each, the base and the expression of the view. What has no
    one definition has its cotangent made in the forward sweep, as `mirrors` tells.
    `buffers` are the names whose cotangents are memory because of views that are only
    read from.
    """

    definitions: dict[str, tuple[str, Any]] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    mirrors: Mirrors | None = None
    buffers: frozenset[str] = frozenset()

    @property
    def mirrored(self) -> frozenset[str]:
        """The names whose cotangents are made in the forward sweep."""
        return self.mirrors.members if self.mirrors is not None else frozenset()

    def is_view(self, identifier: Any) -> bool:
        """Whether a name is such a view."""
        return identifier in self.definitions

    def is_shared(self, identifier: str) -> bool:
        """Whether a name is such a view, or another one is a view of it."""
        return identifier in self.definitions or any(
            base == identifier for base, _ in self.definitions.values()
        )

    def joined(self, others: Views) -> Views:
        """These views and others, which are only read from."""
        shared = {name for name, _ in others.definitions.values()}
        return Views(
            {**self.definitions, **others.definitions},
            mirrors=self.mirrors,
            buffers=frozenset(shared | others.definitions.keys()),
        )

    def definition(self, identifier: str) -> tuple[str, Any]:
        """The base of a view and the expression that made it."""
        return self.definitions[identifier]

    def root(self, identifier: str) -> str:
        """The name at the end of a chain of views."""
        while identifier in self.definitions:
            identifier = self.definitions[identifier][0]
        return identifier

    def seen_through(self, identifier: str) -> set[str]:
        """A name and those that are views of it, or views of such views."""
        found = [identifier]
        for seen in found:  # which grows
            found += [n for n, (base, _) in self.definitions.items() if base == seen]
        return set(found)

    def is_bound(self, identifier: str) -> bool:
        """Whether the view of the cotangent exists at this point of the sweep."""
        return identifier in self.bound

    def bind(self, identifier: str) -> None:
        """Note that the view of the cotangent has been made."""
        self.bound.add(identifier)

    def drop(self, identifier: str) -> None:
        """Note that the sweep has passed the definition of a view."""
        self.bound.discard(identifier)
        for other, (base, _) in self.definitions.items():
            if base == identifier:
                self.bound.discard(other)

    def forget(self) -> None:
        """Note that no view exists yet."""
        self.bound.clear()

    def snapshot(self) -> set[str]:
        """The views that exist now."""
        return set(self.bound)

    def restore(self, bound: set[str]) -> None:
        """Go back to an earlier set of existing views."""
        self.bound = set(bound)


Group = tuple[Any, frozenset[str]]


def entangled_views(
    facts: Facts, parameters: frozenset[str], whole: Wholes = NO_WHOLES
) -> Views:
    """Find the views that need shadows, or raise Entangled."""
    body = facts.program.node.body
    definitions = _definitions(facts, body)
    groups = [*_written_groups(facts, body), *resized_groups(facts, body, definitions)]
    if not groups:
        return Views()
    views: dict[str, tuple[str, Any]] = {}
    moving: set[str] = set()
    for members in _components([group for _, group in groups]):
        own = [(s, group) for s, group in groups if group & members]
        try:
            views.update(fixed_views(facts, own, parameters, whole, definitions))
        except Entangled:
            moving |= _with_sources(facts, members, definitions)
    if not moving:
        return Views(views)
    mirrors = Mirrors(facts, frozenset(moving), whole)
    return Views({v: d for v, d in views.items() if v not in moving}, mirrors=mirrors)


def _components(groups: list[frozenset[str]]) -> list[frozenset[str]]:
    """Unions of groups that have members in common."""
    found: list[frozenset[str]] = []
    for group in groups:
        joined = [other for other in found if other & group]
        found = [other for other in found if not other & group]
        found.append(group.union(*joined))
    return found


def _with_sources(
    facts: Facts, members: frozenset[str], definitions: dict[str, list[Any]]
) -> set[str]:
    """Names, those whose views they are, and what is unpacked with them."""
    found: set[str] = set()
    waiting = set(members)
    together = [
        facts.bindings[s]
        for s in walk_statements(facts.program.node.body)
        if isinstance(s, gast.Assign)
        and isinstance(s.targets[0], gast.Tuple)
        and not isinstance(s.value, gast.Tuple)
        and facts.aliases.sources(s.value)
    ]
    while waiting:
        name = waiting.pop()
        found.add(name)
        for value in definitions.get(name, []):
            waiting |= facts.aliases.sources(value) - found
        for names in together:
            if name in names:
                waiting |= names - found
    return found


def fixed_views(
    facts: Facts,
    groups: list[Group],
    parameters: frozenset[str],
    whole: Wholes,
    definitions: dict[str, list[Any]],
) -> dict[str, tuple[str, Any]]:
    """Views that are the same ones of the same arrays ever after."""
    needed: set[str] = set().union(*(group for _, group in groups))
    statement = groups[0][0]
    views: dict[str, tuple[str, Any]] = {}
    for name in sorted(needed):
        made = definitions.get(name, [])
        if name in parameters and not made:
            continue
        shared = facts.aliases.sources
        bases = {_view_of(value) for value in made if shared(value)}
        if not bases:
            continue
        alike = all(same(made[0], other) for other in made[1:])
        if not alike or None in bases or name in parameters:
            if not bases & needed:
                continue
            raise Entangled(statement, f"{name} stands for different views")
        (base,) = bases
        views[name] = (str(base), made[0])
    result = Views(views)
    for at_, group in groups:
        if len({result.root(name) for name in group}) > 1:
            listed = " and ".join(sorted(group))
            raise Entangled(at_, f"{listed} share memory that is written into here")
    _require_stable(facts, statement, result, whole, definitions)
    return views


def _written_groups(
    facts: Facts, body: list[Any]
) -> Iterator[tuple[Any, frozenset[str]]]:
    """The statements that write into memory which several live names share."""
    for statement in walk_statements(body):
        for target in facts.stores(statement):
            base = root(target)
            if base is None:
                continue
            live = facts.liveness.after(statement) | {base}
            partners = facts.aliases.partners(statement, base)
            group = {n for n in partners if "@" not in n and n in live} | {base}
            if group.isdisjoint(facts.activity.names(statement)) and (
                group.isdisjoint(facts.activity.useful_after(statement))
            ):
                continue
            kinds = facts.environment(statement)
            group = {
                n
                for n in group
                if n not in kinds
                or (
                    not isinstance(scalar_of(kinds[n]), Scalar | Static)
                    and is_differentiable(kinds[n])
                )
            }
            if len(group) > 1:
                yield statement, frozenset(group)


def _definitions(facts: Facts, body: list[Any]) -> dict[str, list[Any]]:
    """The expressions that each name is bound to; starred: to a part of it."""
    found: dict[str, list[Any]] = {}
    for statement in walk_statements(body):
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case gast.Assign(
                targets=[gast.Tuple(elts=to)], value=gast.Tuple(elts=given)
            ) if len(to) == len(given):
                names = [getattr(node, "id", "") for node in (*to, *given)]
                swaps = sorted(names[: len(to)]) == sorted(names[len(to) :])
                for t, v in zip(to, given, strict=True):
                    moved = not swaps and root(v) in facts.bindings[statement]
                    part = gast.Starred(v, gast.Load()) if moved else v
                    found.setdefault(root(t) or "", []).append(part)
            case gast.AugAssign():
                continue
            case gast.Assign(value=value) | gast.For(iter=value):
                for name in facts.bindings[statement]:
                    part = gast.Starred(value, gast.Load())
                    found.setdefault(name, []).append(part)
            case _:
                for name in facts.bindings[statement]:
                    found.setdefault(name, []).append(gast.Constant(None, None))
    return found


def _view_of(value: Any) -> str | None:
    """The name that an expression is a view of, if it has that form at all."""
    while True:
        match value:
            case gast.Name(id=name):
                return str(name)
            case gast.Subscript(value=inner) | gast.Attribute(value=inner):
                value = inner
            case gast.Call(
                func=gast.Attribute(value=gast.Name(), attr=_), args=[inner, *_]
            ) if _is_numpy_view(value):
                value = inner
            case gast.Call(func=gast.Attribute(value=inner, attr=attr)) if attr in (
                "reshape",
                "ravel",
                "transpose",
                "swapaxes",
                "squeeze",
                "diagonal",
                "view",
            ):
                value = inner
            case _:
                return None


_NUMPY_VIEWS = frozenset(
    {
        "reshape",
        "ravel",
        "transpose",
        "swapaxes",
        "moveaxis",
        "squeeze",
        "expand_dims",
        "asarray",
        "flip",
        "atleast_1d",
        "atleast_2d",
        "rollaxis",
        "fliplr",
        "flipud",
    }
)


def _is_numpy_view(call: Any) -> bool:
    return call.func.value.id in ("np", "numpy") and call.func.attr in _NUMPY_VIEWS


def _require_stable(
    facts: Facts,
    statement: Any,
    views: Views,
    whole: Wholes,
    definitions: dict[str, list[Any]],
) -> None:
    """Refuse views whose base or index changes while they are in use."""
    names = {name for name, _ in views.definitions.values()} | set(views.definitions)
    check = Mirrors.__new__(Mirrors)
    check.over(facts, frozenset(names), whole)
    changing = changing_containers(facts)
    for name, (base, text) in views.definitions.items():
        check.text(text, lambda place: gast.Constant(None, None), statement)
        kind = facts.kind_of(text)
        if isinstance(kind, Sequence | Dict | Record) and (name,) not in whole:
            raise Entangled(statement, f"{name} is a container of arrays")
        in_whole = (base,) in whole
        same_list = isinstance(text, gast.Name) and (name,) in whole and in_whole
        if not same_list and (in_whole or base in changing):
            raise Entangled(statement, f"{base} is a container that may change")
        others = set(names_in(text)) - facts.program.statics.keys()
        for other in others:
            if other != base and not _is_number(facts, other):
                raise Entangled(statement, f"{name} depends on what is in {other}")
        if others & _rebound_under(facts, views.seen_through(name)):
            raise Entangled(statement, f"{base} is bound again while {name} is used")


def _is_number(facts: Facts, name: str) -> bool:
    """Whether a name stands for numbers only."""
    kinds = (
        facts.environment(s).get(name) for s in walk_statements(facts.program.node.body)
    )
    return all(k is None or isinstance(scalar_of(k), Scalar | Static) for k in kinds)


def _rebound_under(facts: Facts, names: set[str]) -> set[str]:
    """The names that are bound again while the value of others is still of use."""
    found: set[str] = set()
    for statement in walk_statements(facts.program.node.body):
        if isinstance(statement, gast.AugAssign) and not isinstance(
            scalar_of(facts.kind_of(statement.target)), Scalar | Static
        ):
            continue
        live = facts.liveness.after(statement)
        if isinstance(statement, gast.For):
            live |= facts.liveness.before(statement.body[0])
        if isinstance(statement, gast.Assign):  # the old base's cotangent is used here
            live |= set(names_in(statement.value))
        bound = facts.bindings[statement]
        if names & live - bound:
            found |= bound
    return found


def written_names(facts: Facts, body: list[Any]) -> frozenset[str]:
    """The names whose arrays the program writes into, directly or through views."""
    written: set[str] = set()
    for statement in walk_statements(body):
        for target in facts.stores(statement):
            base = root(target)
            if base is not None:
                partners = facts.aliases.partners(statement, base)
                written |= {base} | {p for p in partners if "@" not in p}
    swapped = swapped_names(body)
    return frozenset(written | swapped if written & swapped else written)


__all__ = ["Entangled", "Views", "assigned_in", "entangled_views", "written_names"]
