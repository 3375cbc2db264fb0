"""Adjoints of assignments to several names at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.effects import (
    root,
    stored_parts,
)
from sourcediff.kinds import Sequence
from sourcediff.transform.access import (
    is_structure,
)
from sourcediff.transform.accumulate import State
from sourcediff.transform.build import (
    assign,
    at,
    name,
    target,
    tuple_of,
)
from sourcediff.transform.cotangent import Cotangent
from sourcediff.transform.names import Place
from sourcediff.transform.product import Product
from sourcediff.transform.refused import Refused
from sourcediff.transform.shadows import PRIME
from sourcediff.transform.sweep import Step
from sourcediff.transform.writing import finish

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def unpack(reverse: Reverse, statement: Any, elements: list[Any], value: Any) -> Step:
    """`a, b = value`: the cotangent of the value is made of theirs."""
    step = Step(statement, [statement], kills={*reverse.facts.bindings[statement]})
    if not all(isinstance(e, gast.Name) for e in elements):
        return _without_derivative(reverse, step, statement, elements, value)
    names = [e.id for e in elements]
    if isinstance(value, gast.Tuple) and len(value.elts) == len(names):
        return _permute(reverse, step, statement, names, value.elts)
    if not reverse.facts.is_active(value, statement):
        for identifier in names:
            reverse.drop((identifier,))
        return step
    kind = reverse.facts.kind_of(value)
    if isinstance(kind, Sequence) and len(kind.items) != len(names):
        counts = f"{len(kind.items)} values are unpacked into {len(names)} names"
        raise Refused(statement, counts)
    parts = tuple(reverse.whole_cotangent((n,)) for n in names)
    for identifier in names:
        reverse.drop((identifier,))
    if all(p is None for p in parts):
        return step
    result = tuple_of(name(n + PRIME) for n in names)
    pull = reverse.pull(statement, value, result)
    pull.push(value, Cotangent(Product(), True, parts))
    finish(reverse, step, pull, value, tuple_of(map(target, names)))
    return step


def _without_derivative(
    reverse: Reverse, step: Step, statement: Any, elements: list[Any], value: Any
) -> Step:
    """`a[i], b = value` of passive values: what is overwritten may be needed."""
    step.stores = [t for e in elements for t in stored_parts(e)]
    places = {place[0] for place in reverse.cotangents.states}
    if reverse.facts.is_active(value, statement) or any(
        root(t) in places for t in step.stores
    ):
        raise Refused(statement, "this unpacking is outside the language")
    for identifier in step.kills:
        reverse.drop((identifier,))
    return step


def _permute(
    reverse: Reverse, step: Step, statement: Any, names: list[str], values: list[Any]
) -> Step:
    """`a, b = b, a`: the same permutation of what the names stand for."""
    sources = [v.id if isinstance(v, gast.Name) else None for v in values]
    if None in sources or set(sources) != set(names):
        return _parallel(reverse, step, statement, names, values)
    states = reverse.cotangents.states
    moved: dict[Place, State] = {}
    before, after = [], []
    for identifier, source in zip(names, sources, strict=True):
        for place in [
            p for p in states if p[0] == identifier and p not in reverse.shadows
        ]:
            state = moved[(source, *place[1:])] = states.pop(place)
            if identifier != source and state.deferred is None:
                before.append(reverse.cotangents.bar((source, *place[1:])))
                after.append(reverse.cotangents.bar(place))
    if before:
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


def _of_target(reverse: Reverse, identifier: str) -> Cotangent | None:
    """What a target passes on: nothing if it shares its source's cotangent."""
    if reverse.views.is_view(identifier):
        reverse.views.drop(identifier)
        return None
    return reverse.whole_cotangent((identifier,))


def _parallel(
    reverse: Reverse, step: Step, statement: Any, names: list[str], values: list[Any]
) -> Step:
    """`a, b = f(a), g(b)`: every right side sees the values before."""
    cotangents = [_of_target(reverse, n) for n in names]
    for identifier in names:
        reverse.drop((identifier,))
    pull = reverse.pull(statement)
    active = [
        (v, c)
        for v, c in zip(values, cotangents, strict=True)
        if c is not None and reverse.facts.is_active(v, statement)
    ]
    if any(is_structure(reverse.facts.kind_of(v)) for v, _ in active):
        raise Refused(statement, "structures in a parallel assignment")
    for value, cotangent in active:
        pull.push(value, cotangent)
    if active:
        finish(reverse, step, pull, statement.value, statement.targets[0])
    return step
