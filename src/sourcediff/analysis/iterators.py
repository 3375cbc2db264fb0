"""What the iterators of Python and NumPy give that arrange what they are given."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.analysis.dims import INT
from sourcediff.analysis.indexing import iteration_item
from sourcediff.analysis.known_calls import known_call
from sourcediff.kinds import UNKNOWN, Array, Kind, Scalar, Sequence, Static

Kinds = tuple[Kind, ...]
#: From the kinds of the items of each argument, and of the arguments.
Item = Callable[[Kinds, Kinds], Kind]


def _mapped(items: Kinds, arguments: Kinds) -> Kind:
    function = arguments[0].value if isinstance(arguments[0], Static) else None
    found = known_call(function, items[1:], {}) if callable(function) else None
    return UNKNOWN if found is None else found


def _filtered(items: Kinds, arguments: Kinds) -> Kind:
    return items[1]


def _chosen(items: Kinds, arguments: Kinds) -> Kind:
    match arguments[1:]:
        case (Static(value=int(count)),):
            return Sequence(tuple, items[:1] * count)
        case ():
            return UNKNOWN
    return UNKNOWN


def _product(items: Kinds, arguments: Kinds) -> Kind:
    return Sequence(tuple, items)


def _pairs(items: Kinds, arguments: Kinds) -> Kind:
    return Sequence(tuple, items * 2)


def _indices(items: Kinds, arguments: Kinds) -> Kind:
    match arguments:
        case (Sequence(items=sizes),):
            return Sequence(tuple, (Scalar(INT),) * len(sizes))
        case _:
            numbers = all(isinstance(a, Scalar | Static) for a in arguments)
            count = len(arguments)
            return Sequence(tuple, (Scalar(INT),) * count) if numbers else UNKNOWN


def _elements(items: Kinds, arguments: Kinds) -> Kind:
    match arguments:
        case (Array(dims=dims) as array,) if dims is not None:
            place = Sequence(tuple, (Scalar(INT),) * len(dims))
            element = iteration_item(Array(array.dtype, (None,)))
            return Sequence(tuple, (place, element))
    return UNKNOWN


_ITEMS: dict[Any, Item] = {
    map: _mapped,
    filter: _filtered,
    itertools.combinations: _chosen,
    itertools.permutations: _chosen,
    itertools.product: _product,
    itertools.pairwise: _pairs,
    np.ndindex: _indices,
    np.ndenumerate: _elements,
}


def arranges(function: Any) -> bool:
    """Whether a call of a function makes such an iterator."""
    try:
        return function in _ITEMS
    except TypeError:  # unhashable
        return False


def arranged_item(function: Any, items: Kinds, arguments: Kinds) -> Kind:
    """The kind of what an iterator gives.

    >>> integers = Scalar(INT)
    >>> pairs = arranged_item(itertools.combinations, (integers, UNKNOWN), (UNKNOWN, Static(2)))
    >>> len(pairs.items), pairs.items[0] == integers
    (2, True)
    """  # noqa: E501
    try:
        return _ITEMS[function](items, arguments)
    except IndexError:  # a wrong number of arguments
        return UNKNOWN
