"""Cotangents that are made where the primal's memory is made, view for view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    bindings,
    root,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.sharing import Sharing, is_immutable, operand, sharing
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    is_differentiable,
    scalar_of,
)
from sourcediff.transform.access import (
    Field,
    Wholes,
    is_structure,
    kind_at,
    leaves,
    locate,
)
from sourcediff.transform.build import clone, const, names_in, subscript
from sourcediff.transform.names import Place
from sourcediff.trees import walk


class Entangled(Exception):
    """Names share memory that is written into in a way that cannot be followed."""

    def __init__(self, node: Any, cause: str) -> None:
        super().__init__(cause)
        self.node = node
        self.cause = cause


@dataclass(frozen=True)
class Mirror:
    """The cotangents of places that a statement binds.

    They become the view of cotangents that `view`, an expression or a place, is of the
    primal, or zeros.
    """

    places: tuple[Place, ...]
    view: Any = None


class Mirrors:
    """For the names in `members`: what happens to their cotangents at every binding."""

    def __init__(self, facts: Facts, members: frozenset[str], whole: Wholes) -> None:
        self.over(facts, members, whole)
        self._listed: list[tuple[Any, Place]] = []
        self.parameters = self._of_parameters()
        self.at: dict[Any, list[Mirror]] = {}
        for statement in walk_statements(facts.program.node.body):
            found = self._of_statement(statement)
            if found:
                self.at[statement] = found
        made = [m for found in self.at.values() for m in found]
        places = {place for m in made for place in m.places} | set(self.parameters)
        self.places = frozenset(places)
        self._require_memory()

    def over(self, facts: Facts, members: frozenset[str], whole: Wholes) -> None:
        """Set what expressions are about."""
        self._facts = facts
        self._whole = whole
        self.members = members

    def views_at(self, statement: Any) -> frozenset[Place]:
        """The places that a statement makes views of memory that was there before."""
        made = self.at.get(statement, ())
        return frozenset(p for m in made if m.view is not None for p in m.places)

    def _asked_for(self, statement: Any) -> Callable[[Place], Any]:
        """Notes the places that a statement puts into a list."""

        def note(place: Place) -> Any:
            self._listed.append((statement, place))
            return const(None)

        return note

    def _require_memory(self) -> None:
        """Refuse a name that stands for memory on one path, for a number on another.

        So are parts of lists that have no cotangent as a whole.
        """
        for statement, place in self._listed:
            if place not in self.places:
                raise Entangled(statement, self._message(place[0]))
        for statement in walk_statements(self._facts.program.node.body):
            match statement:
                case gast.Assign(targets=[gast.Name(id=identifier)], value=value) if (
                    identifier,
                ) in self.places and is_immutable(self._kind(value)):
                    raise Entangled(statement, self._message(identifier))

    # --- what binds -------------------------------------------------------------------

    def _of_parameters(self) -> list[Place]:
        program = self._facts.program
        body = program.node.body
        if not body:
            return []
        kinds = self._facts.environment(body[0])
        return [
            leaf
            for p in program.parameters
            if p in self.members
            for leaf in self._leaves((p,), kinds.get(p, UNKNOWN), body[0])
        ]

    def _of_statement(self, statement: Any) -> list[Mirror]:
        match statement:
            case gast.Assign(targets=[gast.Name(id=identifier)], value=value):
                if identifier not in self.members:
                    return []
                return list(self._bound((identifier,), value, statement))
            case gast.Assign(targets=[gast.Tuple(elts=to)], value=value):
                if not bindings(statement) & self.members:
                    return []
                return self._several(statement, to, value)
            case gast.Assign(targets=[gast.Subscript() | gast.Attribute() as to]):
                return self._stored(statement, to)
            case gast.Expr(value=gast.Call(func=gast.Attribute(value=base, attr=attr))):
                changed = attr in CONTAINER_METHODS and root(base) in self.members
                if changed and not isinstance(self._kind(base), Array):
                    raise Entangled(
                        statement, "a container of arrays that are written into changes"
                    )
                return []
            case gast.AugAssign(target=gast.Name() as to):
                if to.id in self.members and not isinstance(
                    scalar_of(self._kind(to)), Array | Scalar
                ):
                    raise Entangled(statement, self._message(to.id))
                return []
            case _:
                for identifier in sorted(bindings(statement) & self.members):
                    raise Entangled(statement, self._message(identifier))
                return []

    def _several(self, statement: Any, to: list[Any], value: Any) -> list[Mirror]:
        if not all(isinstance(t, gast.Name) for t in to):
            raise Entangled(statement, "this unpacking shares memory that is written")
        found: list[Mirror]
        if isinstance(value, gast.Tuple) and len(value.elts) == len(to):
            found = [
                mirror
                for t, v in zip(to, value.elts, strict=True)
                if t.id in self.members
                for mirror in self._bound((t.id,), v, statement)
            ]
        else:
            found = self._unpacked(statement, [t.id for t in to], value)
        bound = bindings(statement)
        given = names_in(value)
        swaps = sorted(given) == sorted(t.id for t in to)
        for mirror in found:
            view = mirror.view
            base = view[0] if isinstance(view, tuple) else view and root(view)
            if base in bound and not swaps:
                raise Entangled(statement, "a name is bound to another while that is")
            if mirror.view is not None and bound & self._indices(mirror.view):
                raise Entangled(statement, "an index changes with the view it gives")
        return found

    def _indices(self, view: Any) -> set[str]:
        if isinstance(view, tuple):
            return set()
        base = root(view)
        return {n for n in names_in(view) if n != base}

    def _unpacked(self, statement: Any, to: list[str], value: Any) -> list[Mirror]:
        kind = self._kind(value)
        fresh = not self._facts.aliases.sources(value)
        if isinstance(kind, Array) and kind.ndim == 1:
            return []
        if fresh:
            kinds = self._kinds_after(statement)
            return [
                Mirror((leaf,))
                for t in to
                for leaf in self._leaves((t,), kinds.get(t, UNKNOWN), statement)
            ]
        access = locate(value, self._facts.kind_of, self._whole)
        if access is not None and not access.keys and isinstance(kind, Sequence):
            return [
                mirror
                for i, (t, item) in enumerate(zip(to, kind.items, strict=False))
                for mirror in self._copied((t,), (*access.place, i), item, statement)
            ]
        self.text(value, lambda place: const(None), statement)
        return [Mirror(tuple((t,) for t in to), value)]

    def _kinds_after(self, statement: Any) -> dict[str, Kind]:
        found: dict[str, Kind] = {}
        for target in statement.targets:
            for node in walk(target):
                if isinstance(node, gast.Name):
                    found[node.id] = self._kind(node)
        return found

    def _stored(self, statement: Any, to: Any) -> list[Mirror]:
        base = root(to)
        if base not in self.members or isinstance(self._kind(to.value), Array):
            return []
        access = locate(to, self._facts.kind_of, self._whole)
        kinds = self._facts.environment(statement)
        for partner in self._facts.aliases.partners(statement, base):
            kind = kinds.get(partner)
            if kind is not None and not isinstance(scalar_of(kind), Scalar | Array):
                raise Entangled(statement, f"{base} and {partner} are one container")
        if is_immutable(self._kind(statement.value)):
            return []
        if access is None or access.keys:
            raise Entangled(statement, self._message(base))
        return list(self._bound(access.place, statement.value, statement))

    # --- what is bound ----------------------------------------------------------------

    def _bound(self, place: Place, value: Any, statement: Any) -> Iterator[Mirror]:
        kind = self._kind(value)
        sources = self._facts.aliases.sources(value)
        if is_immutable(kind):
            return
        if not sources:
            yield from (Mirror((p,)) for p in self._leaves(place, kind, statement))
        elif isinstance(kind, Array):
            if is_differentiable(kind):
                self.text(value, lambda place: const(None), statement)
                yield Mirror((place,), value)
        elif is_structure(kind) and place not in self._whole:
            yield from self._bound_structure(place, value, kind, statement)
        elif isinstance(value, gast.Name) and (value.id,) in self._whole:
            yield Mirror((place,), value)
        elif isinstance(value, gast.List | gast.Tuple) and place in self._whole:
            for element in value.elts:
                self.text(element, self._asked_for(statement), statement)
            yield Mirror((place,), value)
        else:
            raise Entangled(statement, self._message(place[0]))

    def _bound_structure(
        self, place: Place, value: Any, kind: Kind, statement: Any
    ) -> Iterator[Mirror]:
        match value:
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                for index, element in enumerate(elements):
                    yield from self._bound((*place, index), element, statement)
            case gast.Dict(keys=keys, values=values) if all(
                isinstance(k, gast.Constant) for k in keys
            ):
                for key, element in zip(keys, values, strict=True):
                    yield from self._bound((*place, key.value), element, statement)
            case _:
                access = locate(value, self._facts.kind_of, self._whole)
                if access is None or access.keys or access.place in self._whole:
                    raise Entangled(statement, self._message(place[0]))
                yield from self._copied(place, access.place, kind, statement)

    def _copied(
        self, place: Place, source: Place, kind: Kind, statement: Any
    ) -> Iterator[Mirror]:
        """The cotangents of a structure that is another one."""
        for leaf in self._leaves(place, kind, statement):
            if place[0] not in self.members:
                continue
            yield Mirror((leaf,), (*source, *leaf[len(place) :]))

    def _leaves(self, place: Place, kind: Kind, statement: Any) -> list[Place]:
        """The parts of a value that are memory with cotangents."""
        found = []
        for leaf in leaves(place, kind, self._whole):
            rest = leaf[len(place) :]
            inner = kind_at(("", *rest), lambda _: kind) or UNKNOWN
            if is_immutable(inner):
                continue
            if isinstance(inner, List | Dict | Sequence | Record):
                if leaf in self._whole:
                    found.append(leaf)
                continue
            if not isinstance(inner, Array):
                raise Entangled(statement, self._message(place[0]))
            if is_differentiable(inner):
                found.append(leaf)
        return found

    # --- views of cotangents ----------------------------------------------------------

    def text(self, node: Any, bar: Callable[[Place], Any], statement: Any) -> Any:
        """The view of cotangents that corresponds to a view, or a place, of the primal."""  # noqa: E501
        if isinstance(node, tuple):
            return bar(node)
        access = locate(node, self._facts.kind_of, self._whole)
        if access is not None:
            if access.place[0] not in self.members:
                raise Entangled(statement, self._message(access.place[0]))
            result = bar(access.place)
            for key in access.keys:
                result = subscript(result, clone(key))
            return result
        kind_of = self._facts.kind_of
        match node:
            case gast.Attribute(value=value, attr="T" | "mT" | "real" as attr):
                return gast.Attribute(
                    self.text(value, bar, statement), attr, gast.Load()
                )
            case gast.Subscript(value=value, slice=key):
                return subscript(self.text(value, bar, statement), clone(key))
            case gast.IfExp(test=test, body=first, orelse=second):
                arms = (self.text(n, bar, statement) for n in (first, second))
                return gast.IfExp(clone(test), *arms)
            case gast.Call() if (
                sharing(node, kind_of, self._facts.callee) is Sharing.VIEW
            ):
                return self._call_text(node, bar, statement)
            case _:
                raise Entangled(statement, self._uncertain(node))

    def _call_text(self, node: Any, bar: Callable[[Place], Any], at: Any) -> Any:
        base = operand(node, self._facts.kind_of)
        made = self.text(base, bar, at)
        function = node.func
        if isinstance(function, gast.Attribute) and base is function.value:
            function = gast.Attribute(made, function.attr, gast.Load())
            return gast.Call(function, clone(node.args), clone(node.keywords))
        arguments = [made if a is base else clone(a) for a in node.args]
        return gast.Call(clone(function), arguments, clone(node.keywords))

    def _kind(self, node: Any) -> Kind:
        return self._facts.kind_of(node)

    def _uncertain(self, node: Any) -> str:
        if isinstance(node, gast.Call):
            kind_of, callee = self._facts.kind_of, self._facts.callee
            if sharing(node, kind_of, callee) is Sharing.ONTO:
                return (
                    "this view shows elements of memory that is written into; take a "
                    "copy of it"
                )
            label = getattr(callee(node), "__name__", "this call")
            return (
                f"{label} may give a view or a copy of memory that is written into; "
                "say which by .copy(), or by indexing"
            )
        return "this expression shares memory that is written into; take a .copy()"

    def _message(self, identifier: str) -> str:
        return (
            f"{identifier} shares memory that is written into, in a way that cannot be "
            "followed; take a .copy() or write through one name only"
        )


__all__ = ["Entangled", "Field", "Mirror", "Mirrors"]
