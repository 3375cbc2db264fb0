"""What a random program knows of its variables while it is written."""

from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]
SHAPES: tuple[Shape, ...] = ((3,), (4,), (5,), (2, 3), (3, 2), (3, 3))


@dataclass(frozen=True)
class Number:
    """A float."""


@dataclass(frozen=True)
class Index:
    """An integer in `range(low, high)`."""

    low: int
    high: int


@dataclass(frozen=True)
class Flag:
    """A truth value."""


@dataclass(frozen=True)
class Array:
    """An array of floats of a known shape."""

    shape: Shape


@dataclass(frozen=True)
class Numbers:
    """A list of at least `length` floats."""

    length: int


@dataclass(frozen=True)
class Arrays:
    """A list of arrays of one shape."""

    shape: Shape
    length: int


@dataclass(frozen=True)
class Table:
    """A dict with constant keys."""

    items: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Helper:
    """A function of the module: the kinds of its parameters and of its results."""

    name: str
    parameters: tuple[Any, ...]
    results: tuple[Any, ...]


@dataclass
class Scope:
    """The variables that are bound for sure, and the text written so far."""

    variables: dict[str, Any] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    loops: int = 0
    result: Any = None

    def names(self, kind: type) -> list[str]:
        """The variables of a class of kinds."""
        return [n for n, k in self.variables.items() if isinstance(k, kind)]

    def arrays(self, shape: Shape | None = None, ndim: int | None = None) -> list[str]:
        """The arrays of a shape or of a number of dimensions."""
        return [
            name
            for name, kind in self.variables.items()
            if isinstance(kind, Array)
            and shape in (None, kind.shape)
            and ndim in (None, len(kind.shape))
        ]

    def write(self, line: str) -> None:
        """One line at the present depth."""
        self.lines.append("    " * self.depth + line)
