"""What is added to an array from its end on is itself read from its end on."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, root
from sourcediff.kinds import Array, Scalar, scalar_of
from sourcediff.transform.build import clone, const, same, subscript
from sourcediff.transform.indifferent import Kinds, is_index

_BACKWARDS = gast.Slice(None, None, gast.UnaryOp(gast.USub(), const(1)))
_ARITHMETIC = (gast.Add, gast.Sub, gast.Mult, gast.Div)


@dataclass
class Backwards:
    """Writes `x_bar += e[::-1]` for `x_bar[::-1] += e` of vectors.

    The processor's quick instructions store forwards only. `kinds` gives all that a
    name may hold; only the `bars` are written so, and those of them that are `narrow`
    may hold less than their kind says.

    >>> from sourcediff.kinds import Size
    >>> import numpy as np
    >>> kinds = {n: (Array(np.dtype(float), (Size("n"),)),) for n in ("x_bar", "y")}
    >>> tree = gast.parse("x_bar[1:][::-1] += 3 * y[1:]; x_bar[::-1] -= z")
    >>> Backwards(lambda n: kinds.get(n, ()), {"x_bar"}, set()).block(tree.body)
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    x_bar[1:] += (3 * y[1:])[::-1]
    x_bar[::-1] -= z
    """

    kinds: Kinds
    bars: Set[str]
    narrow: Set[str]
    changed: bool = False

    def block(self, body: list[Any]) -> None:
        """Rewrite the statements of a block, and of those inside it."""
        for statement in body:
            for inner in blocks(statement):
                self.block(inner)
            match statement:
                case gast.AugAssign(
                    target=gast.Subscript(value=whole, slice=key), value=value
                ) if root(whole) in self.bars and same(key, _BACKWARDS):
                    if self._ndim(whole) == self._ndim(value) == 1:
                        self.changed = True
                        statement.target = clone(whole)
                        statement.target.ctx = gast.Store()
                        statement.value = subscript(value, key)

    def _ndim(self, node: Any) -> int | None:
        """How many dimensions an expression certainly has; 0: it may be a number."""
        match node:
            case gast.Constant(value=value) if type(value) in (int, float):
                return 0
            case gast.Name(id=identifier) if identifier not in self.narrow:
                return _ndim_of(self.kinds(identifier))
            case gast.Subscript(value=value, slice=key):
                parts = key.elts if isinstance(key, gast.Tuple) else [key]
                slices = [isinstance(p, gast.Slice) for p in parts]
                known = (
                    s or is_index(p, self.kinds)
                    for s, p in zip(slices, parts, strict=True)
                )
                ndim = self._ndim(value)
                fits = ndim is not None and len(parts) <= ndim and all(known)
                return ndim - slices.count(False) if fits and ndim else None
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return self._ndim(operand)
            case gast.BinOp(left=left, op=op, right=right) if isinstance(
                op, _ARITHMETIC
            ):
                sides = self._ndim(left), self._ndim(right)
                return None if None in sides else max(filter(None, sides), default=0)
            case _:
                return None


def _ndim_of(kinds: tuple[Any, ...]) -> int | None:
    found = {
        k.ndim if isinstance(k, Array) else 0 if isinstance(k, Scalar) else None
        for k in map(scalar_of, kinds)
    }
    return found.pop() if len(found) == 1 else None
