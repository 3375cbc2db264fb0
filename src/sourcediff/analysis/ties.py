"""Sizes that have to be equal for a function to run at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from sourcediff.analysis.probes import Probe
from sourcediff.kinds import Array, Kind, List, Sequence, Size

#: With more sizes than these in a call, nothing is tied.
MOST_DIMS = 6
#: Functions whose sizes may be related otherwise: as factors of equal products.
_OF_PRODUCTS = (np.linalg.tensorsolve, np.linalg.tensorinv, np.reshape, np.resize)


def are_equal_if_related(function: Any) -> bool:
    """Whether sizes of which a function demands anything have to be equal.

    >>> are_equal_if_related(np.linalg.solve), are_equal_if_related(np.reshape)
    (True, False)
    """
    module = getattr(function, "__module__", None) or ""
    return module.startswith("numpy") and function not in _OF_PRODUCTS


@dataclass(frozen=True)
class Tie:
    """A dimension is as long as another one, for which the symbol in it has a size."""

    dim: Size
    other: Size | int

    def applied(self, probe: Probe) -> Probe | None:
        """A probe with the symbol's size; None where it cannot have that.

        >>> tie = Tie(Size("n", 1), Size("m"))
        >>> tie.applied(Probe(0, {"n": 7, "m": 5})).sizes
        {'n': 4, 'm': 5}
        """
        return _with_length(probe, self.dim, probe.size(self.other))


Ties: TypeAlias = tuple[Tie, ...]
Run: TypeAlias = Callable[[Probe], Any]


def tied_runs(
    run: Run, kinds: Iterable[Kind], base: list[Probe], further: list[Probe]
) -> list[Any]:
    """What a function gives for sizes that it takes, where it refuses those of `base`.

    All ties under which it runs have their say, and so have the sizes of one, which
    NumPy broadcasts: they refute what would hold for equal sizes alone.
    """
    ties = list(_candidates(list(dict.fromkeys(_dims(kinds)))))
    for count in (1, 2):
        found: list[Any] = []
        for chosen in combinations(ties, count):
            found += _under(chosen, run, base, further)
        if found:
            return found
    return []


def _under(ties: Ties, run: Run, base: list[Probe], further: list[Probe]) -> list[Any]:
    results = []
    for probe in base:
        tied = _applied(ties, probe)
        results.append(None if tied is None else run(tied))
        if results[-1] is None:
            return []
    others = [_applied(ties, probe) for probe in further]
    others += [one for tie in ties for one in _broadcast(tie, ties, base[0])]
    results += [run(probe) for probe in others if probe is not None]
    return [result for result in results if result is not None]


def _applied(ties: Iterable[Tie], probe: Probe) -> Probe | None:
    found: Probe | None = probe
    for tie in ties:
        found = None if found is None else tie.applied(found)
    return found


def _broadcast(tie: Tie, ties: Ties, probe: Probe) -> Iterator[Probe | None]:
    """Probes in which one of two tied dimensions is one."""
    others = [other for other in ties if other is not tie]
    for dim in (tie.dim, tie.other):
        if isinstance(dim, Size) and dim.maybe_one:
            tied = _applied(others, probe)
            yield None if tied is None else _with_length(tied, dim, 1)


def _with_length(probe: Probe, dim: Size, length: int) -> Probe | None:
    size, rest = divmod(length - dim.offset, dim.factor)
    if rest or size < 0:
        return None
    return replace(probe, sizes={**probe.sizes, dim.symbol: size})


def _dims(kinds: Iterable[Kind]) -> Iterator[Size | int]:
    for kind in kinds:
        match kind:
            case Array(dims=dims) if dims is not None:
                yield from (dim for dim in dims if dim is not None)
            case Sequence(items=items):
                yield from _dims(items)
            case List(item=item) if item is not None:
                yield from _dims([item])


def _candidates(dims: list[Size | int]) -> Iterator[Tie]:
    if len(dims) > MOST_DIMS:
        return
    for a, b in combinations(dims, 2):
        if isinstance(b, Size) and _may_be(b, a):
            yield Tie(b, a)
        elif isinstance(a, Size) and _may_be(a, b):
            yield Tie(a, b)


def _may_be(dim: Size, other: Size | int) -> bool:
    """Whether a dimension may be as long as another one by what its symbol is."""
    if isinstance(other, Size):
        return other.symbol != dim.symbol
    return other >= dim.lowest
