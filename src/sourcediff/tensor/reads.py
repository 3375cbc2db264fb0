"""Which values a rule reads, found in the rule's own text."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterable, Iterator

from sourcediff.rules import Rule

# Calls that look at the shape or type of an argument alone: at which positions
# (None: all).
_SHAPE_ONLY: dict[str, tuple[int, ...] | None] = {
    "np.shape": None,
    "np.ndim": None,
    "np.size": None,
    "np.iscomplexobj": None,
    "np.isrealobj": None,
    "np.result_type": None,
    "np.zeros_like": (0,),
    "np.ones_like": (0,),
    "np.full_like": (0,),
    "isinstance": (0,),
    "len": None,
    "count": (0,),
    "zeros_like": (0,),
    "cast_like": (1,),
    "unbroadcast": (1,),
    "scatter_add": (2,),
}
_SHAPE_ATTRIBUTES = {"shape", "ndim", "dtype", "size"}


@functools.cache
def values_read(rule: Rule, wanted: tuple[bool, ...]) -> frozenset[str] | None:
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
    try:
        text = textwrap.dedent(inspect.getsource(rule.function))
        definition = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(definition, ast.FunctionDef):
        return None
    parameters = set(inspect.signature(rule.function).parameters)
    read: set[str] = set()
    for statement in definition.body:
        read.update(_read(statement, wanted))
    return frozenset(read & parameters)


def _read(node: ast.AST, wanted: tuple[bool, ...]) -> Iterator[str]:
    match node:
        case ast.Name():
            yield node.id
        case ast.Return(value=ast.Tuple(elts=elements)) if len(elements) == len(wanted):
            for element, want in zip(elements, wanted, strict=True):
                if want:
                    yield from _read(element, ())
        case ast.Attribute(value=ast.Name(), attr=name) if name in _SHAPE_ATTRIBUTES:
            pass
        case ast.Compare(
            ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]
        ):
            pass
        case ast.Call(func=function, args=args) if _dotted(function) in _SHAPE_ONLY:
            positions = _SHAPE_ONLY[_dotted(function)]
            kept = [
                argument
                for k, argument in enumerate(args)
                if positions is not None and k not in positions
            ]
            yield from _read_all([*kept, *node.keywords], wanted)
        case _:
            yield from _read_all(ast.iter_child_nodes(node), wanted)


def _read_all(nodes: Iterable[ast.AST], wanted: tuple[bool, ...]) -> Iterator[str]:
    for node in nodes:
        yield from _read(node, wanted)


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return f"{module}.{name}"
    return ""
