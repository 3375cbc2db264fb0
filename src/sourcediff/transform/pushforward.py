"""The tangent of one call, from its rule and the tangents of its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sourcediff.analysis.probing import probe
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Record,
    Scalar,
    Static,
    is_complex,
    scalar_of,
)
from sourcediff.rules import Rule
from sourcediff.transform import expand, rule_texts
from sourcediff.transform.application import Application
from sourcediff.transform.build import (
    assign,
    attribute,
    call,
    clone,
    const,
    name,
    names_in,
    same,
)
from sourcediff.transform.product import Product, gather
from sourcediff.transform.refused import Refused
from sourcediff.transform.site import item_of
from sourcediff.transform.tangent import ZERO, Tangent, of_expression
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.kinds import Kind
    from sourcediff.transform.push import Push


class Pushforward:
    """One rule at one node."""

    def __init__(
        self, push: Push, node: Any, rule: Rule, bound: dict[str, Any], shared: bool
    ) -> None:
        self.push = push
        self.values = push.values
        self.node = node
        self.rule = rule
        self.bound = bound
        self.shared = shared
        self.kinds = {p: self.values.argument_kind(n) for p, n in bound.items()}
        self.tangents = {p: self._tangent(bound[p]) for p in rule.wrt if p in bound}
        self.moving = [p for p, t in self.tangents.items() if not t.is_zero]

    def _tangent(self, argument: Any) -> Tangent:
        if isinstance(argument, gast.Constant):
            return ZERO
        if _is_display(argument):
            if not self._is_moving(argument):
                return ZERO
            return of_expression(self.push.display(argument, self.shared, True))
        return self.push.tangent(argument, self.shared)

    def _is_moving(self, argument: Any) -> bool:
        is_active = self.values.is_active_argument(argument)
        return is_active or (self.shared and self.push.carries(argument))

    def run(self) -> Tangent:
        """The tangent of the result."""
        if not self.moving:
            return ZERO
        match self.rule.kind:
            case "elementwise" if self._may_be_of_matrices():
                return self._of_matrices()
            case "elementwise":
                return self._elementwise()
            case "linear":
                return self._linear()
            case "multilinear":
                return self._multilinear()
            case _:
                return self._general()

    def _application(self, forward: bool) -> Application:
        expansion = expand.Expansion(
            self.rule,
            self.bound,
            self.kinds,
            self.values.reference,
            self.values.kind_of(self.node),
            forward,
        )
        return Application(
            self.values,
            self.node,
            self.rule,
            self.bound,
            self.kinds,
            self.moving,
            expansion,
        )

    def _may_be_of_matrices(self) -> bool:
        """Whether this is `K * x` of a K that may be of a class of matrices."""
        is_product = isinstance(self.node, gast.BinOp) and isinstance(
            self.node.op, gast.Mult
        )
        return is_product and any(
            k == UNKNOWN or isinstance(k, Record) for k in self.kinds.values()
        )

    # --- elementwise ------------------------------------------------------------------

    def _elementwise(self) -> Tangent:
        application = self._application(False)
        mark = len(self.values.prelude)
        try:
            outputs = application.outputs()
        except expand.NotInlinable:
            outputs = application.called()
        self.push.prelude += self.values.prelude[mark:]
        del self.values.prelude[mark:]
        terms: list[Product] = []
        covered: set[str] = set()
        full = False
        for parameter in self.moving:
            partial = outputs[application.position(parameter)]
            if same(partial, const(None)):
                raise Refused(
                    self.node, f"{self.rule.name} has no derivative for {parameter}"
                )
            found, seen = self._term(parameter, partial, application)
            terms += found
            if found:
                covered |= seen
                full = full or any(self._has_shape(application, p) for p in seen)
        if all(term.coefficient == 0 for term in gather(terms)):  # they cancel
            return ZERO
        shaped = {p for p, k in self.kinds.items() if not _is_number(k)}
        return Tangent(tuple(terms), full or shaped <= covered)

    def _term(
        self, parameter: str, partial: Any, application: Application
    ) -> tuple[list[Product], set[str]]:
        """A partial times its argument's tangent, and the arguments it is shaped by."""
        scalar = self.push.is_scalar
        tangent = self.tangents[parameter]
        covered = {parameter} if tangent.full else set()
        for identifier in names_in(partial):
            if identifier == expand.RESULT:
                covered |= set(self.kinds)
            if identifier.startswith(expand.ARGUMENT):
                covered.add(identifier.removeprefix(expand.ARGUMENT))
        number = _number(partial)
        if number is not None:
            terms = tangent.scaled(number).terms if number else ()
            if number not in (1, -1) and len(terms) > 1:
                terms = (tangent.product(scalar).scaled(number),)
        else:
            terms = (tangent.times(application.resolved(partial), scalar),)
        return [self._real(t, parameter, partial, application) for t in terms], covered

    def _real(
        self, term: Product, parameter: str, partial: Any, application: Application
    ) -> Product:
        """A real function of a complex argument moves by the real part."""
        kind = self.values.kind_of(self.node)
        argument = self.kinds[parameter]
        if isinstance(kind, Scalar | Array) and kind.dtype.kind != "f":
            return term
        if isinstance(argument, Scalar | Array):
            plain = argument.dtype.kind != "c"
            if plain and application.expansion.is_real(partial):
                return term
        known = isinstance(argument, Scalar | Array) and isinstance(
            kind, Scalar | Array
        )
        if not known and not self._makes_reals():
            return term
        text = term.expression(self.push.is_scalar)
        return Product(1, (call(f"{self.values.numpy()}.real", text),))

    def _makes_reals(self) -> bool:
        """Whether the result is real for complex arguments, too."""
        given = (Scalar(np.dtype(complex)),) * len(self.kinds)
        found = probe(self.rule.primals[0], given, {})
        return isinstance(found, Scalar) and found.dtype.kind == "f"

    def _has_shape(self, application: Application, parameter: str) -> bool:
        node, kind = self.values.kind_of(self.node), self.kinds[parameter]
        if isinstance(node, Scalar):
            return True
        return isinstance(kind, Array) and application.same_shape(node, kind)

    # --- linear -----------------------------------------------------------------------

    def _linear(self) -> Tangent:
        moving = [p for p in self.moving if not self._is_ignored(p)]
        if not moving:
            return ZERO
        texts: dict[str, Any] = {}
        front = Product()
        for parameter, tangent in self.tangents.items():
            if parameter in moving:
                texts[parameter] = self.push.whole(tangent, self.bound[parameter])
            elif parameter not in self.moving and self._needs_zero(parameter):
                texts[parameter] = self.push.filled(self.bound[parameter], False, True)
        if len(moving) == 1 and not self.shared:
            front, texts[moving[0]] = self._scalars(moving[0])
        return Tangent((front.times(self._reapplied(texts)),))

    def _needs_zero(self, parameter: str) -> bool:
        """Whether an argument that does not move must be one of zeros."""
        node = self.bound[parameter]
        if isinstance(node, gast.Constant) and not _is_number_constant(node):
            return False
        return not self._is_ignored(parameter)

    def _is_ignored(self, parameter: str) -> bool:
        """Whether a linear rule gives no cotangent to an argument: its shape is read."""  # noqa: E501
        if self.rule.kind != "linear" or len(self.rule.wrt) == 1:
            return False
        tree = rule_texts.definition(self.rule.function)
        position = self.rule.wrt.index(parameter)
        returned = [n.value for n in walk(tree) if isinstance(n, gast.Return)]
        return bool(returned) and all(
            isinstance(value, gast.Tuple)
            and len(value.elts) == len(self.rule.wrt)
            and same(value.elts[position], const(None))
            for value in returned
        )

    def _multilinear(self) -> Tangent:
        terms = []
        for parameter in self.moving:
            front, text = self._scalars(parameter)
            terms.append(front.times(self._reapplied({parameter: text})))
        return Tangent(tuple(terms))

    def _scalars(self, parameter: str) -> tuple[Product, Any]:
        """The scalar factors of a tangent, and the rest: they may stay outside."""
        tangent, scalar = self.tangents[parameter], self.push.is_scalar
        kind, argument = self.kinds[parameter], self.bound[parameter]
        whole = self.push.whole(tangent, argument)
        # What is linear over the reals may not be so over complex numbers: np.real;
        # a number times the list that np.split gives repeats it.
        result = self.values.kind_of(self.node)
        is_array = isinstance(kind, Array) and isinstance(result, Array | Scalar)
        if not tangent.full or not is_array or is_complex(kind):
            return Product(), whole
        front, inner = tangent.product(scalar).split(scalar)
        if not inner.numerators:
            return Product(), whole
        return front, inner.expression(scalar)

    def _reapplied(self, texts: dict[str, Any]) -> Any:
        """The function itself, with tangents in the place of some arguments."""
        by_node: dict[Any, Any] = {}
        for parameter, text in texts.items():
            argument = self.bound[parameter]
            if isinstance(argument, gast.Tuple) and not _occurs(argument, self.node):
                by_node.update(zip(argument.elts, text.elts, strict=True))
            else:
                by_node[argument] = text

        def part(node: Any) -> Any:
            return by_node[node] if node in by_node else self.values.value(node)

        match self.node:
            case gast.BinOp(left=left, op=op, right=right):
                return gast.BinOp(part(left), op, part(right))
            case gast.UnaryOp(op=op, operand=operand):
                return gast.UnaryOp(op, part(operand))
            case gast.Attribute(value=value, attr=attr):
                return attribute(part(value), attr)
            case gast.Call(func=function, args=arguments, keywords=keywords):
                receiver = self.values.receiver(self.node, None)
                if receiver is not None:
                    function = attribute(part(receiver), function.attr)
                return gast.Call(
                    clone(function),
                    [part(a) for a in arguments],
                    [gast.keyword(k.arg, part(k.value)) for k in keywords],
                )
            case _:
                raise AssertionError(self.node)

    def _of_matrices(self) -> Tangent:
        """Products under names of their own: their factors keep their sides."""
        terms = []
        for parameter in self.moving:
            whole = self.push.whole(self.tangents[parameter], self.bound[parameter])
            identifier = self.values.temporary(self.node, "dot")
            self.values.declare(identifier, self.values.kind_of(self.node))
            text = self._reapplied({parameter: whole})
            self.push.prelude.append(assign(identifier, text))
            terms.append(Product(1, (name(identifier),)))
        return Tangent(tuple(terms))

    # --- explicit ---------------------------------------------------------------------

    def _general(self) -> Tangent:
        if self.rule.jvp is None:
            raise Refused(self.node, f"{self.rule.name} has no pushforward")
        application = self._application(True)
        texts = {m: t for p in self.rule.wrt for m, t in self._items(p).items()}
        moving = {*texts, *(expand.TANGENT + p for p in self.moving)}
        try:
            text = _moving_part(application.expansion.outputs(), moving)
            if text is None:
                return ZERO
        except expand.NotInlinable:
            text = rule_texts.by_name(
                self.rule, self.bound, self.values.reference, True
            )
        used = list(names_in(text))
        for parameter in self.rule.wrt:
            mark = expand.TANGENT + parameter
            if mark in used:
                texts[mark] = self._given(parameter, used.count(mark))
        resolved = application.resolved(text)
        return of_expression(expand.replace_names(resolved, texts))

    def _items(self, parameter: str) -> dict[str, Any]:
        """The tangents of the items of a display that move, by their placeholders."""
        argument = self.bound[parameter]
        if parameter not in self.moving or not _is_display(argument):
            return {}
        dots = self.push.whole(self.tangents[parameter], argument)
        return {
            item_of(expand.TANGENT + parameter, place): dot
            for place, dot in enumerate(dots.elts)
            if self._is_moving(argument.elts[place])
        }

    def _given(self, parameter: str, uses: int) -> Any:
        """The text of a tangent that a pushforward takes; named if it reads it twice."""  # noqa: E501
        argument = self.bound[parameter]
        if parameter not in self.moving:
            if isinstance(argument, gast.Constant) and not _is_number_constant(
                argument
            ):
                return const(None)
            return self.push.filled(argument, False, True)
        text = self.push.whole(self.tangents[parameter], argument)
        if uses == 1 or isinstance(text, gast.Name):
            return text
        identifier = self.values.temporary(argument, "dot")
        self.values.declare(identifier, self.kinds[parameter])
        self.push.prelude.append(assign(identifier, text))
        return name(identifier)


def _moving_part(node: Any, moving: set[str]) -> Any | None:
    """A pushforward's expression without what is multiplied by zero tangents.

    None for a zero; raises NotInlinable where that does not show.
    """
    match node:
        case gast.Name(id=mark) if mark.startswith(expand.TANGENT):
            return node if mark in moving else None
        case gast.BinOp(left=left, op=gast.Add() | gast.Sub() as op, right=right):
            first, second = _moving_part(left, moving), _moving_part(right, moving)
            if second is None:
                return first
            if first is None:
                negative = isinstance(op, gast.Sub)
                return gast.UnaryOp(gast.USub(), second) if negative else second
            return gast.BinOp(first, op, second)
        case gast.BinOp(left=left, op=gast.Mult() | gast.MatMult() as op, right=right):
            parts = [_moving_part(p, moving) for p in (left, right)]
            return None if None in parts else gast.BinOp(parts[0], op, parts[1])
        case gast.BinOp(left=left, op=gast.Div() as op, right=right):
            above = _moving_part(left, moving)
            return None if above is None else gast.BinOp(above, op, right)
        case gast.UnaryOp(op=gast.USub() as op, operand=operand):
            inner = _moving_part(operand, moving)
            return None if inner is None else gast.UnaryOp(op, inner)
        case gast.AST():
            marks = [n for n in names_in(node) if n.startswith(expand.TANGENT)]
            if any(mark not in moving for mark in marks):
                raise expand.NotInlinable(marks[0])
            return node
        case _:
            return node


def _is_display(node: Any) -> bool:
    return isinstance(node, gast.Tuple | gast.List)


def _occurs(argument: Any, node: Any) -> bool:
    """Whether an argument's display is one that stands in the call."""
    given = [
        *getattr(node, "args", []),
        *(k.value for k in getattr(node, "keywords", [])),
    ]
    return any(argument is g for g in given)


def _number(node: Any) -> int | float | None:
    match node:
        case gast.Constant(value=int() | float() as value) if type(value) is not bool:
            return value
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            inner = _number(operand)
            return None if inner is None else -inner
        case _:
            return None


def _is_number_constant(node: Any) -> bool:
    return isinstance(node.value, int | float | complex)


def _is_number(kind: Kind) -> bool:
    return isinstance(scalar_of(kind), Scalar | Static)
