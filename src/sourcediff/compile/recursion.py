"""Summaries of functions that call themselves: each follows from itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sourcediff.compile.analyse import Environment
from sourcediff.compile.summary import Summary, anything, known_of
from sourcediff.kinds import UNKNOWN, UNSAID, Kind, join, widened

#: A recursion of which nothing settles in so many rounds has a result of any kind.
ROUNDS = 6
#: Recursions whose arguments are of ever other kinds are given up at this depth.
DEEPEST = 24

#: A function's summary for kinds of arguments, and the kinds of what it returns.
Compute = Callable[[Any, Environment], tuple[Summary, list[Kind]]]


@dataclass
class _Entry:
    """A function whose summary is under way; `guess` is what its calls are told."""

    function: Any
    depth: int
    guess: Summary | None = None
    asked: bool = False
    provisional: list[Any] = field(default_factory=list)


class Calls:
    """The summaries of calls, each computed once, or in rounds until it is sure.

    A call of a function that is under way is told a guess. `forget` is told the calls
    whose guesses have changed: what was made of them holds no longer.
    """

    def __init__(self, compute: Compute, forget: Callable[[set[Any]], None]) -> None:
        self._compute = compute
        self._forget = forget
        self._known: dict[Any, Summary] = {}
        self._under_way: dict[Any, _Entry] = {}
        self._lowest = DEEPEST
        #: Functions that call themselves, maybe through others.
        self.recursive: set[Any] = set()

    def general(self, function: Any, environment: Environment) -> dict[str, Kind]:
        """The kinds that a function is compiled for: wider ones in a recursion."""
        if function not in self.recursive:
            return dict(environment)
        return {name: widened(kind) for name, kind in environment.items()}

    def summary(self, function: Any, environment: Environment) -> Summary:
        """What a call of a function with arguments of these kinds comes to."""
        environment = self.general(function, environment)
        key = function, tuple(environment.items())
        known = self._known.get(key)
        if known is not None:
            return known
        entry = self._under_way.get(key)
        if entry is None and any(
            e.function == function for e in self._under_way.values()
        ):
            self.recursive.add(function)
            environment = self.general(function, environment)
            key = function, tuple(environment.items())
            entry = self._under_way.get(key)
            if key in self._known:
                return self._known[key]
        if entry is not None:
            self.recursive.add(function)
            entry.asked = True
            self._lowest = min(self._lowest, entry.depth)
            return entry.guess or Summary(UNKNOWN)
        if len(self._under_way) >= DEEPEST:
            return anything(environment)
        return self._settled(key, function, environment)

    def _settled(self, key: Any, function: Any, environment: Environment) -> Summary:
        entry = self._under_way[key] = _Entry(function, len(self._under_way))
        outer, self._lowest = self._lowest, DEEPEST
        try:
            found = self._rounds(key, entry, environment)
        finally:
            del self._under_way[key]
        self._known[key] = found
        if self._lowest < entry.depth:
            for other in self._under_way.values():
                if other.depth == self._lowest:
                    other.provisional += [key, *entry.provisional]
        else:
            self._lowest = DEEPEST
        self._lowest = min(outer, self._lowest)
        return found

    def _rounds(self, key: Any, entry: _Entry, environment: Environment) -> Summary:
        for count in range(ROUNDS):
            entry.asked = False
            found, returned = self._compute(entry.function, environment)
            if not entry.asked:
                return found
            if entry.guess is None:
                kind = known_of(returned)
                entry.guess = replace(found, kind=kind)
                if kind == found.kind and kind in UNSAID:
                    entry.guess = replace(found, kind=UNKNOWN)
            else:
                kind = join(entry.guess.kind, found.kind)
                merged = entry.guess.join(found, kind)
                if merged == entry.guess:
                    return merged
                entry.guess = merged
                if count >= ROUNDS - 3:
                    entry.guess = replace(merged, kind=UNKNOWN)
            self._start_again(key, entry)
        self._start_again(key, entry)
        return anything(environment)

    def _start_again(self, key: Any, entry: _Entry) -> None:
        changed = {key, *entry.provisional}
        for other in changed:
            self._known.pop(other, None)
        self._forget(changed)
        entry.provisional.clear()
