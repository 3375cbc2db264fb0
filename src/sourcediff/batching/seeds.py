"""Unit vectors as seeds, all in one pass, and what they come to, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from sourcediff.batching.batch import Batch, width
from sourcediff.batching.program import batched, refuse_batches
from sourcediff.compile import Compiled

#: So few seeds are faster one after another.
FEWEST = 8
#: So many elements the seeds of one pass have.
MOST_ELEMENTS = 1 << 21

Place = tuple[int, int]
Leaves = list[Any]


def in_one_pass(
    compiled: Compiled,
    main: str,
    run: Callable[[Any, Iterator[Any]], Any],
    along: Sequence[Any],
    others: Sequence[Any],
    places: Sequence[Place],
) -> list[Any] | None:
    """What a generated function gives for each unit vector, or None if not at once.

    `along` are the leaves that the places are in: the number of a leaf, and an index in
    its flat order. `run` calls a function with seeds in the place of those leaves, and
    gives the leaves of the result. `others` are those of what it is added to.
    """
    is_generated = compiled.units and not compiled.taped
    if len(places) < FEWEST or not is_generated:
        return None
    if not all(map(_is_plain, (*along, *others))):
        return None
    largest = max(map(np.size, (*along, *others)))
    step = max(1, MOST_ELEMENTS // max(1, largest))
    found: list[Any] = []
    try:
        functions = batched(compiled)
        if functions is None:
            return None
        for start in range(0, len(places), step):
            chunk = places[start : start + step]
            token = width.set(len(chunk))
            try:
                made = run(functions[main], iter(_units(along, chunk)))
            finally:
                width.reset(token)
            found += _apart(list(made), len(chunk))
    except Exception:  # noqa: BLE001  # what else is wrong shows for one seed, too
        refuse_batches(compiled)
        return None
    return found


def _carries_derivatives(leaf: Any) -> bool:
    kind = np.asarray(leaf).dtype.kind
    return kind in "fc"


def _is_plain(leaf: Any) -> bool:
    """Whether arithmetic with many of a leaf gives what it does with one.

    Python's numbers are of any precision, which arrays of them are not; an array
    without axes is written into, which a number is not.
    """
    if isinstance(leaf, np.ndarray | np.generic):
        is_double = leaf.dtype in (np.float64, np.complex128)
        return leaf.dtype.kind not in "fc" or (
            is_double and (leaf.ndim > 0 or isinstance(leaf, np.generic))
        )
    return True


def _units(along: Sequence[Any], places: Sequence[Place]) -> Iterator[Any]:
    """For each leaf, the unit vector in it of each place, or zeros."""
    for number, leaf in enumerate(along):
        if not _carries_derivatives(leaf):
            yield None
            continue
        data = np.zeros((len(places), np.size(leaf)), np.result_type(leaf, float))
        for row, (owner, index) in enumerate(places):
            if owner == number:
                data[row, index] = 1.0
        yield Batch(data.reshape(len(places), *np.shape(leaf)))


def _apart(made: Leaves, count: int) -> list[Leaves]:
    """The leaves of the result for each seed."""
    return [
        [leaf.data[k] if isinstance(leaf, Batch) else leaf for leaf in made]
        for k in range(count)
    ]
