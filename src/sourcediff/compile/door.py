"""A callee that cannot be compiled has a pair of functions that lead to the tape."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gast

from sourcediff.analysis.facts import Pair
from sourcediff.compile.callees import Callee, program_of
from sourcediff.compile.unit import Unit, spelled_defaults, unit_of
from sourcediff.errors import CompileError
from sourcediff.ir import Program, parameter_names
from sourcediff.runtime import door
from sourcediff.transform.assemble import definition, simple_arguments
from sourcediff.transform.build import (
    assign,
    call,
    comment,
    const,
    name,
    target,
    tuple_of,
)
from sourcediff.trees import walk

_LAZY = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_WRITERS = frozenset(("fill", "sort", "put", "partition", "itemset"))
_WRITERS_TO_THE_FIRST = frozenset(("copyto", "put", "place", "putmask", "at"))
_FIRST = frozenset(("dst", "a", "arr"))  # their first parameters


def fits_the_door(function: object) -> bool:
    """Whether all that a function does is done when a call of it returns.

    What a generator computes is computed where it is consumed, in the caller, if that
    is not at once.
    """
    if isinstance(function, door.Listed):
        return True
    if isinstance(function, door.Local):
        return not function.code.co_flags & _LAZY
    if isinstance(function, Callee):
        if function.program.local:  # there is no such function outside its caller
            return False
        function = function.program.function
    lazy = inspect.isgeneratorfunction, inspect.iscoroutinefunction
    return not any(test(function) for test in (*lazy, inspect.isasyncgenfunction))


def door_units(function: object, draft: Pair, refusal: CompileError) -> list[Unit]:
    """The forward and the backward function of a callee that runs on the tape.

    In them stands why: `.source` shows it.
    """
    program = program_of(function)
    parameters = draft.parameters
    taken = {*parameters, draft.forward, draft.backward}
    entrance = "forward_into" if draft.written else "forward"
    itself, forward, backward = (
        _fresh(label, taken) for label in (program.name, entrance, "backward")
    )
    by_name = {p.id for p in program.node.args.kwonlyargs}
    places = [name(p) for p in parameters if p not in by_name]
    keywords = {p: name(p) for p in parameters if p in by_name}
    given = call(forward, name(itself), *places, **keywords)
    if draft.written:
        order = {p.id: const(k) for k, p in enumerate(places)}
        written = tuple_of([order.get(p, const(p)) for p in draft.written])
        given = call(forward, written, name(itself), *places, **keywords)
    ahead = definition(
        draft.forward,
        spelled_defaults(program.node.args),
        [*_reasons(refusal), gast.Return(given)],
    )
    targets = [f"{p}_bar" if p in draft.active else "_" for p in parameters]
    found = [name(f"{p}_bar") for p in draft.active]
    seeded = {"saved", "out_bar"}
    written_bars = [_fresh(f"{p}_bar", seeded) for p in draft.written]
    seeds = ["saved", *["out_bar"] * draft.result_active, *written_bars]
    out_bar = name("out_bar") if draft.result_active else const(None)
    taken_back = call(backward, name("saved"), out_bar, *map(name, written_bars))
    unpacked = gast.Tuple([target(t) for t in targets], gast.Store())
    back = definition(
        draft.backward,
        simple_arguments(seeds),
        [
            assign(unpacked, taken_back),
            gast.Return(found[0] if len(found) == 1 else tuple_of(found)),
        ],
    )
    enter = door.forward_into if draft.written else door.forward
    called = _called(function, program)
    bindings = {itself: called, forward: enter}
    return [
        unit_of(program, bindings, draft.forward, ahead),
        unit_of(program, {backward: door.backward}, draft.backward, back),
    ]


def tangent_unit(
    function: object,
    arguments: Any,
    dots: Mapping[str, str],
    label: str,
    refusal: CompileError,
) -> Unit:
    """The forward-mode function of a callee that runs on the tape.

    `arguments` are its parameters, the tangents that `dots` names among them.
    """
    program = program_of(function)
    taken = {*program.parameters, *dots.values(), label}
    itself, along = (_fresh(wish, taken) for wish in (program.name, "along"))
    by_name = {p.id for p in program.node.args.kwonlyargs}
    places = [p for p in parameter_names(program.node.args) if p not in by_name]
    keys = {p: const(k) for k, p in enumerate(places)}
    moving = gast.Dict(
        [keys.get(p, const(p)) for p in dots], [*map(name, dots.values())]
    )
    keywords = {p: name(p) for p in sorted(by_name)}
    given = call(along, moving, name(itself), *map(name, places), **keywords)
    body = [*_reasons(refusal), gast.Return(given)]
    bindings = {itself: _called(function, program), along: door.along}
    return unit_of(program, bindings, label, definition(label, arguments, body))


def _reasons(refusal: CompileError) -> list[Any]:
    return [
        comment(f"on the tape ({problem.location}): {problem.cause}")
        for problem in refusal.problems
    ]


def _called(function: object, program: Program) -> Any:
    """What the tape runs in the place of a callee."""
    if isinstance(function, door.Listed | door.Local):
        return function
    if isinstance(function, Callee):
        return door.Packed(program.function, *function.key[2:])
    return program.function


def door_pair(function: object, draft: Pair) -> Pair:
    """The pair as callers see it: the tape keeps copies.

    It writes into what the text shows to be written, and refuses other writes.
    """
    stored = _stored(program_of(function).node)
    written = tuple(p for p in draft.written if p in stored)
    return replace(draft, written=written, needed=frozenset(), needs_result=False)


def _stored(function: Any) -> set[str]:
    """The names whose elements a function writes, as far as its text shows."""
    found: set[str] = set()
    for node in walk(function):
        match node:
            case gast.Subscript(ctx=gast.Store() | gast.Del()):
                found.add(_root(node))
            case gast.AugAssign(target=gast.Name(id=identifier)):
                found.add(identifier)
            case gast.Call(func=gast.Attribute(value=owner, attr=method)):
                if method in _WRITERS:
                    found.add(_root(owner))
                if method in _WRITERS_TO_THE_FIRST:
                    named = [k.value for k in node.keywords if k.arg in _FIRST]
                    found.update(map(_root, [*node.args, *named][:1]))
        if isinstance(node, gast.Call):
            found.update(_root(k.value) for k in node.keywords if k.arg == "out")
    return found


def _root(node: Any) -> str:
    """The variable that an expression shows a part of, "" if it shows none."""
    while isinstance(node, gast.Subscript | gast.Attribute | gast.Starred):
        node = node.value
    return node.id if isinstance(node, gast.Name) else ""


def _fresh(label: str, taken: set[str]) -> str:
    while label in taken:
        label += "_"
    taken.add(label)
    return label
