"""Derivatives of the runtime's helpers, so that generated code differentiates again."""

from __future__ import annotations

import numpy as np

from sourcediff import runtime
from sourcediff.rules.declare import elementwise, linear


@linear(runtime.unbroadcast, wrt=("x_bar", "x"), view=True)
def unbroadcast(y_bar, x_bar, x):
    """
    >>> unbroadcast(A, A[0])
    >>> unbroadcast(A, A[:, :1])
    >>> unbroadcast(A, 1.5)
    >>> unbroadcast(v, v)
    """
    return np.broadcast_to(runtime.cast_like(y_bar, x_bar), np.shape(x_bar)), None


@linear(runtime.cast_like, wrt=("x_bar", "x"), view=True)
def cast_like(y_bar, x_bar, x):
    """
    >>> cast_like(v, w)
    >>> cast_like(z, v)
    """
    return runtime.cast_like(y_bar, x_bar), None


@elementwise(runtime.divide_or_zero)
def divide_or_zero(z, x, y):
    """
    >>> divide_or_zero(v, p)
    >>> divide_or_zero(A, C)
    """
    return runtime.divide_or_zero(1, y), -runtime.divide_or_zero(z, y)


@elementwise(runtime.log_or_zero)
def log_or_zero(y, x):
    """
    >>> log_or_zero(p)
    >>> log_or_zero(s)
    """
    return runtime.divide_or_zero(1, x)


@elementwise(runtime.lowered)
def lowered(y, n, x):
    """
    >>> lowered(v, p)
    >>> lowered(s, t)
    """
    return 1, 0


@elementwise(runtime.bessel_i1)
def bessel_i1(y, x):
    """
    >>> bessel_i1(v)
    >>> bessel_i1(s)
    """
    return runtime.bessel_i1_slope(y, x)


@elementwise(runtime.polygamma, wrt=("x",))
def polygamma(y, n, x):
    """
    >>> polygamma(0, s)
    >>> polygamma(1, -2.3)
    """
    return runtime.polygamma(n + 1, x)


@linear(runtime.copied)
def copied(y_bar, x):
    """
    >>> copied(A)
    >>> copied(s)
    """
    return y_bar


@linear(runtime.private, wrt=("values",), view=True, nests=True)
def private(y_bar, *values):
    """The copies share memory with each other, if not with their originals.

    >>> private(v, A)
    >>> private(v, v)
    """
    return y_bar


@linear(runtime.rebuild, wrt=("values",), nests=True, view=True)
def rebuild(y_bar, like, values):
    """For named tuples; the compiler knows the parts of other objects by name.

    >>> rebuild(np.linalg.slogdet(M), (v, w))
    """
    return list(y_bar)


@linear(runtime.add, wrt=("x_bar", "y_bar"))
def add_structures(z_bar, x_bar, y_bar):
    """
    >>> add_structures(v, w)
    >>> add_structures(s, t)
    """
    return z_bar, z_bar


@linear(runtime.gather_last, wrt=("a",))
def gather_last(y_bar, a, key):
    """
    >>> gather_last(v, i)
    """
    kept = runtime.gather_last(np.ones(np.shape(a), dtype=bool), key)
    return runtime.scatter_add(np.where(kept, y_bar, 0), key, a)
