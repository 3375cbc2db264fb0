"""What is known of the names of generated code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.compile.sweeps import Sweeps
from sourcediff.kinds import Array, Kind, Scalar, Static
from sourcediff.transform.forward import Forward
from sourcediff.transform.names import Names
from sourcediff.trees import walk

Kinds = dict[str, tuple[Kind, ...]]


@dataclass(frozen=True)
class Known:
    """What is known of the names of one generated function.

    `kinds` are all that a name may hold, `bars` the names of cotangents (or tangents),
    `narrow` those that may hold less than their kind says. The `users` names stand in
    the primal, the `temporaries` are ours; `seed` is the cotangent that is given.
    """

    kinds: Kinds
    names: Names
    bars: frozenset[str]
    narrow: frozenset[str]
    temporaries: frozenset[str]
    users: frozenset[str]
    seed: str | None = None


def known_of(sweeps: Sweeps) -> Known:
    """What is known of the names of a gradient, or of a backward function."""
    reverse = sweeps.reverse
    users = _names(sweeps.facts)
    return Known(
        kinds_of_names(sweeps),
        sweeps.names,
        frozenset(reverse.bars),
        frozenset(reverse.narrow | reverse.cotangents.narrow),
        frozenset(reverse.temporaries) - users,
        users,
        reverse.seed,
    )


def known_of_tangents(
    forward: Forward, environment: Mapping[str, Kind], bindings: Mapping[str, Any]
) -> Known:
    """What is known of the names of a function in forward mode."""
    declared = forward.declared
    kinds = _kinds(forward.facts, environment, declared.items(), bindings)
    for key, dot in forward.dots.items():
        found = [_of_tangent(kind) for kind in kinds.get(key, ())]
        if None not in found:
            kinds[dot] = tuple(dict.fromkeys(k for k in found if k is not None))
    users = _names(forward.facts)
    bars = frozenset(forward.dots.values())
    none: frozenset[str] = frozenset()
    own = frozenset(declared) - users
    return Known(kinds, forward.names, bars, none, own, users)


def kinds_of_names(sweeps: Sweeps) -> Kinds:
    """All kinds that the names of the two sweeps may have."""
    declared = sweeps.reverse.declared.items()
    return _kinds(sweeps.facts, sweeps.environment, declared, sweeps.bindings)


def _kinds(
    facts: Facts,
    environment: Mapping[str, Kind],
    declared: Iterable[tuple[str, Kind]],
    bindings: Mapping[str, Any],
) -> Kinds:
    found: dict[str, dict[Kind, None]] = {}
    latest: dict[str, Kind] = {}  # most kinds are those of the statement before

    def add(items: Iterable[tuple[str, Kind]]) -> None:
        for key, kind in items:
            if latest.get(key) is not kind:
                latest[key] = kind
                found.setdefault(key, {})[kind] = None

    add(environment.items())
    for statement in walk_statements(facts.program.node.body):
        add(facts.environment(statement).items())
    for node in walk(facts.program.node):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
            add([(node.id, facts.kind_of(node))])
    add(declared)
    add((n, Static(v)) for n, v in facts.program.statics.items())
    add((n, Static(v)) for n, v in bindings.items())
    return {key: tuple(kinds) for key, kinds in found.items()}


def _of_tangent(kind: Kind) -> Kind | None:
    """The kind of the tangent of an array or a number, which may be laid out anew."""
    match kind:
        case Array() if kind.dtype.kind == "f":
            return Array(kind.dtype, kind.dims)
        case Scalar() if kind.dtype.kind == "f":
            return replace(kind, python=False)
        case _:
            return None


def _names(facts: Facts) -> frozenset[str]:
    return frozenset(n.id for n in walk(facts.program.node) if isinstance(n, gast.Name))
