"""Differences, interpolation, convolutions, and sums into bins."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, multilinear, rule
from sourcediff.runtime import (
    convolve_bar,
    correlate_left_bar,
    correlate_right_bar,
    interp_bars,
    interp_dot,
    span_bar,
    span_dot,
    undiff,
    undiff_parts,
    ungradient,
)


@linear(np.diff, wrt=("a", "prepend", "append"))
def diff(y_bar, a, n=1, axis=-1, prepend=None, append=None):
    """
    >>> diff(v)
    >>> diff(A, axis=0)
    >>> diff(v, 3)
    >>> diff(v, prepend=s)
    >>> diff(A, 2, 0, A[:2], C[:1])
    >>> diff(v[:2], 3)
    >>> diff(z)
    """
    if prepend is None and append is None:
        return undiff(y_bar, np.shape(a), n, axis), None, None
    before, middle, after = undiff_parts(y_bar, (prepend, a, append), n, axis)
    return middle, before, after


@linear(np.ediff1d, wrt=("ary", "to_end", "to_begin"))
def ediff1d(y_bar, ary, to_end=None, to_begin=None):
    """
    >>> ediff1d(A)
    >>> ediff1d(v, w[:2], s)
    >>> ediff1d(v, to_end=A[:, :1])
    """
    begin = 0 if to_begin is None else np.size(to_begin)
    end = begin + max(np.size(ary) - 1, 0)
    ary_bar = undiff(y_bar[begin:end], (np.size(ary),))
    return (
        np.reshape(ary_bar, np.shape(ary)),
        None if to_end is None else np.reshape(y_bar[end:], np.shape(to_end)),
        None if to_begin is None else np.reshape(y_bar[:begin], np.shape(to_begin)),
    )


@linear(np.gradient, wrt=("f",))
def gradient(y_bar, f, *varargs, axis=None, edge_order=1):
    """
    >>> gradient(v)
    >>> gradient(v, 0.3)
    >>> gradient(v, np.array([0.1, 0.4, 0.5, 1.1, 1.7]), edge_order=2)
    >>> gradient(A, 0.3, axis=1)
    >>> gradient(A, axis=1, edge_order=2)
    >>> gradient(A)
    >>> gradient(T, 0.5, [1.0, 1.5, 2.7], 2.0)
    >>> gradient(T, axis=(2, 1))
    >>> gradient(z)
    """
    return ungradient(y_bar, f, varargs, axis, edge_order)


@rule(np.interp, wrt=("x", "xp", "fp", "left", "right"))
def interp(y_bar, y, x, xp, fp, left=None, right=None):
    """
    At a knot the slope is that of the interval on its right.

    >>> interp(u, np.sort(v), w)
    >>> interp(3 * u, np.sort(v), w, left=s)
    >>> interp(3 * u, np.sort(v), w, s, t)
    >>> interp(0.25, np.sort(v), w)
    >>> interp(A, np.arange(-2.0, 3.0), w)
    >>> interp(u, np.arange(-2.0, 3.0), z)
    """
    return interp_bars(y_bar, x, xp, fp, left, right)


@jvp(interp)
def interp_jvp(
    x_dot, xp_dot, fp_dot, left_dot, right_dot, y, x, xp, fp, left=None, right=None
):
    return interp_dot((x_dot, xp_dot, fp_dot, left_dot, right_dot), x, xp, fp)


@multilinear(np.convolve, wrt=("a", "v"))
def convolve(y_bar, a, v, mode="full"):
    """
    >>> convolve(v, w)
    >>> convolve(v, A[0], "same")
    >>> convolve(A[0], v, "same")
    >>> convolve(v, w[:3], "valid")
    >>> convolve(w[:2], v, mode="valid")
    >>> convolve(v, s)
    >>> convolve(z, q[:3])
    >>> convolve(v, z[:2], "valid")
    """
    return (
        convolve_bar(y_bar, np.shape(a), v, mode),
        convolve_bar(y_bar, np.shape(v), a, mode),
    )


@multilinear(np.correlate, wrt=("a", "v"))
def correlate(y_bar, a, v, mode="valid"):
    """
    >>> correlate(v, w)
    >>> correlate(v, A[0], "same")
    >>> correlate(A[0], v, "same")
    >>> correlate(v, w[:3])
    >>> correlate(w[:2], v)
    >>> correlate(w[:2], v, "same")
    >>> correlate(w[:4], v, "full")
    >>> correlate(v, w[:2], "full")
    >>> correlate(z, q[:3])
    >>> correlate(z[:3], q, "same")
    >>> correlate(v, z[:2], "full")
    """
    return (
        correlate_left_bar(y_bar, np.shape(a), v, mode),
        correlate_right_bar(y_bar, a, np.shape(v), mode),
    )


@linear(np.bincount, wrt=("weights",))
def bincount(y_bar, x, /, weights=None, minlength=0):
    """
    >>> bincount([3, 0, 3, 1, 0], v)
    >>> bincount([3, 0, 3, 1, 0], weights=v, minlength=8)
    """
    return np.take(y_bar, x)


@rule(np.histogram, wrt=("a", "weights"))
def histogram(y_bar, y, a, bins=10, range=None, *, weights=None):
    """The counts do not move with `a`; edges that reach from end to end of it do.

    >>> histogram(v, 4, weights=w)
    >>> histogram(v, 4, (-0.5, 0.5), weights=w)
    >>> histogram(A, [-1.0, 0.0, 0.2, 3.0], weights=C)
    """
    counts_bar, edges_bar = y_bar
    edges = y[1]
    a_bar = np.zeros_like(a)
    if np.ndim(bins) == 0 and range is None:
        a_bar = span_bar(edges_bar, a)
    if weights is None:
        return a_bar, None
    place = np.searchsorted(edges, a, side="right") - 1
    place = np.where(np.equal(a, edges[-1]), len(edges) - 2, place)
    inside = np.greater_equal(a, edges[0]) & np.less_equal(a, edges[-1])
    return a_bar, np.where(inside, counts_bar[np.clip(place, 0, len(edges) - 2)], 0)


@jvp(histogram)
def histogram_jvp(a_dot, weights_dot, y, a, bins=10, range=None, *, weights=None):
    counts_dot = 0 * y[0]
    if weights is not None:
        counts_dot = np.histogram(a, bins, range, weights=weights_dot)[0]
    edges_dot = np.zeros_like(y[1])
    if np.ndim(bins) == 0 and range is None:
        edges_dot = span_dot(a_dot, a, np.shape(y[1])[0])
    return counts_dot, edges_dot


@rule(np.unwrap)
def unwrap(y_bar, y, p, discont=None, axis=-1, *, period=6.283185307179586):
    """
    >>> unwrap(5 * v)
    >>> unwrap(5 * A, axis=0)
    """
    return y_bar


@jvp(unwrap)
def unwrap_jvp(p_dot, y, p, discont=None, axis=-1, *, period=6.283185307179586):
    return p_dot
