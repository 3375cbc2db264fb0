"""Variables from outside of a function: where they live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sourcediff.front.source import plain_function
from sourcediff.ir import Program


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
