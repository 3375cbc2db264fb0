"""The expressions of a rule at a node, and what stands for their placeholders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import Array, Kind, Scalar
from sourcediff.rules import Rule
from sourcediff.transform import expand, rule_texts
from sourcediff.transform.build import assign, const, name, same, subscript
from sourcediff.transform.cotangent import Cotangent
from sourcediff.transform.product import factor_out
from sourcediff.transform.refused import Refused
from sourcediff.transform.site import argument_of
from sourcediff.transform.turned import turned_once
from sourcediff.trees import with_children

if TYPE_CHECKING:
    from sourcediff.transform.pull import Pull


@dataclass
class Texts:
    """What one rule says at one node."""

    pull: Pull
    node: Any
    rule: Rule
    bound: dict[str, Any]
    kinds: dict[str, Kind]
    active: list[str]
    expansion: expand.Expansion

    def outputs(self) -> list[Any]:
        """The cotangents or partials of the rule, as expressions."""
        try:
            outputs = self.expansion.outputs()
        except expand.NoDerivative as error:
            raise Refused(self.node, str(error)) from None
        names = self._differentiable()
        if len(names) == 1:
            return [outputs]
        if not isinstance(outputs, gast.Tuple) or len(outputs.elts) != len(names):
            raise expand.NotInlinable(self.rule.name)
        return list(outputs.elts)

    def _differentiable(self) -> tuple[str, ...]:
        single = self.rule.kind == "elementwise" and not rule_texts.returns_tuple(
            self.rule
        )
        return self.rule.wrt[:1] if single else self.rule.wrt

    def position(self, parameter: str) -> int:
        """Which of the rule's outputs belongs to a parameter."""
        names = self._differentiable()
        if parameter not in names:
            raise Refused(
                self.node, f"{self.rule.name} has no derivative for {parameter}"
            )
        return names.index(parameter)

    def called(self) -> list[Any]:
        """The partials, by a call of the rule's own function."""
        text = rule_texts.by_name(self.rule, self.bound, self.pull.reference)
        names = self._differentiable()
        if len(names) == 1:
            return [text]
        if len(self.active) == 1:
            return [subscript(text, const(i)) for i in range(len(names))]
        identifier = self.pull.temporary(
            gast.Name(self.rule.name, None, None, None), "partials"
        )
        self.pull.prelude.append(assign(identifier, self.resolved(text)))
        return [subscript(name(identifier), const(i)) for i in range(len(names))]

    def called_general(self, cotangent: Cotangent) -> tuple[list[Any], Cotangent]:
        """The cotangents of the arguments, by a call of the rule's own function."""
        text = rule_texts.by_name(self.rule, self.bound, self.pull.reference)
        names = self.rule.wrt
        if len(names) == 1:
            return [text], cotangent
        if len(self.active) == 1:
            return [subscript(text, const(i)) for i in range(len(names))], cotangent
        if cotangent.parts is not None:
            seed = self.pull.structure(cotangent, self.node)
        else:
            seed = cotangent.product.expression(self.pull.is_scalar)
        identifier = self.pull.temporary(
            gast.Name(self.rule.name, None, None, None), "bars"
        )
        text = self.resolved(expand.replace_names(text, {expand.SEED: seed}))
        self.pull.prelude.append(assign(identifier, text))
        results = [subscript(name(identifier), const(i)) for i in range(len(names))]
        return results, cotangent

    def resolved(self, node: Any) -> Any:
        """An expanded text with expressions for the result and the arguments."""
        match node:
            case gast.Name(id=expand.RESULT):
                return self.pull.value(self.node)
            case gast.Name(id=identifier) if identifier.startswith(expand.ARGUMENT):
                return self._argument(identifier)
            case gast.Attribute(value=gast.Name(id=mark), attr="T") if mark.startswith(
                expand.ARGUMENT
            ):
                return self._transposed(mark)
            case gast.Call(func=function, args=arguments) if _reads_shape(function):
                return self._shape_call(node, function, arguments)
            case _:
                return turned_once(with_children(node, self.resolved))

    def _transposed(self, mark: str) -> Any:
        """An argument transposed; that of `x.T` is `x`."""
        match argument_of(self.bound, mark):
            case gast.Attribute(value=plain, attr="T") if isinstance(
                self.pull.kind_of(plain), Array
            ):
                return self.pull.value(plain)
            case _:
                return gast.Attribute(self._argument(mark), "T", gast.Load())

    def _argument(self, mark: str) -> Any:
        argument = argument_of(self.bound, mark)
        if isinstance(argument, gast.Tuple | gast.List):
            elements = [self.pull.value(e) for e in argument.elts]
            return type(argument)(elements, gast.Load())
        others = [b for b in self.bound.values() if b is not argument]
        if any(self._is_multiple(argument, other) for other in others):
            return self.pull.rebuilt(argument)
        return self.pull.value(argument)

    def _is_multiple(self, node: Any, other: Any) -> bool:
        """Whether a node is a number times a variable: `-0.5 * x` in `-0.5 * x * x`.

        The two terms of such a product's derivative are one then.
        """
        if not isinstance(other, gast.Name) or not isinstance(node, gast.BinOp):
            return False
        product = factor_out(node)
        arrays = [n for n in product.numerators if not self._is_number(n)]
        return not product.denominators and len(arrays) == 1 and same(arrays[0], other)

    def _is_number(self, node: Any) -> bool:
        is_scalar = isinstance(self.pull.kind_of(node), Scalar)
        return is_scalar and isinstance(node, gast.Name)

    def _shape_call(self, node: Any, function: Any, arguments: list[Any]) -> Any:
        def shape_text(argument: Any) -> Any:
            match argument:
                case gast.Name(id=expand.RESULT):
                    return self.pull.shape_of(self.node)
                case gast.Name(id=mark) if mark.startswith(expand.ARGUMENT):
                    actual = argument_of(self.bound, mark)
                    if not isinstance(actual, gast.Tuple | gast.List):
                        return self.pull.shape_of(actual)
            return self.resolved(argument)

        label = function.attr if isinstance(function, gast.Attribute) else function.id
        only_last = label in ("unbroadcast", "scatter_add")
        texts = [
            self.resolved(a) if only_last and i < len(arguments) - 1 else shape_text(a)
            for i, a in enumerate(arguments)
        ]
        named = len(texts) == 1 and isinstance(texts[0], gast.Name)
        if label == "size" and named and self._is_array(arguments[0]):
            return gast.Attribute(texts[0], "size", gast.Load())
        keywords = list(map(self.resolved, node.keywords))
        return gast.Call(self.resolved(function), texts, keywords)

    def _is_array(self, argument: Any) -> bool:
        """Whether what a rule names is certainly an array of the primal."""
        match argument:
            case gast.Name(id=expand.RESULT):
                kind = self.pull.kind_of(self.node)
            case gast.Name(id=mark) if mark.startswith(expand.ARGUMENT):
                kind = self.pull.kind_of(argument_of(self.bound, mark))
            case _:
                return False
        return isinstance(kind, Array)


def _reads_shape(function: Any) -> bool:
    match function:
        case gast.Attribute(attr=label) | gast.Name(id=label):
            return label in expand.SHAPE_READERS
        case _:
            return False


def constant_axes(node: Any) -> tuple[int, ...] | None:
    """The axes that an expression spells out, or None."""
    match node:
        case gast.Constant(value=int(axis)):
            return (axis,)
        case gast.Constant(value=tuple(axes)):
            return axes
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int(axis))):
            return (-axis,)
        case gast.Tuple(elts=elements):
            parts = [constant_axes(e) for e in elements]
            if all(p is not None for p in parts):
                return tuple(a for p in parts if p for a in p)
    return None


def sum_of_axes(node: Any) -> tuple[Any, list[int]] | None:
    """`e.sum(axis=a, keepdims=True)` as `e.sum(axis=a)` and its axes.

    A dot of rows with an axis in the place of the one summed over counts too.
    """
    match node:
        case gast.Subscript(
            value=gast.Call(func=gast.Attribute(attr="vecdot")) as dot,
            slice=gast.Tuple(elts=[*full, gast.Constant(value=None)]),
        ):
            return dot, [len(full)]
        case gast.Call(
            func=gast.Attribute(attr="sum"),
            args=[],
            keywords=[
                gast.keyword(arg="axis") as axis,
                gast.keyword(arg="keepdims", value=gast.Constant(value=True)),
            ],
        ):
            axes = constant_axes(axis.value)
            if axes is not None:
                return gast.Call(node.func, [], [axis]), sorted(axes)
    return None
