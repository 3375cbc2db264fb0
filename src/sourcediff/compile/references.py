"""The names by which generated code refers to NumPy and to helpers."""

from __future__ import annotations

import builtins
import types
from typing import Any

from sourcediff import runtime
from sourcediff.analysis.facts import Facts
from sourcediff.transform.build import name
from sourcediff.transform.names import Names


class References:
    """The names by which generated code refers to NumPy and to helpers."""

    def __init__(self, facts: Facts, names: Names) -> None:
        self._names = names
        self.bindings: dict[str, Any] = {}
        self._by_id: dict[int, str] = {}
        for key, value in facts.program.statics.items():
            if isinstance(value, types.ModuleType) or _is_helper(value):
                self._by_id.setdefault(id(value), key)

    def __call__(self, value: Any, label: str) -> Any:
        """The expression for an object; without one, for a helper of that name."""
        if value is None:
            value = getattr(runtime, label)
        if getattr(builtins, label, None) is value:
            return name(label)
        known = self._by_id.get(id(value))
        if known is None:
            known = self._names.fresh(label)
            self._by_id[id(value)] = known
            self.bindings[known] = value
        return name(known)


def _is_helper(value: Any) -> bool:
    """Whether a program names a helper itself, as programs of our own do."""
    module = getattr(value, "__module__", None) or ""
    return module.startswith("sourcediff.runtime.")
