"""Operators of users' objects and unpacked arguments, written as plain calls."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.scopes import FUNCTIONS, Fresh, identifiers
from sourcediff.front.spelling import Spelling
from sourcediff.front.stars import written_out
from sourcediff.ir import Program
from sourcediff.kinds import Kind, Record, Static, renewable
from sourcediff.rules import answering

_BINARY = {
    gast.Add: "add",
    gast.Sub: "sub",
    gast.Mult: "mul",
    gast.Div: "truediv",
    gast.FloorDiv: "floordiv",
    gast.Mod: "mod",
    gast.Pow: "pow",
    gast.MatMult: "matmul",
}
_REPLACE = Static(dataclasses.replace)
_UNARY = {gast.USub: "__neg__", gast.UAdd: "__pos__"}


def spell_operators(program: Program, kind_of: Callable[[Any], Kind]) -> bool:
    """Replace `a + b` by `a.__add__(b)` where `a` is an object with that method.

    So it goes for the other operators, `a[k]`, `len(a)`, attributes that are set by a
    method, and copies of named tuples and dataclasses with other fields; what is made
    of their results is known after the next inference only. The tree and the statics
    are the caller's to change; the answer is whether they were.
    """
    speller = _Speller(program, kind_of)
    program.node.body = build.rewrite(program.node.body, speller.change)
    return speller.changed


class _Speller(Spelling):
    def __init__(self, program: Program, kind_of: Callable[[Any], Kind]) -> None:
        self._program = program
        self._kind_of = kind_of

    def change(self, statement: Any) -> list[Any]:
        """The statements in the place of one."""
        if isinstance(statement, FUNCTIONS):
            return [statement]
        for field, value in gast.iter_fields(statement):
            if isinstance(value, gast.expr) and field != "target":
                setattr(statement, field, self.visit(value))
        made = self._statement(statement)
        if made is None:
            return [statement]
        self.changed = True
        return [build.place(made, statement)]

    def _statement(self, statement: Any) -> Any:
        match statement:
            case gast.AugAssign(target=gast.Name(id=name) as to, op=op, value=value):
                label = _BINARY.get(type(op), "")
                for method in (f"__i{label}__", f"__{label}__"):
                    if self._has(to, method):
                        made = build.method(build.load(name), method, value)
                        return build.assign(name, made)
            case gast.Assign(
                targets=[gast.Subscript(value=base, slice=key)], value=value
            ) if self._has(base, "__setitem__"):
                return gast.Expr(build.method(base, "__setitem__", key, value))
            case gast.Assign(
                targets=[gast.Attribute(value=base) as target], value=value
            ) if (setter := self._setter(target)) is not None:
                return gast.Expr(build.call(self._named(setter), base, value))
            case gast.AugAssign(
                target=gast.Attribute(value=gast.Name() as base) as target, op=op
            ) if (setter := self._setter(target)) is not None:
                before = gast.Attribute(build.load(base.id), target.attr, gast.Load())
                after = build.binary(before, op, statement.value)
                return gast.Expr(build.call(self._named(setter), base, after))
        return None

    def _setter(self, target: Any) -> Any:
        """The method that sets an attribute of an object, if it is the user's."""
        kind = self._kind_of(target.value)
        if not isinstance(kind, Record) or not isinstance(kind.type, type):
            return None
        found = inspect.getattr_static(kind.type, target.attr, None)
        setter = found.fset if isinstance(found, property) else None
        return setter if isinstance(setter, FunctionType) else None

    def _named(self, value: Any) -> Any:
        """A name for a function or a class."""
        statics: Any = self._program.statics
        for known, static in statics.items():
            if static is value:
                return build.load(known)
        taken = identifiers(self._program.node) | set(statics) | self._program.data
        known = Fresh(taken)(
            value.__qualname__.rpartition("<locals>.")[2].replace(".", "_")
        )
        statics[known] = value
        return build.load(known)

    def _renewed(self, base: Any, changes: list[Any]) -> Any:
        """A named tuple or a dataclass with some other fields, made by its class."""
        kind = self._kind_of(base)
        if not isinstance(base, gast.Name) or not isinstance(kind, Record):
            return None
        given = {change.arg: change.value for change in changes}
        fields = renewable(kind.type)
        if fields is None or None in given or not given.keys() <= set(fields):
            return None
        values = [
            gast.keyword(
                field,
                given.get(field)
                or gast.Attribute(build.load(base.id), field, gast.Load()),
            )
            for field in fields
        ]
        return gast.Call(self._named(kind.type), [], values)

    def _made(self, node: Any) -> Any:
        match node:
            case gast.BinOp(left=left, op=op, right=right):
                label = _BINARY.get(type(op), "")
                if self._has(left, f"__{label}__"):
                    return build.method(left, f"__{label}__", right)
                if self._has(right, f"__r{label}__") and not self._is_object(left):
                    return build.method(right, f"__r{label}__", left)
            case gast.UnaryOp(op=op, operand=operand):
                method = _UNARY.get(type(op), "")
                if self._has(operand, method):
                    return build.method(operand, method)
            case gast.Subscript(value=base, slice=key, ctx=gast.Load()):
                if self._has(base, "__getitem__") and not isinstance(key, gast.Slice):
                    return build.method(base, "__getitem__", key)
            case gast.Call(func=gast.Name(id="len"), args=[base]):
                if self._has(base, "__len__"):
                    return build.method(base, "__len__")
            case gast.Call(func=gast.Name(id="abs"), args=[base]):
                if self._has(base, "__abs__"):
                    return build.method(base, "__abs__")
            case gast.Call(
                func=gast.Attribute(value=base, attr="_replace"), args=[]
            ) if issubclass(getattr(self._kind_of(base), "type", object), tuple):
                return self._renewed(base, node.keywords)
            case gast.Call(func=function, args=[base]) if (
                self._kind_of(function) == _REPLACE
            ):
                return self._renewed(base, node.keywords)
            case gast.Call(args=[base, *rest], keywords=keywords) if self._answer(node):
                method = gast.Attribute(base, self._answer(node), gast.Load())
                return gast.Call(method, rest, keywords)
            case gast.Call():
                return written_out(node, self._kind_of)
        return None

    def _answer(self, call: Any) -> str | None:
        """The method of its first argument that a call of a library comes to."""
        function, kind = self._kind_of(call.func), self._kind_of(call.args[0])
        if not isinstance(function, Static) or not isinstance(kind, Record):
            return None
        return answering(function.value, kind.type)

    def _is_object(self, node: Any) -> bool:
        return isinstance(self._kind_of(node), Record)

    def _has(self, node: Any, method: str) -> bool:
        """Whether a value is an object whose class says what a method does."""
        kind = self._kind_of(node)
        if not isinstance(kind, Record) or not isinstance(kind.type, type):
            return False
        if hasattr(kind.type, "__array_priority__"):  # NumPy's operators know it
            return False
        found = inspect.getattr_static(kind.type, method, None)
        return isinstance(found, FunctionType)
