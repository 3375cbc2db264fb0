"""The cotangents of variables while the reverse sweep is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.kinds import Array, Dict, Kind, List, Record, Scalar, Sequence, Unknown
from sourcediff.transform.access import value_of
from sourcediff.transform.build import (
    assign,
    augment,
    binary,
    call,
    clone,
    const,
    key_argument,
    method,
    name,
    names_in,
    subscript,
)
from sourcediff.transform.cotangent import Cotangent, is_fresh
from sourcediff.transform.factoring import added, factored
from sourcediff.transform.names import Names, Place
from sourcediff.transform.product import Product, Test
from sourcediff.trees import walk


@dataclass(frozen=True)
class State:
    """What the cotangent of a place holds at one point of the reverse sweep.

    `owned`: its memory belongs to it alone. `full`: it has the shape of the primal.
    `deferred`: it is not in a variable but is this expression.
    """

    owned: bool = False
    full: bool = True
    deferred: Product | None = None
    zeros: bool = False


@dataclass
class Cotangents:
    """Which cotangents are not zero, and how a contribution is added to one.

    `env` gives the kind of a primal name where the sweep is now; `buffers` are the
    names whose arrays the primal writes into, so that their cotangents must be memory
    of their own.
    """

    names: Names
    env: Callable[[Place], Kind | None]
    helper: Callable[[str], Any]
    numpy: Callable[[], str]
    is_scalar: Test
    is_float: Test
    buffers: frozenset[str]
    declare: Callable[[str, Kind], None]
    states: dict[Place, State] = field(default_factory=dict)
    out: list[Any] = field(default_factory=list)
    shadows: set[str] = field(default_factory=set)
    narrow: set[str] = field(default_factory=set)
    continuing: set[str] = field(default_factory=set)
    _named_views: set[str] = field(default_factory=set)

    def kind(self, place: Place) -> Kind:
        """The kind of the primal at a place."""
        return self.env(place) or Unknown()

    def bar(self, place: Place) -> str:
        """The name of a place's cotangent."""
        identifier = self.names.bar(place)
        self.declare(identifier, self.kind(place))
        return identifier

    def is_buffer(self, place: Place) -> bool:
        """Whether the cotangent must be memory of its own."""
        return place[0] in self.buffers

    def read(self, place: Place) -> Cotangent | None:
        """The cotangent of a place, or None where it is zero."""
        state = self.states.get(place)
        if state is None:
            return None
        if not state.full:
            self.narrow.add(self.bar(place))
        if state.deferred is not None:
            return Cotangent(state.deferred, state.full)
        return Cotangent(Product(1, (name(self.bar(place)),)), state.full)

    # --- zeros ------------------------------------------------------------------------

    def zero(self, place: Place) -> Any:
        """The expression of a zero cotangent."""
        match self.kind(place):
            case Scalar():
                return const(0.0)
            case Array():
                return call(f"{self.numpy()}.zeros_like", value_of(place))
            case kind:
                zeros = call(self.helper("zeros_like"), value_of(place))
                is_tuple = isinstance(kind, List) and kind.type is tuple
                return call("list", zeros) if is_tuple else zeros

    def start(self, place: Place, certain: bool = True) -> None:
        """Make a zero cotangent an explicit one; `certain`: the primal is bound."""
        if place not in self.states:
            zero = self.zero(place)
            if not certain and not isinstance(self.kind(place), Scalar):
                zero = self._zero_if_bound(place)
            self.out.append(assign(self.bar(place), zero))
            self.states[place] = State(owned=True, zeros=True)

    def _zero_if_bound(self, place: Place) -> Any:
        """The zero cotangent of a place whose variable may still be None."""
        zeros = call(self.helper("zeros_like"), value_of(place))
        if len(place) == 1:
            return zeros
        unbound = gast.Compare(name(str(place[0])), [gast.Is()], [const(None)])
        return gast.IfExp(unbound, const(0.0), zeros)

    # --- contributions ----------------------------------------------------------------

    def add_whole(self, place: Place, cotangents: list[Cotangent]) -> None:
        """Add cotangents to that of a variable."""
        if len(cotangents) > 1 and isinstance(self.kind(place), Scalar):
            terms = factored([c.product for c in cotangents], self.is_float)
            cotangents = [Cotangent(term) for term in terms]
        state = self.states.get(place)
        full = any(c.full for c in cotangents)
        if state is None:
            self._begin(place, cotangents, full)
            return
        state = self._written(place, state)
        bar = self.bar(place)
        in_place = isinstance(self.kind(place), Scalar) or (
            state.owned and state.full and isinstance(self.kind(place), Array)
        )
        if isinstance(self.kind(place), Scalar) and len(cotangents) > 1:
            cotangents = [Cotangent(Product(1, (self._sum(cotangents),)))]
        for cotangent in cotangents:
            expression = cotangent.product.expression(self.is_scalar)
            if isinstance(self.kind(place), List | Dict | Sequence | Record | Unknown):
                total = call(self.helper("add"), name(bar), expression)
                self.out.append(assign(bar, total))
            elif in_place:
                self.out.append(self._augmented(name(bar), cotangent, expression))
            elif cotangent.product.is_negative:
                positive = cotangent.product.scaled(-1).expression(self.is_scalar)
                total = binary(name(bar), gast.Sub, positive)
                self.out.append(assign(bar, total))
            else:
                total = binary(name(bar), gast.Add, expression)
                self.out.append(assign(bar, total))
        self.states[place] = State(
            owned=(in_place and state.owned) or not in_place,
            full=state.full or full,
        )

    def _augmented(self, to: Any, cotangent: Cotangent, expression: Any) -> Any:
        if cotangent.product.is_negative:
            positive = cotangent.product.scaled(-1).expression(self.is_scalar)
            return augment(to, gast.Sub, positive)
        return augment(to, gast.Add, expression)

    def _begin(self, place: Place, cotangents: list[Cotangent], full: bool) -> None:
        first, *rest = cotangents
        expression = first.product.expression(self.is_scalar)
        if not rest and self._is_constant(expression) and not self.is_buffer(place):
            self.states[place] = State(False, full, first.product)
            return
        own = isinstance(expression, gast.Name) and expression.id == self.bar(place)
        if not rest and own and full and self.is_buffer(place):
            self.states[place] = State(owned=True)  # it is there already
            return
        if rest:
            expression = self._sum(cotangents)
        kind = self.kind(place)
        if isinstance(kind, List) or (isinstance(kind, Sequence) and kind.type is list):
            expression = _as_list(expression)
        fresh = is_fresh(expression)
        if (
            not fresh
            and isinstance(self.kind(place), Array | Unknown)
            and (self._is_of_buffer(expression))
        ):
            expression = self._copy(place, expression)
            fresh = True
        if self.is_buffer(place) and isinstance(self.kind(place), Array | Unknown):
            expression = self._owned(place, expression, full, fresh)
            fresh = full = True
        self.out.append(assign(self.bar(place), expression))
        self.states[place] = State(owned=fresh, full=full)

    def _sum(self, cotangents: list[Cotangent]) -> Any:
        """The sum of cotangents as one expression."""
        return added([c.product for c in cotangents], self.is_scalar)

    def _is_constant(self, expression: Any) -> bool:
        """Whether a deferred expression means the same ever after."""
        return isinstance(expression, gast.Constant) or (
            isinstance(expression, gast.Name) and expression.id in self.constants
        )

    constants: frozenset[str] = frozenset()

    def _is_of_buffer(self, expression: Any) -> bool:
        """Whether an expression may be memory that the sweep goes on writing into."""
        bars = {self.names.bar(p) for p in self.states if self.is_buffer(p)}
        bars |= self.shadows | self._named_views | self.continuing
        return bool(bars & set(names_in(expression)))

    def note_views(self, prelude: list[Any]) -> None:
        """Note which names of a statement's adjoint stand for memory of a buffer."""
        for statement in prelude:
            if isinstance(statement, gast.Assign):
                view = not is_fresh(statement.value)
                if view and self._is_of_buffer(statement.value):
                    self._named_views |= set(names_in(statement.targets[0]))

    def _copy(self, place: Place, expression: Any) -> Any:
        kind = self.kind(place)
        if isinstance(kind, Array) and kind.ndim not in (0, None):
            return method(expression, "copy")
        return call(f"{self.numpy()}.array", expression)

    def _owned(self, place: Place, expression: Any, full: bool, fresh: bool) -> Any:
        kind = self.kind(place)
        value = value_of(place)
        if not full and self.is_scalar(expression):
            return call(f"{self.numpy()}.full_like", value, expression)
        if not full:
            shape = call(f"{self.numpy()}.shape", value)
            wide = call(f"{self.numpy()}.broadcast_to", expression, shape)
            return method(wide, "copy")
        certain = isinstance(kind, Array) and kind.ndim not in (0, None)
        if not certain:
            return call(f"{self.numpy()}.array", expression)
        return expression if fresh else method(expression, "copy")

    def _written(self, place: Place, state: State) -> State:
        """Put a deferred cotangent into its variable."""
        if state.deferred is not None:
            text = state.deferred.expression(self.is_scalar)
            self.out.append(assign(self.bar(place), text))
            state = replace(state, deferred=None, owned=False)
            self.states[place] = state
        return state

    def own(self, place: Place) -> None:
        """Make the cotangent memory of its own, of the primal's shape."""
        state = self.states.get(place)
        if state is None:
            self.start(place)
            return
        if state.owned and state.full:
            return
        bar = self.bar(place)
        kind = self.kind(place)
        if state.deferred is not None and isinstance(kind, Array) and not state.full:
            whole = state.deferred.expression(self.is_scalar)
            self.out.append(assign(bar, self._owned(place, whole, False, False)))
            self.states[place] = State(owned=True)
            return
        state = self._written(place, state)
        if isinstance(kind, List | Dict | Sequence | Record | Unknown):
            text = call(self.helper("add"), self.zero(place), name(bar))
        elif isinstance(kind, Scalar):
            text = None
        else:
            text = self._owned(place, name(bar), state.full, False)
        if text is not None:
            self.out.append(assign(bar, text))
        self.states[place] = State(owned=True)

    def add_part(
        self,
        place: Place,
        keys: tuple[Any, ...],
        cotangent: Cotangent,
        distinct: bool,
        element: Kind,
    ) -> None:
        """Add a cotangent to elements of that of an array or container."""
        fresh_zeros = place not in self.states or self.states[place].zeros
        was_absent = place not in self.states
        self.own(place)
        kind = self.kind(place)
        node = name(self.bar(place))
        for key in keys[:-1]:
            node = subscript(node, clone(key))
        whole = node
        node = subscript(node, clone(keys[-1]))
        expression = cotangent.product.expression(self.is_scalar)
        container = not isinstance(kind, Array)
        if container and (
            self._through_tuple(kind, len(keys))
            or (isinstance(kind, Unknown) and distinct and not _have_slices(keys))
        ):
            parts = [key_argument(clone(k), self.numpy()) for k in keys]
            path = gast.Tuple(parts, gast.Load())
            total = call(self.helper("add_at"), name(self.bar(place)), path, expression)
            self.out.append(assign(self.bar(place), total))
        elif (
            container
            and len(keys) == 1
            and not isinstance(element, Scalar)
            and not (isinstance(element, Array) and self.bar(place) in self.shadows)
        ):
            total = (
                call(self.helper("add"), clone(node), expression)
                if not isinstance(element, Array)
                else binary(clone(node), gast.Add, expression)
            )
            self.out.append(assign(node, total))
        elif not distinct:
            at = gast.Attribute(
                gast.Attribute(name(self.numpy()), "add", gast.Load()),
                "at",
                gast.Load(),
            )
            self.out.append(
                gast.Expr(
                    call(
                        at,
                        whole,
                        key_argument(clone(keys[-1]), self.numpy()),
                        expression,
                    )
                )
            )
        elif was_absent and fresh_zeros and len(keys) == 1 and isinstance(kind, Array):
            self.out.append(assign(node, expression))
        else:
            self.out.append(self._augmented(node, cotangent, expression))
        self.states[place] = State(owned=True)

    def append_to(self, place: Place, expression: Any, kind: Kind) -> None:
        """Put the cotangent of what was taken off a list back onto that of the list."""
        self.own(place)
        if self._is_of_buffer(expression) and not isinstance(kind, Scalar):
            is_array = isinstance(kind, Array) and kind.ndim
            expression = (
                method(expression, "copy")
                if is_array
                else call(self.helper("copied"), expression)
            )
        bar = name(self.bar(place))
        self.out.append(gast.Expr(method(bar, "append", expression)))
        self.states[place] = State(owned=True)

    def _through_tuple(self, kind: Kind, depth: int) -> bool:
        """Whether elements at this depth may lie inside of a tuple."""
        found = [kind]
        for _ in range(depth):
            if any(isinstance(k, Sequence) and k.type is tuple for k in found):
                return True
            if any(isinstance(k, Record) for k in found):
                return True
            found = [item for k in found for item in _inner(k)]
        return False

    # --- joins ------------------------------------------------------------------------

    def settle(self, place: Place, full: bool) -> None:
        """Put a cotangent into its variable, of full shape where that is asked."""
        state = self.states[place]
        if full and not state.full and isinstance(self.kind(place), Array | Unknown):
            self.own(place)
            return
        self._written(place, state)

    def snapshot(self) -> dict[Place, State]:
        """The present states, to be restored for another path."""
        return dict(self.states)


def _as_list(expression: Any) -> Any:
    """The cotangent of a list as a list: rules may give an array."""
    match expression:
        case gast.List():
            return expression
        case gast.Call(func=gast.Name(id=("list" | "add" | "zeros_like"))):
            return expression
        case _:
            return call("list", expression)


def _inner(kind: Kind) -> list[Kind]:
    match kind:
        case Sequence(items=items):
            return list(items)
        case List(item=item) if item is not None:
            return [item]
        case Dict(items=pairs):
            return [item for _, item in pairs]
        case _:
            return []


def _have_slices(keys: tuple[Any, ...]) -> bool:
    """Whether elements are taken by slices, so of no tuple."""
    return any(isinstance(node, gast.Slice) for key in keys for node in walk(key))
