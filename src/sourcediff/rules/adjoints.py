"""Derivatives of the helpers that undo NumPy's functions: mostly those functions."""

from __future__ import annotations

import numpy as np

from sourcediff import runtime
from sourcediff.rules.declare import jvp, linear, rule


@linear(runtime.scatter_add)
def scatter_add(x_bar, y_bar, key, like):
    """
    >>> scatter_add(v, i, w)
    >>> scatter_add(A[0], (1, slice(None)), C)
    >>> scatter_add(s, (1, 2), A)
    """
    return x_bar[key]


@linear(runtime.add_windows)
def add_windows(x_bar, y_bar, shape, window_shape, axis=None):
    """
    >>> add_windows(A, (6,), 4)
    >>> add_windows(T, (2, 6), 4, axis=-1)
    """
    windows = np.lib.stride_tricks.sliding_window_view(x_bar, window_shape, axis)
    return runtime.unbroadcast(windows, y_bar)


@linear(runtime.place_diagonal)
def place_diagonal(x_bar, y_bar, shape, offset=0, axis1=0, axis2=1):
    """
    >>> place_diagonal(v, (5, 6), 1)
    >>> place_diagonal(A, (4, 4, 3), 0, 0, 1)
    """
    return runtime.unbroadcast(np.diagonal(x_bar, offset, axis1, axis2), y_bar)


@linear(runtime.reshape_in_order)
def reshape_in_order(z_bar, y_bar, shape, order):
    """
    >>> reshape_in_order(A, (2, 6), "F")
    """
    return np.reshape(z_bar, np.shape(y_bar), order=order)


@linear(runtime.split_like, view=True)
def split_like(pieces_bar, y_bar, arrays, axis):
    """
    >>> split_like(A, (B[:3, :1], v[:3], A[:, :2]), 1)
    >>> split_like(v, (A[:, :1], w[:2]), None)
    """
    return runtime.join_like(pieces_bar, np.shape(y_bar), axis)


@linear(runtime.join_like, nests=True)
def join_like(y_bar, pieces, shape, axis):
    """
    >>> join_like((v[:3], A[:, :2]), (3, 3), 1)
    """
    return runtime.split_like(y_bar, pieces, axis)


@linear(runtime.unblock, view=True)
def unblock(blocks_bar, y_bar, arrays):
    """
    >>> unblock(A, [[A[:2, :1], A[:2, 1:]], [A[2:, :3], s]])
    """
    return np.reshape(np.block(blocks_bar), np.shape(y_bar))


@linear(runtime.undiff_parts)
def undiff_parts(parts_bar, y_bar, parts, n, axis):
    """
    >>> undiff_parts(v, (s, v, None), 1, -1)
    >>> undiff_parts(A, (v[0], B[:3], C), 2, 1)
    """
    return runtime.diff_of_parts(parts_bar, n, axis)


@linear(runtime.untile)
def untile(x_bar, y_bar, shape, reps):
    """
    >>> untile(A, (2,), (3, 2))
    """
    return np.tile(x_bar, reps)


@linear(runtime.unrepeat)
def unrepeat(x_bar, y_bar, shape, repeats, axis):
    """
    >>> unrepeat(v, (3,), [0, 2, 3], 0)
    >>> unrepeat(A, (3, 2), 2, 1)
    """
    return np.repeat(x_bar, repeats, axis)


@linear(runtime.unpad, view=True)
def unpad(x_bar, y_bar, shape, pad_width, mode):
    """
    >>> unpad(v, (3,), 1, "constant")
    >>> unpad(A, (2, 2), ((1, 0), (1, 1)), "edge")
    """
    return np.pad(x_bar, pad_width, mode)


@linear(runtime.unresize)
def unresize(x_bar, y_bar, shape):
    """
    >>> unresize(v, (2,))
    >>> unresize(A, (5, 3))
    """
    return np.resize(x_bar, np.shape(y_bar))


@linear(runtime.undelete)
def undelete(x_bar, y_bar, shape, obj, axis):
    """
    >>> undelete(v, (6,), 2, 0)
    """
    return np.delete(x_bar, obj, axis)


@linear(runtime.cycle)
def cycle(y_bar, values, shape):
    """
    >>> cycle(v, (3, 4))
    >>> cycle(s, (3,))
    """
    if np.ndim(values) == 0:
        return np.sum(y_bar)
    return runtime.unresize(y_bar, np.shape(values))


@linear(runtime.undiff)
def undiff(x_bar, y_bar, shape, n=1, axis=-1):
    """
    >>> undiff(v, (6,))
    >>> undiff(A, (5, 4), 2, 0)
    """
    return np.diff(x_bar, n, axis)


@linear(runtime.ungradient)
def ungradient(f_bar, y_bar, f, spacings, axis, edge_order):
    """
    >>> ungradient(v, w, (0.3,), None, 1)
    >>> ungradient((A, C), A, (), None, 2)
    """
    return np.gradient(f_bar, *spacings, axis=axis, edge_order=edge_order)


@linear(runtime.refit, view=True)
def refit(y_bar, x, shape):
    """
    >>> refit(A, (2, 6))
    >>> refit(v, (5,))
    """
    return runtime.refit(y_bar, np.shape(x))


@linear(runtime.rfft_bar)
def rfft_bar(x_bar, y_bar, n, axis, norm):
    """
    >>> rfft_bar(z[:3], 5, 0, None)
    >>> rfft_bar(Z, 6, -1, "ortho")
    """
    return np.fft.rfft(x_bar, n, axis, norm)


@linear(runtime.irfft_bar)
def irfft_bar(x_bar, y_bar, axis, norm):
    """
    >>> irfft_bar(v, 0, None)
    >>> irfft_bar(A, 1, "ortho")
    """
    return np.fft.irfft(x_bar, np.shape(y_bar)[axis], axis, norm)


@linear(runtime.rfftn_bar)
def rfftn_bar(x_bar, y_bar, shape, s, axes, norm):
    """
    >>> rfftn_bar(Z, (3, 6), None, None, None)
    """
    return np.fft.rfftn(x_bar, s, axes, norm)


@linear(runtime.polyder_bar)
def polyder_bar(p_bar, y_bar, n, m):
    """
    >>> polyder_bar(v, 7, 2)
    """
    return runtime.cast_like(np.polyder(p_bar, m), y_bar)


@rule(runtime.quantile_shares, wrt=("a", "q"))
def quantile_shares(y_bar, y, a, q, axis=None, method="linear"):
    """The shares move with `q`, and jump with `a`.

    >>> quantile_shares(v, 0.3)
    >>> quantile_shares(A, 0.7, 1)
    """
    slopes = runtime.quantile_share_slopes(a, q, axis, method)
    return np.zeros_like(a), np.sum(y_bar * slopes)


@jvp(quantile_shares)
def quantile_shares_jvp(a_dot, q_dot, y, a, q, axis=None, method="linear"):
    """Along `q` only."""
    return q_dot * runtime.quantile_share_slopes(a, q, axis, method)


@rule(runtime.quantile_slope, wrt=("a", "q"))
def quantile_slope(y_bar, y, a, q, axis=None, method="linear"):
    """The slope is a difference of two elements, and jumps with `q`.

    >>> quantile_slope(v, 0.3)
    >>> quantile_slope(A, 0.7, 1)
    """
    return y_bar * runtime.quantile_share_slopes(a, q, axis, method), 0 * q


@jvp(quantile_slope)
def quantile_slope_jvp(a_dot, q_dot, y, a, q, axis=None, method="linear"):
    """Along the elements only."""
    slopes = runtime.quantile_share_slopes(a, q, axis, method)
    return np.sum(slopes * a_dot, axis=axis, keepdims=True)
