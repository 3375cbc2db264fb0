"""Functions that rearrange the axes and the shape of one array."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import linear
from sourcediff.runtime import add_windows, reshape_in_order, unbroadcast


@linear(np.reshape, np.ndarray.reshape, view=True, packs={np.ndarray.reshape: "shape"})
def reshape(y_bar, a, shape, order="C"):
    """
    >>> reshape(A, (2, 6))
    >>> reshape(A, -1)
    >>> reshape(A, (6, 2), order="F")
    """
    if order == "C":
        return np.reshape(y_bar, np.shape(a))
    return reshape_in_order(y_bar, np.shape(a), order)


@linear(np.ravel, np.ndarray.ravel, view=True)
def ravel(y_bar, a, order="C"):
    """
    >>> ravel(A)
    >>> ravel(A.T, order="F")
    """
    if order == "C":
        return np.reshape(y_bar, np.shape(a))
    return reshape_in_order(y_bar, np.shape(a), order)


@linear(np.ndarray.flatten)
def flatten(y_bar, a, order="C"):
    """
    >>> flatten(A)
    >>> flatten(A, "F")
    """
    if order == "C":
        return np.reshape(y_bar, np.shape(a))
    return reshape_in_order(y_bar, np.shape(a), order)


@linear(np.ndarray.flat, view=True)
def flat(y_bar, a):
    """
    >>> flat(A)
    """
    return np.reshape(y_bar, np.shape(a))


@linear(np.ndarray.T, view=True)
def transposed(y_bar, a):
    """
    >>> transposed(A)
    >>> transposed(T)
    """
    return y_bar.T


@linear(
    np.transpose,
    np.ndarray.transpose,
    view=True,
    packs={np.ndarray.transpose: "axes"},
)
def transpose(y_bar, a, axes=None):
    """
    >>> transpose(A)
    >>> transpose(A, (-1, 0))
    >>> transpose(T, (2, 0, 1))
    >>> transpose(T, (-1, 0, 1))
    """
    if axes is None:
        return np.transpose(y_bar)
    if np.ndim(a) == 2:  # either way round its own inverse
        return np.transpose(y_bar, axes)
    return np.transpose(y_bar, np.argsort(np.mod(axes, np.ndim(a))))


@linear(np.ndarray.mT, np.matrix_transpose, np.linalg.matrix_transpose, view=True)
def matrix_transpose(y_bar, x):
    """
    >>> matrix_transpose(T)
    """
    return np.swapaxes(y_bar, -1, -2)


@linear(np.swapaxes, np.ndarray.swapaxes, view=True)
def swapaxes(y_bar, a, axis1, axis2):
    """
    >>> swapaxes(T, 0, 2)
    """
    return np.swapaxes(y_bar, axis1, axis2)


@linear(np.moveaxis, view=True)
def moveaxis(y_bar, a, source, destination):
    """
    >>> moveaxis(T, 0, -1)
    >>> moveaxis(T, (0, 1), (2, 0))
    """
    return np.moveaxis(y_bar, destination, source)


@linear(np.rollaxis, view=True)
def rollaxis(y_bar, a, axis, start=0):
    """
    >>> rollaxis(T, 2)
    >>> rollaxis(T, 0, 3)
    >>> rollaxis(T, -1, 1)
    """
    axis = axis % np.ndim(a)
    if start < 0:
        start = start + np.ndim(a)
    if axis < start:
        start = start - 1
    return np.moveaxis(y_bar, start, axis)


@linear(np.squeeze, np.ndarray.squeeze, view=True)
def squeeze(y_bar, a, axis=None):
    """
    >>> squeeze(A[:, None])
    >>> squeeze(A[:, None, :, None], axis=(1, 3))
    """
    if axis is None:
        return np.reshape(y_bar, np.shape(a))
    return np.expand_dims(y_bar, axis)


@linear(np.expand_dims, view=True)
def expand_dims(y_bar, a, axis):
    """
    >>> expand_dims(A, 1)
    >>> expand_dims(A, (0, -1))
    >>> expand_dims(s, 0)
    """
    return np.squeeze(y_bar, axis)


@linear(np.atleast_1d, view=True)
def atleast_1d(y_bar, a):
    """
    >>> atleast_1d(s)
    >>> atleast_1d(A)
    """
    return np.reshape(y_bar, np.shape(a))


@linear(np.atleast_2d, view=True)
def atleast_2d(y_bar, a):
    """
    >>> atleast_2d(s)
    >>> atleast_2d(v)
    """
    return np.reshape(y_bar, np.shape(a))


@linear(np.atleast_3d, view=True)
def atleast_3d(y_bar, a):
    """
    >>> atleast_3d(v)
    >>> atleast_3d(A)
    """
    return np.reshape(y_bar, np.shape(a))


@linear(np.broadcast_to, view=True)
def broadcast_to(y_bar, array, shape):
    """
    >>> broadcast_to(v, (3, 5))
    >>> broadcast_to(s, (2, 3))
    >>> broadcast_to(A[:, None, :1], (2, 3, 4, 5))
    """
    return unbroadcast(y_bar, array)


@linear(np.broadcast_arrays, wrt=("args",), view=True, nests=True)
def broadcast_arrays(y_bar, *args):
    """
    >>> broadcast_arrays(v, A[:, :1], s)
    """
    return [unbroadcast(a_bar, a) for a_bar, a in zip(y_bar, args, strict=True)]


@linear(np.lib.stride_tricks.sliding_window_view, view=True)
def sliding_window_view(y_bar, x, window_shape, axis=None):
    """
    >>> sliding_window_view(v, 3)
    >>> sliding_window_view(A, (2, 3))
    >>> sliding_window_view(A, 2, axis=0)
    >>> sliding_window_view(A, (2, 2), axis=(-1, -1))
    """
    return add_windows(y_bar, np.shape(x), window_shape, axis)


@linear(np.flip, view=True)
def flip(y_bar, m, axis=None):
    """
    >>> flip(A)
    >>> flip(A, axis=1)
    >>> flip(T, (0, 2))
    """
    return np.flip(y_bar, axis)


@linear(np.fliplr, view=True)
def fliplr(y_bar, m):
    """
    >>> fliplr(A)
    """
    return np.fliplr(y_bar)


@linear(np.flipud, view=True)
def flipud(y_bar, m):
    """
    >>> flipud(A)
    >>> flipud(v)
    """
    return np.flipud(y_bar)


@linear(np.rot90, view=True)
def rot90(y_bar, m, k=1, axes=(0, 1)):
    """
    >>> rot90(A)
    >>> rot90(T, 3, axes=(1, 2))
    """
    return np.rot90(y_bar, -k, axes)


@linear(np.roll)
def roll(y_bar, a, shift, axis=None):
    """
    >>> roll(v, 2)
    >>> roll(A, -1, axis=1)
    >>> roll(A, 3)
    >>> roll(T, (1, 2), axis=(0, 2))
    """
    if isinstance(shift, (tuple, list)):
        return np.roll(y_bar, np.negative(shift), axis)
    if axis is None:
        return np.roll(y_bar, -shift)
    return np.roll(y_bar, -shift, axis)
