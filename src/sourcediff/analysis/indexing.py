"""Kinds of subscripts: what `x[k]` is, for arrays and containers."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.arithmetic import as_array, elements, join_all
from sourcediff.analysis.dims import broadcast, is_integer, slice_dim
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Dim,
    Dims,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
)

NONE = Static(None)
_DOTS = Static(Ellipsis)


def item(container: Kind, key: Kind) -> Kind:
    """The kind of `container[key]`; a slice is a `Record` of the type `slice`.

    >>> from sourcediff.kinds import Size
    >>> matrix = Array(np.dtype(float), (Size("n"), Size("m")))
    >>> item(matrix, slice_of(Static(1), Static(-1))).dims[0].offset
    -2
    >>> item(item(matrix, Static(0)), Static(-1))
    Scalar(dtype=dtype('float64'), python=False, value=None)
    """
    match container:
        case Array():
            return array_item(container, key)
        case Sequence() | List():
            return _sequence_item(container, key)
        case Dict():
            found, key = None, as_static(key)
            if isinstance(key, Static) and is_hashable(key.value):
                found = container.get(key.value)
            elif not isinstance(key, Static):  # a computed key: one of the values
                found = join_all([kind for _, kind in container.items])
            return UNKNOWN if found is None else found
        case Record() if is_named_tuple(container):
            values = Sequence(tuple, tuple(kind for _, kind in container.fields))
            return _sequence_item(values, key)
        case Record(type=t) if t is range and is_integer(key):
            return Scalar(np.dtype(int))
        case _:
            return UNKNOWN


def index_kinds(key: Any, kind_of: Callable[[Any], Kind]) -> list[Kind]:
    """The kinds of the parts of an index, slices left out; of a tuple, of its items."""
    parts = key.elts if isinstance(key, gast.Tuple) else [key]
    found: list[Kind] = []
    for part in parts:
        kind = kind_of(part)
        if isinstance(part, gast.Slice):
            continue
        if isinstance(kind, Sequence) and kind.type is tuple:
            found += kind.items
        else:
            found.append(kind)
    return found


def gathers(kinds: list[Kind]) -> bool:
    """Whether an index with parts of these kinds picks elements one by one.

    >>> gathers([Scalar(np.dtype(int))]), gathers([Array(np.dtype(int), (3,))])
    (False, True)
    """
    return any(isinstance(kind, (Array, List, Sequence)) for kind in kinds)


def slice_of(lower: Kind = NONE, upper: Kind = NONE, step: Kind = NONE) -> Record:
    """The kind of a slice object."""
    return Record(slice, (("start", lower), ("stop", upper), ("step", step)))


def is_named_tuple(kind: Kind) -> bool:
    """Whether a kind is that of a named tuple."""
    return (
        isinstance(kind, Record)
        and isinstance(kind.type, type)
        and issubclass(kind.type, tuple)
    )


def iteration_item(kind: Kind) -> Kind:
    """The kind of what iterating over a value gives."""
    match kind:
        case Array(dims=dims) if dims:
            return array_item(kind, Scalar(np.dtype(int)))
        case Sequence() | List():
            joined = join_all(elements(kind))
            return UNKNOWN if joined is None else joined
        case Record(type=t) if t is range:
            return Scalar(np.dtype(int))
        case Dict(items=pairs) if pairs:
            joined = join_all([Static(key) for key, _ in pairs])
            return UNKNOWN if joined is None else joined
        case _:
            return UNKNOWN


def unpacked(kind: Kind, count: int) -> tuple[Kind, ...]:
    """The kinds of the parts when a value is unpacked into `count` names."""
    if isinstance(kind, Sequence) and len(kind.items) == count:
        return kind.items
    if isinstance(kind, Record) and is_named_tuple(kind) and len(kind.fields) == count:
        return tuple(field for _, field in kind.fields)
    return (iteration_item(kind),) * count


def as_static(key: Kind) -> Kind:
    """A tuple of constants as a constant."""
    if isinstance(key, Sequence) and key.type is tuple:
        values = [k.value for k in key.items if isinstance(k, Static)]
        if len(values) == len(key.items):
            return Static(tuple(values))
    return key


def is_hashable(value: object) -> bool:
    """Whether a constant may be the key of a dict."""
    return isinstance(value, str | int | float | bytes | tuple | None)


def _sequence_item(container: Sequence | List, key: Kind) -> Kind:
    if isinstance(container, List):
        if isinstance(key, Record) and key.type is slice:
            return container
        known = is_integer(key) and container.item is not None
        return container.item or UNKNOWN if known else UNKNOWN
    if isinstance(key, Static) and type(key.value) is int:
        try:
            return container.items[key.value]
        except IndexError:
            return UNKNOWN
    if isinstance(key, Record) and key.type is slice:
        return _sequence_slice(container, key)
    if is_integer(key):
        joined = join_all(container.items)
        return UNKNOWN if joined is None else joined
    return UNKNOWN


def _sequence_slice(container: Sequence, key: Record) -> Kind:
    bounds = [kind.value for _, kind in key.fields if isinstance(kind, Static)]
    if len(bounds) == 3 and all(b is None or type(b) is int for b in bounds):
        return Sequence(container.type, container.items[slice(*bounds)])
    return List(join_all(container.items), container.type)


@dataclass
class _Axes:
    """An array's axes while the parts of an index are applied to them one by one."""

    rest: list[Dim]
    dims: list[Dim] = field(default_factory=list)
    advanced: list[Dims] = field(default_factory=list)
    place: int | None = None
    split: bool = False
    arrays: bool = False
    contiguous: bool = True
    sliced: bool = False

    def take(self, part: Kind) -> bool:
        """Apply one part; False where it is not understood."""
        if part == NONE:
            self.dims.append(1)
            return self._basic()
        if isinstance(part, Record) and part.type is slice:
            return bool(self.rest) and self._slice(part)
        index = as_array(part)
        if isinstance(index, Array):
            return self._array(index)
        if not is_integer(part) or not self.rest:
            return False
        self.rest.pop(0)
        if self.dims:
            self.contiguous = False
        self._advance(())
        return True

    def _basic(self) -> bool:
        # An index between two advanced ones sends their dims to the front.
        if self.place is not None:
            self.split = True
        return True

    def _slice(self, part: Record) -> bool:
        size = self.rest.pop(0)
        lower, upper, step = (kind for _, kind in part.fields)
        whole = lower == upper == step == NONE
        if not whole:
            first = not self.dims and not self.sliced
            plain = step in (NONE, Static(1))
            self.contiguous = self.contiguous and first and plain
        self.sliced = True
        self.dims.append(slice_dim(size, lower, upper, step))
        return self._basic()

    def _array(self, index: Array) -> bool:
        if index.dims is None or index.dtype.kind not in "iub":
            return False
        if index.dtype.kind == "b":
            if not index.dims or len(index.dims) > len(self.rest):
                return False
            del self.rest[: len(index.dims)]
            dims: Dims = (None,)
        else:
            if not self.rest:
                return False
            self.rest.pop(0)
            dims = index.dims
        self.arrays = True
        self._advance(dims)
        return True

    def _advance(self, dims: Dims) -> None:
        if self.place is None:
            self.place = len(self.dims)
        elif self.split:
            self.place = 0
        self.advanced.append(dims)

    def ellipsis(self, following: Items[Kind]) -> bool:
        """Skip the axes that the parts after `...` do not use."""
        used = 0
        for part in following:
            index = as_array(part)
            if isinstance(index, Array) and index.dtype.kind == "b":
                used += len(index.dims or ())
            elif part != NONE:
                used += 1
        count = len(self.rest) - used
        if count < 0:
            return False
        if count:
            self.sliced = True
        self.dims += self.rest[:count]
        del self.rest[:count]
        return self._basic()


def array_item(array: Array, key: Kind) -> Kind:
    """The kind of `array[key]`."""
    if array.dims is None or array.dtype.kind not in "biufc":
        return UNKNOWN
    parts = key.items if isinstance(key, Sequence) and key.type is tuple else (key,)
    axes = _Axes(list(array.dims))
    dotted = False
    for position, part in enumerate(parts):
        if part == _DOTS:
            dotted = True
            understood = axes.ellipsis(parts[position + 1 :])
        else:
            understood = axes.take(part)
        if not understood:
            return UNKNOWN
    return _result(array, axes, dotted)


def _result(array: Array, axes: _Axes, dotted: bool) -> Kind:
    dims = [*axes.dims, *axes.rest]
    contiguous = array.contiguous and axes.contiguous
    if axes.arrays:
        gathered = broadcast(axes.advanced)
        if gathered is None or axes.place is None:
            return UNKNOWN
        dims[axes.place : axes.place] = gathered
        contiguous = False
    if not dims and not dotted:
        return Scalar(array.dtype, False)
    if not dims and axes.arrays:
        return UNKNOWN
    return Array(array.dtype, tuple(dims), contiguous)


def with_item(container: Kind, key: Kind, new: Kind) -> Kind | None:
    """The kind of a container after `container[key] = new`; None: anything.

    >>> with_item(Dict(()), Static("a"), Static(1.5)).get("a")
    Static(value=1.5)
    """
    if isinstance(container, Dict):
        key = as_static(key)
    match container:
        case Array():
            return container
        case Sequence(type=t, items=items) if t is list:
            return _with_sequence_item(items, key, new)
        case List(item=old, type=t) if t is list and is_integer(key):
            return List(join_all((new,) if old is None else (old, new)))
        case Dict(items=pairs) if isinstance(key, Static) and is_hashable(key.value):
            return Dict(tuple({**dict(pairs), key.value: new}.items()))
        case _:
            return None


def _with_sequence_item(items: tuple[Kind, ...], key: Kind, new: Kind) -> Kind | None:
    if isinstance(key, Static) and type(key.value) is int:
        changed = list(items)
        try:
            changed[key.value] = new
        except IndexError:
            return Sequence(list, items)
        return Sequence(list, tuple(changed))
    if is_integer(key):
        joined = (join_all((old, new)) for old in items)
        return Sequence(list, tuple(kind for kind in joined if kind is not None))
    return None
