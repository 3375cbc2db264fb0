"""The fast path: real arithmetic and ufuncs of one or two arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.rules import Rule, lookup
from sourcediff.tensor.base import Base, Like
from sourcediff.tensor.modes import special
from sourcediff.tensor.names import label_of
from sourcediff.tensor.node import clock
from sourcediff.tensor.record import call
from sourcediff.tensor.swift import Elementwise, Plan

_F64, _F32 = np.dtype(np.float64), np.dtype(np.float32)
_NUMBERS = {float, int}
_ndarray = np.ndarray


@functools.cache
def _plan(function: Any, label: str, holes: tuple[bool, ...]) -> Plan:
    return Plan(_rule(function), label, holes)


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
    plan: Any = None

    def record(x: Any) -> Any:
        nonlocal plan
        edge = x._node
        if edge is None and x._leaf:
            edge = x
        a = x._array
        dtype = a.dtype
        if edge is None or special or (dtype is not _F64 and dtype is not _F32):
            return call(function, (x,), {}, name)
        y = function(a)
        if y.__class__ is not _ndarray:
            y = np.asarray(y)
        if plan is None:
            plan = _plan(function, name, (True,))
        node = Elementwise()
        node.plan = plan
        node.edges = (edge,)
        node.saved = (
            y if plan.keep_result else None,
            a if plan.keep_left else None,
        )
        node.likes = None
        node.number = clock()
        t = x.face()
        t._array = y
        t._node = node
        return t

    record.__name__ = function.__name__
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
    plan_left: Any = None
    plan_right: Any = None
    plan_both: Any = None

    # The two functions below are one in principle. They are written out, and ask as
    # little as they can, because every operation of every program passes here.

    def record(x: Any, y: Any) -> Any:
        nonlocal plan_left, plan_right, plan_both
        if not isinstance(x, Base):
            return reflected(x, y)
        left = x._node
        if left is None and x._leaf:
            left = x
        a = x._array
        if type(y) is type(x) or isinstance(y, Base):
            right = y._node
            if right is None and y._leaf:
                right = y
            b = y._array
            dtype = a.dtype
            exact = dtype is b.dtype and a.shape == b.shape
        elif y.__class__ in _NUMBERS:
            right = None
            b = y
            exact = True
            dtype = a.dtype
        else:
            return call(function, (x, y), {}, name)
        if special or (dtype is not _F64 and dtype is not _F32):
            return call(function, (x, y), {}, name)
        try:
            z = compute(a, b)
        except ValueError as error:
            raise x.face.explained(error, function, (a, b)) from None
        if z.__class__ is not _ndarray:
            z = np.asarray(z)
        if not exact and z.dtype is not _F64 and z.dtype is not _F32:
            return call(function, (x, y), {}, name)
        if left is not None:
            if right is not None:
                edges: tuple[Any, ...] = (left, right)
                if plan_both is None:
                    plan_both = _plan(function, name, _BOTH)
                plan = plan_both
            else:
                edges = (left,)
                if plan_left is None:
                    plan_left = _plan(function, name, _LEFT)
                plan = plan_left
        elif right is not None:
            edges = (right,)
            if plan_right is None:
                plan_right = _plan(function, name, _RIGHT)
            plan = plan_right
        else:
            return call(function, (x, y), {}, name)
        node = Elementwise()
        node.plan = plan
        node.edges = edges
        node.saved = (
            z if plan.keep_result else None,
            a if plan.keep_left else None,
            b if plan.keep_right else None,
        )
        node.likes = None if exact else _likes(left, a, right, b)
        node.number = clock()
        t = x.face()
        t._array = z
        t._node = node
        return t

    def reflected(x: Any, y: Any) -> Any:
        nonlocal plan_right
        right = y._node
        if right is None and y._leaf:
            right = y
        if right is None or special or x.__class__ not in _NUMBERS:
            return call(function, (x, y), {}, name)
        b = y._array
        z = compute(x, b)
        if z.__class__ is not _ndarray:
            z = np.asarray(z)
        if z.dtype is not b.dtype or (z.dtype is not _F64 and z.dtype is not _F32):
            return call(function, (x, y), {}, name)
        if plan_right is None:
            plan_right = _plan(function, name, _RIGHT)
        plan = plan_right
        node = Elementwise()
        node.plan = plan
        node.edges = (right,)
        node.saved = (
            z if plan.keep_result else None,
            x if plan.keep_left else None,
            b if plan.keep_right else None,
        )
        node.likes = None
        node.number = clock()
        t = y.face()
        t._array = z
        t._node = node
        return t

    record.__name__ = function.__name__
    return record


_LEFT, _RIGHT, _BOTH = (True, False), (False, True), (True, True)


def _likes(left: Any, a: Any, right: Any, b: Any) -> tuple[Like, ...]:
    """The shapes and dtypes of the tracked arguments."""
    pairs = ((left, a), (right, b))
    return tuple(
        Like(array.shape, array.dtype) for edge, array in pairs if edge is not None
    )
