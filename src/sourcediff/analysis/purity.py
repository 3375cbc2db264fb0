"""Which functions may be run on made-up arguments: pure ones, that touch nothing."""

from __future__ import annotations

import builtins
import cmath
import math
import types
from typing import Any

import numpy as np

from sourcediff.rules import lookup

#: NumPy functions that read files, keep state, call back, or overrun their memory.
_IMPURE_NAMES = frozenset(
    {
        *("load", "save", "savez", "savez_compressed", "loadtxt", "savetxt"),
        *("genfromtxt", "fromfile", "fromregex", "memmap", "frombuffer", "fromiter"),
        *("from_dlpack", "seterr", "seterrcall", "setbufsize", "set_printoptions"),
        *("printoptions", "errstate", "show_config", "show_runtime", "info", "test"),
        *("as_strided", "apply_along_axis", "apply_over_axes", "piecewise"),
        *("fromfunction", "frompyfunc", "vectorize", "nditer", "nested_iters"),
        *("getbufsize", "geterr", "geterrcall", "get_include", "get_printoptions"),
        *("array2string", "array_repr", "array_str", "base_repr", "binary_repr"),
        *("matrix", "asmatrix", "bmat", "recarray", "chararray", "ndarray"),
        *("set_numeric_ops", "broadcast", "ndenumerate", "ndindex", "flatiter"),
    }
)
#: Functions whose result type depends on the values, not only on the kinds.
_VALUE_TYPED = frozenset(
    {
        *(
            "eig",
            "eigvals",
            "logm",
            "roots",
            "sqrtm",
            "real_if_close",
            "min_scalar_type",
        ),
        *("common_type", "can_cast", "promote_types", "result_type", "poly"),
    }
)
_IMPURE_METHODS = frozenset(
    {
        *("tofile", "dump", "dumps", "setflags", "resize", "tobytes", "newbyteorder"),
        *("__setstate__", "__reduce__", "__reduce_ex__", "__array_interface__"),
        *("getfield", "setfield", "view", "byteswap", "data", "ctypes"),
    }
)
_PURE_BUILTINS = frozenset(
    {
        *(builtins.abs, builtins.round, builtins.divmod, builtins.sum, builtins.any),
        *(builtins.all, builtins.complex, builtins.bool),
    }
)
#: The runtime's helpers that compute cotangents and tangents end so.
_COTANGENTS = ("_bar", "_bars", "_dot", "_parts", "_like")
_PURE_MODULES = frozenset(
    {"numpy", "numpy.linalg", "numpy.fft", "math", "cmath"}
    | {"numpy.lib.stride_tricks", "numpy.lib._stride_tricks_impl"}
)


def is_pure(function: Any) -> bool:
    """Whether a function may be run for nothing but its result.

    >>> [is_pure(f) for f in (np.sum, np.linalg.inv, np.ndarray.sum, np.random.rand)]
    [True, True, True, False]
    >>> is_pure(np.save), is_pure(print), is_pure(lambda x: x)
    (False, False, False)
    """
    name = getattr(function, "__name__", "")
    if isinstance(function, np.ufunc):
        return not all(kinds.strip("O->") == "" for kinds in function.types)
    if isinstance(function, type):
        return issubclass(function, np.number | np.bool_) or function in (complex, bool)
    if isinstance(function, (types.MethodDescriptorType, types.GetSetDescriptorType)):
        home = getattr(function, "__objclass__", None)
        return (
            isinstance(home, type)
            and (
                issubclass(home, np.ndarray | np.generic)
                or home in (int, float, complex)
            )
            and name not in _IMPURE_METHODS
        )
    if name in _IMPURE_NAMES or name in _VALUE_TYPED:
        return False
    bound = getattr(function, "__self__", None)
    if isinstance(bound, np.ufunc):
        return name in ("reduce", "accumulate", "outer", "reduceat") and is_pure(bound)
    module = getattr(function, "__module__", None) or ""
    if module in _PURE_MODULES and not isinstance(function, types.MethodType):
        return _is_numpys_own(function, module, name)
    try:
        if function in _PURE_BUILTINS:
            return True
    except TypeError:  # unhashable
        return False
    rule = lookup(function)
    if module.startswith("sourcediff.runtime") and name.endswith(_COTANGENTS):
        return True
    library = module.startswith(("scipy.", "sourcediff.runtime"))
    return rule is not None and rule.kind != "mutation" and library


def _is_numpys_own(function: Any, module: str, name: str) -> bool:
    """Whether the function that calls itself NumPy's is found there."""
    home: Any = _HOMES.get(module)
    return home is not None and getattr(home, name, None) is function


def has_callbacks(value: Any) -> bool:
    """Whether a static argument is a function, which a call would run."""
    return callable(value) and not isinstance(value, type)


_HOMES: dict[str, Any] = {
    "numpy": np,
    "numpy.linalg": np.linalg,
    "numpy.fft": np.fft,
    "numpy.lib.stride_tricks": np.lib.stride_tricks,
    "numpy.lib._stride_tricks_impl": np.lib.stride_tricks,
    "math": math,
    "cmath": cmath,
}
