"""A gradient's second text, in which nested loops run over lists, and how it is run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from sourcediff import runtime
from sourcediff.analysis.effects import bindings, walk_statements
from sourcediff.compile.names_known import kinds_of_names
from sourcediff.compile.sweeps import Sweeps
from sourcediff.compile.unit import Unit
from sourcediff.transform.elements import Surroundings, with_lists
from sourcediff.transform.indifferent import is_indifferent

#: What lists and Python's numbers raise where arrays wrap, warn or go on.
SURRENDERS = (ArithmeticError, AttributeError, IndexError)


def listed(sweeps: Sweeps, unit: Unit) -> Unit | None:
    """The unit with lists of numbers in the place of arrays, if that pays.

    None where it does not, or where Python's numbers might silently mean another thing.
    """
    if not _has_nested_loops(unit.tree.body, 0):
        return None
    kinds = kinds_of_names(sweeps)
    dead = sweeps.dead
    groups = dead.groups
    own = {n for s in walk_statements(unit.tree.body) for n in bindings(s)}
    own |= set(sweeps.facts.program.parameters)
    helpers = {
        n for n, v in unit.bindings.items() if getattr(runtime, n, None) is v
    } | set(sweeps.stacks)
    around = Surroundings(
        lambda n: kinds.get(n, ()),
        lambda n: frozenset(p.partition("@")[0] for p in groups.get(n, ())),
        sweeps.names.fresh,
        frozenset(own - sweeps.facts.program.data - sweeps.reverse.narrow),
    )
    if not is_indifferent(unit.tree, around.kinds, dead.is_pure, frozenset(helpers)):
        return None
    body = with_lists(unit.tree.body, around)
    if body is None:
        return None
    tree = gast.copy_location(gast.FunctionDef(**vars(unit.tree)), unit.tree)
    tree.body = body
    return replace(unit, tree=tree)


def _has_nested_loops(body: list[Any], depth: int) -> bool:
    for statement in body:
        loop = isinstance(statement, (gast.For, gast.While))
        if loop and depth:
            return True
        for block in (getattr(statement, "body", []), getattr(statement, "orelse", [])):
            if block and _has_nested_loops(block, depth + loop):
                return True
    return False


def with_retreat(
    fast: Callable[..., Any], sure: Callable[[], Callable[..., Any]]
) -> Any:
    """The fast function; where it gives up, what `sure` gives has the last word."""

    @functools.wraps(fast)
    def function(*args: Any, **kwargs: Any) -> Any:
        try:
            return fast(*args, **kwargs)
        except SURRENDERS:
            pass
        return sure()(*args, **kwargs)

    return function
