"""NumPy's functions that call functions on arrays they make, as statements."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.higher_order import lambda_names, replaced
from sourcediff.front.mappings import kind_of
from sourcediff.front.purity import callee
from sourcediff.front.resolve import MISSING, static_value
from sourcediff.kinds import Array, Scalar
from sourcediff.runtime import piecewise_conditions

_VALUES = (gast.BinOp, gast.UnaryOp, gast.Subscript, gast.Call)


def is_pieces(node: Any, context: Context) -> bool:
    """Whether an expression is a call of `np.piecewise` or `np.fromfunction`.

    Of functions that can be written out or called, and stand in a display.
    """
    if not isinstance(node, gast.Call):
        return False
    function = callee(node, context.program)
    match function, node.args:
        case np.piecewise, [_, _, gast.List(elts=made)]:
            return not node.keywords and all(
                _is_function(e, 1, context) or _is_value(e, context) for e in made
            )
        case np.fromfunction, [applied, gast.Tuple(elts=sizes)]:
            return all(k.arg == "dtype" for k in node.keywords) and _is_function(
                applied, len(sizes), context
            )
    return False


def in_pieces(node: Any, name: str, context: Context) -> list[Any]:
    """The statements that put the value of such a call into a name."""
    if callee(node, context.program) is np.fromfunction:
        return _of_indices(node, name, context)
    return _by_conditions(node, name, context)


def _of_indices(node: Any, name: str, context: Context) -> list[Any]:
    """`name = f(i, j)` where `i` and `j` are `np.indices(shape)`."""
    applied, shape = node.args
    grid = context.new("grid")
    dtype = [k.value for k in node.keywords] or [context.builtin("float")]
    made = build.call(context.numpy("indices"), shape)
    made.keywords = [gast.keyword("dtype", dtype[0])]
    block = [build.assign(grid, made)]
    indices = []
    for k in range(len(shape.elts)):
        indices.append(context.new("index"))
        part = build.subscript(build.load(grid), build.constant(k))
        block.append(build.assign(indices[-1], part))
    value = _applied(applied, [build.load(index) for index in indices])
    return [*block, build.assign(name, value)]


def _by_conditions(node: Any, name: str, context: Context) -> list[Any]:
    """`name[hit] = f(x[hit])` for each condition and its function."""
    x, tests, made = node.args
    whole, hits = context.new("whole", x), context.new("hits")
    block = [build.assign(whole, build.call(context.numpy("asarray"), x))]
    decide = context.fresh(piecewise_conditions.__name__)
    context.statics[decide] = piecewise_conditions
    shape = build.call(context.numpy("shape"), build.load(whole))
    count = build.constant(len(made.elts))
    decided = build.call(build.load(decide), tests, count, shape)
    block.append(build.assign(hits, decided))
    zeros = build.call(context.numpy("zeros_like"), build.load(whole))
    block.append(build.assign(name, zeros))
    for k, piece in enumerate(made.elts):
        hit = context.new("hit")
        one = build.subscript(build.load(hits), build.constant(k))
        block.append(build.assign(hit, one))
        value = piece
        if _is_function(piece, 1, context):
            part = context.new("part", suspect=True)
            taken = build.subscript(build.load(whole), build.load(hit))
            block.append(build.assign(part, taken))
            value = _applied(piece, [build.load(part)])
        target = build.as_store(build.subscript(build.load(name), build.load(hit)))
        block.append(build.assign(target, value))
    return block


def _is_function(node: Any, count: int, context: Context) -> bool:
    if isinstance(node, gast.Lambda):
        return bool(lambda_names(node, count))
    value = static_value(node, context.program)
    return value is not MISSING and callable(value)


def _is_value(node: Any, context: Context) -> bool:
    if isinstance(node, gast.Name):
        return isinstance(kind_of(node, context.suspect.kinds), Scalar | Array)
    return isinstance(node, _VALUES) or (
        isinstance(node, gast.Constant)
        and isinstance(node.value, int | float | complex)
    )


def _applied(applied: Any, arguments: list[Any]) -> Any:
    """What a function is of arguments, which are read wherever it reads them."""
    if not isinstance(applied, gast.Lambda):
        return build.call(build.duplicate(applied), *arguments)
    value = build.duplicate(applied.body)
    names = lambda_names(applied, len(arguments))
    for old, argument in zip(names, arguments, strict=True):
        value = replaced(value, old, argument)
    return value
