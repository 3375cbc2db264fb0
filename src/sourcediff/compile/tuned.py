"""A gradient's second text, which does the same in less time."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from sourcediff.compile.names_known import kinds_of_names
from sourcediff.compile.sweeps import Sweeps
from sourcediff.compile.unit import Unit
from sourcediff.kinds import Array, Kind, Scalar
from sourcediff.transform.build import clone, names_in
from sourcediff.transform.invariants import Invariants
from sourcediff.transform.named_parts import NamedParts
from sourcediff.trees import walk

_LOOPS = (gast.For, gast.While)


def tuned(sweeps: Sweeps, unit: Unit) -> Unit:
    """The unit without what its loops need not do; itself if there is nothing.

    Derivatives of derivatives are not made of it.
    """
    if not any(isinstance(node, _LOOPS) for node in walk(unit.tree)):
        return unit
    kinds = kinds_of_names(sweeps)
    names = sweeps.names
    body = clone(unit.tree.body)
    narrow = sweeps.reverse.narrow | sweeps.reverse.cotangents.narrow

    def is_array(identifier: str) -> bool:
        """Whether a cotangent is certainly an array: the user's text stays as it is."""
        found = kinds.get(identifier, ())
        is_whole = identifier in bars and identifier not in narrow
        return is_whole and bool(found) and all(isinstance(k, Array) for k in found)

    @functools.cache
    def label(identifier: str) -> str:
        return names.fresh(f"{identifier}_part")

    fixed = _fixed(unit.tree, kinds.get)
    bars = frozenset(sweeps.reverse.bars)
    made: list[str] = []

    def temporary(node: Any) -> str:
        made.append(names.temporary(node))
        return made[-1]

    body = Invariants(fixed, bars, temporary).block(body)
    parts = NamedParts(is_array, lambda n: kinds.get(n, ()), label)
    body = parts.block(body, frozenset())
    return with_body(unit, body) if made or label.cache_info().currsize else unit


def with_body(unit: Unit, body: list[Any]) -> Unit:
    """A unit like another one, of other statements."""
    tree = gast.copy_location(gast.FunctionDef(**vars(unit.tree)), unit.tree)
    tree.body = body
    return replace(unit, tree=tree, names=frozenset(names_in(tree)))


def _fixed(
    tree: Any, kinds: Callable[[str], tuple[Kind, ...] | None]
) -> frozenset[str]:
    """The names of Python's floats that are bound once and for all before any loop."""
    stores = Counter(
        node.id
        for node in walk(tree)
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
    )
    parameters = [a.id for a in [*tree.args.args, *tree.args.kwonlyargs]]
    bound = [n for n in parameters if not stores[n]]
    for statement in tree.body:
        match statement:
            case gast.For() | gast.While() | gast.If() | gast.With():
                break
            case gast.Assign(targets=[gast.Name(id=identifier)]):
                if stores[identifier] == 1:
                    bound.append(identifier)
    return frozenset(n for n in bound if _are_floats(kinds(n)))


def _are_floats(kinds: tuple[Kind, ...] | None) -> bool:
    return bool(kinds) and all(
        isinstance(k, Scalar) and k.python and k.dtype == float for k in kinds or ()
    )
