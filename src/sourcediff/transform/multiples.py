"""Terms of a sum that are multiples of one another, as one term."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import gast

from sourcediff.analysis.effects import bindings
from sourcediff.transform.product import Product, factor_out, gather

#: By name, the product of a number and another name that it stands for.
Multiples = Mapping[str, Product]


def multiples_of(statements: list[Any]) -> Multiples:
    """The names that statements give to multiples of names.

    >>> found = multiples_of(gast.parse("u = 0.125 * v; w = u * v").body)
    >>> [(n, p.coefficient) for n, p in found.items()]
    [('u', 0.125)]
    """
    found: dict[str, Product] = {}
    bound = Counter(n for statement in statements for n in bindings(statement))
    for statement in statements:
        match statement:
            case gast.Assign(
                targets=[gast.Name(id=to)], value=gast.BinOp() | gast.UnaryOp() as value
            ):
                product = factor_out(value)
                match product:
                    case Product(numerators=(gast.Name(id=base),), denominators=()) if (
                        bound[to] == 1 and bound[base] < 2
                    ):
                        found[to] = product
    return found


def gathered(products: list[Product], multiples: Multiples) -> list[Product]:
    """The terms of a sum, equal ones and multiples of each other added up.

    >>> u, v = (gast.Name(n, gast.Load(), None, None) for n in "uv")
    >>> known = {"u": Product(0.125, (v,))}
    >>> [total] = gathered([Product(1, (v,)), Product(-6, (u,))], known)
    >>> gast.unparse(total.expression())
    '0.25 * v'
    """
    terms = gather(products)
    if len(terms) < 2 or not multiples:
        return terms
    plain = gather([_in_full(term, multiples) for term in terms])
    is_short = all(len(repr(t.coefficient)) < 8 for t in plain)
    return plain if len(plain) < len(terms) and is_short else terms


def _in_full(term: Product, multiples: Multiples) -> Product:
    """A product with what names stand for in their place."""
    for index, factor in enumerate(term.numerators):
        if isinstance(factor, gast.Name) and factor.id in multiples:
            known = multiples[factor.id]
            before, after = term.numerators[:index], term.numerators[index + 1 :]
            factors = (*before, *known.numerators, *after)
            whole = Product(
                term.coefficient * known.coefficient, factors, term.denominators
            )
            return _in_full(whole, multiples)
    return term
