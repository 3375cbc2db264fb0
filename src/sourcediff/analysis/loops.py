"""Runs loops on kinds, until the kinds of names stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gast

from sourcediff.analysis.calls import Ask
from sourcediff.analysis.containers import holds
from sourcediff.analysis.creation import range_dim
from sourcediff.analysis.dims import minimum
from sourcediff.analysis.expressions import truth
from sourcediff.analysis.memory import Env, join_envs, merge_envs, names_in
from sourcediff.analysis.nested_calls import NestedCalls
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, Array, Kind, Record, Sequence, Static
from sourcediff.trees import statements_in

#: Loops that have not settled after so many rounds lose what still changes.
ROUNDS = 8
#: Loops of so few known trips are also run trip by trip.
FEW = 8


class Loops(NestedCalls):
    """An evaluator that runs loops."""

    def __init__(
        self, program: Program, environment: Mapping[str, Kind], ask: Ask
    ) -> None:
        super().__init__(program, environment, ask)
        self._unrolling = False

    def evaluate(self, node: Any) -> Kind:
        """The kind of an expression whose parts may change what other parts read."""
        start = self.env
        for _ in range(ROUNDS):
            mutations = self.mutations
            kind = self.kind(node)
            last = self.mutations
            if isinstance(node, gast.Call):
                last = self.mutations_before_call
            if last == mutations:
                return kind
            merged = join_envs(start, self.env)
            if merged == start:
                return kind
            self.env = start = merged
        self.forget(names_in(node))
        self.kind(node)
        return UNKNOWN

    def for_(self, statement: Any) -> bool:
        """Run a `for` loop."""
        item = self._first_item(statement.iter)
        kind = self.kinds[statement.iter]
        items = few_items(kind)
        start = self.env
        # What is iterated over may grow on the way: it gets a name of its own.
        place = f"@{id(statement)}"
        reached = [
            kind,
            *(
                self.kinds.get(n, UNKNOWN)
                for n in parts_of(statement.iter, self.callees.get)
            ),
        ]
        held = Sequence(tuple, tuple(reached))
        watched = any(map(holds, reached))
        if watched:
            self.env = {**start, place: held}
            self.unite((place, *names_in(statement.iter)))

        def enter() -> bool:
            same = not watched or self.env[place] == held
            self.bind(statement.target, item if same else UNKNOWN, statement.iter)
            return True

        sure = self._is_never_empty(statement.iter)
        going_on = self._loop(statement, enter, at_least_once=sure)
        lost = any(self.env.get(name) != kind for name, kind in start.items())
        plain = not statement.orelse and not has_jumps(statement.body)
        if watched:
            plain = plain and self.env[place] == held
            self.env = {n: k for n, k in self.env.items() if n != place}
        if items and lost and plain and not self._unrolling:
            return self._unrolled(statement, items, start)
        return going_on

    def _first_item(self, node: Any) -> Kind:
        """The kind of the items of an iterable when the loop starts."""
        mutations = self.mutations
        self.evaluate(node)
        item = self.item_of(node)
        return item if mutations == self.mutations else UNKNOWN

    def _is_never_empty(self, node: Any) -> bool:
        """Whether a loop over an expression has at least one trip."""
        match self.kinds[node]:
            case Array(dims=dims) if dims:
                return minimum(dims[0]) > 0
            case Sequence(items=items):
                return bool(items)
            case Record(type=t, fields=fields) if t is range:
                return minimum(range_dim(tuple(kind for _, kind in fields))) > 0
        if isinstance(node, gast.Call) and node.args:
            if self.callees.get(node) in (enumerate, reversed):
                return self._is_never_empty(node.args[0])
            if self.callees.get(node) is zip:
                return all(map(self._is_never_empty, node.args))
        return False

    def _enter(self, statement: Any, item: Kind) -> bool:
        self.bind(statement.target, item, statement.iter)
        return True

    def _unrolled(self, statement: Any, items: tuple[Kind, ...], start: Env) -> bool:
        """Run the few trips of a loop one by one, to know more of what it leaves.

        What is noted of its body stays what holds for all trips.
        """
        self.env = start
        self._unrolling = True
        with self.noting(False):
            going_on = all(
                self._enter(statement, item) and self.block(statement.body)
                for item in items
            )
        self._unrolling = False
        return going_on

    def while_(self, statement: Any) -> bool:
        """Run a `while` loop."""

        def enter() -> bool:
            return truth(self.evaluate(statement.test)) is not False

        forever = (
            isinstance(statement.test, gast.Constant)
            and truth(Static(statement.test.value)) is True
        )
        return self._loop(statement, enter, forever)

    def _loop(
        self,
        statement: Any,
        enter: Callable[[], bool],
        forever: bool = False,
        at_least_once: bool = False,
    ) -> bool:
        """Run a loop's body until nothing changes; `enter` begins each trip."""
        head = self.env
        for trip in range(10 * ROUNDS):
            version = self.regions.version + self.same.version
            self.env = head
            self.breaks.append([])
            self.continues.append([])
            ends = []
            if enter():
                exhausted = self.env if isinstance(statement, gast.While) else head
                if self.block(statement.body):
                    ends.append(self.env)
            else:
                exhausted = self.env
            ends += self.continues.pop()
            breaks = self.breaks.pop()
            merged = head
            for end in ends:
                merged = join_envs(merged, end)
            if merged == head and version == self.regions.version + self.same.version:
                break
            if trip >= ROUNDS:
                merged = {
                    n: k if head.get(n) == k else UNKNOWN for n, k in merged.items()
                }
            head = merged
        if forever or (at_least_once and not ends):
            leaving = []
        else:
            leaving = [merge_envs(ends) if at_least_once else exhausted]
        if leaving and statement.orelse:
            self.env = leaving[0]
            leaving = [self.env] if self.block(statement.orelse) else []
        return self.continue_from(leaving + breaks)

    def break_(self, statement: Any) -> bool:
        """Leave the loop."""
        self.breaks[-1].append(self.env)
        return False

    def continue_(self, statement: Any) -> bool:
        """Go on with the next trip."""
        self.continues[-1].append(self.env)
        return False


def few_items(kind: Kind) -> tuple[Kind, ...]:
    """The items of a short tuple, list or range; nothing if they are many."""
    if isinstance(kind, Sequence):
        return kind.items if len(kind.items) <= FEW else ()
    if isinstance(kind, Record) and kind.type is range:
        bounds = [k.value for _, k in kind.fields if isinstance(k, Static)]
        if len(bounds) == 3 and all(type(b) is int for b in bounds) and bounds[2]:
            steps = range(*bounds)
            return tuple(map(Static, steps)) if len(steps) <= FEW else ()
    return ()


#: What these give is all there before the first trip.
_AT_ONCE = (range, len, list, tuple, sorted, set, dict, min, max, sum)


def parts_of(node: Any, callee: Callable[[Any], Any]) -> list[Any]:
    """The iterables inside `zip(…)`, `enumerate(…)` and the like."""
    if not isinstance(node, gast.Call) or callee(node) in _AT_ONCE:
        return []
    inner = [part for a in node.args for part in parts_of(a, callee)]
    receiver = [node.func.value] if isinstance(node.func, gast.Attribute) else []
    return [*node.args, *receiver, *inner]


def has_jumps(body: list[Any]) -> bool:
    """Whether statements may leave their loop, or the function."""
    return any(
        isinstance(node, gast.Break | gast.Continue | gast.Return)
        for statement in body
        for node in statements_in(statement)
    )
