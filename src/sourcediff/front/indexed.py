"""`np.r_[a, b]` and `np.c_[a, b]` are calls in the form of an index."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.resolve import MISSING, outer_values, static_value
from sourcediff.ir import Program
from sourcediff.rules import program_for


def call_indexed(nodes: list[Any], context: Context) -> None:
    """Write the calls that indexing such an object amounts to, where that matters."""
    for node in nodes:
        if not isinstance(node, gast.Subscript):
            continue
        program = _program_of(node.value, context.program)
        key = node.slice
        pieces = list(key.elts) if isinstance(key, gast.Tuple) else [key]
        if program is None or not any(map(context.suspect, pieces)):
            continue
        if any(map(_is_no_value, pieces)):
            cause = "a slice or a string in it; write np.arange or np.concatenate"
            context.refuse(node, cause)
            continue
        name = context.fresh(program.__name__)
        context.statics[name] = program
        call = build.place(gast.Call(build.load(name), pieces, []), node)
        node.__class__ = gast.Call
        node.__dict__.clear()
        node.__dict__.update(call.__dict__)


def _program_of(value: Any, program: Program) -> Callable[..., Any] | None:
    match value:
        case gast.Attribute(value=base, attr=name):
            module = static_value(base, program)
            if isinstance(module, ModuleType):
                return program_for(getattr(module, name, MISSING))
        case gast.Name(id=name) if name in program.data and program.function:
            return program_for(outer_values(program.function).get(name, MISSING))
    return None


def _is_no_value(piece: Any) -> bool:
    if isinstance(piece, gast.Constant):
        return isinstance(piece.value, str)
    return isinstance(piece, gast.Slice | gast.Starred)
