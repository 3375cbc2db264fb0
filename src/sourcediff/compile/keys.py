"""Index expressions of stores, named where they are more than names themselves."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.analysis.effects import blocks
from sourcediff.compile.unused import Unused
from sourcediff.ir import Program
from sourcediff.transform.build import assign, at, name
from sourcediff.transform.names import LONGEST, describe


def name_keys(program: Program) -> bool:
    """Name what a store is indexed with; says whether anything changed.

    `p[p > 0] *= 2` changes what its own index depends on, so the index must be kept:
    it becomes `p_gt_0 = p > 0` and `p[p_gt_0] *= 2`. Names, numbers, slices and
    arithmetic of them stay where they are.
    """
    return _block(program.node.body, Unused(program))


def _block(body: list[Any], unused: Unused) -> bool:
    changed = False
    index = 0
    while index < len(body):
        statement = body[index]
        for inner in blocks(statement):
            changed |= _block(inner, unused)
        named = _unchained(statement, unused) or _named(statement, unused)
        body[index:index] = named
        changed |= bool(named)
        index += len(named) + 1
    return changed


def _unchained(statement: Any, unused: Unused) -> list[Any]:
    """`a = b = e` as `a = e` and `b = a`; the last target stays in the statement."""
    if not isinstance(statement, gast.Assign) or len(statement.targets) == 1:
        return []
    *first, last = statement.targets
    value = statement.value
    out: list[Any] = []
    if not isinstance(first[0], gast.Name):
        first.insert(0, gast.Name(unused("value"), gast.Store(), None, None))
    for target in first:
        out.append(gast.Assign([target], value, None))
        value = name(first[0].id)
    statement.targets, statement.value = [last], value
    return at(statement, out)


def _named(statement: Any, unused: Unused) -> list[Any]:
    match statement:
        case (
            gast.Assign(targets=[gast.Subscript() as target])
            | gast.AugAssign(target=gast.Subscript() as target)
        ):
            out: list[Any] = []
            target.slice = _simple_key(target.slice, unused, out)
            return at(statement, out)
        case _:
            return []


def _simple_key(key: Any, unused: Unused, out: list[Any]) -> Any:
    if isinstance(key, gast.Tuple):
        key.elts = [_simple_key(part, unused, out) for part in key.elts]
        return key
    if _is_plain(key):
        return key
    words = describe(key)
    if words is None or len(words) > LONGEST:
        words = "mask" if isinstance(key, gast.Compare) else "key"
    identifier = unused(words)
    out.append(assign(identifier, key))
    return gast.copy_location(name(identifier), key)


def _is_plain(key: Any) -> bool:
    """Whether an index depends on nothing that a store could change."""
    match key:
        case gast.Name() | gast.Constant():
            return True
        case gast.UnaryOp(operand=operand):
            return _is_plain(operand)
        case gast.BinOp(left=left, right=right):
            return _is_plain(left) and _is_plain(right)
        case gast.Slice(lower=lower, upper=upper, step=step):
            return all(p is None or _is_plain(p) for p in (lower, upper, step))
        case gast.Call(func=gast.Name(id="len"), args=[gast.Name()]):
            return True
        case _:
            return False
