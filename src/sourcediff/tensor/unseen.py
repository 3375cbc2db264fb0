"""Calls of what computes out of the tape's sight: what it would lose is refused."""

from __future__ import annotations

import struct
import types
from collections.abc import Callable, Mapping
from numbers import Number
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.tensor.base import Base, tensors_in
from sourcediff.tensor.libraries import is_users
from sourcediff.tensor.location import user_location
from sourcediff.tensor.modes import is_grad_enabled, refused, state
from sourcediff.tensor.names import shown_name
from sourcediff.tensor.tracking import plainly, refuse_texts

_MISFITS = (TypeError, AttributeError, struct.error)
#: What gives a value that was there before, by a text.
_BY_NAME = (getattr, setattr)


def guarded(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A call; a library's function must take tracked numbers, or say clearly not.

    >>> import json
    >>> guarded(json.dumps, ([1.5],), {})
    '[1.5]'
    """
    try:
        result = function(*args, **kwargs)
    except _MISFITS as error:
        if _is_librarys(function) and _is_raised_there(error):
            _refuse_tracked(function, args, kwargs, error)
        raise
    if state.texts and _is_librarys(function):
        _refuse_read(function, args, kwargs, result)
    return result


def _is_librarys(function: Any) -> bool:
    known = isinstance(function, types.FunctionType | types.MethodType | type)
    return not known or not is_users(function)


def _is_raised_there(error: BaseException) -> bool:
    """Whether no code of the user's is on the way to where an error was raised."""
    trace = error.__traceback__
    trace = None if trace is None else trace.tb_next
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if is_users(types.SimpleNamespace(__module__=module)):
            return False
        trace = trace.tb_next
    return True


def _refuse_tracked(
    function: Callable[..., Any], args: Any, kwargs: Any, error: Exception
) -> None:
    """Raise LostGradient where only the tape is why a call failed."""
    found = tensors_in(args, kwargs)
    if not is_grad_enabled() or all(tensor.edge is None for tensor in found):
        return
    try:
        function(*plainly(args), **plainly(dict(kwargs)))
    except Exception:  # noqa: BLE001 (it fails without the tape, too)
        return
    construct = f"{shown_name(function)}, which takes plain numbers only,"
    way_out = "write it with NumPy's functions, or take it of stop_gradient(x)"
    raise refused(LostGradient(construct, way_out, user_location())) from error


def _refuse_read(function: Any, args: Any, kwargs: Any, result: Any) -> None:
    """Raise LostGradient where numbers come out of text with tracked ones in it."""
    owner = getattr(function, "__self__", None)
    if function in _BY_NAME or isinstance(owner, Mapping) or not _has_numbers(result):
        return
    refuse_texts((args, tuple(kwargs.values())))


def _has_numbers(value: Any) -> bool:
    """Whether a value is, or holds, a number that is no integer."""
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "fc"
    if isinstance(value, list | tuple):
        return any(map(_has_numbers, value))
    if isinstance(value, dict):
        return any(map(_has_numbers, value.values()))
    return isinstance(value, Number) and not isinstance(value, int | Base)
