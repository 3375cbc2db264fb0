"""Reverse mode: the adjoint of every statement, from the last to the first."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.beginnings import arrays_when_active
from sourcediff.analysis.binding import DefiniteBinding
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.kinds import UNKNOWN, UNSAID, Kind, Scalar, scalar_of
from sourcediff.transform.access import (
    Wholes,
    is_pop,
    is_structure,
    items_of,
    kind_at,
    leaves,
)
from sourcediff.transform.accumulate import Cotangents, State
from sourcediff.transform.assigned import bind
from sourcediff.transform.augmented import augmented
from sourcediff.transform.calls import PairCall
from sourcediff.transform.control import if_statement, loop_statement
from sourcediff.transform.cotangent import Cotangent, of_expression
from sourcediff.transform.dependence import LoopSpace
from sourcediff.transform.distinct import definitions
from sourcediff.transform.effect import call_for_effect
from sourcediff.transform.fixed import counts, fixed_names
from sourcediff.transform.multiples import Multiples
from sourcediff.transform.names import Names, Place
from sourcediff.transform.overlaps import refuse_respelled
from sourcediff.transform.product import Product
from sourcediff.transform.pull import Pull
from sourcediff.transform.refused import Refused, require_passive
from sourcediff.transform.returning import return_statement
from sourcediff.transform.reuse import Reuse
from sourcediff.transform.shadows import PRIME, Shadows
from sourcediff.transform.stacks import pop
from sourcediff.transform.stores import Store
from sourcediff.transform.sweep import Block, Context, Node, Step
from sourcediff.transform.unpacking import unpack
from sourcediff.transform.views import Views
from sourcediff.transform.writing import ReadsBoth
from sourcediff.transform.written import written_by
from sourcediff.trees import walk


@dataclass
class Reverse:
    """Writes the adjoint of one program.

    `reference(object, name)` gives the expression by which generated code names an
    object; `seed` is the name of the result's cotangent (None: the result is passive).
    `plain_calls` are calls of compiled pairs whose backward function is of no use,
    `has_aux`: the result is a pair, and the seed is that of the first of it.
    `returned` the names of values that are, or lie in, the result.
    """

    facts: Facts
    names: Names
    reference: Callable[[Any, str], Any]
    views: Views
    whole: Wholes
    buffers: frozenset[str]
    seed: str | None
    keep_result: bool = False
    has_aux: bool = False
    problems: list[Refused] = field(default_factory=list)
    declared: dict[str, Kind] = field(default_factory=dict)
    bars: set[str] = field(default_factory=set)
    temporaries: set[str] = field(default_factory=set)
    env: Mapping[str, Kind] = field(default_factory=dict)
    unbound: set[str] = field(default_factory=set)
    stored_key: Any = None
    multiples: Multiples = field(default_factory=dict)
    narrow: set[str] = field(default_factory=set)
    loops: list[LoopSpace] = field(default_factory=list)
    fixed: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    defined: dict[str, Any] = field(default_factory=dict)
    plain_calls: set[Any] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    result_state: dict[Place, State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.result = self.names.fresh("out")
        self.cotangents = Cotangents(
            self.names,
            self.kind_at,
            lambda helper: self.reference(None, helper),
            lambda: str(self.reference(np, "np").id),
            self.is_scalar,
            self.is_float,
            self.buffers | self.views.buffers,
            self._declare_bar,
        )
        self._scalar_pull = self.pull(None)
        self.shadows = Shadows(self, self.views.mirrors)
        self.cotangents.shadows |= self.shadows.bars

    # --- kinds of names ---------------------------------------------------------------

    def kind_at(self, place: Place) -> Kind | None:
        """The kind of what stands at a place after the statement."""
        return kind_at(place, lambda n: self.env.get(n, UNKNOWN))

    def _declare_bar(self, identifier: str, kind: Kind) -> None:
        if identifier not in self.shadows.bars:
            self.bars.add(identifier)
        self.declared[identifier] = kind

    def declare(self, identifier: str, kind: Kind) -> None:
        """Note the kind of a name of the generated code."""
        self.declared[identifier] = kind

    def is_scalar_name(self, identifier: str) -> bool:
        """Whether a name of the generated code certainly holds a number."""
        identifier = identifier.rstrip(PRIME)
        if identifier in self.bars and self._is_narrow_name(identifier):
            return False
        kind = self.declared.get(identifier) or self.env.get(identifier)
        return isinstance(scalar_of(kind or UNKNOWN), Scalar)

    def _is_narrow_name(self, identifier: str) -> bool:
        """Whether a cotangent's variable may hold less than its full shape."""
        if identifier in self.narrow or identifier in self.cotangents.narrow:
            return True
        states = self.cotangents.states.items()
        narrow = [place for place, state in states if not state.full]
        return any(self.names.bar(place) == identifier for place in narrow)

    def is_scalar(self, node: Any) -> bool:
        """Whether an expression of the generated code is certainly a number."""
        return self._scalar_pull.is_scalar(node)

    def is_float(self, node: Any) -> bool:
        """Whether an expression of the generated code is certainly no integer."""
        match node:
            case gast.Constant(value=value):
                return isinstance(value, float | complex)
            case gast.Name(id=identifier):
                identifier = identifier.rstrip(PRIME)
                kind = self.declared.get(identifier) or self.env.get(identifier)
            case _:
                kind = self.facts.kind_of(node)
        scalar = scalar_of(kind or UNKNOWN)
        return isinstance(scalar, Scalar) and scalar.dtype.kind in "fc"

    def node_kind(self, node: Any) -> Kind:
        """The kind of a node of the primal, or of a name of the generated code."""
        if isinstance(node, gast.Name) and node.id in self.declared:
            return self.declared[node.id]
        kind = self.facts.kind_of(node)
        if node.__class__ is gast.Name and kind in UNSAID:
            return self.env.get(node.id, UNKNOWN)
        return kind

    def pull(self, statement: Any, root: Any = None, result: Any = None) -> Pull:
        """An empty pull for an expression of a statement."""
        names = self.facts.activity.names(statement) if statement else frozenset()
        before = self.facts.environment(statement) if statement else {}
        return Pull(
            kind_of=self.node_kind,
            is_active=lambda node: self.facts.activity.is_active(node, names),
            callee=self.facts.callee,
            is_scalar_name=self.is_scalar_name,
            temporary=self.temporary,
            reference=self.reference,
            whole=self.whole,
            declare=self.declare,
            root=root,
            result_text=result,
            budget=1 if self.loops else 0,
            is_narrow_name=self._is_narrow_name,
            narrow_name=self.narrow.add,
            defined=self.defined,
            before=lambda identifier: before.get(identifier, UNKNOWN),
            is_array_if_active=lambda identifier: identifier in self.begun,
        )

    @functools.cached_property
    def begun(self) -> frozenset[str]:
        """The variables that are arrays wherever they are active."""
        facts = self.facts
        body, parameters = facts.program.node.body, facts.program.parameters
        return arrays_when_active(body, parameters, facts.kind_of, facts.is_active)

    def temporary(self, node: Any, suffix: str) -> str:
        """A new name for the value of a node, or for its cotangent."""
        identifier = self.names.temporary(node, suffix and self.names.suffix)
        self.temporaries.add(identifier)
        if suffix:
            self.bars.add(identifier)
        return identifier

    # --- blocks -----------------------------------------------------------------------

    def run(self, body: list[Any], environment: Mapping[str, Kind]) -> Block:
        """The two sweeps of a function body."""
        parameters = self.facts.program.parameters
        self.fixed = fixed_names(body, parameters, self.facts.bindings)
        self.counts = counts(self.fixed, environment)
        self.defined = definitions(body, self.fixed - self.buffers, self.facts.bindings)
        self.bound_before = DefiniteBinding(
            body, frozenset(parameters), self.facts.bindings
        )
        self.shadows.present()
        block = self.block(body, environment)
        self.shadows.start(block)
        return block

    def block(self, body: list[Any], after: Mapping[str, Kind]) -> Block:
        """The two sweeps of a block, from its last statement to its first."""
        block = Block()
        for index in reversed(range(len(body))):
            statement = body[index]
            self.env = (
                self.facts.environment(body[index + 1])
                if index + 1 < len(body)
                else after
            )
            try:
                self._now = statement
                refuse_respelled(self.facts, statement)
                node = self._statement(statement)
                self.shadows.present()
                if isinstance(node, Step):
                    self.shadows.attach(node, statement)
                    node.stores += self._written_on_the_way(statement)
            except Refused as problem:
                if getattr(problem.node, "lineno", None) is None:
                    problem.node = statement
                self.problems.append(problem)
                node = Step(statement, [statement])
            block.nodes.insert(0, node)
        if not self.problems:
            temporaries = self.temporaries - self.bars
            statics = self.facts.program.statics
            Reuse(statics, self._writes, temporaries).block(block)
        return block

    def _writes(self, node: Node) -> set[str]:
        return written_by(self.facts, node)

    def _written_on_the_way(self, statement: Any) -> list[Any]:
        """The memory that calls without derivative write into, for their result."""
        own = statement.value if isinstance(statement, gast.Expr) else None
        followed = self.facts.pairs.keys() - self.plain_calls
        return [
            gast.Subscript(target, gast.Constant(Ellipsis, None), None)
            for node in self.facts.calls.of(statement)
            if node not in followed
            if node is not own  # whose effect is all that there is of it
            for target in self.facts.written(node)
        ]

    def _statement(self, statement: Any) -> Node:
        match statement:
            case gast.If():
                return if_statement(self, statement)
            case gast.For() | gast.While():
                return loop_statement(self, statement)
            case gast.With(body=body):
                return Context(statement, self.block(body, self.env))
            case gast.Return():
                return return_statement(self, statement)
            case gast.Assign(targets=[to], value=value):
                return self._assign(statement, to, value)
            case gast.AugAssign():
                return augmented(self, statement)
            case gast.Expr(value=gast.Call() as node):
                return call_for_effect(self, statement, node)
            case gast.Expr(value=gast.Constant(value=str())):
                return Step(statement, [])  # a docstring
            case gast.Delete(targets=targets):
                require_passive(statement, self.facts)
                deleted = {t.id for t in targets if isinstance(t, gast.Name)}
                return Step(statement, [statement], kills=deleted)
            case _:
                return Step(
                    statement, [statement], kills={*self.facts.bindings[statement]}
                )

    def _assign(self, statement: Any, to: Any, value: Any) -> Step:
        pair = self.facts.pairs.get(value)
        if pair is not None:
            return self.call_pair(statement, to, value, pair)
        if is_pop(value, self.facts.kind_of):
            return pop(self, statement, to, value)
        return self.assigned(statement, to, value)

    def assigned(self, statement: Any, to: Any, value: Any) -> Step:
        """`to = expression`, by what the target is."""
        match to:
            case gast.Name(id=identifier):
                return bind(self, statement, (identifier,), to, value)
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return unpack(self, statement, elements, value)
            case gast.Subscript() | gast.Attribute():
                return Store(self, statement, to).plain(value)
            case _:
                raise Refused(statement, "this target is outside the language")

    def structure_cotangent(
        self, place: Place, kind: Kind, value: Any
    ) -> Cotangent | None:
        """The cotangent of a structure, made of those of its leaves."""
        self.require_parts(place)
        found = list(leaves(place, kind, self.whole))
        if not any(leaf in self.cotangents.states for leaf in found):
            return None
        parts: list[Cotangent | None] = []
        for step, item in items_of(kind):
            child = (*place, step)
            if is_structure(item) and child not in self.whole:
                parts.append(self.structure_cotangent(child, item, None))
            else:
                parts.append(self.read(child))
        return Cotangent(Product(), True, tuple(parts))

    def require_parts(self, place: Place) -> None:
        """Refuse a structure to which a cotangent flows that is not known by parts."""
        if place in self.cotangents.states:
            raise Refused(
                self._now,
                f"the structure of {place[0]} is not known everywhere it is used",
            )

    def drop(self, place: Place) -> None:
        """Forget the cotangent of what a statement binds."""
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

    def whole_cotangent(self, place: Place) -> Cotangent | None:
        """The cotangent of a variable, of a structure by its parts."""
        kind = self.kind_at(place) or UNKNOWN
        if is_structure(kind) and place not in self.whole:
            return self.structure_cotangent(place, kind, None)
        return self.read(place)

    def read(self, place: Place) -> Cotangent | None:
        """The cotangent of what a statement binds."""
        if place not in self.shadows:
            return self.cotangents.read(place)
        if self.shadows.is_view(place, self._now):
            return None
        return of_expression(self.shadows.primed(place))

    # --- memory -----------------------------------------------------------------------

    def active_leaves(self, value: Any, statement: Any) -> int:
        """How many times an expression reads an active name."""
        active = self.facts.activity.names(statement)
        return sum(
            1
            for node in walk(value)
            if isinstance(node, gast.Name) and node.id in active
        )

    def taken(self) -> list[Any]:
        """The statements that the cotangents have asked for since the last time."""
        taken, self.cotangents.out = self.cotangents.out, []
        return taken

    def place_step(self, statement: Any, to: Any) -> Step:
        """A statement that stays as it is, with what it binds or stores into."""
        step = Step(statement, [statement], kills={*self.facts.bindings[statement]})
        if not isinstance(to, gast.Name):
            step.stores = [to]
        return step

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

    def call_pair(self, statement: Any, to: Any, node: Any, pair: Pair) -> Step:
        """`y = helper(x)`: `y, helper_saved = helper_fwd(x)`, and its backward."""
        return PairCall(self, statement, to, node, pair).step()
