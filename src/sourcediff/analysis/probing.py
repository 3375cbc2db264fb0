"""What a pure function returns, found by running it on small made-up arguments.

Sizes are realised by several assignments of numbers to their symbols; what all results
have in common is the kind. A dimension is `symbol + offset` where that fits them all.
Further runs with the smallest sizes and with tied values can only refute.
"""

from __future__ import annotations

import inspect
import math
import random
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from sourcediff.analysis.dims import INT
from sourcediff.analysis.observe import FACTORS, Observation, observed
from sourcediff.analysis.purity import has_callbacks
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
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
#: Numbers up to this one are used as they are; larger ones stand for a size.
SMALL = 12
MOST_ELEMENTS = 200_000

#: Stands for an axis that is not known when compiling.
_AXIS = object()

_pool = np.random.default_rng(20).uniform(0.2, 0.9, 4096)


class Unrealisable(Exception):
    """No value can be made up for a kind."""


@dataclass
class _Renaming:
    """Symbols by order of occurrence, so that equal questions have equal keys."""

    known: dict[Any, str] = field(default_factory=dict)
    back: dict[str, Dim] = field(default_factory=dict)
    lows: dict[str, int] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)

    def dim(self, dim: Dim) -> Size | int:
        if isinstance(dim, int):
            return dim if dim <= SMALL else self._size(dim, dim, SMALL + 1)
        if dim is None:
            return self._size(object(), None, 0)
        size = self._size(dim.symbol, Size(dim.symbol, 0, dim.least), dim.least)
        self.lows[size.symbol] = min(self.lows[size.symbol], dim.offset)
        return replace(size, offset=dim.offset, factor=dim.factor)

    def _size(self, key: Any, meaning: Dim, least: int) -> Size:
        name = self.known.get(key)
        if name is None:
            name = self.known[key] = str(len(self.known))
            self.back[name] = meaning
            self.lows[name] = 0
            self.least[name] = least
        return Size(name, 0, least)

    def kind(self, kind: Kind) -> Kind:
        match kind:
            case Array(dims=dims):
                if dims is None or kind.dtype.kind not in "biufc":
                    raise Unrealisable
                return replace(kind, dims=tuple(map(self.dim, dims)))
            case Scalar(value=value):
                return kind if value is None else replace(kind, value=self.dim(value))
            case Sequence(items=items):
                return replace(kind, items=tuple(map(self.kind, items)))
            case List(item=item):
                return kind if item is None else List(self.kind(item))
            case Record(type=t, fields=fields) if t in (slice, range):
                return Record(t, tuple((k, self.kind(v)) for k, v in fields))
            case Static(value=value):
                if type(value) is int and value > SMALL:
                    return Scalar(INT, True, self.dim(value))
                if has_callbacks(value):
                    raise Unrealisable
                return kind
            case _:
                raise Unrealisable

    def restore_dim(self, dim: Dim) -> Dim:
        if not isinstance(dim, Size):
            return dim
        meaning = self.back[dim.symbol]
        if isinstance(meaning, int):
            return max(dim.factor * meaning + dim.offset, 0)
        if meaning is None:
            return None
        return replace(meaning, offset=dim.offset, factor=dim.factor)

    def restore(self, kind: Kind) -> Kind:
        match kind:
            case Array(dims=dims) if dims is not None:
                return replace(kind, dims=tuple(map(self.restore_dim, dims)))
            case Sequence(items=items):
                return replace(kind, items=tuple(map(self.restore, items)))
            case List(item=item) if item is not None:
                return List(self.restore(item))
            case Record(fields=fields):
                return replace(
                    kind, fields=tuple((k, self.restore(v)) for k, v in fields)
                )
            case _:
                return kind


@dataclass(frozen=True)
class _Probe:
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
        if isinstance(dim, Size):
            return max(dim.factor * self.sizes[dim.symbol] + dim.offset, 0)
        return 0 if dim is None else dim

    def value(self, kind: Kind, place: int) -> Any:
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
                return self.axis if value is _AXIS else value
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
        count = int(np.prod(shape))
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
    floats = np.resize(np.roll(_pool, -start), count)
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
def _base_sizes(count: int) -> tuple[tuple[int, ...], ...]:
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


def _probes(renaming: _Renaming, tied: float) -> tuple[list[_Probe], list[_Probe]]:
    """The runs that must succeed, and those that may refute."""
    names = list(renaming.lows)
    base = [
        _Probe(
            number,
            {
                name: size - renaming.lows[name]
                for name, size in zip(names, row, strict=True)
            },
            lists=2 + number,
        )
        for number, row in enumerate(_base_sizes(len(names)))
    ]
    first = base[0].sizes
    further = [replace(base[1], tied=tied, lists=1), replace(base[2], lists=0)]
    if names:
        least = renaming.least
        smallest = {name: least[name] for name in names}
        ones = {name: first[name] if least[name] else 1 for name in names}
        # Numbers that stand for themselves are never small.
        for name in names:
            if isinstance(renaming.back[name], int):
                smallest[name] = ones[name] = first[name]
        further += [_Probe(0, smallest), _Probe(1, ones, lists=1)]
    return base, further


_cache: dict[Any, Kind] = {}


def probe(
    function: Any, arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> Kind:
    """The kind of a pure function's result; `UNKNOWN` where nothing can be said.

    >>> matrix = Array(np.dtype(float), (Size("n"), Size("m")))
    >>> probe(np.sum, (matrix,), {"axis": Static(0)}).dims
    (Size(symbol='m', offset=0, least=4, factor=1),)
    """
    if function is np.einsum and _has_computed_subscripts(arguments):
        return UNKNOWN
    renaming = _Renaming()
    try:
        args = tuple(map(renaming.kind, arguments))
        kwargs = tuple((name, renaming.kind(k)) for name, k in keywords.items())
        key = (_identity(function), args, kwargs, tuple(renaming.lows.items()))
        kind = _cache.get(key)
    except (Unrealisable, TypeError):
        return UNKNOWN
    if kind is None:
        found = _probe(function, args, dict(kwargs), renaming)
        if len(_cache) > 8192:
            _cache.clear()
        kind = _cache[key] = found
    return renaming.restore(kind)


def _has_computed_subscripts(arguments: tuple[Kind, ...]) -> bool:
    """Whether an einsum's result has as many axes as the elements of an array say."""
    kinds = [getattr(kind, "item", kind) for kind in arguments]
    dtypes = [k.dtype for k in kinds if isinstance(k, Array | Scalar)]
    is_spelled = isinstance(arguments[0], Static)
    return not is_spelled and any(dtype.kind in "iu" for dtype in dtypes)


def _identity(function: Any) -> Any:
    """A key of a function: bound methods of ufuncs are new objects at each access."""
    bound = getattr(function, "__self__", None)
    if isinstance(bound, np.ufunc):
        return bound, function.__name__
    return function


def _probe(
    function: Any,
    args: tuple[Kind, ...],
    kwargs: dict[str, Kind],
    renaming: _Renaming,
) -> Kind:
    base, further = _probes(renaming, 0.5 if _uses_lapack(function) else 0.0)
    args, kwargs = _with_open_axis(function, args, kwargs)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        results = [_run(function, args, kwargs, p) for p in base]
        if any(r is None for r in results):
            return _same_sizes(function, args, kwargs, renaming)
        results += [_run(function, args, kwargs, p) for p in further]
    return observed([r for r in results if r is not None])


def _with_open_axis(
    function: Any, args: tuple[Kind, ...], kwargs: dict[str, Kind]
) -> tuple[tuple[Kind, ...], dict[str, Kind]]:
    """The arguments, where an axis that is any integer is marked as one."""
    if _is_any_integer(kwargs.get("axis")):
        return args, {**kwargs, "axis": Static(_AXIS)}
    if not any(map(_is_any_integer, args)):
        return args, kwargs
    names = _parameters(function)
    marked = (
        Static(_AXIS) if name == "axis" and _is_any_integer(kind) else kind
        for name, kind in zip(names, args, strict=False)
    )
    return (*marked, *args[len(names) :]), kwargs


def _is_any_integer(kind: Kind | None) -> bool:
    return isinstance(kind, Scalar) and kind.dtype.kind in "iu" and kind.value is None


def _parameters(function: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # NumPy's functions in C, before 2.4
        return ()


def _uses_lapack(function: Any) -> bool:
    """Whether a function may print complaints about what comes of zeros."""
    module = getattr(function, "__module__", None) or ""
    return module.startswith(("numpy.linalg", "scipy")) or function is np.polyfit


def _same_sizes(
    function: Any,
    args: tuple[Kind, ...],
    kwargs: dict[str, Kind],
    renaming: _Renaming,
) -> Kind:
    """The kind, its sizes unknown, of a function that demands some to be equal."""
    results = []
    for number, size in ((0, 3), (1, 4), (2, 3)):
        sizes = {name: size - low for name, low in renaming.lows.items()}
        results.append(_run(function, args, kwargs, _Probe(number, sizes, lists=size)))
    found = [replace(r, sizes=None) for r in results if r is not None]
    return observed(found) if len(found) == len(results) else UNKNOWN


def _run(
    function: Any, args: tuple[Kind, ...], kwargs: dict[str, Kind], how: _Probe
) -> Observation | None:
    try:
        values = [how.value(kind, 5 * i) for i, kind in enumerate(args)]
        named = {name: how.value(kind, 3) for name, kind in kwargs.items()}
        home = getattr(function, "__objclass__", None)
        if home is np.ndarray and isinstance(values[0], np.generic):
            # A NumPy scalar has the methods of arrays.
            function, values = getattr(values[0], function.__name__), values[1:]
        return Observation(function(*values, **named), how.sizes)
    except Exception:  # noqa: BLE001  # what it raises, the user's call may raise
        return None


def is_probeable(kind: Kind) -> bool:
    """Whether a value can be made up for a kind (nothing Unknown inside)."""
    match kind:
        case Array():
            return kind.dims is not None
        case Sequence(items=items):
            return all(map(is_probeable, items))
        case List(item=item):
            return item is None or is_probeable(item)
        case Scalar() | Static():
            return True
        case Dict() | Record():
            return isinstance(kind, Record) and kind.type in (slice, range)
        case _:
            return False
