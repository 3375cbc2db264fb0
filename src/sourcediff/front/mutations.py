"""Calls that write into an argument become the stores that their rules spell out."""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sourcediff.front import build
from sourcediff.front.purity import is_pure
from sourcediff.front.resolve import MISSING, outer_values, static_value
from sourcediff.front.scopes import Fresh, bound_names, free_names, identifiers
from sourcediff.front.source import read_source
from sourcediff.ir import Program
from sourcediff.kinds import Array, Kind, Static, is_differentiable
from sourcediff.rules import Rule, lookup
from sourcediff.trees import Rewriter, statements_in, walk

Block = list[Any]


def expand_mutations(program: Program, kind_of: Callable[[Any], Kind]) -> Program:
    """Replace `np.copyto(a, b)`, `a.fill(v)` and the like by plain stores.

    `kind_of` tells the kinds of the nodes of this program. Only statements that write
    into what may carry derivatives are replaced. `np.add.at` stays, as the one
    primitive that accumulates. The same program comes back if there is none.
    """
    found = {
        id(node): rule
        for node in statements_in(program.node)
        if isinstance(node, gast.Expr)
        and isinstance(node.value, gast.Call)
        and (rule := _rule_of(node.value, program, kind_of)) is not None
    }
    if not found:
        return program
    nodes = {id(node): node for node in walk(program.node)}
    tree, statements = _copy(program.node)
    statics = dict(program.statics)
    program = replace(program, node=tree, statics=statics)
    fresh = Fresh(identifiers(tree) | set(statics) | program.data)
    rules = {id(statements[old]): rule for old, rule in found.items()}
    originals = {id(new): old for old, new in statements.items()}

    def kinds(node: Any) -> Kind:
        return kind_of(nodes[originals[id(node)]])

    def change(node: Any) -> Block:
        rule = rules.get(id(node))
        if rule is None:
            return [node]
        expansion = _Expansion(program, statics, fresh, rule)
        block = expansion.of(node.value, kinds)
        return [node] if block is None else build.place_all(block, node)

    tree.body = build.rewrite(tree.body, change)
    return program


def _rule_of(
    call: Any, program: Program, kind_of: Callable[[Any], Kind]
) -> Rule | None:
    """The rule of a call that writes into something differentiable."""
    function, written = static_value(call.func, program), None
    if function is not MISSING:
        written = call.args[0] if call.args else None
    elif isinstance(call.func, gast.Attribute):
        written = call.func.value
        if isinstance(kind_of(written), Array):
            function = getattr(np.ndarray, call.func.attr, MISSING)
    rule = lookup(function)
    if rule is None or rule.kind != "mutation" or np.add.at in rule.primals:
        return None
    if written is None or not is_differentiable(kind_of(written)):
        return None
    return rule


def _copy(tree: Any) -> tuple[Any, dict[int, Any]]:
    """A copy of a tree, and its nodes by the ids of the originals."""
    made = build.duplicate(tree)
    pairs = zip(walk(tree), walk(made), strict=True)
    return made, {id(old): new for old, new in pairs}


@functools.cache
def _definition(function: Callable[..., Any]) -> Any:
    tree, _ = read_source(function)
    if isinstance(tree.body[0], gast.Expr):  # the docstring
        del tree.body[0]
    for node in walk(tree):  # new nodes are placed where they are used
        for attribute in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            if hasattr(node, attribute):
                delattr(node, attribute)
    return tree


class _Expansion:
    """A rule's statements with the arguments of one call put in."""

    def __init__(
        self, program: Program, statics: dict[str, Any], fresh: Fresh, rule: Rule
    ) -> None:
        self.program = program
        self.statics = statics
        self.fresh = fresh
        self.rule = rule

    def of(self, call: Any, kind_of: Callable[[Any], Kind]) -> Block | None:
        """The statements; None if the arguments cannot be told apart."""
        given, defaults = self._bound(call)
        if given is None:
            return None
        tree = build.duplicate(_definition(self.rule.function))
        constants = {name: _known(kind_of(node)) for name, node in given.items()}
        constants |= defaults
        given |= {name: build.constant(value) for name, value in defaults.items()}
        body = _folded(tree.body, constants)
        tree.body = body or [gast.Pass()]
        before: Block = []
        names = self._outer_names(tree)
        values = self._arguments(tree, given, before, names)
        put = _Put(values, names)
        body = [_trimmed(put.visit(s), self.statics, self.program) for s in body]
        return [*before, *body]

    def _bound(self, call: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """The argument nodes by parameter, and the values of the other defaults."""
        arguments = list(call.args)
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if static_value(call.func, self.program) is MISSING:
            arguments.insert(0, call.func.value)
        if None in keywords or any(isinstance(a, gast.Starred) for a in arguments):
            return None, {}
        try:
            bound = inspect.signature(self.rule.function).bind(*arguments, **keywords)
        except TypeError:
            return None, {}
        given = dict(bound.arguments)
        defaults = {p.name: p.default for p in self.rule.parameters}
        return given, {k: v for k, v in defaults.items() if k not in given}

    def _outer_names(self, tree: Any) -> dict[str, str]:
        """What the rule's free names and own variables are called in the program."""
        outer = outer_values(self.rule.function)  # type: ignore[arg-type]
        names = {
            name: self._static(name, outer[name]) for name in sorted(free_names(tree))
        }
        parameters = {parameter.name for parameter in self.rule.parameters}
        for name in sorted(bound_names(tree) - parameters):
            names[name] = self.fresh(name)
        return names

    def _static(self, name: str, value: Any) -> str:
        for known, static in self.statics.items():
            if static is value:
                return known
        made = self.fresh(name, hides_builtin=True)
        self.statics[made] = value
        return made

    def _arguments(
        self,
        tree: Any,
        given: Mapping[str, Any],
        before: Block,
        names: dict[str, str],
    ) -> dict[str, Any]:
        """What stands for each parameter; in `before`, what must be computed first."""
        uses = Counter(node.id for node in walk(tree) if isinstance(node, gast.Name))
        assigned = {
            node.id
            for node in walk(tree)
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
        }
        inline = all(is_pure(node, self.program) for node in given.values())
        values = {}
        for name, node in given.items():
            simple = isinstance(node, gast.Name | gast.Constant)
            once = inline and uses[name] <= 2 and len(tree.body) == 1
            once = once and self._reads(tree, name) <= 1
            if name not in assigned and (simple or once):
                values[name] = node
            else:
                names[name] = self.fresh(name)
                before.append(build.assign(names[name], node))
        return values

    def _reads(self, tree: Any, name: str) -> int:
        return sum(
            isinstance(node, gast.Name) and node.id == name
            for statement in tree.body
            for node in walk(statement)
        )


class _Put(Rewriter):
    """Puts expressions for parameters and names for names."""

    def __init__(self, values: Mapping[str, Any], names: Mapping[str, str]) -> None:
        self.values = values
        self.names = names

    def visit_Name(self, node: Any) -> Any:
        """A parameter's argument, or the name under its name in the program."""
        if node.id in self.values:
            return build.as_load(build.duplicate(self.values[node.id]))
        node.id = self.names.get(node.id, node.id)
        return node


_UNKNOWN = object()
_SOMETHING = object()  # no singleton


def _known(kind: Kind) -> Any:
    """The constant that a kind stands for, if it is one."""
    match kind:
        case Static():
            return kind.value
        case Array():
            return _SOMETHING
        case _:
            return _UNKNOWN


def _folded(block: Block, constants: Mapping[str, Any]) -> Block:
    """A block without the branches that constant arguments rule out."""
    made: Block = []
    for statement in block:
        if not isinstance(statement, gast.If):
            made.append(statement)
            continue
        decided = _decide(statement.test, constants)
        if decided is None:
            statement.body = _folded(statement.body, constants)
            statement.orelse = _folded(statement.orelse, constants)
            made.append(statement)
        else:
            arm = statement.body if decided else statement.orelse
            made += _folded(arm, constants)
    return made


def _decide(test: Any, constants: Mapping[str, Any]) -> bool | None:
    """What a test of a parameter against a singleton gives, if that is known."""
    match test:
        case gast.Compare(
            left=gast.Name(id=name),
            ops=[gast.Is() | gast.IsNot() as operator],
            comparators=[gast.Constant(value=value)],
        ):
            known = constants.get(name, _UNKNOWN)
            if known is _UNKNOWN:
                return None
            return (known is value) == isinstance(operator, gast.Is)
        case gast.Name(id=name):
            known = constants.get(name, _UNKNOWN)
            return bool(known) if isinstance(known, bool | int | None) else None
        case gast.UnaryOp(op=gast.Not(), operand=operand):
            inner = _decide(operand, constants)
            return None if inner is None else not inner
    return None


def _trimmed(statement: Any, statics: Mapping[str, Any], program: Program) -> Any:
    """A statement whose calls pass no argument that is the default anyway."""
    for node in walk(statement):
        if isinstance(node, gast.Call):
            function = static_value(node.func, replace(program, statics=statics))
            try:
                defaults = inspect.signature(function).parameters
            except (TypeError, ValueError):
                continue
            node.keywords = [
                keyword
                for keyword in node.keywords
                if not _is_default(keyword.value, defaults.get(keyword.arg))
            ]
            positional = list(defaults.values())
            while (
                not node.keywords
                and node.args
                and len(node.args) <= len(positional)
                and _is_default(node.args[-1], positional[len(node.args) - 1])
            ):
                node.args.pop()
    return statement


def _is_default(node: Any, parameter: inspect.Parameter | None) -> bool:
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return False
    value = _literal(node)
    return type(value) is type(parameter.default) and value == parameter.default


def _literal(node: Any) -> Any:
    match node:
        case gast.Constant():
            return node.value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant()):
            return -node.operand.value
    return MISSING
