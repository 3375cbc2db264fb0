"""Sizes of actual arrays as symbols: what all arrays of a signature have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sourcediff.kinds import Dim, Size

#: Sizes and integers that belong to the signature as they are: 1, the axes of an array,
#: the dimensions of space.
LITERAL = 3
#: How many times another size one may be to be known as that; a larger one first.
MULTIPLES = (4, 3, 2)


def symbol_of(dim: Dim, place: str, symbols: dict[int, Size]) -> Dim:
    """The symbol of a size, that of the first place where the number occurs."""
    if not isinstance(dim, int) or dim <= LITERAL:
        return dim
    return symbols.setdefault(dim, Size(place))


def tied(symbols: Mapping[int, Size]) -> dict[int, Size]:
    """Sizes by their numbers, small multiples of others as such.

    >>> found = tied({20: Size("w"), 5: Size("h")})
    >>> [(number, size.factor, size.symbol) for number, size in found.items()]
    [(5, 1, 'h'), (20, 4, 'h')]
    """
    found: dict[int, Size] = {}
    for number in sorted(symbols):
        found[number] = symbols[number]
        for factor in MULTIPLES:
            root = found.get(number // factor) if number % factor == 0 else None
            if root is not None and root.factor == 1:
                found[number] = replace(root, factor=factor)
                break
    return found
