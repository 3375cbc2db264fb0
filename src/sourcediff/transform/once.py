"""Elements that are still zero are stored to; zeros that nobody reads are not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.analysis.effects import Bindings, assigned_in, blocks, walk_statements
from sourcediff.transform.build import names_in
from sourcediff.transform.cotangent import is_fresh
from sourcediff.transform.dependence import (
    LoopSpace,
    Place,
    fixed_names,
    tightened,
    untouched_before,
)
from sourcediff.transform.overwrite import as_store, zeroed
from sourcediff.trees import children, walk


def touched_once(body: list[Any], own: set[str], results: list[Any]) -> list[Any]:
    """The reverse sweep with `x[k] = e` for `x[k] += e` where `x[k]` is zero for sure.

    And without `x[k] = 0.0` where no later iteration or statement reads that element.
    `own` are cotangents whose memory no cotangent of another name shares; `results`
    are what the sweep is made for.
    """
    wanted = own & _candidates(body)
    if not wanted:
        return body
    touches = _Touches(wanted, _constant_names(body))
    touches.run(body, results)
    stored: set[Any] = set()
    idle: set[Any] = set()
    for identifier in wanted - touches.lost:
        if touches.made.get(identifier) != 1 or identifier not in touches.fresh:
            continue
        found = touches.found.get(identifier, [])
        if identifier in touches.zeros:
            stored.update(t.statement for t in found if t.adds and _is_first(t, found))
        idle.update(t.statement for t in found if t.zero and _is_idle(t, found))
    return _changed(body, stored, idle) if stored or idle else body


def _candidates(body: list[Any]) -> set[str]:
    """The arrays into whose elements loops add, or store zeros."""
    return {
        str(node.target.value.id if _adds(node) else zeroed(node))
        for statement in body
        if isinstance(statement, gast.For)
        for node in walk_statements([statement])
        if _adds(node) or zeroed(node)
    }


def _constant_names(body: list[Any]) -> frozenset[str]:
    """The names that have one value in all of the sweep."""
    bindings = Bindings()
    names = {n for statement in body for n in names_in(statement)}
    unbound = names - assigned_in(body, bindings)
    return fixed_names(body, tuple(names), bindings) | frozenset(unbound)


def _adds(statement: Any) -> bool:
    match statement:
        case gast.AugAssign(
            target=gast.Subscript(value=gast.Name()), op=gast.Add() | gast.Sub()
        ):
            return True
        case _:
            return False


@dataclass(frozen=True)
class _Touch:
    """A place where elements are read or written; without a key it may be all."""

    statement: Any
    place: Place
    key: Any
    reads: bool
    writes: bool
    adds: bool = False
    zero: bool = False


def _is_first(touch: _Touch, found: list[_Touch]) -> bool:
    """Whether elements that are added to have not been written before."""
    later = replace(touch, place=replace(touch.place, order=touch.place.order + 1))
    return all(
        _not_before(later if other is touch else other, touch)
        for other in found
        if other.writes and not other.zero
    )


def _is_idle(touch: _Touch, found: list[_Touch]) -> bool:
    """Whether nobody reads the elements after they were set to zero."""
    return all(_not_before(touch, other) for other in found if other.reads)


def _not_before(one: _Touch, other: _Touch) -> bool:
    """Whether the first one touches nothing of the second one's before that does."""
    if one.key is None or other.key is None:
        apart = not (one.place.loops and other.place.loops)
        return apart and one.place.order > other.place.order
    return untouched_before(other.key, other.place, one.key, one.place)


@dataclass
class _Touches:
    """Walks through a body and notes what it does with the elements of arrays.

    `made` says how often a name is bound, `fresh` which ones are new memory there;
    `lost` are arrays that may have another name from somewhere on.
    """

    wanted: set[str]
    fixed: frozenset[str]
    found: dict[str, list[_Touch]] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    zeros: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    _order: int = 0
    #: By name of a view, the array, the key, and where the view was made.
    _views: dict[str, tuple[str, Any, Place]] = field(default_factory=dict)

    def run(self, body: list[Any], results: list[Any]) -> None:
        """Note the touches of the sweep, which ends with its results."""
        self._block(body, ())
        end = Place(None, (), self._step(), self.fixed)
        for result in results:
            self._visit(result, end)

    def _step(self) -> int:
        """A number for the next place; the one after it is free."""
        self._order += 2
        return self._order

    def _block(self, body: list[Any], loops: tuple[LoopSpace, ...]) -> None:
        for statement in body:
            place = Place(statement, loops, self._step(), self.fixed)
            match statement:
                case gast.For(target=to, iter=iterable, body=inner):
                    self._visit(iterable, place)
                    self._bind(to)
                    self._block(inner, (*loops, self._space(statement, loops)))
                case gast.If(test=test, body=then, orelse=orelse):
                    self._visit(test, place)
                    for inner, holds in ((then, True), (orelse, False)):
                        narrow = tuple(tightened(s, test, holds) for s in loops)
                        self._block(inner, narrow)
                case _ if blocks(statement):
                    self.lost |= self._arrays_in(statement)
                case _:
                    self._simple(statement, place)

    def _space(self, loop: Any, loops: tuple[LoopSpace, ...]) -> LoopSpace:
        known = self.fixed | {s.variable for s in loops if s.variable}
        changed = assigned_in(loop.body)
        match loop.iter:
            case gast.Call(func=gast.Name(id="reversed"), args=[inner]):
                forwards = gast.For(loop.target, inner, loop.body, [], None)
                space = LoopSpace.of(forwards, changed, frozenset(known))
                return replace(space, statement=loop, direction=-space.direction)
        return LoopSpace.of(loop, changed, frozenset(known))

    def _simple(self, statement: Any, place: Place) -> None:
        match statement:
            case gast.Assign(targets=[gast.Name(id=to)], value=value):
                self._assign(statement.targets[0], value, place)
                self.fresh |= {to} if is_fresh(value) else set()
                self.zeros |= {to} if _is_zeros(value) else set()
            case gast.Assign(targets=[to], value=value):
                if not is_fresh(value):
                    self.lost |= self._arrays_in(value)
                self._visit(value, place)
                self._store(statement, to, place)
            case gast.AugAssign(target=to, value=value):
                self._visit(value, place)
                self._store(statement, to, place)
            case gast.Expr(value=gast.Call(func=function)) if (
                getattr(function, "attr", "") != "at"
            ):
                self.lost |= self._arrays_in(statement)
            case _:
                self._visit(statement, place, writes=True)

    def _assign(self, to: Any, value: Any, place: Place) -> None:
        self._visit(value, place)
        self._bind(to)
        match value:
            case gast.Subscript(value=gast.Name(id=base), slice=key) if (
                base in self.wanted
            ):
                if self.made[to.id] == 1:
                    self._views[to.id] = base, key, place
                else:
                    self.lost.add(base)
            case _ if not is_fresh(value):
                self.lost |= self._arrays_in(value)

    def _store(self, statement: Any, to: Any, place: Place) -> None:
        match to:
            case gast.Subscript(value=gast.Name(id=base), slice=key) if (
                base in self.wanted
            ):
                self._visit(key, place)
                augmented = isinstance(statement, gast.AugAssign)
                touch = _Touch(
                    statement,
                    place,
                    key,
                    reads=augmented,
                    writes=True,
                    adds=_adds(statement),
                    zero=zeroed(statement) is not None,
                )
                self.found.setdefault(base, []).append(touch)
            case _:
                self._visit(to, place, writes=True)
                if isinstance(statement, gast.Assign):
                    self._bind(to)

    def _visit(self, node: Any, place: Place, writes: bool = False) -> None:
        """Note what an expression reads; with `writes`, what it may write, too."""
        match node:
            case gast.Subscript(value=gast.Name(id=base), slice=key) if (
                base in self.wanted
            ):
                self._note(base, place, key, writes)
                self._visit(key, place)
            case gast.Name(id=base) if base in self.wanted:
                self._note(base, place, None, writes)
            case gast.Name(id=view) if view in self._views:
                base, key, made = self._views[view]
                inside = [s.statement for s in place.loops[: len(made.loops)]]
                same = inside == [s.statement for s in made.loops]
                self._note(base, place, key if same else None, writes)
            case gast.Call(func=gast.Name()):
                for child in children(node):
                    self._visit(child, place, True)
            case _:
                for child in children(node):
                    self._visit(child, place, writes)

    def _note(self, base: str, place: Place, key: Any, writes: bool) -> None:
        touch = _Touch(None, place, key, reads=True, writes=writes)
        self.found.setdefault(base, []).append(touch)

    def _arrays_in(self, node: Any) -> set[str]:
        """The arrays of which an expression names elements, itself or by a view."""
        names = set(names_in(node))
        viewed = {self._views[n][0] for n in names & self._views.keys()}
        return viewed | (names & self.wanted)

    def _bind(self, target: Any) -> None:
        for node in walk(target):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
                self.made[node.id] = self.made.get(node.id, 0) + 1
                view = self._views.get(node.id)
                if view is not None:
                    self.lost.add(view[0])


def _is_zeros(value: Any) -> bool:
    match value:
        case gast.Call(func=gast.Attribute(attr="zeros_like"), args=[_], keywords=[]):
            return True
        case _:
            return False


def _changed(body: list[Any], stored: set[Any], idle: set[Any]) -> list[Any]:
    """The body with stores for additions, and without some stores of zero."""
    out: list[Any] = []
    for statement in body:
        for part in ("body", "orelse"):
            inner = getattr(statement, part, None)
            if isinstance(inner, list) and blocks(statement):
                setattr(statement, part, _changed(inner, stored, idle))
        if statement in stored:
            out.append(as_store(statement))
        elif statement not in idle:
            out.append(statement)
    return out
