"""The kind that several values have in common, given the sizes they were made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sourcediff.analysis.arithmetic import join_all
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dim,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Size,
    Static,
)

#: A size may be an argument's and this much more or less.
FARTHEST = 8
#: … or of such a multiple of it.
FACTORS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Observation:
    """A value and the sizes (by symbol) of what it was computed from.

    `sizes` is None where the sizes of the result tell nothing.
    """

    value: Any
    sizes: Mapping[str, int] | None


def observed(results: list[Observation]) -> Kind:
    """The least kind of all the values.

    >>> runs = [Observation(np.zeros(k - 1), {"n": k}) for k in (3, 6, 5)]
    >>> observed(runs).dims
    (Size(symbol='n', offset=-1, least=0, factor=1),)
    """
    first = results[0].value
    if any(type(r.value) is not type(first) for r in results):
        return UNKNOWN
    match first:
        case np.ndarray():
            return _array(results) if type(first) is np.ndarray else UNKNOWN
        case np.generic():
            if first.dtype.kind not in "biufc":
                return UNKNOWN
            return Scalar(_dtype(results), False)
        case bool() | int() | float() | complex():
            return Scalar(np.dtype(type(first)))
        case None:
            return Static(None)
        case np.dtype():
            same = all(r.value == first for r in results)
            return Static(first) if same else UNKNOWN
        case tuple() | list():
            return _sequence(results)
        case _:
            return UNKNOWN


def _dtype(results: list[Observation]) -> np.dtype[Any]:
    return np.result_type(*{r.value.dtype for r in results})


def _array(results: list[Observation]) -> Kind:
    values = [r.value for r in results]
    if values[0].dtype.kind not in "biufc":
        return UNKNOWN
    dtype = _dtype(results)
    if len({v.ndim for v in values}) > 1:
        return Array(dtype)
    dims = tuple(
        _dim([v.shape[axis] for v in values], results) for axis in range(values[0].ndim)
    )
    return Array(dtype, dims, all(v.flags.c_contiguous for v in values))


def _dim(numbers: list[int], results: list[Observation]) -> Dim:
    sizes = [r.sizes for r in results if r.sizes is not None]
    if len(sizes) < len(results):
        return None
    if len(set(numbers)) == 1:
        return numbers[0]
    for symbol, factor in ((s, f) for f in FACTORS for s in sizes[0]):
        offset = numbers[0] - factor * sizes[0][symbol]
        if abs(offset) <= FARTHEST and all(
            max(factor * assigned[symbol] + offset, 0) == number
            for assigned, number in zip(sizes, numbers, strict=True)
        ):
            return Size(symbol, offset, 0, factor)
    return None


def _sequence(results: list[Observation]) -> Kind:
    first = results[0].value
    named = isinstance(first, tuple) and hasattr(type(first), "_fields")
    if type(first) not in (tuple, list) and not named:
        return UNKNOWN
    if len({len(r.value) for r in results}) > 1:
        if type(first) is tuple:
            return UNKNOWN
        items = [Observation(v, None) for r in results for v in r.value]
        return List(observed(items)) if items else UNKNOWN
    parts = tuple(
        observed([replace(r, value=r.value[i]) for r in results])
        for i in range(len(first))
    )
    if named:
        return Record(type(first), tuple(zip(type(first)._fields, parts, strict=True)))
    if len(parts) > 64 and type(first) is list:
        return List(join_all(parts))
    return Sequence(type(first), parts)
