"""The kinds of numbers and arrays that stand outside of a function."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from sourcediff.analysis.sizes import symbol_of, tied
from sourcediff.kinds import Array, Kind, Scalar, Size

#: What a function may read from, by an attribute.
HOLDERS = (types.ModuleType, types.CellType)
#: Python's numbers that may be other ones in the next call.
NUMBERS = (float, int, complex)


def is_array(value: Any) -> bool:
    """Whether a value is an array of numbers of NumPy's own class."""
    return type(value) is np.ndarray and value.dtype.kind in "bifc"


def number_kind(value: Any) -> Kind | None:
    """The kind of a Python number, which may be another one in the next call."""
    return Scalar(np.dtype(type(value))) if type(value) in NUMBERS else None


def array_kinds(arrays: Mapping[str, Any]) -> dict[str, Kind]:
    """The kinds of arrays, of which equal sizes are known to be equal."""
    symbols: dict[int, Size] = {}
    for name, array in arrays.items():
        for axis, size in enumerate(array.shape):
            symbol_of(size, f"{name}.shape[{axis}]", symbols)
    sizes = tied(symbols)
    return {
        name: Array(array.dtype, tuple(sizes.get(size, size) for size in array.shape))
        for name, array in arrays.items()
    }


def held_kind(holder: Any, name: str) -> Kind | None:
    """The kind of a number or array that a module or a cell holds now.

    >>> cell = types.CellType(np.ones((2, 9)))
    >>> held_kind(cell, "cell_contents").dims[0]
    2
    """
    if not isinstance(holder, HOLDERS):
        return None
    try:
        value = getattr(holder, name)
    except Exception:  # noqa: BLE001  # a module may have a __getattr__ of its own
        return None
    if is_array(value):
        place = f"{id(holder):x}.{name}"
        return array_kinds({place: value})[place]
    return number_kind(value)
