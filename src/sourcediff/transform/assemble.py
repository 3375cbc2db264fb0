"""The two sweeps, put together into the functions that are printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.ir import Origin
from sourcediff.transform.build import at, clone, comment
from sourcediff.transform.sweep import Block, Branch, Context, Loop, Node, Step

_EXITS = (gast.Break, gast.Continue, gast.Return, gast.Raise)


@dataclass
class Assembly:
    """Statements of the forward and of the reverse sweep, in order."""

    origin: Origin
    _last: Any = field(default=None)

    # --- forward ----------------------------------------------------------------------

    def forward(self, block: Block) -> list[Any]:
        """The forward sweep of a block."""
        out: list[Any] = []
        for node in block.nodes:
            out += self._forward(node)
            out += block.kept.get(node, [])
        return out

    def _forward(self, node: Node) -> list[Any]:
        match node:
            case Step(saved=saved, forward=forward):
                return [*saved, *forward]
            case Branch():
                return self._forward_branch(node)
            case Loop():
                return self._forward_loop(node)
            case Context(statement=statement, body=body):
                inner = self.forward(body)
                node_ = gast.With(statement.items, inner or [gast.Pass()], None)
                return at(statement, [node_])

    def _forward_branch(self, branch: Branch) -> list[Any]:
        then, otherwise = self.forward(branch.then), self.forward(branch.otherwise)
        out = [*branch.saved, *branch.decide]
        if then and isinstance(then[-1], _EXITS):
            node = gast.If(branch.test, then, [])
            return [*out, *at(branch.statement, [node]), *otherwise]
        node = gast.If(branch.test, then or [gast.Pass()], otherwise)
        return [*out, *at(branch.statement, [node])]

    def _forward_loop(self, loop: Loop) -> list[Any]:
        statement = loop.statement
        body = [*loop.first, *self.forward(loop.body)] or [gast.Pass()]
        if isinstance(statement, gast.While):
            node = gast.While(statement.test, body, [])
        else:
            iterable = loop.iterable if loop.iterable is not None else statement.iter
            node = gast.For(statement.target, iterable, body, [], None)
        return [*loop.saved, *loop.before, *at(statement, [node])]

    # --- reverse ----------------------------------------------------------------------

    def reverse(self, block: Block) -> list[Any]:
        """The reverse sweep of a block."""
        out = [*block.at_exit, *block.restored]
        for node in reversed(block.nodes):
            out += self._reverse(node)
        return [*out, *block.at_entry]

    def _reverse(self, node: Node) -> list[Any]:
        match node:
            case Step():
                body = [*node.post, *node.restored, *node.pre]
                return self._headed(node.statement, body)
            case Branch():
                return self._reverse_branch(node)
            case Loop():
                return self._reverse_loop(node)
            case Context(statement=statement, body=body):
                inner = self.reverse(body)
                if not inner:
                    return []
                items = clone(statement.items)
                return at(statement, [gast.With(items, inner, None)])

    def _headed(self, statement: Any, body: list[Any]) -> list[Any]:
        """A group of adjoint statements under the primal statement as a comment."""
        if not body:
            return []
        text = self.text(statement)
        return [*at(statement, [comment(text)]), *body] if text else body

    def text(self, statement: Any) -> str:
        """The user's own words for a statement."""
        first = getattr(statement, "lineno", None)
        if first is None:
            return ""
        last = getattr(statement, "end_lineno", None) or first
        start = first - self.origin.line
        lines = self.origin.lines[max(start, 0) : last - self.origin.line + 1]
        if not lines:
            return ""
        indent = len(lines[0]) - len(lines[0].lstrip())
        kept = [line[min(indent, len(line) - len(line.lstrip())) :] for line in lines]
        return "\n".join(line.rstrip() for line in kept if line.strip())

    def _reverse_branch(self, branch: Branch) -> list[Any]:
        then, otherwise = self.reverse(branch.then), self.reverse(branch.otherwise)
        if not then and not otherwise:
            return branch.restored
        node = conditional(branch.reverse_test, then, otherwise)
        return [*at(branch.statement, [node]), *branch.restored]

    def _reverse_loop(self, loop: Loop) -> list[Any]:
        body = self.reverse(loop.body)
        out = [*loop.at_exit]
        if body:
            node = gast.For(loop.reverse_target, loop.reverse_iter, body, [], None)
            out += at(loop.statement, [node])
        return [*out, *loop.restored]


def conditional(test: Any, then: list[Any], otherwise: list[Any]) -> Any:
    """An `if` whose first arm is not empty."""
    if then:
        return gast.If(test, then, otherwise)
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return gast.If(test.operand, otherwise, [])
    return gast.If(gast.UnaryOp(gast.Not(), test), otherwise, [])


def returned(result: Any) -> Any:
    """`return result`."""
    return gast.Return(result)


def parameter(identifier: str) -> Any:
    """A parameter of a function definition."""
    return gast.Name(identifier, gast.Param(), None, None)


def definition(
    label: str, arguments: Any, body: list[Any], docstring: str | None = None
) -> Any:
    """A function definition."""
    head = [gast.Expr(gast.Constant(docstring, None))] if docstring else []
    return gast.FunctionDef(label, arguments, [*head, *body], [], None, None, [])


def simple_arguments(names: list[str]) -> Any:
    """The parameters of a function that takes its arguments by position."""
    return gast.arguments([parameter(n) for n in names], [], None, [], [], None, [])
