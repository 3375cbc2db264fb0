"""Objects of libraries that are made of active values, made by what stands for them."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.resolve import MISSING, static_value
from sourcediff.front.suspects import Suspicion
from sourcediff.ir import Program
from sourcediff.rules import has_same_values, stand_in_for


def call_stand_ins(nodes: list[Any], context: Context) -> None:
    """Call what stands for a constructor where its arguments may be active.

    `stats.norm(mu, s)` becomes a call of a function that makes an object whose methods
    can be differentiated; where no parameter reaches it, the library's own is made.
    All parameters count, not the active ones alone: a gradient is differentiated again
    by other parameters, and must have made the same objects.
    """
    program = context.program
    suspect = None
    for node in nodes:
        found = _stand_in(node, program)
        if found is None:
            continue
        if suspect is None:
            suspect = Suspicion(program, program.parameters, context.suspect.kinds)
        given = (*node.args, *node.keywords)
        if has_same_values(found) or any(map(suspect, given)):
            name = _named(found, context)
            node.func = build.place(build.load(name), node.func)


def _stand_in(node: Any, program: Program) -> Any:
    """What stands for the constructor that an expression calls, if anything."""
    if not isinstance(node, gast.Call):
        return None
    constructor = static_value(node.func, program)
    if constructor is MISSING:
        return None
    return stand_in_for(constructor, _parts(node))


def _parts(call: Any) -> int | None:
    """How many parts a tuple has that is the first argument of a call."""
    match call.args:
        case [gast.Tuple(elts=parts), *_]:
            return len(parts)
    return None


def _named(function: Any, context: Context) -> str:
    for name, value in context.statics.items():
        if value is function:
            return name
    name = context.fresh(function.__name__)
    context.statics[name] = function
    return name
