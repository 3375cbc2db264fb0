"""Shifts that cancel: the maximum taken off the scores of a log-sum-exp or softmax."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import (
    Calls,
    bindings,
    blocks,
    expressions,
    root,
    walk_statements,
)
from sourcediff.analysis.responses import (
    NotFollowed,
    Response,
    Responses,
    length_of_range,
)
from sourcediff.kinds import Array, Dim, Kind, Scalar
from sourcediff.trees import walk

_EXTREMES = (np.max, np.amax, np.ndarray.max, np.min, np.amin, np.ndarray.min)


def cancelled_shifts(
    body: list[Any],
    kind_of: Callable[[Any], Kind],
    callee: Callable[[Any], Any],
    aliases: Aliases,
    at_end: frozenset[str],
    calls: Calls,
) -> frozenset[Any]:
    """The extremes in a function's body on whose values no result of it depends.

    Whatever `top` is, `np.log(np.sum(np.exp(x - top))) + top` comes to the same: its
    derivative by `top` is zero. To prove it, what a shift of `top` does to every value
    is followed from statement to statement: it adds to one and multiplies another, and
    must have cancelled in all that is returned. `at_end` are names that are of use
    after the last statement.
    """
    found = list(_candidates(body, callee, kind_of, calls))
    if not found:
        return frozenset()
    ranges = _ranges(body, callee, kind_of)
    at_end |= _captured(body)
    cancelled: set[Any] = set()
    for rest, shift in found:
        known: dict[str, Response] = {}
        responses = Responses(shift, kind_of, callee, known, ranges)
        if _Shift(responses, aliases, known).cancels_in(rest, body, at_end):
            cancelled.add(shift)
    return frozenset(cancelled)


def _candidates(
    block: list[Any],
    callee: Callable[[Any], Any],
    kind_of: Callable[[Any], Kind],
    calls: Calls,
) -> Iterator[tuple[list[Any], Any]]:
    """Extremes, and the statements of their blocks from theirs on."""
    for index, statement in enumerate(block):
        for node in calls.of(statement):
            if callee(node) in _EXTREMES:
                kind = kind_of(node)
                if isinstance(kind, Array | Scalar) and kind.dtype.kind == "f":
                    yield block[index:], node
        for inner in blocks(statement):
            yield from _candidates(inner, callee, kind_of, calls)


def _captured(body: list[Any]) -> frozenset[str]:
    """The names that nested functions may read whenever they are called."""
    scopes = gast.FunctionDef | gast.Lambda | gast.ClassDef
    return frozenset(
        node.id
        for statement in body
        for scope in walk(statement)
        if isinstance(scope, scopes)
        for node in walk(scope)
        if isinstance(node, gast.Name)
    )


def _ranges(
    body: list[Any], callee: Callable[[Any], Any], kind_of: Callable[[Any], Kind]
) -> dict[str, Dim]:
    """The lengths of names for `np.arange(n)` that are indices and nothing else."""
    found: dict[str, Dim] = {}
    bound: Counter[str] = Counter()
    indices: set[Any] = set()
    read: list[Any] = []
    for statement in walk_statements(body):
        bound.update(bindings(statement))
        match statement:
            case gast.Assign(targets=[gast.Name(id=identifier)], value=value):
                found[identifier] = length_of_range(value, callee, kind_of)
        for expression in expressions(statement):
            for node in walk(expression):
                if isinstance(node, gast.Subscript):
                    key = node.slice
                    indices.update(key.elts if isinstance(key, gast.Tuple) else [key])
                elif isinstance(node, gast.Name):
                    read.append(node)
    other = {node.id for node in read if node not in indices}
    return {n: d for n, d in found.items() if d and bound[n] == 1 and n not in other}


@dataclass
class _Shift:
    """One extreme, followed from statement to statement."""

    responses: Responses
    aliases: Aliases
    known: dict[str, Response]
    ever: set[str] = field(default_factory=set)

    def cancels_in(
        self, rest: list[Any], body: list[Any], at_end: frozenset[str]
    ) -> bool:
        """Whether all that outlives the statements is the same for every shift."""
        try:
            for statement in rest:
                self._statement(statement)
        except NotFollowed:
            return False
        if self.ever & at_end:
            return False
        is_last = rest[-1] is body[-1]
        return is_last or self._mentions(rest) == self._mentions(body)

    def _mentions(self, block: list[Any]) -> int:
        """How often a block mentions names that ever responded to the shift."""
        return sum(
            isinstance(node, gast.Name) and node.id in self.ever
            for statement in block
            for node in walk(statement)
        )

    def _statement(self, statement: Any) -> None:
        match statement:
            case gast.Assign(targets=[gast.Name(id=identifier)], value=value):
                self._bind(identifier, self.responses.of(value))
            case gast.AugAssign(target=gast.Name(id=identifier) as to, op=op):
                found = self.responses.of(statement.value)
                left = self.known.get(identifier)
                self._require_apart(statement, identifier, bool(found or left))
                if found or left:
                    found = self.responses.combined(to, op, (to, left), statement.value)
                self._bind(identifier, found)
            case gast.Return(value=value):
                if value is not None and self.responses.of(value) is not None:
                    raise NotFollowed
            case gast.Assign(targets=[target]) | gast.AugAssign(target=target):
                self._store(statement, target)
            case _ if self.responses.reads(statement):
                raise NotFollowed

    def _store(self, statement: Any, target: Any) -> None:
        """A store, or several names bound at once: of what the shift leaves alone."""
        if self.responses.reads(target) or self.responses.of(statement.value):
            raise NotFollowed
        for stored in getattr(target, "elts", [target]):
            self._require_apart(statement, root(stored), False)

    def _require_apart(self, statement: Any, name: str | None, followed: bool) -> None:
        """What is written into must share no memory with what is followed."""
        partners = self.aliases.partners(statement, name) if name else frozenset()
        if partners & self.known.keys() or (followed and partners):
            raise NotFollowed

    def _bind(self, identifier: str, found: Response | None) -> None:
        if found is None:
            self.known.pop(identifier, None)
        else:
            self.known[identifier] = found
            self.ever.add(identifier)
