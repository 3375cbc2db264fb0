"""Elements that are still zero are stored to; zeros that nobody reads are not."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

import gast

from sourcediff.analysis.effects import Bindings, assigned_in, blocks, walk_statements
from sourcediff.kinds import UNKNOWN, Kind
from sourcediff.transform.covered import uncleared
from sourcediff.transform.dependence import untouched_before
from sourcediff.transform.fixed import fixed_names
from sourcediff.transform.overwrite import as_store, zeroed
from sourcediff.transform.touches import Home, Touch, Touches, adds
from sourcediff.trees import walk


def touched_once(
    body: list[Any],
    own: set[str],
    results: list[Any],
    counts: Set[str],
    kinds: Mapping[str, Kind],
) -> list[Any]:
    """The reverse sweep with `x[k] = e` for `x[k] += e` where `x[k]` is zero for sure.

    And without `x[k] = 0.0` where no later iteration or statement reads that element.
    `own` are cotangents whose memory no cotangent of another name shares, of the given
    kinds; `results` are what the sweep is made for; `counts` are names of numbers of
    at least zero.
    """
    wanted = own & _candidates(body)
    if not wanted:
        return body
    constant = _constant_names(body)
    touches = Touches(wanted, constant, constant & counts)
    touches.run(body, results)
    stored: set[Any] = set()
    idle: set[Any] = set()
    for identifier in wanted - touches.lost:
        home = touches.homes.get(identifier)
        found = touches.found.get(identifier, [])
        if touches.made.get(identifier) != 1 or home is None or not home.holds(found):
            continue
        if home.zeros:
            first = (t for t in found if t.adds and _is_first(t, found, home))
            stored.update(t.statement for t in first)
        if identifier not in touches.escaped:
            last = (t for t in found if t.zero and _is_idle(t, found, home))
            idle.update(t.statement for t in last)
    if not stored and not idle:
        return body
    changed = _changed(body, stored, idle)
    return uncleared(changed, wanted, touches.counts, lambda n: kinds.get(n, UNKNOWN))


def _candidates(body: list[Any]) -> set[str]:
    """The arrays into whose elements something is added, or zeros are stored."""
    return {
        str(node.target.value.id if adds(node) else zeroed(node))
        for node in walk_statements(body)
        if adds(node) or zeroed(node)
    }


def _constant_names(body: list[Any]) -> frozenset[str]:
    """The names that have one value in all of the sweep."""
    nodes = [node for statement in body for node in walk(statement)]
    bindings = Bindings(nodes)
    names = {node.id for node in nodes if node.__class__ is gast.Name}
    unbound = names - assigned_in(body, bindings)
    return fixed_names(body, tuple(names), bindings) | frozenset(unbound)


def _is_first(touch: Touch, found: list[Touch], home: Home) -> bool:
    """Whether elements that are added to have not been written before."""
    later = replace(touch, place=replace(touch.place, order=touch.place.order + 1))
    return all(
        _not_before(later if other is touch else other, touch, home)
        for other in found
        if other.writes and not other.zero
    )


def _is_idle(touch: Touch, found: list[Touch], home: Home) -> bool:
    """Whether nobody reads the elements after they were set to zero."""
    return all(_not_before(touch, other, home) for other in found if other.reads)


def _not_before(one: Touch, other: Touch, home: Home) -> bool:
    """Whether the first one touches nothing of the second one's before that does."""
    around = len(home.place.loops)
    if one.key is None or other.key is None:
        apart = not (one.place.loops[around:] and other.place.loops[around:])
        return apart and one.place.order > other.place.order
    return untouched_before(other.key, other.place, one.key, one.place, around)


def _changed(body: list[Any], stored: set[Any], idle: set[Any]) -> list[Any]:
    """The body with stores for additions, and without some stores of zero."""
    out: list[Any] = []
    for statement in body:
        for part in ("body", "orelse"):
            inner = getattr(statement, part, None)
            if isinstance(inner, list) and blocks(statement):
                setattr(statement, part, _changed(inner, stored, idle))
        if statement in stored:
            out.append(as_store(statement))
        elif statement not in idle:
            out.append(statement)
    return out
