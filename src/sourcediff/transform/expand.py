"""A rule's text at one call site: branches folded, arguments put in, one expression."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from sourcediff import runtime
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    Scalar,
    Static,
    alternatives,
    is_complex,
)
from sourcediff.rules import Rule
from sourcediff.transform.build import clone, const, name
from sourcediff.transform.einsum_texts import call_of, cotangent_text
from sourcediff.transform.rule_texts import RESULT as RESULT
from sourcediff.transform.rule_texts import SEED as SEED
from sourcediff.transform.rule_texts import definition, leading_marks
from sourcediff.transform.site import ARGUMENT as ARGUMENT
from sourcediff.transform.site import FOLDABLE, CallSite, Undecided
from sourcediff.transform.site import TANGENT as TANGENT
from sourcediff.transform.variadic import items_of, with_items
from sourcediff.trees import walk, with_children

#: Functions of an argument that read its shape or type but not its elements.
SHAPE_READERS = frozenset(
    {
        "shape",
        "ndim",
        "size",
        "zeros_like",
        "ones_like",
        "empty_like",
        "full_like",
        "iscomplexobj",
        "result_type",
        "count",
        "unbroadcast",
        "scatter_add",
    }
)


#: Functions of indices, evaluated when compiling where their arguments are constants.
_INDEX_FUNCTIONS = frozenset({"argsort", "mod"})


class NoDerivative(Exception):
    """The rule says that the function has no derivative at this call site."""


class NotInlinable(Exception):
    """The rule's text does not reduce to one expression at this call site."""


class Expansion:
    """One rule, one call site.

    `kinds` are the kinds of the bound arguments; `bound` their expressions, whose
    constants fold the rule's branches. `reference(object, name)` gives the expression
    by which generated code names a global of the rule, such as `np` or a helper.
    `forward`: the text is that of the rule's pushforward.
    """

    def __init__(
        self,
        rule: Rule,
        bound: Mapping[str, Any],
        kinds: Mapping[str, Kind],
        reference: Callable[[Any, str], Any],
        result: Kind,
        forward: bool = False,
    ) -> None:
        self.rule = rule
        self._text = rule.jvp if forward and rule.jvp else rule.function
        self._marks = leading_marks(rule, forward)
        self.result = result
        self._reference = reference
        plain = getattr(self._text, "__wrapped__", self._text)
        self._site = CallSite(bound, kinds, plain.__globals__)
        self._locals: dict[str, Any] = {}

    def outputs(self) -> Any:
        """What the rule returns: an expression with placeholders.

        Raises NotInlinable where that depends on values, and NoDerivative.
        """
        if self.rule.reals and any(map(is_complex, self._site.kinds.values())):
            reason = f"{self.rule.name} has no derivative for complex numbers"
            raise NoDerivative(reason)
        tree = definition(self._text)
        parameters = [p.id for p in (*tree.args.posonlyargs, *tree.args.args)]
        leading = parameters[: len(self._marks)]
        self._site.env = dict(zip(leading, map(name, self._marks), strict=True))
        for parameter in self._site.bound:
            self._site.env[parameter] = self._argument(parameter)
        try:
            result = self._run(tree.body)
        except Undecided:
            result = None
        if result is None:
            raise NotInlinable(self.rule.name)
        return self._settle(result)

    def _argument(self, parameter: str) -> Any:
        node = self._site.bound[parameter]
        if isinstance(node, gast.Constant):
            return node
        if (
            isinstance(node, gast.UnaryOp)
            and isinstance(node.op, gast.USub)
            and isinstance(node.operand, gast.Constant)
        ):
            return const(-node.operand.value)
        kind = self._site.kinds.get(parameter)
        if isinstance(kind, Static) and isinstance(
            kind.value, int | float | str | tuple | None
        ):
            return const(kind.value)
        return name(ARGUMENT + parameter)

    # --- statements -----------------------------------------------------------------

    def _run(self, body: list[Any]) -> Any | None:
        for statement in body:
            match statement:
                case gast.Expr(value=gast.Constant()):
                    continue
                case gast.If(test=test, body=then, orelse=otherwise):
                    chosen = then if self._decide(test) else otherwise
                    result = self._run(chosen)
                    if result is not None:
                        return result
                case gast.Assign(targets=[gast.Name(id=identifier)], value=value):
                    self._assign(identifier, self._substitute(value))
                case gast.Return(value=value) if value is not None:
                    return self._substitute(value)
                case _:
                    raise NotInlinable(self.rule.name)
        return None

    def _assign(self, identifier: str, value: Any) -> None:
        mark = f"@local:{len(self._locals)}:{identifier}"
        if isinstance(value, gast.Name | gast.Constant):
            self._site.env[identifier] = value
            return
        self._locals[mark] = value
        self._site.env[identifier] = name(mark)

    def _settle(self, result: Any) -> Any:
        """Put the locals that are used once in place of their names."""
        while True:
            used = [n.id for n in walk(result) if isinstance(n, gast.Name)]
            marks = [m for m in dict.fromkeys(used) if m in self._locals]
            if not marks:
                return result
            for mark in marks:
                if used.count(mark) > 1 and not isinstance(result, gast.Tuple):
                    raise NotInlinable(self.rule.name)
            result = replace_names(result, {m: self._locals[m] for m in marks})

    # --- expressions ----------------------------------------------------------------

    def _substitute(self, node: Any) -> Any:
        match node:
            case gast.Name(id=identifier):
                return self._name(identifier)
            case gast.Attribute(value=gast.Name(id=identifier), attr=attr) if (
                identifier not in self._site.env
            ):
                owner = self._site.globals.get(identifier)
                if owner is not None and owner is not np:
                    return self._reference(getattr(owner, attr), attr)
                return gast.Attribute(self._name(identifier), attr, gast.Load())
            case gast.IfExp(test=test, body=body, orelse=orelse):
                try:
                    return self._substitute(body if self._decide(test) else orelse)
                except NotInlinable:
                    return gast.IfExp(*map(self._substitute, (test, body, orelse)))
            case gast.Call(
                func=gast.Name(id="tuple" | "sum" as whole),
                args=[gast.GeneratorExp(elt=item, generators=[generator])],
            ):
                return self._unrolled(whole, item, generator)
            case gast.ListComp() | gast.GeneratorExp() | gast.Lambda():
                raise NotInlinable(self.rule.name)
            case gast.Call(func=gast.Name(id=identifier)) if (
                self._site.globals.get(identifier) is runtime.einsum_bar
            ):
                node = with_children(node, self._substitute)
                return self._einsum_bar(node) or with_items(node, self._site)
            case _:
                node = with_items(with_children(node, self._substitute), self._site)
                return fold(self._folded_call(node))

    def _unrolled(self, whole: str, item: Any, generator: Any) -> Any:
        """What a rule says of each of its variadic arguments, one after the other.

        A condition that is not decided only leaves out what is dropped as a zero.
        """
        match generator:
            case gast.comprehension(
                target=gast.Name(id=index),
                iter=gast.Call(
                    func=gast.Name(id="range"),
                    args=[gast.Call(func=gast.Name(id="len"), args=[display])],
                ),
            ):
                parts = []
                for place in range(
                    len(items_of(self._substitute(display), self._site))
                ):
                    self._site.env[index] = const(place)
                    if all(map(self._may_hold, generator.ifs)):
                        parts.append(self._substitute(item))
                if whole == "tuple":
                    return gast.Tuple(parts, gast.Load())
                return functools.reduce(
                    lambda a, b: gast.BinOp(a, gast.Add(), b), parts
                )
            case _:
                raise NotInlinable(self.rule.name)

    def _may_hold(self, test: Any) -> bool:
        try:
            return self._decide(test)
        except NotInlinable:
            return True

    def _einsum_bar(self, node: Any) -> Any | None:
        """The cotangent of an einsum's operand, where it is an einsum of the others."""
        seed, place, starred = node.args
        subscripts, *operands = items_of(starred.value, self._site)
        if not isinstance(subscripts, gast.Constant) or place.value == 0:
            return None
        kinds = [self._site.kind_of(getattr(o, "id", "")) or UNKNOWN for o in operands]
        numpy = self._name("np")
        factors = [
            operand if self.is_real(operand) else call_of(numpy, "conj", operand)
            for operand in operands
        ]
        return cotangent_text(
            seed, place.value - 1, subscripts.value, factors, kinds, numpy
        )

    def _folded_call(self, node: Any) -> Any:
        """A call of NumPy that the call site decides: of constants, or idle."""
        match node:
            case gast.Call(
                func=gast.Attribute(attr="conj"), args=[argument], keywords=[]
            ) if self.is_real(argument):
                return argument
            case gast.Call(
                func=gast.Attribute(attr=attr), args=arguments, keywords=[]
            ) if attr in _INDEX_FUNCTIONS:
                try:
                    values = [self._site.constant(a) for a in arguments]
                except Undecided:
                    return node
                return _index_constant(getattr(np, attr)(*values))
            case _:
                return node

    def is_real(self, node: Any) -> bool:
        """Whether an expanded expression is certainly not complex."""
        for child in walk(node):
            if isinstance(child, gast.Call) and self._makes_complex:
                return False
            if isinstance(child, gast.Constant) and isinstance(child.value, complex):
                return False
            if isinstance(child, gast.Name):
                if child.id.startswith(ARGUMENT):
                    kind = self._site.kind_of(child.id)
                elif child.id.startswith("@local:"):
                    if not self.is_real(self._locals[child.id]):
                        return False
                    continue
                elif child.id == RESULT:
                    kind = self.result
                elif child.id.startswith("@"):
                    return False
                else:
                    continue
                if kind is None or not all(map(_is_real, alternatives(kind))):
                    return False
        return True

    @functools.cached_property
    def _makes_complex(self) -> bool:
        """Whether the function's result is complex where its arguments are not."""
        kinds = self._site.kinds
        given = [kinds[p] for p in self.rule.wrt if p in kinds]
        return is_complex(self.result) and not any(map(is_complex, given))

    def _name(self, identifier: str) -> Any:
        if identifier in self._site.env:
            return clone(self._site.env[identifier])
        if identifier in self._site.globals:
            value = self._site.globals[identifier]
            if isinstance(value, int | float) and not isinstance(value, bool):
                return const(value)
            return self._reference(value, identifier)
        return name(identifier)

    def _decide(self, test: Any) -> bool:
        try:
            return bool(self._site.value(test))
        except Undecided:
            raise NotInlinable(self.rule.name) from None


def _index_constant(value: Any) -> Any:
    """A small array of indices, or one, as an expression."""
    if np.ndim(value) == 0:
        return const(int(value))
    return gast.Tuple([const(int(v)) for v in value], gast.Load())


def fold(node: Any) -> Any:
    """Arithmetic of literal numbers done; `x ** 1` is `x`."""
    match node:
        case gast.BinOp(
            left=gast.Constant(value=a), op=op, right=gast.Constant(value=b)
        ) if type(op) in FOLDABLE and _is_number(a) and _is_number(b):
            return const(FOLDABLE[type(op)](a, b))
        case gast.BinOp(left=left, op=gast.Pow(), right=gast.Constant(value=1)):
            return left
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=a)) if _is_number(
            a
        ):
            return const(-a)
        case _:
            return node


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def replace_names(node: Any, texts: Mapping[str, Any]) -> Any:
    """A copy of a tree in which the given names are replaced by expressions."""
    if isinstance(node, gast.Name) and node.id in texts:
        return clone(texts[node.id])
    return with_children(node, lambda child: replace_names(child, texts))


def _is_real(kind: Kind) -> bool:
    return isinstance(kind, (Scalar, Array)) and kind.dtype.kind != "c"
