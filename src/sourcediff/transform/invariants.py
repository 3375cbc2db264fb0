"""What loops compute of numbers that never change is computed once, before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, expressions, root, walk_statements
from sourcediff.transform.build import assign, at, binary, clone, name, names_in, same
from sourcediff.trees import walk, with_changes

#: Where names may mean other things, or what is evaluated may not be.
_ELSEWHERE = (
    gast.Lambda,
    gast.ListComp,
    gast.GeneratorExp,
    gast.SetComp,
    gast.DictComp,
    gast.FunctionDef,
)
_LOOPS = (gast.For, gast.While)
_PRODUCTS = (gast.Mult, gast.Div)
_SAFE = (gast.Add, gast.Sub, gast.Mult)


@dataclass
class Invariants:
    """Gives names to numbers that the loops of a function compute again and again.

    `fixed` are names of Python's floats that are bound for good before any loop;
    `temporary` makes a name for an expression. Of cotangents (`bars`) the products may
    be put in another order for that, not so of what the user has written.
    """

    fixed: frozenset[str]
    bars: frozenset[str]
    temporary: Callable[[Any], str]
    _known: list[tuple[Any, str]] = field(default_factory=list)
    _new: list[Any] = field(default_factory=list)

    def block(self, body: list[Any]) -> list[Any]:
        """The statements of a block, before loops the numbers that they share.

        >>> tree = gast.parse('''
        ... for i in range(n):
        ...     x += dt / 2 * k[i]
        ...     x_bar += y_bar * dt / 2
        ... ''')
        >>> fixed, bars = frozenset({"dt"}), frozenset({"x_bar"})
        >>> named = Invariants(fixed, bars, lambda e: "half")
        >>> tree.body = named.block(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        half = dt / 2
        for i in range(n):
            x += half * k[i]
            x_bar += y_bar * half
        """
        out: list[Any] = []
        for statement in body:
            if isinstance(statement, _LOOPS):
                for inner in walk_statements([statement]):
                    if isinstance(inner, (gast.FunctionDef, gast.ClassDef)):
                        continue
                    self._rewrite(inner)
                out += at(statement, self._new)
                self._new = []
            else:
                outside = list(self._known)
                for inner in blocks(statement):
                    inner[:] = self.block(inner)
                self._known = outside
            out.append(statement)
        return out

    def _rewrite(self, statement: Any) -> None:
        own = expressions(statement)
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        ours = isinstance(statement, (gast.Assign, gast.AugAssign)) and all(
            root(t) in self.bars for t in targets
        )
        for key in ("value", "test"):
            value = getattr(statement, key, None)
            if any(value is e for e in own) and not (
                self.fixed.isdisjoint(names_in(value))
            ):
                setattr(statement, key, self._replaced(value, ours))

    def _replaced(self, node: Any, ours: bool) -> Any:
        """The expression with names for what is invariant in it."""
        if not isinstance(node, gast.AST) or isinstance(node, _ELSEWHERE):
            return node
        if self._is_invariant(node):
            return self._named(node)
        if ours and isinstance(node, gast.BinOp) and isinstance(node.op, _PRODUCTS):
            node = self._gathered(node)
        return with_changes(node, lambda child: self._replaced(child, ours))

    def _is_invariant(self, node: Any) -> bool:
        """Whether an expression computes with fixed numbers, and can raise no error."""
        if not isinstance(node, gast.BinOp):
            return False
        return self._is_number(node) and any(
            isinstance(child, gast.Name) for child in walk(node)
        )

    def _is_number(self, node: Any) -> bool:
        match node:
            case gast.Constant(value=value):
                return type(value) is float or (
                    type(value) is int and abs(value) < 2**53
                )
            case gast.Name(id=identifier):
                return identifier in self.fixed
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return self._is_number(operand)
            case gast.BinOp(left=left, op=gast.Div(), right=gast.Constant() as right):
                return self._is_number(left) and self._is_number(right) and right.value
            case gast.BinOp(left=left, op=op, right=right) if isinstance(op, _SAFE):
                return self._is_number(left) and self._is_number(right)
            case _:
                return False

    def _gathered(self, node: Any) -> Any:
        """A product with its invariant factors as one, where there are several."""
        above, below = _factors(node)
        fixed = [n for n in above if self._is_number(n)]
        divisors = [n for n in below if isinstance(n, gast.Constant)]
        if not all(self._is_number(n) and n.value for n in divisors):
            return node
        if len(fixed) + len(divisors) < 2 or len(fixed) == len(above):
            return node
        names = [n for n in fixed if not isinstance(n, gast.Constant)]
        if not names:
            return node
        constants = [n for n in fixed if isinstance(n, gast.Constant)]
        group = _chain([*constants, *names], divisors)
        rest = [n for n in above if n not in fixed]
        under = [n for n in below if n not in divisors]
        first = [rest[0], group, *rest[1:]] if above[0] is rest[0] else [group, *rest]
        return _chain(first, under)

    def _named(self, node: Any) -> Any:
        for known, identifier in self._known:
            if same(known, node):
                return name(identifier)
        identifier = self.temporary(node)
        self._known.append((node, identifier))
        self._new.append(assign(identifier, clone(node)))
        return name(identifier)


def _factors(node: Any) -> tuple[list[Any], list[Any]]:
    """What stands above and below the line of a product, in order."""
    match node:
        case gast.BinOp(left=left, op=gast.Mult(), right=right):
            above, below = _factors(left)
            return [*above, right], below
        case gast.BinOp(left=left, op=gast.Div(), right=right):
            (above, below), (under, over) = _factors(left), _factors(right)
            return [*above, *over], [*below, *under]
        case _:
            return [node], []


def _chain(above: list[Any], below: list[Any]) -> Any:
    product = above[0]
    for factor in above[1:]:
        product = binary(product, gast.Mult, factor)
    for divisor in below:
        product = binary(product, gast.Div, divisor)
    return product
