"""Tangents pushed up an expression tree by the rules, from the variables it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import gast

from sourcediff.analysis.sharing import Sharing, operand, sharing
from sourcediff.analysis.written_text import READ_FROM_TEXT, writes_text
from sourcediff.kinds import (
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    is_differentiable,
    scalar_of,
)
from sourcediff.rules import lookup
from sourcediff.transform import rule_texts
from sourcediff.transform.binding import Unbindable, bind, require_numbers
from sourcediff.transform.build import (
    attribute,
    call,
    clone,
    const,
    subscript,
    tuple_of,
)
from sourcediff.transform.cotangent import materialise
from sourcediff.transform.integers import key_of
from sourcediff.transform.operators import operation
from sourcediff.transform.pull import Pull
from sourcediff.transform.pushforward import Pushforward
from sourcediff.transform.refused import NoRule, Refused
from sourcediff.transform.structures import constructed_elements
from sourcediff.transform.tangent import (
    ZERO,
    Tangent,
    of_expression,
    of_name,
)

#: Methods of containers that mean for the tangents what they mean for the values.
MIRRORED = frozenset(
    {
        "append",
        "extend",
        "insert",
        "pop",
        "clear",
        "update",
        "setdefault",
        "reverse",
        "popitem",
        "get",
        "copy",
        "values",
        "keys",
    }
)
#: Functions that arrange values anew, whatever they are.
STRUCTURAL = (list, tuple, dict, reversed)


def _is_list(kind: Kind) -> bool:
    return isinstance(kind, List)


def is_of_program(function: Any) -> bool:
    """Whether a function is one of the program that is differentiated."""
    return isinstance(function, FunctionType) or hasattr(function, "program")


@dataclass
class Push:
    """What the tangent of one expression consists of.

    `values` names what is computed twice otherwise, `dot` gives the name of a
    variable's tangent. `carries` says whether a value may share memory with one that
    has a tangent, though it does not move yet; under the keys and attributes in
    `integers` there may be None for a tangent. `is_idle` says whether text certainly is
    not read as a number that the result is made of.
    """

    values: Pull
    dot: Callable[[str], str]
    carries: Callable[[Any], bool]
    integers: frozenset[Any]
    is_idle: Callable[[Any], bool]
    prelude: list[Any] = field(default_factory=list)

    # --- up the tree ----------------------------------------------------------------

    def tangent(self, node: Any, shared: bool = False) -> Tangent:
        """The tangent of an expression; of one that is `shared`, a view of the same.

        Raises Refused for what cannot be differentiated.
        """
        if not self.values.is_active(node) and not (shared and self.carries(node)):
            return ZERO
        if writes_text(node, self.values.callee):
            if not self.is_idle(node):
                raise Refused(node, READ_FROM_TEXT)
            return ZERO
        match node:
            case gast.Name(id=identifier):
                return of_name(self.dot(identifier))
            case gast.Tuple() | gast.List() | gast.Dict():
                return of_expression(self.display(node, shared))
            case gast.BinOp() | gast.UnaryOp():
                if isinstance(self.values.kind_of(node), List | Sequence):
                    return of_expression(self._repeated(node, shared))
                function, operands = operation(node)
                return self._apply(node, function, operands, {})
            case gast.Subscript(value=value, slice=key):
                return self._subscript(node, value, key, shared)
            case gast.Call():
                return self._call(node, shared)
            case gast.Attribute(value=value, attr=attr):
                return self._attribute(node, value, attr, shared)
            case _:
                raise Refused(node, "this expression is outside the language")

    def _repeated(self, node: Any, shared: bool) -> Any:
        """`xs + ys` and `xs * 3` of lists."""
        texts = [
            self.filled(side, shared)
            if isinstance(self._kind(side), List | Sequence)
            else self.values.value(side)
            for side in (node.left, node.right)
        ]
        return gast.BinOp(texts[0], node.op, texts[1])

    def _subscript(self, node: Any, value: Any, key: Any, shared: bool) -> Tangent:
        base = self.tangent(value, shared)
        if base.is_zero:
            if self.values.is_active(key):
                raise Refused(node, "what this object makes of its index is not known")
            return ZERO
        text = subscript(self.whole(base, value), self.values.key(key))
        return of_expression(self._number(text, node))

    def _number(self, text: Any, node: Any) -> Any:
        """What `text`, the tangent of a part of a container, has for None: a zero."""
        if key_of(node) not in self.integers or isinstance(self._kind(node), Array):
            return text
        return call(self.values.helper("add"), text, const(0.0))

    def _attribute(self, node: Any, value: Any, attr: str, shared: bool) -> Tangent:
        kind = self.values.kind_of(value)
        if isinstance(kind, Record):
            if kind.get(attr) is None:  # an attribute of the class
                return ZERO
            base = self.tangent(value, shared)
            if base.is_zero:
                return ZERO
            text = base.expression(self.is_scalar)
            fields = getattr(kind.type, "_fields", ())
            if attr in fields:  # the tangent of a named tuple may be a plain one
                return of_expression(subscript(text, const(fields.index(attr))))
            return of_expression(self._number(attribute(text, attr), node))
        function = self.values.callee(node)
        if function is None:
            raise Refused(node, "the type of this object is not known")
        return self._apply(node, function, [value], {}, shared)

    def _call(self, node: Any, shared: bool) -> Tangent:
        function = self.values.callee(node)
        if self.is_container_call(node):
            if node.func.attr == "keys":
                return ZERO
            return of_expression(self.mirrored(node, shared))
        if function in STRUCTURAL and len(node.args) == 1 and not node.keywords:
            parts = self.filled(node.args[0], shared, True)
            return of_expression(call(clone(node.func), parts))
        if isinstance(function, type):
            elements = constructed_elements(node, function)
            if elements is not None:
                return of_expression(self._constructed(node, elements, shared))
        if function is None:
            raise Refused(node, "the function that is called here is not known")
        if is_of_program(function) and lookup(function) is None:
            if not self.values.is_active(node):
                return ZERO
            label = function.__name__
            cause = f"give the result of {label} a name, in a line before this one"
            raise Refused(node, cause)
        arguments = list(node.args)
        receiver = self.values.receiver(node, function)
        if receiver is not None:
            arguments.insert(0, receiver)
        keywords = {k.arg: k.value for k in node.keywords}
        return self._apply(node, function, arguments, keywords, shared)

    # --- structures -----------------------------------------------------------------

    def is_container_call(self, node: Any) -> bool:
        """Whether a call is that of a method of a list or a dict."""
        function = node.func
        if not isinstance(function, gast.Attribute) or function.attr not in MIRRORED:
            return False
        kind = self.values.kind_of(function.value)
        return isinstance(kind, List | Dict) or (
            isinstance(kind, Sequence) and kind.type is list
        )

    def mirrored(self, node: Any, shared: bool = True) -> Any:
        """The same call of a method, of the container of tangents."""
        base = self.tangent(node.func.value, True)
        if base.is_zero:
            raise Refused(node, "the container of tangents is not known here")
        method = node.func.attr
        moved = {"append": 0, "extend": 0, "insert": 1, "update": 0}.get(method)
        if method in ("get", "setdefault"):
            moved = 1
        arguments = [
            self.filled(a, shared) if moved == i else self.values.value(a)
            for i, a in enumerate(node.args)
        ]
        function = attribute(base.expression(self.is_scalar), method)
        return gast.Call(function, arguments, [])

    def _constructed(self, node: Any, elements: dict[str, Any], shared: bool) -> Any:
        """An object of the tangents of its fields; defaults have none."""
        kind = self._kind(node)
        fields = dict.fromkeys(elements)
        if isinstance(kind, Record):
            fields = dict.fromkeys(name for name, _ in kind.fields)
        given = {n: self.filled(e, shared) for n, e in elements.items()}
        defaults = dict(kind.fields) if isinstance(kind, Record) else {}
        for missing in [n for n in fields if n not in given]:
            is_number = isinstance(scalar_of(defaults[missing]), Scalar)
            given[missing] = const(0.0 if is_number else None)
        keywords = [gast.keyword(n, given[n]) for n in fields]
        if list(elements) == list(fields):
            return gast.Call(clone(node.func), list(given.values()), [])
        return gast.Call(clone(node.func), [], keywords)

    def display(self, node: Any, shared: bool, numbers: bool = False) -> Any:
        """A tuple, list or dict of the tangents of its elements.

        `numbers`: it is read as an array, in which nothing stands for a zero.
        """
        match node:
            case gast.Dict(keys=keys, values=values):
                return gast.Dict(
                    clone(keys), [self.filled(v, shared, numbers) for v in values]
                )
            case gast.List(elts=elements):
                parts = [self.filled(e, shared, True) for e in elements]
                return gast.List(parts, gast.Load())
            case gast.Tuple(elts=elements):
                return tuple_of(self.filled(e, shared, numbers) for e in elements)
            case _:
                raise AssertionError(node)

    def filled(self, node: Any, shared: bool = False, numbers: bool = False) -> Any:
        """The tangent as an expression of the node's shape, zeros written out."""
        if isinstance(node, gast.Starred):
            return gast.Starred(self.filled(node.value, shared), gast.Load())
        if isinstance(node, gast.Tuple | gast.List | gast.Dict):
            return self.display(node, shared, numbers)
        tangent = self.tangent(node, shared)
        if not tangent.is_zero:
            return self.whole(tangent, node)
        kind = self._kind(node)
        if not is_differentiable(kind) and not numbers:
            if isinstance(kind, Sequence) and any(map(_is_list, kind.items)):
                # An empty list counts as one that may move: it has a tangent.
                return call(self.values.helper("zeros_like"), self.values.value(node))
            return const(None)
        return self.zero(kind, lambda: self.values.value(node))

    def zero(self, kind: Kind, value: Callable[[], Any]) -> Any:
        """The tangent of what does not move."""
        if isinstance(scalar_of(kind), Scalar):
            return const(0.0)
        if isinstance(kind, Static):
            return const(None)
        if isinstance(kind, Record) and kind.type is range:
            zeros = gast.List([const(0.0)], gast.Load())
            return gast.BinOp(zeros, gast.Mult(), call("len", value()))
        if isinstance(kind, Array):
            return call(f"{self.values.numpy()}.zeros_like", value())
        return call(self.values.helper("zeros_like"), value())

    def whole(self, tangent: Tangent, node: Any) -> Any:
        """A tangent as an expression of its node's full shape."""
        if tangent.full:
            return tangent.expression(self.is_scalar)
        return materialise(
            tangent.product(self.is_scalar),
            self._kind(node),
            self.values.shape_of(node),
            self.is_scalar,
            self.values.numpy(),
        )

    def _kind(self, node: Any) -> Kind:
        return self.values.argument_kind(node)

    def is_scalar(self, node: Any) -> bool:
        """Whether an expression of the generated code is certainly a number."""
        return self.values.is_scalar(node)

    # --- one rule -------------------------------------------------------------------

    def _apply(
        self,
        node: Any,
        function: Any,
        arguments: list[Any],
        keywords: dict[str, Any],
        shared: bool = False,
    ) -> Tangent:
        rule = lookup(function)
        if rule is not None and rule.kind == "passive":
            return ZERO
        if rule is None or rule.kind == "mutation":
            raise NoRule(node, function)
        try:
            require_numbers(function, arguments, self._kind)
            bound = bind(rule, function, arguments, keywords)
        except Unbindable as error:
            raise Refused(
                node, f"the derivative of {rule.name} does not support {error}"
            ) from None
        is_active = self.values.is_active_argument
        stray = [
            p
            for p, n in bound.items()
            if p not in rule.wrt and is_active(n) and not rule_texts.is_unread(rule, p)
        ]
        if stray:
            raise Refused(node, f"{rule.name} has no derivative for {stray[0]}")
        if rule.view and rule.kind == "rule" and self._is_view(node):
            return self._viewed(node, shared)
        return Pushforward(self, node, rule, bound, shared and rule.view).run()

    def _is_view(self, node: Any) -> bool:
        is_call = isinstance(node, gast.Call)
        how = is_call and sharing(node, self.values.kind_of, self.values.callee)
        return how is Sharing.VIEW

    def _viewed(self, node: Any, shared: bool) -> Tangent:
        """The same view of the tangent."""
        base = operand(node, self.values.kind_of)
        tangent = self.tangent(base, shared)
        if tangent.is_zero:
            return ZERO
        text = self.whole(tangent, base)
        arguments = [text if a is base else self.values.value(a) for a in node.args]
        return of_expression(gast.Call(clone(node.func), arguments, []))
