"""Cotangents that loops walk through along another axis have it first meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, bound_names
from sourcediff.kinds import Array, Kind
from sourcediff.transform.affine import affine
from sourcediff.transform.build import (
    assign,
    at,
    attribute,
    const,
    is_range,
    method,
    name,
    names_in,
)
from sourcediff.transform.dependence import is_everything
from sourcediff.trees import children, walk, with_children


@dataclass(frozen=True)
class _Level:
    """One access `x[:, :, k]` in a loop: the axis, and how many there are."""

    axis: int
    ndim: int


def by_level(
    body: list[Any], kinds: Mapping[str, Kind], is_own: Callable[[str], bool]
) -> list[Any]:
    """The body with `x_bar[k]` for `x_bar[:, k]`, of arrays that it makes itself.

    A level of such an array is one piece of memory. `kinds` are those of the
    cotangents; `is_own` says of which nothing else sees the memory. What is returned
    has its axes in the right order again.
    """
    ndims = {
        n: kind.ndim
        for n in _levelled(body)
        if isinstance(kind := kinds.get(n), Array) and is_own(n)
    }
    wanted = set(ndims)
    if not wanted:
        return body
    touches = [_Touches.of(statement, wanted) for statement in body]
    ways: list[_Way] = []
    for identifier in sorted(wanted):
        way = _Way.of(body, touches, identifier)
        if way is not None and way.ndim == ndims[identifier] and way.pays:
            ways.append(way)
    return _rewritten(body, touches, ways)


def _levelled(body: list[Any]) -> set[str]:
    """Names of which a loop touches levels along another axis than the first."""
    return {
        node.value.id
        for statement in body
        if isinstance(statement, (gast.For, gast.While))
        for node in walk(statement)
        if isinstance(node, gast.Subscript) and _level(node) is not None
    }


@dataclass(frozen=True)
class _Touches:
    """What a statement does with arrays: their levels that it touches, and the rest.

    `views` are names that it binds to what may be a level, by the array's name.
    """

    names: frozenset[str]
    levels: dict[str, list[_Level]] = field(default_factory=dict)
    otherwise: set[str] = field(default_factory=set)
    views: dict[str, set[str]] = field(default_factory=dict)

    @staticmethod
    def of(statement: Any, wanted: set[str]) -> _Touches:
        """What a statement does with the arrays of some names."""
        found = _Touches(frozenset(names_in(statement)))
        if found.names & wanted:
            found._visit(statement, wanted, frozenset())
        return found

    def _visit(self, node: Any, wanted: set[str], counters: frozenset[str]) -> None:
        match node:
            case gast.Name(id=identifier):
                if identifier in wanted:
                    self.otherwise.add(identifier)
                return
            case gast.For(target=to, iter=iterable, body=body):
                counters |= set(_counters(to, iterable))
                counters -= assigned_in(body)
            case gast.Subscript(value=gast.Name(id=identifier)) if identifier in wanted:
                level = _level(node)
                key = node.slice.elts[level.axis] if level else None
                if level is not None and counters.issuperset(names_in(key)):
                    self.levels.setdefault(identifier, []).append(level)
                    return
            case gast.Assign(value=value, targets=targets) if not isinstance(
                value, gast.BinOp | gast.UnaryOp
            ):
                bound = {n for to in targets for n in bound_names(to)}
                for identifier in wanted.intersection(names_in(value) if bound else ()):
                    self.views.setdefault(identifier, set()).update(bound)
        for child in children(node):
            self._visit(child, wanted, counters)


def _level(node: Any) -> _Level | None:
    """The axis of `x[:, k]`, if it is not the first one."""
    match node:
        case gast.Subscript(value=gast.Name(), slice=gast.Tuple(elts=elements)):
            axes = [i for i, e in enumerate(elements) if not is_everything(e)]
            if len(axes) == 1 and axes[0] > 0 and affine(elements[axes[0]]) is not None:
                return _Level(axes[0], len(elements))
    return None


@dataclass(frozen=True)
class _Way:
    """An array, where it is made, from where to where it is touched level by level."""

    identifier: str
    made: int
    first: int
    last: int
    levels: list[_Level]
    between: list[int]
    after: list[int]

    @property
    def axis(self) -> int:
        """The axis that comes first meanwhile."""
        return self.levels[0].axis

    @property
    def ndim(self) -> int:
        """The number of axes that the keys select by."""
        return self.levels[0].ndim

    @property
    def pays(self) -> bool:
        """Whether there are enough accesses, one of which brings back the old order."""
        return len(self.levels) > bool(self.after)

    @staticmethod
    def of(body: list[Any], touches: list[_Touches], identifier: str) -> _Way | None:
        """What a body does with an array, if another order of axes may be meant."""
        touching = [i for i, t in enumerate(touches) if identifier in t.names]
        loops = [i for i in touching if isinstance(body[i], gast.For | gast.While)]
        if not loops or not _is_made(body[touching[0]], identifier):
            return None
        region: list[int] = []
        for index in touching[1:]:
            if identifier not in touches[index].otherwise and (
                region or index in loops
            ):
                region.append(index)
            elif loops[0] <= index <= loops[-1]:
                return None
            elif index > loops[-1]:
                break
        first, last = region[0], region[-1]
        levels = [v for i in region for v in touches[i].levels[identifier]]
        between = [i for i in touching[1:] if i < first]
        if len(set(levels)) != 1 or not all(
            _is_operand(body[i], identifier) for i in between
        ):
            return None
        views = {n for i in region for n in touches[i].views.get(identifier, ())}
        if any(views & touch.names for touch in touches[last + 1 :]):
            return None
        after = [i for i in touching if i > last]
        return _Way(identifier, touching[0], first, last, levels, between, after)

    def start(self, made: Any) -> tuple[Any, bool]:
        """How it gets the new order, and whether that stands where it is made."""
        axes = [self.axis, *(i for i in range(self.ndim) if i != self.axis)]
        if self.between or not _is_zeros(made.value):
            turned = method(_transposed(name(self.identifier), axes), "copy")
            return assign(self.identifier, turned), False
        like = _transposed(made.value.args[0], axes)
        order = gast.keyword("order", const("C"))
        zeros = gast.Call(made.value.func, [like], [order])
        return assign(self.identifier, zeros), True

    def whole(self) -> Any:
        """The array in its old order."""
        axes = list(range(1, self.ndim))
        axes.insert(self.axis, 0)
        return method(_transposed(name(self.identifier), axes), "copy")


def _rewritten(body: list[Any], touches: list[_Touches], ways: list[_Way]) -> list[Any]:
    """The body with other orders of axes from each array's first loop to its last."""
    before: dict[int, list[Any]] = {}
    behind: dict[int, list[Any]] = {}
    out = list(body)
    for way in ways:
        start, in_place = way.start(body[way.made])
        if in_place:
            out[way.made : way.made + 1] = at(body[way.made], [start])
        else:
            before.setdefault(way.first, []).extend(at(body[way.first], [start]))
        match [body[i] for i in way.after]:
            case []:
                pass
            case [gast.Return()]:
                out[way.after[0]] = _restored(out[way.after[0]], way)
            case _:
                again = assign(way.identifier, way.whole())
                behind.setdefault(way.last, []).extend(at(body[way.last], [again]))
    for index in range(len(body)):
        axes = {
            way.identifier: way.axis
            for way in ways
            if way.first <= index <= way.last and way.identifier in touches[index].names
        }
        if axes:
            out[index] = _indexed(out[index], axes)
    return [
        statement
        for i, own in enumerate(out)
        for statement in (*before.get(i, ()), own, *behind.get(i, ()))
    ]


def _restored(node: Any, way: _Way) -> Any:
    if isinstance(node, gast.Name) and node.id == way.identifier:
        return way.whole()
    return with_children(node, lambda child: _restored(child, way))


def _indexed(node: Any, axes: dict[str, int]) -> Any:
    if isinstance(node, (gast.Name, gast.Constant)):
        return node
    if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name):
        axis = axes.get(node.value.id)
        if axis is not None:
            return gast.Subscript(node.value, node.slice.elts[axis], node.ctx)
    return with_children(node, lambda child: _indexed(child, axes))


def _transposed(node: Any, axes: list[int]) -> Any:
    if len(axes) == 2:
        return attribute(node, "T")
    return method(node, "transpose", *map(const, axes))


def _counters(target: Any, iterable: Any) -> Iterator[str]:
    """The variables of a loop that count."""
    match target, iterable:
        case gast.Name(id=identifier), _ if is_range(iterable):
            yield identifier
        case gast.Tuple(elts=[*targets]), gast.Call(
            func=gast.Name(id="zip"), args=[*iterables]
        ):
            for part, over in zip(targets, iterables, strict=False):
                yield from _counters(part, over)


def _is_made(statement: Any, identifier: str) -> bool:
    """Whether a statement makes an array that is new for certain."""
    match statement:
        case gast.Assign(targets=[gast.Name(id=to)], value=value) if to == identifier:
            fresh = isinstance(value, gast.BinOp | gast.UnaryOp)
            return fresh or _is_call(value, "full_like") or _is_zeros(value)
        case _:
            return False


def _is_zeros(value: Any) -> bool:
    return _is_call(value, "zeros_like") and not value.keywords and len(value.args) == 1


def _is_call(value: Any, attr: str) -> bool:
    match value:
        case gast.Call(func=gast.Attribute(attr=called)):
            return bool(called == attr)
        case _:
            return False


def _is_operand(statement: Any, identifier: str) -> bool:
    """Whether a statement only reads an array as an operand of arithmetic."""
    match statement:
        case gast.Assign(targets=[gast.Name(id=to)], value=value) if to != identifier:
            return _reads_as_operand(value, identifier)
        case gast.AugAssign(target=gast.Name(), value=value):
            return isinstance(value, gast.Name) or _reads_as_operand(value, identifier)
        case _:
            return False


def _reads_as_operand(node: Any, identifier: str) -> bool:
    match node:
        case gast.BinOp(left=left, right=right):
            return all(
                isinstance(side, gast.Name) or _reads_as_operand(side, identifier)
                for side in (left, right)
            )
        case gast.UnaryOp(operand=operand):
            return isinstance(operand, gast.Name) or _reads_as_operand(
                operand, identifier
            )
        case _:
            return identifier not in set(names_in(node))
