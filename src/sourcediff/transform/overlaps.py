"""Stores of vectors that NumPy reads through memory that it may have written already.

NumPy copies what overlaps before it stores it, but for vectors: their elements go one
by one to their places, and `u[::2] = u[:3]` makes of `[0, 1, 2, 3, 4]` not
`[0, 1, 1, 3, 2]` but `[0, 1, 1, 3, 1]`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import root, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.indexing import gathers, index_kinds
from sourcediff.kinds import Array, Kind, Scalar
from sourcediff.runtime import cycle, element_key
from sourcediff.transform.build import loaded, same
from sourcediff.transform.distinct import definitions
from sourcediff.transform.fixed import fixed_names
from sourcediff.transform.refused import Refused

KindOf = Callable[[Any], Kind]
#: The only expression that a name is ever bound to, or None.
Definition = Callable[[str], Any]


@dataclass(frozen=True)
class Axis:
    """What indices have made of one axis of an array.

    `fixed` is the integer that took it away; otherwise its elements are `step` elements
    of the axis apart, `stride` of the array's memory. None: not known.
    """

    number: int
    stride: int | None
    step: int | None = 1
    fixed: Any = None
    bounds: tuple[str, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether it is an axis of the view."""
        return self.fixed is None


@dataclass(frozen=True)
class View:
    """A view of the array `root`, whose first element is the one at `first`."""

    root: str
    first: int | None
    axes: tuple[Axis, ...]


def shares(facts: Facts, statement: Any, to: Any, names: Iterable[str]) -> bool:
    """Whether any of the names may stand for memory that a store writes into."""
    base = root(to) or ""
    return not facts.aliases.partners(statement, base).union({base}).isdisjoint(names)


def refuse_torn(
    facts: Facts, statement: Any, to: Any, value: Any, made: Definition
) -> None:
    """Refuse a store in which NumPy may read what it has overwritten."""
    if not shares(facts, statement, to, facts.aliases.sources(value)):
        return
    if _may_tear(to, value, facts.kind_of, made):
        raise _torn(to)


def refuse_respelled(facts: Facts, statement: Any) -> None:
    """Refuse a store that stands for a call that may read what it has overwritten.

    Such are `a.flat[k] = v`, `np.place`, `np.fill_diagonal` and `np.copyto` with
    `where`: their values do not read as the calls do, whatever is differentiated.
    """
    match statement:
        case gast.Assign(targets=[gast.Subscript() as to], value=value):
            pass
        case _:
            return
    is_whole = isinstance(to.slice, gast.Constant) and to.slice.value is ...
    helped = any(s is cycle or s is element_key for s in facts.program.statics.values())
    if isinstance(facts.kind_of(value), Scalar) or not (is_whole or helped):
        return
    for given in _meanings(facts, value):
        match given:
            case gast.Call(args=[source, *_]) if facts.callee(given) is cycle:
                read, tears = source, not _is_flat(facts, to)
            case gast.Call(args=[_, source, old]) if facts.callee(given) is np.where:
                read = source
                tears = (
                    is_whole
                    and same(loaded(to.value), old)
                    and _may_tear(to, source, facts.kind_of, _definition(facts))
                )
            case _:
                read, tears = given, given is value and _is_flat(facts, to)
        if tears and shares(facts, statement, to, facts.aliases.sources(read)):
            raise _torn(to)


def _torn(to: Any) -> Refused:
    cause = "NumPy may store here what it has overwritten itself; take a .copy() of "
    return Refused(to, f"{cause}the right side")


def _definition(facts: Facts) -> Definition:
    body, known = facts.program.node.body, facts.bindings
    fixed = fixed_names(body, facts.program.parameters, known)
    found = definitions(body, fixed, known)
    return lambda identifier: getattr(found.get(identifier), "value", None)


def _meanings(facts: Facts, node: Any) -> list[Any]:
    """An expression, and of a name what is ever assigned to it."""
    if not isinstance(node, gast.Name):
        return [node]
    body = facts.program.node.body
    return [node] + [
        s.value
        for s in walk_statements(body)
        if isinstance(s, gast.Assign) and getattr(s.targets[0], "id", "") == node.id
    ]


def _is_flat(facts: Facts, to: Any) -> bool:
    """Whether `to` is what is written for `a.flat[k]`."""
    keys = _meanings(facts, to.slice)
    calls = (key for key in keys if isinstance(key, gast.Call))
    return any(facts.callee(call) is element_key for call in calls)


def _may_tear(to: Any, value: Any, kind_of: KindOf, made: Definition) -> bool:
    """Whether `to = value`, of shared memory, may store what it has overwritten itself.

    It certainly does not where the strides of vectors are equal, or of other signs
    (they are copied), where no element moves towards the end that comes next, and in
    `m[:k, i] = m[i, :k]`.
    """
    target, given = kind_of(to), kind_of(value)
    if not isinstance(to, gast.Subscript) or not isinstance(given, Array):
        return False
    if given.ndim == 0 or not isinstance(target, Array) or (target.ndim or 1) != 1:
        return False
    if gathers(index_kinds(to.slice, kind_of)):
        return any(
            isinstance(k, Array) and k.dtype.kind == "b"
            for k in index_kinds(to.slice, kind_of)
        )
    one, other = _view(to, kind_of, made), _view(value, kind_of, made)
    if one is None or other is None or one.root != other.root:
        return True
    if _is_turned([*zip(one.axes, other.axes, strict=False)]):
        return False
    a, b = ([x for x in v.axes if x.is_free] for v in (one, other))
    if len(a) != 1 or len(b) != 1:
        return True
    apart = _apart(a[0], b[0], one, other)
    if apart is None:
        return True
    near, far = apart
    if near == far or near * far < 0:
        return False
    if None in (one.first, other.first) or min(near, far) < 0:
        return True
    # NumPy begins with the last element where the value begins before the target.
    ahead = other.first >= one.first  # type: ignore[operator]
    return far < near if ahead else far > near


def _apart(a: Axis, b: Axis, one: View, other: View) -> tuple[int, int] | None:
    """How far the elements of two vectors are apart, in one measure."""
    if None not in (a.stride, b.stride):
        return a.stride, b.stride  # type: ignore[return-value]
    if a.number != b.number or None in (a.step, b.step):
        return None
    return a.step, b.step  # type: ignore[return-value]


def _is_turned(pairs: list[tuple[Axis, Axis]]) -> bool:
    """Whether a row becomes the column of the same number, element for element."""
    if len(pairs) != 2:
        return False
    kept = [(a, b) for a, b in itertools.product(*zip(*pairs, strict=True))]
    free = [(a, b) for a, b in kept if a.is_free and b.is_free]
    taken = [(a, b) for a, b in kept if not a.is_free and not b.is_free]
    if len(free) != 1 or len(taken) != 1 or free[0][0].number == free[0][1].number:
        return False
    one, other = taken[0]
    return free[0][0].bounds == free[0][1].bounds and same(one.fixed, other.fixed)


def _view(node: Any, kind_of: KindOf, made: Definition) -> View | None:
    """The view that an expression is, if it is made by basic indices."""
    kind = kind_of(node)
    match node:
        case gast.Name(id=identifier):
            shown = made(identifier)
            known = None if shown is None else _view(shown, kind_of, made)
            if known is not None or not isinstance(kind, Array) or kind.dims is None:
                return known
            return View(identifier, 0, _whole_axes(kind))
        case gast.Attribute(value=value, attr="T"):
            inner = _view(value, kind_of, made)
            return inner and replace(inner, axes=inner.axes[::-1])
        case gast.Call(func=gast.Attribute(value=value, attr="reshape" | "ravel")):
            # A view only of rows that lie one after the other: else it is refused.
            inner, whole = _view(value, kind_of, made), kind_of(value)
            if (
                inner is None
                or not isinstance(whole, Array)
                or getattr(kind, "ndim", None) != 1
            ):
                return None
            uncut = inner.axes == _whole_axes(whole)
            return View(inner.root, 0, (Axis(-1, 1),)) if uncut else None
        case gast.Subscript(value=value, slice=key):
            inner = _view(value, kind_of, made)
            if inner is None or gathers(index_kinds(key, kind_of)):
                return None
            return _part(inner, key)
        case _:
            return None


def _whole_axes(kind: Array) -> tuple[Axis, ...]:
    strides: list[int | None] = [1 if kind.contiguous or kind.ndim == 1 else None]
    for dim in (kind.dims or ())[:0:-1]:
        known = isinstance(dim, int) and strides[0] is not None
        strides.insert(0, strides[0] * dim if known else None)  # type: ignore[operator]
    return tuple(Axis(i, stride) for i, stride in enumerate(strides))


def _part(view: View, key: Any) -> View | None:
    keys = list(key.elts if isinstance(key, gast.Tuple) else [key])
    if any(isinstance(k, gast.Constant) and k.value in (None, ...) for k in keys):
        return view if len(keys) == 1 and keys[0].value is ... else None
    axes, first = list(view.axes), view.first
    free = [i for i, axis in enumerate(axes) if axis.is_free]
    for i, part in zip(free, keys, strict=False):
        axis = axes[i]
        lower, step = part, 1
        if isinstance(part, gast.Slice):
            lower = part.lower
            step = 1 if part.step is None else _number(part.step)  # type: ignore[assignment]
            bounds = () if part.lower is part.upper is part.step is None else (part,)
            axes[i] = replace(
                axis,
                stride=_times(axis.stride, step),
                step=_times(axis.step, step),
                bounds=(*axis.bounds, *map(gast.unparse, bounds)),
            )
        else:
            axes[i] = replace(axis, fixed=part)
        begin = _number(lower) if lower is not None else 0 if (step or 0) > 0 else None
        moved = _times(axis.stride, begin if begin is not None and begin >= 0 else None)
        first = None if None in (first, moved) else first + moved  # type: ignore[operator]
    return View(view.root, first, tuple(axes))


def _times(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a * b


def _number(node: Any) -> int | None:
    """An integer that is written out."""
    match node:
        case gast.Constant(value=int(value)):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int(value))):
            return -value
        case _:
            return None
