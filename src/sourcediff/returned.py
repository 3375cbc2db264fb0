"""What a function returns, as far as its text tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.callables import name_of
from sourcediff.errors import CompileError, NonScalarResult, NoSource
from sourcediff.front.source import read_source
from sourcediff.trees import children, walk


def require_constant(function: Any, value: int) -> None:
    """Refuse an integer that is no constant of one of a function's returns.

    What `return 0` gives in one case, where another gives a float, has the derivative
    0; an integer that was computed has none, nor has what cannot be read.
    """
    try:
        body = read_source(function)[0].body
    except (NoSource, CompileError):
        body = []
    cases = [case for node in _returned(body) for case in _values(node, body)]
    constants = [case.value for case in cases if isinstance(case, gast.Constant)]
    if len(constants) == len(cases) or value not in constants:
        raise NonScalarResult(name_of(function), "an integer")


def _returned(nodes: Any) -> Iterator[Any]:
    """The expressions that statements return, one for each case."""
    for node in nodes:
        match node:
            case gast.Return(value=gast.IfExp(body=one, orelse=other)):
                yield from _returned([gast.Return(one), gast.Return(other)])
            case gast.Return():
                yield node.value
            case gast.FunctionDef() | gast.ClassDef():
                pass
            case _:
                yield from _returned(children(node))


def _values(node: Any, body: list[Any]) -> Iterator[Any]:
    """What an expression, or the variable that it is, may stand for."""
    if not isinstance(node, gast.Name):
        yield node
        return
    for statement in body:
        for inner in walk(statement):
            match inner:
                case gast.Assign(targets=[gast.Name(id=target)], value=value):
                    if target == node.id:
                        yield value
                case gast.AugAssign(target=gast.Name(id=target)):
                    if target == node.id:
                        yield inner
