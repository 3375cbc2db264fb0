"""NumPy's functions that call functions, or are made of others: as programs."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import program
from sourcediff.runtime import piecewise_conditions


@program(np.piecewise)
def piecewise(x, condlist, funclist, *args, **kw):
    """Each piece computes with the elements of its condition; later pieces win.

    >>> piecewise(v, [v < 0, v > 1], [np.sin, lambda x: x * x, 0.5])
    """
    y = np.zeros_like(x)
    conditions = piecewise_conditions(condlist, len(funclist), np.shape(x))
    for condition, piece in zip(conditions, funclist, strict=True):
        hit = np.asarray(condition, dtype=bool)
        y[hit] = piece(x[hit], *args, **kw) if callable(piece) else piece
    return y


@program(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """The results for all rows, stacked where the rows were.

    >>> apply_along_axis(np.cumsum, 0, A)
    """
    rows = np.moveaxis(arr, axis, -1)
    shape = np.shape(rows)
    places = list(np.ndindex(*shape[:-1]))
    results = np.stack([func1d(rows[place], *args, **kwargs) for place in places])
    whole = np.reshape(results, (*shape[:-1], *np.shape(results)[1:]))
    first, start = len(shape) - 1, axis % len(shape)
    added = np.ndim(whole) - first
    return np.moveaxis(whole, range(first, first + added), range(start, start + added))


@program(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    """
    >>> apply_over_axes(np.sum, T, [0, 2])
    """
    for axis in axes if isinstance(axes, list | tuple) else [axes]:
        made = func(a, axis % np.ndim(a))
        kept = np.ndim(made) == np.ndim(a)
        a = made if kept else np.expand_dims(made, axis % np.ndim(a))
    return a


@program(np.fromfunction)
def fromfunction(function, shape, *, dtype=float, like=None, **kwargs):
    """
    >>> fromfunction(lambda i, j: s * i + j * t, (3, 4))
    """
    return function(*np.indices(shape, dtype=dtype), **kwargs)


@program(np.kaiser)
def kaiser(M, beta):
    """
    >>> kaiser(5, s)
    """
    if M < 2:
        return np.ones(max(M, 0)) + 0 * beta
    middle = (M - 1) / 2
    ratio = (np.arange(M) - middle) / middle
    return np.i0(beta * np.sqrt(1 - ratio * ratio)) / np.i0(beta)


@program(np.poly)
def poly(seq_of_zeros):
    """
    >>> poly(v)
    >>> poly(S)
    """
    zeros = seq_of_zeros
    if np.ndim(zeros) == 2:
        zeros = np.linalg.eigvals(zeros)
    coefficients = np.ones(1)
    for k in range(np.shape(zeros)[0]):
        coefficients = np.convolve(coefficients, np.stack([1.0, -zeros[k]]))
    return coefficients


@program(np.polydiv)
def polydiv(u, v):
    """
    >>> polydiv(v, w[:3])
    """
    n, m = np.shape(u)[0], np.shape(v)[0]
    rest = np.concatenate([u, 0 * v[:0]])
    quotient = []
    for k in range(n - m + 1):
        factor = rest[k] / v[0]
        quotient.append(factor)
        rest = rest - np.pad(factor * v, (k, n - m - k))
    return np.stack(quotient), rest[n - m + 1 :]


@program(np.trim_zeros)
def trim_zeros(filt, trim="fb"):
    """
    >>> trim_zeros(v)
    """
    found = np.nonzero(filt)[0]
    if len(found) == 0:
        return filt[:0]
    start = found[0] if "f" in trim.lower() else 0
    stop = found[-1] + 1 if "b" in trim.lower() else len(filt)
    return filt[start:stop]
