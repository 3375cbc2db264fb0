"""Derivatives of the reductions that leave NaN out: where it stands, nothing flows."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import (
    cumprod_bar,
    cumprod_dot,
    divide_or_zero,
    nanquantile_bar,
    nanquantile_dot,
    nanquantile_shares,
    product_of_others,
    tie_shares,
)


@rule(np.nansum)
def nansum(y_bar, y, a, axis=None, *, keepdims=False):
    """
    >>> nansum(A)
    >>> nansum(N, axis=0)
    >>> nansum(N, axis=(0, 1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    return y_bar * ~np.isnan(a)


@jvp(nansum)
def nansum_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """The sum of the tangents that count."""
    return np.sum(a_dot * ~np.isnan(a), axis=axis, keepdims=keepdims)


@rule(np.nanmean)
def nanmean(y_bar, y, a, axis=None, *, keepdims=False):
    """
    >>> nanmean(A)
    >>> nanmean(N, axis=0)
    >>> nanmean(N, axis=(0, 1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    present = ~np.isnan(a)
    return (
        y_bar
        * present
        / np.sum(present, axis=axis, keepdims=True, dtype=np.result_type(y))
    )


@jvp(nanmean)
def nanmean_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """The mean of the tangents that count."""
    present = ~np.isnan(a)
    number = np.sum(present, axis=axis, keepdims=keepdims, dtype=np.result_type(y))
    return np.sum(a_dot * present, axis=axis, keepdims=keepdims) / number


@rule(np.nanmax, np.nanmin)
def nan_extreme(y_bar, y, a, axis=None, *, keepdims=False):
    """The elements that attain the extreme share its cotangent evenly.

    >>> nan_extreme(A)
    >>> nan_extreme(N, axis=0)
    >>> nan_extreme(N, axis=(0, 1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
        y = np.expand_dims(y, axis)
    return y_bar * tie_shares(a, y, axis)


@jvp(nan_extreme)
def nan_extreme_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """The mean tangent of the elements that attain the extreme."""
    if axis is not None and not keepdims:
        y = np.expand_dims(y, axis)
    return np.sum(tie_shares(a, y, axis) * a_dot, axis=axis, keepdims=keepdims)


@rule(np.nanprod)
def nanprod(y_bar, y, a, axis=None, *, keepdims=False):
    """
    >>> nanprod(A)
    >>> nanprod(N, axis=0)
    >>> nanprod(N, axis=(0, 1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    missing = np.isnan(a)
    others = product_of_others(np.where(missing, 1, a), axis)
    return y_bar * np.conj(others) * ~missing


@jvp(nanprod)
def nanprod_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """Each element's tangent times the product of the others."""
    missing = np.isnan(a)
    others = product_of_others(np.where(missing, 1, a), axis)
    return np.sum(others * a_dot * ~missing, axis=axis, keepdims=keepdims)


@rule(np.nanvar)
def nanvar(y_bar, y, a, axis=None, *, ddof=0, keepdims=False):
    """
    >>> nanvar(A)
    >>> nanvar(N, axis=0, ddof=1)
    >>> nanvar(N, axis=(0, 1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    deviation = _deviation(a, axis)
    number = np.sum(~np.isnan(a), axis=axis, keepdims=True, dtype=np.result_type(y))
    return 2 * y_bar * deviation / (number - ddof)


@jvp(nanvar)
def nanvar_jvp(a_dot, y, a, axis=None, *, ddof=0, keepdims=False):
    """Twice the covariance of `a` and its tangent."""
    deviation = np.conj(_deviation(a, axis))
    number = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims, dtype=np.result_type(y))
    products = np.real(deviation * a_dot)
    return 2 * np.sum(products, axis=axis, keepdims=keepdims) / (number - ddof)


@rule(np.nanstd)
def nanstd(y_bar, y, a, axis=None, *, ddof=0, keepdims=False):
    """The derivative is taken as 0 where all elements are equal.

    >>> nanstd(A)
    >>> nanstd(N, axis=0, ddof=1)
    >>> nanstd(N, axis=(0, 1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
        y = np.expand_dims(y, axis)
    number = np.sum(~np.isnan(a), axis=axis, keepdims=True, dtype=np.result_type(y))
    return divide_or_zero(y_bar, y * (number - ddof)) * _deviation(a, axis)


@jvp(nanstd)
def nanstd_jvp(a_dot, y, a, axis=None, *, ddof=0, keepdims=False):
    """The covariance of `a` and its tangent, over the deviation."""
    deviation = np.conj(_deviation(a, axis))
    number = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims, dtype=np.result_type(y))
    covariance = np.sum(np.real(deviation * a_dot), axis=axis, keepdims=keepdims)
    return divide_or_zero(covariance, y * (number - ddof))


def _deviation(a, axis):
    return np.where(np.isnan(a), 0, a - np.nanmean(a, axis=axis, keepdims=True))


@rule(np.nancumsum)
def nancumsum(y_bar, y, a, axis=None):
    """
    >>> nancumsum(v)
    >>> nancumsum(N)
    >>> nancumsum(N, axis=0)
    """
    if axis is None:
        a_bar = np.reshape(np.cumsum(y_bar[::-1])[::-1], np.shape(a))
    else:
        a_bar = np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)
    return a_bar * ~np.isnan(a)


@jvp(nancumsum)
def nancumsum_jvp(a_dot, y, a, axis=None):
    """The running sum of the tangents that count."""
    return np.cumsum(a_dot * ~np.isnan(a), axis=axis)


@rule(np.nancumprod)
def nancumprod(y_bar, y, a, axis=None):
    """
    >>> nancumprod(v)
    >>> nancumprod(N)
    >>> nancumprod(N, axis=0)
    """
    missing = np.isnan(a)
    factors = np.where(missing, 1, a)
    if axis is None:
        a_bar = np.reshape(cumprod_bar(y_bar, y, np.ravel(factors), 0), np.shape(a))
    else:
        a_bar = cumprod_bar(y_bar, y, factors, axis)
    return a_bar * ~missing


@jvp(nancumprod)
def nancumprod_jvp(a_dot, y, a, axis=None):
    """Each product's tangent follows from the one before."""
    missing = np.isnan(a)
    factors, a_dot = np.where(missing, 1, a), a_dot * ~missing
    if axis is None:
        return cumprod_dot(np.ravel(a_dot), y, np.ravel(factors), 0)
    return cumprod_dot(a_dot, y, factors, axis)


@rule(np.nanmedian)
def nanmedian(y_bar, y, a, axis=None, *, keepdims=False):
    """The one or two elements in the middle share, with all that equal them.

    >>> nanmedian(A)
    >>> nanmedian(N, axis=0)
    >>> nanmedian(N, axis=(0, 1), keepdims=True)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    return y_bar * nanquantile_shares(a, 0.5, axis)


@jvp(nanmedian)
def nanmedian_jvp(a_dot, y, a, axis=None, *, keepdims=False):
    """The mean tangent of the elements in the middle."""
    shares = nanquantile_shares(a, 0.5, axis)
    return np.sum(shares * a_dot, axis=axis, keepdims=keepdims)


@rule(np.nanquantile)
def nanquantile(y_bar, y, a, q, axis=None, *, method="linear", keepdims=False):
    """The two elements around the quantile share.

    >>> nanquantile(A, 0.3)
    >>> nanquantile(N, 0.7, axis=1, method="weibull")
    >>> nanquantile(N, 0.4, axis=(0, 1), keepdims=True)
    >>> nanquantile(N, np.array([[0.3, 0.4], [0.7, 0.2]]), axis=1)
    """
    if np.ndim(q):
        return nanquantile_bar(y_bar, a, q, axis, method, keepdims)
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    return y_bar * nanquantile_shares(a, q, axis, method)


@jvp(nanquantile)
def nanquantile_jvp(a_dot, y, a, q, axis=None, *, method="linear", keepdims=False):
    """The tangents of the elements around it."""
    if np.ndim(q):
        return nanquantile_dot(a_dot, y, a, q, axis, method, keepdims)
    shares = nanquantile_shares(a, q, axis, method)
    return np.sum(shares * a_dot, axis=axis, keepdims=keepdims)


@rule(np.nanpercentile)
def nanpercentile(y_bar, y, a, q, axis=None, *, method="linear", keepdims=False):
    """The two elements around the percentile share.

    >>> nanpercentile(A, 30.0)
    >>> nanpercentile(N, 70, axis=1)
    >>> nanpercentile(N, [20, 70.0], axis=1, keepdims=True)
    >>> nanpercentile(N, [20, 70.0], axis=0)
    """
    if np.ndim(q):
        return nanquantile_bar(y_bar, a, np.divide(q, 100), axis, method, keepdims)
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    return y_bar * nanquantile_shares(a, q / 100, axis, method)


@jvp(nanpercentile)
def nanpercentile_jvp(a_dot, y, a, q, axis=None, *, method="linear", keepdims=False):
    """The tangents of the elements around it."""
    if np.ndim(q):
        return nanquantile_dot(a_dot, y, a, np.divide(q, 100), axis, method, keepdims)
    shares = nanquantile_shares(a, q / 100, axis, method)
    return np.sum(shares * a_dot, axis=axis, keepdims=keepdims)
