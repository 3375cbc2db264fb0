"""Parts of arrays that loops update in place have names: `v = x[k]; v += e`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, blocks, bound_names, root
from sourcediff.transform.build import assign, at, loaded, names_in, same, target
from sourcediff.transform.indifferent import Kinds, is_index


@dataclass
class NamedParts:
    """Names the parts of arrays that loops update, different ones in each turn.

    Python would store a part into its array again after it has been added to.
    `is_array` says which names are looked at, being arrays, `label` how their parts may
    be called.

    >>> tree = gast.parse('''
    ... for i in range(n):
    ...     x[i, 1:] += y[i]
    ...     x[i] += z
    ...     x[1:] += z
    ... ''')
    >>> from sourcediff.kinds import Scalar
    >>> import numpy as np
    >>> whole = (Scalar(np.dtype(int)),)
    >>> parts = NamedParts(lambda n: n == "x", lambda n: whole, lambda n: n + "_part")
    >>> tree.body = parts.block(tree.body, frozenset())
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    for i in range(n):
        x_part = x[i, 1:]
        x_part += y[i]
        x[i] += z
        x[1:] += z
    """

    is_array: Callable[[str], bool]
    kinds: Kinds
    label: Callable[[str], str]

    def block(self, body: list[Any], turning: frozenset[str]) -> list[Any]:
        """The statements of a block; `turning` are the variables of loops around it."""
        out: list[Any] = []
        known: dict[str, Any] = {}  # the parts that have names here
        for statement in body:
            inside = turning
            if isinstance(statement, gast.For):
                inside = turning | set(bound_names(statement.target))
            for inner in blocks(statement):
                inner[:] = self.block(inner, inside)
            match statement:
                case gast.AugAssign(target=gast.Subscript() as part) if set(
                    names_in(part)
                ) & turning and is_view(part, self.is_array, self.kinds):
                    out += at(statement, self._updated(statement, loaded(part), known))
                    continue
                case _:
                    out.append(statement)
            if known:
                bound = assigned_in([statement])
                known = {
                    n: p for n, p in known.items() if not bound & {n, *names_in(p)}
                }
            match statement:
                case gast.Assign(
                    targets=[gast.Name(id=to)], value=gast.Subscript() as part
                ) if is_view(part, self.is_array, self.kinds):
                    known[to] = part
        return out

    def _updated(self, statement: Any, part: Any, known: dict[str, Any]) -> list[Any]:
        """An update of a part of an array as one of a name."""
        found = next((n for n, other in known.items() if same(other, part)), None)
        identifier = found or self.label(root(part) or "")
        known[identifier] = part
        added = gast.AugAssign(target(identifier), statement.op, statement.value)
        return [added] if found else [assign(identifier, part), added]


def is_view(node: Any, is_array: Callable[[str], bool], kinds: Kinds) -> bool:
    """Whether a part is certainly an array that shares memory with its base."""
    match node:
        case gast.Subscript(value=gast.Name(id=base), slice=key):
            return is_array(base) and _is_basic(key, kinds)
        case gast.Subscript(value=gast.Subscript() as inner, slice=key):
            return is_view(inner, is_array, kinds) and _is_basic(key, kinds)
        case _:
            return False


def _is_basic(key: Any, kinds: Kinds) -> bool:
    """Whether a key is of slices, at least one, and of integers."""
    parts = key.elts if isinstance(key, gast.Tuple) else [key]
    return any(isinstance(p, gast.Slice) for p in parts) and all(
        isinstance(p, gast.Slice) or is_index(p, kinds) for p in parts
    )
