"""Which names are read again: live variables, after every statement."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.effects import Bindings, reads
from sourcediff.trees import walk

Live = frozenset[str]
NOTHING: Live = frozenset()


class Liveness:
    r"""Live names before and after each statement of a body.

    >>> body = gast.parse("y = x * 2\nz = y + w").body
    >>> live = Liveness(body, frozenset({"z"}))
    >>> sorted(live.before(body[0])), sorted(live.after(body[0]))
    (['w', 'x'], ['w', 'y'])
    """

    def __init__(
        self,
        body: list[Any],
        at_end: Live = NOTHING,
        bindings: Bindings | None = None,
    ) -> None:
        if bindings is None:
            bindings = Bindings([node for s in body for node in walk(s)])
        self._bindings = bindings
        self._before: dict[Any, Live] = {}
        self._after: dict[Any, Live] = {}
        self._read: dict[Any, set[str]] = {}
        self._breaks: list[Live] = []
        self._continues: list[Live] = []
        self._end = at_end
        self.entry = self._block(body, at_end)

    def before(self, statement: Any) -> Live:
        """The names live when the statement starts."""
        return self._before.get(statement, NOTHING)

    def after(self, statement: Any) -> Live:
        """The names live when the statement has ended."""
        return self._after.get(statement, NOTHING)

    def _block(self, body: list[Any], live: Live) -> Live:
        for statement in reversed(body):
            self._after[statement] = self._after.get(statement, NOTHING) | live
            live = self._statement(statement, live)
            self._before[statement] = self._before.get(statement, NOTHING) | live
        return live

    def _statement(self, statement: Any, live: Live) -> Live:
        match statement:
            case gast.If(body=body, orelse=orelse):
                inside = self._block(body, live) | self._block(orelse, live)
                return inside | reads(statement)
            case gast.For() | gast.While():
                return self._loop(statement, live)
            case gast.With(body=body):
                return (self._block(body, live) - self._bindings[statement]) | reads(
                    statement
                )
            case gast.Return():
                return frozenset(reads(statement)) | self._end
            case gast.Break():
                return self._breaks[-1]
            case gast.Continue():
                return self._continues[-1]
            case gast.Raise():
                return frozenset(reads(statement))
            case _:
                return (live - self._bindings[statement]) | self._reads(statement)

    def _reads(self, statement: Any) -> set[str]:
        """What a statement reads; found out once in a loop's many rounds."""
        if statement not in self._read:
            self._read[statement] = reads(statement)
        return self._read[statement]

    def _loop(self, statement: Any, live: Live) -> Live:
        bound = self._bindings[statement]
        again = reads(statement) if isinstance(statement, gast.While) else set()
        head = live | again
        self._breaks.append(live)
        while True:
            self._continues.append(head)
            body = self._block(statement.body, head) - bound
            self._continues.pop()
            if body <= head:
                break
            head |= body
        self._breaks.pop()
        return head | reads(statement)
