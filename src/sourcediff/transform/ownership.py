"""What arrays the names of generated code hold, and which of them nobody else holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.arithmetic import (
    BINARY,
    COMPARE,
    UNARY,
    binary,
    compare,
    elementwise,
    unary,
)
from sourcediff.analysis.effects import bindings
from sourcediff.kinds import UNKNOWN, Array, Kind, Scalar, Static, scalar_of
from sourcediff.transform.build import names_in
from sourcediff.transform.cotangent import is_fresh
from sourcediff.trees import children

#: Methods of arrays whose results are new memory, or numbers.
_FRESH_METHODS = frozenset({"sum", "copy", "mean", "dot", "cumsum"})
#: Functions of NumPy that are no ufuncs and make an array like their first argument.
_LIKE = frozenset({"zeros_like", "ones_like", "empty_like", "copy"})
#: How many arguments functions take before one that they might write into.
_MOST = {"where": 3, "outer": 2, "dot": 2, "kron": 2, "full_like": 2, "tensordot": 3}
_PLAIN_KEYWORDS = frozenset({"axis", "keepdims", "axes"})


_HARMLESS = frozenset({gast.Name, gast.Constant})
#: Expressions that may give what they read to others, whatever it is.
_HOLDING = frozenset({gast.Lambda, gast.NamedExpr, gast.Await, gast.Yield})


@dataclass(frozen=True)
class Held:
    """The kind of what a name holds; `owned`: it is memory that no other name reaches.

    It must have been made by an expression of the function, then.
    """

    kind: Kind
    owned: bool = False


Holdings = Mapping[str, Held]


@dataclass(frozen=True)
class Owners:
    """Follows what names hold from statement to statement.

    `kinds` gives the kind of a name that is not followed, UNKNOWN if there are several;
    `module` tells what a name of a module stands for. The `others` are not followed.
    `widest` gives the array that a name holds unless that is a number.
    """

    kinds: Callable[[str], Kind]
    module: Callable[[str], Any]
    others: Set[str] = frozenset()
    widest: Callable[[str], Kind] = lambda identifier: UNKNOWN

    def kind(self, node: Any, held: Holdings) -> Kind:
        """The kind of an expression; UNKNOWN unless it is simple arithmetic."""
        match node:
            case gast.Constant(value=value):
                return scalar_of(Static(value))
            case gast.Name(id=identifier):
                known = held.get(identifier)
                return self.kinds(identifier) if known is None else known.kind
            case gast.BinOp(left=left, op=op, right=right):
                sides = self.kind(left, held), self.kind(right, held)
                if not all(isinstance(side, (Array, Scalar)) for side in sides):
                    sides = self._widened(left, right, sides)
                if all(isinstance(side, (Array, Scalar)) for side in sides):
                    return binary(BINARY[type(op)], *sides)
                return UNKNOWN
            case gast.UnaryOp(op=op, operand=operand):
                inner = self.kind(operand, held)
                return unary(UNARY[type(op)], inner) if _is_numeric(inner) else UNKNOWN
            case gast.Compare(left=left, ops=[op], comparators=[right]) if (
                type(op) in COMPARE
            ):
                one, other = self.kind(left, held), self.kind(right, held)
                numeric = _is_numeric(one) and _is_numeric(other)
                return compare(COMPARE[type(op)], one, other) if numeric else UNKNOWN
            case gast.Call(func=function, args=arguments, keywords=[]):
                return self._call(function, arguments, held)
            case _:
                return UNKNOWN

    def _widened(self, left: Any, right: Any, sides: tuple[Kind, Kind]) -> Any:
        """The kinds of operands, of which one is an array or a number.

        Beside an array of that shape and type it does not matter which.
        """
        for node, other in ((left, sides[1]), (right, sides[0])):
            if isinstance(node, gast.Name) and isinstance(other, Array):
                wide = self.widest(node.id)
                alike = isinstance(wide, Array) and wide.dtype == other.dtype
                if alike and wide.dims == other.dims and None not in (wide.dims or ()):  # type: ignore[union-attr]
                    return other, other
        return sides

    def _call(self, function: Any, arguments: list[Any], held: Holdings) -> Kind:
        given = [self.kind(a, held) for a in arguments]
        match function:
            case gast.Attribute(value=value, attr="sum") if (
                not arguments and self.ufunc_owner(value) is None
            ):
                inner = self.kind(value, held)
                is_array = isinstance(inner, Array) and inner.ndim
                return Scalar(inner.dtype, False) if is_array else UNKNOWN  # type: ignore[union-attr]
            case gast.Attribute(value=gast.Name(id=module), attr=attr) if self.module(
                module
            ) is np and all(map(_is_numeric, given)):
                found = getattr(np, attr, None)
                if isinstance(found, np.ufunc) and found.signature is None:
                    fits = found.nout == 1 and found.nin == len(given)
                    return elementwise(found, tuple(given)) if fits else UNKNOWN
                if attr == "where" and len(given) == 3:
                    chosen = elementwise(np.add, tuple(given[1:]))
                    return elementwise(np.multiply, (given[0], chosen))
                if attr in _LIKE and given and isinstance(given[0], Array):
                    return given[0]
        return UNKNOWN

    def ufunc_owner(self, node: Any) -> Any:
        """The module that an expression names, or None."""
        return self.module(node.id) if isinstance(node, gast.Name) else None

    # --- what is new, and what gets away ----------------------------------------------

    def is_new(self, node: Any, held: Holdings) -> bool:
        """Whether an expression makes the array that it gives."""
        if isinstance(node, gast.Call):
            return self._is_making(node, held)
        return isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare))

    def _is_making(self, node: Any, held: Holdings) -> bool:
        """Whether a call reads its arguments and makes its result, nothing else."""
        given = len(node.args)
        match node:
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=module), attr=attr)
            ) if self.module(module) is np:
                function = getattr(np, attr, None)
                most = (
                    function.nin
                    if isinstance(function, np.ufunc)
                    else _MOST.get(attr, 1)
                )
                plain = {k.arg for k in node.keywords} <= _PLAIN_KEYWORDS
                return is_fresh(node) and given <= most and plain
            case gast.Call(func=gast.Attribute(value=value, attr=attr)):
                is_array = isinstance(self.kind(value, held), Array)
                plain = {k.arg for k in node.keywords} <= _PLAIN_KEYWORDS
                return is_array and attr in _FRESH_METHODS and given <= 1 and plain
            case _:
                return False

    def escaping(self, node: Any, held: Holdings) -> set[str]:
        """The names whose memory somebody may hold after an expression is evaluated."""
        found: set[str] = set()
        pending = [node]
        for part in pending:  # which grows
            kind = part.__class__
            if kind in _HARMLESS:
                continue
            makes = kind is not gast.Call or self._is_making(part, held)
            if makes and kind not in _HOLDING:
                pending += children(part)
            else:
                found.update(names_in(part))
        return found

    def given(self, node: Any, held: Holdings) -> set[str]:
        """The names that share memory with what an expression gives, as far as seen."""
        if isinstance(node, gast.Constant) or self.is_new(node, held):
            return self.escaping(node, held)
        return set(names_in(node))

    # --- statements -------------------------------------------------------------------

    def after(self, statement: Any, held: Holdings, live: frozenset[str]) -> Holdings:
        """What is held after a simple statement; `live` are the names read later."""
        if not any(known.owned for known in held.values()):
            match statement:
                case gast.Assign(targets=[gast.Name(id=to)]) if to not in self.others:
                    pass
                case _:
                    return _dropped(held, bindings(statement)) if held else held
        match statement:
            case gast.Assign(targets=[gast.Name(id=to)], value=value):
                return self._bound(to, value, held, live)
            case gast.Assign(targets=[gast.Subscript() as to], value=value):
                inside = isinstance(self.kind(to.value, held), Array)
                lost = self.escaping(value, held) | self.escaping(to, held)
                return _without(
                    held, lost if inside else lost | self.given(value, held)
                )
            case gast.AugAssign(target=gast.Name(id=to), value=value):
                known = held.get(to)
                lost = self.escaping(value, held)
                if known is not None and isinstance(known.kind, Array):
                    return _without(held, lost)
                return _dropped(_without(held, lost | self.given(value, held)), {to})
            case gast.AugAssign(target=gast.Subscript() as to, value=value):
                inside = isinstance(self.kind(to.value, held), Array)
                lost = self.escaping(value, held) | self.escaping(to, held)
                return _without(
                    held, lost if inside else lost | self.given(value, held)
                )
            case gast.Expr(value=gast.Constant()) | gast.Pass() | gast.Return():
                return held
            case _:
                bound = bindings(statement)
                return _dropped(_without(held, set(names_in(statement))), bound)

    def _bound(
        self, to: str, value: Any, held: Holdings, live: frozenset[str]
    ) -> Holdings:
        kind = UNKNOWN if to in self.others else self.kind(value, held)
        if isinstance(value, gast.Name):
            known = held.get(value.id)
            moved = known is not None and known.owned and value.id not in live
            rest = _without(held, {value.id})
        else:
            moved = self.is_new(value, held)
            rest = _without(held, self.given(value, held))
        rest = _dropped(rest, {to})
        if not isinstance(kind, (Array, Scalar)):
            return rest
        return {**rest, to: Held(kind, moved and isinstance(kind, Array))}


def _is_numeric(kind: Kind) -> bool:
    return isinstance(kind, Array | Scalar)


def _without(held: Holdings, lost: set[str]) -> Holdings:
    """The holdings where other names may reach the memory of some names."""
    gone = {n: Held(held[n].kind) for n in lost if n in held and held[n].owned}
    return {**held, **gone} if gone else held


def _dropped(held: Holdings, names: set[str]) -> Holdings:
    """The holdings without what is known of some names."""
    if not names & held.keys():
        return held
    return {n: h for n, h in held.items() if n not in names}
