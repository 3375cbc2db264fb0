"""Derivatives of extremes, medians and quantiles along axes."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import (
    cast_like,
    quantile_bars,
    quantile_dot,
    quantile_shares,
    quantile_slope,
    tie_shares,
)


@rule(
    *(np.max, np.amax, np.ndarray.max, np.maximum.reduce),
    *(np.min, np.amin, np.ndarray.min, np.minimum.reduce),
    wrt=("a", "initial"),
    defaults={np.maximum.reduce: {"axis": 0}, np.minimum.reduce: {"axis": 0}},
)
def extreme(y_bar, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    """The elements that attain the extreme share its cotangent evenly.

    >>> extreme(A)
    >>> extreme(A, axis=0)
    >>> extreme(T, axis=(0, -1))
    >>> extreme(A, -1, keepdims=True)
    >>> extreme(A, axis=1, initial=s)
    >>> extreme(A, axis=1, initial=0.3, where=A > C)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
        y = np.expand_dims(y, axis)
    if initial is not None:
        shares = tie_shares(a, y, axis, where, initial)
        rest = 1 - np.sum(shares, axis=axis, keepdims=True)
        return y_bar * shares, np.sum(y_bar * rest)
    if axis is None:
        return y_bar * tie_shares(a, y), None
    return y_bar * tie_shares(a, y, axis), None


@jvp(extreme)
def extreme_jvp(
    a_dot, initial_dot, y, a, axis=None, *, keepdims=False, initial=None, where=True
):
    """The mean tangent of the elements that attain the extreme."""
    if initial is not None:
        y = y if axis is None or keepdims else np.expand_dims(y, axis)
        shares = tie_shares(a, y, axis, where, initial)
        rest = 1 - np.sum(shares, axis=axis, keepdims=keepdims)
        moved = np.sum(shares * a_dot, axis=axis, keepdims=keepdims)
        return moved + cast_like(rest * initial_dot, y)
    if axis is not None and not keepdims:
        return np.sum(tie_shares(a, np.expand_dims(y, axis), axis) * a_dot, axis=axis)
    return np.sum(tie_shares(a, y, axis) * a_dot, axis=axis, keepdims=keepdims)


@rule(np.ptp)
def ptp(y_bar, y, a, axis=None, *, keepdims=False):
    """
    >>> ptp(A)
    >>> ptp(A, axis=0)
    >>> ptp(T, axis=(0, -1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    largest = tie_shares(a, np.max(a, axis=axis, keepdims=True), axis)
    smallest = tie_shares(a, np.min(a, axis=axis, keepdims=True), axis)
    return y_bar * (largest - smallest)


@jvp(ptp)
def ptp_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """The tangent of the largest element less that of the smallest."""
    largest = tie_shares(a, np.max(a, axis=axis, keepdims=True), axis)
    smallest = tie_shares(a, np.min(a, axis=axis, keepdims=True), axis)
    return np.sum((largest - smallest) * a_dot, axis=axis, keepdims=keepdims)


@rule(np.median)
def median(y_bar, y, a, axis=None, *, keepdims=False):
    """The one or two elements in the middle share, with all that equal them.

    >>> median(v)
    >>> median(A)
    >>> median(A, axis=0)
    >>> median(T, axis=(0, -1), keepdims=True)
    """
    if axis is None:
        return y_bar * quantile_shares(a, 0.5)
    if not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    return y_bar * quantile_shares(a, 0.5, axis)


@jvp(median)
def median_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """The mean tangent of the elements in the middle."""
    shares = quantile_shares(a, 0.5, axis)
    return np.sum(shares * a_dot, axis=axis, keepdims=keepdims)


@rule(np.quantile, wrt=("a", "q"))
def quantile(y_bar, y, a, q, axis=None, *, method="linear", keepdims=False):
    """The two elements around the quantile share, with all that equal them.

    >>> quantile(v, 0.3)
    >>> quantile(A, 0.7, axis=1, keepdims=True)
    >>> quantile(A, [0.1, 0.55], axis=0)
    >>> quantile(T, np.array([[0.1], [0.9]]), axis=(0, -1), keepdims=True)
    >>> quantile(A, 0.7, method="hazen", axis=1)
    >>> quantile(A, 0.7, method="nearest")
    """
    if axis is None and np.ndim(q) == 0:
        return (
            y_bar * quantile_shares(a, q, method=method),
            np.sum(y_bar * quantile_slope(a, q, method=method)),
        )
    return quantile_bars(y_bar, a, q, axis, method, keepdims)


@jvp(quantile)
def quantile_jvp(a_dot, q_dot, y, a, q, axis=None, *, method="linear", keepdims=False):
    """The tangents of the elements around it, and the way between them."""
    return quantile_dot(a_dot, q_dot, a, q, axis, method, keepdims)


@rule(np.percentile, wrt=("a", "q"))
def percentile(y_bar, y, a, q, axis=None, *, method="linear", keepdims=False):
    """The two elements around the percentile share, with all that equal them.

    >>> percentile(v, 30.0)
    >>> percentile(A, [10.0, 55.0], axis=0)
    """
    a_bar, q_bar = quantile_bars(y_bar, a, np.divide(q, 100), axis, method, keepdims)
    return a_bar, np.divide(q_bar, 100)


@jvp(percentile)
def percentile_jvp(
    a_dot, q_dot, y, a, q, axis=None, *, method="linear", keepdims=False
):
    """The tangents of the elements around it, and the way between them."""
    fraction, fraction_dot = np.divide(q, 100), np.divide(q_dot, 100)
    return quantile_dot(a_dot, fraction_dot, a, fraction, axis, method, keepdims)
