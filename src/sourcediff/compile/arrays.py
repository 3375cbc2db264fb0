"""Lists that NumPy makes arrays of in passing, written as arrays."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.inference import KindFacts
from sourcediff.front import build
from sourcediff.front.scopes import Fresh, identifiers
from sourcediff.ir import Program
from sourcediff.kinds import (
    Array,
    Kind,
    List,
    Sequence,
    is_differentiable,
    scalar_of,
)
from sourcediff.rules import Rule, lookup
from sourcediff.transform.binding import Unbindable, bind

_METHODS = (types.MethodDescriptorType, types.WrapperDescriptorType)
#: They are written in what they are spelled as here.
_MAKERS = (np.array, np.asarray)


def spell_arrays(program: Program, kinds: KindFacts) -> bool:
    """Write `np.dot(np.asarray([a, b]), c)` for `np.dot([a, b], c)`.

    The rules are mathematics of arrays; only those of functions that take several
    arrays as a list (`np.stack`) know lists. The tree is the caller's to change; the
    answer is whether it was. The kinds are those of the program as it is.
    """
    found = [
        (node, argument)
        for node in kinds.nodes
        if node.__class__ in (gast.BinOp, gast.Call)
        for argument in _lists(node, kinds.of, kinds.callee)
    ]
    if not found:
        return False
    asarray = gast.Attribute(build.load(_numpy(program)), "asarray", gast.Load())
    for node, argument in found:
        made = build.call(build.duplicate(asarray), argument)
        _replace(node, argument, build.place(made, argument))
    return True


def _lists(
    node: Any, kind_of: Callable[[Any], Kind], callee: Callable[[Any], Any]
) -> Iterator[Any]:
    """The lists in a call or an operation that NumPy takes as arrays."""
    match node:
        case gast.BinOp(left=left, right=right):
            for one, other in ((left, right), (right, left)):
                if isinstance(kind_of(one), Array) and _is_list(other, kind_of):
                    yield other
        case gast.Call(func=function):
            primal = callee(node)
            rule = lookup(primal) if primal is not None else None
            if (
                rule is None
                or rule.nests
                or primal in _MAKERS
                or not _is_numpys(primal)
            ):
                return
            receiver = [function.value] if isinstance(primal, _METHODS) else []
            given = *receiver, *node.args, *(k.value for k in node.keywords)
            if not any(_is_list(argument, kind_of) for argument in given):
                return
            for argument in _differentiated(rule, primal, node, receiver):
                # An einsum's lists of integers are subscripts.
                spells = primal is np.einsum
                spells = spells and not is_differentiable(kind_of(argument))
                if not spells and _is_list(argument, kind_of):
                    yield argument


def _is_numpys(function: Any) -> bool:
    """Whether a function makes arrays of the lists that it is given."""
    if isinstance(function, np.ufunc):
        return True
    module = getattr(function, "__module__", None) or ""
    owner = getattr(function, "__objclass__", None)
    return module.partition(".")[0] in ("numpy", "scipy") or owner is np.ndarray


def _differentiated(
    rule: Rule, primal: Any, node: Any, receiver: list[Any]
) -> Iterator[Any]:
    """The arguments of a call that are the mathematics' own."""
    if not rule.wrt:
        return
    keywords = {k.arg: k.value for k in node.keywords}
    try:
        bound = bind(rule, primal, [*receiver, *node.args], keywords)
    except Unbindable:
        return
    given = {id(a) for a in (*receiver, *node.args, *keywords.values())}
    for name in rule.wrt:
        value: Any = bound.get(name)
        several = isinstance(value, gast.Tuple) and id(value) not in given
        for argument in value.elts if several else (value,):
            if id(argument) in given:
                yield argument


def _is_list(node: Any, kind_of: Callable[[Any], Kind]) -> bool:
    kind = scalar_of(kind_of(node))
    return isinstance(kind, (List, Sequence)) and kind.type in (list, tuple)


def _numpy(program: Program) -> str:
    """The name of NumPy in a program, which may not have one yet."""
    for known, value in program.statics.items():
        if value is np:
            return known
    statics: Any = program.statics
    name = Fresh(identifiers(program.node) | set(statics) | program.data)("np")
    statics[name] = np
    return name


def _replace(node: Any, old: Any, new: Any) -> None:
    """Put an expression in the place of a child of a node."""
    for field, value in gast.iter_fields(node):
        if value is old:
            setattr(node, field, new)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if item is old:
                    value[index] = new
                elif isinstance(item, gast.keyword) and item.value is old:
                    item.value = new
