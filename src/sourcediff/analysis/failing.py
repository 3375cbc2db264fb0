"""Which operations of a program may raise, for all that is known of their operands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.agreement import may_misfit
from sourcediff.analysis.dims import minimum
from sourcediff.analysis.effects import expressions
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import (
    Array,
    Dict,
    Dim,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    scalar_of,
)
from sourcediff.rules import lookup
from sourcediff.trees import is_ellipsis, walk

#: Functions that take anything, or anything that has a kind with a length.
_TOTAL = frozenset(
    {
        *(abs, bool, dict, enumerate, isinstance, len, list, print, range, repr, str),
        *(tuple, type, zip, reversed, sorted, round, sum),
        *(np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like),
        *(np.full, np.full_like, np.array, np.asarray, np.copy, np.eye, np.arange),
        *(np.linspace, np.sum, np.mean, np.prod, np.any, np.all, np.shape, np.size),
        *(np.ndim, np.isscalar, np.float64, np.float32, np.transpose, np.ravel),
        *(np.squeeze, np.expand_dims),
    }
)
_TOTAL_METHODS = frozenset(
    {
        *("copy", "sum", "mean", "prod", "any", "all", "ravel", "flatten", "tolist"),
        *("conj", "items", "keys", "values", "get", "append", "extend", "astype"),
        *("transpose", "std", "var"),
    }
)
#: Functions of one number that fail outside of where they are defined.
_PARTIAL = ("log", "log2", "log10", "log1p", "sqrt", "acos", "asin", "acosh", "atanh")


def may_fail(node: Any, facts: Facts) -> bool:
    """Whether evaluating a node itself, not what is inside it, may raise."""
    match node:
        case gast.Subscript(value=value, slice=index):
            return not _is_within(index, facts.kind_of(value), facts)
        case gast.Call():
            return _call_may_fail(node, facts) or may_misfit(node, facts)
        case gast.BinOp(left=left, op=gast.Div() | gast.FloorDiv() | gast.Mod()):
            numbers = (scalar_of(facts.kind_of(n)) for n in (left, node.right))
            is_zero_refused = all(isinstance(k, Scalar) and k.python for k in numbers)
            return is_zero_refused and not _is_nonzero(node.right)
        case gast.Attribute(value=value, ctx=gast.Load()):
            kind = facts.kind_of(value)
            return isinstance(kind, Array | Scalar) and not hasattr(
                np.ndarray, node.attr
            )
        case gast.BinOp() | gast.Assign() | gast.AugAssign():
            return may_misfit(node, facts)
        case _:
            return False


def unseen_failures(statement: Any, facts: Facts) -> Iterator[Any]:
    """The operations whose errors no part of an adjoint would raise in their place.

    An adjoint reads `x_bar[i]` where the primal reads an active `x[i]`, and divides
    where it divides. It need not look at what carries no derivative, and has `1 / x`
    for `math.log(x)`, which is defined where that is not.
    """
    for expression in expressions(statement):
        for node in walk(expression):
            if isinstance(node, (gast.Call, gast.Subscript)) and (
                _fails_unseen(node, statement, facts)
            ):
                yield node


def _fails_unseen(node: Any, statement: Any, facts: Facts) -> bool:
    if isinstance(node, gast.Subscript) and not isinstance(node.ctx, gast.Load):
        return False
    if not facts.is_active(node, statement):
        return not _is_constant(node, facts) and may_fail(node, facts)
    function: Any = facts.callee(node) if isinstance(node, gast.Call) else None
    return _module(function) == "math" and function.__name__ in _PARTIAL


def _module(function: Any) -> str:
    return getattr(function, "__module__", None) or ""


def _is_constant(node: Any, facts: Facts) -> bool:
    """Whether an expression computes with constant numbers only, as `log(2 * pi)`."""
    return all(
        isinstance(facts.kind_of(n), Static)
        if isinstance(n, gast.Name)
        else not isinstance(getattr(n, "value", None), str)
        for n in walk(node)
    )


def _call_may_fail(node: Any, facts: Facts) -> bool:
    function = facts.callee(node)
    method = node.func.attr if isinstance(node.func, gast.Attribute) else ""
    if function is None:
        return method not in _TOTAL_METHODS
    try:
        if function in _TOTAL:
            return False
    except TypeError:  # unhashable
        return True
    if function in (int, float, complex, min, max):
        kinds = [scalar_of(facts.kind_of(argument)) for argument in node.args]
        return not all(isinstance(kind, Scalar) for kind in kinds)
    if method in _TOTAL_METHODS and isinstance(
        facts.kind_of(node.func.value), Array | List | Dict
    ):
        return False
    rule = lookup(function)
    is_partial = _module(function) == "math"
    return rule is None or rule.kind != "elementwise" or is_partial


def _is_within(index: Any, kind: Kind, facts: Facts) -> bool:
    """Whether a container certainly has what a subscript asks for."""
    match kind:
        case Array(dims=tuple() as dims):
            parts = index.elts if isinstance(index, gast.Tuple) else [index]
            if any(is_ellipsis(part) for part in parts):
                return all(map(_is_plain_part, parts))
            picked = [p for p in parts if not _is_new_axis(p)]
            return len(picked) <= len(dims) and all(
                isinstance(part, gast.Slice) or _is_below(part, dim, facts)
                for part, dim in zip(picked, dims, strict=False)
            )
        case Sequence(items=items):
            if isinstance(index, gast.Slice):
                return True
            return _is_below(index, len(items), facts)
        case Dict(items=pairs):
            key = facts.kind_of(index)
            return isinstance(key, Static) and any(key.value == k for k, _ in pairs)
        case List():
            return isinstance(index, gast.Slice)
        case Record() | Static() | Scalar():
            return False
        case _:
            return isinstance(index, gast.Slice)


def _is_below(index: Any, dim: Dim, facts: Facts) -> bool:
    """Whether a number is certainly an index of an axis of some size."""
    number = scalar_of(facts.kind_of(index))
    if not isinstance(number, Scalar) or not isinstance(number.value, int):
        return False
    least = minimum(dim)
    return -least <= number.value < least


def _is_new_axis(node: Any) -> bool:
    if isinstance(node, gast.Attribute):
        return bool(node.attr == "newaxis")
    return isinstance(node, gast.Constant) and node.value is None


def _is_plain_part(node: Any) -> bool:
    return isinstance(node, gast.Slice) or is_ellipsis(node) or _is_new_axis(node)


def _is_nonzero(node: Any) -> bool:
    return isinstance(node, gast.Constant) and bool(node.value)


def failing(tree: Any, facts: Facts) -> bool:
    """Whether anything in a tree may raise."""
    return any(may_fail(node, facts) for node in walk(tree))
