"""Everything that the analyses know of one program, for one signature."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sourcediff.analysis.activity import Activity
from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import Bindings, Calls, store_targets
from sourcediff.analysis.liveness import Liveness
from sourcediff.analysis.sharing import is_immutable
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, Kind


@dataclass(frozen=True)
class Pair:
    """The forward and backward functions of a callee, as its caller sees them.

    `active` are the parameters whose cotangents the backward function returns, in
    order; `written` those that the callee writes into, whose cotangents it takes after
    the result's (`result_active`: it takes one for the result). `needed` are the
    parameters whose contents must be unchanged when it runs, `needs_result` says the
    same of the result. The cotangents of `fresh` parameters are memory of their own.
    """

    forward: str
    backward: str
    parameters: tuple[str, ...]
    active: tuple[str, ...]
    written: tuple[str, ...]
    result_active: bool
    needed: frozenset[str]
    needs_result: bool
    result: Kind = UNKNOWN
    fresh: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facts:
    """The analyses of a program; `pairs` are the callees by their call nodes.

    Activity and liveness are found when they are asked for: what a call comes to is
    known without them.
    """

    program: Program
    kind_of: Callable[[Any], Kind]
    callee: Callable[[Any], Any]
    environment: Callable[[Any], Mapping[str, Kind]]
    written: Callable[[Any], list[Any]]
    aliases: Aliases
    find_activity: Callable[[], Activity]
    find_liveness: Callable[[], Liveness]
    bindings: Bindings
    calls: Calls
    pairs: Mapping[Any, Pair] = field(default_factory=dict)
    _stores: dict[Any, list[Any]] = field(default_factory=dict)

    @functools.cached_property
    def activity(self) -> Activity:
        """Which values depend on the inputs of interest and reach the result."""
        return self.find_activity()

    @functools.cached_property
    def liveness(self) -> Liveness:
        """Which names are read again."""
        return self.find_liveness()

    def is_active(self, node: Any, statement: Any) -> bool:
        """Whether a derivative flows through an expression of a statement."""
        return self.activity.is_active(node, self.activity.names(statement))

    def stores(self, statement: Any) -> list[Any]:
        """The expressions whose memory a statement writes into."""
        found = self._stores.get(statement)
        if found is None:
            found = store_targets(statement, lambda _: self.writes_in_place(statement))
            for node in self.calls[getattr(statement, "value", None)]:
                found = [*found, *self.written(node)]
            self._stores[statement] = found
        return found

    def writes_in_place(self, statement: Any) -> bool:
        """Whether augmented assignment to a name writes into the name's memory.

        Numbers cannot be written into, whatever comes out of the operation.
        """
        kind = self.environment(statement).get(statement.target.id, UNKNOWN)
        return not is_immutable(kind)
