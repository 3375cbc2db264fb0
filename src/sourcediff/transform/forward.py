"""Forward mode: the tangent of every statement, written before the statement itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    assigned_in,
    bindings,
    bound_names,
    root,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Scalar,
    Sequence,
    Static,
    Unknown,
    is_differentiable,
    scalar_of,
)
from sourcediff.rules import lookup
from sourcediff.transform.build import (
    assign,
    at,
    augment,
    call,
    clone,
    const,
    loaded,
    method,
    name,
    names_in,
    subscript,
    target,
    tuple_of,
)
from sourcediff.transform.cotangent import is_fresh
from sourcediff.transform.names import Names
from sourcediff.transform.pull import Pull
from sourcediff.transform.push import MIRRORED, Push
from sourcediff.transform.refused import Refused
from sourcediff.transform.views import written_names
from sourcediff.trees import walk

PRIME = "'"
_HARMLESS = (print, len, isinstance, repr, str, type, id)


class ReadsBoth(Exception):
    """A tangent needs a statement's result and what the result has overwritten."""


@dataclass(frozen=True)
class Callee:
    """The forward-mode function of a callee, as its caller sees it.

    It takes, after the callee's own parameters, the tangents of those that are
    `active`, under the names in `tangents`; `positional` says that they may be given
    by position. It returns the result and its tangent, or without `result_active`
    the result alone.
    """

    function: str
    parameters: tuple[str, ...]
    active: tuple[str, ...]
    tangents: tuple[str, ...]
    result_active: bool
    positional: bool


def carriers(facts: Facts) -> frozenset[str]:
    """The names that have a tangent: all those that may ever move."""
    activity = facts.activity
    found = set(activity.at_end)
    for statement in walk_statements(facts.program.node.body):
        found |= activity.names(statement)
    return frozenset(n for n in found if "@" not in n)


@dataclass
class Forward:
    """Writes the forward-mode form of one program.

    `dots` are the names of the parameters' tangents that are given; `with_value` says
    that the result is returned before its tangent.
    """

    facts: Facts
    names: Names
    reference: Callable[[Any, str], Any]
    callees: Mapping[Any, Callee]
    dots: dict[str, str]
    with_value: bool = True
    problems: list[Refused] = field(default_factory=list)
    declared: dict[str, Kind] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.carriers = carriers(self.facts)
        self.given = frozenset(self.dots)
        self._written = written_names(self.facts, self.facts.program.node.body)
        self._primals: dict[str, str] = {d: n for n, d in self.dots.items()}
        self._env: Mapping[str, Kind] = {}
        clash = any(
            n.endswith("_dot") for n in self.names.snapshot()[0] - {*self._primals}
        )
        self._suffix = "tan" if clash else "dot"

    # --- names and kinds --------------------------------------------------------------

    def dot(self, identifier: str) -> str:
        """The name of a variable's tangent."""
        if identifier not in self.dots:
            made = self.names.fresh(f"{identifier}_{self._suffix}")
            self.dots[identifier] = made
            self._primals[made] = identifier
        return self.dots[identifier]

    def _declare(self, identifier: str, kind: Kind) -> None:
        self.declared[identifier] = kind

    def _kind_of_name(self, identifier: str) -> Kind:
        identifier = identifier.rstrip(PRIME)
        if identifier in self.declared:
            return self.declared[identifier]
        return self._env.get(self._primals.get(identifier, identifier), UNKNOWN)

    def _kind_of(self, node: Any) -> Kind:
        kind = self.facts.kind_of(node)
        if kind is UNKNOWN and isinstance(node, gast.Name):
            return self._kind_of_name(node.id)
        return kind

    def _temporary(self, node: Any, suffix: str) -> str:
        return self.names.temporary(node, suffix and self._suffix)

    def push(self, statement: Any, root_node: Any = None, result: Any = None) -> Push:
        """What pushes tangents through the expressions of a statement."""
        self._env = self.facts.environment(statement)
        moving = self.facts.activity.names(statement)
        values = Pull(
            kind_of=self._kind_of,
            is_active=lambda node: self.facts.activity.is_active(node, moving),
            callee=self.facts.callee,
            is_scalar_name=lambda n: isinstance(
                scalar_of(self._kind_of_name(n)), Scalar
            ),
            temporary=self._temporary,
            reference=self.reference,
            whole=frozenset(),
            declare=self._declare,
            root=root_node,
            result_text=result,
        )
        return Push(values, self.dot, self._carries)

    def _carries(self, node: Any) -> bool:
        return self.facts.activity.is_active(node, self.carriers)

    # --- blocks -----------------------------------------------------------------------

    def run(self) -> list[Any]:
        """The body of the forward-mode function."""
        body = self.facts.program.node.body
        return [*self._entry(body), *self.block(body)]

    def _entry(self, body: list[Any]) -> list[Any]:
        """Zero tangents of what comes from outside and moves only later."""
        if not body:
            return []
        push = self.push(body[0])
        program = self.facts.program
        outside = [*program.parameters, *sorted(program.data)]
        return [
            assign(
                self.dot(n),
                push.zero(self._env.get(n, UNKNOWN), lambda n=n: name(n)),  # type: ignore[misc]
            )
            for n in outside
            if n in self.carriers and n not in self.given
        ]

    def block(self, body: list[Any]) -> list[Any]:
        """The statements of a block, each with its tangent."""
        out: list[Any] = []
        for statement in body:
            try:
                made = self._statement(statement)
            except Refused as problem:
                if getattr(problem.node, "lineno", None) is None:
                    problem.node = statement
                self.problems.append(problem)
                made = [statement]
            out += at(statement, made)
        return out

    def _statement(self, statement: Any) -> list[Any]:
        match statement:
            case gast.If(test=test, body=body, orelse=orelse):
                then = self.block(body) or [gast.Pass()]
                return [gast.If(test, then, self.block(orelse))]
            case gast.While(test=test, body=body):
                return [gast.While(test, self.block(body) or [gast.Pass()], [])]
            case gast.For():
                return [self._for(statement)]
            case gast.With(items=items, body=body):
                return [gast.With(items, self.block(body) or [gast.Pass()], None)]
            case gast.Return():
                return self._return(statement)
            case gast.Assign(targets=[to], value=value):
                return self._assign(statement, to, value)
            case gast.AugAssign(target=to, value=value):
                return self._augmented(statement, to, value)
            case gast.Expr(value=gast.Call() as node):
                return self._effect(statement, node)
            case _:
                return [statement]

    def _for(self, statement: Any) -> Any:
        body = self.block(statement.body) or [gast.Pass()]
        push = self.push(statement)
        identifiers = set(bound_names(statement.target))
        moving = (
            push.tangent(statement.iter, True)
            if (identifiers & self.carriers)
            else None
        )
        if moving is None:
            return gast.For(statement.target, statement.iter, body, [], None)
        if not isinstance(statement.target, gast.Name) or push.values.hoisted:
            raise Refused(statement, "a loop over these values is outside the language")
        identifier = statement.target.id
        if moving.is_zero:
            kind = self.facts.environment(statement.body[0]).get(identifier, UNKNOWN)
            zero = push.zero(kind, lambda: name(identifier))
            body = [assign(self.dot(identifier), zero), *body]
            return gast.For(statement.target, statement.iter, body, [], None)
        pair = gast.Tuple(
            [target(identifier), target(self.dot(identifier))], gast.Store()
        )
        both = call("zip", statement.iter, moving.expression(push.is_scalar))
        return gast.For(pair, both, body, [], None)

    # --- how a statement and its tangent are put together -----------------------------

    def _built(self, build: Callable[[bool], list[Any]]) -> list[Any]:
        """Build a tangent that reads the statement's result, or else one that does not."""  # noqa: E501
        names, dots = self.names.snapshot(), dict(self.dots)
        try:
            return build(True)
        except ReadsBoth:
            self.names.restore(names)
            self.dots.clear()
            self.dots.update(dots)
            return build(False)

    def _placed(
        self,
        statement: Any,
        push: Push,
        made: list[Any],
        changed: set[str],
    ) -> list[Any]:
        """Named values, then the tangents, then the statement.

        Tangents that read the statement's result come after it; that fails where
        they also read one of the `changed` names as it was before.
        """
        made = [*push.prelude, *made]
        count = len(made)
        for index, tangent in enumerate(made):
            if any(n.endswith(PRIME) for n in names_in(tangent)):
                count = index
                break
        before, after = made[:count], made[count:]
        for tangent in after:
            if changed & set(names_in(tangent)):
                raise ReadsBoth
            for node in walk(tangent):
                if isinstance(node, gast.Name):
                    node.id = node.id.rstrip(PRIME)
        hoisted = self._hoisted(push.values)
        primal = push.values.rebuilt(statement) if push.values.hoisted else statement
        return [*at(statement, hoisted), *before, primal, *after]

    def _hoisted(self, values: Pull) -> list[Any]:
        """Assignments to the names of subexpressions, innermost first."""
        order = list(values.hoisted)

        def depth(node: Any) -> tuple[int, int]:
            inside = sum(1 for child in walk(node) if child in values.hoisted)
            return inside, order.index(node)

        out = []
        for node in sorted(order, key=depth):
            identifier = values.hoisted.pop(node)
            out.append(assign(identifier, values.rebuilt(node)))
            values.hoisted[node] = identifier
        return out

    # --- assignment -------------------------------------------------------------------

    def _assign(self, statement: Any, to: Any, value: Any) -> list[Any]:
        if value in self.callees:
            return self._call(statement, to, value, self.callees[value])
        match to:
            case gast.Name(id=identifier):
                if identifier not in self.carriers:
                    return [statement]
                return self._built(lambda use: self._bind(statement, to, value, use))
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return self._unpack(statement, elements, value)
            case gast.Subscript() | gast.Attribute():
                return self._built(lambda use: self._store(statement, to, value, use))
            case _:
                raise Refused(statement, "this target is outside the language")

    def _bind(self, statement: Any, to: Any, value: Any, use: bool) -> list[Any]:
        """`y = expression`."""
        result = name(to.id + PRIME)
        push = self.push(statement, value, result if use else None)
        text = self._text(push, value, self.facts.kind_of(to), result if use else None)
        text = self._owned(statement, push, text, to.id, value)
        return self._placed(statement, push, [assign(self.dot(to.id), text)], {to.id})

    def _text(self, push: Push, value: Any, kind: Kind, result: Any) -> Any:
        """The tangent of a value; zeros are those of the result, where it is there."""
        if isinstance(value, gast.Tuple | gast.List | gast.Dict):
            return push.display(value, True)
        if isinstance(value, gast.Constant) and value.value is None:
            return const(None)
        tangent = push.tangent(value, True)
        if not tangent.is_zero:
            return push.whole(tangent, value)
        if not isinstance(value, gast.Constant):
            kind = self.facts.kind_of(value)
        return push.zero(
            kind, lambda: result if result is not None else push.values.value(value)
        )

    def _owned(
        self, statement: Any, push: Push, text: Any, identifier: str, value: Any
    ) -> Any:
        """The tangent in memory of its own, where its primal has that and it matters."""  # noqa: E501
        kind = self.facts.kind_of(value)
        if isinstance(scalar_of(kind), Scalar | Static) or is_fresh(text):
            return text
        if isinstance(text, gast.Tuple | gast.List | gast.Dict):
            return text
        shared = {n for n in self.facts.aliases.sources(value) if n in self.carriers}
        reads = {self._primals.get(n, n) for n in names_in(text)}
        if not ({identifier} | reads) & self._written:
            return text
        if not shared:
            is_array = isinstance(kind, Array)
            helper = push.values.helper("copied")
            return method(text, "copy") if is_array else call(helper, text)
        if isinstance(kind, Array | Unknown):
            self._require_view(statement, value)
        return text

    def _require_view(self, statement: Any, value: Any) -> None:
        """Refuse what may be a copy of the values but a view of their tangents."""
        function = self.facts.callee(value) if isinstance(value, gast.Call) else None
        rule = lookup(function) if function is not None else None
        kinds = (self._kind_of(n) for n in walk(value) if isinstance(n, gast.Name))
        contiguous = all(k.contiguous for k in kinds if isinstance(k, Array))
        if (_may_copy(value) and not contiguous) or (
            rule is not None and rule.view and rule.kind == "rule"
        ):
            raise Refused(
                statement, "this may be a view or a copy of memory that is written into"
            )

    def _unpack(self, statement: Any, elements: list[Any], value: Any) -> list[Any]:
        if not all(isinstance(e, gast.Name) for e in elements):
            raise Refused(statement, "this unpacking is outside the language")
        names = [e.id for e in elements]
        if not set(names) & self.carriers:
            return [statement]
        if isinstance(value, gast.Tuple | gast.List) and len(value.elts) == len(names):
            return self._parallel(statement, names, value.elts)
        return self._built(lambda use: self._unpacked(statement, names, value, use))

    def _parallel(
        self, statement: Any, names: list[str], values: list[Any]
    ) -> list[Any]:
        """`a, b = f(a), g(b)`: every right side sees the values before."""
        push = self.push(statement)
        dots, texts = [], []
        for identifier, value in zip(names, values, strict=True):
            if identifier in self.carriers:
                text = self._text(push, value, self._kind_of(value), None)
                dots.append(self.dot(identifier))
                texts.append(self._owned(statement, push, text, identifier, value))
        made = [
            assign(tuple_of(map(name, dots)), tuple_of(texts))
            if len(dots) > 1
            else assign(dots[0], texts[0])
        ]
        return self._placed(statement, push, made, set(names))

    def _unpacked(
        self, statement: Any, names: list[str], value: Any, use: bool
    ) -> list[Any]:
        """`a, b = expression`."""
        result = tuple_of(name(n + PRIME) for n in names)
        push = self.push(statement, value, result if use else None)
        tangent = push.tangent(value, True)
        if tangent.is_zero:
            kinds = [self.facts.kind_of(e) for e in statement.targets[0].elts]
            made = [
                assign(self.dot(n), push.zero(kind, lambda n=n: name(n + PRIME)))  # type: ignore[misc]
                for n, kind in zip(names, kinds, strict=True)
                if n in self.carriers
            ]
        else:
            to = [self.dot(n) if n in self.carriers else "_" for n in names]
            text = push.whole(tangent, value)
            text = self._owned(statement, push, text, names[0], value)
            made = [assign(tuple_of(map(name, to)), text)]
        return self._placed(statement, push, made, set(names))

    # --- stores -----------------------------------------------------------------------

    def _store(self, statement: Any, to: Any, value: Any, use: bool) -> list[Any]:
        """`x[k] = v` and `o.a = v`."""
        result = self._primed(to) if use and self._keeps(to, value) else None
        push = self.push(statement, value, result)
        element = self._element(push, to)
        if element is None:
            return [statement]
        container = not isinstance(self._kind_of(to.value), Array)
        if container:
            text = self._text(push, value, self._kind_of(to), None)
            text = self._owned(statement, push, text, root(to) or "", value)
        else:
            tangent = push.tangent(value)
            text = tangent.expression(push.is_scalar)
        return self._placed(
            statement, push, [assign(element, text)], self._changed(statement, to)
        )

    def _element(self, push: Push, to: Any) -> Any | None:
        """The place in the tangent that a store into the value corresponds to."""
        base = push.tangent(to.value, True)
        if base.is_zero:
            return None
        text = base.expression(push.is_scalar)
        if isinstance(to, gast.Attribute):
            return gast.Attribute(text, to.attr, gast.Load())
        return subscript(text, push.values.key(to.slice))

    def _primed(self, to: Any) -> Any:
        """A store target as the text of the value after the statement."""
        text = loaded(to)
        node = text
        while isinstance(node, gast.Subscript | gast.Attribute):
            node = node.value
        if not isinstance(node, gast.Name):
            return None
        node.id += PRIME
        return text

    def _keeps(self, to: Any, value: Any) -> bool:
        """Whether the target afterwards holds the value as it was computed."""
        if any(isinstance(n, gast.Call) for n in walk(to)):
            return False
        kind, given = self.facts.kind_of(to), self.facts.kind_of(value)
        if isinstance(kind, Scalar) and isinstance(given, Scalar):
            return kind.dtype == given.dtype and isinstance(to.value, gast.Name)
        return (
            isinstance(kind, Array)
            and kind == given
            and None not in (kind.dims or (None,))
        )

    def _changed(self, statement: Any, to: Any) -> set[str]:
        """The names through which a store can be seen."""
        sources = self.facts.aliases.sources(to.value) | {root(to) or ""}
        partners = {
            p for n in sources for p in self.facts.aliases.partners(statement, n)
        }
        return {*sources, *partners}

    # --- augmented assignment ---------------------------------------------------------

    def _augmented(self, statement: Any, to: Any, value: Any) -> list[Any]:
        base = root(to)
        if isinstance(to, gast.Name) and to.id not in self.carriers:
            return [statement]
        if isinstance(self._kind_of(to), Unknown):
            raise Refused(statement, "the type of the target is not known here")
        del base
        push = self.push(statement)
        if isinstance(to, gast.Name):
            element = name(self.dot(to.id))
        else:
            element = self._element(push, to)
            if element is None:
                return [statement]
        before = self._kind_before(statement, to)
        if isinstance(before, List | Sequence):
            extended = augment(element, type(statement.op), push.filled(value, True))
            return self._placed(statement, push, [extended], set())
        tangent = push.tangent(value)
        if isinstance(statement.op, gast.Add | gast.Sub):
            if tangent.is_zero:
                return [statement]
            in_place = isinstance(before, Array) or not isinstance(
                self.facts.kind_of(to), Array
            )
            if in_place:
                text = tangent.expression(push.is_scalar)
                made = [augment(element, type(statement.op), text)]
                return self._placed(statement, push, made, set())
        elif tangent.is_zero and isinstance(statement.op, gast.Mult | gast.Div):
            made = [augment(element, type(statement.op), push.values.value(value))]
            return self._placed(statement, push, made, set())
        return self._built(lambda use: self._combined(statement, to, value, use))

    def _kind_before(self, statement: Any, to: Any) -> Kind:
        if isinstance(to, gast.Name):
            return self.facts.environment(statement).get(to.id, UNKNOWN)
        return self.facts.kind_of(to)

    def _combined(self, statement: Any, to: Any, value: Any, use: bool) -> list[Any]:
        """`x op= v` by the tangent of `x op v`."""
        left = loaded(to)
        expression = gast.BinOp(left, statement.op, value)
        push = self.push(statement, expression, self._primed(to) if use else None)
        kinds = {left: self._kind_before(statement, to)}
        kinds[expression] = self.facts.kind_of(to)
        for inner, outer in zip(walk(left), walk(to), strict=True):
            kinds.setdefault(inner, self._kind_of(outer))
        kind_of = push.values.kind_of
        push.values.kind_of = lambda n: kinds[n] if n in kinds else kind_of(n)
        tangent = push.tangent(expression, True)
        text = push.whole(tangent, expression)
        element = (
            name(self.dot(to.id))
            if isinstance(to, gast.Name)
            else (self._element(push, to))
        )
        if isinstance(kinds[left], Array) and not isinstance(to, gast.Subscript):
            element = subscript(element, const(Ellipsis))
        changed = {to.id} if isinstance(to, gast.Name) else set()
        if not isinstance(scalar_of(kinds[left]), Scalar | Static):
            changed |= self._changed(statement, gast.Subscript(to, const(0), None))
        if not isinstance(to, gast.Name):
            changed |= self._changed(statement, to)
        return self._placed(statement, push, [assign(element, text)], changed)

    # --- calls ------------------------------------------------------------------------

    def _effect(self, statement: Any, node: Any) -> list[Any]:
        if node in self.callees:
            return self._call(statement, None, node, self.callees[node])
        push = self.push(statement)
        moving = [
            a
            for a in (*node.args, *(k.value for k in node.keywords))
            if push.values.is_active(a.value if isinstance(a, gast.Starred) else a)
        ]
        function = node.func
        if push.is_container_call(node) or (
            isinstance(function, gast.Attribute)
            and function.attr in CONTAINER_METHODS
            and not isinstance(self._kind_of(function.value), Static | Array)
        ):
            return self._container(statement, node, push, bool(moving))
        if isinstance(function, gast.Attribute) and function.attr == "at":
            return self._accumulated(statement, node, push)
        callee = self.facts.callee(node)
        if (
            moving
            and callee not in _HARMLESS
            and (callee is None or lookup(callee) is None)
        ):
            raise Refused(node, "what this call does to its arguments is not known")
        written = [w for w in self.facts.written(node) if self._carries(w)]
        if written:
            raise Refused(node, "this call writes into a differentiated value")
        return [statement]

    def _container(
        self, statement: Any, node: Any, push: Push, moving: bool
    ) -> list[Any]:
        base = node.func.value
        if root(base) not in self.carriers and not moving:
            return [statement]
        if node.func.attr not in MIRRORED:
            raise Refused(
                node, f".{node.func.attr}() changes a list that is differentiated"
            )
        made = [gast.Expr(push.mirrored(node))]
        return self._placed(statement, push, made, set())

    def _accumulated(self, statement: Any, node: Any, push: Push) -> list[Any]:
        """`np.add.at(a, k, v)`: the same of the tangents."""
        base, key, value = node.args
        tangent = push.tangent(value)
        element = push.tangent(base, True)
        if element.is_zero and tangent.is_zero:
            return [statement]
        if self.facts.callee(node) not in (np.add.at, np.subtract.at):
            raise Refused(node, "this accumulation cannot be followed")
        if tangent.is_zero:
            return [statement]
        arguments = [
            element.expression(push.is_scalar),
            push.values.key(key),
            push.whole(tangent, value),
        ]
        made = [gast.Expr(gast.Call(clone(node.func), arguments, []))]
        return self._placed(statement, push, made, set())

    def _call(self, statement: Any, to: Any, node: Any, callee: Callee) -> list[Any]:
        """`y = helper(x)`: `y, y_dot = helper_jvp(x, x_dot)`."""
        push = self.push(statement)
        given = dict(zip(callee.parameters, node.args, strict=False))
        given.update({k.arg: k.value for k in node.keywords})
        texts = [push.filled(given[p], True) for p in callee.active]
        arguments, keywords = clone(node.args), clone(node.keywords)
        if callee.positional and not keywords:
            arguments += texts
        else:
            keywords += [
                gast.keyword(dot, text)
                for dot, text in zip(callee.tangents, texts, strict=True)
            ]
        made = gast.Call(name(callee.function), arguments, keywords)
        out = [*at(statement, self._hoisted(push.values)), *push.prelude]
        if to is None:
            return [*out, gast.Expr(made)]
        elements = to.elts if isinstance(to, gast.Tuple | gast.List) else [to]
        if not all(isinstance(e, gast.Name) for e in elements):
            raise Refused(
                statement, "the result of a call must be stored in a variable"
            )
        if not callee.result_active:
            zeros = [
                assign(
                    self.dot(e.id),
                    push.zero(self.facts.kind_of(e), lambda e=e: name(e.id)),  # type: ignore[misc]
                )
                for e in elements
                if e.id in self.carriers
            ]
            return [*out, gast.Assign([to], made, None), *zeros]
        dots = [
            target(self.dot(e.id) if e.id in self.carriers else "_") for e in elements
        ]
        both = dots[0] if to is elements[0] else gast.Tuple(dots, gast.Store())
        pair = gast.Tuple([to, both], gast.Store())
        return [*out, gast.Assign([pair], made, None)]

    # --- return -----------------------------------------------------------------------

    def _return(self, statement: Any) -> list[Any]:
        value = statement.value
        if value is None:
            return [statement]
        out = self.names.fresh("out")
        push = self.push(statement, value, name(out) if self.with_value else None)
        self._declare(out, self.facts.kind_of(value))
        text = self._returned(push, value)
        if not self.with_value:
            return [*self._hoisted(push.values), *push.prelude, gast.Return(text)]
        reads = out in set(names_in(text)) or any(
            out in set(names_in(s)) for s in push.prelude
        )
        hoisted = self._hoisted(push.values)
        primal = push.values.rebuilt(value)
        if reads:
            hoisted.append(assign(out, primal))
            primal = name(out)
        result = gast.Return(tuple_of([primal, text]))
        return [*hoisted, *push.prelude, result]

    def _returned(self, push: Push, value: Any) -> Any:
        if isinstance(value, gast.Constant):
            is_float = isinstance(value.value, float | complex)
            return const(0.0 if is_float else None)
        return push.filled(value, True)


def _may_copy(text: Any) -> bool:
    """Whether an expression is a view of contiguous memory, and a copy of other."""
    return any(
        isinstance(n, gast.Attribute) and n.attr in ("reshape", "ravel", "view")
        for n in walk(text)
    )


__all__ = [
    "Callee",
    "Forward",
    "assigned_in",
    "bindings",
    "carriers",
    "is_differentiable",
]
