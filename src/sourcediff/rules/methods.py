"""Which methods tell that a value is an array."""

from __future__ import annotations

import functools

import numpy as np

from sourcediff.rules.declare import lookup

_BUILTINS = (list, dict, set, tuple, str, bytes, int, float, complex)
_PROTOCOLS = (
    *("__array_ufunc__", "__array__", "__getattr__", "__add__", "__radd__", "__sub__"),
    *("__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__", "__pow__"),
    *("__rpow__", "__matmul__", "__rmatmul__", "__neg__"),
)
_KINDS = ("linear", "multilinear", "rule", "elementwise")


@functools.cache
def array_methods() -> frozenset[str]:
    """The methods with a derivative that arrays have, and nothing of Python's own.

    >>> "sum" in array_methods(), "copy" in array_methods(), "sort" in array_methods()
    (True, False, False)
    """
    return frozenset(name for name in dir(np.ndarray) if _is_of_arrays(name))


def is_array_like(kind: type) -> bool:
    """Whether objects of a class have methods of arrays, or compute in their own way.

    >>> is_array_like(np.ndarray), is_array_like(float), is_array_like(slice)
    (True, True, False)
    """
    return any(hasattr(kind, name) for name in (*_PROTOCOLS, *array_methods()))


def _is_of_arrays(name: str) -> bool:
    if name.startswith("_") or any(hasattr(kind, name) for kind in _BUILTINS):
        return False
    rule = lookup(getattr(np.ndarray, name))
    return rule is not None and rule.kind in _KINDS
