"""Arrays that are read for the last time are what their readers compute into."""

from __future__ import annotations

import functools
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import (
    Bindings,
    assigned_in,
    blocks,
    expressions,
    root,
    walk_statements,
)
from sourcediff.analysis.liveness import Liveness
from sourcediff.kinds import Array, Scalar
from sourcediff.transform.build import (
    at,
    call,
    const,
    effect,
    name,
    names_in,
    target,
)
from sourcediff.transform.ownership import Held, Holdings, Owners
from sourcediff.trees import walk

_OPERATORS = {
    gast.Add: "add",
    gast.Sub: "subtract",
    gast.Mult: "multiply",
    gast.Div: "divide",
}
_COMMUTING = (gast.Add, gast.Mult)
_COMPUTING = (gast.BinOp, gast.UnaryOp, gast.Call)
_JUMPS = (gast.Break, gast.Continue)
#: Where names are read at another time than they are written down.
_DELAYED = frozenset(
    {gast.Lambda, gast.FunctionDef, gast.GeneratorExp, gast.Try, gast.ClassDef}
)


@dataclass
class InPlace:
    """Writes `t *= a; x_bar += t` for `x_bar += t * a` where `t` is ours and dead then.

    It is ours if an expression of this function made it, and no other name, container
    or caller can reach it; result and array must certainly have one shape and be of
    double precision. Only cotangents (`bars`) are computed so, and only in memory of
    names that are not the `users`: what the user has written stays as it is, to be
    looked at. No array gets a second name for it: `x_bar = y_bar * w` is kept.
    `numpy` is NumPy's name.
    """

    owners: Owners
    bars: Set[str]
    users: Set[str]
    numpy: str
    changed: bool = False

    def function(self, body: list[Any]) -> list[Any]:
        r"""The body of a function whose cotangents take over memory.

        >>> tree = gast.parse("t = x * w\nx_bar = t * w / 3\nw_bar += 2 * t")
        >>> vector = Array(np.dtype(float), (3,))
        >>> owners = Owners(lambda n: vector, lambda n: None)
        >>> pass_ = InPlace(owners, {"x_bar", "w_bar"}, {"x", "w"}, "np")
        >>> tree.body = pass_.function(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        t = x * w
        x_bar = t * w / 3
        t *= 2
        w_bar += t
        """
        nodes = [node for statement in body for node in walk(statement)]
        if not _DELAYED.isdisjoint(map(type, nodes)):
            return body
        self._body = body
        self._bindings = Bindings(nodes)
        return self._block(body, {})[0]

    @functools.cached_property
    def _live(self) -> Liveness:
        """Which names are read later: nothing is rewritten before it is asked."""
        return Liveness(self._body, bindings=self._bindings)

    # --- statements -------------------------------------------------------------------

    def _block(self, body: list[Any], held: Holdings) -> tuple[list[Any], Holdings]:
        out: list[Any] = []
        for statement in body:
            if blocks(statement):
                held = self._compound(statement, held)
                out.append(statement)
                continue
            new = self._rewritten(statement, held)
            self.changed |= new is not None
            out += [statement] if new is None else at(statement, new)
            held = self._after(statement, held)
        return out, held

    def _after(self, statement: Any, held: Holdings) -> Holdings:
        """What is held after a simple statement."""
        live: frozenset[str] = frozenset()
        match statement:  # what is read later matters to what gets another name
            case gast.Assign(value=gast.Name(id=source)) if source in held:
                live = self._live.after(statement)
        return self.owners.after(statement, held, live)

    def _compound(self, statement: Any, held: Holdings) -> Holdings:
        """What is held after a statement with blocks, which are rewritten."""
        read = {n for e in expressions(statement) for n in names_in(e)}
        held = _lost(held, _kept(held, read))
        if isinstance(statement, gast.If):
            statement.body, then = self._block(statement.body, held)
            statement.orelse, otherwise = self._block(statement.orelse, held)
            return _joined(then, otherwise)
        outside = _kept(held, assigned_in([statement], self._bindings))
        if isinstance(statement, gast.For | gast.While) and not statement.orelse:
            start = self._entry(statement, held, outside)
            statement.body, end = self._block(statement.body, start)
            return _joined(start, end) if start is not outside else _lost(outside, end)
        return {}

    def _entry(self, loop: Any, held: Holdings, outside: Holdings) -> Holdings:
        """What is held at the start of every turn of a loop."""
        jumps = any(isinstance(n, _JUMPS) for n in walk_statements(loop.body))
        start: Holdings = _kept(held, _targets(loop))
        while not jumps:
            end = self._simulated(loop.body, start)
            joined = _joined(start, end)
            if joined == start:
                return start
            start = joined
        end = self._simulated(loop.body, outside)
        return _lost(outside, end)

    def _simulated(self, body: list[Any], held: Holdings) -> Holdings:
        for statement in body:
            if blocks(statement):
                read = {n for e in expressions(statement) for n in names_in(e)}
                held = _lost(held, _kept(held, read))
            if isinstance(statement, gast.If):
                held = _joined(
                    self._simulated(statement.body, held),
                    self._simulated(statement.orelse, held),
                )
            elif blocks(statement):
                inside = _kept(held, assigned_in([statement], self._bindings))
                end = self._simulated(statement.body, inside)
                held = _lost(inside, end)
            else:
                held = self._after(statement, held)
        return held

    # --- one statement ----------------------------------------------------------------

    def _rewritten(self, statement: Any, held: Holdings) -> list[Any] | None:
        match statement:
            case gast.Assign(targets=[gast.Name(id=to)], value=value) if (
                to in self.bars
            ):
                found = self._taken(value, held, statement, set())
                return found[1] if found is not None and found[0] == to else None
            case gast.AugAssign(target=to, value=value) if root(to) in self.bars:
                found = self._taken(value, held, statement, set(names_in(to)))
                if found is None:
                    return None
                memory, steps = found
                last = gast.AugAssign(to, statement.op, name(memory))
                return [*steps, last]
            case _:
                return None

    def _taken(
        self, value: Any, held: Holdings, statement: Any, kept: set[str]
    ) -> tuple[str, list[Any]] | None:
        """The name whose memory an expression can be computed into, and how."""
        if not isinstance(value, _COMPUTING):
            return None
        owned = {
            identifier: kind
            for identifier in dict.fromkeys(names_in(value))
            if (kind := _memory(held.get(identifier))) is not None
            and identifier not in self.users
        }
        if not owned or self.owners.escaping(value, held):
            return None
        kept = kept | (self._live.after(statement) - self._bindings[statement])
        found: list[tuple[str, list[Any]]] = []
        for identifier, kind in owned.items():
            if identifier not in kept:
                steps = self._into(value, identifier, kind, held)
                found += [(identifier, steps)] if steps else []
        return max(found, key=lambda way: len(way[1]), default=None)

    def _into(
        self, node: Any, memory: str, shape: Array, held: Holdings
    ) -> list[Any] | None:
        """The statements that leave the value of an expression in the memory."""
        if isinstance(node, gast.Name) and node.id == memory:
            return []
        kind = self.owners.kind(node, held)
        if not isinstance(kind, Array) or (kind.dtype, kind.dims) != (
            shape.dtype,
            shape.dims,
        ):
            return None
        match node:
            case gast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self._operation(left, op, right, (memory, shape, held))
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                steps = self._into(operand, memory, shape, held)
                return (
                    None if steps is None else [*steps, self._call("negative", memory)]
                )
            case gast.Call(func=gast.Attribute(attr=attr), args=[argument]) if (
                isinstance(getattr(np, attr, None), np.ufunc)
            ):
                steps = self._into(argument, memory, shape, held)
                return None if steps is None else [*steps, self._call(attr, memory)]
            case _:
                return None

    def _operation(
        self, left: Any, op: Any, right: Any, place: tuple[str, Array, Holdings]
    ) -> list[Any] | None:
        memory = place[0]
        on_left = memory in set(names_in(left))
        on_right = memory in set(names_in(right))
        if on_left and on_right:
            is_plain = isinstance(left, gast.Name) and isinstance(right, gast.Name)
            return [gast.AugAssign(target(memory), op, right)] if is_plain else None
        if on_left:
            steps = self._into(left, *place)
            if steps is None:
                return None
            return [*steps, gast.AugAssign(target(memory), op, right)]
        steps = self._into(right, *place)
        if steps is None:
            return None
        if isinstance(op, _COMMUTING):
            return [*steps, gast.AugAssign(target(memory), op, left)]
        if not isinstance(self.owners.kind(left, place[2]), Scalar):
            return None
        function = f"{self.numpy}.{_OPERATORS[type(op)]}"
        if isinstance(left, gast.Constant) and type(left.value) is int:
            left = const(float(left.value))  # as the array holds
        made = call(function, left, name(memory), out=name(memory))
        return [*steps, effect(made)]

    def _call(self, function: str, memory: str) -> Any:
        whole = f"{self.numpy}.{function}"
        return effect(call(whole, name(memory), out=name(memory)))


def _memory(held: Held | None) -> Array | None:
    """The array that a name holds, if that is ours and nothing about it in doubt."""
    if held is None or not held.owned or not isinstance(held.kind, Array):
        return None
    return held.kind if _is_certain(held.kind) else None


def _is_certain(kind: Array) -> bool:
    """Whether an array is of doubles, and its shape known and not that of a number."""
    return kind.dtype == float and bool(kind.dims) and None not in (kind.dims or ())


def _joined(one: Holdings, other: Holdings) -> Holdings:
    """What is held whichever of two ways was gone."""
    return {
        n: Held(h.kind, h.owned and other[n].owned)
        for n, h in one.items()
        if n in other and other[n].kind == h.kind
    }


def _lost(held: Holdings, end: Holdings) -> Holdings:
    """What is held where parts of it may have got away by the end."""
    return {
        n: Held(h.kind, h.owned and n in end and end[n].owned) for n, h in held.items()
    }


def _kept(held: Holdings, bound: Set[str]) -> Holdings:
    return {n: h for n, h in held.items() if n not in bound}


def _targets(loop: Any) -> set[str]:
    return set(names_in(loop.target)) if isinstance(loop, gast.For) else set()
