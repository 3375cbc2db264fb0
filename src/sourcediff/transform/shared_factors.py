"""Products of numbers are computed from those that have a name already."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, bindings, blocks, root
from sourcediff.transform.build import name, names_in, same
from sourcediff.transform.product import Product, factor_out
from sourcediff.trees import with_children

_PRODUCTS = (gast.Mult, gast.Div)
_SIMPLE = (gast.BinOp, gast.UnaryOp)

#: By name, in the order of definition, the product that it stands for, and its names.
Known = Mapping[str, tuple[Product, frozenset[str]]]


@dataclass
class SharedFactors:
    """Multiplies by what is known as a product, cancels quotients, folds literals.

    `is_number` says which expressions certainly give a float of double precision. Only
    the products of cotangents (`bars`) are put in another order.

    >>> tree = gast.parse('''
    ... q = x / y
    ... p = y * exp_z
    ... x_bar = 0.5 * q_bar * exp_z * y / 3.0
    ... y_bar = p_bar / (q * y)
    ... ''')
    >>> pass_ = SharedFactors(lambda node: True, {"x_bar", "y_bar"})
    >>> pass_.block(tree.body)
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    q = x / y
    p = y * exp_z
    x_bar = 0.16666666666666666 * q_bar * p
    y_bar = p_bar / x
    """

    is_number: Callable[[Any], bool]
    bars: Set[str]
    changed: bool = False

    def block(self, body: list[Any], known: Known | None = None) -> None:
        """Rewrite the products of a block, where some names are `known` as products."""
        known = known or {}
        for statement in body:
            if blocks(statement):
                after = _without(known, assigned_in([statement])) if known else known
                is_loop = isinstance(statement, gast.For | gast.While)
                for inner in blocks(statement):
                    self.block(inner, after if is_loop else known)
                known = after
                continue
            match statement:
                case gast.Assign(targets=[target]) | gast.AugAssign(target=target) if (
                    root(target) in self.bars
                ):
                    statement.value = self._written(statement.value, known)
            known = self._after(statement, known)

    def _after(self, statement: Any, known: Known) -> Known:
        known = _without(known, bindings(statement)) if known else known
        match statement:
            case gast.Assign(
                targets=[gast.Name(id=to)],
                value=gast.BinOp() | gast.UnaryOp(operand=gast.Name()) as value,
            ):
                if self._is_product(value) and to not in names_in(value):
                    product = factor_out(value)
                    if abs(product.coefficient) == 1 and product.operations:
                        return {**known, to: (product, frozenset(names_in(value)))}
        return known

    def _written(self, node: Any, known: Known) -> Any:
        if not isinstance(node, _SIMPLE):
            return node
        if self._is_product(node):
            return self._shortened(node, known)
        return with_children(node, lambda child: self._written(child, known))

    def _is_product(self, node: Any) -> bool:
        match node:
            case gast.BinOp(left=left, op=op, right=right) if isinstance(op, _PRODUCTS):
                return self._is_factor(left) and self._is_factor(right)
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return self._is_factor(operand)
            case _:
                return False

    def _is_factor(self, node: Any) -> bool:
        return self._is_product(node) or self.is_number(node)

    def _shortened(self, node: Any, known: Known) -> Any:
        shortest = product = factor_out(node)
        names = set(names_in(node))
        while True:
            steps = (
                _step(product, to, whole)
                for to, (whole, own) in reversed(list(known.items()))
                if to in names or own <= names
            )
            shortest = next((step for step in steps if step is not None), product)
            if shortest is product:
                break
            names = {n for f in _factors(shortest) for n in names_in(f)}
            product = shortest
        coefficient = shortest.coefficient
        lasts = coefficient and math.isfinite(coefficient)
        if not lasts or shortest.operations >= _operations(node):
            return node
        self.changed = True
        return shortest.expression(lambda factor: True)


def _step(product: Product, to: str, known: Product) -> Product | None:
    """A product of fewer operations, by way of a name and what is known of it."""
    coefficient = product.coefficient * known.coefficient
    own, label = (known.numerators, known.denominators), (name(to),)
    above, below = product.numerators, product.denominators
    made: list[Product] = []
    for turned in (False, True):  # as a factor, and as a divisor
        over, under = own[::-1] if turned else own
        rest, left = _taken(above, over), _taken(below, under)
        if rest is not None and left is not None:
            sides = (rest, left + label) if turned else (rest + label, left)
            made.append(Product(coefficient, *sides))
        rest = _taken(below if turned else above, label)
        if rest is not None:
            sides = (above, rest) if turned else (rest, below)
            whole = Product(coefficient, sides[0] + over, sides[1] + under)
            made.append(whole.cancelled())
    return next((p for p in made if p.operations < product.operations), None)


def _taken(factors: tuple[Any, ...], gone: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The factors without some of them; None if one is not there."""
    left = list(factors)
    for factor in gone:
        index = next((i for i, f in enumerate(left) if same(f, factor)), None)
        if index is None:
            return None
        del left[index]
    return tuple(left)


def _operations(node: Any) -> int:
    """How many multiplications, divisions and negations a product is written with."""
    match node:
        case gast.BinOp(left=left, op=op, right=right) if isinstance(op, _PRODUCTS):
            return 1 + _operations(left) + _operations(right)
        case gast.UnaryOp(operand=operand):
            return 1 + _operations(operand)
        case _:
            return 0


def _factors(product: Product) -> tuple[Any, ...]:
    return product.numerators + product.denominators


def _without(known: Known, rebound: Set[str]) -> Known:
    """What is still known where some names stand for something else."""
    return {
        to: (product, names)
        for to, (product, names) in known.items()
        if to not in rebound and not names & rebound
    }
