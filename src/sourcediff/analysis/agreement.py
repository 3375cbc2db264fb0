"""Whether arrays that meet in a program are known to have sizes that fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.facts import Facts
from sourcediff.kinds import Array, Dim, Dims
from sourcediff.rules import lookup
from sourcediff.trees import same, walk

_PRODUCTS = (np.dot, np.matmul)
_CONVERSIONS = (float, int, complex, bool)


_MISFITTING = frozenset({gast.BinOp, gast.Assign, gast.AugAssign, gast.Call})


def misfits(facts: Facts) -> list[Any]:
    """The operations of a program that NumPy may refuse, for all that is known."""
    nodes = walk(facts.program.node)
    return [n for n in nodes if n.__class__ in _MISFITTING and may_misfit(n, facts)]


def left_out(operations: Iterable[Any], trees: Iterable[Any]) -> bool:
    """Whether one of the operations is in none of the trees.

    An adjoint need not compute `x + w` itself, and would not notice that it fails.
    """
    found: dict[type, list[Any]] = {}
    for operation in operations:
        if not found:
            for node in (node for tree in trees for node in walk(tree)):
                found.setdefault(node.__class__, []).append(node)
        alike = found.get(operation.__class__, ())
        if not any(same(node, operation) for node in alike):
            return True
    return False


def may_misfit(node: Any, facts: Facts) -> bool:
    """Whether NumPy may refuse an operation because of sizes, for all that is known."""
    match node:
        case gast.BinOp(left=left, op=gast.MatMult(), right=right):
            return _contract(_dims(left, facts), _dims(right, facts))
        case gast.BinOp(left=left, right=right):
            return _clash(_dims(left, facts), _dims(right, facts))
        case gast.Assign(targets=[gast.Tuple(elts=elements)], value=value):
            dims = _dims(value, facts)
            return dims is not None and dims != () and _differ(dims[0], len(elements))
        case gast.Assign(targets=[gast.Subscript() as target], value=value):
            return _overflows(_dims(target, facts), _dims(value, facts))
        case gast.AugAssign(target=target, value=value):
            return _overflows(_dims(target, facts), _dims(value, facts))
        case gast.Call(func=gast.Attribute(value=left, attr="dot"), args=[right]):
            return _contract(_dims(left, facts), _dims(right, facts))
        case gast.Call(args=arguments) if arguments:
            return _call_misfits(facts.callee(node), arguments, facts)
        case _:
            return False


def _call_misfits(function: Any, arguments: list[Any], facts: Facts) -> bool:
    shapes = [_dims(argument, facts) for argument in arguments]
    if isinstance(function, type):
        single = shapes[0] is None or all(dim in (1, None) for dim in shapes[0])
        return function in _CONVERSIONS and not single
    if any(function is product for product in _PRODUCTS):
        return len(shapes) == 2 and _contract(*shapes)
    rule = lookup(function)
    if rule is None or rule.kind != "elementwise":
        return False
    return any(_clash(a, b) for i, a in enumerate(shapes) for b in shapes[:i])


def _dims(node: Any, facts: Facts) -> Dims:
    kind = facts.kind_of(node)
    return kind.dims if isinstance(kind, Array) else None


def _differ(a: Dim, b: Dim) -> bool:
    """Whether two sizes are known, and not known to be equal."""
    return a is not None and b is not None and a != b


def _clash(a: Dims, b: Dims) -> bool:
    """Whether shapes may not broadcast together."""
    pairs = zip(reversed(a or ()), reversed(b or ()), strict=False)
    return any(_differ(m, n) and 1 not in (m, n) for m, n in pairs)


def _overflows(target: Dims, value: Dims) -> bool:
    """Whether a value may not broadcast to the shape of what it is stored in."""
    pairs = zip(reversed(target or ()), reversed(value or ()), strict=False)
    return any(_differ(m, n) and n != 1 for m, n in pairs)


def _contract(a: Dims, b: Dims) -> bool:
    """Whether the axes that a product of matrices sums over may differ in size."""
    if not a or not b:
        return False
    return _differ(a[-1], b[-2] if len(b) > 1 else b[0])
