"""What a function that compiled code calls may be given, and give."""

from __future__ import annotations

import itertools
from numbers import Number
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from sourcediff.errors import LostGradient
from sourcediff.rules import is_array_like
from sourcediff.tensor.base import Base
from sourcediff.tensor.structures import leaves

_DATA = (np.ndarray, np.generic, np.dtype, Base, Number, str, bytes, range, slice, type)


def require_open(leaf: Any) -> None:
    """Refuse a function that may hold variables of the caller: none is tracked."""
    if not callable(leaf) or isinstance(leaf, type | np.ufunc | Base):
        return
    if isinstance(leaf, FunctionType):
        is_open = not (leaf.__closure__ or leaf.__defaults__ or leaf.__kwdefaults__)
    else:
        is_open = isinstance(getattr(leaf, "__self__", None), ModuleType)
    if not is_open:
        raise LostGradient(
            "a function that is an argument and may hold variables of its own",
            'call it outside, or pass fallback="always" to tape the caller, too',
        )


def require_data(function: Any, leaf: Any) -> None:
    """Refuse what may hold tracked values unseen: generators, closures, iterators."""
    if leaf is not None and leaf is not Ellipsis and not isinstance(leaf, _DATA):
        name = getattr(function, "__name__", repr(function))
        raise LostGradient(
            f"the result of {name}, which holds a {type(leaf).__name__},",
            'return arrays, or pass fallback="always" to tape the caller, too',
        )


def require_no_array(function: Any, kind: type[Any]) -> type[Any]:
    """Refuse objects that compiled code, which knows nothing of them, takes for arrays.

    They have methods of the same names, or compute in ways of their own.
    """
    if is_array_like(kind):
        name = getattr(function, "__name__", repr(function))
        raise LostGradient(
            f"the result of {name}, a {kind.__name__} that computes as arrays do,",
            'pass fallback="always" to tape the caller, too',
        )
    return kind


def require_apart(function: Any, result: Any) -> None:
    """Refuse a result with memory in two places: a write into one is seen in both."""
    found = (leaf for _, leaf in leaves(result))
    arrays = [leaf._array if isinstance(leaf, Base) else leaf for leaf in found]
    spans = sorted(
        byte_bounds(array)
        for array in arrays
        if isinstance(array, np.ndarray) and array.ndim and array.size
    )
    if any(high > low for (_, high), (low, _) in itertools.pairwise(spans)):
        name = getattr(function, "__name__", repr(function))
        raise LostGradient(
            f"the result of {name}, which holds the same memory twice,",
            'return copies, or pass fallback="always" to tape the caller, too',
        )


def shared_with_argument(function: Any) -> LostGradient:
    """The refusal of a result that is an argument, or a view of one."""
    name = getattr(function, "__name__", repr(function))
    return LostGradient(
        f"the result of {name}, which shares memory with its arguments,",
        'return a copy, or pass fallback="always" to tape the caller, too',
    )


def require_tracked(function: Any, moving: Any) -> None:
    """Refuse arguments that may hold floats where nothing is tracked.

    Tangents of such a one would be lost.
    """
    for _, leaf in leaves(moving):
        known = leaf is None or leaf is Ellipsis or isinstance(leaf, _DATA)
        if isinstance(leaf, np.ndarray):
            known = leaf.dtype.kind not in "OV"
        if not known:
            name = getattr(function, "__name__", repr(function))
            raise LostGradient(
                f"an argument of {name}, a {type(leaf).__name__},",
                'pass arrays, or pass fallback="always" to tape the caller, too',
            )
