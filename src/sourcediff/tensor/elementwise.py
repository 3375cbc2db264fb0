"""The fast path: real arithmetic and ufuncs of one or two arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.rules import Rule, lookup
from sourcediff.tensor.base import Base
from sourcediff.tensor.modes import special
from sourcediff.tensor.names import label_of
from sourcediff.tensor.node import Node, clock, kind
from sourcediff.tensor.pulls import is_fresh, partials_of, product, pull_of
from sourcediff.tensor.reads import values_read
from sourcediff.tensor.record import call

_F64, _F32 = np.dtype(np.float64), np.dtype(np.float32)
_NUMBERS = {float, int, np.float64, np.float32}
_new = object.__new__
_ndarray = np.ndarray


class Elementwise(Node):
    """An operation on real elements; saves the result and the arguments it reads."""

    partials: Callable[..., Any]
    repeats = False
    holes: tuple[bool, ...] = (True,)

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """The same on recorded values."""
        result, *args = self.saved
        made = Base.numpy_face.made
        edges = iter(self.edges)
        # What is not wanted is a constant; what is not read is None.
        tracked = [
            (value if value is None else made(value, edge))
            for value, edge in (
                (value, next(edges)) if wanted else (value, None)
                for value, wanted in zip(args, self.holes, strict=True)
            )
        ]
        if result is not None:
            result = made(result, self)
        given = self.partials(result, *tracked)
        if len(self.edges) == 1:
            return (product(seed, given),)
        return tuple(product(seed, partial) for partial in given)

    def saved_arrays(self) -> list[Any]:
        """What the partials read."""
        return [value for value in self.saved or () if type(value) is _ndarray]

    def inputs(self) -> tuple[Any, ...]:
        """The edges, None for a constant."""
        edges = iter(self.edges)
        return tuple(next(edges) if wanted else None for wanted in self.holes)


@functools.cache
def _plan(
    function: Any, label: str, wanted: tuple[bool, ...], exact: bool
) -> tuple[Any, ...]:
    """The class of nodes for these wanted arguments, and what it must save."""
    rule = _rule(function)
    names = list(rule.function.__code__.co_varnames)[: len(wanted) + 1]
    read = values_read(rule, wanted)
    keep = tuple(read is None or name in read for name in names)
    made = type(
        label,
        (kind(Elementwise, label),),
        {
            "partials": staticmethod(partials_of(rule, wanted)),
            "pull": pull_of(rule, wanted),
            "holes": wanted,
            "keeps": any(keep),
            "exact": exact,
            "fresh": is_fresh(rule, wanted),
            "__module__": __name__,
        },
    )
    return (made, *keep)


def _rule(function: Any) -> Rule:
    rule = lookup(function)
    if rule is None:
        raise LookupError(f"{function!r} has no rule")
    return rule


@functools.cache
def unary(function: Any, label: str | None = None) -> Callable[[Any], Any]:
    """A function of one argument that records itself.

    >>> import sourcediff.tensor as st
    >>> unary(np.exp)(st.tensor([0.0], requires_grad=True))
    tensor([1.], grad_fn=<ExpBackward0>)
    """
    name = label or label_of(function, _rule(function))
    plan: list[Any] = []

    def record(x: Any) -> Any:
        edge = x._node
        if edge is None and x._leaf:
            edge = x
        a = x._array
        dtype = a.dtype
        if edge is None or special or (dtype is not _F64 and dtype is not _F32):
            return call(function, (x,), {}, name)
        y = function(a)
        if type(y) is not _ndarray:
            y = np.asarray(y)
        if not plan:
            plan.extend(_plan(function, name, (True,), True))
        made, keep_y, keep_a = plan
        node = _new(made)
        node.edges = (edge,)
        node.saved = (y if keep_y else None, a if keep_a else None)
        node.shape = y.shape
        node.dtype = dtype
        node.number = clock()
        t = _new(x.face)
        t._array = y
        t._node = node
        return t

    return record


@functools.cache
def binary(
    function: Any, fast: Any = None, label: str | None = None
) -> Callable[[Any, Any], Any]:
    """A function of two arguments, at least one of them a tensor, that records itself.

    `fast` is the same function in a quicker form, as `operator.mul` of `np.multiply`.

    >>> import operator
    >>> import sourcediff.tensor as st
    >>> binary(np.multiply, operator.mul)(3, st.tensor([0.5], requires_grad=True))
    tensor([1.5000], grad_fn=<MulBackward0>)
    """
    name = label or label_of(function, _rule(function))
    compute = fast or function
    plans: dict[int, Any] = {}

    def record(x: Any, y: Any) -> Any:
        if isinstance(x, Base):
            a = x._array
            left = x._node
            if left is None and x._leaf:
                left = x
            face = x.face
        elif type(x) in _NUMBERS:
            a = x
            left = None
            face = y.face
        else:
            return call(function, (x, y), {}, name)
        if isinstance(y, Base):
            b = y._array
            right = y._node
            if right is None and y._leaf:
                right = y
        elif type(y) in _NUMBERS:
            b = y
            right = None
        else:
            return call(function, (x, y), {}, name)
        if left is None:
            if right is None:
                return call(function, (x, y), {}, name)
            edges = (right,)
            which = -1 if type(x) is float else 1
        elif right is None:
            edges = (left,)
            which = -2 if type(y) is float else 2
        else:
            edges = (left, right)
            which = 3
        if special:
            return call(function, (x, y), {}, name)
        try:
            z = compute(a, b)
        except ValueError as error:
            raise face.explained(error, function, (a, b)) from None
        if type(z) is not _ndarray:
            z = np.asarray(z)
        dtype = z.dtype
        if dtype is not _F64 and dtype is not _F32:
            return call(function, (x, y), {}, name)
        if which not in plans:
            wanted = ((which & 2) > 0, (which & 1) > 0) if which > 0 else (which == -2, which == -1)
            plans[which] = _plan(function, name, wanted, which < 0)
        made, keep_z, keep_a, keep_b = plans[which]
        node = _new(made)
        node.edges = edges
        node.saved = (
            z if keep_z else None,
            a if keep_a else None,
            b if keep_b else None,
        )
        node.shape = z.shape
        node.dtype = dtype
        node.number = clock()
        t = _new(face)
        t._array = z
        t._node = node
        return t

    return record
