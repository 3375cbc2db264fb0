"""A callee that cannot be compiled has a pair of functions that lead to the tape."""

from __future__ import annotations

import inspect
from dataclasses import replace

import gast

from sourcediff.analysis.facts import Pair
from sourcediff.compile.callees import Callee, program_of
from sourcediff.compile.unit import Unit, spelled_defaults, unit_of
from sourcediff.errors import CompileError
from sourcediff.runtime import door
from sourcediff.transform.assemble import definition, simple_arguments
from sourcediff.transform.build import assign, call, comment, name, target, tuple_of


def fits_the_door(function: object) -> bool:
    """Whether all that a function does is done when a call of it returns.

    What a generator computes is computed where it is consumed, in the caller.
    """
    lazy = inspect.isgeneratorfunction, inspect.iscoroutinefunction
    return not (
        isinstance(function, Callee)
        or any(test(function) for test in (*lazy, inspect.isasyncgenfunction))
    )


def door_units(function: object, draft: Pair, refusal: CompileError) -> list[Unit]:
    """The forward and the backward function of a callee that runs on the tape.

    In them stands why: `.source` shows it.
    """
    program = program_of(function)
    parameters = draft.parameters
    taken = {*parameters, draft.forward, draft.backward}
    itself, forward, backward = (
        _fresh(label, taken) for label in (program.name, "forward", "backward")
    )
    why = [
        comment(f"on the tape ({problem.location}): {problem.cause}")
        for problem in refusal.problems
    ]
    by_name = {p.id for p in program.node.args.kwonlyargs}
    places = [name(p) for p in parameters if p not in by_name]
    keywords = {p: name(p) for p in parameters if p in by_name}
    given = call(forward, name(itself), *places, **keywords)
    ahead = definition(
        draft.forward, spelled_defaults(program.node.args), [*why, gast.Return(given)]
    )
    targets = [f"{p}_bar" if p in draft.active else "_" for p in parameters]
    found = [name(f"{p}_bar") for p in draft.active]
    seeds = ["saved", "out_bar"] if draft.result_active else ["saved"]
    taken_back = call(backward, *map(name, seeds))
    unpacked = gast.Tuple([target(t) for t in targets], gast.Store())
    back = definition(
        draft.backward,
        simple_arguments(seeds),
        [
            assign(unpacked, taken_back),
            gast.Return(found[0] if len(found) == 1 else tuple_of(found)),
        ],
    )
    bindings = {itself: program.function, forward: door.forward}
    return [
        unit_of(program, bindings, draft.forward, ahead),
        unit_of(program, {backward: door.backward}, draft.backward, back),
    ]


def door_pair(draft: Pair) -> Pair:
    """The pair as callers see it: the tape keeps copies, and refuses writes."""
    return replace(draft, written=(), needed=frozenset(), needs_result=False)


def _fresh(label: str, taken: set[str]) -> str:
    while label in taken:
        label += "_"
    taken.add(label)
    return label
