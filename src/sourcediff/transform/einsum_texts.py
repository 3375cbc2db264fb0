"""The cotangents of an einsum of known subscripts: einsums, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from sourcediff.kinds import Array, Dim, Kind, Size
from sourcediff.transform.build import attribute, clone, const


def cotangent_text(
    seed: Any,
    k: int,
    subscripts: str,
    operands: list[Any],
    kinds: Sequence[Kind],
    numpy: Any,
) -> Any | None:
    """The cotangent of the k-th operand, made of the others; None if it is more."""
    turned = turned_subscripts(subscripts, k, kinds)
    if turned is None:
        return None
    result, others, own = turned
    factors = [*operands[:k], *operands[k + 1 :]]
    if result:
        text = const(f"{result},{others}->{own}")
        return call_of(numpy, "einsum", text, seed, *factors)
    if others == own:
        return gast.BinOp(seed, gast.Mult(), factors[0])
    rest = call_of(numpy, "einsum", const(f"{others}->{own}"), *factors)
    return gast.BinOp(seed, gast.Mult(), rest)


def call_of(numpy: Any, label: str, *arguments: Any) -> Any:
    """A call of a function of NumPy's, which has some name here."""
    return gast.Call(attribute(clone(numpy), label), list(arguments), [])


def turned_subscripts(
    subscripts: str, k: int, kinds: Sequence[Kind]
) -> tuple[str, str, str] | None:
    """The letters of the result, of the other operands, and of the k-th.

    `np.einsum(f"{result},{others}->{own}", z_bar, *others)` is the cotangent of that
    operand. None where it is more than that: where an axis is summed alone, read along
    a diagonal, or perhaps broadcast.

    >>> import numpy as np
    >>> matrix = Array(np.dtype(float), (Size("n"), Size("m")))
    >>> turned_subscripts("ij,jk->ik", 1, [matrix, matrix])
    ('ik', 'ij', 'jk')
    >>> turned_subscripts("ij,jk->k", 0, [matrix, matrix])
    """
    names, _, output = subscripts.replace(" ", "").partition("->")
    inputs = names.split(",")
    if "." in subscripts or len(inputs) != len(kinds) or len(inputs) < 2:
        return None
    if "->" not in subscripts:
        joined = "".join(inputs)
        output = "".join(sorted(c for c in set(joined) if joined.count(c) == 1))
    own, others = inputs[k], inputs[:k] + inputs[k + 1 :]
    is_diagonal = len(set(own)) < len(own)
    if is_diagonal or not set(own).issubset(output + "".join(others)):
        return None
    if not all(_is_of_one_size(letter, inputs, kinds) for letter in own):
        return None
    return output, ",".join(others), own


def _is_of_one_size(letter: str, inputs: list[str], kinds: Sequence[Kind]) -> bool:
    """Whether all axes of a letter are certainly as long as each other."""
    found: set[Dim] = set()
    for letters, kind in zip(inputs, kinds, strict=True):
        if letter in letters:
            if not isinstance(kind, Array) or len(kind.dims or ()) != len(letters):
                return False
            found |= {
                d for c, d in zip(letters, kind.dims or (), strict=True) if c == letter
            }
    return found == {1} or not any(map(_may_be_one, found))


def _may_be_one(dim: Dim) -> bool:
    return dim.maybe_one if isinstance(dim, Size) else dim in (None, 1)
