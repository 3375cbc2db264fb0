"""`np.add(a, b, out=c)` is a store into c."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.purity import callee, is_numpy
from sourcediff.front.resolve import MISSING, static_value

_NDARRAY_METHODS = frozenset(dir(np.ndarray))


def writes_output(call: Any, context: Context) -> bool:
    """Whether a call writes its suspect result into an array that it is given."""
    output = _output(call, context)
    return output is not None and (context.suspect(call) or context.suspect(output))


def split_output(call: Any, context: Context) -> tuple[list[Any], Any] | None:
    """The store that a call with `out=` amounts to, and the array as its value.

    An array that has no name yet gets one, before the store.
    """
    if not writes_output(call, context):
        return None
    output = _output(call, context)
    if isinstance(output, gast.Tuple) and len(output.elts) == 1:
        output = output.elts[0]
    if isinstance(output, gast.Tuple):
        context.refuse(call, "out= must name one array; assign the results instead")
        return None
    before: list[Any] = []
    if not isinstance(output, gast.Name | gast.Attribute | gast.Subscript):
        name = context.new("out", suspect=True)
        before.append(build.assign(name, output))
        output = build.load(name)
    function = callee(call, context.program)
    if isinstance(function, np.ufunc):
        call.args = call.args[: function.nin]
    call.keywords = [keyword for keyword in call.keywords if keyword.arg != "out"]
    if any(keyword.arg == "where" for keyword in call.keywords):
        if not _is_masked(call, function, context):
            cause = "out= with where=; write c[mask] = function(a[mask], b[mask])"
            context.refuse(call, cause)
            return None
        if not isinstance(output, gast.Name):
            name = context.new("out", suspect=True)
            before.append(build.assign(name, build.as_load(output)))
            output = build.load(name)
        before += _stored_where(call, output, context)
        return before, build.as_load(output)
    store = build.assign(_contents(build.duplicate(output)), call)
    return [*before, store], build.as_load(output)


def _is_masked(call: Any, function: Any, context: Context) -> bool:
    """Whether a call computes element by element, and names NumPy."""
    if not isinstance(function, np.ufunc) or function.signature is not None:
        return False
    if function.nout != 1 or not isinstance(call.func, gast.Attribute):
        return False
    return static_value(call.func.value, context.program) is np


def _stored_where(call: Any, output: Any, context: Context) -> list[Any]:
    """The store of `np.add(a, b, out=c, where=mask)`: only what the mask tells."""

    def given() -> Any:
        return build.as_load(build.duplicate(output))

    def spread(value: Any) -> Any:
        numpy = call.func.value
        shape = build.method(build.duplicate(numpy), "shape", given())
        return build.method(build.duplicate(numpy), "broadcast_to", value, shape)

    (where,) = [k.value for k in call.keywords if k.arg == "where"]
    mask = context.new("mask")
    named = build.assign(mask, spread(where))
    call.keywords = [keyword for keyword in call.keywords if keyword.arg != "where"]
    call.args = [
        argument
        if isinstance(argument, gast.Constant)
        else build.subscript(spread(argument), build.load(mask))
        for argument in call.args
    ]
    place = build.subscript(given(), build.load(mask))
    return [named, build.assign(place, call)]


def _output(call: Any, context: Context) -> Any | None:
    """The expression given as `out`, if the callee is NumPy's."""
    function = callee(call, context.program)
    if isinstance(function, np.ufunc) and len(call.args) > function.nin:
        extra = call.args[function.nin :]
        return extra[0] if len(extra) == 1 else gast.Tuple(extra, gast.Load())
    for keyword in call.keywords:
        if keyword.arg == "out" and _is_of_numpy(call, function, context):
            given = keyword.value
            nothing = isinstance(given, gast.Constant) and given.value is None
            return None if nothing else given
    return None


def _is_of_numpy(call: Any, function: Any, context: Context) -> bool:
    if function is not MISSING:
        return is_numpy(function)
    return isinstance(call.func, gast.Attribute) and call.func.attr in _NDARRAY_METHODS


def _contents(output: Any) -> Any:
    """The place whose store fills an array: `c[...]`, or `c[1:]` itself."""
    if isinstance(output, gast.Subscript) and _is_view(output.slice):
        return output
    return build.subscript(build.as_load(output), build.constant(...))


def _is_view(index: Any) -> bool:
    """Whether an index is made of slices and constants, so that it gives a view."""
    if isinstance(index, gast.Tuple):
        return any(map(_is_range, index.elts)) and all(map(_is_view, index.elts))
    return _is_range(index) or isinstance(index, gast.Constant)


def _is_range(index: Any) -> bool:
    return isinstance(index, gast.Slice) or (
        isinstance(index, gast.Constant) and index.value is ...
    )
