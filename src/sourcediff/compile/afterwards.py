"""What a function leaves of the containers that it was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import gast

from sourcediff.analysis.arithmetic import join_all
from sourcediff.analysis.containers import holds
from sourcediff.analysis.effects import bindings, walk_statements
from sourcediff.analysis.inference import KindFacts
from sourcediff.compile.callees import bound
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, Kind
from sourcediff.trees import walk

After = tuple[tuple[str, Kind], ...]


def at_end(
    kinds: KindFacts, program: Program, environment: Mapping[str, Kind]
) -> After | None:
    """The kinds of the containers that a function was given, at its end.

    None where it may have changed others, too, or they have no name at its end.
    """
    held = [name for name, kind in environment.items() if holds(kind)]
    rebound = {n for s in walk_statements(program.node.body) for n in bindings(s)}
    unknown = any(kinds.callee(node) is None for node in calls_of(program))
    if unknown or rebound.intersection(held) or not kinds.ends:
        return None
    ends = {name: [env.get(name, UNKNOWN) for env in kinds.ends] for name in held}
    return tuple((name, join_all(found) or UNKNOWN) for name, found in ends.items())


def by_place(
    function: Any, count: int, keywords: Iterable[str], after: After
) -> dict[int | str, Kind]:
    """The kinds of a call's arguments after it, by position or keyword."""
    positions: list[int | str] = list(range(count))
    places = bound(function, positions, {name: name for name in keywords}) or {}
    return {places[name]: kind for name, kind in after if name in places}


def calls_of(program: Program) -> list[Any]:
    """The calls in a program that are not in a function defined there."""
    nodes = [n for s in program.node.body for n in walk(s)]
    inner = {id(n) for f in nodes if isinstance(f, gast.FunctionDef) for n in walk(f)}
    return [n for n in nodes if isinstance(n, gast.Call) and id(n) not in inner]
