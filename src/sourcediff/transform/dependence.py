"""Whether a store destroys elements that the reverse sweep will still read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast


@dataclass(frozen=True)
class LoopSpace:
    """One loop around a statement: its variable and the direction it moves in.

    `direction` is 0 where that is not known; `changed` are the names bound inside,
    `least` is the expression of the variable's smallest value.
    """

    statement: Any
    variable: str | None
    direction: int
    changed: frozenset[str]
    least: Any = None

    @staticmethod
    def of(statement: Any, changed: set[str]) -> LoopSpace:
        """The loop of a `for` or `while` statement."""
        variable, direction, least = None, 0, None
        match statement:
            case gast.For(
                target=gast.Name(id=identifier),
                iter=gast.Call(func=gast.Name(id="range"), args=arguments),
            ) if identifier not in changed:
                variable = identifier
                direction = _sign(arguments[2]) if len(arguments) == 3 else 1
                if direction > 0:
                    first = len(arguments) > 1
                    least = arguments[0] if first else gast.Constant(0, None)
                elif direction < 0:
                    one = gast.Constant(1, None)
                    least = gast.BinOp(arguments[1], gast.Add(), one)
        return LoopSpace(statement, variable, direction, frozenset(changed), least)


@dataclass(frozen=True)
class Read:
    """A statement of the reverse sweep, the loops around it and its place in line."""

    statement: Any
    loops: tuple[LoopSpace, ...]
    order: int


def _sign(node: Any) -> int:
    match node:
        case gast.Constant(value=int(value)):
            return (value > 0) - (value < 0)
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            return -_sign(operand)
        case _:
            return 0


def overwrites(
    target: Any, base: str, reads: list[Read], store: Read
) -> bool:
    """Whether a store through `target` may destroy an element that is read later.

    `reads` are the statements of the reverse sweep that read the primal's state, and
    `store` says where the store stands. A read conflicts where an iteration that comes
    no later than the store's may have the same index. Indices are compared as
    `variable + constant`, from the outermost common loop inwards.
    """
    if not isinstance(target, gast.Subscript) or not isinstance(target.value, gast.Name):
        return True
    stored = _indices(target.slice)
    for read in reads:
        for key in _accesses(read.statement, base):
            if key is None:
                return True
            index = _indices(key)
            if len(index) != len(stored) or not _apart(stored, index, store, read):
                return True
    return False


def _indices(key: Any) -> list[Any]:
    return list(key.elts) if isinstance(key, gast.Tuple) else [key]


def _accesses(statement: Any, base: str) -> list[Any]:
    """The keys with which a statement reads elements of `base`; None: all of them."""
    found: list[Any] = []

    def visit(node: Any) -> None:
        match node:
            case gast.Subscript(value=gast.Name(id=identifier), slice=key) if (
                identifier == base
            ):
                found.append(key)
                visit(key)
            case gast.Call(func=gast.Attribute(attr=attr), args=[gast.Name(), *_]) if (
                attr in ("zeros_like", "full_like", "shape", "size", "ndim")
            ):
                for child in (*node.args[1:], *node.keywords):
                    visit(child)
            case gast.Name(id=identifier):
                if identifier == base:
                    found.append(None)
            case gast.AST():
                for child in gast.iter_child_nodes(node):
                    visit(child)

    visit(statement)
    return found


def _apart(stored: list[Any], index: list[Any], store: Read, read: Read) -> bool:
    """Whether the read's element differs from the store's in every earlier iteration."""
    writes = [_affine(node, store.loops) for node in stored]
    others = [_affine(node, read.loops) for node in index]
    pairs = [
        (w, r) for w, r in zip(writes, others, strict=True) if w and r
    ]
    if any(w[0] is None and r[0] is None and w[1] != r[1] for w, r in pairs):
        return True
    for loop, other in zip(store.loops, read.loops, strict=False):
        if loop.statement is not other.statement or loop.variable is None:
            return False
        same = [
            (w[1] - r[1]) * loop.direction
            for w, r in pairs
            if w[0] == r[0] == loop.variable
        ]
        if loop.direction and any(gap > 0 for gap in same):
            return True
        if 0 not in same:
            return False
        # Equal indices force the same iteration of this loop: look further inside.
    common = all(
        a.statement is b.statement
        for a, b in zip(store.loops, read.loops, strict=False)
    )
    inside = len(store.loops) == len(read.loops)
    return common and inside and read.order > store.order


def _affine(
    node: Any, loops: tuple[LoopSpace, ...]
) -> tuple[str | None, int] | None:
    """`variable + constant` as a pair, if it is certainly not negative; else None."""
    split = _split(node)
    least = _least(node, loops)
    if split is None or least is None or least < 0:
        return None
    return split


def _split(node: Any) -> tuple[str | None, int] | None:
    match node:
        case gast.Name(id=identifier):
            return identifier, 0
        case gast.Constant(value=int(value)):
            return None, value
        case gast.BinOp(
            left=left, op=gast.Add(), right=gast.Constant(value=int(value))
        ) | gast.BinOp(left=gast.Constant(value=int(value)), op=gast.Add(), right=left):
            inner = _split(left)
            return inner and (inner[0], inner[1] + value)
        case gast.BinOp(
            left=left, op=gast.Sub(), right=gast.Constant(value=int(value))
        ):
            inner = _split(left)
            return inner and (inner[0], inner[1] - value)
        case _:
            return None


def _least(node: Any, loops: tuple[LoopSpace, ...]) -> int | None:
    """The smallest value that an index may have, if loops with known starts tell."""
    match node:
        case gast.Constant(value=int(value)):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int(value))):
            return -value
        case gast.Name(id=identifier):
            for depth in reversed(range(len(loops))):
                if loops[depth].variable == identifier:
                    return _least(loops[depth].least, loops[:depth])
            return None
        case gast.BinOp(left=left, op=gast.Add(), right=right):
            first, second = _least(left, loops), _least(right, loops)
            return None if first is None or second is None else first + second
        case gast.BinOp(
            left=left, op=gast.Sub(), right=gast.Constant(value=int(value))
        ):
            first = _least(left, loops)
            return None if first is None else first - value
        case _:
            return None
