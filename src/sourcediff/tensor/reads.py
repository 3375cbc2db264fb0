"""Which values a rule reads, found in the rule's own text."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sourcediff.rules import Rule

# Calls that look at the shape or type of their arguments alone, or of the first.
_ABOUT_SHAPES = {
    *("np.shape", "np.ndim", "np.size", "np.iscomplexobj", "np.isrealobj"),
    *("np.result_type", "len"),
}
_ABOUT_THE_FIRST = {
    *("np.zeros_like", "np.ones_like", "np.full_like", "isinstance", "hasattr"),
    *("count", "zeros_like"),
}
# Helpers of the runtime that bring a cotangent to the shape of something: of what.
_IN_THE_SHAPE_OF = {
    "unbroadcast": 1,
    "cast_like": 1,
    "scatter_add": 2,
    "split_like": 1,
    "unblock": 1,
    "unmeshgrid": 1,
}
_SHAPE_ATTRIBUTES = {"shape", "ndim", "dtype", "size"}
_Wanted = tuple[bool, ...]


@functools.cache
def values_read(rule: Rule, wanted: _Wanted) -> frozenset[str] | None:
    """The parameters whose values the rule reads for the wanted cotangents.

    The result is among them under the name that the rule gives it. A parameter whose
    shape alone is looked at is not. None where the rule has no text: suppose all.

    >>> import numpy as np
    >>> from sourcediff.rules import lookup
    >>> sorted(values_read(lookup(np.multiply), (True, False)))
    ['x2']
    >>> values_read(lookup(np.exp), (True,)), values_read(lookup(np.add), (True, True))
    (frozenset({'y'}), frozenset())
    """
    return _read_by(rule.function, wanted)


@functools.cache
def _read_by(function: Callable[..., Any], wanted: _Wanted) -> frozenset[str] | None:
    """The parameters of a function whose values it reads."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        definition = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(definition, ast.FunctionDef):
        return None
    scope = inspect.unwrap(function).__globals__
    parameters = set(inspect.signature(function).parameters)
    return frozenset(_read(definition.body, scope, wanted)) & parameters


def _read(
    nodes: Iterable[ast.AST], scope: dict[str, Any], wanted: _Wanted
) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name():
                yield node.id
            case ast.Return(value=ast.Tuple(elts=parts)) if len(parts) == len(wanted):
                used = [part for part, want in zip(parts, wanted, strict=True) if want]
                yield from _read(used, scope, ())
            case ast.Attribute(value=ast.Name(), attr=name) if (
                name in _SHAPE_ATTRIBUTES
            ):
                pass
            case ast.Compare(
                ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]
            ):
                pass
            case ast.Call():
                yield from _read(_arguments_read(node, scope), scope, wanted)
            case _:
                yield from _read(ast.iter_child_nodes(node), scope, wanted)


def _arguments_read(node: ast.Call, scope: dict[str, Any]) -> list[ast.AST]:
    """The arguments of a call whose values the function may read."""
    name = _dotted(node.func)
    keywords: list[ast.AST] = [keyword.value for keyword in node.keywords]
    if name in _ABOUT_SHAPES:
        return keywords
    if name in _ABOUT_THE_FIRST:
        return [*node.args[1:], *keywords]
    if name in _IN_THE_SHAPE_OF:
        ignored = _IN_THE_SHAPE_OF[name]
        return [arg for k, arg in enumerate(node.args) if k != ignored] + keywords
    known = _read_by_helper(scope.get(name))
    if known is None or any(isinstance(arg, ast.Starred) for arg in node.args):
        return [node.func, *node.args, *keywords]
    names, read = known
    return [
        *(
            argument
            for parameter, argument in zip(names, node.args, strict=False)
            if parameter in read
        ),
        *node.args[len(names) :],
        *(item.value for item in node.keywords if item.arg is None or item.arg in read),
    ]


_in_progress: set[Any] = set()


def _read_by_helper(function: Any) -> tuple[list[str], frozenset[str]] | None:
    """The parameters of one of our own helpers, and those whose values it reads."""
    module = getattr(function, "__module__", None) or ""
    if not module.startswith("sourcediff.r") or not inspect.isfunction(function):
        return None
    parameters = inspect.signature(function).parameters
    if function in _in_progress or any(
        p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters.values()
    ):
        return None
    _in_progress.add(function)
    try:
        read = _read_by(inspect.unwrap(function), ())
    finally:
        _in_progress.discard(function)
    return None if read is None else (list(parameters), read)


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return f"{module}.{name}"
    return ""
