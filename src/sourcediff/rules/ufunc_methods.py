"""The methods of ufuncs that have no shorter derivative: as programs of the ufunc."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import linear, mutation, program
from sourcediff.runtime import (
    indexed_shape,
    occurrences,
    scatter_add,
    segment_key,
    segment_lengths,
    segments,
)


def _declare_outer(ufunc):
    @program(ufunc.outer)
    def outer(A, B):
        return ufunc(np.reshape(A, np.shape(A) + (1,) * np.ndim(B)), B)


def _declare_reduce(ufunc):
    @program(ufunc.reduce)
    def reduce(array, axis=0, *, keepdims=False):
        if axis is None:
            array, axis = np.reshape(array, (-1,) + (1,) * (np.ndim(array) - 1)), 0
        items = np.moveaxis(array, axis, 0)
        y = items[0]
        for k in range(1, np.shape(items)[0]):
            y = ufunc(y, items[k])
        return np.expand_dims(y, axis) if keepdims else y


def _declare_accumulate(ufunc):
    @program(ufunc.accumulate)
    def accumulate(array, axis=0):
        items = np.moveaxis(array, axis, 0)
        y = [items[0]]
        for k in range(1, np.shape(items)[0]):
            y.append(ufunc(y[-1], items[k]))
        return np.moveaxis(np.stack(y), 0, axis)


def _declare_reduceat(ufunc):
    @program(ufunc.reduceat)
    def reduceat(array, indices, axis=0):
        items = np.moveaxis(array, axis, 0)
        pieces = segments(indices, np.shape(items)[0])
        y = [ufunc.reduce(items[start:stop], axis=0) for start, stop in pieces]
        return np.moveaxis(np.stack(y), 0, axis)


# NumPy's own np.power.reduce(p) is wrong (it takes a whole row for one exponent).
_OF_PAIRS = (np.power, np.float_power, np.arctan2, np.copysign, np.remainder, np.fmod)
_FOLDED = (np.hypot, np.logaddexp2, np.fmax, np.fmin, np.divide)
_REDUCED = (np.maximum, np.minimum, np.logaddexp)


def _declare_at(ufunc):
    @mutation(ufunc.at)
    def at(a, indices, b):
        """Elements that are named several times are written as often, one by one.

        >>> at(p, i, w)
        """
        shape = indexed_shape(indices, np.shape(a))
        values = np.reshape(np.broadcast_to(b, shape), -1)
        for key, places in occurrences(indices, np.shape(a)):
            a[key] = ufunc(a[key], values[places])


def _declare_at_of_one(ufunc):
    @mutation(ufunc.at)
    def at(a, indices):
        """
        >>> at(4 + p, [0, 2, 2])
        """
        for key, _ in occurrences(indices, np.shape(a)):
            a[key] = ufunc(a[key])


def _declare(method, ufuncs):
    for ufunc in ufuncs:
        method(ufunc)


_declare(_declare_outer, (*_OF_PAIRS, *_FOLDED, *_REDUCED))
_declare(_declare_reduce, (*_FOLDED, np.subtract))
_declare(_declare_accumulate, (*_FOLDED, np.subtract, np.logaddexp))
_declare(_declare_reduceat, (*_FOLDED, *_REDUCED, np.subtract, np.multiply))
_declare(_declare_at, (*_OF_PAIRS, *_FOLDED, *_REDUCED, np.multiply))
_declare(
    _declare_at_of_one,
    (
        *(np.negative, np.exp, np.log, np.sqrt, np.square),
        *(np.reciprocal, np.sin, np.cos, np.tanh),
    ),
)


@linear(np.add.reduceat)
def add_reduceat(y_bar, array, indices, axis=0):
    """
    >>> add_reduceat(v, [0, 2, 3])
    >>> add_reduceat(v, [3, 0, 1, 1])
    >>> add_reduceat(A, [0, 2], axis=1)
    """
    n = np.shape(array)[axis]
    spread = np.repeat(y_bar, segment_lengths(indices, n), axis=axis)
    return scatter_add(spread, segment_key(indices, n, axis, np.ndim(array)), array)
