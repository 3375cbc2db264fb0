"""What kind every value of a program is, found by running it on kinds."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

import gast

from sourcediff.analysis.arithmetic import join_all
from sourcediff.analysis.calls import Ask, Outcome
from sourcediff.analysis.interpreter import Interpreter
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, Kind, Record, Static, widened
from sourcediff.trees import walk

V = TypeVar("V")

#: A function may be inferred so often inside itself before its sizes are forgotten.
DEEPEST = 4
_under_way: ContextVar[tuple[Any, ...]] = ContextVar("under_way", default=())

__all__ = ["Ask", "KindFacts", "Outcome", "infer"]


class KindFacts:
    """The kinds of a program's values, by node of its tree.

    Branches that kinds decide have facts on both sides; `reaches` tells which is taken.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        #: The nodes of the program, as it was then.
        self.nodes: list[Any] = interpreter.nodes
        self._kinds = interpreter.kinds
        self._before = interpreter.starts
        self._callees = interpreter.callees
        self._environments: dict[Any, Mapping[str, Kind]] = {}
        self._live = interpreter.live | {
            inner
            for nested in interpreter.nested.values()
            if nested.escapes
            for inner in walk(nested.node)
            if isinstance(inner, gast.stmt)
        }
        returned = [kind for kind, _ in interpreter.returns]
        self.returned = returned
        self.ends = [env for _, env in interpreter.returns]
        self.result: Kind = join_all(returned) or Static(None)
        self.outcome = Outcome(self.result, interpreter.changes)

    def of_copies(self, copies: Iterable[tuple[Any, Any]]) -> KindFacts:
        """The facts of a copy of the program, by pairs of a node and its copy.

        Nodes are no kinds themselves here: nothing in the program is a function.
        """
        pairs = list(copies)
        made = copy.copy(self)
        made.nodes = [other for _, other in pairs]
        made._kinds = _moved(self._kinds, pairs)
        made._before = _moved(self._before, pairs)
        made._callees = _moved(self._callees, pairs)
        made._live = {other for node, other in pairs if node in self._live}
        made._environments = {}
        return made

    def of(self, node: Any) -> Kind:
        """The kind of an expression; of a target, once it is stored."""
        return self._kinds.get(node, UNKNOWN)

    def has_objects(self) -> bool:
        """Whether there are objects of classes with methods among all values."""
        return any(
            isinstance(kind, Record) and kind.type not in (slice, range)
            for kind in self._kinds.values()
        )

    def objects(self) -> set[Kind]:
        """The kinds of objects with attributes among all values."""
        return {kind for kind in self._kinds.values() if isinstance(kind, Record)}

    def before(self, statement: Any) -> Mapping[str, Kind]:
        """The kinds of names when a statement starts (a loop: when it is entered)."""
        known = self._environments.get(statement)
        if known is None:
            env = self._before.get(statement, {})
            # What a loop iterates over has a name that no program has.
            known = {name: kind for name, kind in env.items() if name[0] != "@"}
            self._environments[statement] = known
        return known

    def reaches(self, statement: Any) -> bool:
        """Whether a statement may be run at all with arguments of these kinds."""
        return statement in self._live

    def callees(self) -> Iterable[Any]:
        """All functions that calls call and attributes stand for, as far as known."""
        return self._callees.values()

    def callee(self, node: Any) -> Any:
        """The function object that a call calls, or the one behind an attribute.

        For a function defined inside the program, its node. None where not known.
        """
        return self._callees.get(node)


def _moved(known: Mapping[Any, V], pairs: list[tuple[Any, Any]]) -> dict[Any, V]:
    """What is known of nodes, of their copies."""
    return {other: known[node] for node, other in pairs if node in known}


def infer(program: Program, environment: Mapping[str, Kind], call: Ask) -> KindFacts:
    """Infer the kinds of all values of a program.

    `environment` gives the kinds of parameters and, where known, of its data; `call`
    the outcome of a user's own function for kinds of arguments. Where that infers the
    same function again, sizes and numbers are left out, so that recursion comes back
    to kinds that were asked for before.
    """
    under_way = _under_way.get()
    if under_way.count(program.function) >= DEEPEST and program.function is not None:
        environment = {name: widened(kind) for name, kind in environment.items()}
    token = _under_way.set((*under_way, program.function))
    try:
        interpreter = Interpreter(program, environment, call)
        if interpreter.block(program.node.body):
            interpreter.returns.append((Static(None), interpreter.env))
    finally:
        _under_way.reset(token)
    return KindFacts(interpreter)
