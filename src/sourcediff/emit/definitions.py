"""Functions, classes and type aliases: decorators, signatures, type parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from sourcediff.emit.binding import Binding
from sourcediff.emit.expressions import expression_text
from sourcediff.emit.layout import WIDTH, width
from sourcediff.emit.marks import (
    END,
    GROUP,
    NO_ARGUMENTS,
    TRAILING_COMMA,
)
from sourcediff.emit.parameters import listed
from sourcediff.emit.patterns import PatternWriter


class ProgramWriter(PatternWriter):
    """Writes whole programs."""

    def _FunctionDef(self, node: Any, prefix: str = "") -> None:
        self._decorators(node)
        self.fill(f"{prefix}def {node.name}")
        self._type_parameters(node.type_params)
        self._signature(node.args)
        self._returns(node)
        self._body(node.body, spaced=False)

    def _AsyncFunctionDef(self, node: Any) -> None:
        self._FunctionDef(node, "async ")

    def _ClassDef(self, node: Any) -> None:
        self._decorators(node)
        self.fill(f"class {node.name}")
        self._type_parameters(node.type_params)
        if node.bases or node.keywords:
            self.arguments_of_call(node.bases, node.keywords)
        self._body(node.body, spaced=True)

    def _TypeAlias(self, node: Any) -> None:
        self.fill(f"type {node.name.id}")
        self._type_parameters(node.type_params)
        self.write(" = ")
        self.wrapped(node.value)

    def _body(self, body: Sequence[Any], spaced: bool) -> None:
        if len(body) == 1 and _is_ellipsis(body[0]):
            self.write(": ...")
            return
        self.enter()
        self.block(body, documented=True, spaced=spaced, flow=False)
        self.leave()

    def _decorators(self, node: Any) -> None:
        for decorator in node.decorator_list:
            self.fill("@")
            self.operand(decorator, Binding.NAMED)

    def _signature(self, arguments: Any) -> None:
        parameters = list(listed(arguments))
        if not parameters:
            self.write(NO_ARGUMENTS)
            return
        self.open("(")
        if len(parameters) > 1:
            self.write(GROUP)
        for parameter in self.separated(parameters):
            self.parameter(parameter)
        self.write(TRAILING_COMMA)
        if len(parameters) > 1:
            self.write(END)
        self.close(")")

    def _returns(self, node: Any) -> None:
        if node.returns is None:
            return
        self.write(" -> ")
        text = expression_text(node.returns)
        alone = self.indent + width(f") -> {text}:") > WIDTH
        if alone or next(listed(node.args), None) is None:
            self.wrapped(node.returns)
        else:
            # The parameters are broken rather than this.
            self.write(text)

    def _type_parameters(self, parameters: Sequence[Any]) -> None:
        if not parameters:
            return
        self.open("[")
        for parameter in self.separated(parameters):
            self._type_parameter(parameter)
        self.write(TRAILING_COMMA)
        self.close("]")

    def _type_parameter(self, node: Any) -> None:
        stars = {"TypeVar": "", "TypeVarTuple": "*", "ParamSpec": "**"}
        self.write(stars[type(node).__name__] + node.name)
        bound = getattr(node, "bound", None)
        if bound is not None:
            self.write(": ")
            self.operand(bound, Binding.TEST)
        if node.default_value is not None:
            self.write(" = ")
            self.operand(node.default_value, Binding.TEST)


def _is_ellipsis(statement: Any) -> bool:
    return (
        isinstance(statement, gast.Expr)
        and isinstance(statement.value, gast.Constant)
        and statement.value.value is ...
    )
