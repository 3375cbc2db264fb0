"""Rows of arrays that inner loops index again and again are views with names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    assigned_in,
    bindings,
    blocks,
    bound_names,
    root,
    walk_statements,
)
from sourcediff.kinds import Array, Dim, Scalar, Static
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    name,
    names_in,
    subscript,
    tuple_of,
)
from sourcediff.transform.indifferent import Kinds, is_index
from sourcediff.trees import walk, with_children

#: Variables of loops, and the size below which they are, zero or more.
Ranges = Mapping[str, Dim]


@dataclass
class RowViews:
    """Looks rows up once for the loops inside of a loop over them.

    `x[i, j]` is `x_i[j]` there, and `x[i, :i]`, the same in every turn, has a name.
    Only indices that are certainly in range are looked up ahead, so that nothing fails
    that would not be evaluated. Loops with statements of the `users` are left as they
    are. `kinds` tells what a name may hold, `is_whole` whether an array has its full
    shape, `fresh` makes a name; `names` are those of the views in the end.
    """

    kinds: Kinds
    is_whole: Callable[[str], bool]
    users: Set[str]
    fresh: Callable[[str], str]
    names: set[str] = field(default_factory=set)
    _bound: set[str] = field(default_factory=set)
    _views: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict)

    def function(self, body: list[Any], parameters: Iterable[str]) -> list[Any]:
        """The body of a function.

        >>> import numpy as np
        >>> tree = gast.parse('''
        ... for i in reversed(range(n)):
        ...     for j in range(i):
        ...         x_bar[i, :j] -= s * w[i, :i]
        ...         x_bar[i, j] *= 2
        ... ''')
        >>> whole = np.dtype(int)
        >>> square = (Array(np.dtype(float), (7, 7)),)
        >>> kinds = {"n": (Static(7),), "x_bar": square, "w": square}
        >>> kinds |= {"i": (Scalar(whole),), "j": (Scalar(whole),)}
        >>> always = lambda n: True
        >>> rows = RowViews(lambda n: kinds.get(n, ()), always, frozenset(), str)
        >>> tree.body = rows.function(tree.body, ["n", "x_bar", "w"])
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        for i in reversed(range(n)):
            x_bar_i = x_bar[i]
            w_i_part = w[i, :i]
            for j in range(i):
                x_bar_i[:j] -= s * w_i_part
                x_bar_i[j] *= 2
        """
        self._bound = set(parameters)
        for statement in body:
            self._block([statement], {})
            self._bound |= bindings(statement) if not blocks(statement) else set()
        return body

    def _block(self, body: list[Any], ranges: Ranges) -> None:
        """Rewrite a block in loops whose variables have these ranges."""
        for statement in body:
            inside = self._inside(statement, ranges)
            for inner in blocks(statement):
                if isinstance(statement, gast.For) and inner is statement.body:
                    inner[:] = self._looked_up(statement, inner, inside)
                self._block(inner, inside)

    # --- ranges -----------------------------------------------------------------------

    def _inside(self, statement: Any, ranges: Ranges) -> Ranges:
        """The ranges of loop variables in the blocks of a statement."""
        if not isinstance(statement, (gast.For, gast.While)):
            return ranges
        bound = assigned_in(statement.body)
        known = {n: dim for n, dim in ranges.items() if n not in bound}
        if not isinstance(statement, gast.For):
            return known
        known = {
            n: d for n, d in known.items() if n not in bound_names(statement.target)
        }
        match statement.target:
            case gast.Name(id=variable) if variable not in bound:
                below = self._below(statement.iter, known)
                return known if below is None else {**known, variable: below}
        return known

    def _below(self, iterable: Any, ranges: Ranges) -> Dim:
        """The size below which all of a range is, if none of it is negative."""
        match iterable:
            case gast.Call(func=gast.Name(id="reversed"), args=[inner]):
                return self._below(inner, ranges)
            case gast.Call(func=gast.Name(id="range"), args=[stop]):
                return self._size(stop, ranges)
            case gast.Call(func=gast.Name(id="range"), args=[start, stop]) if (
                self._is_positive(start, ranges)
            ):
                return self._size(stop, ranges)
            case _:
                return None

    def _is_positive(self, node: Any, ranges: Ranges) -> bool:
        """Whether a number is certainly not negative."""
        match node:
            case gast.Constant(value=int(value)):
                return value >= 0
            case gast.Name(id=identifier):
                return identifier in ranges
            case gast.BinOp(left=left, op=gast.Add(), right=right):
                parts = (left, right)
                return all(self._is_positive(p, ranges) for p in parts)
            case _:
                return False

    def _size(self, node: Any, ranges: Ranges) -> Dim:
        if not isinstance(node, gast.Name):
            return None
        if node.id in ranges:
            return ranges[node.id]
        match self.kinds(node.id):
            case (Scalar(value=size),):
                return size
            case (Static(value=int(size)),):
                return size
            case _:
                return None

    # --- views ------------------------------------------------------------------------

    def _looked_up(self, loop: Any, body: list[Any], ranges: Ranges) -> list[Any]:
        """The body of a loop, before the loops in it the rows that they share."""
        variable = getattr(loop.target, "id", "")
        inner = [s for s in body if isinstance(s, (gast.For, gast.While))]
        if variable not in ranges or any(map(self._is_users, walk_statements(body))):
            return body
        bound = assigned_in(body)
        parts = [p for s in inner for p in self._parts(s, variable, ranges[variable])]
        parts = [p for p in parts if p.value.id not in bound]
        self._views = {}
        views = [p for p in parts if _is_fixed_view(p, bound)]
        counts = Counter(p.value.id for p in parts if not _is_fixed_view(p, bound))
        for base, uses in counts.items():
            if uses > 1:
                self._name(base, variable, None)
        for part in views:
            self._name(part.value.id, variable, part.slice)
        if not self._views:
            return body
        heads = [assign(n, view) for n, view in self._views.values()]
        first = body.index(inner[0])
        rewritten = [self._replaced(s) if s in inner else s for s in body[first:]]
        return [*body[:first], *at(inner[0], heads), *rewritten]

    def _name(self, base: str, variable: str, key: Any) -> None:
        view = _key_of(base, key)
        if view not in self._views:
            suffix = "" if key is None else "_part"
            index = name(variable) if key is None else clone(key)
            label = self.fresh(f"{base}_{variable}{suffix}")
            self.names.add(label)
            self._views[view] = label, subscript(name(base), index)

    def _is_users(self, statement: Any) -> bool:
        """Whether a statement writes into the user's variables, or is none of ours."""
        match statement:
            case gast.Assign(targets=[to]) | gast.AugAssign(target=to):
                return root(to) in self.users
            case gast.For() | gast.While() | gast.If() | gast.Expr():
                return False
            case _:
                return True

    def _parts(self, loop: Any, variable: str, below: Dim) -> Iterator[Any]:
        """The parts `x[variable, …]` of arrays that a loop reads or writes."""
        for node in walk(loop):
            match node:
                case gast.Subscript(
                    value=gast.Name(id=base),
                    slice=gast.Tuple(elts=[gast.Name(id=head), *rest]),
                ) if (
                    head == variable
                    and self._has_rows(base, below)
                    and all(map(self._is_basic, rest))
                ):
                    yield node

    def _has_rows(self, identifier: str, below: Dim) -> bool:
        """Whether a name certainly holds an array with rows of so many indices."""
        found = self.kinds(identifier)
        shapes = [k.dims if isinstance(k, Array) else None for k in found]
        is_here = identifier in self._bound and self.is_whole(identifier)
        return is_here and all(s and len(s) > 1 and s[0] == below for s in shapes)

    def _is_basic(self, index: Any) -> bool:
        return isinstance(index, gast.Slice) or is_index(index, self.kinds)

    def _replaced(self, node: Any) -> Any:
        """A tree with names for the views that have some."""
        match node:
            case gast.Assign(targets=[gast.Subscript() as to], value=value):
                new = with_children(node, lambda child: child)
                new.targets = [self._of_row(to) or with_children(to, self._replaced)]
                new.value = self._replaced(value)
                return new
            case gast.Subscript(value=gast.Name(id=base), slice=gast.Tuple() as key):
                known = self._views.get(_key_of(base, key))
                if known is not None:
                    return gast.Name(known[0], node.ctx, None, None)
                row = self._of_row(node)
                if row is not None:
                    return row
        return with_children(node, self._replaced)

    def _of_row(self, node: Any) -> Any:
        """A part of an array as one of a row that has a name."""
        match node:
            case gast.Subscript(
                value=gast.Name(id=base),
                slice=gast.Tuple(elts=[gast.Name(id=index), *rest]),
            ) if (known := self._views.get(_key_of(base, None))) is not None and (
                known[1].slice.id == index
            ):
                key = rest[0] if len(rest) == 1 else tuple_of(rest)
                return gast.Subscript(name(known[0]), key, node.ctx)
            case _:
                return None


def _key_of(base: str, key: Any) -> tuple[str, str]:
    return base, "" if key is None else gast.dump(key)


def _is_fixed_view(part: Any, bound: Set[str]) -> bool:
    """Whether a part is the same array of one axis or more in every turn."""
    is_view = any(isinstance(p, gast.Slice) for p in part.slice.elts)
    return is_view and not set(names_in(part)) & bound
