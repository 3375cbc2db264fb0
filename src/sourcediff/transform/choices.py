"""Sums of what is chosen and what is not chosen, as one choice between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.transform.build import same
from sourcediff.transform.product import Product, Test


@dataclass(frozen=True)
class _Chosen:
    """A product with the factor `function(condition, z, 0)`, or with its opposite."""

    function: Any
    condition: Any
    where_true: bool
    product: Product


def choose(products: list[Product], is_scalar: Test) -> list[Product]:
    """The terms of a sum, two that fill each other's gaps as one.

    `np.where(c, z, 0) * x - np.where(c, 0, z)` is `np.where(c, z * x, -z)`.
    """
    out: list[Product] = []
    for product in products:
        for index, other in enumerate(out):
            both = _both(other, product, is_scalar)
            if both is not None:
                out[index] = both
                break
        else:
            out.append(product)
    return out


def _both(one: Product, other: Product, is_scalar: Test) -> Product | None:
    first, second = _chosen(one), _chosen(other)
    if first is None or second is None or first.where_true == second.where_true:
        return None
    if not same(first.function, second.function):
        return None
    if not same(first.condition, second.condition):
        return None
    true, false = (first, second) if first.where_true else (second, first)
    texts = [c.product.expression(is_scalar) for c in (true, false)]
    node = gast.Call(first.function, [first.condition, *texts], [])
    return Product(1, (node,))


def _chosen(product: Product) -> _Chosen | None:
    for index, factor in enumerate(product.numerators):
        match factor:
            case gast.Call(
                func=gast.Attribute(attr="where") as function,
                args=[condition, true, false],
                keywords=[],
            ) if _is_zero(true) != _is_zero(false):
                rest = (*product.numerators[:index], *product.numerators[index + 1 :])
                value = false if _is_zero(true) else true
                whole = Product(product.coefficient, rest, product.denominators)
                return _Chosen(
                    function, condition, not _is_zero(true), whole.times(value)
                )
    return None


def _is_zero(node: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value == 0
