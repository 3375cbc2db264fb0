"""Kinds of calls of functions that are known to be pure: ufuncs, NumPy, probed ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.analysis.arithmetic import as_array, elementwise, matmul
from sourcediff.analysis.builtin_calls import builtin_call, math_call
from sourcediff.analysis.creation import HANDLERS, Keywords, dtype_of
from sourcediff.analysis.draws import DRAWS
from sourcediff.analysis.helper_calls import HELPERS
from sourcediff.analysis.probing import probe
from sourcediff.analysis.purity import is_pure
from sourcediff.analysis.several_results import RESULTS, handler_of_scipy
from sourcediff.kinds import UNKNOWN, Array, Kind, List, Scalar, Sequence, Static

_HANDLERS = {**HANDLERS, **HELPERS, **RESULTS, **DRAWS}
_MATMULS = (np.matmul, np.dot, np.ndarray.dot)


def known_call(
    function: Any, arguments: tuple[Kind, ...], keywords: Keywords
) -> Kind | None:
    """The kind of a call of a function known to have no effect; None if it is not.

    >>> known_call(np.zeros, (Static(3),), {}).dims
    (3,)
    """
    try:
        handler = _HANDLERS.get(function) or handler_of_scipy(function)
    except TypeError:  # unhashable
        return None
    if handler is not None:
        found = handler(arguments, keywords)
        if found is not None:
            return found
    found = builtin_call(function, arguments, keywords)
    if found is not None:
        return found
    found = math_call(function)
    if found is not None:
        return found
    if not is_pure(function):
        return None
    return _pure_call(function, arguments, keywords)


def _pure_call(function: Any, arguments: tuple[Kind, ...], keywords: Keywords) -> Kind:
    out = keywords.get("out")
    if out is not None and out != Static(None):
        return out
    if function in _MATMULS and not keywords and len(arguments) == 2:
        found = _product(function, *arguments)
        if found is not None:
            return found
    if isinstance(function, np.ufunc) and function.signature is None:
        return _ufunc(function, arguments, keywords)
    return probe(function, arguments, keywords)


def _product(function: Any, left: Kind, right: Kind) -> Kind | None:
    left, right = as_array(left), as_array(right)
    if not (isinstance(left, Array) and isinstance(right, Array)):
        return None
    small = all(a.ndim in (1, 2) for a in (left, right))
    return matmul(left, right) if small or function is np.matmul else None


def _ufunc(function: Any, arguments: tuple[Kind, ...], keywords: Keywords) -> Kind:
    if len(arguments) > function.nin:
        return (
            arguments[function.nin] if len(arguments) == function.nin + 1 else UNKNOWN
        )
    if not keywords.keys() <= {"dtype", "out", "where", "casting"}:
        return probe(function, arguments, keywords)
    operands = [
        as_array(kind) if isinstance(kind, Sequence | List) else kind
        for kind in arguments
    ]
    where = keywords.get("where", Static(True))
    if where != Static(True):
        # The mask is broadcast with the operands.
        plain = elementwise(function, operands)
        mask = as_array(where)
        if not isinstance(plain, Array | Scalar) or not isinstance(
            mask, Array | Scalar
        ):
            return UNKNOWN
        return probe(function, arguments, keywords)
    dtype = dtype_of(keywords.get("dtype"), None)
    if dtype is None:
        return UNKNOWN if "dtype" in keywords else elementwise(function, operands)
    return elementwise(function, operands, dtype=dtype)
