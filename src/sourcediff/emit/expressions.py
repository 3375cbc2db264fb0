"""Expressions become streams: no parentheses but those that the grammar needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NoReturn

import gast

from sourcediff.emit.binding import (
    BINARY,
    BOOLEAN,
    COMPARISON,
    UNARY,
    Binding,
    binding,
)
from sourcediff.emit.fstrings import fstring_text
from sourcediff.emit.literals import constant_text, quoted_text
from sourcediff.emit.marks import (
    BEFORE,
    CHAIN,
    CLOSE,
    CLOSE_INDEX,
    COMMA,
    DOT,
    EMPTY_DICT,
    EMPTY_LIST,
    END,
    FLUENT,
    GROUP,
    HUG,
    LAMBDA,
    LAMBDA_BODY,
    LINE,
    NAMED,
    NO_ARGUMENTS,
    OPEN,
    TRAILING_COMMA,
    UNWRAP,
    WRAP,
    Strength,
)
from sourcediff.emit.parameters import Parameter, listed
from sourcediff.emit.unprintable import Unprintable

_LINKS = {gast.Attribute, gast.Call, gast.Subscript}
_COMPARE = BEFORE[Strength.COMPARISON]
_CONDITIONAL = BEFORE[Strength.CONDITIONAL]


class ExpressionWriter:
    """Writes expressions to a stream: one method per node, named as in astunparse."""

    def __init__(self, taken_quotes: tuple[str, ...] = ()) -> None:
        self.stream: list[str] = []
        self.write: Callable[[str], None] = self.stream.append
        # Quotes of the f-strings around: they cannot occur in here.
        self.taken_quotes = taken_quotes

    def expression(self, node: Any) -> None:
        """Write an expression as it stands, without parentheses around it."""
        kind = node.__class__
        if kind is gast.Name:
            self.write(node.id)
        elif issubclass(kind, gast.expr):
            getattr(self, f"_{kind.__name__}", self._refuse)(node)
        else:
            self._refuse(node)

    def operand(self, node: Any, level: Binding) -> None:
        """Write an expression, in parentheses if it binds more loosely than asked."""
        if binding(node) < level:
            self.parenthesised(node)
        else:
            self.expression(node)

    def parenthesised(self, node: Any) -> None:
        """Write an expression in parentheses."""
        self.write("(")
        self.write(OPEN)
        self.expression(node)
        self.write(CLOSE)
        self.write(")")

    def operands(self, nodes: Sequence[Any], level: Binding = Binding.TEST) -> None:
        """Write expressions, separated by commas at which the line may break."""
        for position, node in enumerate(nodes):
            if position:
                self.write(COMMA)
            self.operand(node, level)

    def _refuse(self, node: Any) -> NoReturn:
        raise Unprintable(f"a {type(node).__name__} as an expression")

    _Repr = _TemplateStr = _Interpolation = _FormattedValue = _refuse

    def _Constant(self, node: Any) -> None:
        value = node.value
        if value.__class__ is str or value.__class__ is bytes:
            prefix = "u" if node.kind == "u" else ""
            self.write(prefix + quoted_text(value, self.taken_quotes))
        else:
            self.write(constant_text(value))

    # Operators

    def _BinOp(self, node: Any) -> None:
        operator = self.known(BINARY, node.op)
        if operator.binding is Binding.POWER:
            self._power(node)
            return
        level = operator.binding
        spine = [node]
        while _is_binary(spine[-1].left, level):
            spine.append(spine[-1].left)
        self.write(CHAIN)
        self.operand(spine[-1].left, level)
        for part in reversed(spine):
            before, sign, _ = BINARY[part.op.__class__]
            self.write(before)
            self.write(sign)
            self.operand(part.right, Binding(level + 1))
        self.write(END)

    def _power(self, node: Any) -> None:
        self.write(CHAIN)
        self.operand(node.left, Binding.AWAIT)
        while True:
            right = node.right
            again = _is_binary(right, Binding.POWER)
            if (
                binding(node.left) >= Binding.AWAIT
                and _is_simple(node.left)
                and _is_simple(right.left if again else right)
            ):
                self.write(HUG)
                self.write("**")
            else:
                before, sign, _ = BINARY[gast.Pow]
                self.write(before)
                self.write(sign)
            if not again:
                break
            node = right
            self.operand(node.left, Binding.AWAIT)
        self.operand(right, Binding.FACTOR)
        self.write(END)

    def _BoolOp(self, node: Any) -> None:
        self.write(CHAIN)
        self._boolean_operands(node)
        self.write(END)

    def _boolean_operands(self, node: Any) -> None:
        before, sign, level = self.known(BOOLEAN, node.op)
        for position, value in enumerate(node.values):
            if position:
                self.write(before)
                self.write(sign)
            if value.__class__ is gast.BoolOp and binding(value) > level:
                self._boolean_operands(value)
            else:
                self.operand(value, Binding(level + 1))

    def _Compare(self, node: Any) -> None:
        self.write(CHAIN)
        self.operand(node.left, Binding.BIT_OR)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            self.write(_COMPARE)
            self.write(self.known(COMPARISON, op))
            self.operand(comparator, Binding.BIT_OR)
        self.write(END)

    def _UnaryOp(self, node: Any) -> None:
        self.write(self.known(UNARY, node.op))
        if node.op.__class__ is gast.Not:
            self.operand(node.operand, Binding.NOT)
        elif _is_binary(node.operand, Binding.POWER):
            # The grammar needs none: -x**2 is -(x**2), but few readers are sure of it.
            self.operand(node.operand, Binding.ATOM)
        else:
            self.operand(node.operand, Binding.FACTOR)

    def _IfExp(self, node: Any) -> None:
        self.write(CHAIN)
        while node.__class__ is gast.IfExp:
            self.operand(node.body, Binding.OR)
            self.write(_CONDITIONAL)
            self.write("if ")
            self.operand(node.test, Binding.OR)
            self.write(_CONDITIONAL)
            self.write("else ")
            node = node.orelse
        self.operand(node, Binding.TEST)
        self.write(END)

    def known(self, table: dict[Any, Any], operator: Any) -> Any:
        """The entry for an operator."""
        found = table.get(operator.__class__)
        if found is None:
            raise Unprintable(f"{operator!r} as an operator")
        return found

    # Chains of attributes, calls and subscripts

    def _chain(self, node: Any) -> None:
        links: list[Any] = []
        while node.__class__ in _LINKS:
            links.append(node)
            node = node.func if node.__class__ is gast.Call else node.value
        links.reverse()
        after_brackets = binding(node) < Binding.ATOM or _is_number(node)
        dot = FLUENT if _is_fluent(links, after_brackets) else DOT
        if dot is FLUENT:
            self.write(CHAIN)
        if after_brackets:
            self.parenthesised(node)
        else:
            self.expression(node)
        for link in links:
            if link.__class__ is gast.Attribute:
                if after_brackets:
                    self.write(dot)
                self.write("." + link.attr)
                after_brackets = False
            else:
                self._brackets(link)
                after_brackets = True
        if dot is FLUENT:
            self.write(END)

    _Attribute = _Call = _Subscript = _chain

    def _brackets(self, link: Any) -> None:
        if link.__class__ is gast.Subscript:
            self.write("[")
            self.write(OPEN)
            self._index(link.slice)
            self.write(CLOSE_INDEX)
            self.write("]")
        else:
            self.arguments_of_call(link.args, link.keywords)

    def arguments_of_call(self, args: Sequence[Any], keywords: Sequence[Any]) -> None:
        """Write the arguments of a call or the bases of a class, with parentheses."""
        if not args and not keywords:
            self.write(NO_ARGUMENTS)
            return
        self.write("(")
        self.write(OPEN)
        self.write(GROUP)
        if len(args) == 1 and not keywords and args[0].__class__ is gast.GeneratorExp:
            self._comprehension_parts(args[0].elt, args[0].generators)
        else:
            self.operands(args)
            for position, keyword in enumerate(keywords):
                if position or args:
                    self.write(COMMA)
                self._keyword(keyword)
            self.write(TRAILING_COMMA)
        self.write(END)
        self.write(CLOSE)
        self.write(")")

    def _keyword(self, node: Any) -> None:
        if node.arg is None:
            self.write("**")
            self.operand(node.value, Binding.BIT_OR)
        else:
            self.write(node.arg + "=")
            self.operand(node.value, Binding.TEST)

    def _Starred(self, node: Any) -> None:
        self.write("*")
        self.operand(node.value, Binding.BIT_OR)

    # What may stand between square brackets

    def _index(self, node: Any) -> None:
        if node.__class__ is not gast.Tuple or not node.elts:
            self._index_element(node)
            return
        self.write(GROUP)
        for position, element in enumerate(node.elts):
            if position:
                self.write(COMMA)
            self._index_element(element)
        single = len(node.elts) == 1 and node.elts[0].__class__ is not gast.Starred
        self.write("," if single else TRAILING_COMMA)
        self.write(END)

    def _index_element(self, node: Any) -> None:
        if node.__class__ is not gast.Slice:
            self.operand(node, Binding.TEST)
            return
        lower, upper, step = node.lower, node.upper, node.step
        space = "" if all(map(_is_simple_bound, (lower, upper, step))) else " "
        if lower is not None:
            self.operand(lower, Binding.TEST)
            self.write(space)
        self.write(":")
        if upper is not None:
            self.write(space)
            self.operand(upper, Binding.TEST)
        if step is not None:
            self.write(space if upper is not None else "")
            self.write(":")
            self.write(space)
            self.operand(step, Binding.TEST)

    # Displays and comprehensions

    def _Tuple(self, node: Any) -> None:
        if not node.elts:
            self.write(NO_ARGUMENTS)
            return
        self.write("(")
        self.write(OPEN)
        self.operands(node.elts)
        self.write("," if len(node.elts) == 1 else TRAILING_COMMA)
        self.write(CLOSE)
        self.write(")")

    def _List(self, node: Any) -> None:
        if not node.elts:
            self.write(EMPTY_LIST)
            return
        self._display("[", node.elts, "]")

    def _Set(self, node: Any) -> None:
        if not node.elts:
            raise Unprintable("an empty set: it has no literal")
        self._display("{", node.elts, "}")

    def _display(self, opening: str, elements: Sequence[Any], closing: str) -> None:
        self.write(opening)
        self.write(OPEN)
        self.operands(elements)
        self.write(TRAILING_COMMA)
        self.write(CLOSE)
        self.write(closing)

    def _Dict(self, node: Any) -> None:
        if not node.values:
            self.write(EMPTY_DICT)
            return
        self.write("{")
        self.write(OPEN)
        for position, (key, value) in enumerate(
            zip(node.keys, node.values, strict=True)
        ):
            if position:
                self.write(COMMA)
            if key is None:
                self.write("**")
                self.operand(value, Binding.BIT_OR)
            else:
                self._item(key, value)
        self.write(TRAILING_COMMA)
        self.write(CLOSE)
        self.write("}")

    def _item(self, key: Any, value: Any) -> None:
        self.operand(key, Binding.TEST)
        self.write(": ")
        self.operand(value, Binding.TEST)

    def _ListComp(self, node: Any) -> None:
        self._comprehension("[", node.elt, node.generators, "]")

    def _SetComp(self, node: Any) -> None:
        self._comprehension("{", node.elt, node.generators, "}")

    def _GeneratorExp(self, node: Any) -> None:
        self._comprehension("(", node.elt, node.generators, ")")

    def _DictComp(self, node: Any) -> None:
        self._comprehension("{", (node.key, node.value), node.generators, "}")

    def _comprehension(
        self, opening: str, element: Any, generators: Sequence[Any], closing: str
    ) -> None:
        self.write(opening)
        self.write(OPEN)
        self.write(GROUP)
        self._comprehension_parts(element, generators)
        self.write(END)
        self.write(CLOSE)
        self.write(closing)

    def _comprehension_parts(self, element: Any, generators: Sequence[Any]) -> None:
        self.write(GROUP)
        if element.__class__ is tuple:
            self._item(*element)
        else:
            self.operand(element, Binding.TEST)
        self.write(END)
        for generator in generators:
            self.write(LINE)
            self.write("async for " if generator.is_async else "for ")
            self.target(generator.target)
            self.write(" in ")
            self.operand(generator.iter, Binding.OR)
            for condition in generator.ifs:
                self.write(LINE)
                self.write("if ")
                self.operand(condition, Binding.OR)

    def target(self, node: Any) -> None:
        """Write what a loop assigns to: a tuple has no parentheses and never breaks."""
        if node.__class__ is not gast.Tuple or len(node.elts) < 2:
            self.expression(node)
            return
        for position, element in enumerate(node.elts):
            self.write(", " if position else "")
            self.expression(element)

    # What is rare

    def _NamedExpr(self, node: Any) -> None:
        self.write(CHAIN)
        self.expression(node.target)
        self.write(NAMED)
        self.write(":= ")
        self.operand(node.value, Binding.TEST)
        self.write(END)

    def _Lambda(self, node: Any) -> None:
        self.write(LAMBDA)
        for position, parameter in enumerate(listed(node.args)):
            self.write(", " if position else " ")
            self.parameter(parameter)
        self.write(": ")
        self.write(LAMBDA_BODY)
        self.operand(node.body, Binding.TEST)
        self.write(UNWRAP)

    def parameter(self, parameter: Parameter) -> None:
        """Write one entry of a parameter list."""
        prefix, name, default = parameter
        self.write(prefix)
        equals = "="
        if name is not None:
            self.write(name.id)
            if name.annotation is not None:
                self.write(": ")
                self.operand(name.annotation, Binding.TEST)
                equals = " = "
        if default is not None:
            self.write(equals)
            self.operand(default, Binding.TEST)

    def _Await(self, node: Any) -> None:
        self.write("await ")
        self.operand(node.value, Binding.ATOM)

    def _Yield(self, node: Any) -> None:
        self.write("yield")
        if node.value is not None:
            self.write(" ")
            self._sent(node.value)

    def _YieldFrom(self, node: Any) -> None:
        self.write("yield from ")
        self._sent(node.value)

    def _sent(self, node: Any) -> None:
        self.write(WRAP)
        self.operand(node, Binding.TEST)
        self.write(UNWRAP)

    def _JoinedStr(self, node: Any) -> None:
        self.write(fstring_text(node, self.taken_quotes, _nested_text))


def expression_text(node: Any) -> str:
    """The text of a gast expression, on one line, with as few parentheses as needed.

    >>> import gast
    >>> expression_text(gast.parse("(-x)**2 - ((y*z)@(a if b else c))").body[0].value)
    '(-x) ** 2 - (y * z) @ (a if b else c)'
    """
    writer = ExpressionWriter()
    writer.operand(node, Binding.YIELD)
    return "".join(writer.stream)


def _nested_text(node: Any, taken_quotes: tuple[str, ...]) -> str:
    """The text of an expression within an f-string."""
    writer = ExpressionWriter(taken_quotes)
    writer.operand(node, Binding.OR)
    return "".join(writer.stream)


def _is_binary(node: Any, level: Binding) -> bool:
    return node.__class__ is gast.BinOp and binding(node) is level


def _is_number(node: Any) -> bool:
    return node.__class__ is gast.Constant and node.value.__class__ in (int, float)


def _is_fluent(links: Sequence[Any], parenthesised: bool) -> bool:
    """Whether a chain is long enough to break before its dots."""
    if len(links) < 3:
        return False
    breaks = int(parenthesised)
    for link, following in pairwise(links):
        if following.__class__ is gast.Attribute:
            breaks += link.__class__ is not gast.Attribute
    return breaks > 1


def _is_simple_base(node: Any) -> bool:
    return binding(node) >= Binding.POWER and _is_simple(node)


def _is_simple(node: Any) -> bool:
    """Whether a power needs no spaces around its sign for this operand."""
    if node.__class__ is gast.UnaryOp:
        return node.op.__class__ is not gast.Not and _is_simple(node.operand)
    while node.__class__ is gast.Attribute:
        node = node.value
        if node.__class__ is gast.Constant:
            return False
    if node.__class__ is gast.Constant:
        return node.value.__class__ not in (str, bytes)
    return node.__class__ is gast.Name


def _is_simple_bound(node: Any) -> bool:
    """Whether a slice needs no spaces around its colons for this bound."""
    if node.__class__ is gast.UnaryOp and node.op.__class__ is not gast.Not:
        return _is_simple_bound(node.operand)
    return node is None or node.__class__ in (gast.Name, gast.Constant)
