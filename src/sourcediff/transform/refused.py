"""Why an expression cannot be differentiated."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.facts import Facts
from sourcediff.kinds import Unknown
from sourcediff.trees import clone


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


def number_or_array(statement: Any, kind: Unknown) -> Refused:
    """The refusal of `x op= v` where a number would be bound anew, an array written.

    `kind` is what is known of it: that it is one of both, or nothing.
    """
    if kind.among is None:
        return Refused(statement, "the type of the target is not known here")
    to = clone(statement.target)
    made = gast.BinOp(to, statement.op, clone(statement.value))
    way_out = f"{gast.unparse(to).strip()} = {gast.unparse(made).strip()}"
    cause = "the target may be a number or an array here"
    return Refused(statement, f"{cause}; write {way_out}")


def require_passive(statement: Any, facts: Facts) -> None:
    """Refuse `del x[k]` and `del o.a` where derivatives may be in what is deleted."""
    for target in statement.targets:
        part = isinstance(target, gast.Subscript | gast.Attribute)
        if part and facts.is_active(target.value, statement):
            raise Refused(statement, "part of an active value is deleted")
