"""Kinds of calls of the runtime's helpers for structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from sourcediff import runtime
from sourcediff.analysis.arithmetic import as_array
from sourcediff.analysis.dims import INT
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    join,
    scalar_of,
)

Handler = Callable[[tuple[Kind, ...], Mapping[str, Kind]], Kind | None]


def _copied(arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]) -> Kind | None:
    return arguments[0] if len(arguments) == 1 and not keywords else None


def _private(arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]) -> Kind | None:
    return None if keywords else Sequence(tuple, arguments)


def _sum(arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]) -> Kind | None:
    """The sum of two cotangents of one value."""
    if len(arguments) != 2 or keywords:
        return None
    kind = join(*arguments)
    return kind if isinstance(kind, Array | Scalar | Sequence | List) else UNKNOWN


def _element_key(
    arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> Kind | None:
    """The index of elements by their places: an array (or number) for each axis."""
    match arguments:
        case (indices, Sequence(items=sizes)) if not keywords:
            kind = as_array(indices) if not isinstance(indices, Scalar) else indices
            part: Kind = Scalar(INT, False)
            if isinstance(kind, Array):
                part = Array(INT, kind.dims)
            elif not isinstance(scalar_of(kind), Scalar):
                return None
            return Sequence(tuple, (part,) * len(sizes))
    return None


def _gathered(arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]) -> Kind | None:
    """`a[key]`, of which every element is there once."""
    match arguments:
        case (Array(dims=(_, *rest)) as array, Array(dims=dims, dtype=dtype)) if (
            dims is not None and dtype.kind in "iu" and not keywords
        ):
            return Array(array.dtype, (*dims, *rest), True)
        case (Array(dtype=dtype), _) if not keywords:
            return Array(dtype, None)
        case _:
            return None


def _split(arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]) -> Kind | None:
    """A list of pieces that have the shapes of some arrays."""
    match arguments:
        case (Array(dtype=dtype), Sequence(items=items), _) if not keywords:
            return Sequence(list, tuple(_piece(dtype, item) for item in items))
        case _:
            return None


def _piece(dtype: np.dtype[Any], like: Kind) -> Kind:
    match as_array(like):
        case Array(dims=dims):
            return Array(dtype, dims)
        case Scalar():
            return Array(dtype, ())
        case _:
            return UNKNOWN


def _unbroadcast(
    arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> Kind | None:
    """A sum that has the shape and the precision of the second argument."""
    match arguments:
        case (Array(), Array(dtype=dtype, dims=dims)) if not keywords:
            return Array(dtype, dims) if dims and dtype.kind in "fc" else None
        case _:
            return None


def _rebuilt(arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]) -> Kind | None:
    """An object of a known type whose attributes are other values."""
    match arguments:
        case (Record(), Sequence(items=())):
            return Static(None)
        case (Record(fields=fields) as record, Sequence(items=items)) if (
            len(fields) == len(items) and not keywords
        ):
            names = [name for name, _ in fields]
            return replace(record, fields=tuple(zip(names, items, strict=True)))
        case _:
            return None


def _scattered(
    arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> Kind | None:
    """Zeros of the shape of the third argument, with the first one added."""
    match arguments:
        case (Array(dtype=dtype), _, like) if not keywords:
            shaped = as_array(like)
            return (
                Array(dtype, shaped.dims, True) if isinstance(shaped, Array) else None
            )
        case _:
            return None


#: None: the arguments are not understood, and another way may be tried.
HELPERS: dict[Any, Handler] = {
    runtime.copied: _copied,
    runtime.gather_last: _gathered,
    runtime.stop_gradient: _copied,
    runtime.private: _private,
    runtime.add: _sum,
    runtime.split_like: _split,
    runtime.rebuild: _rebuilt,
    runtime.unbroadcast: _unbroadcast,
    runtime.scatter_add: _scattered,
    runtime.element_key: _element_key,
}
