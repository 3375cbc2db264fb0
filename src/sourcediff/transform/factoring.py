"""Sums of products of numbers with what they share taken out of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.transform.build import binary, same
from sourcediff.transform.product import Product, Test, gather


def factored(products: list[Product], is_float: Test) -> list[Product]:
    """The terms of a sum of numbers, those with a common factor as one product.

    `is_float` says which expressions are certainly floats (or complex numbers): only
    those can be added up without being multiplied, for `True + True` need not be 2.

    >>> a, x, y = (gast.Name(n, gast.Load(), None, None) for n in "axy")
    >>> terms = [Product(2, (a, x)), Product(-1, (a, y))]
    >>> [term] = factored(terms, lambda node: True)
    >>> gast.unparse(term.expression(lambda node: True))
    'a * (2 * x - y)'
    """
    terms = gather(products)
    for factor in _names(terms):
        shared = [t for t in terms if _has(t, factor) and _saves(t, factor, is_float)]
        if len(shared) > 1:
            whole = _common(shared, factor)
            at = terms.index(shared[0])
            terms = [whole if i == at else t for i, t in enumerate(terms)]
            terms = [t for t in terms if not any(t is s for s in shared)]
    return terms


def _names(terms: list[Product]) -> Iterator[gast.Name]:
    """The variables that are factors, those of the most terms first."""
    found: dict[str, list[gast.Name]] = {}
    for term in terms:
        own = {n.id: n for n in term.numerators if isinstance(n, gast.Name)}
        for identifier, node in own.items():
            found.setdefault(identifier, []).append(node)
    for nodes in sorted(found.values(), key=len, reverse=True):
        if len(nodes) > 1:
            yield nodes[0]


def _has(term: Product, factor: gast.Name) -> bool:
    return any(same(n, factor) for n in term.numerators)


def _saves(term: Product, factor: gast.Name, is_float: Test) -> bool:
    """Whether a term has a multiplication less without a factor, and stays a number."""
    rest = _without(term, factor)
    parts = [*rest.numerators, *rest.denominators]
    is_number = bool(rest.denominators) or not parts or any(map(is_float, parts))
    return is_number and bool(parts or abs(rest.coefficient) != 1)


def _without(term: Product, factor: gast.Name) -> Product:
    index = next(i for i, n in enumerate(term.numerators) if same(n, factor))
    left = term.numerators[:index] + term.numerators[index + 1 :]
    return Product(term.coefficient, left, term.denominators)


def _common(terms: list[Product], factor: gast.Name) -> Product:
    rests = [_without(term, factor) for term in terms]
    sign = -1 if all(rest.is_negative for rest in rests) else 1
    return Product(sign, (factor, added([rest.scaled(sign) for rest in rests])))


def added(terms: list[Product], is_scalar: Test = lambda node: True) -> Any:
    """The sum of products as one expression; a positive one comes first."""
    first, *rest = sorted(terms, key=lambda term: term.is_negative)
    total = first.expression(is_scalar)
    for term in rest:
        operator = gast.Sub if term.is_negative else gast.Add
        positive = term.scaled(-1 if term.is_negative else 1)
        total = binary(total, operator, positive.expression(is_scalar))
    return total
