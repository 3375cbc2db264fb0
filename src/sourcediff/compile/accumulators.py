"""Sums that begin as a number and become an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import blocks, root, walk_statements
from sourcediff.analysis.inference import KindFacts
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, Array, Kind, Scalar, alternatives, scalar_of
from sourcediff.transform.access import kind_before
from sourcediff.transform.build import at, loaded


def bind_sums_anew(program: Program, kinds: KindFacts) -> bool:
    """Replace `t += a` by `t = t + a` where `t` is a number first, an array later.

    A number is bound anew and an array is written into; what has one adjoint is only
    the first. Nobody can tell them apart where no other name shares the array and the
    result has its dtype and shape. The tree is the caller's to change; the answer is
    whether it was.
    """
    sums = [s for s in walk_statements(program.node.body) if _changes_kind(s, kinds)]
    if not sums:
        return False
    body, parameters = program.node.body, program.parameters
    aliases = Aliases(body, kinds.of, kinds.callee, lambda node: None, parameters)
    alone = {s for s in sums if not aliases.partners(s, root(s.target) or "")}
    _replace(body, lambda statement: statement in alone)
    return bool(alone)


def _changes_kind(statement: Any, kinds: KindFacts) -> bool:
    """Whether a statement adds to a number or an array what leaves arrays as they are.

    Like `t += v` where `t` is 0.0 before a loop and has the shape of `v` after it.
    """
    if not isinstance(statement, gast.AugAssign):
        return False
    names = kinds.before(statement)
    before = kind_before(statement.target, kinds.of, names)
    known = alternatives(before or UNKNOWN)
    given = scalar_of(kinds.of(statement.value))
    arrays = [kind for kind in known if isinstance(kind, Array)]
    return len(known) == 2 and len(arrays) == 1 and _keeps(arrays[0], given)


def _keeps(array: Array, given: Kind) -> bool:
    """Whether arithmetic of an array with a value gives an array of its sort."""
    if array.dtype.kind not in "fc" or not isinstance(given, Scalar | Array):
        return False
    if np.promote_types(array.dtype, given.dtype) != array.dtype:
        return False
    if isinstance(given, Scalar):
        return True
    if array.dims is None or given.dims is None or len(given.dims) > len(array.dims):
        return False
    pairs = zip(reversed(array.dims), reversed(given.dims), strict=False)
    return all(dim == 1 or (dim is not None and dim == own) for own, dim in pairs)


def _replace(body: list[Any], is_sum: Callable[[Any], bool]) -> None:
    for index, statement in enumerate(body):
        for inner in blocks(statement):
            _replace(inner, is_sum)
        if is_sum(statement):
            total = gast.BinOp(loaded(statement.target), statement.op, statement.value)
            made = gast.Assign([statement.target], total, None)
            body[index : index + 1] = at(statement, [made])
