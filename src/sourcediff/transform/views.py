"""Views whose memory is written into while more than one name sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    assigned_in,
    bindings,
    root,
    store_targets,
    swapped_names,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import Array, Scalar, Static, is_differentiable, scalar_of
from sourcediff.transform.build import names_in


class Entangled(Exception):
    """Names share memory that is written into in a way that cannot be followed."""

    def __init__(self, node: Any, cause: str) -> None:
        super().__init__(cause)
        self.node = node
        self.cause = cause


@dataclass
class Views:
    """The names whose cotangent must be a view of another name's cotangent.

    `definitions` gives, for each, the base and the expression of the view.
    """

    definitions: dict[str, tuple[str, Any]] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)

    def is_view(self, identifier: Any) -> bool:
        """Whether a name is such a view."""
        return identifier in self.definitions

    def definition(self, identifier: str) -> tuple[str, Any]:
        """The base of a view and the expression that made it."""
        return self.definitions[identifier]

    def root(self, identifier: str) -> str:
        """The name at the end of a chain of views."""
        while identifier in self.definitions:
            identifier = self.definitions[identifier][0]
        return identifier

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


def entangled_views(facts: Facts, parameters: frozenset[str]) -> Views:
    """Find the views that need shadows, or raise Entangled."""
    body = facts.program.node.body
    needed: set[str] = set()
    roots: dict[str, Any] = {}
    for statement, group in _written_groups(facts, body):
        needed |= group
        for name in group:
            roots.setdefault(name, statement)
    if not needed:
        return Views()
    definitions = _definitions(facts, body)
    views: dict[str, tuple[str, Any]] = {}
    for name in sorted(needed):
        made = definitions.get(name, [])
        if name in parameters and not made:
            continue
        sources = [_view_of(value) for value in made]
        if all(source is None for source in sources):
            continue
        bases = {s for s in sources if s is not None}
        if len(made) != 1 or len(bases) != 1 or name in parameters:
            if not bases & needed:
                continue
            raise Entangled(
                roots[name],
                f"{name} stands for different views of memory that is written into",
            )
        (base,) = bases
        views[name] = (base, made[0])
    result = Views(views)
    for statement, group in _written_groups(facts, body):
        owners = {result.root(name) for name in group}
        if len(owners) > 1:
            listed = " and ".join(sorted(group))
            raise Entangled(
                statement, f"{listed} share memory that is written into here"
            )
    _require_stable(facts, body, result, roots, definitions)
    return result


def _written_groups(
    facts: Facts, body: list[Any]
) -> Iterator[tuple[Any, frozenset[str]]]:
    """The statements that write into memory which several live names share."""
    for statement in walk_statements(body):
        for target in _stores(facts, statement):
            base = root(target)
            if base is None:
                continue
            useful = facts.activity.useful_after(statement)
            live = facts.liveness.after(statement) | {base}
            partners = facts.aliases.partners(statement, base)
            group = {n for n in partners if "@" not in n and n in live} | {base}
            active = facts.activity.names(statement)
            if not any(n in active or n in useful for n in group):
                continue
            kinds = facts.environment(statement)
            group = {
                n
                for n in group
                if n not in kinds
                or not isinstance(scalar_of(kinds[n]), Scalar | Static)
                and is_differentiable(kinds[n])
            }
            if len(group) > 1:
                yield statement, frozenset(group)


def _stores(facts: Facts, statement: Any) -> Iterator[Any]:
    def in_place(node: Any) -> bool:
        return not isinstance(scalar_of(facts.kind_of(node)), Scalar | Static)

    yield from store_targets(statement, in_place)
    value = getattr(statement, "value", None)
    if value is None or not isinstance(value, gast.AST):
        return
    for node in gast.walk(value):
        if isinstance(node, gast.Call):
            yield from facts.written(node)


def _definitions(facts: Facts, body: list[Any]) -> dict[str, list[Any]]:
    """The expressions that each name is bound to; None where there is no telling."""
    found: dict[str, list[Any]] = {}
    for statement in walk_statements(body):
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case gast.Assign(
                targets=[gast.Tuple(elts=to)], value=gast.Tuple(elts=given)
            ) if len(to) == len(given):
                for t, v in zip(to, given, strict=True):
                    found.setdefault(root(t) or "", []).append(v)
            case gast.AugAssign():
                continue
            case _:
                for name in bindings(statement):
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
            case gast.Call(func=gast.Attribute(value=gast.Name(), attr=_), args=[
                inner, *_
            ]) if _is_numpy_view(value):
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
    {"reshape", "ravel", "transpose", "swapaxes", "moveaxis", "squeeze",
     "expand_dims", "asarray", "flip", "atleast_1d", "atleast_2d", "rollaxis",
     "fliplr", "flipud"}
)


def _is_numpy_view(call: Any) -> bool:
    return call.func.value.id in ("np", "numpy") and call.func.attr in _NUMPY_VIEWS


def _require_stable(
    facts: Facts,
    body: list[Any],
    views: Views,
    roots: dict[str, Any],
    definitions: dict[str, list[Any]],
) -> None:
    """Refuse views whose base or index changes while they are in use."""
    for name, (base, text) in views.definitions.items():
        for other in set(names_in(text)):
            made = definitions.get(other, [])
            if len(made) > 1 or (made and other in facts.program.parameters):
                raise Entangled(
                    roots.get(name, body[0]),
                    f"{name} is a view of {base} that is written into, and {other}, "
                    "on which it depends, is bound again",
                )
        if _may_copy(text) and not _is_contiguous(facts, base):
            raise Entangled(
                roots.get(name, body[0]),
                f"{name} may be a view or a copy of {base}, which is written into",
            )


def _may_copy(text: Any) -> bool:
    return any(
        isinstance(n, gast.Attribute) and n.attr in ("reshape", "ravel", "view")
        for n in gast.walk(text)
    )


def _is_contiguous(facts: Facts, base: str) -> bool:
    for statement in walk_statements(facts.program.node.body):
        kind = facts.environment(statement).get(base)
        if isinstance(kind, Array) and kind.contiguous:
            return True
    return False


def written_names(facts: Facts, body: list[Any]) -> frozenset[str]:
    """The names whose arrays the program writes into, directly or through views."""
    written: set[str] = set()
    for statement in walk_statements(body):
        for target in _stores(facts, statement):
            base = root(target)
            if base is not None:
                partners = facts.aliases.partners(statement, base)
                written |= {base} | {p for p in partners if "@" not in p}
    swapped = swapped_names(body)
    return frozenset(written | swapped if written & swapped else written)


__all__ = ["Entangled", "Views", "assigned_in", "entangled_views", "written_names"]
