"""The names by which generated code refers to NumPy and to helpers."""

from __future__ import annotations

import builtins
import math
import types
from typing import Any

from sourcediff import runtime
from sourcediff.analysis.facts import Facts
from sourcediff.transform.build import attribute, name
from sourcediff.transform.names import Names


class References:
    """The names by which generated code refers to NumPy and to helpers."""

    def __init__(self, facts: Facts, names: Names) -> None:
        self._names = names
        self.bindings: dict[str, Any] = {}
        self._by_id: dict[int, str] = {}
        for key, value in facts.program.statics.items():
            if isinstance(value, types.ModuleType) or _is_called_by_name(value):
                self._by_id.setdefault(id(value), key)

    def __call__(self, value: Any, label: str) -> Any:
        """The expression for an object; without one, for a helper of that name."""
        if value is None:
            value = getattr(runtime, label)
        if getattr(builtins, label, None) is value:
            return name(label)
        known = self._by_id.get(id(value))
        if known is None and _is_of_math(value):
            return attribute(self(math, "math"), value.__name__)
        if known is None:
            known = self._names.fresh(label)
            self._by_id[id(value)] = known
            self.bindings[known] = value
        return name(known)


def _is_called_by_name(value: Any) -> bool:
    """Whether generated code calls a function by the name that a program has for it.

    Those are functions of `math`, and helpers, which programs of our own name.
    """
    module = getattr(value, "__module__", None) or ""
    return _is_of_math(value) or module.startswith("sourcediff.runtime.")


def _is_of_math(value: Any) -> bool:
    is_function = isinstance(value, types.BuiltinFunctionType)
    return is_function and value.__module__ == math.__name__
