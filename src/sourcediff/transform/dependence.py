"""Whether a store destroys elements that the reverse sweep will still read."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import gast

from sourcediff.transform.affine import Affine, Bounds, affine, greatest
from sourcediff.trees import children

#: Marks the loop variables of the iteration that reads.
PRIME = "'"


@dataclass(frozen=True)
class LoopSpace:
    """One loop around a statement: its variable, its direction and its range.

    `direction` is 0 where nothing is known of it; `changed` are the names that are
    bound inside.
    """

    statement: Any
    variable: str | None
    direction: int
    changed: frozenset[str]
    least: Affine | None = None
    greatest: Affine | None = None

    @staticmethod
    def of(statement: Any, changed: set[str], known: frozenset[str]) -> LoopSpace:
        """The loop of a `for` or `while` statement.

        `known` are the names that its bounds may be told in: fixed ones and the
        variables of the loops around it.
        """
        match statement:
            case gast.For(
                target=gast.Name(id=variable),
                iter=gast.Call(func=gast.Name(id="range"), args=arguments),
            ) if variable not in changed:
                direction = _sign(arguments[2]) if len(arguments) == 3 else 1
                first: Affine | None = Affine(0)
                last = affine(arguments[0])
                if len(arguments) > 1:
                    first, last = affine(arguments[0]), affine(arguments[1])
                one = Affine(1)
                if direction > 0:
                    top = None if last is None else last - one
                    least, most = first, top
                else:
                    least = None if last is None else last + one
                    most = first
                least, most = (
                    f if f is not None and all(n in known for n, _ in f.terms) else None
                    for f in (least, most)
                )
                return LoopSpace(
                    statement, variable, direction, frozenset(changed), least, most
                )
        return LoopSpace(statement, None, 0, frozenset(changed))


_MIRRORED = {
    gast.Gt: gast.Lt,
    gast.Lt: gast.Gt,
    gast.GtE: gast.LtE,
    gast.LtE: gast.GtE,
    gast.Eq: gast.Eq,
    gast.NotEq: gast.NotEq,
}
_NEGATED = {
    gast.Gt: gast.LtE,
    gast.LtE: gast.Gt,
    gast.Lt: gast.GtE,
    gast.GtE: gast.Lt,
    gast.Eq: gast.NotEq,
    gast.NotEq: gast.Eq,
}


def tightened(loop: LoopSpace, test: Any, holds: bool) -> LoopSpace:
    """A loop's range as it is known where a test on its variable holds, or fails."""
    match test:
        case gast.Compare(left=left, ops=[op], comparators=[right]) if (
            type(op) in _MIRRORED and loop.variable is not None
        ):
            relation = type(op)
            if isinstance(right, gast.Name) and right.id == loop.variable:
                left, right, relation = right, left, _MIRRORED[relation]
            if not (isinstance(left, gast.Name) and left.id == loop.variable):
                return loop
            bound = affine(right)
            relation = relation if holds else _NEGATED[relation]
            return loop if bound is None else _bounded(loop, relation, bound)
        case _:
            return loop


def _bounded(loop: LoopSpace, relation: type, bound: Affine) -> LoopSpace:
    if bound.terms:  # its names may have other values where the bound is used
        return loop
    one = Affine(1)
    least, most = loop.least, loop.greatest
    known = least is not None and not least.terms
    if relation in (gast.Gt, gast.GtE):
        low = bound + one if relation is gast.Gt else bound
        if least is None or (known and least.constant < low.constant):
            least = low
    if relation is gast.NotEq and known and least == bound:
        least = bound + one
    if relation is gast.Eq:
        least = most = bound
    return replace(loop, least=least, greatest=most)


@dataclass(frozen=True)
class Place:
    """A statement that touches elements, the loops around it and its place in line.

    `fixed` are the names that have one value in all of the function; that of `counts`
    is at least zero.
    """

    statement: Any
    loops: tuple[LoopSpace, ...]
    order: int
    fixed: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()

    @functools.cached_property
    def known(self) -> frozenset[str | None]:
        """The names that indices may be told in."""
        return self.fixed | {loop.variable for loop in self.loops}

    @functools.cached_property
    def bounds(self) -> list[Bounds]:
        """What is known of counts and of the loop variables, outer ones first."""
        counts = [Bounds(count, Affine(0), None) for count in self.counts]
        return counts + [
            Bounds(loop.variable, loop.least, loop.greatest)
            for loop in self.loops
            if loop.variable
        ]

    @functools.cached_property
    def intervals(self) -> dict[Any, Any]:
        """By index, the interval that it selects here, as far as it was asked for."""
        return {}

    @functools.cached_property
    def keys(self) -> dict[str, list[Any]]:
        """By name, the keys with which elements are read; see `accesses`."""
        return accesses(self.statement)


def _sign(node: Any) -> int:
    form = affine(node)
    if form is None or form.terms:
        return 0
    return (form.constant > 0) - (form.constant < 0)


def overwrites(target: Any, base: str, reads: list[Place], store: Place) -> bool:
    """Whether a store through `target` may destroy an element that is read later.

    `reads` are the statements of the reverse sweep that read the primal's state, and
    `store` says where the store stands. A read conflicts where an iteration that comes
    no later than the store's may touch the same element. Indices are compared as
    affine forms of the loop variables, by cases: the iterations differ first in the
    outermost loop, or in the next one, and so on, or not at all.
    """
    if not isinstance(target, gast.Subscript) or not isinstance(
        target.value, gast.Name
    ):
        return True
    stored = _indices(target.slice)
    for read in reads:
        for key in read.keys.get(base, ()):
            if key is None:
                return True
            if not _apart(stored, _indices(key), store, read):
                return True
    return False


def untouched_before(
    late: Any, at_: Place, early: Any, place: Place, around: int = 0
) -> bool:
    """Whether what a key selects at one place was never selected before at another.

    `early` and `place` are the key and the place of what may have come before. Of the
    loops, the first `around` ones are in the same iteration.
    """
    return _apart(_indices(late), _indices(early), at_, place, around)


def apart_now(
    first: Any, second: Any, loops: tuple[LoopSpace, ...], fixed: frozenset[str]
) -> bool:
    """Whether two keys select different elements in one and the same iteration."""
    here = Place(None, loops, 0, fixed)
    return _apart_in_case(_indices(first), _indices(second), here, here, len(loops))


def _indices(key: Any) -> list[Any]:
    return list(key.elts) if isinstance(key, gast.Tuple) else [key]


def accesses(statement: Any) -> dict[str, list[Any]]:
    """By name, the keys with which a statement reads its elements; None: all of them.

    >>> found = accesses(gast.parse("a[i] * np.shape(b)[0] + c").body[0])
    >>> {name: [key and key.id for key in keys] for name, keys in found.items()}
    {'a': ['i'], 'i': [None], 'c': [None]}
    """
    found: dict[str, list[Any]] = {}

    def visit(node: Any) -> None:
        match node:
            case gast.Subscript(value=gast.Name(id=identifier), slice=key):
                found.setdefault(identifier, []).append(key)
                visit(key)
            case gast.Call(func=gast.Attribute(attr=attr), args=[gast.Name(), *_]) if (
                attr in ("zeros_like", "full_like", "shape", "size", "ndim")
            ):
                for child in (*node.args[1:], *node.keywords):
                    visit(child)
            case gast.Attribute(value=gast.Name(), attr=("shape" | "size" | "ndim")):
                return
            case gast.Name(id=identifier):
                found.setdefault(identifier, []).append(None)
            case gast.AST():
                for child in children(node):
                    visit(child)

    visit(statement)
    return found


def _apart(
    stored: list[Any], read: list[Any], store: Place, at: Place, around: int = 0
) -> bool:
    """Whether no read up to the store's iteration touches the stored elements."""
    common = 0
    for a, b in zip(store.loops, at.loops, strict=False):
        if a.statement is not b.statement:
            break
        common += 1
    for depth in range(around, common):
        if not _apart_in_case(stored, read, store, at, depth):
            return False
    if at.order > store.order:
        return True  # in the same iteration the read comes after
    return _apart_in_case(stored, read, store, at, common)


def _apart_in_case(
    stored: list[Any], read: list[Any], store: Place, at: Place, depth: int
) -> bool:
    """The case in which the first `depth` loops agree and the next one differs."""
    agreeing = {
        loop.variable + PRIME: loop.variable
        for loop in at.loops[:depth]
        if loop.variable
    }
    bounds = _bounds(store, at, depth)
    if any(map(_exclusive, store.loops[:depth], at.loops[:depth])):
        return True
    for write, other in zip(stored, read, strict=False):
        both = isinstance(write, gast.Slice) and isinstance(other, gast.Slice)
        if both and (is_everything(write) or is_everything(other)):
            continue
        w = _interval(write, store)
        r = _interval(other, at)
        if _is_opaque(write, w) or _is_opaque(other, r):
            return False  # an ellipsis or a mask: the axes behind it are not known
        if w is None or r is None:
            continue
        primes = {
            loop.variable: loop.variable + PRIME for loop in at.loops if loop.variable
        }
        low, high = (f and f.renamed(primes).renamed(agreeing) for f in r)
        if high is not None and w[0] is not None and _below(high - w[0], bounds):
            return True
        if low is not None and w[1] is not None and _below(w[1] - low, bounds):
            return True
    return False


def _exclusive(one: LoopSpace, other: LoopSpace) -> bool:
    """Whether tests on a loop's variable keep two statements from one iteration."""
    return _ends_before(one, other) or _ends_before(other, one)


def _ends_before(one: LoopSpace, other: LoopSpace) -> bool:
    if one.greatest is None or other.least is None:
        return False
    distance = one.greatest - other.least
    return not distance.terms and distance.constant < 0


def _below(form: Affine, bounds: list[Bounds]) -> bool:
    limit = greatest(form, bounds)
    return limit is not None and limit < 0


def _bounds(store: Place, at: Place, depth: int) -> list[Bounds]:
    """What is known of the loop variables of both iterations, outer ones first."""
    known = list(store.bounds)
    primes = {
        loop.variable: loop.variable + PRIME
        for loop in at.loops[depth:]
        if loop.variable
    }
    for index, loop in enumerate(at.loops[depth:], depth):
        if loop.variable is None:
            continue
        least = loop.least and loop.least.renamed(primes)
        most = loop.greatest and loop.greatest.renamed(primes)
        shared = index < len(store.loops) and (
            store.loops[index].statement is loop.statement
        )
        if index == depth and shared:  # this iteration comes strictly before
            this = Affine(0, ((loop.variable, 1),))
            if loop.direction > 0:
                most = this - Affine(1)
            elif loop.direction < 0:
                least = this + Affine(1)
        known.append(Bounds(loop.variable + PRIME, least, most))
    return known


def _is_opaque(node: Any, interval: Any) -> bool:
    return interval is None and not isinstance(node, gast.Slice)


def is_everything(node: Any) -> bool:
    """Whether a key is the slice `:`."""
    return isinstance(node, gast.Slice) and not (node.lower or node.upper or node.step)


def _interval(node: Any, at: Place) -> tuple[Affine | None, Affine | None] | None:
    if node not in at.intervals:
        at.intervals[node] = _selected(node, at)
    found: tuple[Affine | None, Affine | None] | None = at.intervals[node]
    return found


def _selected(node: Any, at: Place) -> tuple[Affine | None, Affine | None] | None:
    """The first and the last index that a key selects; None where not known.

    Negative indices count from the end, so only what is certainly not negative has an
    interval.
    """
    if isinstance(node, gast.Slice):
        if node.step is not None:
            return None
        low = Affine(0) if node.lower is None else affine(node.lower)
        high = None if node.upper is None else affine(node.upper)
        if low is not None and not _certain(low, at):
            low = None
        if high is not None:
            high = high - Affine(1) if _certain(high, at) else None
        return (low, high) if low is not None or high is not None else None
    form = affine(node)
    if form is None or not _certain(form, at):
        return None
    return form, form


def _certain(form: Affine, at: Place) -> bool:
    """Whether an index is never negative, of loop variables and fixed names."""
    if any(n not in at.known for n, _ in form.terms):
        return False
    limit = greatest(form * -1, at.bounds)
    return limit is not None and limit <= 0
