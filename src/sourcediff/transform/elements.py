"""Arrays that nested loops touch element by element are lists of lists meanwhile.

An element of an ndarray costs two or three times what an element of a list costs, to
read and to write, and what is read is a number of NumPy, with which arithmetic takes
twice as long as with Python's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import blocks
from sourcediff.kinds import Array
from sourcediff.transform.build import (
    assign,
    const,
    method,
    name,
    names_in,
    subscript,
)
from sourcediff.transform.elements_kept import ElementsKept
from sourcediff.transform.indifferent import Kinds, is_index
from sourcediff.transform.needs import needs_of
from sourcediff.transform.rows import Rows
from sourcediff.trees import walk, with_children

_LOOPS = (gast.For, gast.While)
#: Loops around an access from which on elements are touched often enough.
DEPTH = 2


@dataclass(frozen=True)
class Surroundings:
    """What is known of the names of a generated function.

    `kinds` gives all that a name may hold, `partners` the names that may share memory
    with it, `fresh` makes a new name of a wish; `own` are the names that it binds.
    """

    kinds: Kinds
    partners: Callable[[str], frozenset[str]]
    fresh: Callable[[str], str]
    own: frozenset[str]


@dataclass(frozen=True)
class Access:
    """One subscript of a variable, under a number of loops."""

    owner: str
    parts: tuple[Any, ...]
    depth: int
    stored: bool


def with_lists(body: list[Any], around: Surroundings) -> list[Any] | None:
    """The body with lists in the place of arrays; None where nothing changes.

    >>> tree = gast.parse('''
    ... for i in range(m):
    ...     for j in range(1, n):
    ...         a[i, j] += a[i, j - 1]
    ... total = np.sum(a)
    ... ''')
    >>> import numpy as np
    >>> from sourcediff.kinds import Array, Scalar
    >>> kinds = {"a": Array(np.dtype(float), (None, None))}
    >>> whole = (Scalar(np.dtype(int)),)
    >>> around = Surroundings(
    ...     lambda n: (kinds[n],) if n in kinds else whole,
    ...     lambda n: frozenset(), lambda wish: wish, frozenset("a"),
    ... )
    >>> tree.body = with_lists(tree.body, around)
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    a_rows = a.tolist()
    for i in range(m):
        a_i = a_rows[i]
        for j in range(1, n):
            a_i[j] += a_i[j - 1]
    a[...] = a_rows
    total = np.sum(a)
    """
    accesses = list(_accesses(body, 0))
    deep = {a.owner for a in accesses if a.depth >= max(DEPTH, len(a.parts))}
    stored = {a.owner for a in accesses if a.stored}
    owners = [o for o in sorted(deep) if _may_be_list(o, stored, around)]
    changed = False
    rows = Rows(around.fresh)
    for owner in owners:
        new = _Listing(owner, _ndim(owner, around), around, rows).within(body)
        changed = changed or new is not body
        body = new
    if not changed:
        return None
    return ElementsKept(rows.owners(), around.fresh).block(body, frozenset())


def _accesses(statements: Iterable[Any], depth: int) -> Iterator[Access]:
    for statement in statements:
        inner = blocks(statement)
        below = depth + isinstance(statement, _LOOPS)
        for block in inner:
            yield from _accesses(block, below)
        for node in [] if inner else walk(statement):
            if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name):
                key = node.slice
                parts = key.elts if isinstance(key, gast.Tuple) else [key]
                stored = isinstance(node.ctx, gast.Store)
                yield Access(node.value.id, tuple(parts), depth, stored)


def _ndim(owner: str, around: Surroundings) -> int:
    """How many indices an array of floats takes; 0: it is something else."""
    found = around.kinds(owner)
    if not found or not all(
        isinstance(k, Array) and k.dtype == np.float64 for k in found
    ):
        return 0
    ranks = {k.ndim for k in found if isinstance(k, Array)}
    return ranks.pop() or 0 if len(ranks) == 1 else 0


def _may_be_list(owner: str, stored: set[str], around: Surroundings) -> bool:
    """Whether nobody else writes what a list would hold, or sees what is written."""
    if owner not in around.own or not _ndim(owner, around):
        return False
    partners = around.partners(owner) - {owner}
    return not partners if owner in stored else not partners & stored


@dataclass
class _Rewriting:
    """Accesses to the elements of one array, written as those of a list."""

    owner: str
    ndim: int
    to: str
    kinds: Kinds
    count: int = 0
    stores: int = 0

    def __call__(self, node: Any) -> Any:
        parts = self._parts(node)
        if parts is None:
            return with_children(node, self)
        self.count += 1
        self.stores += isinstance(node.ctx, gast.Store)
        made = name(self.to)
        for part in parts:
            made = subscript(made, self(part))
        made.ctx = node.ctx
        return made

    def _parts(self, node: Any) -> list[Any] | None:
        """The indices of an access to one element of the array."""
        match node:
            case gast.Subscript(value=gast.Name(id=self.owner), slice=key):
                parts = key.elts if isinstance(key, gast.Tuple) else [key]
                if len(parts) == self.ndim and all(
                    is_index(p, self.kinds) for p in parts
                ):
                    return list(parts)
        return None


@dataclass
class _Listing:
    """Puts a list in the place of one array, around the loops where that pays."""

    owner: str
    ndim: int
    around: Surroundings
    rows: Rows
    to: str = ""

    def within(self, body: list[Any]) -> list[Any]:
        """The body, cut where the array is used as a whole."""
        out: list[Any] = []
        start = 0
        while start < len(body):
            stop = start
            while stop < len(body) and self._in_elements(body[stop]):
                stop += 1
            out += self._segment(body[start:stop], body[stop:])
            out += body[stop : stop + 1]
            start = stop + 1
        return body if len(out) == len(body) else out

    def _rewriting(self, to: str) -> _Rewriting:
        return _Rewriting(self.owner, self.ndim, to, self.around.kinds)

    def _in_elements(self, statement: Any) -> bool:
        """Whether a statement uses of the array only single elements, or its shape."""
        if self.owner not in set(names_in(statement)):
            return True
        left = self._rewriting("")(statement)
        names = (n for n in walk(left) if isinstance(n, gast.Name))
        bound = {n.id for n in names if not isinstance(n.ctx, gast.Load)}
        if self.owner in bound:
            return False
        return self.owner not in needs_of([left], {self.owner}).content

    def _segment(self, statements: list[Any], later: list[Any]) -> list[Any]:
        """Statements that use single elements only, with a list around their loops."""
        depths = [max(self._depths(statement), default=0) for statement in statements]
        if max(depths, default=0) < max(DEPTH, self.ndim):
            return statements
        loops = [index for index, depth in enumerate(depths) if depth]
        first, last = loops[0], loops[-1] + 1
        suffix = "rows" if self.ndim > 1 else "items"
        self.to = self.to or self.around.fresh(f"{self.owner}_{suffix}")
        rewriting = self._rewriting(self.to)
        inside = [
            self.rows.named(rewriting(s), self.to, self.owner, self.ndim)
            for s in statements[first:last]
        ]
        lists = assign(self.to, method(name(self.owner), "tolist"))
        out = [*statements[:first], lists, *inside]
        after = [*statements[last:], *later]
        if rewriting.stores and any(self.owner in set(names_in(s)) for s in after):
            out.append(assign(subscript(name(self.owner), const(...)), name(self.to)))
        return [*out, *statements[last:]]

    def _depths(self, statement: Any) -> list[int]:
        found = _accesses([statement], 0)
        return [a.depth for a in found if a.owner == self.owner]
