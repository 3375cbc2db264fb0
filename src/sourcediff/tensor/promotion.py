"""The type in which tensors of different types meet, which is not always NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor.base import Base, rebuilt
from sourcediff.tensor.record import call

_ORDER = "biufc"


def promoted(args: Any) -> Any:
    """The arguments with tensors in the type in which they meet.

    Of a higher category (bool, integer, float, complex) one tensor is enough; within a
    category those that have axes decide.

    >>> import sourcediff.tensor as st
    >>> left, right = promoted((st.tensor([1, 2]), st.tensor([0.5])))
    >>> left
    tensor([1., 2.])
    >>> promoted((st.tensor([0.5]), st.tensor(2.0, dtype=st.float64)))[1]
    tensor(2.)
    """
    tensors, arrays = _leaves(args)
    dtypes = {tensor.dtype for tensor in tensors}
    if arrays or len(dtypes) < 2 or any(d.kind not in _ORDER for d in dtypes):
        return args
    target = _meeting(tensors)
    return args if target is None else _cast(args, target)


def _leaves(value: Any) -> tuple[list[Any], bool]:
    """The tensors in nested sequences, and whether there are arrays among them."""
    if isinstance(value, Base):
        return [value], False
    if isinstance(value, list | tuple):
        parts = [_leaves(item) for item in value]
        return [t for tensors, _ in parts for t in tensors], any(a for _, a in parts)
    return [], isinstance(value, np.ndarray | np.generic)


def _meeting(tensors: list[Any]) -> Any:
    """The floating type of the result, None for one of integers."""
    floats = [t for t in tensors if t.dtype.kind in "fc"]
    if not floats:
        return None
    complexes = [t for t in floats if t.dtype.kind == "c"]
    decisive = complexes or floats
    wide = [t for t in decisive if t._array.ndim] or decisive
    return np.result_type(*(t.dtype for t in wide))


def _cast(value: Any, target: Any) -> Any:
    if isinstance(value, Base):
        if value.dtype == target or value.dtype.kind == "b":
            return value
        return call(np.ndarray.astype, (value, target), {}, "ToCopyBackward0")
    if isinstance(value, list | tuple):
        return rebuilt(value, [_cast(item, target) for item in value])
    return value
