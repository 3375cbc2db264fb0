"""Functions that make new arrays, from values or from shapes alone."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, nondifferentiable, program, rule
from sourcediff.runtime import unbroadcast


@linear(np.full, wrt=("fill_value",))
def full(y_bar, shape, fill_value, dtype=None, order="C"):
    """
    >>> full(3, s)
    >>> full((2, 5), v)
    >>> full(3, c)
    """
    return unbroadcast(y_bar, fill_value)


@linear(np.full_like, wrt=("fill_value",))
def full_like(y_bar, a, fill_value, dtype=None, order="K", subok=True, shape=None):
    """
    >>> full_like(A, s)
    >>> full_like(A, v[:4])
    """
    return unbroadcast(y_bar, fill_value)


@rule(np.arange, wrt=("start", "stop", "step"))
def arange(y_bar, y, start, stop=None, step=1):
    """
    A stop decides how many elements there are, not what they are.

    >>> arange(s, 6.1, 0.5)
    >>> arange(s, 6.1, t)
    >>> arange(5.3, s, -t)
    """
    if stop is None:
        return 0.0, None, None
    steps = np.arange(len(y_bar), dtype=y_bar.dtype)
    return np.sum(y_bar), 0.0, np.sum(y_bar * steps)


@jvp(arange)
def arange_jvp(start_dot, stop_dot, step_dot, y, start, stop=None, step=1):
    if stop is None:
        return np.zeros_like(y)
    return start_dot + step_dot * np.arange(len(y), dtype=np.result_type(y))


@linear(np.linspace, wrt=("start", "stop"))
def linspace(y_bar, start, stop, num=50, endpoint=True, *, dtype=None, axis=0):
    """
    >>> linspace(s, 2.5, 7)
    >>> linspace(v, w, 4, endpoint=False)
    >>> linspace(v, s, 4, axis=-1)
    >>> linspace(c, s, 5)
    """
    t = np.linspace(0, 1, num, endpoint, dtype=y_bar.dtype)
    return (
        unbroadcast(np.tensordot(1 - t, y_bar, (0, axis)), start),
        unbroadcast(np.tensordot(t, y_bar, (0, axis)), stop),
    )


@rule(np.logspace, wrt=("start", "stop"))
def logspace(y_bar, y, start, stop, num=50, endpoint=True, base=10.0, *, axis=0):
    """
    >>> logspace(s, 1.5, 7)
    >>> logspace(v, w, 4, endpoint=False, base=2.0)
    >>> logspace(v, s, 4, axis=-1)
    >>> logspace(c, s, 5)
    """
    t = np.linspace(0, 1, num, endpoint, dtype=y_bar.dtype)
    exponent_bar = y_bar * np.conj(y) * np.log(base)
    return (
        unbroadcast(np.tensordot(1 - t, exponent_bar, (0, axis)), start),
        unbroadcast(np.tensordot(t, exponent_bar, (0, axis)), stop),
    )


@jvp(logspace)
def logspace_jvp(
    start_dot, stop_dot, y, start, stop, num=50, endpoint=True, base=10.0, *, axis=0
):
    exponent_dot = np.linspace(start_dot, stop_dot, num, endpoint, axis=axis)
    return y * np.log(base) * exponent_dot


@rule(np.geomspace, wrt=("start", "stop"))
def geomspace(y_bar, y, start, stop, num=50, endpoint=True, *, axis=0):
    """
    >>> geomspace(2.5, p[0], 7)
    >>> geomspace(p, p + 1, 4, endpoint=False)
    >>> geomspace(p, 3.5, 4, axis=-1)
    >>> geomspace(c, s, 5)
    """
    t = np.linspace(0, 1, num, endpoint, dtype=y_bar.dtype)
    logarithm_bar = y_bar * np.conj(y)
    return (
        unbroadcast(
            np.tensordot(1 - t, logarithm_bar, (0, axis)) / np.conj(start), start
        ),
        unbroadcast(np.tensordot(t, logarithm_bar, (0, axis)) / np.conj(stop), stop),
    )


@jvp(geomspace)
def geomspace_jvp(
    start_dot, stop_dot, y, start, stop, num=50, endpoint=True, *, axis=0
):
    return y * np.linspace(start_dot / start, stop_dot / stop, num, endpoint, axis=axis)


nondifferentiable(
    *(np.empty, np.empty_like, np.ones, np.ones_like, np.zeros, np.zeros_like),
    *(np.eye, np.identity, np.tri, np.indices, np.ix_),
    *(np.bartlett, np.blackman, np.hamming, np.hanning),
)


@program(np.ndarray)
def ndarray(shape, dtype=float, *, order="C"):
    return np.empty(shape, dtype, order)
