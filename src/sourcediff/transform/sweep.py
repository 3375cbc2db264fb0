"""The two sweeps side by side: each primal statement with its adjoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import gast

from sourcediff.transform.build import names_in


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
    """  # noqa: E501

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


def target_names(statement: Any) -> list[str]:
    """The names that a loop binds to its items."""
    if isinstance(statement, gast.For):
        return list(names_in(statement.target))
    return []


def killed(block: Block) -> set[str]:
    """The names that a block binds."""
    return {n for node in block.nodes for n in killed_by(node)}


def killed_by(node: Node) -> set[str]:
    """The names that a node binds."""
    match node:
        case Step(kills=kills, undo=undo):
            return kills | {
                n
                for s in undo
                if isinstance(s, gast.Assign)
                for n in names_in(s.targets[0])
            }
        case Branch(kills=kills, then=then, otherwise=otherwise):
            return kills | killed(then) | killed(otherwise)
        case Loop(kills=kills, body=body):
            return kills | killed(body)
        case Context(body=body):
            return killed(body)


def is_idle(block: Block) -> bool:
    """Whether a block certainly leaves nothing for the reverse sweep to do."""
    return not (block.at_entry or block.at_exit) and all(
        isinstance(n, Step)
        and not (n.pre or n.post or n.kills or n.stores or n.undo or n.held)
        for n in block.nodes
    )


def leaves_loop(node: Node) -> bool:
    """Whether a path through a node leaves the loop around it."""
    match node:
        case Step(statement=statement):
            return isinstance(statement, gast.Break | gast.Continue | gast.Raise)
        case Branch(then=then, otherwise=otherwise):
            return any(
                leaves_loop(arm.nodes[-1]) for arm in (then, otherwise) if arm.nodes
            )
        case Context(body=body):
            return bool(body.nodes) and leaves_loop(body.nodes[-1])
        case _:
            return False


def certainly_binds(node: Node, identifier: str) -> bool:
    """Whether a node binds a name on every path."""
    match node:
        case Step(kills=kills):
            return identifier in kills
        case Branch(kills=kills, then=then, otherwise=otherwise):
            return identifier in kills or all(
                any(certainly_binds(n, identifier) for n in arm.nodes)
                for arm in (then, otherwise)
            )
        case Loop(kills=kills, statement=statement):
            return identifier in kills and identifier not in target_names(statement)
        case Context(body=body):
            return any(certainly_binds(n, identifier) for n in body.nodes)


def steps_of(block: Block) -> Iterator[Step]:
    """Every simple statement of a block and of the blocks inside it."""
    for node in block.nodes:
        match node:
            case Step():
                yield node
            case Branch(then=then, otherwise=otherwise):
                yield from steps_of(then)
                yield from steps_of(otherwise)
            case Loop(body=body) | Context(body=body):
                yield from steps_of(body)
