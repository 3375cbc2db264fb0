"""Which names are certainly bound when a statement starts."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.effects import Bindings

Bound = frozenset[str]


class DefiniteBinding:
    r"""The names bound on every path to a statement.

    >>> body = gast.parse("y = 1\nif y:\n    z = 2\nw = y").body
    >>> sorted(DefiniteBinding(body, frozenset()).before(body[2]))
    ['y']
    """

    def __init__(
        self, body: list[Any], parameters: Bound, bindings: Bindings | None = None
    ) -> None:
        self._bindings = Bindings() if bindings is None else bindings
        self._before: dict[Any, Bound] = {}
        self.at_end = self._block(body, parameters)

    def before(self, statement: Any) -> Bound:
        """The names certainly bound when the statement starts."""
        return self._before.get(statement, frozenset())

    def _block(self, body: list[Any], bound: Bound) -> Bound:
        for statement in body:
            self._before[statement] = bound
            bound = self._after(statement, bound)
        return bound

    def _after(self, statement: Any, bound: Bound) -> Bound:
        match statement:
            case gast.If(body=body, orelse=orelse):
                first = self._block(body, bound)
                second = self._block(orelse, bound)
                if body and isinstance(body[-1], _EXITS):
                    return second
                if orelse and isinstance(orelse[-1], _EXITS):
                    return first
                return first & second
            case gast.For(body=body):
                self._block(body, bound | self._bindings[statement])
                return bound
            case gast.While(body=body):
                self._block(body, bound)
                return bound
            case gast.With(body=body):
                return self._block(body, bound | self._bindings[statement])
            case gast.Delete(targets=targets):
                gone = {t.id for t in targets if isinstance(t, gast.Name)}
                return bound - gone
            case _:
                return bound | self._bindings[statement]


_EXITS = (gast.Break, gast.Continue, gast.Return, gast.Raise)
