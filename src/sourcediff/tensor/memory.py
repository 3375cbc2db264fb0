"""Who wrote into which memory, and when, to find saved values that were overwritten."""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from sourcediff.errors import Location
from sourcediff.runtime.structure import owner_of
from sourcediff.tensor.location import user_location
from sourcediff.tensor.node import Node, clock


class Writes:
    """The writes into one piece of memory, in order.

    A write is forgotten when a later one covers the same bytes, since whoever asks for
    it would find that one as well.
    """

    def __init__(self) -> None:
        self.count = 0
        self.stamps: list[int] = []
        self.lows: list[int] = []
        self.highs: list[int] = []
        self.places: list[Location | None] = []
        self.recent: deque[int] = deque(maxlen=1000)
        self.limit = 64
        self.table: tuple[Any, Any, Any] | None = None

    def add(self, array: Any) -> None:
        """Note a write into the elements of `array`."""
        low, high = byte_bounds(array)
        columns = self.stamps, self.lows, self.highs, self.places
        while self.lows and low <= self.lows[-1] and self.highs[-1] <= high:
            for column in columns:
                column.pop()
        if len(self.stamps) > self.limit:
            self._compact()
        self.count += 1
        self.stamps.append(clock())
        self.lows.append(low)
        self.highs.append(high)
        self.places.append(user_location())
        self.recent.append(self.stamps[-1])
        self.table = None

    def _compact(self) -> None:
        """Keep the last write alone of those to the same bytes."""
        latest = {
            region: k
            for k, region in enumerate(zip(self.lows, self.highs, strict=True))
        }
        kept = sorted(latest.values())
        self.stamps = [self.stamps[k] for k in kept]
        self.lows = [self.lows[k] for k in kept]
        self.highs = [self.highs[k] for k in kept]
        self.places = [self.places[k] for k in kept]
        self.limit = 2 * len(kept) + 64

    def since(self, number: int, array: Any) -> int | None:
        """The index of the first known write after `number` that meets `array`."""
        if not self.stamps or self.stamps[-1] < number:
            return None
        if self.table is None:
            columns = (self.stamps, self.lows, self.highs)
            stamps, lows, highs = (np.array(column) for column in columns)
            self.table = stamps, lows, highs
        stamps, lows, highs = self.table
        first = int(np.searchsorted(stamps, number))
        low, high = byte_bounds(array)
        met = (lows[first:] < high) & (highs[first:] > low)
        return first + int(np.argmax(met)) if met.any() else None

    def before(self, number: int) -> int:
        """How many writes there were before `number`."""
        return self.count - sum(stamp > number for stamp in self.recent)


class _Registry:
    """The writes by the object that owns the memory; forgotten together with it."""

    def __init__(self) -> None:
        self.writes: dict[int, tuple[Any, Writes]] = {}
        self.last = 0

    def of(self, array: Any) -> Writes | None:
        """The writes into the memory of `array`, None if there were none."""
        found = self.writes.get(id(owner_of(array)))
        return None if found is None else found[1]

    def note(self, array: Any) -> None:
        """Note that `array` has just been written."""
        holder = owner_of(array)
        key = id(holder)
        if key not in self.writes:
            forget = self.writes.pop
            reference = weakref.ref(holder, lambda _: forget(key, None))
            self.writes[key] = (reference, Writes())
        writes = self.writes[key][1]
        if array.size:
            writes.add(array)
            self.last = writes.stamps[-1]


registry = _Registry()


def apart(array: Any) -> Any:
    """The same memory under another owner, whose writes are counted on their own."""
    return np.asarray(memoryview(array)) if array.size else array.copy()


def version(array: Any) -> int:
    """How often the memory of `array` was written."""
    writes = registry.of(array)
    return 0 if writes is None else writes.count


def check(node: Node) -> None:
    """Raise RuntimeError if a value that the node saved was overwritten since."""
    for array in node.saved_arrays():
        writes = registry.of(array)
        if writes is None:
            continue
        index = writes.since(node.number, array)
        if index is not None:
            raise RuntimeError(_overwritten(node, array, writes, index))


def _overwritten(node: Node, array: Any, writes: Writes, index: int) -> str:
    shape = list(array.shape)
    expected = writes.before(node.number)
    place, trace = writes.places[index], node.trace
    saved = f"It was saved at {trace}" if trace else "It was saved earlier"
    hint = (
        "Write with an operation that makes a new tensor (x = x + 1 for x += 1), or "
        "use a clone of the value."
    )
    if not trace:
        hint += " Under autograd.detect_anomaly() the line that saved it is named too."
    return (
        "one of the variables needed for gradient computation has been modified by an "
        f"inplace operation: [{array.dtype} tensor of shape {shape}], needed by "
        f"{node.name()}, is at version {writes.count}; expected version "
        f"{expected} instead. {saved}, and overwritten at {place}. {hint}"
    )
