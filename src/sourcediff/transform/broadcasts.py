"""Rows are multiplied by a matrix before they are broadcast, not after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import blocks, walk_statements
from sourcediff.kinds import Array, Static
from sourcediff.transform.build import (
    assign,
    at,
    call,
    const,
    name,
    names_in,
    negative,
    same,
)
from sourcediff.transform.contractions import products_of, replaced
from sourcediff.transform.indifferent import Kinds
from sourcediff.trees import walk

#: Functions and methods of arrays whose results have as many dimensions.
_TURNS = frozenset({"transpose", "swapaxes", "moveaxis"})


@dataclass
class Broadcasts:
    """Lets products that are added to others take rows as they were before a broadcast.

    `kinds` tells what a name may hold, `is_narrow` which names hold less than their
    kind says; the `bars` are the names that may change. `fresh` makes a name.
    """

    kinds: Kinds
    is_narrow: Callable[[str], bool]
    bars: Set[str]
    fresh: Callable[[str], str]
    changed: bool = False
    made: set[str] = field(default_factory=set)

    def function(self, body: list[Any]) -> list[Any]:
        """The body of a function whose products find rows before they are broadcast.

        >>> tree = gast.parse('''
        ... u = np.broadcast_to(-m[:, None, :], np.shape(x))
        ... z = u @ a + x @ b
        ... ''')
        >>> from sourcediff.kinds import Size
        >>> k, n, d = Size("k"), Size("n"), Size("d")
        >>> shapes = {"m": (k, d), "u": (k, n, d), "x": (k, n, d), "b": (k, d, d)}
        >>> kinds = {s: (Array(np.dtype(float), dims),) for s, dims in shapes.items()}
        >>> kinds |= {"np": (Static(np),), "a": ()}
        >>> narrow = set()
        >>> pass_ = Broadcasts(kinds.__getitem__, narrow.__contains__, {"u"}, str)
        >>> tree.body = pass_.function(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        u_rows = -m[:, None, :]
        z = u_rows @ a + x @ b

        Where the sum of an array's rows is known, one row that is repeated is
        multiplied by it: `u.T @ x` is the product of a row and that sum, `x.T @ u` too.
        """
        if not any(_broadcast(statement) for statement in walk_statements(body)):
            return body
        self._mentions = Counter(n for statement in body for n in names_in(statement))
        self._stores = Counter(_stored(body))
        self._alone = _names_of_fresh_memory(body)
        return self._block(body)

    def _block(self, body: list[Any]) -> list[Any]:
        out: list[Any] = []
        rest = list(body)
        while rest:
            statement = rest.pop(0)
            for inner in blocks(statement):
                inner[:] = self._block(inner)
            made = self._named(statement, rest)
            out += [statement] if made is None else at(statement, made)
        return out

    def _named(self, statement: Any, rest: list[Any]) -> list[Any] | None:
        """Rows under a name that products read, and their broadcast, if still read."""
        found = _broadcast(statement)
        if found is None:
            return None
        whole, module, rows, shape = found
        if whole not in self.bars or self._stores[whole] != 1:
            return None
        kind = self._array(whole)
        if self.kinds(module) != (Static(np),) or kind is None:
            return None
        if not self._are_rows(rows, kind):
            return None
        identifier = self.fresh(f"{whole}_rows")
        before = self._mentions[whole]
        for product in [p for s in rest for p in self._products(s, whole, kind)]:
            product.left = name(identifier)
            self._mentions[whole] -= 1
        self._multiply_sums(rest, whole, identifier)
        if self._mentions[whole] == before:
            return None
        self.changed = True
        made = [assign(identifier, rows)]
        if self._mentions[whole] > 1:
            again = call(f"{module}.broadcast_to", name(identifier), shape)
            made.append(assign(whole, again))
        return made

    # --- u @ m + x @ w ----------------------------------------------------------------

    def _products(self, statement: Any, whole: str, kind: Array) -> list[Any]:
        """Products of an array, to each of which one of another as large is added."""
        if not isinstance(statement, gast.Assign | gast.AugAssign):
            return []
        products = products_of(statement.value)
        others = [p for p in products if p.left.id != whole]
        is_large = any(
            self._has_rows_of(other.left.id, kind) and self._ndim(other.right) > 1
            for other in others
        )
        return [p for p in products if p.left.id == whole] if is_large else []

    # --- swapaxes(u, -1, -2) @ x, swapaxes(x, -1, -2) @ u -----------------------------

    def _multiply_sums(self, rest: list[Any], whole: str, rows: str) -> None:
        """Let rows be multiplied by sums that are taken for another reason."""
        for statement in list(rest):
            for node in walk(statement):
                match node:
                    case gast.BinOp(
                        left=gast.Call(
                            func=gast.Attribute(attr="swapaxes"),
                            args=[gast.Name(id=turned), *axes],
                        ) as left,
                        op=gast.MatMult(),
                        right=gast.Name(id=plain),
                    ) if _are_last_two(axes) and (turned == whole) != (plain == whole):
                        factor = plain if turned == whole else turned
                        total = None
                        if factor in self._alone:
                            total = self._sum_before(rest, statement, factor, whole)
                        if total is not None:
                            pair = rows, total
                            first, second = pair if turned == whole else pair[::-1]
                            left.args[0], node.right = name(first), name(second)
                            self._mentions[whole] -= 1

    def _sum_before(
        self, rest: list[Any], end: Any, factor: str, whole: str
    ) -> str | None:
        """The name given to the sum of an array's rows, if that is taken before."""
        kind = self._array(whole)
        if kind is None or not self._has_rows_of(factor, kind):
            return None
        for index, statement in enumerate(rest[: rest.index(end)]):
            for node in walk(statement) if isinstance(statement, gast.Assign) else ():
                if _is_sum_of_rows(node, factor, kind.ndim or 0):
                    total = self.fresh(f"{factor}_sum")
                    self.made.add(total)
                    statement.value = replaced(statement.value, node, name(total))
                    rest[index:index] = at(statement, [assign(total, node)])
                    return total
        return None

    # --- what is known ----------------------------------------------------------------

    def _has_rows_of(self, identifier: str, kind: Array) -> bool:
        """Whether an array has as many rows as another one, in as many stacks."""
        other = self._array(identifier)
        return other is not None and (other.dims or ())[:-1] == (kind.dims or ())[:-1]

    def _array(self, identifier: str) -> Array | None:
        """The kind of a name that is certainly an array of known shape."""
        found = () if self.is_narrow(identifier) else self.kinds(identifier)
        if not found or not all(isinstance(k, Array) and k.dims for k in found):
            return None
        (dims, *others) = {k.dims for k in found}  # type: ignore[union-attr]
        return None if others or None in dims else found[0]  # type: ignore[operator, return-value]

    def _ndim(self, node: Any) -> int:
        """How many dimensions an expression has, or 0 where that is not known."""
        match node:
            case gast.Name(id=identifier):
                kind = self._array(identifier)
                return 0 if kind is None else kind.ndim or 0
            case gast.Attribute(value=value, attr="T"):
                return self._ndim(value)
            case gast.Call(func=gast.Attribute(value=value, attr=attr), args=args) if (
                attr in _TURNS
            ):
                is_module = isinstance(value, gast.Name) and isinstance(
                    next(iter(self.kinds(value.id)), None), Static
                )
                return self._ndim(args[0] if is_module else value)
            case _:
                return 0

    def _are_rows(self, node: Any, kind: Array) -> bool:
        """Whether an expression has one row where an array of that kind has many."""
        match node:
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return self._are_rows(operand, kind)
            case gast.Name():
                return kind.ndim == 2 and self._ndim(node) == 1
            case gast.Subscript(value=gast.Name() as value, slice=gast.Tuple(elts=key)):
                ndim = self._ndim(value) + 1
                added = [i for i, part in enumerate(key) if _adds_axis(part)]
                others = [part for part in key if not _adds_axis(part)]
                is_row = added == [ndim - 2] and all(map(_is_whole, others))
                return is_row and kind.ndim == ndim > 2
            case _:
                return False


def _adds_axis(key: Any) -> bool:
    is_none = isinstance(key, gast.Constant) and key.value is None
    return is_none or (isinstance(key, gast.Attribute) and key.attr == "newaxis")


def _is_whole(key: Any) -> bool:
    return isinstance(key, gast.Slice) and key.lower is key.upper is key.step is None


def _broadcast(statement: Any) -> tuple[str, str, Any, Any] | None:
    """The parts of `whole = module.broadcast_to(rows, shape)`."""
    match statement:
        case gast.Assign(
            targets=[gast.Name(id=whole)],
            value=gast.Call(
                func=gast.Attribute(value=gast.Name(id=module), attr="broadcast_to"),
                args=[rows, shape],
            ),
        ):
            return whole, module, rows, shape
        case _:
            return None


def _are_last_two(axes: list[Any]) -> bool:
    return bool(same(axes, [negative(const(1)), negative(const(2))]))


def _is_sum_of_rows(node: Any, factor: str, ndim: int) -> bool:
    """Whether an expression is `factor.sum(axis=-2, keepdims=True)`, of a stack."""
    match node:
        case gast.Call(
            func=gast.Attribute(value=gast.Name(id=base), attr="sum"),
            args=[],
            keywords=[
                gast.keyword(arg="axis", value=gast.Constant(value=axis)),
                gast.keyword(arg="keepdims", value=gast.Constant(value=True)),
            ],
        ):
            return bool(base == factor and axis == ndim - 2 > 0)
        case _:
            return False


def _names_of_fresh_memory(body: list[Any]) -> set[str]:
    """Names, bound once to memory of their own, of which nobody can have a view.

    That is what is only read in arithmetic, turned or not, and by sums.
    """
    made = Counter(_stored(body))
    found = set()
    plain: Counter[str] = Counter()
    loads: Counter[str] = Counter()
    for statement in walk_statements(body):
        match statement:
            case gast.Assign(targets=[gast.Name(id=to)], value=gast.BinOp()):
                found.add(to)
    for node in (n for statement in body for n in walk(statement)):
        match node:
            case gast.BinOp(left=left, right=right):
                read = (_unturned(left), right)
                plain.update(x.id for x in read if isinstance(x, gast.Name))
            case gast.Call(func=gast.Attribute(value=gast.Name(id=base), attr="sum")):
                plain[base] += 1
            case gast.Name(id=identifier) if isinstance(node.ctx, gast.Load):
                loads[identifier] += 1
    return {n for n in found if made[n] == 1 and plain[n] == loads[n]}


def _unturned(node: Any) -> Any:
    """What an expression turns by `swapaxes`; itself if it does not."""
    match node:
        case gast.Call(func=gast.Attribute(attr="swapaxes"), args=[inner, _, _]):
            return inner
        case _:
            return node


def _stored(body: list[Any]) -> list[str]:
    """The names that are bound in a body, once for each time."""
    return [
        node.id
        for statement in body
        for node in walk(statement)
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load)
    ]
