"""Products in normal order: how a cotangent is multiplied by partials, readably."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.transform.build import binary, clone, const, negative, same

Test = Callable[[Any], bool]


@dataclass(slots=True)
class Product:
    """`coefficient * numerators / denominators`, kept apart until it is written."""

    coefficient: float | int = 1
    numerators: tuple[Any, ...] = ()
    denominators: tuple[Any, ...] = ()

    def times(self, factor: Any) -> Product:
        """The product with one more factor, an expression."""
        return self.combine(factor_out(factor))

    def combine(self, other: Product) -> Product:
        """The product of two products."""
        product = Product(
            self.coefficient * other.coefficient,
            self.numerators + other.numerators,
            self.denominators + other.denominators,
        )
        return product.folded() if product.denominators else product

    def folded(self) -> Product:
        """The product without divisors that its coefficient takes exactly.

        >>> Product(6, (), (const(2.0),)).folded().coefficient
        3
        """
        coefficient, below = self.coefficient, []
        for divisor in self.denominators:
            quotient = None
            if isinstance(divisor, gast.Constant) and abs(coefficient) != 1:
                quotient = _exactly(coefficient, divisor.value)
            if quotient is None:
                below.append(divisor)
            else:
                coefficient = quotient
        return Product(coefficient, self.numerators, tuple(below))

    def scaled(self, coefficient: float | int) -> Product:
        """The product times a number."""
        return Product(
            self.coefficient * coefficient, self.numerators, self.denominators
        )

    def split(self, is_scalar: Test) -> tuple[Product, Product]:
        """The scalar factors, and the others."""
        scalars = tuple(n for n in self.numerators if is_scalar(n))
        below = tuple(d for d in self.denominators if is_scalar(d))
        front = Product(self.coefficient, scalars, below)
        inner = Product(
            1,
            tuple(n for n in self.numerators if not is_scalar(n)),
            tuple(d for d in self.denominators if not is_scalar(d)),
        )
        return front, inner

    def cancelled(self, may_go: Test = lambda node: True) -> Product:
        """The product without variables that stand above and below the line.

        Only those that `may_go`: an array may give the product its shape.
        """
        above, below = list(self.numerators), list(self.denominators)
        for factor in self.denominators:
            if not isinstance(factor, gast.Name) or not may_go(factor):
                continue
            for index, other in enumerate(above):
                if same(other, factor):
                    del above[index]
                    below = [d for d in below if d is not factor]
                    break
        return Product(self.coefficient, tuple(above), tuple(below))

    def without(self, denominators: tuple[Any, ...]) -> Product:
        """The product with some of its denominators, each once, taken away."""
        below = list(self.denominators)
        for factor in denominators:
            below.remove(next(d for d in below if same(d, factor)))
        return Product(self.coefficient, self.numerators, tuple(below))

    @property
    def is_atom(self) -> bool:
        """Whether it is a single name or constant."""
        return (
            self.coefficient == 1
            and not self.denominators
            and (
                not self.numerators
                or (
                    len(self.numerators) == 1
                    and isinstance(self.numerators[0], gast.Name | gast.Constant)
                )
            )
        )

    @property
    def is_signed_atom(self) -> bool:
        """Whether it is a name or constant, or the negative of one."""
        return self.is_atom or self.scaled(-1).is_atom

    @property
    def operations(self) -> int:
        """How many multiplications, divisions and negations writing it takes."""
        parts = len(self.numerators) + len(self.denominators)
        return parts - (self.coefficient == 1) if parts else 0

    def expression(self, is_scalar: Test = lambda node: False) -> Any:
        """The product as an expression: numbers, then scalars, then arrays.

        One number or scalar factor times an array costs a pass over the array, so
        scalars are gathered in front; a minus sign joins the number.
        """
        product = self.cancelled(is_scalar) if self.denominators else self
        scalars = [n for n in product.numerators if is_scalar(n)]
        arrays = [n for n in product.numerators if not is_scalar(n)]
        below = [d for d in product.denominators if is_scalar(d)]
        array_below = [d for d in product.denominators if not is_scalar(d)]
        front = _chain(self.coefficient, scalars)
        if arrays and front is None and len(arrays) == 1 and not array_below:
            result = _divide(arrays[0], below)
        elif front is None and not below:
            result = arrays[0] if arrays else const(1)
            result = _divide(_multiply(result, arrays[1:]), array_below)
        elif front is None:
            result = (
                _divide(_multiply(arrays[0], arrays[1:]), below)
                if arrays
                else (_divide(const(1), below))
            )
            result = _divide(result, array_below)
        else:
            front = _divide(front, below)
            result = _divide(_multiply(front, arrays), array_below)
        if self.coefficient < 0 and front is None:
            result = _negated(result)
        return clone(result)

    @property
    def is_negative(self) -> bool:
        """Whether it carries a minus sign."""
        return self.coefficient < 0


def _exactly(number: float | int, divisor: Any) -> float | int | None:
    """A quotient that needs no rounding, or None."""
    if type(divisor) not in (int, float) or not divisor:
        return None
    quotient = number / divisor
    is_power = abs(math.frexp(divisor)[0]) == 0.5
    if not (is_power or quotient.is_integer()) or quotient * divisor != number:
        return None
    return int(quotient) if quotient.is_integer() and type(number) is int else quotient


def factor_out(node: Any) -> Product:
    """An expression as a product.

    Products and quotients are taken apart, and so are signs and numbers.
    """
    match node:
        case gast.Constant(value=value) if type(value) in (int, float):
            return Product(value)
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            return factor_out(operand).scaled(-1)
        case gast.BinOp(left=left, op=gast.Mult(), right=right):
            return factor_out(left).combine(factor_out(right))
        case gast.BinOp(left=left, op=gast.Div(), right=right):
            below = factor_out(right)
            if below.coefficient not in (1, -1) and below.numerators:
                return factor_out(left).combine(Product(1, (), (right,)))
            if below.coefficient not in (1, -1):
                above = factor_out(left)
                if above.coefficient in (1, -1) or not below.coefficient:
                    return above.combine(Product(1, (), (right,)))
                return above.scaled(1 / below.coefficient)
            inverse = Product(
                int(below.coefficient), below.denominators, below.numerators
            )
            return factor_out(left).combine(inverse).cancelled()
        case gast.BinOp(left=left, op=gast.MatMult(), right=right):
            first, one = _signed(left)
            second, other = _signed(right)
            if one is left and other is right:
                return Product(1, (node,))
            return Product(first * second, (binary(one, gast.MatMult, other),))
        case _:
            return Product(1, (node,))


def _signed(node: Any) -> tuple[float | int, Any]:
    """The sign of a factor of a matrix product, and the factor without it."""
    match node:
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            sign, inner = _signed(operand)
            return -sign, inner
        case gast.BinOp(op=gast.MatMult()):
            product = factor_out(node)
            return product.coefficient, product.numerators[0]
        case _:
            return 1, node


def gather(products: list[Product]) -> list[Product]:
    """The terms of a sum with equal ones added up, in order of appearance.

    >>> x = gast.Name("x", gast.Load(), None, None)
    >>> [p.coefficient for p in gather([Product(1, (x,)), Product(1, (x,))])]
    [2]
    """
    gathered: list[Product] = []
    for product in products:
        for index, other in enumerate(gathered):
            if are_equal(product.numerators, other.numerators) and are_equal(
                product.denominators, other.denominators
            ):
                total = product.coefficient + other.coefficient
                gathered[index] = Product(total, other.numerators, other.denominators)
                break
        else:
            gathered.append(product)
    return gathered


def are_equal(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether factors are the same, in any order."""
    left = list(other)
    for factor in one:
        index = next((i for i, o in enumerate(left) if same(factor, o)), None)
        if index is None:
            return False
        del left[index]
    return not left


def _chain(coefficient: float | int, scalars: list[Any]) -> Any | None:
    if abs(coefficient) == 1:
        if not scalars:
            return None
        first = _negated(scalars[0]) if coefficient < 0 else scalars[0]
        return _multiply(first, scalars[1:])
    return _multiply(number(coefficient), scalars)


def number(value: float | int) -> Any:
    """A signed number as an expression."""
    return negative(const(-value)) if value < 0 else const(value)


def _negated(node: Any) -> Any:
    """`-node`, the sign on the first factor of a product."""
    if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult | gast.Div):
        return binary(_negated(node.left), type(node.op), node.right)
    if isinstance(node, gast.Constant) and isinstance(node.value, int | float):
        return negative(node)
    return negative(node)


def _multiply(first: Any, rest: list[Any]) -> Any:
    for factor in rest:
        first = binary(first, gast.Mult, factor)
    return first


def _divide(first: Any, below: list[Any]) -> Any:
    if len(below) > 1:
        return binary(first, gast.Div, _multiply(below[0], below[1:]))
    return binary(first, gast.Div, below[0]) if below else first
