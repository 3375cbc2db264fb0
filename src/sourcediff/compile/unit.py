"""A generated function before it is loaded: its tree, and the objects it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Unit:
    """One generated function.

    `bindings` are the helpers that its text names; `function` is the user's function,
    whose globals and captured variables it shares, and `defaults` the values of that
    function's defaults.
    """

    name: str
    tree: Any
    function: Any
    bindings: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
