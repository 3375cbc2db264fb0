"""Why an expression cannot be differentiated."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An expression that the compiler cannot differentiate: `node`, cause, way out."""

    def __init__(self, node: Any, cause: str) -> None:
        super().__init__(cause)
        self.node = node
        self.cause = cause


class NoRule(Refused):
    """A call of a function that has no derivative rule."""

    def __init__(self, node: Any, function: Any) -> None:
        label = getattr(function, "__name__", repr(function))
        super().__init__(node, f"{label} has no derivative rule")
        self.function = function
