"""Variables that begin as a constant number and become arrays: `total = 0.0`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from sourcediff.analysis.effects import bindings, walk_statements
from sourcediff.kinds import Array, Kind, Scalar, Static, scalar_of


def arrays_when_active(
    body: list[Any],
    parameters: Sequence[str],
    kind_of: Callable[[Any], Kind],
    is_active: Callable[[Any, Any], bool],
) -> frozenset[str]:
    """The names whose values are arrays wherever a derivative flows through them.

    While such a variable is a number still, nobody asks for its cotangent.
    """
    numbers: set[str] = set()
    others = set(parameters)
    for statement in walk_statements(body):
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                kind = scalar_of(kind_of(value))
                if isinstance(kind, Scalar | Static) and not is_active(
                    value, statement
                ):
                    numbers.add(name)
                elif not isinstance(kind, Array):
                    others.add(name)
            case _:
                others |= bindings(statement)
    return frozenset(numbers - others)
