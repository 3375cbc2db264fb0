"""Which names and expressions may carry derivatives, before any kinds are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import gast

from sourcediff.front.purity import (
    MUTATING_METHODS,
    PASSIVE_ATTRIBUTES,
    callee,
    is_numpy,
    is_passive_call,
    is_pure_call,
    outputs,
)
from sourcediff.front.resolve import MISSING
from sourcediff.front.scopes import defaults, free_names, parameters
from sourcediff.ir import Program
from sourcediff.kinds import Dict, Kind, is_differentiable
from sourcediff.rules import WRITERS_OF_TEXT, lookup
from sourcediff.trees import children, walk

#: What may hand a value on to a name.
_PASSING_ON = (
    gast.Assign,
    gast.AnnAssign,
    gast.NamedExpr,
    gast.AugAssign,
    gast.For,
    gast.comprehension,
    gast.withitem,
    gast.Call,
    gast.FunctionDef,
    gast.Match,
)


class Suspicion:
    """The names that may carry derivatives anywhere in a function.

    One set for the whole function, inner scopes included, in whatever order the
    statements run: too many names make the normal form longer, never wrong. `nodes` are
    those of the program, where they are known already.
    """

    def __init__(
        self,
        program: Program,
        suspects: Iterable[str],
        kinds: Mapping[str, Kind],
        nodes: list[Any] | None = None,
    ) -> None:
        nodes = list(walk(program.node)) if nodes is None else nodes
        self._program = program
        self.kinds = kinds
        rebound = {
            node.id
            for node in nodes
            if node.__class__ is gast.Name and isinstance(node.ctx, gast.Store)
        }
        self._exempt = {
            name for name, kind in kinds.items() if not is_differentiable(kind)
        } - rebound
        self.names = set(suspects)
        self._shares = _Groups()
        self._functions = _local_functions(nodes)
        self._nodes = [node for node in nodes if isinstance(node, _PASSING_ON)]
        self._find()

    def add(self, name: str) -> str:
        """Count a new name among the suspects."""
        self.names.add(name)
        return name

    def __call__(self, expression: Any) -> bool:
        """Whether the value of an expression may carry a derivative."""
        match expression:
            case gast.Name():
                return expression.id in self.names
            case gast.Constant() | gast.Compare() | gast.Slice():
                return False
            case gast.Attribute():
                return expression.attr not in PASSIVE_ATTRIBUTES and self(
                    expression.value
                )
            case gast.Subscript() | gast.Starred() | gast.NamedExpr():
                return self(expression.value)
            case gast.UnaryOp(op=gast.Not()):
                return False
            case gast.IfExp():
                return self(expression.body) or self(expression.orelse)
            case gast.Call():
                return self._call(expression)
            case gast.DictComp():
                return self(expression.value) or self._names_within(expression)
            case gast.ListComp() | gast.SetComp() | gast.GeneratorExp():
                return self(expression.elt) or self._names_within(expression)
            case gast.Lambda():
                return self._captures(expression)
            case gast.keyword():
                return self(expression.value)
            case None:
                return False
            case _:
                parts = children(expression)
                return any(self(part) for part in parts if isinstance(part, gast.expr))

    def _names_within(self, comprehension: Any) -> bool:
        """Whether a comprehension binds a suspect outside of itself."""
        return any(
            isinstance(node, gast.NamedExpr) and node.target.id in self.names
            for node in walk(comprehension)
        )

    def mentioned(self, node: Any) -> bool:
        """Whether a suspect name occurs anywhere below."""
        return any(
            (isinstance(n, gast.Name) and n.id in self.names)
            or (isinstance(n, gast.FunctionDef) and n.name in self.names)
            for n in walk(node)
        )

    def stores(self, statement: Any) -> bool:
        """Whether a statement may change the value of a suspect name."""
        for node in walk(statement):
            match node:
                case gast.Name(ctx=gast.Store() | gast.Del()):
                    if node.id in self.names:
                        return True
                case (
                    gast.Subscript(ctx=gast.Store()) | gast.Attribute(ctx=gast.Store())
                ):
                    if self(node.value):
                        return True
                case gast.Call() if not is_pure_call(node, self._program):
                    if self.mentioned(node):
                        return True
        return False

    def _call(self, node: Any) -> bool:
        if is_passive_call(node, self._program) and (
            callee(node, self._program) not in WRITERS_OF_TEXT
        ):
            return False
        operands = [*node.args, *node.keywords]
        return self(node.func) or any(self(operand) for operand in operands)

    def _find(self) -> None:
        passes, before = 0, -1
        while passes < 2 or before != len(self.names):  # the first one finds aliases
            passes, before = passes + 1, len(self.names)
            for node in self._nodes:
                self._visit(node)

    def _visit(self, node: Any) -> None:
        match node:
            case gast.Assign():
                for target in node.targets:
                    self._assign(target, node.value)
            case gast.AnnAssign() if node.value is not None:
                self._assign(node.target, node.value)
            case gast.NamedExpr():
                self._assign(node.target, node.value)
            case gast.AugAssign():
                if self(node.value):
                    self._store(node.target)
            case gast.For() | gast.comprehension():
                self._iterate(node.target, node.iter)
            case gast.withitem() if node.optional_vars is not None:
                self._assign(node.optional_vars, node.context_expr)
            case gast.Call():
                self._effects(node)
            case gast.FunctionDef():
                self._nested(node)
            case gast.Match():
                self._match(node)

    def _assign(self, target: Any, value: Any) -> None:
        displays = _is_display(target) and _is_display(value)
        if displays and len(target.elts) == len(value.elts):
            for inner, part in zip(target.elts, value.elts, strict=True):
                self._assign(inner, part)
            return
        if self(value):
            self._bind(target)
        for name in _roots(target):
            for other in self._sources(value):
                self._shares.join(name, other)
        if isinstance(value, gast.Lambda) and isinstance(target, gast.Name):
            self._functions[target.id] = value

    def _bind(self, target: Any) -> None:
        """A suspect value goes to a target."""
        match target:
            case gast.Name():
                self._suspect(target.id)
            case gast.Tuple() | gast.List():
                for element in target.elts:
                    self._bind(element)
            case gast.Starred():
                self._bind(target.value)
            case _:
                self._store(target)

    def _store(self, target: Any) -> None:
        """A suspect value is written into what a target belongs to."""
        for root in _roots(target):
            self._suspect(root)
            for name in self._shares.group(root):
                self._suspect(name)

    def _suspect(self, name: str) -> None:
        if name not in self._exempt and name not in self._program.statics:
            self.names.add(name)

    def _sources(self, value: Any) -> set[str]:
        """The names whose memory the value of an expression may share."""
        match value:
            case gast.Name():
                return {value.id}
            case gast.Subscript() | gast.Starred() | gast.NamedExpr():
                return self._sources(value.value)
            case gast.Attribute():
                passive = value.attr in PASSIVE_ATTRIBUTES
                return set() if passive else self._sources(value.value)
            case gast.IfExp():
                return self._sources(value.body) | self._sources(value.orelse)
            case gast.BoolOp():
                return set().union(*map(self._sources, value.values))
            case gast.Tuple() | gast.List() | gast.Set():
                return set().union(*map(self._sources, value.elts))
            case gast.Dict():
                return set().union(*map(self._sources, value.values))
            case gast.Call():
                return self._call_sources(value)
            case _:
                return set()

    def _call_sources(self, node: Any) -> set[str]:
        rule = lookup(callee(node, self._program))
        if rule is not None and not rule.view:
            return set()
        if is_passive_call(node, self._program):
            return set()
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, gast.Attribute):
            parts.append(node.func.value)
        return set().union(*map(self._sources, parts))

    def _iterate(self, target: Any, iterable: Any) -> None:
        match iterable:
            case gast.Call(func=gast.Name(id=name)) if self._is_builtin(name):
                self._iterate_builtin(name, target, iterable)
            case gast.Call(func=gast.Attribute(attr="items"), args=[]) if isinstance(
                target, gast.Tuple
            ):
                if self(iterable.func.value) and len(target.elts) == 2:
                    self._bind(target.elts[1])
            case gast.Name(id=name) if isinstance(self.kinds.get(name), Dict):
                pass  # the keys
            case _:
                self._assign(target, iterable)

    def _iterate_builtin(self, name: str, target: Any, iterable: Any) -> None:
        arguments = iterable.args
        parts = target.elts if isinstance(target, gast.Tuple | gast.List) else []
        if name == "range":
            return
        if name == "enumerate" and len(parts) == 2:
            self._iterate(parts[1], arguments[0])
        elif name == "zip" and len(parts) == len(arguments):
            for part, argument in zip(parts, arguments, strict=True):
                self._iterate(part, argument)
        elif name == "reversed" and arguments:
            self._iterate(target, arguments[0])
        else:
            self._assign(target, iterable)

    def _is_builtin(self, name: str) -> bool:
        known = (range, enumerate, zip, reversed)
        return self._program.statics.get(name, MISSING) in known

    def _effects(self, node: Any) -> None:
        """What a call may write: its receiver, its `out`, or any of its arguments."""
        written = outputs(node, self._program)
        if self(node):
            for output in written:
                self._store(output)
        operands = [*node.args, *(keyword.value for keyword in node.keywords)]
        local = self._functions.get(getattr(node.func, "id", ""))
        if local is not None:
            self._call_nested(local, operands)
            if not self._may_write(local):
                return
        for operand in operands:
            self._pass_function(operand, operands)
        if is_pure_call(node, self._program):
            return
        if not (self(node.func) or any(map(self, operands))):
            return
        function = callee(node, self._program)
        if is_numpy(function):
            if operands and not written:
                self._store(operands[0])
            return
        if isinstance(node.func, gast.Attribute) and function is MISSING:
            self._store(node.func.value)
            if node.func.attr in MUTATING_METHODS:
                return
        if isinstance(function, type) or function is print:
            return
        for operand in operands:
            self._store(operand)

    def _call_nested(self, function: Any, operands: list[Any]) -> None:
        if any(map(self, operands)):
            for parameter in parameters(function.args):
                self._suspect(parameter.id)

    def _may_write(self, function: Any) -> bool:
        """Whether a local function may write into what it is given."""
        return any(map(self._is_write, walk(function)))

    def _is_write(self, node: Any) -> bool:
        match node:
            case gast.AugAssign():
                return True
            case gast.Subscript(ctx=gast.Store()) | gast.Attribute(ctx=gast.Store()):
                return True
            case gast.Call():
                return not is_pure_call(node, self._program)
        return False

    def _pass_function(self, operand: Any, operands: list[Any]) -> None:
        """A local function that is handed on may be called with what goes along."""
        if isinstance(operand, gast.Lambda):
            self._call_nested(operand, operands)
        elif isinstance(operand, gast.Name) and operand.id in self._functions:
            self._call_nested(self._functions[operand.id], operands)

    def _nested(self, node: Any) -> None:
        if node is self._program.node:
            return
        if self._captures(node):
            self._suspect(node.name)

    def _captures(self, function: Any) -> bool:
        """Whether a local function takes a suspect along from where it is defined."""
        if free_names(function) & self.names:
            return True
        return any(map(self, defaults(function)))

    def _match(self, node: Any) -> None:
        if not self(node.subject):
            return
        for case in node.cases:
            for pattern in walk(case.pattern):
                name = getattr(pattern, "name", None)
                if isinstance(name, str):
                    self._suspect(name)


def _local_functions(nodes: list[Any]) -> dict[str, Any]:
    return {n.name: n for n in nodes[1:] if isinstance(n, gast.FunctionDef)}


def _is_display(node: Any) -> bool:
    """Whether a node is a tuple or list without stars."""
    return isinstance(node, (gast.Tuple, gast.List)) and not any(
        isinstance(element, gast.Starred) for element in node.elts
    )


def _roots(target: Any) -> set[str]:
    """The names that a target, or a place within a value, belongs to."""
    match target:
        case gast.Name():
            return {target.id}
        case gast.Tuple() | gast.List():
            return set().union(*map(_roots, target.elts))
        case gast.Subscript() | gast.Attribute() | gast.Starred():
            return _roots(target.value)
        case gast.Call(func=gast.Attribute()):
            return _roots(target.func.value)
        case _:
            return set()


class _Groups:
    """Names that may share memory, as disjoint sets."""

    def __init__(self) -> None:
        self._members: dict[str, set[str]] = {}

    def join(self, a: str, b: str) -> None:
        first, second = self.group(a), self.group(b)
        if first is not second:
            first |= second
            for name in first:
                self._members[name] = first

    def group(self, name: str) -> set[str]:
        return self._members.setdefault(name, {name})
