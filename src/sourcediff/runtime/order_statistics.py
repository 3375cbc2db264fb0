"""How medians and quantiles depend on the elements they come from."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from sourcediff.runtime.dispatch import overridable
from sourcediff.runtime.shape import count

# How fast the position in the sorted array grows with q: this times the number of
# elements, plus that (Hyndman and Fan 1996). Other methods move in steps.
_GROWTH = {
    "linear": (1, -1),
    "interpolated_inverted_cdf": (1, 0),
    "hazen": (1, 0),
    "weibull": (1, 1),
    "median_unbiased": (1, 1 / 3),
    "normal_unbiased": (1, 1 / 4),
}


@overridable
def quantile_shares(a: Any, q: float, axis: Any = None, method: str = "linear") -> Any:
    """The partial derivatives of one quantile with respect to the elements of `a`.

    Has the shape of `a`. Elements that are equal to one another share evenly.

    >>> quantile_shares(np.array([3.5, 1.5, 2.5, 9.5]), 0.5)
    array([0.5, 0. , 0.5, 0. ])
    >>> quantile_shares(np.array([1.5, 2.5, 2.5, 2.5, 7.5]), 0.5).round(2)
    array([0.  , 0.33, 0.33, 0.33, 0.  ])
    """
    lower, upper, fraction = _neighbours(a, q, axis, method)
    dtype = np.result_type(a)
    shares = dtype.type(1 - fraction) * _shares_of(a, lower, axis)
    if fraction:
        shares = shares + dtype.type(fraction) * _shares_of(a, upper, axis)
    return shares


@overridable
def quantile_slope(a: Any, q: float, axis: Any = None, method: str = "linear") -> Any:
    """The derivative of one quantile with respect to `q`, with reduced axes kept.

    It is taken as 0 where the quantile is an element, and the slope jumps.

    >>> quantile_slope(np.array([3.5, 1.5, 2.5, 9.5]), 0.4)
    array([3.])
    """
    lower, upper, fraction = _neighbours(a, q, axis, method)
    return _growth(a, axis, method, fraction) * (upper - lower)


def _growth(a: Any, axis: Any, method: str, fraction: float) -> float:
    """How fast the position in the sorted array grows with `q`."""
    if not fraction or method not in _GROWTH:
        return 0.0
    factor, offset = _GROWTH[method]
    return factor * count(a, axis) + offset


@overridable
def quantile_share_slopes(
    a: Any, q: float, axis: Any = None, method: str = "linear"
) -> Any:
    """The derivatives of `quantile_shares` with respect to `q`.

    >>> quantile_share_slopes(np.array([3.5, 1.5, 2.5, 9.5]), 0.4)
    array([ 3.,  0., -3.,  0.])
    """
    lower, upper, fraction = _neighbours(a, q, axis, method)
    growth = np.result_type(a).type(_growth(a, axis, method, fraction))
    return growth * (_shares_of(a, upper, axis) - _shares_of(a, lower, axis))


@overridable
def nanquantile_shares(
    a: Any, q: float, axis: Any = None, method: str = "linear"
) -> Any:
    """The partial derivatives of `np.nanquantile`, 0 where `a` is NaN.

    Raises ValueError unless `q` is one number.

    >>> nanquantile_shares(np.array([3.5, np.nan, 1.5, 2.5, 9.5]), 0.5)
    array([0.5, 0. , 0. , 0.5, 0. ])
    """
    if np.ndim(q):
        raise ValueError("a derivative of NaN-quantiles is taken for one q at a time")
    shape = np.shape(a)
    axes = tuple(range(len(shape))) if axis is None else _normal(axis, len(shape))
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(np.asarray(a), axes, last)
    n = count(a, axes)
    rows = np.reshape(moved, (np.size(a) // max(n, 1), n))
    shares = np.zeros_like(rows)
    for row, share in zip(rows, shares, strict=True):
        present = ~np.isnan(row)
        if np.any(present):
            share[present] = quantile_shares(row[present], q, None, method)
    return np.moveaxis(np.reshape(shares, np.shape(moved)), last, axes)


def nanquantile_bar(
    y_bar: Any, a: Any, q: Any, axis: Any, method: str, keepdims: bool
) -> Any:
    """The cotangent of `a` from that of `np.nanquantile` at several `q`.

    >>> a, q = np.array([3.5, np.nan, 1.5]), [0.0, 1.0]
    >>> nanquantile_bar(np.array([10.0, 1.0]), a, q, None, "linear", False)
    array([ 1.,  0., 10.])
    """
    if np.size(a) == 0:  # NumPy's result has no axis of q then
        return np.zeros_like(a)
    parts = np.ravel(q)
    rows = np.reshape(y_bar, (len(parts), *np.shape(y_bar)[np.ndim(q) :]))
    a_bar = np.zeros_like(a)
    for k in range(len(parts)):
        row = rows[k]
        if axis is not None and not keepdims:
            row = np.expand_dims(row, axis)
        a_bar = a_bar + row * nanquantile_shares(a, parts[k], axis, method)
    return a_bar


def nanquantile_dot(
    a_dot: Any, y: Any, a: Any, q: Any, axis: Any, method: str, keepdims: bool
) -> Any:
    """The tangent of `np.nanquantile` at several `q`.

    >>> a, a_dot = np.array([3.5, np.nan, 1.5]), np.array([1.0, 2.0, 4.0])
    >>> nanquantile_dot(a_dot, np.zeros(2), a, [0.0, 1.0], None, "linear", False)
    array([4., 1.])
    """
    if np.size(a) == 0:
        return np.zeros_like(y)
    dots = []
    for part in np.ravel(q):
        shares = nanquantile_shares(a, part, axis, method)
        dots.append(np.sum(shares * a_dot, axis=axis, keepdims=keepdims))
    return np.reshape(np.stack(dots), (*np.shape(q), *np.shape(dots[0])))


def _reduced_shape(a: Any, axis: Any) -> list[int]:
    return [
        1 if axis is None or k in _normal(axis, np.ndim(a)) else size
        for k, size in enumerate(np.shape(a))
    ]


def _shares_of(a: Any, value: Any, axis: Any) -> Any:
    hits = np.equal(a, value)
    number = np.sum(hits, axis=axis, keepdims=True)
    return np.divide(hits, number, dtype=np.result_type(a))


def _neighbours(a: Any, q: float, axis: Any, method: str) -> tuple[Any, Any, float]:
    """The elements around a quantile, and how far it is from the lower one."""
    n = count(a, axis)
    # Every method interpolates between neighbours; the ramp tells where and how far.
    ramp = np.arange(n, dtype=float)
    position = float(np.quantile(ramp, q, method=cast(Any, method)))
    nearest = round(position)
    if abs(position - nearest) < 1e-12 * n:
        position = nearest
    lower = int(position)
    ordered = _sorted_last(a, axis)
    upper = min(lower + 1, n - 1)
    shape = _reduced_shape(a, axis)
    return (
        np.reshape(ordered[..., lower], shape),
        np.reshape(ordered[..., upper], shape),
        position - lower,
    )


def _normal(axis: Any, ndim: int) -> tuple[int, ...]:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(k % ndim for k in axes)


def _sorted_last(a: Any, axis: Any) -> Any:
    """The elements that are compared with one another, sorted along the last axis."""
    if axis is None:
        return np.sort(np.reshape(a, -1))
    axes = _normal(axis, np.ndim(a))
    moved = np.moveaxis(a, axes, range(-len(axes), 0))
    kept = np.shape(moved)[: np.ndim(a) - len(axes)]
    return np.sort(np.reshape(moved, (*kept, count(a, axis))), axis=-1)


def quantile_bars(
    y_bar: Any, a: Any, q: Any, axis: Any, method: str, keepdims: bool
) -> tuple[Any, Any]:
    """The cotangents of `a` and `q` in `np.quantile(a, q, axis)`.

    >>> a, q = np.array([3.5, 1.5, 2.5]), np.array([0.25])
    >>> quantile_bars(np.ones(1), a, q, None, "linear", False)
    (array([0. , 0.5, 0.5]), array([2.]))
    """
    fractions = np.reshape(q, -1)
    bars = np.reshape(y_bar, (fractions.size, *np.shape(y_bar)[np.ndim(q) :]))
    if axis is not None and not keepdims:
        bars = np.expand_dims(bars, tuple(k + 1 for k in _normal(axis, np.ndim(a))))
    a_bar = 0
    q_bar = []
    for fraction, bar in zip(fractions, bars, strict=True):
        a_bar = a_bar + bar * quantile_shares(a, fraction, axis, method)
        q_bar.append(np.sum(bar * quantile_slope(a, fraction, axis, method)))
    return a_bar, np.reshape(np.array(q_bar), np.shape(q))[()]


def quantile_dot(
    a_dot: Any, q_dot: Any, a: Any, q: Any, axis: Any, method: str, keepdims: bool
) -> Any:
    """The tangent of `np.quantile(a, q, axis)`.

    >>> a, q = np.array([3.5, 1.5, 2.5]), np.array([0.25])
    >>> quantile_dot(np.array([1.0, 2.0, 4.0]), [0.0], a, q, None, "linear", False)
    array([3.])
    """
    dots = []
    for fraction, move in zip(np.reshape(q, -1), np.reshape(q_dot, -1), strict=True):
        shares = quantile_shares(a, fraction, axis, method)
        slope = quantile_slope(a, fraction, axis, method)
        dot = np.sum(shares * a_dot, axis=axis, keepdims=True) + move * slope
        dots.append(dot if keepdims else np.squeeze(dot, axis))
    return np.reshape(np.stack(dots), np.shape(q) + np.shape(dots[0]))[()]
