"""What is stored and added to at once: the sum is stored instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, root
from sourcediff.transform.build import at, binary, names_in, same
from sourcediff.transform.product import factor_out
from sourcediff.trees import is_ellipsis, walk

Groups = Mapping[str, frozenset[str]]


def overwrite_zeros(body: list[Any], bars: set[str], groups: Groups) -> list[Any]:
    """The body with `x[k] = 0.0; …; x[k] += e` as `…; x[k] = e`.

    Only cotangents (`bars`) are looked at; `groups` are names that share memory. A
    zero at the end of a loop body meets the sum at the start of the next iteration:
    it is stored once, after the loop, where the array was zero before it. In the end
    `x[k] = a; x[k] += e` is `x[k] = a + e`.
    """
    return _summed(_without_zeros(body, bars, groups), bars, groups)


def _without_zeros(body: list[Any], bars: set[str], groups: Groups) -> list[Any]:
    for statement in body:
        for field in ("body", "orelse"):
            inner = getattr(statement, field, None)
            if isinstance(inner, list) and blocks(statement):
                setattr(statement, field, _without_zeros(inner, bars, groups))
    body = _within(body, bars, groups)
    return _across_loops(body, bars, groups)


def _within(body: list[Any], bars: set[str], groups: Groups) -> list[Any]:
    kept = list(body)
    index = 0
    while index < len(kept):
        base = zeroed(kept[index], bars)
        partner = base and _next_touch(kept, index + 1, base, groups)
        if (
            base
            and isinstance(partner, int)
            and _adds_to(kept[partner], kept[index].targets[0])
            and not _rebinds(kept[index + 1 : partner], base, kept[index].targets[0])
        ):
            kept[partner] = as_store(kept[partner], kept[index].targets[0])
            del kept[index]
            continue
        index += 1
    return kept


def _across_loops(body: list[Any], bars: set[str], groups: Groups) -> list[Any]:
    out: list[Any] = []
    for index, statement in enumerate(body):
        out.append(statement)
        if isinstance(statement, gast.For):
            out += _sunk(statement, body[:index], bars, groups)
    return out


def _sunk(loop: Any, before: list[Any], bars: set[str], groups: Groups) -> list[Any]:
    """Zero stores moved from the end of a loop body to behind the loop."""
    moved: list[Any] = []
    bound = {n for s in loop.body for n in _bound(s)} | set(names_in(loop.target))
    for statement in list(loop.body):
        base = zeroed(statement, bars)
        if base is None:
            continue
        target = statement.targets[0]
        position = loop.body.index(statement)
        if _next_touch(loop.body, position + 1, base, groups) is not None:
            continue
        first = _next_touch(loop.body, 0, base, groups)
        if first is None or first >= position:
            continue
        if not _adds_to(loop.body[first], target):
            continue
        if set(names_in(target.slice)) & bound or not _is_zero(before, base, groups):
            continue
        loop.body[first] = as_store(loop.body[first], target)
        loop.body.remove(statement)
        moved.append(statement)
    return moved


def _summed(body: list[Any], bars: set[str], groups: Groups) -> list[Any]:
    """The body with what is stored and what is added to it next as one sum."""
    out: list[Any] = []
    for statement in body:
        for field in ("body", "orelse"):
            inner = getattr(statement, field, None)
            if isinstance(inner, list) and blocks(statement):
                setattr(statement, field, _summed(inner, bars, groups))
        base = _stored(out[-1], bars) if out else None
        if (
            base is not None
            and _adds_to(statement, out[-1].targets[0])
            and not _mentions(statement.value, base, groups)
        ):
            total = binary(out[-1].value, type(statement.op), statement.value)
            out[-1] = at(out[-1], [gast.Assign(out[-1].targets, total, None)])[0]
            continue
        out.append(statement)
    return out


def _stored(statement: Any, bars: set[str]) -> str | None:
    """The cotangent whose elements a statement stores."""
    match statement:
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=identifier))]) if (
            identifier in bars
        ):
            return str(identifier)
        case _:
            return None


def _is_zero(before: list[Any], base: str, groups: Groups) -> bool:
    """Whether an array is all zeros at the end of the statements."""
    for statement in reversed(before):
        if _mentions(statement, base, groups):
            match statement:
                case gast.Assign(
                    targets=[gast.Name(id=identifier)],
                    value=gast.Call(func=gast.Attribute(attr="zeros_like")),
                ):
                    return bool(identifier == base)
            return False
    return False


def zeroed(statement: Any, bars: set[str] | None = None) -> str | None:
    """The array, one of `bars`, whose elements a statement sets to zero."""
    match statement:
        case gast.Assign(
            targets=[gast.Subscript(value=gast.Name(id=identifier))],
            value=gast.Constant(value=float(value)),
        ) if value == 0.0 and (bars is None or identifier in bars):
            return str(identifier)
        case _:
            return None


def _adds_to(statement: Any, target: Any) -> bool:
    """Whether a statement is `target += e` or `-= e` with `e` free of the target.

    For `x[...]`, `x += e` is that, too.
    """
    match statement:
        case gast.AugAssign(target=other, op=gast.Add() | gast.Sub(), value=value):
            is_whole = isinstance(target, gast.Subscript) and is_ellipsis(target.slice)
            alike = same(other, target) or (is_whole and same(other, target.value))
            return alike and root(target) not in set(names_in(value))
        case _:
            return False


def as_store(statement: Any, to: Any = None) -> Any:
    """`x[k] = e` for `x[k] += e`; `to` is the target where it is written otherwise."""
    value = statement.value
    if isinstance(statement.op, gast.Sub):
        value = factor_out(value).scaled(-1).expression()
    targets = [statement.target if to is None else to]
    return at(statement, [gast.Assign(targets, value, None)])[0]


def _next_touch(body: list[Any], start: int, base: str, groups: Groups) -> int | None:
    for index in range(start, len(body)):
        if _mentions(body[index], base, groups):
            return index
    return None


def _mentions(statement: Any, base: str, groups: Groups) -> bool:
    return bool(({base} | groups.get(base, frozenset())) & set(names_in(statement)))


def _rebinds(between: list[Any], base: str, target: Any) -> bool:
    names = set(names_in(target.slice))
    return any(names & _bound(statement) for statement in between)


def _bound(statement: Any) -> set[str]:
    return {
        n.id
        for n in walk(statement)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
    }
