"""Why an expression cannot be differentiated."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.facts import Facts


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


def require_passive(statement: Any, facts: Facts) -> None:
    """Refuse `del x[k]` and `del o.a` where derivatives may be in what is deleted."""
    for target in statement.targets:
        part = isinstance(target, gast.Subscript | gast.Attribute)
        if part and facts.is_active(target.value, statement):
            raise Refused(statement, "part of an active value is deleted")
