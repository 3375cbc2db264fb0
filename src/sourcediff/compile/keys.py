"""Index expressions of stores, named where they are more than names themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.constant_indices import constant_indices
from sourcediff.analysis.effects import blocks
from sourcediff.compile.unused import Unused
from sourcediff.ir import Program
from sourcediff.kinds import Kind
from sourcediff.transform.build import assign, at, name
from sourcediff.transform.names import LONGEST, describe


def name_keys(program: Program, known: Mapping[str, Kind]) -> None:
    """Name what a store is indexed with.

    `p[p > 0] *= 2` changes what its own index depends on, so the index must be kept:
    it becomes `p_gt_0 = p > 0` and `p[p_gt_0] *= 2`. Names, numbers, slices,
    arithmetic of them and elements of `constant_indices` stay where they are.
    """
    constant: frozenset[str] | None = None

    def is_constant(identifier: str) -> bool:
        nonlocal constant
        if constant is None:
            constant = constant_indices(program, known)
        return identifier in constant

    _Keys(Unused(program), is_constant).block(program.node.body)


@dataclass(frozen=True)
class _Keys:
    unused: Unused
    is_constant: Callable[[str], bool]

    def block(self, body: list[Any]) -> None:
        index = 0
        while index < len(body):
            statement = body[index]
            for inner in blocks(statement):
                self.block(inner)
            named = _unchained(statement, self.unused) or self._named(statement)
            body[index:index] = named
            index += len(named) + 1

    def _named(self, statement: Any) -> list[Any]:
        match statement:
            case (
                gast.Assign(targets=[gast.Subscript() as target])
                | gast.AugAssign(target=gast.Subscript() as target)
            ):
                out: list[Any] = []
                target.slice = self._simple(target.slice, out)
                return at(statement, out)
            case _:
                return []

    def _simple(self, key: Any, out: list[Any]) -> Any:
        if isinstance(key, gast.Tuple):
            key.elts = [self._simple(part, out) for part in key.elts]
            return key
        if self._is_plain(key):
            return key
        if isinstance(key, gast.Slice):
            bounds = (key.lower, key.upper, key.step)
            named = (part and self._simple(part, out) for part in bounds)
            return gast.copy_location(gast.Slice(*named), key)
        words = describe(key)
        if words is None or len(words) > LONGEST:
            words = "mask" if isinstance(key, gast.Compare) else "key"
        identifier = self.unused(words)
        out.append(assign(identifier, key))
        return gast.copy_location(name(identifier), key)

    def _is_plain(self, key: Any) -> bool:
        """Whether an index depends on nothing that a store could change."""
        match key:
            case gast.Name() | gast.Constant():
                return True
            case gast.UnaryOp(operand=operand):
                return self._is_plain(operand)
            case gast.Tuple(elts=parts):
                return all(map(self._is_plain, parts))
            case gast.BinOp(left=left, right=right):
                return self._is_plain(left) and self._is_plain(right)
            case gast.Slice(lower=lower, upper=upper, step=step):
                return all(p is None or self._is_plain(p) for p in (lower, upper, step))
            case gast.Call(func=gast.Name(id="len"), args=[gast.Name()]):
                return True
            case gast.Subscript(value=gast.Name(id=identifier), slice=inner):
                return self._is_plain(inner) and self.is_constant(identifier)
            case _:
                return False


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
