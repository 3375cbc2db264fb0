"""Pairs that keep the arguments only, and compute what else they need again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from sourcediff.analysis.facts import Pair
from sourcediff.compile.callees import program_of
from sourcediff.compile.unit import Unit, spelled_defaults, unit_of
from sourcediff.errors import CompileError, Location, Problem
from sourcediff.transform.assemble import definition, simple_arguments
from sourcediff.transform.build import assign, call, const, name, subscript, tuple_of
from sourcediff.transform.names import Names


def recomputing(function: Any, pair: Pair, label: str) -> tuple[list[Unit], Pair]:
    """A pair around another one: it runs that anew before going backwards.

    Raises `CompileError` for a function that writes into its arguments, since a second
    run would start from what the first has left.
    """
    program = program_of(function)
    if pair.written:
        place = Location(program.origin.file, program.origin.line)
        cause = f"a checkpointed function must not write into {pair.written[0]}"
        raise CompileError(program.name, place, [Problem(place, program.name, cause)])
    names = Names({*program.parameters, pair.forward, pair.backward})
    saved, seed, primal = map(names.fresh, ("saved", "out_bar", program.name))
    forward, backward = f"{label}_again_fwd", f"{label}_again_bwd"
    arguments = program.node.args
    own = tuple_of(map(name, program.parameters))
    body = [gast.Return(tuple_of([_run(primal, arguments), own]))]
    first = definition(forward, spelled_defaults(arguments), body)
    again = subscript(_run(pair.forward, arguments), const(1))
    given = [name(saved), name(seed)] if pair.result_active else [name(saved)]
    body = [
        assign(own, name(saved)),
        assign(saved, again),
        gast.Return(call(pair.backward, *given)),
    ]
    second = definition(backward, simple_arguments([g.id for g in given]), body)
    units = [
        unit_of(program, {primal: function}, forward, first),
        unit_of(program, {}, backward, second),
    ]
    needed = frozenset(program.parameters)
    made = replace(
        pair, forward=forward, backward=backward, needed=needed, needs_result=False
    )
    return units, made


def _run(function: str, arguments: Any) -> Any:
    """A call of a function with its own parameters as arguments."""
    positional = [name(a.id) for a in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg is not None:
        positional.append(gast.Starred(name(arguments.vararg.id), gast.Load()))
    keywords = [gast.keyword(a.id, name(a.id)) for a in arguments.kwonlyargs]
    if arguments.kwarg is not None:
        keywords.append(gast.keyword(None, name(arguments.kwarg.id)))
    return gast.Call(name(function), positional, keywords)
