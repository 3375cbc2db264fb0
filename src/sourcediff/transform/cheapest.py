"""Sums of products of arrays, written with as few passes over arrays as we can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.kinds import Array, Kind, Scalar
from sourcediff.transform.build import names_in
from sourcediff.transform.factoring import added, factored
from sourcediff.transform.product import Product, Test, factor_out
from sourcediff.trees import children

#: A division takes as much more time than a multiplication.
_DIVISION = 1.3
_NUMBERS = 0.05
#: What an operation on arrays of fewer axes costs of one on the whole.
_SMALLER = 0.2
#: Deeper parentheses are hard to read.
_DEPTH = 2


def terms_of(node: Any, sign: int = 1) -> list[Product]:
    """The terms of a sum as products; a difference has negative ones.

    >>> [p.coefficient for p in terms_of(gast.parse("a * b - 2 * c").body[0].value)]
    [1, -2]
    """
    match node:
        case gast.BinOp(left=left, op=gast.Add(), right=right):
            return terms_of(left, sign) + terms_of(right, sign)
        case gast.BinOp(left=left, op=gast.Sub(), right=right):
            return terms_of(left, sign) + terms_of(right, -sign)
        case _:
            return [factor_out(node).scaled(sign)]


def may_be_cheaper(terms: list[Product]) -> bool:
    """Whether terms share factors, or have signs or numbers that may be joined."""
    factors = [{n.id for n in t.numerators if isinstance(n, gast.Name)} for t in terms]
    if len(set().union(*factors)) < sum(map(len, factors)):
        return True
    signs = {term.is_negative for term in terms}
    return len(signs) == 2 or any(
        abs(t.coefficient) != 1 and any(map(_is_sum, t.numerators)) for t in terms
    )


def single_factors(terms: list[Product], among: Container[str]) -> list[str]:
    """The names that are a factor of one term, and stand nowhere else in the sum."""
    factors = [n.id for t in terms for n in t.numerators if isinstance(n, gast.Name)]
    factors = [i for i in factors if i in among]
    if not factors:
        return factors
    parts = [n for t in terms for n in (*t.numerators, *t.denominators)]
    counts = Counter([i for part in parts for i in names_in(part)])
    return [i for i in factors if counts[i] == 1]


def inserted(
    terms: list[Product], identifier: str, inner: list[Product], is_scalar: Test
) -> list[Product]:
    """The terms of a sum with a sum in the place of a name that is a factor of one.

    >>> x, y, z = (gast.Name(n, gast.Load(), None, None) for n in "xyz")
    >>> inner = [Product(1, (x,)), Product(3, (y,))]
    >>> [term] = inserted([Product(2, (z, x))], "z", inner, lambda node: False)
    >>> gast.unparse(term.expression())
    '2 * (x + 3 * y) * x'
    """
    out: list[Product] = []
    for term in terms:
        places = [getattr(n, "id", None) for n in term.numerators]
        if identifier not in places:
            out.append(term)
            continue
        at = places.index(identifier)
        before, after = term.numerators[:at], term.numerators[at + 1 :]
        rest = Product(term.coefficient, before + after, term.denominators)
        if len(inner) > 1 and (rest.numerators or rest.denominators):
            whole = added(inner, is_scalar)
            factors = (*before, whole, *after)
            out.append(Product(term.coefficient, factors, term.denominators))
        else:
            out += [t.combine(rest) for t in inner]
    return out


@dataclass(frozen=True)
class Cheapest:
    """Finds texts for sums; `kind_of` gives the kind of an expression.

    What is not certainly a float, or an array of them, is left alone: `-mask` and
    `mask + mask` are something else than their product with a number.
    """

    kind_of: Callable[[Any], Kind]

    def cost(self, node: Any) -> float:
        """How many passes over arrays evaluating an expression takes, about.

        Those over arrays of fewer axes than the result has count for little.
        """
        parts, rank = self._parts(node)
        return sum(own if of == rank else own * _SMALLER for own, of in parts)

    def _parts(self, node: Any) -> tuple[list[tuple[float, int]], int]:
        """The costs of operations, with the ranks of their results; that of a node."""
        if not isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Call)):
            return [], _rank(self.kind_of(node))
        is_call = isinstance(node, gast.Call)
        found = list(map(self._parts, node.args if is_call else children(node)))
        if is_call:
            rank = _rank(self.kind_of(node))
        else:
            rank = max(inner for _, inner in found)
        own = 1.0 if rank else _NUMBERS
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Div):
            own *= _DIVISION
        parts = [part for parts, _ in found for part in parts]
        return [*parts, (own, rank)], rank

    def texts(self, terms: list[Product]) -> list[Any]:
        """Expressions for the sum of products, the plainest first."""
        if not all(map(self._is_certain, terms)):
            return []
        ways = [terms]
        shared = factored(terms, self._is_float)
        if len(shared) < len(terms):
            ways.append(shared)
        for way in list(ways):
            spread = list(map(self._spread, way))
            if any(one is not other for one, other in zip(spread, way, strict=True)):
                ways.append(spread)
        for way in list(ways):
            ordered = list(map(self._ordered, way))
            if any(one is not other for one, other in zip(ordered, way, strict=True)):
                ways.append(ordered)
        texts = [added(way, self.is_scalar) for way in ways]
        return [text for text in texts if depth(text) <= _DEPTH]

    def _is_certain(self, term: Product) -> bool:
        return all(
            map(self._is_float_or_number, (*term.numerators, *term.denominators))
        )

    def _is_float_or_number(self, node: Any) -> bool:
        kind = self.kind_of(node)
        if isinstance(kind, Array):
            return kind.dtype.kind == "f"
        is_number = isinstance(kind, Scalar)
        return is_number and (kind.python or kind.dtype.kind == "f")  # type: ignore[union-attr]

    def _is_float(self, node: Any) -> bool:
        kind = self.kind_of(node)
        return isinstance(kind, Array | Scalar) and kind.dtype.kind == "f"

    def is_scalar(self, node: Any) -> bool:
        """Whether an expression of arrays and numbers is a number."""
        return not self._parts(node)[1]

    def _spread(self, term: Product) -> Product:
        """A product whose number is multiplied into a sum that is a factor.

        `2 * x * (0.5 * y - z)` is `x * (y - 2 * z)`.
        """
        if term.coefficient == 1:
            return term
        for index, factor in enumerate(term.numerators):
            if not _is_sum(factor):
                continue
            old = terms_of(factor)
            inner = [t.scaled(term.coefficient) for t in old]
            if all(map(_is_short, old, inner)):
                before, after = term.numerators[:index], term.numerators[index + 1 :]
                whole = added(inner, self.is_scalar)
                return Product(1, (*before, whole, *after), term.denominators)
        return term

    def _ordered(self, term: Product) -> Product:
        """A product whose factors of fewer axes are multiplied first."""
        ranks = {n: self._parts(n)[1] for n in (*term.numerators, *term.denominators)}
        if len({*ranks.values()} - {0}) < 2:
            return term
        whole = max(ranks.values())
        small, large = (
            tuple(
                tuple(n for n in factors if (ranks[n] == whole) is is_whole)
                for factors in (term.numerators, term.denominators)
            )
            for is_whole in (False, True)
        )
        first = Product(term.coefficient, *small).expression(self.is_scalar)
        return Product(1, (first, *large[0]), large[1])


def _rank(kind: Kind) -> int:
    """How many axes longer than one an array has, and one more; zero for a number."""
    if not isinstance(kind, Array):
        return 0
    return 1 + sum(dim != 1 for dim in kind.dims or ())


def _is_sum(node: Any) -> bool:
    return isinstance(node, gast.BinOp) and isinstance(node.op, gast.Add | gast.Sub)


def _is_short(old: Product, new: Product) -> bool:
    """Whether a number is not much longer to write: 0.6, not 0.30000000000000004."""
    return len(repr(new.coefficient)) <= len(repr(old.coefficient)) + 2


def depth(node: Any) -> int:
    """How deep sums are nested in products of an expression."""
    inner = max(map(depth, children(node)), default=0)
    is_product = isinstance(node, gast.BinOp) and not _is_sum(node)
    return inner + (is_product and any(map(_is_sum, (node.left, node.right))))
