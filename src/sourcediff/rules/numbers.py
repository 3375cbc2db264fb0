"""Derivatives of the built-in functions on numbers and sequences of them."""

from __future__ import annotations

import builtins

import numpy as np

from sourcediff.rules.declare import jvp, linear, rule
from sourcediff.runtime import (
    exceeds,
    scatter_add,
    sorting_order,
    tie_shares,
    unbroadcast,
)


@linear(builtins.sum, wrt=("iterable", "start"), nests=True)
def sum(y_bar, iterable, start=0):
    """
    >>> sum([s, t, 2.5])
    >>> sum((s, t), t)
    >>> sum(A)
    >>> sum([v, s, A[:1, :1]])
    """
    if isinstance(iterable, np.ndarray):
        return np.broadcast_to(y_bar, np.shape(iterable)), unbroadcast(y_bar, start)
    return [unbroadcast(y_bar, x) for x in iterable], unbroadcast(y_bar, start)


@rule(builtins.max, nests=True, packs={builtins.max: "args"})
def max(y_bar, y, args):
    """Equal numbers share evenly.

    >>> max(s, t)
    >>> max(s, 5.5, t)
    >>> max([s, t, 5.5])
    >>> max(v)
    """
    if len(args) == 2:
        return [y_bar * exceeds(args[0], args[1]), y_bar * exceeds(args[1], args[0])]
    return y_bar * tie_shares(args, y)


@jvp(max)
def max_jvp(args_dot, y, args):
    """The mean tangent of the numbers that are the largest."""
    return np.dot(tie_shares(args, y), args_dot)


@rule(builtins.min, nests=True, packs={builtins.min: "args"})
def min(y_bar, y, args):
    """Equal numbers share evenly.

    >>> min(s, t)
    >>> min(s, 5.5, t)
    >>> min([s, t, 5.5])
    >>> min(v)
    """
    if len(args) == 2:
        return [y_bar * exceeds(args[1], args[0]), y_bar * exceeds(args[0], args[1])]
    return y_bar * tie_shares(args, y)


@jvp(min)
def min_jvp(args_dot, y, args):
    """The mean tangent of the numbers that are the smallest."""
    return np.dot(tie_shares(args, y), args_dot)


@rule(builtins.sorted, nests=True)
def sorted(y_bar, y, iterable, /, *, reverse=False):
    """
    >>> sorted([s, 5.5, t])
    >>> sorted(v, reverse=True)
    """
    order = sorting_order(np.array(iterable), np.array(y), 0)
    return scatter_add(np.array(y_bar), order, np.array(iterable))


@jvp(sorted)
def sorted_jvp(iterable_dot, y, iterable, /, *, reverse=False):
    """The tangents in the order of the values."""
    order = sorting_order(np.array(iterable), np.array(y), 0)
    return list(np.array(iterable_dot)[order])
