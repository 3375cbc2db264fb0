"""Which values depend on the inputs of interest, and which still reach the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.analysis.alias import PLAIN_ATTRIBUTES, Aliases
from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    Bindings,
    Calls,
    bound_names,
    outer_names,
    root,
    store_targets,
)
from sourcediff.kinds import Array, Kind, Scalar, Static, Unknown, is_differentiable
from sourcediff.rules import WRITERS_OF_TEXT, lookup
from sourcediff.trees import children

Names = frozenset[str]
NONE: Names = frozenset()


class Activity:
    """Active expressions: those through which a derivative may flow.

    `written(call)` lists the argument expressions that a call writes into; `at_end` are
    the names that are of use after the last statement, `cancelled` expressions on whose
    values no result depends.
    """

    def __init__(
        self,
        body: list[Any],
        active: Names,
        kind_of: Callable[[Any], Kind],
        callee: Callable[[Any], Any],
        written: Callable[[Any], list[Any]],
        aliases: Aliases,
        at_end: Names = NONE,
        cancelled: frozenset[Any] = NONE,
        bindings: Bindings | None = None,
        calls: Calls | None = None,
    ) -> None:
        self._bindings = Bindings() if bindings is None else bindings
        self._calls = Calls() if calls is None else calls
        self._kind_of = kind_of
        self._callee = callee
        self._written = written
        self._aliases = aliases
        self._cancelled = cancelled
        self._known: dict[tuple[Any, Names], bool] = {}
        self._before: dict[Any, Names] = {}
        self._exits: list[Names] = []
        self._useful: dict[Any, Names] = {}
        self._useful_after: dict[Any, Names] = {}
        self._breaks: list[Names] = []
        self._continues: list[Names] = []
        self.at_end = self._block(body, active)
        self._body = body
        self._end = at_end

    # --- which names carry derivatives ------------------------------------------

    def names(self, statement: Any) -> Names:
        """The names whose value is active when the statement starts."""
        return self._before.get(statement, NONE)

    def is_active(self, expression: Any, names: Names) -> bool:
        """Whether a derivative may flow through the value of an expression."""
        if expression.__class__ is gast.Name:
            active = expression.id in names
            return active and is_differentiable(self._kind_of(expression))
        key = expression, names
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._is_active(expression, names)
        return found

    def _is_active(self, expression: Any, names: Names) -> bool:
        if expression is None or expression in self._cancelled:
            return False
        if not is_differentiable(self._kind_of(expression)):
            return False
        match expression:
            case gast.Constant() | gast.Compare() | gast.Lambda():
                return False
            case gast.Attribute(value=value, attr=attr):
                return attr not in PLAIN_ATTRIBUTES and self.is_active(value, names)
            case gast.Subscript(value=value, slice=key):
                # np.r_[v, w] is an object that computes with what it is indexed by
                computes = isinstance(self._kind_of(value), (Static, Unknown))
                return self.is_active(value, names) or (
                    computes and self.is_active(key, names)
                )
            case gast.UnaryOp(op=gast.Not()) | gast.BinOp(op=gast.FloorDiv()):
                return False
            case gast.Call():
                return self._is_active_call(expression, names)
            case gast.ListComp() | gast.GeneratorExp() | gast.DictComp():
                return self._is_active_comprehension(expression, names)
            case _:
                return any(
                    self.is_active(child, names)
                    for child in children(expression)
                    if isinstance(child, (gast.expr, gast.keyword))
                )

    def _is_active_comprehension(self, node: Any, names: Names) -> bool:
        """Whether its parts are active, or made of what it runs over, which is."""
        part = node.value if isinstance(node, gast.DictComp) else node.elt
        if self.is_active(part, names):
            return True
        read = _read(part)
        return any(
            self.is_active(g.iter, names)
            for g in node.generators
            if not read.isdisjoint(bound_names(g.target))
        )

    def _is_active_call(self, node: Any, names: Names) -> bool:
        function = self._callee(node)
        rule = lookup(function) if function is not None else None
        passive = rule is not None and rule.kind == "passive"
        if passive and function not in WRITERS_OF_TEXT:  # it may be read again
            return False
        if isinstance(function, gast.FunctionDef | gast.Lambda):
            return bool(outer_names(function) & names) or self._reach(node, names)
        return self._reach(node, names)

    def _reach(self, node: Any, names: Names) -> bool:
        """Whether derivatives flow into a call through what it is given, or is."""
        arguments = [*node.args, *(k.value for k in node.keywords)]
        of_object = isinstance(node.func, gast.Attribute)
        arguments.append(node.func.value if of_object else node.func)
        return any(
            self.is_active(a.value if isinstance(a, gast.Starred) else a, names)
            or self._captures(a, names)
            for a in arguments
        )

    def _captures(self, argument: Any, names: Names) -> bool:
        """Whether an argument is a local function that reads active names."""
        kind = self._kind_of(argument)
        function = kind.value if isinstance(kind, Static) else None
        if not isinstance(function, gast.FunctionDef | gast.Lambda):
            return False
        return bool(outer_names(function) & names)

    def _block(self, body: list[Any], names: Names) -> Names:
        for statement in body:
            names |= self._before.get(statement, NONE)
            self._before[statement] = names
            names = self._statement(statement, names)
        return names

    def _statement(self, statement: Any, names: Names) -> Names:
        match statement:
            case gast.If(body=body, orelse=orelse):
                return self._block(body, names) | self._block(orelse, names)
            case gast.For() | gast.While():
                return self._loop(statement, names)
            case gast.With(body=body):
                return self._block(body, names)
            case gast.Break() | gast.Continue():
                self._exits[-1] |= names
                return NONE
            case gast.Assign(targets=[target], value=value):
                return self._assign(statement, target, value, names)
            case gast.AugAssign(target=gast.Name(id=name), op=gast.FloorDiv()):
                return names - {name}
            case gast.AugAssign(target=target, value=value):
                if not (self.is_active(value, names) or self.is_active(target, names)):
                    if isinstance(target, gast.Name):
                        return names
                    return names
                return names | self._reached(statement, target)
            case gast.Expr(value=gast.Call() as node):
                return self._effect(statement, node, names)
            case _:
                return names - self._bindings[statement]

    def _loop(self, statement: Any, names: Names) -> Names:
        while True:
            self._exits.append(NONE)
            inside = names
            if isinstance(statement, gast.For):
                bound = frozenset(bound_names(statement.target))
                active = self.is_active(statement.iter, names)
                inside = names | bound if active else names - bound
            end = self._block(statement.body, inside) | self._exits.pop()
            if end <= names:
                return names
            names |= end

    def _assign(self, statement: Any, target: Any, value: Any, names: Names) -> Names:
        match target, value:
            case gast.Tuple(elts=to), gast.Tuple(elts=given) if len(to) == len(given):
                through = {
                    t.id
                    for t, v in zip(to, given, strict=True)
                    if isinstance(t, gast.Name) and self.is_active(v, names)
                }
                return (names - self._bindings[statement]) | through
            case ((gast.Name() | gast.Tuple() | gast.List()), _):
                bound = frozenset(bound_names(target))
                active = self._called_active(value, names)
                after = names | bound if active else names - bound
                return after | self._written_active(statement, value, names)
            case _:
                active = self._called_active(value, names)
                return names | self._reached(statement, target) if active else names

    def _called_active(self, value: Any, names: Names) -> bool:
        return self.is_active(value, names)

    def _written_active(self, statement: Any, value: Any, names: Names) -> Names:
        """Arguments that a call inside an expression makes active by writing."""
        after = NONE
        for node in self._calls[value]:
            after |= self._call_writes(statement, node, names)
        return after

    def _call_writes(self, statement: Any, node: Any, names: Names) -> Names:
        written = self._written(node)
        arguments = [*node.args, *(k.value for k in node.keywords)]
        if not written or not any(self.is_active(a, names) for a in arguments):
            return NONE
        return frozenset().union(*(self._reached(statement, w) for w in written))

    def _effect(self, statement: Any, node: Any, names: Names) -> Names:
        if (
            isinstance(node.func, gast.Attribute)
            and node.func.attr in CONTAINER_METHODS
            and any(self.is_active(a, names) for a in node.args)
        ):
            return names | self._reached(statement, node.func.value)
        return names | self._call_writes(statement, node, names)

    def _reached(self, statement: Any, target: Any) -> Names:
        """The names through which a store into `target` can be seen."""
        base = root(target)
        if base is None:
            return NONE
        kind = self._kind_of(
            target.value if not isinstance(target, gast.Name) else target
        )
        if isinstance(kind, Array | Scalar) and not is_differentiable(kind):
            return NONE
        partners = self._aliases.partners(statement, base)
        return frozenset({base}) | frozenset(p for p in partners if "@" not in p)

    # --- which of them still reach the result -------------------------------------

    def useful(self, statement: Any) -> Names:
        """The names whose value at the start of a statement may reach the result."""
        self._look_back()
        return self._useful.get(statement, NONE)

    def useful_after(self, statement: Any) -> Names:
        """The names whose value at the end of a statement may reach the result."""
        self._look_back()
        return self._useful_after.get(statement, NONE)

    def _look_back(self) -> None:
        """Find out what is useful once somebody asks: few want more than `names`."""
        if not self._useful_after:
            self._backward_block(self._body, self._end)

    def active_names_in(self, expression: Any, names: Names) -> Names:
        """The names from which a derivative flows into an expression."""
        if not self.is_active(expression, names):
            return NONE
        if isinstance(expression, gast.Name):
            return frozenset({expression.id})
        found = NONE
        for inner in children(expression):
            wrapped = isinstance(inner, (gast.keyword, gast.Starred))
            child = inner.value if wrapped else inner
            if isinstance(expression, gast.Subscript) and child is expression.slice:
                continue
            if isinstance(expression, gast.Call) and child is expression.func:
                child = getattr(child, "value", child)  # the object of a method
            if isinstance(child, gast.expr):
                found |= self.active_names_in(child, names)
        return found

    def _backward_block(self, body: list[Any], useful: Names) -> Names:
        for statement in reversed(body):
            useful |= self._useful_after.get(statement, NONE)
            self._useful_after[statement] = useful
            useful = self._backward(statement, useful) & self.names(statement)
            useful |= self._useful.get(statement, NONE)
            self._useful[statement] = useful
        return useful

    def _backward(self, statement: Any, useful: Names) -> Names:
        names = self.names(statement)
        match statement:
            case gast.Return(value=value):
                returned = self.active_names_in(value, names) if value else NONE
                return returned | self._end
            case gast.If(body=body, orelse=orelse):
                return self._backward_block(body, useful) | self._backward_block(
                    orelse, useful
                )
            case gast.With(body=body):
                return self._backward_block(body, useful)
            case gast.For() | gast.While():
                return self._backward_loop(statement, useful)
            case gast.Break():
                return self._breaks[-1]
            case gast.Continue():
                return self._continues[-1]
            case gast.Raise():
                return NONE
            case _:
                return self._backward_simple(statement, useful, names)

    def _backward_simple(self, statement: Any, useful: Names, names: Names) -> Names:
        bound = self._bindings[statement]
        touched = set(bound)
        for target in store_targets(statement, lambda n: True):
            touched |= self._group(statement, root(target))
        value = getattr(statement, "value", None)
        calls = self._calls[value]
        for node in calls:
            for argument in self._written(node):
                touched |= self._group(statement, root(argument))
            if (
                isinstance(node.func, gast.Attribute)
                and node.func.attr in CONTAINER_METHODS
            ):
                touched |= self._group(statement, root(node.func.value))
        if not touched & useful:
            return useful
        after = useful - bound
        match statement:
            case gast.Assign(
                targets=[gast.Tuple(elts=to)], value=gast.Tuple(elts=given)
            ) if len(to) == len(given):
                for t, v in zip(to, given, strict=True):
                    if set(bound_names(t)) & useful:
                        after |= self.active_names_in(v, names)
                return after
            case gast.AugAssign(target=gast.Name(id=identifier)):
                after |= {identifier}
        after |= self.active_names_in(value, names)
        for node in calls:
            for argument in (*node.args, *(k.value for k in node.keywords)):
                after |= self.active_names_in(argument, names)
        return after

    def _group(self, statement: Any, base: str | None) -> Names:
        if base is None:
            return NONE
        return frozenset({base}) | self._aliases.partners(statement, base)

    def _backward_loop(self, statement: Any, useful: Names) -> Names:
        bound = self._bindings[statement]
        head = useful
        self._breaks.append(useful)
        while True:
            self._continues.append(head)
            inside = self._backward_block(statement.body, head)
            self._continues.pop()
            if isinstance(statement, gast.For) and inside & bound:
                inside |= self.active_names_in(statement.iter, self.names(statement))
            inside -= bound
            if inside <= head:
                break
            head |= inside
        self._breaks.pop()
        return head


def _read(node: Any) -> set[str]:
    """The names that an expression reads from outside of its own comprehensions."""
    if isinstance(node, gast.Name):
        return {node.id}
    found = set().union(*(_read(c) for c in children(node) if isinstance(c, gast.AST)))
    for generator in getattr(node, "generators", ()):
        found -= set(bound_names(generator.target))
        found |= _read(generator.iter)
    return found
