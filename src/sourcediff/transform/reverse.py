"""Reverse mode: the adjoint of every statement, from the last to the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.binding import DefiniteBinding
from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    assigned_in,
    bindings,
    walk_statements,
)
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.analysis.sharing import operand
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
    is_differentiable,
    scalar_of,
)
from sourcediff.rules import lookup
from sourcediff.transform.access import (
    Access,
    Field,
    is_structure,
    kind_at,
    leaves,
    locate,
    value_of,
)
from sourcediff.transform.accumulate import Cotangents, State
from sourcediff.transform.build import (
    assign,
    at,
    augment,
    call,
    clone,
    const,
    loaded,
    name,
    names_in,
    same,
    subscript,
    target,
    tuple_of,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    of_expression,
    of_name,
)
from sourcediff.transform.dependence import (
    LoopSpace,
    accesses,
    apart_now,
    fixed_names,
)
from sourcediff.transform.expand import replace_names
from sourcediff.transform.names import Names, Place
from sourcediff.transform.product import Product, gather
from sourcediff.transform.pull import Contribution, Pull, Refused
from sourcediff.transform.shadows import Shadows
from sourcediff.transform.stores import Store, append
from sourcediff.transform.sweep import Block, Branch, Context, Loop, Node, Step
from sourcediff.transform.views import Views

PRIME = "'"
_BOOL = np.dtype(bool)
_INT = np.dtype(int)


class ReadsBoth(Exception):
    """An adjoint needs a statement's result and what the result has overwritten."""


@dataclass
class Reverse:
    """Writes the adjoint of one program.

    `reference(object, name)` gives the expression by which generated code names an
    object; `seed` is the name of the result's cotangent (None: the result is passive).
    """

    facts: Facts
    names: Names
    reference: Callable[[Any, str], Any]
    views: Views
    whole: frozenset[str]
    buffers: frozenset[str]
    seed: str | None
    keep_result: bool = False
    problems: list[Refused] = field(default_factory=list)
    declared: dict[str, Kind] = field(default_factory=dict)
    bars: set[str] = field(default_factory=set)
    _env: Mapping[str, Kind] = field(default_factory=dict)
    unbound: set[str] = field(default_factory=set)
    _stored_key: Any = None
    narrow: set[str] = field(default_factory=set)
    _loops: list[LoopSpace] = field(default_factory=list)
    _fixed: frozenset[str] = frozenset()
    _result_state: dict[Place, State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.result = self.names.fresh("out")
        self.cotangents = Cotangents(
            self.names,
            self._kind_at,
            lambda helper: self.reference(None, helper),
            lambda: str(self.reference(np, "np").id),
            self.is_scalar,
            self.buffers,
            self._declare_bar,
        )
        self._scalar_pull = self.pull(None)
        self.shadows = Shadows(self, self.views.mirrors)
        self.cotangents.shadows |= self.shadows.bars

    # --- kinds of names ---------------------------------------------------------------

    def _kind_at(self, place: Place) -> Kind | None:
        return kind_at(place, lambda n: self._env.get(n, UNKNOWN))

    def _declare_bar(self, identifier: str, kind: Kind) -> None:
        if identifier not in self.shadows.bars:
            self.bars.add(identifier)
        self.declared[identifier] = kind

    def declare(self, identifier: str, kind: Kind) -> None:
        """Note the kind of a name of the generated code."""
        self.declared[identifier] = kind

    def _is_scalar_name(self, identifier: str) -> bool:
        identifier = identifier.rstrip(PRIME)
        if identifier in self.bars and self._is_narrow_name(identifier):
            return False
        kind = self.declared.get(identifier) or self._env.get(identifier)
        return isinstance(scalar_of(kind or UNKNOWN), Scalar)

    def _is_narrow_name(self, identifier: str) -> bool:
        """Whether a cotangent's variable may hold less than its full shape."""
        return identifier in self.narrow | self.cotangents.narrow or any(
            not state.full and self.names.bar(place) == identifier
            for place, state in self.cotangents.states.items()
        )

    def is_scalar(self, node: Any) -> bool:
        """Whether an expression of the generated code is certainly a number."""
        return self._scalar_pull.is_scalar(node)

    def _node_kind(self, node: Any) -> Kind:
        if isinstance(node, gast.Name) and node.id in self.declared:
            return self.declared[node.id]
        kind = self.facts.kind_of(node)
        if kind is UNKNOWN and isinstance(node, gast.Name):
            return self._env.get(node.id, UNKNOWN)
        return kind

    def pull(self, statement: Any, root: Any = None, result: Any = None) -> Pull:
        """An empty pull for an expression of a statement."""
        names = self.facts.activity.names(statement) if statement else frozenset()
        return Pull(
            kind_of=self._node_kind,
            is_active=lambda node: self.facts.activity.is_active(node, names),
            callee=self.facts.callee,
            is_scalar_name=self._is_scalar_name,
            temporary=self.temporary,
            reference=self.reference,
            whole=self.whole,
            declare=self.declare,
            root=root,
            result_text=result,
            budget=1 if self._loops else 0,
            is_narrow_name=self._is_narrow_name,
            narrow_name=self.narrow.add,
        )

    def temporary(self, node: Any, suffix: str) -> str:
        """A new name for the value of a node, or for its cotangent."""
        identifier = self.names.temporary(node, suffix and self.names.suffix)
        if suffix:
            self.bars.add(identifier)
        return identifier

    # --- blocks -----------------------------------------------------------------------

    def run(self, body: list[Any], environment: Mapping[str, Kind]) -> Block:
        """The two sweeps of a function body."""
        parameters = self.facts.program.parameters
        self._fixed = fixed_names(body, parameters)
        self._bound_before = DefiniteBinding(body, frozenset(parameters))
        self.shadows.present()
        block = self._block(body, environment)
        self.shadows.start(block)
        return block

    def _block(self, body: list[Any], after: Mapping[str, Kind]) -> Block:
        block = Block()
        for index in reversed(range(len(body))):
            statement = body[index]
            self._env = (
                self.facts.environment(body[index + 1])
                if index + 1 < len(body)
                else after
            )
            try:
                self._now = statement
                node = self._statement(statement)
                self.shadows.present()
                if isinstance(node, Step):
                    self.shadows.attach(node, statement)
            except Refused as problem:
                if getattr(problem.node, "lineno", None) is None:
                    problem.node = statement
                self.problems.append(problem)
                node = Step(statement, [statement])
            block.nodes.insert(0, node)
        return block

    def _statement(self, statement: Any) -> Node:
        match statement:
            case gast.If():
                return self._if(statement)
            case gast.For() | gast.While():
                return self._loop(statement)
            case gast.With(body=body):
                return Context(statement, self._block(body, self._env))
            case gast.Return():
                return self._return(statement)
            case gast.Assign(targets=[to], value=value):
                return self._assign(statement, to, value)
            case gast.AugAssign():
                return self._augmented(statement)
            case gast.Expr(value=gast.Call() as node):
                return self._effect(statement, node)
            case gast.Expr(value=gast.Constant(value=str())):
                return Step(statement, [])  # a docstring
            case gast.Delete(targets=targets):
                deleted = {t.id for t in targets if isinstance(t, gast.Name)}
                return Step(statement, [statement], kills=deleted)
            case _:
                return Step(statement, [statement], kills=bindings(statement))

    # --- return and assignment --------------------------------------------------------

    def _return(self, statement: Any) -> Step:
        step = Step(statement, [])
        value = statement.value
        self.cotangents.states.clear()
        self.cotangents.states.update(self._result_state)
        self.shadows.present()
        self.views.forget()
        if value is None:
            return step
        active = self.seed is not None and self.facts.is_active(value, statement)
        if not active:
            step.forward = self._kept_result(statement, value, step)
            return step
        keep = self.keep_result
        out = name(self.result)
        pull = self.pull(statement, value if keep else None, out if keep else None)
        assert self.seed is not None
        kind = self.facts.kind_of(value)
        seed = of_name(self.seed)
        self.declared[self.seed] = kind
        self.bars.add(self.seed)
        if is_structure(kind):
            parts = self._seed_parts(value, seed)
            pull.push(value, parts)
        else:
            pull.push(value, seed)
        self.finish(step, pull, value, None)
        if keep:
            step.kills |= {self.result}
            step.forward += at(statement, [assign(self.result, pull.rebuilt(value))])
        return step

    def _seed_parts(self, value: Any, seed: Cotangent) -> Cotangent:
        if isinstance(value, gast.Tuple | gast.List):
            expression = seed.product.expression()
            parts = tuple(
                of_expression(subscript(clone(expression), const(i)))
                for i in range(len(value.elts))
            )
            return Cotangent(Product(), True, parts)
        if isinstance(value, gast.Dict):
            expression = seed.product.expression()
            parts = tuple(
                of_expression(subscript(clone(expression), clone(k)))
                for k in value.keys
            )
            return Cotangent(Product(), True, parts)
        return seed

    def _kept_result(self, statement: Any, value: Any, step: Step) -> list[Any]:
        if not self.keep_result:
            return []
        step.kills = {self.result}
        return at(statement, [assign(self.result, value)])

    def _assign(self, statement: Any, to: Any, value: Any) -> Step:
        pair = self.facts.pairs.get(value)
        if pair is not None:
            return self._call_pair(statement, to, value, pair)
        match to:
            case gast.Name(id=identifier):
                return self.bind(statement, (identifier,), to, value)
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return self._unpack(statement, elements, value)
            case gast.Subscript() | gast.Attribute():
                return Store(self, statement, to).plain(value)
            case _:
                raise Refused(statement, "this target is outside the language")

    def bind(self, statement: Any, place: Place, to: Any, value: Any) -> Step:
        """`y = expression`, of a variable or of a fixed part of a structure."""
        step = Step(statement, [statement], kills=bindings(statement))
        if len(place) > 1:
            step.stores = [to]
        kind = self._kind_at(place) or UNKNOWN
        if self.views.is_view(place[0]):
            self.views.drop(place[0])
            self._drop(place)
            return step
        if self.shadows.is_view(place, statement):
            return step
        if not self.facts.is_active(value, statement):
            self._drop(place)
            return step
        if is_structure(kind) and place[0] not in self.whole:
            cotangent = self._structure_cotangent(place, kind, value)
        else:
            cotangent = self._read(place)
        self._drop(place)
        if cotangent is None:
            return step
        return self.with_result(
            lambda use: self._bound(statement, place, to, value, cotangent, use)
        )

    def _bound(
        self,
        statement: Any,
        place: Place,
        to: Any,
        value: Any,
        cotangent: Cotangent,
        use_result: bool,
    ) -> Step:
        step = self._place_step(statement, to)
        pull = self.pull(
            statement, value, self.primed(loaded(to)) if use_result else None
        )
        pull.split = place[0] in set(names_in(value))
        prelude = []
        own = self._takes_part(place[0], value) or place in self.shadows
        if pull.split and own and cotangent.parts is None:
            # The new cotangent begins as zeros while the old one is still read.
            identifier = self.temporary(loaded(to), "bar")
            self.declare(identifier, self._kind_at(place) or UNKNOWN)
            expression = cotangent.product.expression(self.is_scalar)
            prelude = [assign(identifier, expression)]
            cotangent = Cotangent(of_name(identifier).product, cotangent.full)
        pull.push(value, cotangent)
        self.finish(step, pull, value, to, prelude=prelude)
        return step

    def _takes_part(self, identifier: str, value: Any) -> bool:
        """Whether an expression indexes a variable."""
        return any(
            isinstance(n, gast.Subscript)
            and any(
                isinstance(m, gast.Name) and m.id == identifier for m in gast.walk(n)
            )
            for n in gast.walk(value)
        )

    def _structure_cotangent(
        self, place: Place, kind: Kind, value: Any
    ) -> Cotangent | None:
        """The cotangent of a structure, made of those of its leaves."""
        found = list(leaves(place, kind, self.whole))
        if not any(leaf in self.cotangents.states for leaf in found):
            return None
        if any(len(leaf) != len(place) + 1 for leaf in found):
            return self._nested(place, kind)
        return Cotangent(Product(), True, tuple(self._read(leaf) for leaf in found))

    def _nested(self, place: Place, kind: Kind) -> Cotangent:
        parts: list[Cotangent | None] = []
        for index, item in _items(kind):
            child = (*place, index)
            if is_structure(item):
                parts.append(self._structure_cotangent(child, item, None))
            else:
                parts.append(self._read(child))
        return Cotangent(Product(), True, tuple(parts))

    def _drop(self, place: Place) -> None:
        for leaf in list(self.cotangents.states):
            if leaf[: len(place)] == place and leaf not in self.shadows:
                del self.cotangents.states[leaf]

    def primed(self, text: Any) -> Any:
        """A store target as the text of the value after the statement."""
        node = text
        while isinstance(node, gast.Subscript | gast.Attribute):
            node = node.value
        if isinstance(node, gast.Name):
            node.id += PRIME
        return text

    def _unpack(self, statement: Any, elements: list[Any], value: Any) -> Step:
        step = Step(statement, [statement], kills=bindings(statement))
        if not all(isinstance(e, gast.Name) for e in elements):
            raise Refused(statement, "this unpacking is outside the language")
        names = [e.id for e in elements]
        if isinstance(value, gast.Tuple) and len(value.elts) == len(names):
            return self._permute(step, statement, names, value.elts)
        if not self.facts.is_active(value, statement):
            for identifier in names:
                self._drop((identifier,))
            return step
        parts = tuple(self._whole_cotangent((n,)) for n in names)
        for identifier in names:
            self._drop((identifier,))
        if all(p is None for p in parts):
            return step
        result = tuple_of(name(n + PRIME) for n in names)
        pull = self.pull(statement, value, result)
        pull.push(value, Cotangent(Product(), True, parts))
        self.finish(step, pull, value, tuple_of(map(target, names)))
        return step

    def _whole_cotangent(self, place: Place) -> Cotangent | None:
        kind = self._kind_at(place) or UNKNOWN
        if is_structure(kind) and place[0] not in self.whole:
            return self._structure_cotangent(place, kind, None)
        return self._read(place)

    def _read(self, place: Place) -> Cotangent | None:
        """The cotangent of what a statement binds."""
        if place not in self.shadows:
            return self.cotangents.read(place)
        if self.shadows.is_view(place, self._now):
            return None
        return of_expression(self.shadows.primed(place))

    def _permute(
        self, step: Step, statement: Any, names: list[str], values: list[Any]
    ) -> Step:
        """`a, b = b, a`: the same permutation of what the names stand for."""
        sources = [v.id if isinstance(v, gast.Name) else None for v in values]
        if None in sources or set(sources) != set(names):
            return self._parallel(step, statement, names, values)
        states = self.cotangents.states
        moved: dict[Place, State] = {}
        before, after = [], []
        for identifier, source in zip(names, sources, strict=True):
            for place in [
                p for p in states if p[0] == identifier and p not in self.shadows
            ]:
                moved[(source, *place[1:])] = states.pop(place)
                if identifier != source:
                    before.append(self.cotangents.bar((source, *place[1:])))
                    after.append(self.cotangents.bar(place))
        deferred = [s for s in moved.values() if s.deferred is not None]
        if before and len(deferred) < len(moved):
            step.pre = at(
                statement,
                [
                    assign(
                        tuple_of(map(name, before)) if len(before) > 1 else before[0],
                        tuple_of(map(name, after))
                        if len(after) > 1
                        else name(after[0]),
                    )
                ],
            )
        states.update(moved)
        step.kills = set()
        step.undo = [
            assign(
                tuple_of(map(name, [str(s) for s in sources])),
                tuple_of(map(name, names)),
            )
        ]
        return step

    def _parallel(
        self, step: Step, statement: Any, names: list[str], values: list[Any]
    ) -> Step:
        """`a, b = f(a), g(b)`: every right side sees the values before."""
        cotangents = [self._whole_cotangent((n,)) for n in names]
        for identifier in names:
            self._drop((identifier,))
        pull = self.pull(statement)
        active = [
            (v, c)
            for v, c in zip(values, cotangents, strict=True)
            if c is not None and self.facts.is_active(v, statement)
        ]
        if any(is_structure(self.facts.kind_of(v)) for v, _ in active):
            raise Refused(statement, "structures in a parallel assignment")
        for value, cotangent in active:
            pull.push(value, cotangent)
        if active:
            self.finish(step, pull, statement.value, statement.targets[0])
        return step

    # --- memory -----------------------------------------------------------------------

    def active_leaves(self, value: Any, statement: Any) -> int:
        """How many times an expression reads an active name."""
        active = self.facts.activity.names(statement)
        return sum(
            1
            for node in gast.walk(value)
            if isinstance(node, gast.Name) and node.id in active
        )

    def has_cotangent(self, place: Place) -> bool:
        """Whether anything has arrived at a place, or at what it is a view of."""
        if self.views.is_view(place[0]):
            _, text = self.views.definition(place[0])
            base = locate(text, self.facts.kind_of, self.whole)
            while base is None and not isinstance(text, gast.Name):
                text = getattr(text, "value", None) or operand(text, self._node_kind)
                base = locate(text, self.facts.kind_of, self.whole)
            return base is not None and self.has_cotangent(base.place)
        return place in self.cotangents.states

    def element(self, access: Access) -> Any:
        """The cotangent of the elements that are accessed, as an expression."""
        node = name(self._bar(access.place))
        for key in access.keys:
            node = subscript(node, clone(key))
        return node

    def _bar(self, place: Place) -> str:
        if self.views.is_view(place[0]):
            return self._bound_view(place[0])
        return self.cotangents.bar(place)

    def _bound_view(self, identifier: str) -> str:
        """The cotangent of a view: the same view of its base's cotangent."""
        bar = self.cotangents.bar((identifier,))
        if not self.views.is_bound(identifier):
            _, text = self.views.definition(identifier)
            shadow = self._shadow(text)
            self.cotangents.out.append(assign(bar, shadow))
            self.views.bind(identifier)
            self.cotangents.shadows.add(bar)
        self.cotangents.states[(identifier,)] = State(owned=True)
        return bar

    def _shadow(self, text: Any) -> Any:
        """The view of a cotangent that corresponds to a view of the primal."""
        access = locate(text, self.facts.kind_of, self.whole)
        if access is not None:
            if self.views.is_view(access.place[0]):
                self._bound_view(access.place[0])
            else:
                self.cotangents.own(access.place)
            return self.element(access)
        match text:
            case gast.Attribute(value=value, attr=attr):
                return gast.Attribute(self._shadow(value), attr, gast.Load())
            case gast.Subscript(value=value, slice=key):
                return subscript(self._shadow(value), clone(key))
            case gast.Call(func=gast.Attribute(value=value, attr=attr)) if not (
                isinstance(self.facts.kind_of(value), Static)
            ):
                function = gast.Attribute(self._shadow(value), attr, gast.Load())
                return gast.Call(function, clone(text.args), clone(text.keywords))
            case gast.Call(func=function, args=[first, *rest]):
                arguments = [self._shadow(first), *clone(rest)]
                return gast.Call(clone(function), arguments, clone(text.keywords))
            case _:
                raise Refused(text, "this view of memory cannot be followed")

    def taken(self) -> list[Any]:
        """The statements that the cotangents have asked for since the last time."""
        taken, self.cotangents.out = self.cotangents.out, []
        return taken

    # --- augmented assignment ---------------------------------------------------------

    def _augmented(self, statement: Any) -> Step:
        to, value = statement.target, statement.value
        if isinstance(statement.op, gast.FloorDiv):  # a step function
            return self._stepped(statement, to)
        active = self.facts.is_active(value, statement)
        if isinstance(self._node_kind(to), Unknown) and (
            active or self.facts.is_active(to, statement)
        ):
            raise Refused(statement, "the type of the target is not known here")
        if not isinstance(to, gast.Name) or self.in_place(to):
            return Store(self, statement, to).augmented(value)
        if not active and to.id not in self.facts.activity.names(statement):
            self._drop((to.id,))
            return Step(statement, [statement], kills={to.id})
        return self.augmented_place(statement, to, value, Access((to.id,)))

    def _stepped(self, statement: Any, to: Any) -> Step:
        """`x //= v`: what comes out carries no derivative."""
        zero = gast.Constant(0.0, None)
        if not isinstance(to, gast.Name) or self.in_place(to):
            step = Store(self, statement, to).plain(zero)
            step.forward = [statement]
            return step
        self._drop((to.id,))
        return Step(statement, [statement], kills={to.id})

    def in_place(self, node: Any) -> bool:
        """Whether augmented assignment to a name writes into its memory."""
        kind = self.facts.kind_of(node)
        return not isinstance(scalar_of(kind), Scalar | Static)

    def augmented_place(
        self, statement: Any, to: Any, value: Any, access: Access
    ) -> Step:
        """`x op= v` and `d["k"] op= v` of numbers: an assignment."""
        cotangent = self.cotangents.read(access.place)
        if cotangent is None:
            return self._place_step(statement, to)
        return self.with_result(
            lambda use: self._augmented_number(statement, to, value, access, use)
        )

    def _place_step(self, statement: Any, to: Any) -> Step:
        step = Step(statement, [statement], kills=bindings(statement))
        if not isinstance(to, gast.Name):
            step.stores = [to]
        return step

    def _augmented_number(
        self, statement: Any, to: Any, value: Any, access: Access, use_result: bool
    ) -> Step:
        step = self._place_step(statement, to)
        cotangent = self.cotangents.read(access.place)
        assert cotangent is not None
        self._drop(access.place)
        expression, pull = self.combined(statement, to, value)
        if use_result:
            pull.result_text = self.primed(loaded(to))
        pull.split = True
        pull.push(expression, cotangent)
        self.finish(step, pull, expression, to)
        if pull.hoisted:
            node = gast.AugAssign(to, statement.op, pull.rebuilt(statement.value))
            step.forward[-1] = at(statement, [node])[0]
        return step

    def combined(self, statement: Any, to: Any, value: Any) -> tuple[Any, Pull]:
        """`target op value` as an expression, and a pull that knows its kinds."""
        left = loaded(to)
        expression = gast.BinOp(left, statement.op, value)
        pull = self.pull(statement, expression)
        names = self.facts.activity.names(statement)
        before = self.facts.environment(statement)
        is_name = isinstance(to, gast.Name)
        target_kind = before.get(to.id, UNKNOWN) if is_name else self.facts.kind_of(to)
        after = self._env.get(to.id, target_kind) if is_name else target_kind
        kinds = {left: target_kind, expression: after}
        for inner, outer in zip(gast.walk(left), gast.walk(to), strict=True):
            kinds.setdefault(inner, self._node_kind(outer))
        kind_of, is_active = pull.kind_of, pull.is_active
        left_active = self.facts.activity.is_active(to, names)
        pull.kind_of = lambda n: kinds[n] if n in kinds else kind_of(n)
        pull.is_active = lambda n: (
            left_active if n is left else True if n is expression else is_active(n)
        )
        return expression, pull

    def own_base(self, place: Place) -> None:
        """Make sure that the cotangent of a place is memory that can be written."""
        if self.views.is_view(place[0]):
            self._bound_view(place[0])
        else:
            self.cotangents.own(place)

    def with_result(self, build: Callable[[bool], Step]) -> Step:
        """Build an adjoint that reads the statement's result, or one that does not.

        The second way is taken where the same code also needs what the result has
        overwritten.
        """
        states, out = self.cotangents.snapshot(), list(self.cotangents.out)
        names, bound = self.names.snapshot(), self.views.snapshot()
        try:
            return build(True)
        except ReadsBoth:
            self.cotangents.states, self.cotangents.out = states, out
            self.names.restore(names)
            self.views.restore(bound)
            return build(False)

    # --- what a pull found, written down ----------------------------------------------

    def finish(
        self,
        step: Step,
        pull: Pull,
        value: Any,
        to: Any,
        prelude: list[Any] | None = None,
        trailer: list[Any] | None = None,
    ) -> None:
        """Put hoisted values into the forward, contributions into the reverse sweep.

        `to` is the statement's target where contributions to it must come last.
        """
        own = set() if to is None else self._own_places(to)
        if own:  # what flows to the old value has the kind of the old value
            self._env = self.facts.environment(step.statement)
        out = [*self.taken(), *(prelude or []), *pull.prelude]
        targets = getattr(step.statement, "targets", [None])
        self._stored_key = getattr(targets[0], "slice", None)
        self._contributions(pull.contributions, own)
        out += [*self.taken(), *(trailer or [])]
        at(step.statement, out)
        self._split(step, out)
        self.hoist(step, pull)
        if pull.hoisted and isinstance(step.statement, gast.Assign):
            node = gast.Assign(step.statement.targets, pull.rebuilt(value), None)
            step.forward[-1] = at(step.statement, [node])[0]

    def _own_places(self, to: Any) -> set[Place]:
        """The places that a statement binds."""
        if isinstance(to, gast.Tuple):
            return {place for e in to.elts for place in self._own_places(e)}
        access = locate(to, self.facts.kind_of, self.whole)
        return {access.place} if access is not None and not access.keys else set()

    def _contributions(self, found: list[Contribution], own: set[Place]) -> None:
        """Contributions by place; those to the statement's own targets come last."""
        groups: dict[Any, list[Contribution]] = {}
        for contribution in found:
            groups.setdefault(contribution.access.place, []).append(contribution)

        def is_own(place: Place) -> bool:
            return any(place[: len(o)] == o or o[: len(place)] == place for o in own)

        for place in sorted(groups, key=is_own):
            self._add(place, groups[place])

    def _add(self, place: Place, found: list[Contribution]) -> None:
        whole = [c for c in found if not c.access.keys]
        parts = [c for c in found if c.access.keys]
        if whole:
            for leaf, cotangents in self._by_leaf(place, whole).items():
                self._add_to_leaf(leaf, cotangents)
        for part in _first(_merged(parts), self._stored_key):
            self._add_part(place, part)

    def _by_leaf(
        self, place: Place, found: list[Contribution]
    ) -> dict[Place, list[Cotangent]]:
        kind = self._primal_kind(place, found[0])
        if not is_structure(kind) or place[0] in self.whole:
            return {place: [c.cotangent for c in found]}
        leaf_cotangents: dict[Place, list[Cotangent]] = {}
        for contribution in found:
            self._explode(place, kind, contribution.cotangent, leaf_cotangents)
        return leaf_cotangents

    def _explode(
        self,
        place: Place,
        kind: Kind,
        cotangent: Cotangent,
        to: dict[Place, list[Cotangent]],
    ) -> None:
        for index, (step, item) in enumerate(_items(kind)):
            child = (*place, step)
            if not is_differentiable(item):
                continue
            if cotangent.parts is not None:
                part = cotangent.parts[index]
            else:
                text = cotangent.product.expression(self.is_scalar)
                access = value_of(("@", step))
                part = of_expression(replace_names(access, {"@": text}))
            if part is None:
                continue
            if is_structure(item):
                self._explode(child, item, part, to)
            else:
                to.setdefault(child, []).append(part)

    def _primal_kind(self, place: Place, contribution: Contribution) -> Kind:
        return self._kind_at(place) or contribution.kind

    def _add_to_leaf(self, place: Place, cotangents: list[Cotangent]) -> None:
        seen = place in self.shadows or self.views.is_shared(place[0])
        if seen and place[0] in self.whole:
            raise Refused(
                value_of(place), "a list that is changed under several names is used whole"
            )
        if self.views.is_view(place[0]):
            bar = self._bound_view(place[0])
            for cotangent in cotangents:
                expression = cotangent.product.expression(self.is_scalar)
                self.cotangents.out.append(augment(name(bar), gast.Add, expression))
            return
        full = [c for c in cotangents if c.full]
        narrow = [c for c in cotangents if not c.full]
        products = gather([c.product for c in full])
        merged = [Cotangent(p) for p in products]
        merged += [Cotangent(p, False) for p in gather([c.product for c in narrow])]
        self.cotangents.add_whole(place, merged)

    def _add_part(self, place: Place, part: Contribution) -> None:
        cotangent = part.cotangent
        if cotangent.parts is not None:
            items = [
                const(None) if p is None else p.product.expression(self.is_scalar)
                for p in cotangent.parts
            ]
            cotangent = of_expression(tuple_of(items))
        if self.views.is_view(place[0]):
            self._bound_view(place[0])
        self.cotangents.add_part(
            place, part.access.keys, cotangent, part.distinct, part.kind
        )

    def _split(self, step: Step, out: list[Any]) -> None:
        """Statements up to the last that reads the result run before restoring.

        Raises ReadsBoth where one of them needs what the statement overwrote.
        """
        last = -1
        for index, statement in enumerate(out):
            if any(n.endswith(PRIME) for n in names_in(statement)):
                last = index
        for statement in out[: last + 1]:
            if self._reads_overwritten(step, statement):
                raise ReadsBoth
        for statement in out[: last + 1]:
            for node in gast.walk(statement):
                if isinstance(node, gast.Name):
                    node.id = node.id.rstrip(PRIME)
        step.post += out[: last + 1]
        step.pre += out[last + 1 :]

    def _reads_overwritten(self, step: Step, statement: Any) -> bool:
        names = set(names_in(statement))
        if names & bindings(step.statement):
            return True
        for target_ in step.stores:
            base = target_
            while isinstance(base, gast.Subscript | gast.Attribute):
                base = base.value
            partners = self.facts.aliases.partners(step.statement, base.id)
            if names & set(partners):
                return True
            if base.id not in names:
                continue
            if not isinstance(target_, gast.Subscript) or target_.value is not base:
                return True
            loops = tuple(self._loops)
            for key in accesses(statement, base.id):
                if key is None or not apart_now(target_.slice, key, loops, self._fixed):
                    return True
        return False

    def hoist(self, step: Step, pull: Pull) -> None:
        """Named subexpressions, innermost first, before the statement itself."""
        hoisted: list[Any] = []
        order = list(pull.hoisted)
        for node in sorted(order, key=lambda n: _depth(n, order)):
            identifier = pull.hoisted.pop(node)
            hoisted.append(assign(identifier, pull.rebuilt(node)))
            pull.hoisted[node] = identifier
            step.kills |= {identifier}
        step.forward[:0] = at(step.statement, hoisted)

    # --- calls for their effect, and of the user's functions --------------------------

    def _effect(self, statement: Any, node: Any) -> Step:
        pair = self.facts.pairs.get(node)
        if pair is not None:
            return self._call_pair(statement, None, node, pair)
        step = Step(statement, [statement])
        function = node.func
        if isinstance(function, gast.Attribute):
            kind = self.facts.kind_of(function.value)
            if function.attr == "append" and isinstance(kind, List):
                return append(self, statement, function.value, node.args[0])
            if function.attr == "at":
                return Store(self, statement, node.args[0]).accumulated_at(node)
            if function.attr in CONTAINER_METHODS and not isinstance(kind, Static):
                active = self.facts.is_active(function.value, statement) or any(
                    self.facts.is_active(a, statement) for a in node.args
                )
                if active:
                    raise Refused(
                        node,
                        f".{function.attr}() changes a list that is differentiated",
                    )
                step.stores = [gast.Subscript(function.value, const(Ellipsis), None)]
        names = self.facts.activity.names(statement)
        callee = self.facts.callee(node)
        known = callee is not None and lookup(callee) is not None
        arguments = [*node.args, *(k.value for k in node.keywords)]
        if not known and any(self._may_carry(a, names) for a in arguments):
            harmless = callee in (print, len, isinstance, repr, str, type, id)
            if not harmless:
                raise Refused(node, "what this call does to its arguments is not known")
        if self.facts.written(node) and any(
            self.facts.activity.is_active(a, names) for a in node.args
        ):
            raise Refused(node, "this call writes into a differentiated value")
        step.stores += [
            gast.Subscript(a, const(Ellipsis), None) for a in self.facts.written(node)
        ]
        return step

    def _may_carry(self, node: Any, names: frozenset[str]) -> bool:
        """Whether a call could write a derivative into, or take one from, a value."""
        node = node.value if isinstance(node, gast.Starred) else node
        return self.facts.activity.is_active(node, names)

    def _call_pair(self, statement: Any, to: Any, node: Any, pair: Pair) -> Step:
        """`y = helper(x)`: `y, helper_saved = helper_fwd(x)`, and its backward."""
        from sourcediff.transform.calls import PairCall

        return PairCall(self, statement, to, node, pair).step()

    # --- control flow -----------------------------------------------------------------

    def _if(self, statement: Any) -> Branch:
        states = self.cotangents.snapshot()
        after = self._env
        bound = self.views.snapshot()
        then = self._block(statement.body, after)
        then_states = self.cotangents.states
        self.cotangents.states = dict(states)
        self.views.restore(bound)
        self._env = after
        otherwise = self._block(statement.orelse, after)
        otherwise_states = self.cotangents.states
        self.views.restore(bound)
        self._join(statement, then, then_states, otherwise, otherwise_states)
        return self._branch(statement, then, otherwise)

    def _branch(self, statement: Any, then: Block, otherwise: Block) -> Branch:
        changed = assigned_in([statement])
        simple = self._is_plain_test(statement.test) and not (
            changed & set(names_in(statement.test))
        )
        if simple or (
            isinstance(statement.test, gast.Name)
            and not ({statement.test.id} & changed)
        ):
            test = statement.test
            return Branch(statement, [], test, clone(test), then, otherwise)
        identifier = self.names.fresh("branch")
        self.declare(identifier, Scalar(_BOOL))
        decide = at(statement, [assign(identifier, statement.test)])
        test = name(identifier)
        return Branch(
            statement, decide, test, clone(test), then, otherwise, {identifier}
        )

    def _is_plain_test(self, test: Any) -> bool:
        """Whether a test is as cheap to evaluate again as to remember."""
        match test:
            case gast.Name() | gast.Constant():
                return isinstance(scalar_of(self.facts.kind_of(test)), Scalar | Static)
            case gast.UnaryOp(op=gast.Not(), operand=operand):
                return self._is_plain_test(operand)
            case gast.Compare(left=left, comparators=[right]):
                return self._is_plain_operand(left) and self._is_plain_operand(right)
            case _:
                return False

    def _is_plain_operand(self, node: Any) -> bool:
        match node:
            case gast.Name() | gast.Constant():
                return isinstance(scalar_of(self.facts.kind_of(node)), Scalar | Static)
            case gast.BinOp(left=left, right=right):
                return self._is_plain_operand(left) and self._is_plain_operand(right)
            case gast.UnaryOp(operand=operand):
                return self._is_plain_operand(operand)
            case _:
                return False

    def _join(
        self,
        statement: Any,
        then: Block,
        then_states: dict[Place, State],
        otherwise: Block,
        otherwise_states: dict[Place, State],
    ) -> None:
        """Make both arms leave the same cotangents, where they are still of use."""
        useful = self.facts.activity.useful(statement)
        self._env = self.facts.environment(statement)
        joined: dict[Place, State] = {}
        arms = ((then, then_states), (otherwise, otherwise_states))
        places = [
            p
            for p in {**then_states, **otherwise_states}
            if self._is_useful(p[0], useful)
        ]
        for place in places:
            if self.views.is_view(place[0]):
                continue
            ends = [states.get(place) for _, states in arms]
            first, second = ends
            if first is not None and first == second:
                joined[place] = first
                continue
            kind = self._kind_at(place)
            plain = isinstance(kind, Array) and place[0] not in self.buffers
            full = not plain and any(s is None or s.full for s in ends)
            result = []
            for block, states in arms:
                self.cotangents.states = states
                self.cotangents.out = []
                certain = place[0] in self._bound_before.before(statement)
                if not certain and place not in states:
                    self.unbound.add(place[0])
                if plain and place not in states:  # a number broadcasts
                    self.cotangents.out = [
                        assign(self.cotangents.bar(place), const(0.0))
                    ]
                    states[place] = State(owned=False, full=False)
                self.cotangents.start(place, certain)
                self.cotangents.settle(place, full)
                block.at_entry += self.taken()
                result.append(states[place])
            joined[place] = State(
                owned=all(s.owned for s in result), full=all(s.full for s in result)
            )
        self.cotangents.states = joined

    def _loop(self, statement: Any) -> Loop:
        head = self.facts.activity.useful_after(statement)
        inner = (
            self.facts.activity.useful(statement.body[0]) if statement.body else head
        )
        body_env = (
            self.facts.environment(statement.body[0]) if statement.body else self._env
        )
        touched = self._touched(statement)
        self._enter_loop(statement, touched, inner)
        before = self.taken()
        entry = self.cotangents.snapshot()
        bound = self.views.snapshot()
        body, ends = self._loop_body(statement, body_env, entry, touched)
        self.views.restore(bound)
        loop = Loop(statement, body)
        loop.at_exit = before
        self._env = self.facts.environment(statement)
        self._leave_loop(statement, entry, ends, touched)
        self._iteration(loop, statement)
        return loop

    def _touched(self, statement: Any) -> set[str]:
        """The names whose cotangents the adjoint of a loop may read or change."""
        found: set[str] = set(assigned_in([statement]))
        for inner in walk_statements(statement.body):
            active = self.facts.activity.names(inner)
            found |= {n for n in _all_names(inner) if n in active}
            found |= {n for n in _all_names(inner) if n in self.buffers}
        for identifier in list(found):
            if self.views.is_view(identifier):
                found.add(self.views.root(identifier))
        return found

    def _enter_loop(
        self, statement: Any, touched: set[str], useful: frozenset[str]
    ) -> None:
        """Cotangents that live through iterations become variables before the loop."""
        rebound = assigned_in([statement])
        for identifier in sorted(touched):
            if not (self._is_useful(identifier, useful) or self._known(identifier)):
                continue
            if self.views.is_view(identifier):
                continue
            kind = self._env.get(identifier) or self.facts.environment(statement).get(
                identifier, UNKNOWN
            )
            if not is_differentiable(kind):
                continue
            for place in list(leaves((identifier,), kind, self.whole)):
                leaf_kind = kind_at(place, lambda n, k=kind: k)  # type: ignore[misc]
                if leaf_kind is not None and not is_differentiable(leaf_kind):
                    continue
                present = place in self.cotangents.states
                if not present and not self._is_useful(identifier, useful):
                    continue
                self.cotangents.start(place)
                self.cotangents.settle(place, True)
                if identifier not in rebound or identifier in self.buffers:
                    self.cotangents.own(place)
                elif not isinstance(leaf_kind, Scalar):
                    state = self.cotangents.states[place]
                    self.cotangents.states[place] = State(False, state.full)
                else:
                    self.cotangents.states[place] = State(owned=True)

    def _is_useful(self, identifier: str, useful: frozenset[str]) -> bool:
        """Whether a variable's cotangent may count, also through its views."""
        return identifier in useful or any(
            view in useful
            for view in self.views.definitions
            if self.views.root(view) == identifier
        )

    def _known(self, identifier: str) -> bool:
        return any(p[0] == identifier for p in self.cotangents.states)

    def _loop_body(
        self,
        statement: Any,
        env: Mapping[str, Kind],
        entry: dict[Place, State],
        touched: set[str],
    ) -> tuple[Block, dict[Place, State]]:
        self.cotangents.states = {
            place: State(state.owned, state.full, state.deferred)
            for place, state in entry.items()
        }
        known = self._fixed | {s.variable for s in self._loops if s.variable}
        changed = assigned_in(statement.body)
        self._loops.append(LoopSpace.of(statement, changed, frozenset(known)))
        body = self._block(statement.body, env)
        self._loops.pop()
        head_env = env
        self._env = head_env
        for place in list(self.cotangents.states):
            if not self.views.is_view(place[0]) and place not in entry:
                del self.cotangents.states[place]
        for place, state in entry.items():
            if place[0] not in touched or self.views.is_view(place[0]):
                continue
            if place not in self.cotangents.states:
                self.cotangents.start(place)
            self.cotangents.settle(place, True)
            if state.owned and not self.cotangents.states[place].owned:
                self.cotangents.own(place)
        body.at_entry += self.taken()
        return body, self.cotangents.states

    def _leave_loop(
        self,
        statement: Any,
        entry: dict[Place, State],
        ends: dict[Place, State],
        touched: set[str],
    ) -> None:
        useful = self.facts.activity.useful(statement)
        self.cotangents.states = {
            place: State(
                entry[place].owned and ends.get(place, entry[place]).owned,
                entry[place].full,
                entry[place].deferred if place[0] not in touched else None,
            )
            for place in entry
            if self._is_useful(place[0], useful) and not self.views.is_view(place[0])
        }

    def _iteration(self, loop: Loop, statement: Any) -> None:
        """How the reverse sweep repeats the body: backwards, as often."""
        breaks = _has_break(statement.body)
        if isinstance(statement, gast.While):
            counter = self.names.fresh("steps")
            self.declare(counter, Scalar(_INT))
            loop.before = at(statement, [assign(counter, const(0))])
            loop.first = at(statement, [augment(name(counter), gast.Add, const(1))])
            loop.reverse_target = target("_")
            loop.reverse_iter = call("range", name(counter))
            loop.kills = {counter}
            return
        iterable = self._repeatable(loop, statement)
        loop.reverse_target = clone(statement.target)
        loop.kills |= bindings(statement)
        if breaks:
            counter = self.names.fresh("steps")
            self.declare(counter, Scalar(_INT))
            loop.before += at(statement, [assign(counter, const(0))])
            loop.first = at(statement, [augment(name(counter), gast.Add, const(1))])
            loop.kills |= {counter}
            upto = gast.Slice(None, name(counter), None)
            iterable = subscript(iterable, upto)
        loop.reverse_iter = call("reversed", iterable)

    def _repeatable(self, loop: Loop, statement: Any) -> Any:
        """The iterable of a `for`, such that it can be walked through again."""
        iterable = statement.iter
        kind = self.facts.kind_of(iterable)
        is_range = (
            isinstance(iterable, gast.Call)
            and isinstance(iterable.func, gast.Name)
            and iterable.func.id == "range"
        )
        changed = assigned_in([statement])
        stable = not (changed & set(names_in(iterable)))
        plain = is_range or (isinstance(iterable, gast.Name) and isinstance(kind, List))
        if plain and stable:
            return clone(iterable)
        label = "indices" if is_range else "items"
        identifier = self.names.fresh(label)
        text = iterable if is_range else call("list", iterable)
        loop.before += at(statement, [assign(identifier, text)])
        loop.iterable = name(identifier)
        loop.kills |= {identifier}
        return name(identifier)


def _items(kind: Kind) -> list[tuple[Any, Kind]]:
    match kind:
        case Sequence(items=items):
            return list(enumerate(items))
        case Dict(items=pairs):
            return list(pairs)
        case Record(fields=pairs):
            return [(Field(key), item) for key, item in pairs]
        case _:
            return []


def _merged(parts: list[Contribution]) -> list[Contribution]:
    """Contributions to the same elements, with equal terms added up."""
    merged: list[Contribution] = []
    for part in parts:
        for index, other in enumerate(merged):
            if (
                part.cotangent.parts is None
                and other.cotangent.parts is None
                and part.cotangent.full == other.cotangent.full
                and same(list(part.access.keys), list(other.access.keys))
            ):
                both = gather([other.cotangent.product, part.cotangent.product])
                if len(both) == 1:
                    cotangent = Cotangent(both[0], part.cotangent.full)
                    merged[index] = replace(other, cotangent=cotangent)
                    break
        else:
            merged.append(part)
    return merged


def _first(parts: list[Contribution], key: Any) -> list[Contribution]:
    """Contributions to the elements that the statement itself stores come first.

    In a time loop they are the ones that were set to zero just before.
    """
    if key is None:
        return parts

    def order(part: Contribution) -> tuple[bool, bool]:
        return not same(part.access.keys[-1], key), part.cotangent.product.is_negative

    return sorted(parts, key=order)


def _depth(node: Any, hoisted: list[Any]) -> tuple[int, int]:
    inside = sum(1 for child in gast.walk(node) if child in hoisted)
    return inside, hoisted.index(node)


def _has_break(body: list[Any]) -> bool:
    for statement in body:
        match statement:
            case gast.Break():
                return True
            case gast.If(body=then, orelse=orelse):
                if _has_break(then) or _has_break(orelse):
                    return True
            case gast.With(body=inner):
                if _has_break(inner):
                    return True
    return False


def _all_names(statement: Any) -> set[str]:
    return {n.id for n in gast.walk(statement) if isinstance(n, gast.Name)}
