"""Made-up arguments of the kinds that a function is asked about."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sourcediff.analysis.observe import FACTORS
from sourcediff.kinds import (
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

BASE_PROBES = 4
MOST_ELEMENTS = 200_000

#: Stands for an axis that is not known when compiling.
OPEN_AXIS = object()

_pool = np.random.default_rng(20).uniform(0.2, 0.9, 4096)


class Unrealisable(Exception):
    """No value can be made up for a kind."""


@dataclass(frozen=True)
class Probe:
    """How one run realises kinds: the sizes, and which values."""

    number: int
    sizes: Mapping[str, int]
    tied: float | None = None
    lists: int = 2

    @property
    def axis(self) -> int:
        """What an axis that is not known is: the first or the last, as every array has.

        What results have in common for these two they have for the axes between.
        """
        return -(self.number % 2)

    def size(self, dim: Dim) -> int:
        """The number that a dimension is."""
        if isinstance(dim, Size):
            return max(dim.factor * self.sizes[dim.symbol] + dim.offset, 0)
        return 0 if dim is None else dim

    def value(self, kind: Kind, place: int) -> Any:
        """Something of a kind; others at other places."""
        match kind:
            case Scalar():
                return self._scalar(kind, place)
            case Array():
                return self._array(kind, place)
            case Sequence(type=t, items=items):
                return t([self.value(k, place + i) for i, k in enumerate(items)])
            case List(item=item):
                if item is None:
                    return []
                return [self.value(item, place + i) for i in range(self.lists)]
            case Record(type=t, fields=fields):
                return t(*(self.value(k, place) for _, k in fields))
            case Static(value=value):
                return self.axis if value is OPEN_AXIS else value
            case _:
                raise Unrealisable

    def _scalar(self, kind: Scalar, place: int) -> Any:
        number: Any
        if isinstance(kind.value, int):
            number = kind.value
        elif kind.value is not None:
            size = kind.value
            number = size.factor * self.sizes[size.symbol] + size.offset
        elif kind.dtype.kind in "iu":
            number = (self.number + 1) % 3
        elif kind.dtype.kind == "b":
            number = bool((self.number + place) % 2)
        else:
            number = float(_pool[(7 * place + self.number) % 999])
            number = number if self.tied is None else self.tied
        if kind.python:
            python: Callable[[Any], Any] = type(np.zeros((), kind.dtype).item())
            return python(number)
        return kind.dtype.type(number)

    def _array(self, kind: Array, place: int) -> Any:
        shape = tuple(map(self.size, kind.dims or ()))
        count = math.prod(shape)
        if count > MOST_ELEMENTS:
            raise Unrealisable
        values = _values(kind.dtype, count, place + 17 * self.number)
        if self.tied is not None:
            values = np.full_like(values, self.tied)
        if kind.contiguous or self.number % 2 == 0:
            array = values.reshape(shape)
        elif len(shape) == 1:
            array = np.repeat(values, 2)[::2]
        else:
            array = values.reshape(shape[::-1]).T
        if len(shape) > 1 and shape[-1] == shape[-2] and kind.dtype.kind in "fc":
            array += 2 * np.eye(shape[-1]) if self.tied is None else 0
        return array


def _values(dtype: np.dtype[Any], count: int, start: int) -> np.ndarray[Any, Any]:
    floats = _pool[start : start + count]
    if floats.size < count:
        floats = _pool.take(np.arange(start, start + count), mode="wrap")
    if dtype.kind == "b":
        return floats > 0.5
    if dtype.kind in "iu":
        return (floats * 2.2).astype(dtype)  # 0 or 1: valid indices
    if dtype.kind == "c":
        return (floats + 0.3j * floats[::-1]).astype(dtype)
    return floats.astype(dtype)


#: What sizes are multiplied by in pairs.
_COPRIME = [(k, m) for k in FACTORS for m in FACTORS if math.gcd(k, m) == 1]


@lru_cache(maxsize=64)
def base_sizes(count: int) -> tuple[tuple[int, ...], ...]:
    """For each probe a size per symbol: distinct, and no two of constant difference.

    Nor are the differences of multiples of them constant.
    """
    generator = random.Random(count)
    while True:
        rows = tuple(
            tuple(generator.sample(range(3, 7 + 2 * count), count))
            for _ in range(BASE_PROBES)
        )
        columns = list(zip(*rows, strict=True))
        varied = all(len(set(column)) > 2 for column in columns) and all(
            len({k * x - m * y for x, y in zip(a, b, strict=True)}) > 2
            for i, a in enumerate(columns)
            for b in columns[:i]
            for k, m in _COPRIME
        )
        if varied:
            return rows
