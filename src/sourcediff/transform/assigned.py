"""The adjoint of `y = expression`, of a variable or of a part of a structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import UNKNOWN
from sourcediff.transform.access import is_structure, items_of, value_of
from sourcediff.transform.build import assign, loaded, names_in
from sourcediff.transform.cotangent import Cotangent, of_name
from sourcediff.transform.names import Place
from sourcediff.transform.sweep import Step
from sourcediff.transform.writing import finish
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def bind(reverse: Reverse, statement: Any, place: Place, to: Any, value: Any) -> Step:
    """`y = expression`, of a variable or of a fixed part of a structure."""
    step = Step(statement, [statement], kills={*reverse.facts.bindings[statement]})
    if len(place) > 1:
        step.stores = [to]
    kind = reverse.kind_at(place) or UNKNOWN
    if reverse.views.is_view(place[0]):
        reverse.views.drop(place[0])
        reverse.drop(place)
        return step
    if reverse.shadows.is_view(place, statement):
        return step
    if not reverse.facts.is_active(value, statement):
        reverse.drop(place)
        return step
    if is_structure(kind) and place not in reverse.whole:
        cotangent = reverse.structure_cotangent(place, kind, value)
    else:
        cotangent = reverse.read(place)
    reverse.drop(place)
    if cotangent is None:
        return step
    return reverse.with_result(
        lambda use: _bound(reverse, statement, place, to, value, cotangent, use)
    )


def _bound(
    reverse: Reverse,
    statement: Any,
    place: Place,
    to: Any,
    value: Any,
    cotangent: Cotangent,
    use_result: bool,
) -> Step:
    step = reverse.place_step(statement, to)
    pull = reverse.pull(
        statement, value, reverse.primed(loaded(to)) if use_result else None
    )
    pull.split = place[0] in set(names_in(value))
    prelude: list[Any] = []
    own = _takes_part(place[0], value) or place in reverse.shadows
    if pull.split and own and cotangent.parts is None:
        # The new cotangent begins as zeros while the old one is still read.
        identifier = reverse.temporary(loaded(to), "bar")
        reverse.declare(identifier, reverse.kind_at(place) or UNKNOWN)
        expression = cotangent.product.expression(reverse.is_scalar)
        prelude = [assign(identifier, expression)]
        cotangent = Cotangent(of_name(identifier).product, cotangent.full)
    elif pull.split and cotangent.parts is not None:
        cotangent = _kept_parts(reverse, place, cotangent, prelude)
    pull.push(value, cotangent)
    finish(reverse, step, pull, value, to, prelude=prelude)
    return step


def _kept_parts(
    reverse: Reverse, place: Place, cotangent: Cotangent, prelude: list[Any]
) -> Cotangent:
    """The cotangents of a structure's new parts under names of their own.

    Those of the old parts take over their variables one after the other.
    """
    if cotangent.parts is None:
        bar = reverse.names.bar(place)
        expression = cotangent.product.expression(reverse.is_scalar)
        if bar not in set(names_in(expression)):
            return cotangent
        identifier = reverse.temporary(value_of(place), "bar")
        reverse.declare(identifier, reverse.kind_at(place) or UNKNOWN)
        if not cotangent.full:
            reverse.narrow.add(identifier)
        prelude.append(assign(identifier, expression))
        return Cotangent(of_name(identifier).product, cotangent.full)
    steps = [step for step, _ in items_of(reverse.kind_at(place) or UNKNOWN)]
    parts = [
        part and _kept_parts(reverse, (*place, step), part, prelude)
        for step, part in zip(steps, cotangent.parts, strict=True)
    ]
    return Cotangent(cotangent.product, cotangent.full, tuple(parts))


def _takes_part(identifier: str, value: Any) -> bool:
    """Whether an expression indexes a variable."""
    return any(
        isinstance(n, gast.Subscript)
        and any(isinstance(m, gast.Name) and m.id == identifier for m in walk(n))
        for n in walk(value)
    )
