"""What a pure function returns, found by running it on small made-up arguments.

Sizes are realised by several assignments of numbers to their symbols; what all results
have in common is the kind. A dimension is `symbol + offset` where that fits them all.
Further runs with the smallest sizes and with tied values can only refute.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from sourcediff.analysis.dims import INT
from sourcediff.analysis.observe import Observation, observed
from sourcediff.analysis.probes import OPEN_AXIS, Probe, Unrealisable, base_sizes
from sourcediff.analysis.purity import has_callbacks
from sourcediff.analysis.ties import are_equal_if_related, tied_runs
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

#: Numbers up to this one are used as they are; larger ones stand for a size.
SMALL = 12


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


def _probes(renaming: _Renaming, tied: float) -> tuple[list[Probe], list[Probe]]:
    """The runs that must succeed, and those that may refute."""
    names = list(renaming.lows)
    base = [
        Probe(
            number,
            {
                name: size - renaming.lows[name]
                for name, size in zip(names, row, strict=True)
            },
            lists=2 + number,
        )
        for number, row in enumerate(base_sizes(len(names)))
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
        further += [Probe(0, smallest), Probe(1, ones, lists=1)]
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
            tied = []
            if are_equal_if_related(function):
                run = partial(_run, function, args, kwargs)
                tied = tied_runs(run, (*args, *kwargs.values()), base, further)
            if tied:
                return observed(tied)
            return _same_sizes(function, args, kwargs, renaming)
        results += [_run(function, args, kwargs, p) for p in further]
    return observed([r for r in results if r is not None])


def _with_open_axis(
    function: Any, args: tuple[Kind, ...], kwargs: dict[str, Kind]
) -> tuple[tuple[Kind, ...], dict[str, Kind]]:
    """The arguments, where an axis that is any integer is marked as one."""
    if _is_any_integer(kwargs.get("axis")):
        return args, {**kwargs, "axis": Static(OPEN_AXIS)}
    if not any(map(_is_any_integer, args)):
        return args, kwargs
    names = _parameters(function)
    marked = (
        Static(OPEN_AXIS) if name == "axis" and _is_any_integer(kind) else kind
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
        results.append(_run(function, args, kwargs, Probe(number, sizes, lists=size)))
    found = [replace(r, sizes=None) for r in results if r is not None]
    return observed(found) if len(found) == len(results) else UNKNOWN


def _run(
    function: Any, args: tuple[Kind, ...], kwargs: dict[str, Kind], how: Probe
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
