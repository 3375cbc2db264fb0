"""Whose a function or a class is: the user's, or a library's."""

from __future__ import annotations

import sys
import types
from typing import Any

from sourcediff.rules import has_methods, is_stand_in

_LIBRARIES = {"numpy", "scipy", "sourcediff", *sys.stdlib_module_names}
_FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)


def is_users(function: Any) -> bool:
    """Whether a function or class is the user's, or as good as that: no library's."""
    library = (function.__module__ or "").partition(".")[0]
    return library not in _LIBRARIES or is_stand_in(function)


def is_scipys(value: Any) -> bool:
    """Whether a value is a module of SciPy's, a function, or an object with rules."""
    if isinstance(value, types.ModuleType):
        return value.__name__.partition(".")[0] == "scipy"
    if not isinstance(value, _FUNCTIONS) and not _is_generic(value):
        return has_methods(value)
    return (value.__module__ or "").partition(".")[0] == "scipy"


def _is_generic(value: Any) -> bool:
    """Whether a value is a function of SciPy's that other libraries may implement."""
    return type(value).__module__ == "uarray"
