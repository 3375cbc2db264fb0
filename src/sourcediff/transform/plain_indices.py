"""Loops over arrays of indices, which walk through them as Python's numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.kinds import Array, Kind
from sourcediff.transform.build import method, name, names_in
from sourcediff.trees import walk, with_children


@dataclass
class PlainIndices:
    """Writes `for i in k.tolist(): … x[i]` for `for i in k: … x[i]`.

    An element of an array is looked up faster by a Python number than by NumPy's. The
    variables must be used as indices only, which both kinds of numbers are alike.
    `kinds` tells what a name may hold.
    """

    kinds: Callable[[str], tuple[Kind, ...]]
    changed: bool = False
    _uses: Counter[str] = field(default_factory=Counter)
    _stores: Counter[str] = field(default_factory=Counter)
    _indices: Counter[str] = field(default_factory=Counter)
    _made: dict[str, Any] = field(default_factory=dict)
    #: By array as it stands in the text, what its elements are bound to …
    _targets: dict[Any, list[Any]] = field(default_factory=dict)
    #: … and the name of the list that it is made into before the loops.
    _lists: dict[Any, str] = field(default_factory=dict)

    def function(self, body: list[Any]) -> list[Any]:
        r"""The body of a function whose loops walk through lists of indices.

        >>> tree = gast.parse("for i, k in enumerate(order):\n    y[i] = x[k]")
        >>> import numpy as np
        >>> orders = Array(np.dtype(int), (3,))
        >>> tree.body = PlainIndices(lambda n: (orders,)).function(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        for i, k in enumerate(order.tolist()):
            y[i] = x[k]
        """
        statements = list(walk_statements(body))
        loops = [s for s in statements if isinstance(s, gast.For)]
        if not loops or not self._walks_through_indices(statements):
            return body
        self._count(body)
        for loop in loops:
            self._resolve(loop.iter, loop.target)
        found = {node for node in self._targets if self._may_be_list(node)}
        if not found:
            return body
        self.changed = True
        for statement in statements:  # where the arrays stand that may be lists
            if isinstance(statement, gast.For):
                statement.iter = _with_lists(statement.iter, found)
            elif _is_list(statement):
                statement.value = _with_lists(statement.value, found)
        return body

    def _walks_through_indices(self, statements: list[Any]) -> bool:
        """Whether an array of integers is named where loops may walk through it."""
        walked = [
            statement.iter if isinstance(statement, gast.For) else statement.value
            for statement in statements
            if isinstance(statement, gast.For) or _is_list(statement)
        ]
        return any(
            _axes_of_integers(kind) is not None
            for node in walked
            for identifier in names_in(node)
            for kind in self.kinds(identifier)
        )

    def _count(self, body: list[Any]) -> None:
        """Count how names are used, and find the lists that are made once."""
        for node in (n for statement in body for n in walk(statement)):
            match node:
                case gast.Name(id=identifier, ctx=gast.Load()):
                    self._uses[identifier] += 1
                case gast.Name(id=identifier):
                    self._stores[identifier] += 1
                case gast.Subscript(slice=key):
                    parts = key.elts if isinstance(key, gast.Tuple) else [key]
                    for part in parts:
                        if isinstance(part, gast.Name):
                            self._indices[part.id] += 1
                case gast.Assign() if _is_list(node):
                    self._made[node.targets[0].id] = node.value

    def _resolve(self, iterable: Any, to: Any, via: str = "") -> None:
        """Note which arrays a loop walks through, and what its items are bound to."""
        match iterable:
            case gast.Call(func=gast.Name(id="enumerate"), args=[inner, *_]):
                if isinstance(to, gast.Tuple) and len(to.elts) == 2:
                    self._resolve(inner, to.elts[1], via)
            case gast.Call(func=gast.Name(id="zip"), args=parts):
                if isinstance(to, gast.Tuple) and len(to.elts) == len(parts):
                    for part, target in zip(parts, to.elts, strict=True):
                        self._resolve(part, target, via)
            case gast.Call(func=gast.Name(id="list" | "reversed"), args=[inner]):
                self._resolve(inner, to, via)
            case gast.Name(id=identifier) if identifier in self._made:
                self._uses[identifier] -= 1
                if self._stores[identifier] == 1:
                    self._resolve(self._made[identifier], to, identifier)
            case gast.Name():
                self._targets.setdefault(iterable, []).append(to)
                self._lists[iterable] = via

    def _may_be_list(self, node: Any) -> bool:
        """Whether nothing but indices comes of what loops walk through."""
        kinds = self.kinds(node.id)
        ndims = {_axes_of_integers(kind) for kind in kinds}
        targets = self._targets[node]
        if ndims == {1}:
            names = targets
        elif ndims == {2} and all(isinstance(to, gast.Tuple) for to in targets):
            names = [part for to in targets for part in to.elts]
        else:
            return False
        if not all(isinstance(part, gast.Name) for part in names):
            return False
        bound = Counter(part.id for part in names)
        return not self._uses[self._lists[node]] and all(
            self._stores[n] == count and self._uses[n] == self._indices[n]
            for n, count in bound.items()
        )


def _is_list(statement: Any) -> bool:
    """Whether a statement is `xs = list(…)`."""
    match statement:
        case gast.Assign(
            targets=[gast.Name()],
            value=gast.Call(func=gast.Name(id="list"), args=[_]),
        ):
            return True
        case _:
            return False


def _axes_of_integers(kind: Kind) -> int | None:
    """The number of axes of an array of integers."""
    is_whole = isinstance(kind, Array) and kind.dtype.kind in "iu"
    return kind.ndim if isinstance(kind, Array) and is_whole else None


def _with_lists(node: Any, found: set[Any]) -> Any:
    if node in found:
        return method(name(node.id), "tolist")
    return with_children(node, lambda child: _with_lists(child, found))
