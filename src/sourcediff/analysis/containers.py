"""Mutable containers: which names may reach one, and what a change does to kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import gast

from sourcediff.analysis.arithmetic import elements, join_all
from sourcediff.analysis.dims import INT, is_integer
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
    join,
)

#: Lists that are known item by item have no more; kinds are nested no deeper.
LONGEST = 64
DEEPEST = 8


class Regions:
    """Names joined into groups whose values may hold the same mutable container.

    Groups only grow; `version` tells whether they did.
    """

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self.version = 0

    def find(self, name: str) -> str:
        """The name that stands for the group."""
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name

    def unite(self, names: Iterable[str]) -> None:
        """Let names be one group."""
        roots = {self.find(name) for name in names}
        if len(roots) > 1:
            first, *rest = sorted(roots)
            for root in rest:
                self._parent[root] = first
            self.version += 1


def is_mutable(kind: Kind) -> bool:
    """Whether a kind itself is that of a container that can be changed."""
    match kind:
        case Dict() | Unknown(among=None):
            return True
        case Sequence(type=t) | List(type=t):
            return t is list
        case Record(type=t):
            return not (isinstance(t, type) and issubclass(t, tuple | slice | range))
        case _:
            return False


def holds(kind: Kind) -> bool:
    """Whether a mutable container may be reached through a value."""
    if is_mutable(kind):
        return True
    if isinstance(kind, Static):
        # A nested function reaches what it takes from outside.
        return isinstance(kind.value, gast.AST)
    if isinstance(kind, Sequence):
        return any(map(holds, kind.items))
    if isinstance(kind, Record):
        return any(holds(field) for _, field in kind.fields)
    return False


def may_be_same(a: Kind, b: Kind) -> bool:
    """Whether two kinds may be those of one object."""
    match a, b:
        case (Unknown(among=None), _) | (_, Unknown(among=None)):
            return True
        case (Unknown(among=kinds), other) | (other, Unknown(among=kinds)):
            return any(may_be_same(kind, other) for kind in kinds or ())
        case (List() | Sequence(), List() | Sequence()):
            if isinstance(a, List) or isinstance(b, List):
                return a.type is b.type
            return (
                a.type is b.type
                and len(a.items) == len(b.items)
                and all(map(may_be_same, a.items, b.items))
            )
        case Dict(), Dict():
            return [k for k, _ in a.items] == [k for k, _ in b.items] and all(
                may_be_same(x, y)
                for (_, x), (_, y) in zip(a.items, b.items, strict=True)
            )
        case Record(), Record():
            return a.type is b.type
        case Array(), Array():
            return a.ndim is None or b.ndim is None or a.ndim == b.ndim
        case (Scalar() | Static(), Scalar() | Static()):
            return True
        case _:
            return False


def contains(kind: Kind, container: Kind) -> bool:
    """Whether a value may be or hold a container."""
    match kind:
        case Sequence(items=items):
            inside = any(contains(k, container) for k in items)
        case List(item=item):
            inside = item is not None and contains(item, container)
        case Dict(items=pairs) | Record(fields=pairs):
            inside = any(contains(k, container) for _, k in pairs)
        case _:
            inside = False
    same = is_mutable(kind) and may_be_same(kind, container)
    return inside or (same and not _hold_different_kinds(kind, container))


def _hold_different_kinds(a: Kind, b: Kind) -> bool:
    """Whether two lists hold values that cannot be the same: they are two lists."""
    if {_is_filled(a), _is_filled(b)} == {True, False}:
        return True
    held = [
        item
        for kind in (a, b)
        if isinstance(kind, List | Sequence)
        for item in ([kind.item] if isinstance(kind, List) else kind.items)[:1]
    ]
    known = [item for item in held if item is not None]
    return len(held) == len(known) == 2 and not may_be_same(*known)


def _is_filled(kind: Kind) -> bool | None:
    """Whether a list has elements, where that is known."""
    if isinstance(kind, Sequence):
        return bool(kind.items)
    return False if isinstance(kind, List) and kind.item is None else None


def rewritten(kind: Kind, change: Callable[[Kind], Kind], itself: bool = True) -> Kind:
    """A kind in which every mutable container inside is replaced by `change` of it.

    `itself`: so is the kind, if it is that of one.
    """
    match kind:
        case Sequence(type=t, items=items):
            inner: Kind = Sequence(t, tuple(rewritten(k, change) for k in items))
        case List(item=item):
            held = None if item is None else rewritten(item, change)
            inner = List(held, kind.type)
        case Dict(items=pairs):
            inner = Dict(tuple((k, rewritten(v, change)) for k, v in pairs))
        case Record(type=t, fields=fields):
            inner = Record(t, tuple((k, rewritten(v, change)) for k, v in fields))
        case _:
            inner = kind
    return change(inner) if itself and is_mutable(inner) else inner


def limited(kind: Kind, depth: int = DEEPEST) -> Kind:
    """A kind of which nothing is known where it is nested too deep (or in itself).

    >>> limited(Sequence(tuple, (Sequence(tuple, (Static(1),)),)), 1).items
    (Unknown(among=None),)
    """
    if not isinstance(kind, (Sequence, List, Dict, Record)):
        return kind
    if depth == 0:
        return UNKNOWN
    match kind:
        case Sequence(type=t, items=items):
            return Sequence(t, tuple(limited(k, depth - 1) for k in items))
        case List(item=item):
            return kind if item is None else List(limited(item, depth - 1), kind.type)
        case Dict(items=pairs):
            return Dict(tuple((k, limited(v, depth - 1)) for k, v in pairs))
        case _:
            parts = ((k, limited(v, depth - 1)) for k, v in kind.fields)
            return Record(kind.type, tuple(parts))


#: What a mutation makes of a container's kind; None: anything.
Change = Callable[[Kind], Kind | None]


def weakened(
    kind: Kind, old: Kind, new: Kind, change: Change, itself: bool = True
) -> Kind:
    """The kind of a value that may hold the container that `change` made `new`.

    `itself`: it may be that container.
    """

    def weaken(inner: Kind) -> Kind:
        if inner == new or not may_be_same(inner, old):
            return inner
        if _hold_different_kinds(inner, old):
            return inner
        changed = change(inner)
        return UNKNOWN if changed is None else join(inner, changed)

    return rewritten(kind, weaken, itself)


def changes(old: Kind, new: Kind) -> Iterator[tuple[Kind, Kind]]:
    """The mutable containers in a value, with what each of them has become.

    >>> a, b = Scalar(INT), Static(None)
    >>> [len(pair[1].items) for pair in changes(List(a), Sequence(list, (a, b)))]
    [2]
    """
    if is_mutable(old):
        yield old, new
    match old, new:
        case (Dict(items=was), Dict(items=now)) | (
            Record(fields=was),
            Record(fields=now),
        ):
            found = dict(now)
            for key, kind in was:
                yield from changes(kind, found.get(key, UNKNOWN))
        case Sequence(items=parts), Sequence(items=others) if len(parts) == len(others):
            for kind, other in zip(parts, others, strict=True):
                yield from changes(kind, other)
        case (List() | Sequence(), _):
            known = isinstance(new, List | Sequence)
            rest = join_all(elements(new)) if known else UNKNOWN
            for kind in elements(old):
                yield from changes(kind, UNKNOWN if rest is None else join(kind, rest))
        case (Dict(items=was), _) | (Record(fields=was), _):
            for _, kind in was:
                yield from changes(kind, UNKNOWN)


def forgotten(kind: Kind) -> Kind:
    """The kind of a value in which every container may have been changed at will.

    >>> forgotten(Sequence(tuple, (Static(1), List(Static(2)))))
    Sequence(type=<class 'tuple'>,
        items=(Static(value=1), List(item=Unknown(among=None))))
    """

    def anything(kind: Kind) -> Kind:
        return List(UNKNOWN) if isinstance(kind, List | Sequence) else UNKNOWN

    return rewritten(kind, anything)


#: Methods of containers that change nothing.
HARMLESS_METHODS = frozenset(
    {"copy", "index", "count", "get", "keys", "values", "items"}
)


def list_method(
    container: Kind, name: str, arguments: tuple[Kind, ...]
) -> tuple[Kind, Kind | None]:
    """The result of a method of a list, and the list's kind after it; None: anything.

    >>> list_method(List(None), "append", (Static(1.5),))[1]
    Sequence(type=<class 'list'>, items=(Static(value=1.5),))
    """
    none = Static(None)
    items = container.items if isinstance(container, Sequence) else None
    joined = join_all(elements(container))
    match name, arguments:
        case "append", (new,):
            return none, _appended(container, (new,))
        case "extend", (other,):
            if isinstance(other, List | Sequence):
                more = elements(other)
                if isinstance(other, List):
                    return none, List(join_all((*elements(container), *more)))
                return none, _appended(container, more)
            return none, None
        case "insert", (_, new):
            return none, List(join_all((*elements(container), new)))
        case "pop", ():
            if items:
                return items[-1], Sequence(list, items[:-1])
            return joined or UNKNOWN, container
        case "pop", (index,) if is_integer(index):
            return joined or UNKNOWN, List(joined)
        case ("copy", ()):
            return container, container
        case ("clear", ()):
            return none, List(None)
        case (("index" | "count"), _):
            return Scalar(INT), container
        case (("sort" | "reverse" | "remove"), _):
            return none, List(joined)
        case _:
            return UNKNOWN, None


def _appended(container: Kind, new: tuple[Kind, ...]) -> Kind:
    known = elements(container)
    exact = isinstance(container, Sequence) or (
        isinstance(container, List) and container.item is None
    )
    if exact and len(known) + len(new) <= LONGEST:
        return Sequence(list, (*known, *new))
    return List(join_all((*known, *new)))
