"""A derivative's second text, in which one term is added to many slices at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from sourcediff import runtime
from sourcediff.analysis.effects import blocks
from sourcediff.compile.names_known import Known
from sourcediff.compile.unit import Unit
from sourcediff.kinds import Array
from sourcediff.transform.build import call, clone, names_in
from sourcediff.trees import walk

Test = Callable[[str], bool]

#: The helper by the name that it has in the text.
HELPER = "add_to_each"
#: As many slices pay for the call.
LEAST = 3


def slid(known: Known, unit: Unit) -> Unit:
    """The unit with `x[k1] += t; x[k2] += t; …` as one statement, if there are such.

    That is what the adjoint of a stencil does to the neighbours of each element.
    """

    def is_array(identifier: str) -> bool:
        kinds = known.kinds.get(identifier, ())
        arrays = bool(kinds) and all(isinstance(k, Array) for k in kinds)
        return arrays and identifier in known.bars

    if not any(len(run) >= LEAST for run in _runs(unit.tree.body, is_array)):
        return unit
    helper = known.names.fresh(HELPER)
    tree = gast.copy_location(gast.FunctionDef(**vars(unit.tree)), unit.tree)
    tree.body = _gathered(clone(unit.tree.body), is_array, helper)
    bindings = {**unit.bindings, helper: runtime.add_to_each}
    return replace(unit, tree=tree, bindings=bindings)


def _runs(body: list[Any], is_array: Test) -> list[list[Any]]:
    """The statements of all blocks, those that add one term to slices together."""
    found: list[list[Any]] = []
    for inner in _inner(body):
        found += _runs(inner, is_array)
    return found + _split(body, is_array)


def _inner(body: list[Any]) -> list[list[Any]]:
    return [inner for statement in body for inner in blocks(statement) if inner]


def _split(body: list[Any], is_array: Test) -> list[list[Any]]:
    """A block as runs of statements that add the same term to slices of one array."""
    runs: list[list[Any]] = []
    last = None
    for statement in body:
        sides = _sides(statement, is_array)
        if sides is not None and sides == last:
            runs[-1].append(statement)
        else:
            runs.append([statement])
        last = sides
    return runs


def _gathered(body: list[Any], is_array: Test, helper: str) -> list[Any]:
    out: list[Any] = []
    for run in _split(body, is_array):
        if len(run) < LEAST:
            out += run
            continue
        parts = [_loaded(statement.target) for statement in run]
        added = gast.Expr(call(helper, run[0].value, *parts))
        out.append(gast.copy_location(added, run[0]))
    for statement in out:
        for field in ("body", "orelse"):
            inner = getattr(statement, field, None)
            if isinstance(inner, list) and blocks(statement):
                setattr(statement, field, _gathered(inner, is_array, helper))
    return out


def _sides(statement: Any, is_array: Test) -> tuple[str, str] | None:
    """The array and the term of `array[slices] += term`, the term being a name."""
    match statement:
        case gast.AugAssign(
            target=gast.Subscript(
                value=gast.Name(id=array), slice=gast.Tuple(elts=elements)
            ),
            op=gast.Add(),
            value=gast.Name(id=term),
        ) if (
            array != term
            and is_array(array)
            and all(_is_plain_slice(e, {array, term}) for e in elements)
        ):
            return array, term
        case _:
            return None


def _is_plain_slice(node: Any, moving: set[str]) -> bool:
    """Whether a slice is of numbers and names that the additions do not change."""
    return (
        isinstance(node, gast.Slice)
        and node.step is None
        and not moving & set(names_in(node))
        and not any(isinstance(n, gast.Call | gast.Subscript) for n in walk(node))
    )


def _loaded(target: Any) -> Any:
    part = clone(target)
    part.ctx = gast.Load()
    return part
