"""Cotangents that loops walk through along another axis have it first meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, bound_names
from sourcediff.kinds import Array, Kind
from sourcediff.transform.affine import affine
from sourcediff.transform.build import (
    assign,
    at,
    attribute,
    clone,
    const,
    is_range,
    method,
    name,
    names_in,
)
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
    for identifier in dict.fromkeys(_levelled(body)):
        kind = kinds.get(identifier)
        if not isinstance(kind, Array) or not is_own(identifier):
            continue
        found = _Found.of(body, identifier)
        if found is not None and found.ndim == kind.ndim and found.pays:
            body = found.rewritten(body)
    return body


def _levelled(body: list[Any]) -> Iterator[str]:
    """Names of which a loop touches levels along another axis than the first."""
    for statement in body:
        if isinstance(statement, gast.For | gast.While):
            for node in walk(statement):
                if isinstance(node, gast.Subscript) and _level(node) is not None:
                    yield node.value.id


def _level(node: Any) -> _Level | None:
    """The axis of `x[:, k]`, if it is not the first one."""
    match node:
        case gast.Subscript(value=gast.Name(), slice=gast.Tuple(elts=elements)):
            axes = [i for i, e in enumerate(elements) if not _is_everything(e)]
            if len(axes) == 1 and axes[0] > 0 and affine(elements[axes[0]]) is not None:
                return _Level(axes[0], len(elements))
    return None


def _is_everything(node: Any) -> bool:
    return isinstance(node, gast.Slice) and not (node.lower or node.upper or node.step)


@dataclass(frozen=True)
class _Found:
    """An array, where it is made, from where to where it is touched level by level."""

    identifier: str
    made: int
    first: int
    last: int
    levels: list[_Level]
    unread: bool
    after: list[int]

    @property
    def ndim(self) -> int:
        """The number of axes that the keys select by."""
        return self.levels[0].ndim

    @property
    def pays(self) -> bool:
        """Whether there are enough accesses, one of which brings back the old order."""
        return len(self.levels) > bool(self.after)

    @staticmethod
    def of(body: list[Any], identifier: str) -> _Found | None:
        """What a body does with an array, if another order of axes may be meant."""
        touching = [i for i, s in enumerate(body) if identifier in set(names_in(s))]
        loops = [i for i in touching if _in_loops(body[i])]
        if not loops or not _is_made(body[touching[0]], identifier):
            return None
        levels: list[_Level] = []
        region: list[int] = []
        for index in touching[1:]:
            found: list[_Level] = []
            only = _collect(body[index], identifier, frozenset(), found)
            if only and (region or index in loops):
                region.append(index)
                levels += found
            elif loops[0] <= index <= loops[-1]:
                return None
            elif index > loops[-1]:
                break
        between = [i for i in touching[1:] if i < region[0]]
        after = [i for i in touching if i > region[-1]]
        if len(set(levels)) != 1 or not all(
            _is_operand(body[i], identifier) for i in between
        ):
            return None
        views = _views(body[region[0] : region[-1] + 1], identifier)
        if any(views & set(names_in(s)) for s in body[region[-1] + 1 :]):
            return None
        first, last = region[0], region[-1]
        return _Found(identifier, touching[0], first, last, levels, not between, after)

    def rewritten(self, body: list[Any]) -> list[Any]:
        """The body with the other order between the array's first loop and its last."""
        out = list(body)
        out[self.first : self.last + 1] = [
            self._indexed(s) for s in body[self.first : self.last + 1]
        ]
        self._put_back(out)
        axes = [self.levels[0].axis, *range(self.ndim)]
        del axes[axes[0] + 1]
        made = body[self.made]
        if self.unread and _is_zeros(made.value):
            like = _transposed(made.value.args[0], axes)
            order = gast.keyword("order", const("C"))
            zeros = gast.Call(made.value.func, [like], [order])
            out[self.made] = at(made, [assign(self.identifier, zeros)])[0]
        else:
            turned = method(_transposed(name(self.identifier), axes), "copy")
            out.insert(
                self.first, at(body[self.first], [assign(self.identifier, turned)])[0]
            )
        return out

    def _put_back(self, out: list[Any]) -> None:
        """Bring the axes into the old order where somebody still reads the array."""
        if not self.after:
            return
        axes = list(range(1, self.ndim))
        axes.insert(self.levels[0].axis, 0)
        whole = method(_transposed(name(self.identifier), axes), "copy")
        (*others, end) = self.after
        if not others and isinstance(out[end], gast.Return):
            out[end] = self._with(out[end], whole)
        else:
            again = assign(self.identifier, whole)
            out[self.last + 1 : self.last + 1] = at(out[self.last], [again])

    def _indexed(self, node: Any) -> Any:
        if isinstance(node, gast.Subscript) and _is_of(node, self.identifier):
            key = node.slice.elts[self.levels[0].axis]
            return gast.Subscript(node.value, key, node.ctx)
        return with_children(node, self._indexed)

    def _with(self, node: Any, whole: Any) -> Any:
        if isinstance(node, gast.Name) and node.id == self.identifier:
            return clone(whole)
        return with_children(node, lambda child: self._with(child, whole))


def _in_loops(statement: Any) -> bool:
    return isinstance(statement, gast.For | gast.While)


def _views(body: list[Any], identifier: str) -> set[str]:
    """The names of levels."""
    return {
        n
        for statement in body
        for node in walk(statement)
        if isinstance(node, gast.Assign)
        and identifier in set(names_in(node.value))
        and not isinstance(node.value, gast.BinOp | gast.UnaryOp)
        for to in node.targets
        for n in bound_names(to)
    }


def _transposed(node: Any, axes: list[int]) -> Any:
    if len(axes) == 2:
        return attribute(node, "T")
    return method(node, "transpose", *map(const, axes))


def _is_of(node: Any, identifier: str) -> bool:
    return isinstance(node.value, gast.Name) and node.value.id == identifier


def _collect(
    node: Any, identifier: str, counters: frozenset[str], levels: list[_Level]
) -> bool:
    """Note the levels that a statement touches; False if it touches anything else."""
    if isinstance(node, gast.For):
        counters |= set(_counters(node.target, node.iter))
        changed = {n for s in node.body for n in _bound(s)}
        counters -= changed
    if isinstance(node, gast.Subscript) and _is_of(node, identifier):
        level = _level(node)
        if level is None:
            return False
        names = set(names_in(node.slice.elts[level.axis]))
        if not names <= counters:
            return False
        levels.append(level)
        return True
    if isinstance(node, gast.Name):
        return bool(node.id != identifier)
    return all(_collect(c, identifier, counters, levels) for c in children(node))


def _bound(statement: Any) -> set[str]:
    found = {n for s in _inner(statement) for n in _bound(s)}
    if isinstance(statement, gast.For):
        return found | set(bound_names(statement.target))
    for to in getattr(statement, "targets", [getattr(statement, "target", None)]):
        found |= set(bound_names(to)) if to is not None else set()
    return found


def _inner(statement: Any) -> list[Any]:
    return [s for block in blocks(statement) for s in block]


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
