"""Calls of the user's own functions, put on lines of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, root, walk_statements
from sourcediff.ir import Program
from sourcediff.transform.build import assign, at, clone, name


def split_calls(program: Program, is_call: Callable[[Any], bool]) -> bool:
    """Give the results of nested calls names; says whether anything changed.

    Calls are taken out in the order in which Python evaluates them. Where a call may
    have effects, what is evaluated before it in the same statement is taken out too.
    """
    splitter = _Splitter(program, is_call)
    tree = program.node
    splitter.block(tree.body)
    return splitter.changed


_VIEWS = frozenset({"reshape", "ravel", "transpose", "swapaxes", "view", "squeeze"})


class _Splitter:
    def __init__(self, program: Program, is_call: Callable[[Any], bool]) -> None:
        self._is_call = is_call
        self.changed = False
        tree = program.node
        self._taken = {n.id for n in gast.walk(tree) if isinstance(n, gast.Name)}
        self._taken |= set(program.statics) | program.data

    def block(self, body: list[Any]) -> None:
        index = 0
        while index < len(body):
            statement = body[index]
            for inner in blocks(statement):
                self.block(inner)
            new = self._before(statement)
            body[index:index] = new
            index += len(new) + 1

    def _before(self, statement: Any) -> list[Any]:
        field = {
            gast.Assign: "value",
            gast.AugAssign: "value",
            gast.Return: "value",
            gast.Expr: "value",
            gast.If: "test",
            gast.For: "iter",
        }.get(type(statement))
        if field is None:
            return []
        value = getattr(statement, field)
        if value is None:
            return []
        whole = isinstance(statement, gast.Assign | gast.Expr) and self._fits(statement)
        out: list[Any] = []
        if whole and self._own_call(value):
            value.args = [self._named_view(self._take(a, out), out) for a in value.args]
            for keyword in value.keywords:
                keyword.value = self._take(keyword.value, out)
        else:
            setattr(statement, field, self._take(value, out))
        return at(statement, out)

    def _fits(self, statement: Any) -> bool:
        """Whether the call may stay where it is: all of a plain assignment."""
        if isinstance(statement, gast.Expr):
            return True
        target = statement.targets[0]
        elements = target.elts if isinstance(target, gast.Tuple) else [target]
        return all(isinstance(e, gast.Name) for e in elements)

    def _own_call(self, node: Any) -> bool:
        return isinstance(node, gast.Call) and self._is_call(node)

    def _take(self, node: Any, out: list[Any]) -> Any:
        """The expression with its calls replaced by names, innermost first."""
        if not isinstance(node, gast.AST) or not self._contains(node):
            return node
        if isinstance(node, gast.Lambda | gast.ListComp | gast.GeneratorExp):
            return node
        for field, value in gast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, field, [self._take(v, out) for v in value])
            elif isinstance(value, gast.AST):
                setattr(node, field, self._take(value, out))
        if not self._own_call(node):
            return node
        node.args = [self._named_view(a, out) for a in node.args]
        identifier = self._fresh(node)
        self.changed = True
        out.append(gast.copy_location(assign(identifier, node), node))
        return gast.copy_location(name(identifier), node)

    def _named_view(self, node: Any, out: list[Any]) -> Any:
        """A view that is made for the call gets a name: the callee may write into it."""
        match node:
            case gast.Attribute(attr="T") as view:
                label = "T"
            case gast.Call(func=gast.Attribute(attr=label)) as view if label in _VIEWS:
                pass
            case _:
                return node
        identifier = self._unused(f"{root(view) or 'array'}_{label}")
        self.changed = True
        out.append(gast.copy_location(assign(identifier, node), node))
        return gast.copy_location(name(identifier), node)

    def _contains(self, node: Any) -> bool:
        return any(self._own_call(child) for child in gast.walk(node))

    def _fresh(self, node: Any) -> str:
        function = node.func
        label = getattr(function, "id", None) or getattr(function, "attr", "call")
        return self._unused(f"{label}_value")

    def _unused(self, base: str) -> str:
        candidate, number = base, 1
        while candidate in self._taken:
            number += 1
            candidate = f"{base}{number}"
        self._taken.add(candidate)
        return candidate


__all__ = ["clone", "split_calls", "walk_statements"]
