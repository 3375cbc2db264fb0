"""Sums of weighted rows are products of the weights and the matrix."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import bindings, blocks, walk_statements
from sourcediff.kinds import Array, Scalar, scalar_of
from sourcediff.transform.build import (
    binary,
    clone,
    const,
    name,
    names_in,
    subscript,
    tuple_of,
)
from sourcediff.transform.contractions import replaced
from sourcediff.transform.indifferent import Kinds
from sourcediff.trees import walk

_FULL = gast.Slice(None, None, None)


@dataclass
class WeightedRows:
    """Lets the sum of rows that were multiplied by weights be a matrix product.

    NumPy adds rows up slowly where they are short. `kinds` tells what a name may hold,
    `is_narrow` which names hold less than their kind says. Only sums that are taken for
    cotangents (`bars`) are touched, as they get other last bits.
    """

    kinds: Kinds
    is_narrow: Callable[[str], bool]
    bars: Set[str]
    changed: bool = False

    def function(self, body: list[Any]) -> list[Any]:
        """The body of a function with its sums of weighted rows as products.

        >>> tree = gast.parse('''
        ... y_bar = 2 * z_bar[:, :, None] * y
        ... x_bar = y_bar.sum(axis=1, keepdims=True) @ w
        ... ''')
        >>> import numpy as np
        >>> from sourcediff.kinds import Size
        >>> dims = Size("k"), Size("n"), Size("d")
        >>> shapes = {"y": dims, "y_bar": dims, "z_bar": dims[:2]}
        >>> kinds = {s: (Array(np.dtype(float), d),) for s, d in shapes.items()}
        >>> pass_ = WeightedRows(lambda n: kinds.get(n, ()), lambda n: False, {"x_bar"})
        >>> tree.body = pass_.function(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        y_bar = 2 * z_bar[:, :, None] * y
        x_bar = 2.0 * z_bar[:, None, :] @ y @ w
        """
        self._body = body
        self._block(body)
        return body

    @functools.cached_property
    def _stores(self) -> Counter[str]:
        """How often names are bound, which is asked where there is a product."""
        return Counter(n for s in walk_statements(self._body) for n in bindings(s))

    def _block(self, body: list[Any]) -> None:
        for index, statement in enumerate(body):
            for inner in blocks(statement):
                self._block(inner)
            match statement:
                case gast.Assign(
                    targets=[gast.Name(id=product)], value=gast.BinOp() as value
                ):
                    self._sum_of_rows(product, value, body[index + 1 :])

    def _sum_of_rows(self, product: str, value: Any, rest: list[Any]) -> None:
        """Take sums of the rows of a product while its factors are what they were."""
        whole = self._array(product)
        total = None if whole is None else self._total(value, whole)
        if whole is None or total is None or self._stores[product] != 1:
            return
        read = {product, *names_in(value)}
        for statement in rest:
            match statement:
                case gast.Expr(value=gast.Constant()):  # a comment
                    continue
                case gast.Assign(targets=[gast.Name(id=to)]) if to not in read:
                    pass
                case _:
                    return
            nodes = list(walk(statement.value))
            if any(map(_may_write, nodes)):
                return
            for node in nodes if to in self.bars else ():
                if _is_sum_of_rows(node, product, whole.ndim or 0):
                    statement.value = replaced(statement.value, node, clone(total))
                    self.changed = True

    def _total(self, value: Any, whole: Array) -> Any:
        """The sum of the rows of weighted arrays of the shape of `whole`, or None."""
        match value:
            case gast.BinOp(left=left, op=gast.Add() | gast.Sub(), right=right):
                parts = self._total(left, whole), self._total(right, whole)
                return (
                    None if None in parts else gast.BinOp(parts[0], value.op, parts[1])
                )
            case gast.BinOp(left=left, op=gast.Mult(), right=right):
                for weights, rows in ((left, right), (right, left)):
                    kind = self._array(getattr(rows, "id", ""))
                    row = self._row(weights, whole)
                    if row is not None and kind is not None and kind.dims == whole.dims:
                        return binary(row, gast.MatMult, rows)
        return None

    def _row(self, weights: Any, whole: Array) -> Any:
        """Weights of rows, a column for each stack of rows, as a row; else None."""
        match weights:
            case gast.BinOp(left=factor, op=gast.Mult(), right=inner) if (
                self._is_number(factor)
            ):
                row = self._row(inner, whole)
                if isinstance(factor, gast.Constant):  # a float, as the arrays are
                    factor = const(float(factor.value))
                return None if row is None else binary(factor, gast.Mult, row)
            case gast.Subscript(value=gast.Name(id=of), slice=gast.Tuple(elts=key)):
                is_column = all(map(_is_whole, key[:-1])) and _is_none(key[-1])
                needed, last = (whole.dims or ())[: len(key) - 1], []
                if not is_column or len(key) != whole.ndim:
                    return None
            case gast.Name(id=of):
                needed, last = (*(whole.dims or ())[:-1], 1), [const(0)]
            case _:
                return None
        kind, ndim = self._array(of), whole.ndim or 0
        if kind is None or kind.dims != needed or ndim < 2:
            return None
        key = [_FULL, *last] if ndim == 2 else [const(None), _FULL, *last]
        key = [_FULL] * (ndim - 2) + key
        return name(of) if key == [_FULL] else subscript(name(of), tuple_of(key))

    def _array(self, identifier: str) -> Array | None:
        """The kind of a name that is certainly an array of doubles of known shape."""
        found = () if self.is_narrow(identifier) else self.kinds(identifier)
        match found:
            case (Array(dtype=dtype, dims=dims) as kind,) if (
                dtype.kind == "f" and dtype.itemsize == 8 and dims
            ):
                return None if None in dims else kind
            case _:
                return None

    def _is_number(self, node: Any) -> bool:
        if isinstance(node, gast.Constant):
            return type(node.value) in (int, float)
        found = self.kinds(node.id) if isinstance(node, gast.Name) else ()
        return bool(found) and all(isinstance(scalar_of(k), Scalar) for k in found)


def _is_sum_of_rows(node: Any, product: str, ndim: int) -> bool:
    """Whether an expression is the sum over the last axis but one, a row if stacked."""
    match node:
        case gast.Call(
            func=gast.Attribute(value=gast.Name(id=base), attr="sum"),
            args=[],
            keywords=[
                gast.keyword(arg="axis", value=gast.Constant(value=axis)),
                *others,
            ],
        ) if base == product and axis == ndim - 2:
            match others:
                case []:
                    return ndim == 2
                case [gast.keyword(arg="keepdims", value=gast.Constant(value=True))]:
                    return ndim > 2
    return False


def _may_write(node: Any) -> bool:
    """Whether an expression may write into arrays: helpers do, and what has `out`."""
    match node:
        case gast.Call(func=gast.Attribute(), keywords=keywords):
            return any(k.arg == "out" for k in keywords)
        case _:
            return isinstance(node, gast.Call)


def _is_whole(key: Any) -> bool:
    is_slice = isinstance(key, gast.Slice)
    return is_slice and key.lower is key.upper is key.step is None


def _is_none(key: Any) -> bool:
    return isinstance(key, gast.Constant) and key.value is None
