"""Reverse mode: the adjoint of every statement, from the last to the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    assigned_in,
    bindings,
    walk_statements,
)
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Scalar,
    Static,
    is_differentiable,
    scalar_of,
)
from sourcediff.transform.access import (
    Access,
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
    method,
    name,
    names_in,
    same,
    subscript,
    target,
    tuple_of,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    is_fresh,
    of_expression,
    of_name,
    summed_axes,
)
from sourcediff.transform.expand import replace_names
from sourcediff.transform.names import Names, Place
from sourcediff.transform.operators import operator_function
from sourcediff.transform.product import Product, gather
from sourcediff.transform.pull import Contribution, Pull, Refused
from sourcediff.transform.sweep import Block, Branch, Context, Loop, Node, Step
from sourcediff.transform.views import Views

PRIME = "'"


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
    _result_state: dict[Place, State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cotangents = Cotangents(
            self.names,
            self._kind_at,
            lambda helper: self.reference(None, helper),
            lambda: str(self.reference(_NUMPY, "np").id),
            self._is_scalar,
            self.buffers,
            self._declare_bar,
        )
        self._scalar_pull = self._pull(None)

    # --- kinds of names ---------------------------------------------------------------

    def _kind_at(self, place: Place) -> Kind | None:
        return kind_at(place, lambda n: self._env.get(n, UNKNOWN))

    def _declare_bar(self, identifier: str, kind: Kind) -> None:
        self.bars.add(identifier)
        self.declared[identifier] = kind

    def _declare(self, identifier: str, kind: Kind) -> None:
        self.declared[identifier] = kind

    def _is_scalar_name(self, identifier: str) -> bool:
        identifier = identifier.rstrip(PRIME)
        kind = self.declared.get(identifier) or self._env.get(identifier)
        return isinstance(scalar_of(kind or UNKNOWN), Scalar)

    def _is_scalar(self, node: Any) -> bool:
        return self._scalar_pull.is_scalar(node)

    def _node_kind(self, node: Any) -> Kind:
        if isinstance(node, gast.Name) and node.id in self.declared:
            return self.declared[node.id]
        kind = self.facts.kind_of(node)
        if kind is UNKNOWN and isinstance(node, gast.Name):
            return self._env.get(node.id, UNKNOWN)
        return kind

    def _pull(self, statement: Any, root: Any = None, result: Any = None) -> Pull:
        names = self.facts.activity.names(statement) if statement else frozenset()
        return Pull(
            kind_of=self._node_kind,
            is_active=lambda node: self.facts.activity.is_active(node, names),
            callee=self.facts.callee,
            is_scalar_name=self._is_scalar_name,
            temporary=self._temporary,
            reference=self.reference,
            whole=self.whole,
            declare=self._declare,
            root=root,
            result_text=result,
        )

    def _temporary(self, node: Any, suffix: str) -> str:
        identifier = self.names.temporary(node, suffix and self.names.suffix)
        if suffix:
            self.bars.add(identifier)
        return identifier

    # --- blocks -------------------------------------------------------------------------

    def run(self, body: list[Any], environment: Mapping[str, Kind]) -> Block:
        """The two sweeps of a function body."""
        return self._block(body, environment)

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
                node = self._statement(statement)
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
            case _:
                return Step(statement, [statement], kills=bindings(statement))

    # --- return and assignment ------------------------------------------------------------

    def _return(self, statement: Any) -> Step:
        step = Step(statement, [])
        value = statement.value
        self.cotangents.states.clear()
        self.cotangents.states.update(self._result_state)
        self.views.forget()
        if value is None:
            return step
        active = self.seed is not None and self.facts.is_active(value, statement)
        if not active:
            step.forward = self._kept_result(statement, value, step)
            return step
        keep = self.keep_result
        pull = self._pull(statement, value if keep else None, name("out") if keep else None)
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
        self._finish(step, pull, statement, value, "out" if keep else None)
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
        step.kills = {"out"}
        return at(statement, [assign("out", value)])

    def _assign(self, statement: Any, to: Any, value: Any) -> Step:
        pair = self.facts.pairs.get(value)
        if pair is not None:
            return self._call_pair(statement, to, value, pair)
        match to:
            case gast.Name(id=identifier):
                return self._bind(statement, (identifier,), to, value)
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return self._unpack(statement, elements, value)
            case gast.Subscript() | gast.Attribute():
                return self._store(statement, to, value)
            case _:
                raise Refused(statement, "this target is outside the language")

    def _bind(self, statement: Any, place: Place, to: Any, value: Any) -> Step:
        """`y = expression`, of a variable or of a fixed part of a structure."""
        step = Step(statement, [statement], kills=bindings(statement))
        if len(place) > 1:
            step.stores = [to]
        kind = self._kind_at(place) or UNKNOWN
        if self.views.is_view(place[0]):
            self.views.drop(place[0])
            self._drop(place, kind)
            return step
        if not self.facts.is_active(value, statement):
            self._drop(place, kind)
            return step
        if is_structure(kind) and place[0] not in self.whole:
            cotangent = self._structure_cotangent(place, kind, value)
        else:
            cotangent = self.cotangents.read(place)
        self._drop(place, kind)
        if cotangent is None:
            return step
        own_names = set(names_in(value))
        result = self._primed(loaded(to))
        pull = self._pull(statement, value, result)
        pull.split = place[0] in own_names
        pull.push(value, cotangent)
        self._finish(step, pull, statement, value, to)
        return step

    def _structure_cotangent(
        self, place: Place, kind: Kind, value: Any
    ) -> Cotangent | None:
        """The cotangent of a structure, made of those of its leaves."""
        found = list(leaves(place, kind, self.whole))
        if not any(leaf in self.cotangents.states for leaf in found):
            return None
        if any(len(leaf) != len(place) + 1 for leaf in found):
            return self._nested(place, kind)
        return Cotangent(
            Product(), True, tuple(self.cotangents.read(leaf) for leaf in found)
        )

    def _nested(self, place: Place, kind: Kind) -> Cotangent:
        parts: list[Cotangent | None] = []
        for index, item in _items(kind):
            child = (*place, index)
            if is_structure(item):
                parts.append(self._structure_cotangent(child, item, None))
            else:
                parts.append(self.cotangents.read(child))
        return Cotangent(Product(), True, tuple(parts))

    def _drop(self, place: Place, kind: Kind) -> None:
        for leaf in list(self.cotangents.states):
            if leaf[: len(place)] == place:
                del self.cotangents.states[leaf]

    def _primed(self, text: Any) -> Any:
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
                self._drop((identifier,), UNKNOWN)
            return step
        parts = tuple(self._whole_cotangent((n,)) for n in names)
        for identifier in names:
            self._drop((identifier,), UNKNOWN)
        if all(p is None for p in parts):
            return step
        result = tuple_of(name(n + PRIME) for n in names)
        pull = self._pull(statement, value, result)
        pull.push(value, Cotangent(Product(), True, parts))
        self._finish(step, pull, statement, value, tuple_of(map(target, names)))
        return step

    def _whole_cotangent(self, place: Place) -> Cotangent | None:
        kind = self._kind_at(place) or UNKNOWN
        if is_structure(kind) and place[0] not in self.whole:
            return self._structure_cotangent(place, kind, None)
        return self.cotangents.read(place)

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
            for place in [p for p in states if p[0] == identifier]:
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
                        tuple_of(map(name, after)) if len(after) > 1 else name(after[0]),
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
            self._drop((identifier,), UNKNOWN)
        pull = self._pull(statement)
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
            self._finish(step, pull, statement, statement.value, statement.targets[0])
        return step

    # --- stores ------------------------------------------------------------------------------

    def _store(self, statement: Any, to: Any, value: Any) -> Step:
        access = locate(to, self.facts.kind_of, self.whole)
        if access is None:
            base = to.value
            if not self.facts.is_active(value, statement) and not self.facts.is_active(
                base, statement
            ):
                return Step(statement, [statement], stores=[to])
            raise Refused(to, "a store into this expression cannot be followed")
        if not access.keys:
            return self._bind(statement, access.place, to, value)
        step = Step(statement, [statement], stores=[to])
        if not self._has_cotangent(access.place):
            return step
        access = self._through_views(access)
        self.cotangents.own(access.place)
        element = self._element(access)
        kind = self.facts.kind_of(to)
        if not self.facts.is_active(value, statement):
            step.pre = [*self._taken(), *at(statement, [assign(element, const(0.0))])]
            return step
        self._require_last_writer(to)
        return self._store_active(step, statement, to, value, element, kind, access)

    def _store_active(
        self,
        step: Step,
        statement: Any,
        to: Any,
        value: Any,
        element: Any,
        kind: Kind,
        access: Access,
    ) -> Step:
        base = to
        while isinstance(base, gast.Subscript | gast.Attribute):
            base = base.value
        group = {base.id} | set(self.facts.aliases.partners(statement, base.id))
        overlaps = bool(group & self._bases(value))
        container = not isinstance(self.facts.kind_of(to.value), Array)
        value_kind = self.facts.kind_of(value)
        same_shape = kind == value_kind or (
            isinstance(kind, Array)
            and isinstance(value_kind, Array)
            and kind.dtype == value_kind.dtype
            and summed_axes(kind, value_kind) == ()
        )
        scalars = isinstance(kind, Scalar) and isinstance(value_kind, Scalar)
        result = self._primed(loaded(to)) if same_shape or scalars else None
        pull = self._pull(statement, value, result)
        pull.split = overlaps
        whole = isinstance(kind, Scalar) and isinstance(value_kind, Scalar)
        cotangent = of_expression(element)
        simple = (
            isinstance(value, gast.Name)
            or not overlaps
            and self._active_leaves(value, statement) <= 1
        )
        prelude: list[Any] = []
        zero = at(
            statement,
            [assign(clone(element), self._element_zero(container, kind, to))],
        )
        if overlaps or (whole and not simple):
            identifier = self._temporary(loaded(to), "bar")
            self._declare(identifier, kind)
            text = element
            if not isinstance(kind, Scalar) and not container:
                text = method(clone(element), "copy")
            prelude = [assign(identifier, text)]
            if not container or True:
                prelude += zero
            zero = []
            cotangent = of_name(identifier)
        cotangent = self._fitted(cotangent, kind, value, value_kind, pull)
        pull.push(value, cotangent)
        self._finish(step, pull, statement, value, to, prelude, zero)
        return step

    def _element_zero(self, container: bool, kind: Kind, to: Any) -> Any:
        if not container or isinstance(kind, Scalar):
            return const(0.0)
        helper = self.reference(None, "zeros_like")
        return call(helper, loaded(to))

    def _fitted(
        self, cotangent: Cotangent, kind: Kind, value: Any, value_kind: Kind, pull: Pull
    ) -> Cotangent:
        """A stored cotangent summed to the shape of the value that was stored."""
        if isinstance(kind, Scalar) and isinstance(value_kind, Scalar):
            return cotangent
        product = pull.summed(
            cotangent.product, kind, value_kind, lambda: pull.shape_of(value)
        )
        return cotangent if product is cotangent.product else Cotangent(product)

    def _active_leaves(self, value: Any, statement: Any) -> int:
        active = self.facts.activity.names(statement)
        return sum(
            1
            for node in gast.walk(value)
            if isinstance(node, gast.Name) and node.id in active
        )

    def _bases(self, value: Any) -> set[str]:
        return {n.id for n in gast.walk(value) if isinstance(n, gast.Name)}

    def _require_last_writer(self, to: Any) -> None:
        """Only stores whose elements are certainly distinct have an adjoint."""
        parts = to.slice.elts if isinstance(to.slice, gast.Tuple) else [to.slice]
        for part in parts:
            kind = UNKNOWN if isinstance(part, gast.Slice) else self.facts.kind_of(part)
            is_index_array = (
                isinstance(kind, Array | List)
                and not (isinstance(kind, Array) and kind.dtype.kind == "b")
            )
            if is_index_array and not _is_distinct(part, self.facts.callee):
                self._last_writer = True

    _last_writer: bool = False

    def _has_cotangent(self, place: Place) -> bool:
        if self.views.is_view(place[0]):
            return self._has_cotangent((self.views.root(place[0]),))
        return place in self.cotangents.states

    def _through_views(self, access: Access) -> Access:
        return access

    def _element(self, access: Access) -> Any:
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
            base, text = self.views.definition(identifier)
            if self.views.is_view(base):
                base_bar = self._bound_view(base)
            else:
                self.cotangents.own((base,))
                base_bar = self.cotangents.bar((base,))
            self.cotangents.out.append(
                assign(bar, replace_names(text, {base: name(base_bar)}))
            )
            self.views.bind(identifier)
        self.cotangents.states[(identifier,)] = State(owned=True)
        return bar

    def _taken(self) -> list[Any]:
        taken, self.cotangents.out = self.cotangents.out, []
        return taken

    # --- augmented assignment ---------------------------------------------------------------

    def _augmented(self, statement: Any) -> Step:
        to, value = statement.target, statement.value
        if not isinstance(to, gast.Name) or self.in_place(to):
            return self._augmented_store(statement, to, value)
        expression = gast.BinOp(loaded(to), statement.op, value)
        active = self.facts.activity.names(statement)
        if to.id not in active and not self.facts.is_active(value, statement):
            self._drop((to.id,), UNKNOWN)
            return Step(statement, [statement], kills={to.id})
        place = (to.id,)
        cotangent = self.cotangents.read(place)
        step = Step(statement, [statement], kills={to.id})
        self._drop(place, UNKNOWN)
        if cotangent is None:
            return step
        expression = self._combined(statement, to, value)
        pull = self._pull_combined(statement, expression, to)
        pull.result_text = name(to.id + PRIME)
        pull.split = True
        pull.push(expression, cotangent)
        self._finish(step, pull, statement, expression, to, augmented=True)
        return step

    def in_place(self, node: Any) -> bool:
        """Whether augmented assignment to a name writes into its memory."""
        kind = self.facts.kind_of(node)
        return not isinstance(scalar_of(kind), Scalar | Static)

    def _combined(self, statement: Any, to: Any, value: Any) -> Any:
        return gast.BinOp(loaded(to), statement.op, value)

    def _pull_combined(self, statement: Any, expression: Any, to: Any) -> Pull:
        """A pull over `target op value`, which is not a node of the program."""
        pull = self._pull(statement, expression)
        left = expression.left
        names = self.facts.activity.names(statement)
        before = self.facts.environment(statement)
        target_kind = (
            before.get(to.id, UNKNOWN)
            if isinstance(to, gast.Name)
            else self.facts.kind_of(to)
        )
        kinds = {left: target_kind, expression: self._after_kind(to, target_kind)}
        for inner, outer in zip(gast.walk(left), gast.walk(to), strict=True):
            kinds.setdefault(inner, self._node_kind(outer))
        kind_of, is_active = pull.kind_of, pull.is_active
        left_active = self.facts.activity.is_active(to, names)
        pull.kind_of = lambda n: kinds[n] if n in kinds else kind_of(n)
        pull.is_active = lambda n: (
            left_active if n is left else True if n is expression else is_active(n)
        )
        return pull

    def _after_kind(self, to: Any, before: Kind) -> Kind:
        if isinstance(to, gast.Name):
            return self._env.get(to.id, before)
        return before

    def _augmented_store(self, statement: Any, to: Any, value: Any) -> Step:
        """`x[k] op= v`, and `x op= v` of an array: in place."""
        step = Step(statement, [statement], stores=[to])
        access = locate(to, self.facts.kind_of, self.whole)
        active = self.facts.is_active(value, statement)
        target_active = self.facts.is_active(to, statement)
        if access is None:
            if not active and not target_active:
                return step
            raise Refused(to, "a store into this expression cannot be followed")
        if not self._has_cotangent(access.place):
            return step
        kind = self.facts.kind_of(to)
        if isinstance(statement.op, gast.Add | gast.Sub):
            if not active:
                step.stores = [to]
                return step
            return self._accumulated(step, statement, to, value, access, kind)
        return self._scaled(step, statement, to, value, access, kind, active)

    def _accumulated(
        self, step: Step, statement: Any, to: Any, value: Any, access: Access, kind: Kind
    ) -> Step:
        """`x[k] += v`: the cotangent stays and flows to `v` too."""
        if not access.keys and not isinstance(kind, Array):
            return self._augmented_place(step, statement, to, value, access)
        if access.keys or self.views.is_view(access.place[0]):
            self._own_base(access.place)
        element = self._element(access)
        pull = self._pull(statement)
        cotangent = of_expression(element)
        if isinstance(statement.op, gast.Sub):
            cotangent = Cotangent(cotangent.product.scaled(-1))
        if not access.keys:
            read = self.cotangents.read(access.place)
            assert read is not None
            cotangent = Cotangent(
                read.product.scaled(-1)
                if isinstance(statement.op, gast.Sub)
                else read.product,
                read.full,
            )
        value_kind = self.facts.kind_of(value)
        if cotangent.full:
            cotangent = self._fitted(cotangent, kind, value, value_kind, pull)
        elif not isinstance(value_kind, Array) or value_kind != kind:
            self.cotangents.own(access.place)
            cotangent = self._fitted(of_expression(element), kind, value, value_kind, pull)
        prelude = self._overlap_guard(statement, to, value, cotangent)
        if prelude:
            cotangent = of_name(prelude[0].targets[0].id)
        pull.push(value, cotangent)
        self._finish(step, pull, statement, value, None, prelude)
        step.forward = [*step.forward[:-1], self._rebuilt_augmented(statement, pull)]
        return step

    def _rebuilt_augmented(self, statement: Any, pull: Pull) -> Any:
        if not pull.hoisted:
            return statement
        node = gast.AugAssign(
            statement.target, statement.op, pull._rebuilt(statement.value)
        )
        return at(statement, [node])[0]

    def _overlap_guard(
        self, statement: Any, to: Any, value: Any, cotangent: Cotangent
    ) -> list[Any]:
        """A copy of the cotangent, where pushing it down writes into its own memory."""
        base = to
        while isinstance(base, gast.Subscript | gast.Attribute):
            base = base.value
        group = {base.id} | set(self.facts.aliases.partners(statement, base.id))
        if not group & self._bases(value):
            return []
        identifier = self._temporary(loaded(to), "bar")
        expression = cotangent.product.expression(self._is_scalar)
        kind = self.facts.kind_of(to)
        self._declare(identifier, kind)
        if not isinstance(kind, Scalar) and not is_fresh(expression):
            expression = method(expression, "copy")
        return [assign(identifier, expression)]

    def _augmented_place(
        self, step: Step, statement: Any, to: Any, value: Any, access: Access
    ) -> Step:
        """`d["k"] += v` of a number."""
        expression = self._combined(statement, to, value)
        pull = self._pull_combined(statement, expression, to)
        pull.split = True
        cotangent = self.cotangents.read(access.place)
        self._drop(access.place, UNKNOWN)
        assert cotangent is not None
        pull.push(expression, cotangent)
        self._finish(step, pull, statement, expression, to, augmented=True)
        return step

    def _own_base(self, place: Place) -> None:
        if self.views.is_view(place[0]):
            self._bound_view(place[0])
        else:
            self.cotangents.own(place)

    def _scaled(
        self,
        step: Step,
        statement: Any,
        to: Any,
        value: Any,
        access: Access,
        kind: Kind,
        active: bool,
    ) -> Step:
        """`x[k] *= v` and the like: the cotangent is taken, and scaled back in place."""
        if not access.keys and not isinstance(kind, Array | List):
            return self._augmented_place(step, statement, to, value, access)
        self._own_base(access.place)
        element = self._element(access)
        if not access.keys:
            element = subscript(element, const(Ellipsis))
        expression = self._combined(statement, to, value)
        pull = self._pull_combined(statement, expression, to)
        operator = operator_function(statement.op)
        scale_only = not active and isinstance(statement.op, gast.Mult | gast.Div)
        if scale_only:
            scaled = augment(
                name(self._bar(access.place)) if not access.keys else element,
                type(statement.op),
                pull.value(value),
            )
            step.pre = [*self._taken(), *at(statement, [scaled])]
            self._hoist(step, pull, statement)
            if pull.hoisted:
                step.forward[-1] = self._rebuilt_augmented(statement, pull)
            return step
        del operator
        identifier = self._temporary(loaded(to), "bar")
        self._declare(identifier, kind)
        taken = element if isinstance(kind, Scalar) else method(clone(element), "copy")
        prelude = [assign(identifier, taken), assign(clone(element), const(0.0))]
        pull.push(expression, of_name(identifier))
        self._finish(
            step, pull, statement, expression, None, prelude, augmented=True
        )
        return step

    # --- what a pull found, written down -------------------------------------------------------

    def _finish(
        self,
        step: Step,
        pull: Pull,
        statement: Any,
        value: Any,
        to: Any,
        prelude: list[Any] | None = None,
        trailer: list[Any] | None = None,
        augmented: bool = False,
    ) -> None:
        """Put hoisted values into the forward, contributions into the reverse sweep."""
        own = self._own_places(to) if not isinstance(to, str) else set()
        out = [*self._taken(), *(prelude or []), *pull.prelude]
        self._contributions(pull.contributions, own)
        out += self._taken()
        out += trailer or []
        at(statement, out)
        self._split(step, out)
        self._hoist(step, pull, statement)
        if isinstance(to, str):
            step.kills |= {to}
            step.forward.append(at(statement, [assign(to, pull._rebuilt(value))])[0])
        elif pull.hoisted and not isinstance(statement, gast.Return):
            self._rewrite(step, pull, statement, value, augmented)

    def _own_places(self, to: Any) -> set[str]:
        if isinstance(to, gast.Name):
            return {to.id}
        if isinstance(to, gast.Tuple):
            return {e.id for e in to.elts}
        return set()

    def _contributions(self, found: list[Contribution], own: set[str]) -> None:
        """Contributions by place; those to the statement's own targets come last."""
        groups: dict[Any, list[Contribution]] = {}
        for contribution in found:
            groups.setdefault(contribution.access.place, []).append(contribution)
        ordered = sorted(groups, key=lambda place: place[0] in own)
        for place in ordered:
            self._add(place, groups[place])

    def _add(self, place: Place, found: list[Contribution]) -> None:
        whole = [c for c in found if not c.access.keys]
        parts = [c for c in found if c.access.keys]
        if whole:
            for leaf, cotangents in self._by_leaf(place, whole).items():
                self._add_to_leaf(leaf, cotangents)
        for part in parts:
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
                text = cotangent.product.expression(self._is_scalar)
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
        if self.views.is_view(place[0]):
            bar = self._bound_view(place[0])
            for cotangent in cotangents:
                expression = cotangent.product.expression(self._is_scalar)
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
                const(None) if p is None else p.product.expression(self._is_scalar)
                for p in cotangent.parts
            ]
            cotangent = of_expression(tuple_of(items))
        if self.views.is_view(place[0]):
            self._bound_view(place[0])
        self.cotangents.add_part(
            place, part.access.keys, cotangent, part.distinct, part.kind
        )

    def _split(self, step: Step, out: list[Any]) -> None:
        """Statements up to the last that reads the result run before restoring."""
        last = -1
        for index, statement in enumerate(out):
            if any(n.endswith(PRIME) for n in names_in(statement)):
                last = index
        for statement in out[: last + 1]:
            for node in gast.walk(statement):
                if isinstance(node, gast.Name):
                    node.id = node.id.rstrip(PRIME)
        step.post += out[: last + 1]
        step.pre += out[last + 1 :]

    def _hoist(self, step: Step, pull: Pull, statement: Any) -> None:
        """Named subexpressions, innermost first, before the statement itself."""
        hoisted: list[Any] = []
        order = list(pull.hoisted)
        for node in sorted(order, key=lambda n: _depth(n, order)):
            identifier = pull.hoisted.pop(node)
            text = pull._rebuilt(node)
            pull.hoisted[node] = identifier
            hoisted.append(assign(identifier, text))
            step.kills |= {identifier}
        step.forward[:0] = at(statement, hoisted)

    def _rewrite(
        self, step: Step, pull: Pull, statement: Any, value: Any, augmented: bool
    ) -> None:
        """The statement itself, with the names in place of the subexpressions."""
        if isinstance(statement, gast.Expr):
            return
        if augmented or isinstance(statement, gast.AugAssign):
            node = gast.AugAssign(
                statement.target, statement.op, pull._rebuilt(statement.value)
            )
        else:
            node = gast.Assign(statement.targets, pull._rebuilt(value), None)
        step.forward[-1] = at(statement, [node])[0]

    # --- calls for their effect, and of the user's functions --------------------------------

    def _effect(self, statement: Any, node: Any) -> Step:
        pair = self.facts.pairs.get(node)
        if pair is not None:
            return self._call_pair(statement, None, node, pair)
        step = Step(statement, [statement])
        function = node.func
        if isinstance(function, gast.Attribute):
            kind = self.facts.kind_of(function.value)
            if function.attr == "append" and isinstance(kind, List):
                return self._append(step, statement, function.value, node.args[0])
            if function.attr == "at":
                return self._accumulate_at(step, statement, node)
            if function.attr in CONTAINER_METHODS and not isinstance(kind, Static):
                active = self.facts.is_active(function.value, statement) or any(
                    self.facts.is_active(a, statement) for a in node.args
                )
                if active:
                    raise Refused(
                        node, f".{function.attr}() changes a list that is differentiated"
                    )
                step.stores = [gast.Subscript(function.value, const(Ellipsis), None)]
        names = self.facts.activity.names(statement)
        if self.facts.written(node) and any(
            self.facts.activity.is_active(a, names) for a in node.args
        ):
            raise Refused(node, "this call writes into a differentiated value")
        step.stores += [
            gast.Subscript(a, const(Ellipsis), None) for a in self.facts.written(node)
        ]
        return step

    def _append(self, step: Step, statement: Any, base: Any, value: Any) -> Step:
        step.undo = [gast.Expr(method(clone(base), "pop"))]
        step.stores = []
        access = locate(base, self.facts.kind_of, self.whole)
        step.appended = base  # type: ignore[attr-defined]
        if access is None or access.keys:
            if not self.facts.is_active(value, statement):
                return step
            raise Refused(statement, "append to this expression cannot be followed")
        place = access.place
        if place not in self.cotangents.states:
            return step
        self.cotangents.own(place)
        popped = method(name(self.cotangents.bar(place)), "pop")
        if not self.facts.is_active(value, statement):
            step.pre = [*self._taken(), *at(statement, [gast.Expr(popped)])]
            return step
        pull = self._pull(statement, value)
        kind = self.facts.kind_of(value)
        simple = (
            isinstance(value, gast.Name)
            and (value.id,) not in self.cotangents.states
            and not is_structure(kind)
            and not isinstance(kind, Array | List)
        )
        prelude = []
        if simple:
            cotangent = of_expression(popped)
        else:
            identifier = self._temporary(value, "bar")
            self._declare(identifier, kind)
            prelude = [assign(identifier, popped)]
            cotangent = of_name(identifier)
        pull.push(value, cotangent)
        self._finish(step, pull, statement, value, None, prelude)
        if pull.hoisted:
            node = gast.Expr(method(clone(base), "append", pull._rebuilt(value)))
            step.forward[-1] = at(statement, [node])[0]
        return step

    def _accumulate_at(self, step: Step, statement: Any, node: Any) -> Step:
        """`np.add.at(a, k, v)`: the cotangent stays and is gathered for `v`."""
        base, key, value = node.args
        step.stores = [gast.Subscript(base, const(Ellipsis), None)]
        access = locate(base, self.facts.kind_of, self.whole)
        sign = {"add": 1, "subtract": -1}.get(getattr(node.func.value, "attr", ""))
        active = self.facts.is_active(value, statement)
        if not active and (sign or not self.facts.is_active(base, statement)):
            return step
        if access is None or sign is None:
            raise Refused(node, "this accumulation cannot be followed")
        if not self._has_cotangent(access.place):
            return step
        self._own_base(access.place)
        element = subscript(self._element(access), clone(key))
        pull = self._pull(statement)
        element_kind = UNKNOWN
        cotangent = Cotangent(of_expression(element).product.scaled(sign))
        value_kind = self.facts.kind_of(value)
        cotangent = self._fitted(cotangent, element_kind, value, value_kind, pull)
        pull.push(value, cotangent)
        self._finish(step, pull, statement, value, None)
        return step

    def _call_pair(self, statement: Any, to: Any, node: Any, pair: Pair) -> Step:
        """`y = helper(x)`: `y, helper_saved = helper_fwd(x)`, and its backward."""
        from sourcediff.transform.calls import PairCall

        return PairCall(self, statement, to, node, pair).step()

    # --- control flow ------------------------------------------------------------------------

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
        if simple or isinstance(statement.test, gast.Name) and not (
            {statement.test.id} & changed
        ):
            test = statement.test
            return Branch(statement, [], test, clone(test), then, otherwise)
        identifier = self.names.fresh("branch")
        self._declare(identifier, Scalar(_BOOL))
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
        places = [p for p in {**then_states, **otherwise_states} if p[0] in useful]
        for place in places:
            if self.views.is_view(place[0]):
                continue
            ends = [states.get(place) for _, states in arms]
            first, second = ends
            if first is not None and first == second:
                joined[place] = first
                continue
            full = any(s is None or s.full for s in ends)
            result = []
            for block, states in arms:
                self.cotangents.states = states
                self.cotangents.out = []
                self.cotangents.start(place)
                self.cotangents.settle(place, full)
                block.at_entry += self._taken()
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
        before = self._taken()
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
            if identifier not in useful and (
                not self._known(identifier)
            ):
                continue
            if self.views.is_view(identifier):
                continue
            kind = self._env.get(identifier) or self.facts.environment(
                statement
            ).get(identifier, UNKNOWN)
            if not is_differentiable(kind):
                continue
            for place in list(leaves((identifier,), kind, self.whole)):
                leaf_kind = kind_at(place, lambda n, k=kind: k)  # type: ignore[misc]
                if leaf_kind is not None and not is_differentiable(leaf_kind):
                    continue
                present = place in self.cotangents.states
                if not present and identifier not in useful:
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
        self._exits.append(dict(self.cotangents.states))
        body = self._block(statement.body, env)
        self._exits.pop()
        head_env = env
        self._env = head_env
        useful = self.facts.activity.useful(statement.body[0])
        for place in list(self.cotangents.states):
            identifier = place[0]
            if self.views.is_view(identifier):
                continue
            if place not in entry:
                del self.cotangents.states[place]
        for place, state in entry.items():
            if place[0] not in touched or self.views.is_view(place[0]):
                continue
            if place not in self.cotangents.states:
                if place[0] in useful or place[0] in self.buffers or True:
                    self.cotangents.start(place)
            self.cotangents.settle(place, True)
            if state.owned and not self.cotangents.states[place].owned:
                self.cotangents.own(place)
        body.at_entry += self._taken()
        return body, self.cotangents.states

    _exits: list[dict[Place, State]] = field(default_factory=list)

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
            if place[0] in useful and not self.views.is_view(place[0])
        }

    def _iteration(self, loop: Loop, statement: Any) -> None:
        """How the reverse sweep repeats the body: backwards, as often."""
        breaks = _has_break(statement.body)
        if isinstance(statement, gast.While):
            counter = self.names.fresh("steps")
            self._declare(counter, Scalar(_INT))
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
            self._declare(counter, Scalar(_INT))
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
        plain = is_range or isinstance(iterable, gast.Name) and isinstance(kind, List)
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
    from sourcediff.transform.access import Field
    from sourcediff.kinds import Dict, Record, Sequence

    match kind:
        case Sequence(items=items):
            return list(enumerate(items))
        case Dict(items=pairs):
            return list(pairs)
        case Record(fields=pairs):
            return [(Field(key), item) for key, item in pairs]
        case _:
            return []


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


def _is_distinct(key: Any, callee: Callable[[Any], Any]) -> bool:
    """Whether an index array certainly has no repeated elements."""
    import numpy as np

    return isinstance(key, gast.Call) and callee(key) in (
        np.argsort,
        np.ndarray.argsort,
        np.arange,
        np.flatnonzero,
        np.nonzero,
        np.random.permutation,
    )


import numpy as _NUMPY  # noqa: E402

_BOOL = _NUMPY.dtype(bool)
_INT = _NUMPY.dtype(int)

__all__ = ["Reverse", "same"]
