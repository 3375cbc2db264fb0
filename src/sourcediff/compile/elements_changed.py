"""Lists and dicts in lists that are changed under names of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, root, stored_parts, walk_statements
from sourcediff.analysis.inference import KindFacts
from sourcediff.analysis.sharing import is_immutable
from sourcediff.ir import Program
from sourcediff.kinds import Dict, Kind, List, Sequence
from sourcediff.transform.build import clone
from sourcediff.trees import Rewriter, walk


def spell_places(program: Program, kinds: KindFacts) -> bool:
    """Write `ps[i]["x"] += v` for `p = ps[i]` and `p["x"] += v`.

    The cotangent of a list of lists is one, too, and is changed by the places in it.
    That is the same where `ps[i]` stays the same object as long as `p` is used. The
    tree is the caller's to change; the answer is whether it was.
    """
    places = _Places(program, kinds)
    return places.block(program.node.body)


class _Places:
    def __init__(self, program: Program, kinds: KindFacts) -> None:
        self._program = program
        self._kinds = kinds

    def block(self, body: list[Any]) -> bool:
        """Spell the places in a block; says whether there were any."""
        changed = False
        for index in reversed(range(len(body))):
            for inner in blocks(body[index]):
                changed |= self.block(inner)
            rest = body[index + 1 :]
            if (
                rest
                and self._is_element(body[index])
                and self._stays(body[index], rest)
            ):
                (target,) = body[index].targets
                put = _Put(target.id, body[index].value)
                body[index:] = [put.visit(statement) for statement in rest]
                changed = True
        return changed

    def _is_element(self, statement: Any) -> bool:
        """Whether a statement names a list or a dict in a list."""
        match statement:
            case gast.Assign(
                targets=[gast.Name() as target],
                value=gast.Subscript(
                    value=gast.Name() as base, slice=gast.Name() | gast.Constant()
                ),
            ):
                held, holder = self._kinds.of(target), self._kinds.of(base)
                return _is_list(holder) and (_is_list(held) or isinstance(held, Dict))
            case _:
                return False

    def _stays(self, statement: Any, rest: list[Any]) -> bool:
        """Whether the name is changed in `rest`, and is the same place all the time."""
        name, element = statement.targets[0].id, statement.value
        holder = element.value.id
        inside = {id(n) for s in rest for n in walk(s)}
        nodes = [n for n in walk(self._program.node) if isinstance(n, gast.Name)]
        own = [n for n in nodes if n.id == name and n is not statement.targets[0]]
        if name in self._program.parameters or any(id(n) not in inside for n in own):
            return False
        stores = [t for s in walk_statements(rest) for t in _stored(s)]
        if not any(root(t) == name and not isinstance(t, gast.Name) for t in stores):
            return False
        bound = {root(t) for t in stores if isinstance(t, gast.Name)}
        if bound & {name, holder, getattr(element.slice, "id", "")}:
            return False
        changing = (t for t in stores if not isinstance(t, gast.Name))
        if not all(is_immutable(self._kinds.of(t)) for t in changing):
            return False
        return self._is_only_read(holder)

    def _is_only_read(self, holder: str) -> bool:
        """Whether a list has no other name; it may grow, which moves nothing in it."""
        plain = set()
        for node in walk(self._program.node):
            match node:
                case gast.Subscript(value=gast.Name() as base, ctx=gast.Load()):
                    plain.add(id(base))
                case gast.Call(func=gast.Name(id="len"), args=[gast.Name() as base]):
                    plain.add(id(base))
                case gast.Call(func=gast.Attribute(value=base, attr="append")):
                    plain.add(id(base))
        return all(
            id(n) in plain or not isinstance(n.ctx, gast.Load)
            for n in walk(self._program.node)
            if isinstance(n, gast.Name) and n.id == holder
        )


def _is_list(kind: Kind) -> bool:
    return isinstance(kind, List | Sequence) and kind.type is list


def _stored(statement: Any) -> Iterator[Any]:
    """What a statement binds or writes into."""
    match statement:
        case gast.Assign(targets=targets):
            for target in targets:
                yield from stored_parts(target)
                yield from (n for n in walk(target) if _is_bound(n))
        case gast.AugAssign(target=target):
            yield target
        case gast.For(target=target):
            yield from (n for n in walk(target) if _is_bound(n))


def _is_bound(node: Any) -> bool:
    return isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load)


class _Put(Rewriter):
    """Puts an element in the place of its name."""

    def __init__(self, name: str, element: Any) -> None:
        self.name = name
        self.element = element

    def visit_Name(self, node: Any) -> Any:
        """The element, if it is the name."""
        if node.id != self.name:
            return node
        return gast.copy_location(clone(self.element), node)


__all__ = ["spell_places"]
