"""Functions that join arrays, cut them into pieces, repeat or extend them."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, program, rule
from sourcediff.runtime import (
    join_columns,
    join_rows,
    pad_constant_bar,
    require_padding,
    split_like,
    unblock,
    undelete,
    uninsert,
    unmeshgrid,
    unpad,
    unrepeat,
    unresize,
    untile,
)


@linear(np.concatenate, wrt=("arrays",), nests=True)
def concatenate(y_bar, arrays, axis=0):
    """
    >>> concatenate([v, w[:3]])
    >>> concatenate((A, C, A), axis=1)
    >>> concatenate([A, v], axis=None)
    >>> concatenate(T)
    >>> concatenate([v, z])
    """
    return split_like(y_bar, arrays, axis)


@linear(np.stack, wrt=("arrays",), nests=True)
def stack(y_bar, arrays, axis=0):
    """
    >>> stack([v, w])
    >>> stack((A, C), axis=-1)
    >>> stack([s, s * s])
    >>> stack(T, axis=1)
    >>> stack([v, z])
    """
    return np.moveaxis(y_bar, axis, 0)


@linear(np.vstack, wrt=("tup",), nests=True)
def vstack(y_bar, tup):
    """
    >>> vstack([v, w])
    >>> vstack((A, C[:1], C[0]))
    """
    return split_like(y_bar, tup, 0)


@linear(np.hstack, wrt=("tup",), nests=True)
def hstack(y_bar, tup):
    """
    >>> hstack([v, s, w])
    >>> hstack((A, C[:, :2]))
    """
    return split_like(y_bar, tup, min(1, np.ndim(y_bar) - 1))


@linear(np.dstack, wrt=("tup",), nests=True)
def dstack(y_bar, tup):
    """
    >>> dstack([v, w])
    >>> dstack((A, C))
    """
    return split_like(y_bar, tup, 2)


@linear(np.column_stack, wrt=("tup",), nests=True)
def column_stack(y_bar, tup):
    """
    >>> column_stack([v, w])
    >>> column_stack((A, C[:, 0]))
    """
    return split_like(y_bar, tup, 1)


program(np.r_)(join_rows)
program(np.c_)(join_columns)


@linear(join_rows, wrt=("pieces",), nests=True)
def rows_joined(y_bar, *pieces):
    """
    >>> rows_joined(v, s, w)
    >>> rows_joined(A, C)
    """
    return split_like(y_bar, pieces, 0)


@linear(join_columns, wrt=("pieces",), nests=True)
def columns_joined(y_bar, *pieces):
    """
    >>> columns_joined(v, w)
    >>> columns_joined(A, v[:3])
    """
    return split_like(y_bar, pieces, -1)


@linear(np.block, wrt=("arrays",), nests=True)
def block(y_bar, arrays):
    """
    >>> block([[A, C], [C, A]])
    >>> block([v, s, w])
    >>> block([[A, C[:, :1]], [A[:1], s]])
    """
    return unblock(y_bar, arrays)


@linear(np.split, view=True)
def split(y_bar, ary, indices_or_sections, axis=0):
    """
    >>> split(v, [2, 3])
    >>> split(A, 2, axis=1)
    """
    return np.concatenate(y_bar, axis=axis)


@linear(np.array_split, view=True)
def array_split(y_bar, ary, indices_or_sections, axis=0):
    """
    >>> array_split(v, 3)
    >>> array_split(A, [1, 2], axis=1)
    """
    return np.concatenate(y_bar, axis=axis)


@linear(np.hsplit, view=True)
def hsplit(y_bar, ary, indices_or_sections):
    """
    >>> hsplit(v, [2])
    >>> hsplit(A, 2)
    """
    return np.concatenate(y_bar, axis=min(1, np.ndim(ary) - 1))


@linear(np.vsplit, view=True)
def vsplit(y_bar, ary, indices_or_sections):
    """
    >>> vsplit(A, 3)
    """
    return np.concatenate(y_bar, axis=0)


@linear(np.dsplit, view=True)
def dsplit(y_bar, ary, indices_or_sections):
    """
    >>> dsplit(T, [1, 3])
    """
    return np.concatenate(y_bar, axis=2)


if hasattr(np, "unstack"):  # NumPy 2.1

    @linear(np.unstack, view=True)
    def unstack(y_bar, x, *, axis=0):
        """
        >>> unstack(A)
        >>> unstack(T, axis=1)
        """
        if len(y_bar) == 0:
            return np.zeros_like(x)
        return np.stack(y_bar, axis)


@linear(np.tile)
def tile(y_bar, A, reps):
    """
    >>> tile(v, 3)
    >>> tile(v, (2, 1))
    >>> tile(A, (2, 3))
    >>> tile(T, 2)
    >>> tile(z, 3)
    """
    return untile(y_bar, np.shape(A), reps)


@linear(np.repeat, np.ndarray.repeat)
def repeat(y_bar, a, repeats, axis=None):
    """
    >>> repeat(v, 3)
    >>> repeat(A, 2, axis=1)
    >>> repeat(A, [0, 2, 1], axis=0)
    >>> repeat(A, 2)
    """
    return unrepeat(y_bar, np.shape(a), repeats, axis)


@rule(np.pad, wrt=("array", "constant_values"))
def pad(y_bar, y, array, pad_width, mode="constant", *, constant_values=0):
    """
    >>> pad(v, 2)
    >>> pad(v, (1, 2), constant_values=1.5)
    >>> pad(A, ((1, 0), (2, 1)), mode="edge")
    >>> pad(A, ((1, 2), (2, 1)), mode="reflect")
    >>> pad(v, 4, mode="wrap")
    >>> pad(v, 3, "symmetric")
    >>> pad(z, 2)
    """
    array_bar = unpad(y_bar, np.shape(array), pad_width, mode)
    if mode == "constant":
        values_bar = pad_constant_bar(
            y_bar, constant_values, np.shape(array), pad_width
        )
        return array_bar, values_bar
    return array_bar, None


@jvp(pad)
def pad_jvp(
    array_dot,
    constant_values_dot,
    y,
    array,
    pad_width,
    mode="constant",
    *,
    constant_values=0,
):
    """The tangents of the elements that are written around it."""
    require_padding(mode)
    if mode == "constant":
        return np.pad(array_dot, pad_width, constant_values=constant_values_dot)
    return np.pad(array_dot, pad_width, mode)


@linear(np.resize)
def resize(y_bar, a, new_shape):
    """
    >>> resize(v, (3, 4))
    >>> resize(A, 5)
    """
    return unresize(y_bar, np.shape(a))


@linear(np.append, wrt=("arr", "values"))
def append(y_bar, arr, values, axis=None):
    """
    >>> append(v, s)
    >>> append(A, v)
    >>> append(A, C[:1], axis=0)
    >>> append(v, z)
    """
    arr_bar, values_bar = split_like(y_bar, (arr, values), axis)
    return arr_bar, values_bar


@linear(np.insert, wrt=("arr", "values"))
def insert(y_bar, arr, obj, values, axis=None):
    """
    >>> insert(v, 2, s)
    >>> insert(v, [1, 1, 4], w[:3])
    >>> insert(A, 1, v[:4], axis=0)
    >>> insert(A, [0, 2], s, axis=1)
    >>> insert(z, 2, s)
    """
    return uninsert(y_bar, arr, obj, values, axis)


@linear(np.delete)
def delete(y_bar, arr, obj, axis=None):
    """
    >>> delete(v, 1)
    >>> delete(A, [0, 2], axis=1)
    >>> delete(A, slice(1, 5, 2))
    """
    return undelete(y_bar, np.shape(arr), obj, axis)


@linear(np.meshgrid, wrt=("xi",), nests=True, view=True)
def meshgrid(y_bar, *xi, copy=True, sparse=False, indexing="xy"):
    """
    >>> meshgrid(v, A[0])
    >>> meshgrid(v, A[0], w[:2], indexing="ij")
    >>> meshgrid(v, A[0], sparse=True)
    >>> meshgrid(v, A[0], copy=False)
    """
    return unmeshgrid(y_bar, xi, indexing)
