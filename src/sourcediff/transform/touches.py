"""What a sweep does with the elements of its arrays, and where it makes the arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, blocks
from sourcediff.transform.build import names_in
from sourcediff.transform.cotangent import is_fresh
from sourcediff.transform.dependence import LoopSpace, Place, tightened
from sourcediff.transform.overwrite import zeroed
from sourcediff.trees import children, walk


def adds(statement: Any) -> bool:
    """Whether a statement is `x[k] += e` or `x[k] -= e`."""
    match statement:
        case gast.AugAssign(
            target=gast.Subscript(value=gast.Name()), op=gast.Add() | gast.Sub()
        ):
            return True
        case _:
            return False


@dataclass(frozen=True)
class Touch:
    """A place where elements are read or written; without a key it may be all.

    `blocks` are the numbers of the blocks around it, outer ones first.
    """

    statement: Any
    place: Place
    key: Any
    reads: bool
    writes: bool
    adds: bool = False
    zero: bool = False
    blocks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Home:
    """Where an array is made, in which blocks, and whether of zeros."""

    place: Place
    blocks: tuple[int, ...]
    zeros: bool

    def holds(self, touches: list[Touch]) -> bool:
        """Whether all touches are of the array that is made in the same iteration."""
        depth = len(self.blocks)
        return not self.place.loops or all(
            t.blocks[:depth] == self.blocks and t.place.order > self.place.order
            for t in touches
        )


@dataclass
class Touches:
    """Walks through a body and notes what it does with the elements of arrays.

    `fixed` names have one value in all of it, that of `counts` is at least zero.
    `made` says how often a name is bound, `homes` where it is bound to new memory;
    `escaped` arrays may have another name from a touch of theirs on, `lost` ones from
    somewhere on.
    """

    wanted: set[str]
    fixed: frozenset[str]
    counts: frozenset[str] = frozenset()
    found: dict[str, list[Touch]] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    escaped: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    _order: int = 0
    _entered: int = 0
    _blocks: tuple[int, ...] = ()
    #: By name of a view, the array, the key, and where the view was made.
    _views: dict[str, tuple[str, Any, Place]] = field(default_factory=dict)

    def run(self, body: list[Any], results: list[Any]) -> None:
        """Note the touches of the sweep, which ends with its results."""
        self._block(body, ())
        end = Place(None, (), self._step(), self.fixed, self.counts)
        for result in results:
            self._visit(result, end)

    def _step(self) -> int:
        """A number for the next place; the one after it is free."""
        self._order += 2
        return self._order

    def _block(self, body: list[Any], loops: tuple[LoopSpace, ...]) -> None:
        outside = self._blocks
        self._entered += 1
        self._blocks = (*outside, self._entered)
        for statement in body:
            place = Place(statement, loops, self._step(), self.fixed, self.counts)
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
        self._blocks = outside

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
                if to in self.wanted and is_fresh(value):
                    self.homes[to] = Home(place, self._blocks, is_zeros(value))
            case gast.Assign(targets=[to], value=value):
                if not is_fresh(value):
                    self._escape(value, place)
                self._visit(value, place)
                self._store(statement, to, place)
            case gast.AugAssign(target=to, value=value):
                self._visit(value, place)
                self._store(statement, to, place)
            case gast.Expr(value=gast.Call(func=function)) if (
                getattr(function, "attr", "") != "at"
            ):
                self._escape(statement, place)
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
                self._escape(value, place)

    def _store(self, statement: Any, to: Any, place: Place) -> None:
        match to:
            case gast.Subscript(value=gast.Name(id=base), slice=key) if (
                base in self.wanted
            ):
                self._visit(key, place)
                augmented = isinstance(statement, gast.AugAssign)
                touch = Touch(
                    statement,
                    place,
                    key,
                    reads=augmented,
                    writes=True,
                    adds=adds(statement),
                    zero=zeroed(statement) is not None,
                    blocks=self._blocks,
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
        touch = Touch(None, place, key, True, writes, blocks=self._blocks)
        self.found.setdefault(base, []).append(touch)

    def _escape(self, node: Any, place: Place) -> None:
        """Note that arrays may have other names from here on."""
        for base in self._arrays_in(node):
            self.escaped.add(base)
            self._note(base, place, None, writes=True)

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


def is_zeros(value: Any) -> bool:
    """Whether a value is `np.zeros_like(x)`."""
    match value:
        case gast.Call(func=gast.Attribute(attr="zeros_like"), args=[_], keywords=[]):
            return True
        case _:
            return False
