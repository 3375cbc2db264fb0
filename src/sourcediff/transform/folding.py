"""Products of which the forward sweep keeps a part under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import Array, Kind
from sourcediff.transform.build import name, names_in, same
from sourcediff.transform.product import Product, factor_out

if TYPE_CHECKING:
    from sourcediff.transform.pull import Pull


def fold(pull: Pull, out: list[Any]) -> None:
    """Let the contributions of a pull read the products that it has named.

    What is named for nothing else then needs no name; `out` are other statements that
    read the names.
    """
    kept = kept_products(pull.hoisted, pull.kind_of)
    if not kept:
        return
    before = _names(pull) | {n for s in out for n in names_in(s)}
    pull.contributions = [
        replace(c, cotangent=replace(c.cotangent, product=product))
        if c.cotangent.parts is None
        and (product := folded(c.cotangent.product, kept)) is not c.cotangent.product
        else c
        for c in pull.contributions
    ]
    for statement in pull.prelude:
        match statement:
            case gast.Assign(value=gast.BinOp() as value):
                product = factor_out(value)
                shorter = folded(product, kept)
                if shorter is not product:
                    statement.value = shorter.expression(pull.is_scalar)
    read = _names(pull) | {n for s in out for n in names_in(s)}
    for node, identifier in list(pull.hoisted.items()):
        if identifier in before - read:
            del pull.hoisted[node]


def _names(pull: Pull) -> set[str]:
    """The names that the contributions of a pull read."""
    parts: list[Any] = []
    for contribution in pull.contributions:
        product = contribution.cotangent.product
        parts += [*product.numerators, *product.denominators]
        parts += contribution.access.keys
    return {n for part in parts for n in names_in(part)}


def kept_products(
    hoisted: Mapping[Any, str], kind_of: Callable[[Any], Kind]
) -> list[tuple[str, Product]]:
    """The named products of a statement, as products of what has names, longest first.

    They are real arrays: the adjoint of a complex product has conjugates in it.
    """
    found: list[tuple[str, Product]] = []
    for node, identifier in hoisted.items():
        kind = kind_of(node)
        if _is_product(node) and isinstance(kind, Array) and kind.dtype.kind == "f":
            found.append((identifier, _factors(node, hoisted)))
    return sorted(found, key=lambda known: _length(known[1]), reverse=True)


def folded(product: Product, kept: list[tuple[str, Product]]) -> Product:
    """A product with names for what is kept of it.

    >>> x, y, z = (gast.Name(n, gast.Load(), None, None) for n in "xyz")
    >>> kept = [("x_over_y", Product(1, (x,), (y,)))]
    >>> gast.unparse(folded(Product(-2, (z, x), (y,)), kept).expression())
    '-2 * z * x_over_y'
    """
    for identifier, part in kept:
        if part.coefficient != 1 or not part.numerators:
            continue
        above = _without(product.numerators, part.numerators)
        below = _without(product.denominators, part.denominators)
        if above is not None and below is not None:
            whole = replace(product, numerators=above, denominators=below)
            return folded(whole.times(name(identifier)), kept)
    return product


def _is_product(node: Any) -> bool:
    return isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div)


def _factors(node: Any, hoisted: Mapping[Any, str]) -> Product:
    if _is_product(node):
        left, right = _factors(node.left, hoisted), _factors(node.right, hoisted)
        if isinstance(node.op, gast.Mult):
            return left.combine(right)
        return left.combine(Product(1, right.denominators, right.numerators))
    if node in hoisted:
        return Product(1, (name(hoisted[node]),))
    if isinstance(node, gast.Constant) and type(node.value) in (int, float):
        return Product(node.value)
    return Product(1, (node,))


def _length(product: Product) -> int:
    return len(product.numerators) + len(product.denominators)


def _without(factors: tuple[Any, ...], part: tuple[Any, ...]) -> Any:
    """Factors without some of them, or None where one of those is missing."""
    left = list(factors)
    for factor in part:
        index = next((i for i, f in enumerate(left) if same(f, factor)), None)
        if index is None:
            return None
        del left[index]
    return tuple(left)
