"""Whether index arrays select every element at most once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import Bindings, walk_statements
from sourcediff.kinds import UNKNOWN, Array, Kind

#: Functions that make one index array without repeated elements …
_ALONE = (np.arange, np.argsort, np.ndarray.argsort, np.flatnonzero)
#: … and several, no combination of whose elements is repeated.
_TOGETHER = (
    np.tril_indices,
    np.triu_indices,
    np.tril_indices_from,
    np.triu_indices_from,
    np.diag_indices,
    np.diag_indices_from,
    np.nonzero,
)

Callee = Callable[[Any], Any]


def definitions(
    body: list[Any], names: Iterable[str], bindings: Bindings
) -> dict[str, Any]:
    """The assignments of names that are bound once and are never written into."""
    wanted = set(names)
    return {
        name: statement
        for statement in walk_statements(body)
        if isinstance(statement, gast.Assign)
        for name in bindings[statement] & wanted
    }


def is_distinct(
    key: Any,
    kind_of: Callable[[Any], Kind],
    callee: Callee,
    defined: dict[str, Any],
) -> bool:
    """Whether a key that makes a copy certainly selects no element twice.

    `defined` are the only definitions of names that stay as they are.
    """
    parts = key.elts if isinstance(key, gast.Tuple) else [key]
    kinds = [UNKNOWN if isinstance(p, gast.Slice) else kind_of(p) for p in parts]
    if any(isinstance(k, Array) and k.dtype.kind == "b" for k in kinds):
        return True
    vectors = [
        (part, kind)
        for part, kind in zip(parts, kinds, strict=True)
        if not isinstance(part, gast.Slice)
    ]
    if not all(isinstance(k, Array) and k.ndim == 1 for _, k in vectors):
        return False
    found = [p for p, _ in vectors]
    return any(
        _is_call_of(_ALONE, _value(p, defined), callee) for p in found
    ) or _come_together(found, callee, defined)


def _value(node: Any, defined: dict[str, Any]) -> Any:
    """What an index array is computed by."""
    if isinstance(node, gast.Name) and node.id in defined:
        statement = defined[node.id]
        if isinstance(statement.targets[0], gast.Name):
            return statement.value
    return node


def _is_call_of(functions: tuple[Any, ...], node: Any, callee: Callee) -> bool:
    if not isinstance(node, gast.Call) or callee(node) not in functions:
        return False
    return callee(node) is not np.arange or _counts_up(node.args)


def _counts_up(arguments: list[Any]) -> bool:
    """Whether a range has no negative indices, which would mean other elements."""
    *others, last = arguments[:2]
    start = others[0] if others else gast.Constant(0, None)
    if len(arguments) > 2 or isinstance(last, gast.Starred):
        return False
    return isinstance(start, gast.Constant) and start.value >= 0


def _come_together(parts: list[Any], callee: Callee, defined: dict[str, Any]) -> bool:
    """Whether all that one of those functions has made is among the indices."""
    given = {p.id for p in parts if isinstance(p, gast.Name)}
    for name in given & defined.keys():
        target, value = defined[name].targets[0], defined[name].value
        if isinstance(target, gast.Tuple) and _is_call_of(_TOGETHER, value, callee):
            names = {e.id for e in target.elts if isinstance(e, gast.Name)}
            if len(names) == len(target.elts) and names <= given & defined.keys():
                return True
    return False
