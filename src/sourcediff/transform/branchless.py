"""Choices by masks without patterns, in time that does not depend on the masks."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, root
from sourcediff.kinds import Array, Kind, Scalar
from sourcediff.transform.build import binary, call, const, names_in, same
from sourcediff.transform.indifferent import Kinds
from sourcediff.transform.product import Product, factor_out
from sourcediff.trees import walk, with_children


@dataclass
class Branchless:
    """Writes `y_bar * (1.0 - 2.0 * c)` for `np.where(c, -y_bar, y_bar)`.

    Both are the same to the last bit. Other choices between doubles go to a helper,
    whose name `helper` gives. Only what is computed for cotangents (`bars`) is touched.
    `kinds` tells what a name may hold, `kind_of` what an expression is, `is_where`
    whether one is `np.where`.
    """

    kinds: Kinds
    kind_of: Callable[[Any], Kind]
    is_where: Callable[[Any], bool]
    bars: Set[str]
    helper: Callable[[], str]
    changed: bool = False

    def block(self, body: list[Any]) -> list[Any]:
        r"""The statements of a block, rewritten in place.

        >>> import numpy as np
        >>> tree = gast.parse("z_bar = np.where(c, -y, y) * np.where(c, 2.0 * y, 0)")
        >>> shape = (3,)
        >>> doubles, mask = Array(np.dtype(float), shape), Array(np.dtype(bool), shape)
        >>> kinds = {"c": mask, "y": doubles}
        >>> of_name = lambda n: (kinds[n],)
        >>> is_where = lambda node: gast.unparse(node) == "np.where"
        >>> bars = {"z_bar"}
        >>> pass_ = Branchless(
        ...     of_name, lambda n: kinds[n.id], is_where, bars, lambda: "even"
        ... )
        >>> tree.body = pass_.block(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        z_bar = y * (1.0 - 2.0 * c) * even(c, 2.0 * y, 0)
        """
        for statement in body:
            for inner in blocks(statement):
                self.block(inner)
            match statement:
                case gast.Assign(targets=[to]) | gast.AugAssign(target=to) if (
                    root(to) in self.bars
                ):
                    if any(map(self.is_where, walk(statement.value))):
                        statement.value = self._rewritten(statement.value)
        return body

    def _rewritten(self, node: Any) -> Any:
        node = with_children(node, self._rewritten)
        match node:
            case gast.Call(func=function, args=[condition, x, y], keywords=[]) if (
                self.is_where(function) and self._is_mask(condition)
            ):
                self.changed = True
                turned = self._turned(condition, x, y)
                return turned or call(self.helper(), condition, x, y)
        return node

    def _is_mask(self, condition: Any) -> bool:
        kind = self.kind_of(condition)
        is_mask = isinstance(kind, Array) and kind.dtype == bool
        return is_mask and bool(kind.dims)  # type: ignore[union-attr]

    def _turned(self, condition: Any, x: Any, y: Any) -> Any:
        """The product with a sign that a choice between `-z` and `z` is."""
        first, second = factor_out(x), factor_out(y)
        if not _are_opposite(first, second) or not self._is_double(x):
            return None
        twice = binary(const(2.0), gast.Mult, condition)
        if abs(first.coefficient) == 1 and first.is_negative:
            return binary(y, gast.Mult, binary(const(1.0), gast.Sub, twice))
        return binary(x, gast.Mult, binary(twice, gast.Sub, const(1.0)))

    def _is_double(self, node: Any) -> bool:
        """Whether an expression is certainly of doubles or of Python's numbers."""
        kinds = [k for n in set(names_in(node)) for k in self.kinds(n)]
        return bool(kinds) and all(
            k.dtype == float
            if isinstance(k, Array)
            else isinstance(k, Scalar) and k.python
            for k in kinds
        )


def _are_opposite(one: Product, other: Product) -> bool:
    return (
        bool(one.numerators)
        and one.coefficient == -other.coefficient
        and same(list(one.numerators), list(other.numerators))
        and same(list(one.denominators), list(other.denominators))
    )
