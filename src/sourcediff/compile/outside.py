"""Variables from outside of a function: where they live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import CellType
from typing import Any, TypeAlias

import numpy as np

from sourcediff.analysis.attributes import is_code
from sourcediff.front.source import plain_function
from sourcediff.ir import Program

#: Containers are looked into for the arrays that they hold, up to so many.
MOST_PARTS = 1000


def namespace_of(program: Program, name: str) -> Any:
    """Where a variable from outside lives: a mapping that is read anew each time."""
    plain = plain_function(program.function)
    names = plain.__code__.co_freevars
    cells = dict(zip(names, plain.__closure__ or (), strict=True))
    if name in cells:
        return Cell(cells[name])
    return plain.__globals__ if name in plain.__globals__ else None


def outside(program: Program, name: str) -> tuple[int, str]:
    """What tells a variable from outside from others of its name."""
    found = namespace_of(program, name)
    return (id(found.cell), "") if isinstance(found, Cell) else (id(found), name)


@dataclass(frozen=True)
class Cell:
    """A captured variable, as a mapping."""

    cell: Any

    def get(self, name: str) -> Any:
        """The value of the variable, or None."""
        try:
            return self.cell.cell_contents
        except ValueError:  # not assigned yet
            return None


@dataclass(frozen=True, eq=False)
class Place:
    """A variable outside of functions: where it lives, and its name there."""

    holder: Any
    name: str

    def __hash__(self) -> int:
        return hash((id(self.holder), self.name))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Place):
            return NotImplemented
        return self.holder is other.holder and self.name == other.name

    @property
    def label(self) -> str:
        """How a message calls the variable."""
        whole = getattr(self.holder, "__name__", "a captured variable")
        return self.name or str(whole)

    def value(self) -> Any:
        """What the variable is now, or None."""
        if isinstance(self.holder, CellType):
            return getattr(self.holder, "cell_contents", None)
        if isinstance(self.holder, type):
            return getattr(self.holder, self.name, None)
        return self.holder.get(self.name)

    def is_of_class(self, other: Place) -> bool:
        """Whether both are attributes of a class, and maybe of the same."""
        if not (isinstance(self.holder, type) and isinstance(other.holder, type)):
            return False
        related = issubclass(self.holder, other.holder) or issubclass(
            other.holder, self.holder
        )
        return related and (not self.name or self.name == other.name)


Places: TypeAlias = frozenset[Place]
NOWHERE: Places = frozenset()


def meets(written: Places, read: Places) -> Place | None:
    """A variable that is written and whose memory is read, perhaps by another name."""
    for place in sorted(written, key=lambda place: place.name):
        if place in read or any(map(place.is_of_class, read)):
            return place
        memory = list(parts(place.value()))
        if any(_overlap(memory, list(parts(other.value()))) for other in read):
            return place
    return None


def parts(value: Any) -> Iterator[Any]:
    """The arrays and containers that are reached from a value."""
    pending, seen = [value], set[int]()
    while pending and len(seen) < MOST_PARTS:
        part = pending.pop()
        if id(part) in seen or part is None or is_code(part):
            continue
        seen.add(id(part))
        if isinstance(part, np.ndarray):
            yield part
        elif isinstance(part, list | tuple | dict):
            yield part
            pending += part.values() if isinstance(part, dict) else part
        elif hasattr(part, "__dict__"):
            yield part
            pending += vars(part).values()


def _overlap(some: list[Any], others: list[Any]) -> bool:
    changeable = {id(part) for part in some if not isinstance(part, tuple)}
    if any(id(part) in changeable for part in others):
        return True
    arrays = [part for part in others if isinstance(part, np.ndarray)]
    return any(
        np.may_share_memory(part, other)
        for part in some
        if isinstance(part, np.ndarray)
        for other in arrays
    )
