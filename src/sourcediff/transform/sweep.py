"""The two sweeps side by side: each primal statement with its adjoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(eq=False)
class Step:
    """A simple statement.

    `forward` replaces it in the forward sweep. In the reverse sweep `post` runs first,
    in the state after the statement; then what it overwrote is restored; then `pre`
    runs, in the state before it. `kills` are the names that `forward` binds, `stores`
    the targets through which it writes.
    """

    statement: Any
    forward: list[Any]
    post: list[Any] = field(default_factory=list)
    pre: list[Any] = field(default_factory=list)
    kills: set[str] = field(default_factory=set)
    stores: list[Any] = field(default_factory=list)
    undo: list[Any] = field(default_factory=list)
    saved: list[Any] = field(default_factory=list)
    restored: list[Any] = field(default_factory=list)
    appended: Any = None
    held: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Block:
    """A sequence. `at_exit` runs when the reverse sweep enters, `at_entry` at its end.

    `final` is what is evaluated after that, of a function's own block.
    """

    nodes: list[Node] = field(default_factory=list)
    at_exit: list[Any] = field(default_factory=list)
    at_entry: list[Any] = field(default_factory=list)
    final: list[Any] = field(default_factory=list)
    kept: dict[Any, list[Any]] = field(default_factory=dict)
    restored: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Branch:
    """An `if`: `decide` computes its test in the forward sweep, where that is kept."""

    statement: Any
    decide: list[Any]
    test: Any
    reverse_test: Any
    then: Block
    otherwise: Block
    kills: set[str] = field(default_factory=set)
    saved: list[Any] = field(default_factory=list)
    restored: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Loop:
    """A `for` or `while`.

    `before` runs before it in the forward sweep, `first` at the start of its body;
    `at_exit` runs before its reversal; `reverse_iter` is what the reverse sweep iterates over (None: no reverse loop).
    """

    statement: Any
    body: Block
    before: list[Any] = field(default_factory=list)
    first: list[Any] = field(default_factory=list)
    at_exit: list[Any] = field(default_factory=list)
    iterable: Any = None
    reverse_iter: Any = None
    reverse_target: Any = None
    kills: set[str] = field(default_factory=set)
    saved: list[Any] = field(default_factory=list)
    restored: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Context:
    """A `with` block around both sweeps."""

    statement: Any
    body: Block


Node: TypeAlias = Step | Branch | Loop | Context
