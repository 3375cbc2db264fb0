"""Index expressions as affine forms of loop variables, and how far apart they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gast


@dataclass(slots=True, unsafe_hash=True)
class Affine:
    """`constant + sum of coefficient * variable`; zero coefficients are left out."""

    constant: int = 0
    terms: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(constant: int, terms: Mapping[str, int]) -> Affine:
        """A form from its terms, in normal order."""
        kept = sorted((name, c) for name, c in terms.items() if c)
        return Affine(constant, tuple(kept))

    def __add__(self, other: Affine) -> Affine:
        if not other.terms:
            return Affine(self.constant + other.constant, self.terms)
        terms = dict(self.terms)
        for name, coefficient in other.terms:
            terms[name] = terms.get(name, 0) + coefficient
        return Affine.of(self.constant + other.constant, terms)

    def __mul__(self, factor: int) -> Affine:
        if not factor:
            return Affine()
        terms = tuple((name, c * factor) for name, c in self.terms)
        return Affine(self.constant * factor, terms)

    def __sub__(self, other: Affine) -> Affine:
        return self + other * -1

    def replaced(self, variable: str, form: Affine) -> Affine:
        """The form with another one in the place of a variable."""
        coefficient = dict(self.terms).get(variable, 0)
        rest = {n: c for n, c in self.terms if n != variable}
        return Affine.of(self.constant, rest) + form * coefficient

    def renamed(self, names: Mapping[str, str]) -> Affine:
        """The form with other variables."""
        if not self.terms or names.keys().isdisjoint(dict(self.terms)):
            return self
        return Affine.of(self.constant, {names.get(n, n): c for n, c in self.terms})


def affine(node: Any) -> Affine | None:
    """An integer expression as an affine form of the names in it, or None.

    >>> affine(gast.parse("2 * i - (j + 1)").body[0].value)
    Affine(constant=-1, terms=(('i', 2), ('j', -1)))
    """
    match node:
        case gast.Name(id=identifier):
            return Affine(0, ((identifier, 1),))
        case gast.Constant(value=bool()):
            return None
        case gast.Constant(value=int(value)):
            return Affine(value)
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            inner = affine(operand)
            return None if inner is None else inner * -1
        case gast.BinOp(left=left, op=gast.Add() | gast.Sub() as op, right=right):
            first, second = affine(left), affine(right)
            if first is None or second is None:
                return None
            return first + second if isinstance(op, gast.Add) else first - second
        case gast.BinOp(left=left, op=gast.Mult(), right=right):
            first, second = affine(left), affine(right)
            if first is None or second is None:
                return None
            if not first.terms:
                return second * first.constant
            return first * second.constant if not second.terms else None
        case _:
            return None


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest value of a variable; None: not known."""

    variable: str
    least: Affine | None
    greatest: Affine | None


def greatest(form: Affine, bounds: list[Bounds]) -> int | None:
    """An upper bound of a form over variables, the last of `bounds` put in first."""
    for bound in reversed(bounds):
        coefficient = dict(form.terms).get(bound.variable, 0)
        if not coefficient:
            continue
        limit = bound.greatest if coefficient > 0 else bound.least
        if limit is None:
            return None
        form = form.replaced(bound.variable, limit)
    return None if form.terms else form.constant
