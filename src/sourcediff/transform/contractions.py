"""Sums of products as products of NumPy that sum on their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import (
    blocks,
    expressions,
    root,
    walk_statements,
)
from sourcediff.kinds import Array, Static
from sourcediff.transform.build import (
    binary,
    call,
    const,
    method,
    name,
    names_in,
    same,
    subscript,
    target,
    tuple_of,
)
from sourcediff.transform.indifferent import Kinds
from sourcediff.trees import walk, with_changes

_FULL = gast.Slice(None, None, None)


@dataclass
class Contractions:
    """Lets sums over axes be taken by the products whose results they add up.

    `kinds` tells what a name may hold, `is_narrow` which names hold less than their
    kind says; `fresh` makes a name. Only what is computed for cotangents (`bars`) is
    touched: another order of summation has other last bits, and those of the primal's
    values may decide which branch it takes.
    """

    kinds: Kinds
    is_narrow: Callable[[str], bool]
    fresh: Callable[[str], str]
    bars: Set[str]
    changed: bool = False
    made: set[str] = field(default_factory=set)

    def function(self, body: list[Any]) -> list[Any]:
        """The body of a function with its sums contracted.

        >>> tree = gast.parse('''
        ... y = x * w
        ... z = np.sum(y**2, axis=1)
        ... z_bar = np.sum(y**2, axis=1)
        ... ''')
        >>> from sourcediff.kinds import Size
        >>> matrix = Array(np.dtype(float), (Size("m"), Size("n")))
        >>> kinds = {"np": (Static(np),), "y": (matrix,)}
        >>> kinds_of, never = (lambda n: kinds.get(n, ())), lambda n: False
        >>> c = Contractions(kinds_of, never, str, {"z_bar"})
        >>> tree.body = c.function(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        y = x * w
        z = np.sum(y ** 2, axis=1)
        z_bar = np.vecdot(y, y)
        """
        nodes = [node for statement in body for node in walk(statement)]
        if not any(n.__class__ is gast.Attribute and n.attr == "sum" for n in nodes):
            return body
        self._mentions = Counter(n.id for n in nodes if n.__class__ is gast.Name)
        self._computed = {
            t.id
            for statement in walk_statements(body)
            if isinstance(statement, gast.Assign)
            and isinstance(statement.value, gast.BinOp)
            for t in statement.targets
            if isinstance(t, gast.Name)
        }
        return self._block(body)

    def _block(self, body: list[Any]) -> list[Any]:
        for index, statement in enumerate(body):
            for inner in blocks(statement):
                inner[:] = self._block(inner)
            match statement:
                case gast.Assign(targets=[to]) | gast.AugAssign(target=to) if (
                    root(to) in self.bars
                ):
                    statement.value = self._contracted(statement.value)
                    self._sum_first(body, index)
        return body

    # --- np.sum(x * y), np.sum(x * y, axis=-1) ----------------------------------------

    def _contracted(self, node: Any) -> Any:
        """The expression with sums over all or over last axes as dot products."""
        if not isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Call)):
            return node
        node = with_changes(node, self._contracted)
        match node:
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=module), attr="sum"),
                args=[factor],
                keywords=[gast.keyword(arg="axis", value=axis)],
            ) if self.kinds(module) == (Static(np),):
                pair = self._pair(factor)
                if pair is not None and self._is_last(axis, pair[0]):
                    self.changed = True
                    return call(f"{module}.vecdot", *pair)
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=module), attr="sum"),
                args=[factor],
                keywords=[],
            ) if self.kinds(module) == (Static(np),):
                return self._dotted(factor, f"{module}.vdot") or node
            case gast.Call(
                func=gast.Attribute(value=factor, attr="sum"), args=[], keywords=[]
            ):
                return self._dotted(factor, None) or node
        return node

    def _dotted(self, factor: Any, vdot: str | None) -> Any:
        """The sum of all elements of a product of arrays of one shape, as a product."""
        pair = self._pair(factor, 1)
        if pair is None:
            return None
        kind = self._array(pair[0].id)
        is_vector = kind is not None and kind.ndim == 1
        if not is_vector and vdot is None:
            return None
        self.changed = True
        return (
            binary(pair[0], gast.MatMult, pair[1]) if is_vector else call(vdot, *pair)
        )

    def _pair(self, node: Any, least: int = 2) -> tuple[Any, Any] | None:
        """Two arrays of one shape whose product an expression is.

        They have at least so many axes.
        """
        match node:
            case gast.BinOp(
                left=gast.Name() as left, op=gast.Pow(), right=gast.Constant(value=2)
            ):
                right = name(left.id)
            case gast.BinOp(
                left=gast.Name() as left, op=gast.Mult(), right=gast.Name() as right
            ):
                pass
            case _:
                return None
        first, second = self._array(left.id), self._array(right.id)
        if first is None or second is None or None in (first.dims or (None,)):
            return None
        is_plain = all(
            k.contiguous or n.id in self._computed
            for k, n in ((first, left), (second, right))
        )
        ndim = first.ndim or 0
        alike = first.dims == second.dims and (is_plain or ndim == 1) and ndim >= least
        return (left, right) if alike else None

    def _array(self, identifier: str) -> Array | None:
        """The kind of a name that is certainly an array of doubles."""
        found = self.kinds(identifier)
        if self.is_narrow(identifier) or len({self._shape(k) for k in found}) != 1:
            return None
        first = found[0]
        is_double = isinstance(first, Array) and first.dtype == float
        return first if is_double and isinstance(first, Array) else None

    def _shape(self, kind: Any) -> Any:
        return (kind.dtype, kind.dims) if isinstance(kind, Array) else kind

    def _is_last(self, axis: Any, array: Any) -> bool:
        kind = self._array(array.id)
        ndim = kind.ndim if kind is not None else None
        return ndim is not None and any(
            same(axis, other) for other in (const(ndim - 1), _minus_one())
        )

    # --- (x @ y).sum(axis=-2) ---------------------------------------------------------

    def _sum_first(self, body: list[Any], index: int) -> None:
        """`z = x @ y; … z.sum(axis=-2)`: the rows of `x` are added up before.

        So are those of `x` and `u` in `z = x @ y + u @ v`.
        """
        match body[index]:
            case gast.Assign(targets=[gast.Name(id=product)], value=value) if (
                self._mentions[product] == 2 and products_of(value)
            ):
                result = self._array(product)
            case _:
                return
        ndim = 0 if result is None else result.ndim or 0
        if result is None or ndim < 2:
            return
        if not self._have_all_rows(products_of(value), result):
            return
        place = self._sum_of(body[index + 1 :], product, ndim - 2)
        if place is None:
            return
        statement = body[index]
        identifier = self.fresh(f"{product}_sum")
        self.made.add(identifier)
        added = _with_rows_added(value, ndim)
        if ndim > 2:
            key = tuple_of([*[_FULL] * (ndim - 2), const(0)])
            added = subscript(added, key)
        statement.targets, statement.value = [target(identifier)], added
        use, node = place
        use.value = replaced(use.value, node, name(identifier))
        self.changed = True

    def _have_all_rows(self, products: list[Any], result: Array) -> bool:
        """Whether every row of a sum has a row of each product's first factor."""
        kinds = [self._array(product.left.id) for product in products]
        rows = {k.dims[-2] for k in kinds if k is not None and k.dims and k.ndim != 1}
        alike = all(k is not None and k.ndim == result.ndim for k in kinds)
        return alike and (len(kinds) == 1 or (len(rows) == 1 and None not in rows))

    def _sum_of(self, rest: list[Any], product: str, axis: int) -> Any:
        """The statement and the node where all that is read of a product is a sum."""
        for statement in rest:
            for expression in expressions(statement):
                for node in walk(expression):
                    match node:
                        case gast.Call(
                            func=gast.Attribute(value=gast.Name(id=base), attr="sum"),
                            args=[],
                            keywords=[gast.keyword(arg="axis", value=over)],
                        ) if base == product and same(over, const(axis)):
                            is_plain = isinstance(
                                statement, gast.Assign | gast.AugAssign
                            )
                            return (statement, node) if is_plain else None
            if product in set(names_in(statement)):
                return None
        return None


def _minus_one() -> Any:
    return gast.UnaryOp(gast.USub(), const(1))


def products_of(node: Any) -> list[Any]:
    """The matrix products that an expression adds up; none if it is another one.

    >>> expression = gast.parse("x @ y - u @ (v + w)").body[0].value
    >>> [product.left.id for product in products_of(expression)]
    ['x', 'u']
    """
    match node:
        case gast.BinOp(left=gast.Name(), op=gast.MatMult()):
            return [node]
        case gast.BinOp(left=left, op=gast.Add() | gast.Sub(), right=right):
            found = products_of(left), products_of(right)
            return [*found[0], *found[1]] if all(found) else []
        case _:
            return []


def _with_rows_added(node: Any, ndim: int) -> Any:
    """Products whose first factors have their rows added up, and their sum."""
    if not isinstance(node.op, gast.MatMult):
        parts = [_with_rows_added(part, ndim) for part in (node.left, node.right)]
        return gast.BinOp(parts[0], node.op, parts[1])
    if ndim == 2:
        rows = method(node.left, "sum", axis=const(0))
    else:
        rows = method(node.left, "sum", axis=const(ndim - 2), keepdims=const(True))
    return binary(rows, gast.MatMult, node.right)


def replaced(tree: Any, node: Any, new: Any) -> Any:
    """A tree with something else in the place of one of its nodes."""
    if tree is node:
        return new
    return with_changes(tree, lambda child: replaced(child, node, new))
