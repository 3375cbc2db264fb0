"""Whether an expression makes a view of an array, a copy, or what depends."""

from __future__ import annotations

import copy
import enum
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sourcediff.kinds import (
    Array,
    Dim,
    Kind,
    List,
    Scalar,
    Sequence,
    Size,
    Static,
    alternatives,
    parts_of,
    scalar_of,
)
from sourcediff.rules import lookup


class Sharing(enum.Enum):
    """How the value of a call shares memory with the array it is made of.

    `ONTO`: a view in which elements overlap or that cannot be written into.
    """

    COPY = "copy"
    VIEW = "view"
    ONTO = "onto"
    UNSURE = "unsure"


#: Functions of an array that always give a view of it.
_VIEWS = frozenset(
    f
    for f in (
        np.transpose, np.ndarray.transpose, np.swapaxes, np.ndarray.swapaxes,
        np.moveaxis, np.rollaxis, np.squeeze, np.ndarray.squeeze, np.expand_dims,
        np.flip, np.fliplr, np.flipud, np.rot90, np.split, np.array_split, np.hsplit,
        np.vsplit, np.dsplit, getattr(np, "matrix_transpose", None), np.ndarray.T,
        getattr(np.ndarray, "mT", None), np.atleast_1d, np.atleast_2d, np.atleast_3d,
    )
    if f is not None
)  # fmt: skip
_ONTO = frozenset(
    {
        np.broadcast_to, np.diagonal, np.ndarray.diagonal, np.diag,
        np.lib.stride_tricks.sliding_window_view,
    }
)  # fmt: skip
#: Functions whose results are copies unless `copy=` says otherwise.
_COPYING = frozenset({np.array, np.ndarray.astype, np.astype, np.meshgrid})
_AS_IT_IS = frozenset({np.asarray, np.asanyarray, np.asarray_chkfinite})
_COPIES = frozenset({np.copy, np.ndarray.copy, np.ndarray.flatten})
_RESHAPED = frozenset({np.reshape, np.ndarray.reshape})
_RAVELED = frozenset({np.ravel, np.ndarray.ravel})

#: Functions that give what is inside of their argument, not a copy of that.
_OF_PARTS = (max, min, sorted, copy.copy)

#: Functions declared without derivative whose result may be their argument's memory.
PASSIVE_VIEWS = frozenset({"asarray", "view", "broadcast_arrays", "getfield"})


def operand(node: Any, kind_of: Callable[[Any], Kind]) -> Any:
    """The array of which a call makes something: its first argument or its object."""
    function = node.func
    if isinstance(function, gast.Attribute) and not isinstance(
        kind_of(function.value), Static
    ):
        return function.value
    place = 1 if kind_of(function) == Static(np.einsum) else 0
    return node.args[place] if len(node.args) > place else None


def is_view_by_einsum(node: Any) -> bool | None:
    """Whether a call of `einsum` gives a view of its operand; None: not known.

    It does so where nothing is multiplied and nothing is summed.

    >>> calls = "einsum('ii->i', a)", "einsum('ij->i', a)", "einsum(text, a)"
    >>> [is_view_by_einsum(gast.parse(text).body[0].value) for text in calls]
    [True, False, None]
    """
    match node.args:
        case [gast.Constant(value=str(text)), *operands] if not node.keywords:
            if len(operands) > 1:
                return False
            given, arrow, result = text.replace(" ", "").partition("->")
            letters = set(given.replace("...", ""))
            return letters <= set(result) if arrow else None
        case _:
            return None


def sharing(
    node: Any, kind_of: Callable[[Any], Kind], callee: Callable[[Any], Any]
) -> Sharing:
    """How the result of a call of a known function shares its operand's memory."""
    function = callee(node)
    rule = lookup(function) if _hashable(function) and function is not None else None
    if function in _OF_PARTS and not _is_of_numbers(node, kind_of):
        return Sharing.UNSURE
    if rule is not None and not rule.view:
        name = getattr(function, "__name__", "")
        passive = rule.kind == "passive" and name in PASSIVE_VIEWS
        return Sharing.UNSURE if passive else Sharing.COPY
    if not _hashable(function):
        return Sharing.UNSURE
    base = operand(node, kind_of)
    kind = scalar_of(kind_of(base)) if base is not None else None
    keywords = {k.arg for k in node.keywords}
    if function in _COPYING:
        return Sharing.UNSURE if "copy" in keywords else Sharing.COPY
    if function in _COPIES:
        return Sharing.COPY
    if function in _AS_IT_IS:
        return _as_it_is(kind, kind_of(node), keywords)
    if not isinstance(kind, Array):
        return Sharing.UNSURE
    if function in _VIEWS:
        return Sharing.VIEW
    if function is np.einsum and (shows := is_view_by_einsum(node)) is not None:
        return Sharing.VIEW if shows else Sharing.COPY
    if function in _ONTO:
        made = function is np.diag and kind.ndim == 1
        return Sharing.COPY if made else Sharing.ONTO
    if function in (np.ascontiguousarray,) and kind.contiguous and kind.ndim:
        plain = len(node.args) == 1 and not keywords
        return Sharing.VIEW if plain else Sharing.UNSURE
    if function in _RESHAPED or function in _RAVELED:
        return _reshaped(node, base, kind, function, keywords, kind_of)
    if function in (np.real, np.ndarray.real):
        return Sharing.VIEW
    return Sharing.UNSURE


def _is_of_numbers(node: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether what a call is given holds only numbers, or is an array to be copied."""
    copies = len(node.args) == 1 and isinstance(kind_of(node), Array)
    kinds = [scalar_of(kind_of(argument)) for argument in node.args]
    return all(
        isinstance(kind, Scalar | Static)
        or (isinstance(kind, Array) and (copies or kind.ndim == 1))
        or (isinstance(kind, Sequence | List) and all(map(_is_number, parts_of(kind))))
        for kind in kinds
    )


def _is_number(kind: Kind) -> bool:
    return isinstance(scalar_of(kind), Scalar | Static)


def is_immutable(kind: Kind) -> bool:
    """Whether a value is certainly a number, or nothing: no memory to be shared.

    >>> is_immutable(Scalar(np.dtype(float))), is_immutable(List(None))
    (True, False)
    """
    return all(isinstance(scalar_of(k), (Scalar, Static)) for k in alternatives(kind))


def _hashable(function: Any) -> bool:
    try:
        hash(function)
    except TypeError:
        return False
    return True


def _as_it_is(kind: Any, result: Kind, keywords: set[str]) -> Sharing:
    if keywords - {"dtype"}:
        return Sharing.UNSURE
    if isinstance(kind, Scalar | Sequence | List):
        return Sharing.COPY
    if not isinstance(kind, Array) or not isinstance(result, Array):
        return Sharing.UNSURE
    return Sharing.VIEW if kind.dtype == result.dtype else Sharing.COPY


def _reshaped(
    node: Any,
    base: Any,
    kind: Array,
    function: Any,
    keywords: set[str],
    kind_of: Callable[[Any], Kind],
) -> Sharing:
    if keywords - {"shape", "newshape"}:
        return Sharing.UNSURE
    own = operand(node, kind_of) is not (node.args[0] if node.args else None)
    if function in _RAVELED and len(node.args) > (0 if own else 1):
        return Sharing.UNSURE
    if kind.contiguous or (function in _RESHAPED and kind.ndim in (0, 1)):
        return Sharing.VIEW
    if kind.scattered and function in _RAVELED:
        return Sharing.COPY
    result = kind_of(node)
    flat = isinstance(result, Array) and result.ndim == 1
    if flat and _is_turned(base, kind_of):
        return Sharing.COPY
    return Sharing.UNSURE


def _is_turned(node: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether an array is the transpose of one whose rows lie one after the other."""
    if not isinstance(node, gast.Attribute) or node.attr != "T":
        return False
    inner = kind_of(node.value)
    return (
        isinstance(inner, Array)
        and inner.contiguous
        and inner.ndim == 2
        and all(map(_is_several, inner.dims or ()))
    )


def _is_several(dim: Dim) -> bool:
    """Whether a size is certainly more than one."""
    if isinstance(dim, Size):
        return dim.lowest > 1
    return dim is not None and dim > 1
