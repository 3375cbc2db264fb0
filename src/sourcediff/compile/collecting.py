"""The gradient with respect to one parameter, put together in its structure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from sourcediff.kinds import (
    UNKNOWN,
    Dict,
    Kind,
    Record,
    Scalar,
    Sequence,
    is_differentiable,
)
from sourcediff.transform.access import Field, is_structure, kind_at, value_of
from sourcediff.transform.build import call, const, name, tuple_of
from sourcediff.transform.names import Place
from sourcediff.transform.reverse import Reverse


def collected(
    reverse: Reverse, place: Place, environment: Mapping[str, Kind], prelude: list[Any]
) -> Any:
    """The gradient with respect to one parameter, of the parameter's structure.

    Statements that it needs first are added to the prelude.
    """
    cotangents = reverse.cotangents
    kind = kind_at(place, lambda n: environment.get(n, UNKNOWN)) or UNKNOWN
    if is_structure(kind) and place not in reverse.whole:
        reverse.require_parts(place)
        return _structure(reverse, place, kind, environment, prelude)
    if not is_differentiable(kind):
        return const(None)
    state = cotangents.states.get(place)
    if state is None:
        return cotangents.zero(place)
    if state.deferred is not None or not state.full:
        cotangents.out = []
        if isinstance(kind, Scalar):
            cotangents.settle(place, True)
        else:
            cotangents.own(place)
        prelude += cotangents.out
        cotangents.out = []
    return name(cotangents.bar(place))


def _structure(
    reverse: Reverse,
    place: Place,
    kind: Kind,
    environment: Mapping[str, Kind],
    prelude: list[Any],
) -> Any:
    def part(step: Any) -> Any:
        return collected(reverse, (*place, step), environment, prelude)

    match kind:
        case Sequence(type=cls, items=items):
            parts = [part(i) for i in range(len(items))]
            return gast.List(parts, gast.Load()) if cls is list else tuple_of(parts)
        case Dict(items=pairs):
            keys = [const(key) for key, _ in pairs]
            return gast.Dict(keys, [part(key) for key, _ in pairs])
        case Record(fields=pairs):
            values = [part(Field(key)) for key, _ in pairs]
            helper = reverse.reference(None, "rebuild")
            return call(helper, value_of(place), tuple_of(values))
        case _:
            raise AssertionError(kind)
