"""The fast path: real arithmetic and ufuncs of one or two arguments.

Every operation of every program passes here. So what is one function in principle is
written out below for two tensors, for a tensor and a number, and for one tensor, each
asking as little as it can: floats of one shape and dtype have one and the same `Like`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import compress
from typing import Any

import numpy as np

from sourcediff.rules import Rule, lookup
from sourcediff.tensor.base import Base, like_of
from sourcediff.tensor.modes import special
from sourcediff.tensor.names import label_of
from sourcediff.tensor.node import clock
from sourcediff.tensor.record import call
from sourcediff.tensor.swift import Elementwise, Plan

_NUMBERS = {float, int}
# What computes with a number as with an array of its own precision; `x ** 2` does not.
_ARITHMETIC = {np.add, np.subtract, np.multiply, np.divide}
_LEFT, _RIGHT, _BOTH = (True, False), (False, True), (True, True)
_ndarray, _asarray = np.ndarray, np.asarray

_Record = Callable[[Any, Any], Any]


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
        like = x._like or like_of(x)
        if edge is None or like is None or special:
            return call(function, (x,), {}, name)
        a = x._array
        y = function(a)
        if y.__class__ is not _ndarray:
            y = _asarray(y)
        if plan is None:
            plan = _plan(function, name, (True,))
        node = Elementwise()
        node.plan = plan
        node.edge = edge
        node.result = y if plan.keep_result else None
        node.left = a if plan.keep_left else None
        node.right = node.likes = None
        node.number = clock()
        t = x.face()
        t._array = y
        t._node = node
        t._like = like
        return t

    record.__name__ = function.__name__
    return record


@functools.cache
def binary(function: Any, fast: Any = None, label: str | None = None) -> _Record:
    """A function of two arguments, at least one of them a tensor, that records itself.

    `fast` is the same function in a quicker form, as `operator.pow` of `np.power`.

    >>> import sourcediff.tensor as st
    >>> binary(np.multiply)(3, st.tensor([0.5], requires_grad=True))
    tensor([1.5000], grad_fn=<MulBackward0>)
    """
    name = label or label_of(function, _rule(function))
    compute = fast or function
    with_number = _with_number(function, compute, name, reflected=False)
    of_number = _with_number(function, compute, name, reflected=True)
    with_any = _with_any(function, compute, name)
    plans: Any = None

    def record(x: Any, y: Any) -> Any:
        nonlocal plans
        if y.__class__ is not x.__class__:
            if y.__class__ in _NUMBERS:
                return with_number(x, y)
            if x.__class__ in _NUMBERS:
                return of_number(y, x)
            return with_any(x, y)
        like = x._like
        left = x._node
        right = y._node
        if left is None and x._leaf:
            left = x
        if right is None and y._leaf:
            right = y
        if like is None or like is not y._like or special:
            return with_any(x, y)
        a = x._array
        b = y._array
        z = compute(a, b)
        if z.__class__ is not _ndarray:
            z = _asarray(z)
        if plans is None:
            plans = [_plan(function, name, holes) for holes in (_LEFT, _RIGHT, _BOTH)]
        node = Elementwise()
        if left is None:
            if right is None:
                return call(function, (x, y), {}, name)
            node.edge = right
            plan = plans[1]
        else:
            node.edge = left
            if right is None:
                plan = plans[0]
            else:
                plan = plans[2]
                node.other = right
        node.plan = plan
        node.result = z if plan.keep_result else None
        node.left = a if plan.keep_left else None
        node.right = b if plan.keep_right else None
        node.likes = None
        node.number = clock()
        t = x.face()
        t._array = z
        t._node = node
        t._like = like
        return t

    record.__name__ = function.__name__
    return record


def _with_number(function: Any, compute: Any, name: str, reflected: bool) -> _Record:
    """The function of a tensor and a Python number, or, `reflected`, of the reverse."""
    plan: Any = None
    converts = function in _ARITHMETIC

    def record(x: Any, n: Any) -> Any:
        nonlocal plan
        edge = x._node
        if edge is None and x._leaf:
            edge = x
        like = x._like or like_of(x)
        if edge is None or like is None or special:
            return call(function, (n, x) if reflected else (x, n), {}, name)
        a = x._array
        if converts:
            known = like.numbers.get(n)
            n = like.number(n) if known is None else known
        z = compute(n, a) if reflected else compute(a, n)
        if z.__class__ is not _ndarray:
            z = _asarray(z)
        if plan is None:
            plan = _plan(function, name, _RIGHT if reflected else _LEFT)
        node = Elementwise()
        node.plan = plan
        node.edge = edge
        node.result = z if plan.keep_result else None
        if reflected:
            node.left = n if plan.keep_left else None
            node.right = a if plan.keep_right else None
        else:
            node.left = a if plan.keep_left else None
            node.right = n if plan.keep_right else None
        node.likes = None
        node.number = clock()
        t = x.face()
        t._array = z
        t._node = node
        t._like = like
        return t

    return record


def _with_any(function: Any, compute: Any, name: str) -> _Record:
    """The function of two tensors of whatever kinds and shapes."""

    def record(x: Any, y: Any) -> Any:
        if not (isinstance(x, Base) and isinstance(y, Base)):
            return call(function, (x, y), {}, name)
        left, right = x.edge, y.edge
        likes = like_of(x), like_of(y)
        a, b = x._array, y._array
        known = None not in likes and a.dtype is b.dtype
        if special or not known or (left is None and right is None):
            return call(function, (x, y), {}, name)
        try:
            z = _asarray(compute(a, b))
        except ValueError as error:
            raise x.face.explained(error, function, (a, b)) from None
        t = x.face()
        t._array = z
        node = t._node = Elementwise()
        plan = _plan(function, name, (left is not None, right is not None))
        node.plan = plan
        node.edge = right if left is None else left
        if plan.two:
            node.other = right
        node.result = z if plan.keep_result else None
        node.left = a if plan.keep_left else None
        node.right = b if plan.keep_right else None
        wanted = compress(likes, plan.holes)
        node.likes = None if likes == (like_of(t),) * 2 else tuple(wanted)
        node.number = clock()
        return t

    return record
