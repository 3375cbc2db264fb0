"""A tangent on its way up an expression: a sum of products, and its text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gast

from sourcediff.transform.build import binary, const, name, same
from sourcediff.transform.product import Product, Test, factor_out, gather


@dataclass(frozen=True)
class Tangent:
    """The tangent of a node; no terms at all are a zero.

    `full` is False while it only broadcasts to the shape of the node, such as the
    tangent of a number that is added to an array.
    """

    terms: tuple[Product, ...] = ()
    full: bool = True

    @property
    def is_zero(self) -> bool:
        """Whether nothing moves."""
        return not self.terms

    def scaled(self, coefficient: float | int) -> Tangent:
        """The tangent times a number."""
        return replace(self, terms=tuple(t.scaled(coefficient) for t in self.terms))

    def product(self, is_scalar: Test) -> Product:
        """The tangent as one product; a sum becomes its only factor."""
        terms = gather(list(self.terms))
        return terms[0] if len(terms) == 1 else Product(1, (total(terms, is_scalar),))

    def times(self, partial: Any, is_scalar: Test) -> Product:
        """The tangent times a partial, which stands behind the tangent itself."""
        inner, outer = self.product(is_scalar), factor_out(partial)
        return Product(
            inner.coefficient * outer.coefficient,
            (*inner.numerators[:1], *outer.numerators, *inner.numerators[1:]),
            inner.denominators + outer.denominators,
        )

    def expression(self, is_scalar: Test) -> Any:
        """The tangent as an expression."""
        return total(gather(list(self.terms)), is_scalar)


ZERO = Tangent()


def of_name(identifier: str) -> Tangent:
    """The tangent that a variable holds."""
    return of_expression(name(identifier))


def of_expression(node: Any, full: bool = True) -> Tangent:
    """The tangent that an expression computes."""
    return Tangent((Product(1, (node,)),), full)


def total(terms: list[Product], is_scalar: Test) -> Any:
    """A sum of products; a denominator that all share is written once."""
    terms = [term for term in terms if term.coefficient != 0]
    if not terms:
        return const(0.0)
    first = terms[0]
    if (
        len(terms) > 1
        and first.denominators
        and all(_same_below(first, t) for t in terms)
    ):
        above = [Product(t.coefficient, t.numerators) for t in terms]
        return Product(1, (total(above, is_scalar),), first.denominators).expression(
            is_scalar
        )
    terms = sorted(terms, key=lambda term: term.is_negative)
    result = terms[0].expression(is_scalar)
    for term in terms[1:]:
        if term.is_negative:
            result = binary(result, gast.Sub, term.scaled(-1).expression(is_scalar))
        else:
            result = binary(result, gast.Add, term.expression(is_scalar))
    return result


def _same_below(a: Product, b: Product) -> bool:
    return same(list(a.denominators), list(b.denominators))
