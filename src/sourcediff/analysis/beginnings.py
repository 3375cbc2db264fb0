"""Variables that begin as a constant number and become arrays: `total = 0.0`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from sourcediff.analysis.effects import bindings, expressions, walk_statements
from sourcediff.kinds import Array, Kind, Scalar, Static, Unknown, scalar_of
from sourcediff.trees import walk


def arrays_when_active(
    body: list[Any],
    parameters: Sequence[str],
    kind_of: Callable[[Any], Kind],
    is_active: Callable[[Any, Any], bool],
) -> frozenset[str]:
    """The names whose values are arrays wherever a derivative flows through them.

    While such a variable is a number still, nobody asks for its cotangent. They are
    operands only, of what has their shape: all that flows to them is an array alike.
    """
    numbers: set[str] = set()
    others = set(parameters)
    read: list[Any] = []
    operands: set[Any] = set()
    for statement in walk_statements(body):
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                kind = scalar_of(kind_of(value))
                if not isinstance(kind, Scalar | Static):
                    others |= set() if isinstance(kind, Array) else {name}
                elif not is_active(value, statement):
                    numbers.add(name)
                else:
                    others.add(name)
            case _:
                others |= bindings(statement)
        for node in (n for e in expressions(statement) for n in walk(e)):
            match node:
                case gast.Name():
                    read.append(node)
                case gast.BinOp(left=left, right=right):
                    operands |= {n for n in (left, right) if _fills(n, node, kind_of)}
    others |= {node.id for node in read if node not in operands}
    return frozenset(numbers - others)


def _fills(operand: Any, node: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether a variable, once it is an array, has the shape of the node."""
    match kind_of(operand), kind_of(node):
        case Unknown(among=(_, Array(dims=dims))), Array(dims=whole):
            return dims is not None and None not in dims and dims == whole
        case Array(dims=dims), Array(dims=whole):
            return dims is not None and None not in dims and dims == whole
        case _:
            return False
