"""What a call site knows of a rule's arguments, and the values that it decides."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from sourcediff.kinds import Array, Kind, Scalar, Sequence, Static
from sourcediff.runtime import same_stack
from sourcediff.transform.build import const, name, same

#: Placeholder of an argument in a rule's text, until that gets an expression.
ARGUMENT = "@argument:"
#: … of the tangent of one.
TANGENT = "@tangent:"


#: … and of one that stands in a display: `@argument:operands@1`.
_ITEM = "@"


def argument_of(bound: Mapping[str, Any], mark: str) -> Any:
    """The expression that a placeholder stands for."""
    parameter, _, place = mark.removeprefix(ARGUMENT).partition(_ITEM)
    return bound[parameter].elts[int(place)] if place else bound[parameter]


def item_of(mark: str, place: int) -> str:
    """The placeholder of one item of what a placeholder stands for."""
    return f"{mark}{_ITEM}{place}"


class Undecided(Exception):
    """The value of an expression is not known when compiling."""


class CallSite:
    """The arguments of a rule in one call, for what its text asks of them.

    `bound` are the expressions of the arguments and `kinds` their kinds; `globals` are
    the rule's own, and `env` are the expressions of its local names.
    """

    def __init__(
        self,
        bound: Mapping[str, Any],
        kinds: Mapping[str, Kind],
        names: dict[str, Any],
    ) -> None:
        self.bound = bound
        self.kinds = kinds
        self.globals = names
        self.env: dict[str, Any] = {}

    def value(self, node: Any) -> Any:
        """The value of an expression of the rule, if the call site decides it."""
        match node:
            case gast.Constant(value=value):
                return value
            case gast.Name(id=identifier):
                return self._value_of_name(identifier)
            case gast.UnaryOp(op=gast.Not(), operand=operand):
                return not self.value(operand)
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return -self.value(operand)
            case gast.BoolOp(op=op, values=values):
                wanted = isinstance(op, gast.Or)
                result = self.value(values[0])
                for value in values[1:]:
                    if bool(result) is wanted:
                        return result
                    result = self.value(value)
                return result
            case gast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(left, op, right)
            case gast.Tuple(elts=elements):
                return tuple(map(self.value, elements))
            case gast.BinOp(left=left, op=op, right=right) if type(op) in FOLDABLE:
                return FOLDABLE[type(op)](self.value(left), self.value(right))
            case gast.Attribute(value=gast.Name(id=identifier), attr=attr) if (
                identifier not in self.env and identifier in self.globals
            ):
                return getattr(self.globals[identifier], attr)
            case gast.Call(func=function, args=arguments, keywords=[]):
                return self._value_of_call(function, arguments)
            case _:
                raise Undecided

    def _value_of_name(self, identifier: str) -> Any:
        if identifier in self.env:
            node = self.env[identifier]
            if isinstance(node, gast.Constant):
                return node.value
            if isinstance(node, gast.Name) and node.id.startswith(ARGUMENT):
                bound = self.bound[node.id.removeprefix(ARGUMENT)]
                if isinstance(bound, gast.Tuple):
                    return tuple(_literal(e) for e in bound.elts)
            raise Undecided
        if identifier in self.globals:
            return self.globals[identifier]
        builtins = self.globals["__builtins__"]
        builtins = builtins if isinstance(builtins, dict) else vars(builtins)
        if identifier in builtins:
            return builtins[identifier]
        raise Undecided

    def _compare(self, left: Any, op: Any, right: Any) -> Any:
        if isinstance(op, (gast.Is, gast.IsNot)) and same(right, const(None)):
            kind = self.kind(left)
            if kind is not None and not isinstance(kind, Static):
                return isinstance(op, gast.IsNot)
        if type(op) not in _COMPARISONS:
            raise Undecided
        return _COMPARISONS[type(op)](self.value(left), self.value(right))

    def kind(self, node: Any) -> Kind | None:
        """The kind of an argument that the rule names, where it is known."""
        if isinstance(node, gast.Name) and node.id in self.env:
            value = self.env[node.id]
            if isinstance(value, gast.Name) and value.id.startswith(ARGUMENT):
                kind = self.kind_of(value.id)
                known = Scalar | Array | Sequence | Static
                return kind if isinstance(kind, known) else None
        return None

    def kind_of(self, mark: str) -> Kind | None:
        """The kind of what a placeholder stands for, where it is known."""
        parameter, _, place = mark.removeprefix(ARGUMENT).partition(_ITEM)
        kind = self.kinds.get(parameter)
        if not place:
            return kind
        return kind.items[int(place)] if isinstance(kind, Sequence) else None

    def items(self, mark: str) -> list[Any]:
        """Expressions for the items of a display that a placeholder stands for.

        Raises Undecided where it is none, or of unknown length.
        """
        label, _, parameter = mark.rpartition(":")
        display = self.bound.get(parameter)
        if not isinstance(display, gast.Tuple | gast.List) or any(
            isinstance(item, gast.Starred) for item in display.elts
        ):
            raise Undecided
        return [
            item
            if isinstance(item, gast.Constant) and label == ARGUMENT[:-1]
            else name(item_of(mark, place))
            for place, item in enumerate(display.elts)
        ]

    def _value_of_call(self, function: Any, arguments: list[Any]) -> Any:
        target = self.value(function)
        kind = self.kind(arguments[0]) if arguments else None
        if target is np.ndim:
            if isinstance(kind, Scalar):
                return 0
            if isinstance(kind, Array) and kind.ndim is not None:
                return kind.ndim
        if target is np.iscomplexobj and isinstance(kind, Scalar | Array):
            return kind.dtype.kind == "c"
        if target is isinstance and isinstance(kind, Scalar | Array):
            return issubclass(_python_type(kind), self._classes(arguments[1]))
        if target is isinstance:
            return isinstance(self.value(arguments[0]), self._classes(arguments[1]))
        if target is same_stack:  # False where it is not known
            return _certainly_same_stack(*map(self.kind, arguments))
        if target in (isinstance, len, np.ndim, abs, builtin_type):
            return target(*map(self.value, arguments))
        raise Undecided

    def _classes(self, node: Any) -> Any:
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.BitOr):
            return self._classes(node.left) | self._classes(node.right)
        return self.value(node)

    def constant(self, node: Any) -> Any:
        """The value of an expanded expression that is a constant or a literal."""
        match node:
            case gast.Constant(value=value):
                return value
            case gast.Tuple(elts=elements):
                return tuple(map(self.constant, elements))
            case gast.Name(id=identifier) if identifier.startswith(ARGUMENT):
                bound = self.bound[identifier.removeprefix(ARGUMENT)]
                if isinstance(bound, gast.Tuple):
                    return _literal(bound)
            case gast.Call(func=gast.Attribute(attr="ndim"), args=[gast.Name(id=mark)]):
                kind = self.kinds.get(mark.removeprefix(ARGUMENT))
                if isinstance(kind, Array) and kind.ndim is not None:
                    return kind.ndim
        raise Undecided


builtin_type = type


def _python_type(kind: Scalar | Array) -> type:
    if isinstance(kind, Array):
        return np.ndarray
    if not kind.python:
        return kind.dtype.type
    return {"b": bool, "i": int, "u": int, "f": float, "c": complex}.get(
        kind.dtype.kind, object
    )


def _literal(node: Any) -> Any:
    if isinstance(node, gast.Constant):
        return node.value
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        return -_literal(node.operand)
    if isinstance(node, gast.Tuple):
        return tuple(map(_literal, node.elts))
    raise Undecided


FOLDABLE: dict[type, Callable[[Any, Any], Any]] = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
}
_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
    gast.In: lambda a, b: a in b,
    gast.NotIn: lambda a, b: a not in b,
}


def _certainly_same_stack(x: Kind | None, y: Kind | None) -> bool:
    match x, y:
        case Array(dims=(*stack, _, _)), Array(dims=(*other, _, _)):
            return None not in stack and stack == other
        case _:
            return False
