"""Names that never change, and those of them that are no negative numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import gast

from sourcediff.analysis.dims import known_value
from sourcediff.analysis.effects import Bindings, blocks, walk_statements
from sourcediff.kinds import Kind, Size


def fixed_names(
    body: list[Any], parameters: tuple[str, ...], bindings: Bindings
) -> frozenset[str]:
    """The names that are bound once, outside of loops: they never change."""
    outside = Counter(n for s in _outside_loops(body) for n in bindings[s])
    anywhere = Counter(n for s in walk_statements(body) for n in bindings[s])
    once = {n for n, count in anywhere.items() if count == 1 and outside[n] == 1}
    return frozenset(once - set(parameters)) | (frozenset(parameters) - set(anywhere))


def _outside_loops(body: list[Any]) -> Iterator[Any]:
    for statement in body:
        if isinstance(statement, (gast.For, gast.While)):
            continue
        yield statement
        for block in blocks(statement):
            yield from _outside_loops(block)


def counts(fixed: frozenset[str], kinds: Mapping[str, Kind]) -> frozenset[str]:
    """Those of some names that never change whose values are at least zero.

    >>> import numpy as np
    >>> from sourcediff.kinds import Scalar, Static
    >>> size = Scalar(np.dtype(int), True, Size("n", -1))
    >>> sorted(counts(frozenset("abc"), {"a": size, "b": Static(-1), "c": Static(2)}))
    ['a', 'c']
    """
    return frozenset(n for n in fixed if n in kinds and _is_count(kinds[n]))


def _is_count(kind: Kind) -> bool:
    value = known_value(kind)
    if isinstance(value, Size):
        return value.exact
    return value is not None and value >= 0
