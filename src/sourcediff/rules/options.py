"""Options of NumPy's functions that their rules do not know: as programs."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import program
from sourcediff.runtime import unique_parts, weights_of_columns


@program(np.linspace, options=("retstep",))
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, *, axis=0):
    """
    >>> linspace(s, t, 5, retstep=True)
    """
    points = np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis)
    if not retstep:
        return points
    return points, (stop - start) / (num - 1 if endpoint else num)


@program(np.logspace, options=("base",))
def logspace(start, stop, num=50, endpoint=True, base=10.0, *, axis=0):
    """
    >>> logspace(0.0, 1.0, 5, base=s)
    """
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))


@program(np.average, options=("returned",))
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """
    >>> average(A, axis=1, weights=p[:4], returned=True)
    """
    mean = np.average(a, axis=axis, weights=weights, keepdims=keepdims)
    if not returned:
        return mean
    ones = np.ones(np.shape(a))
    if weights is not None and np.ndim(weights) == np.ndim(a):
        ones = ones * weights
    elif weights is not None:
        ones = ones * np.moveaxis(np.reshape(weights, _column(a)), 0, axis)
    return mean, np.sum(ones, axis=axis, keepdims=keepdims)


def _column(a):
    return (-1,) + (1,) * (np.ndim(a) - 1)


@program(np.unique, options=("return_index", "return_inverse", "return_counts"))
def unique(ar, return_index=False, return_inverse=False, return_counts=False):
    """
    >>> unique(v, return_inverse=True)
    """
    index, inverse, counts = unique_parts(ar)
    results = [np.reshape(ar, -1)[index]]
    if return_index:
        results.append(index)
    if return_inverse:
        results.append(inverse)
    if return_counts:
        results.append(counts)
    return tuple(results)


@program(np.cov, options=("fweights", "aweights"))
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None):
    """
    >>> cov(A, fweights=[1, 2, 1, 3])
    >>> cov(A, aweights=p[:4])
    """
    x = np.atleast_2d(m)
    if not rowvar and np.shape(x)[0] != 1:
        x = x.T
    if y is not None:
        other = np.atleast_2d(y)
        x = np.concatenate([x, other if rowvar or len(other) == 1 else other.T])
    ddof = (0 if bias else 1) if ddof is None else ddof
    number = weights_of_columns(fweights, np.shape(x)[1])
    weights = number if aweights is None else number * aweights
    total = np.sum(weights)
    favour = total if aweights is None else np.sum(weights * aweights) / total
    factor = total - ddof * (1.0 if aweights is None else favour)
    deviation = x - np.sum(x * weights, axis=1, keepdims=True) / total
    return np.squeeze((deviation * weights) @ np.conj(deviation).T / factor)


@program(np.polyfit, options=("w",))
def polyfit(x, y, deg, *, w=None):
    """
    >>> polyfit(v, w, 2, w=p)
    """
    if w is None:
        return np.polyfit(x, y, deg)
    weighted = np.vander(x, deg + 1) * np.expand_dims(w, 1)
    right = y * w if np.ndim(y) == 1 else y * np.expand_dims(w, 1)
    return np.linalg.lstsq(weighted, right)[0]


@program(np.interp, options=("period",))
def interp(x, xp, fp, left=None, right=None, period=None):
    """
    >>> interp(u, np.linspace(-2, 2, 5), w, period=5.7)
    """
    if period is None:
        return np.interp(x, xp, fp, left, right)
    x, xp = np.remainder(x, period), np.remainder(xp, period)
    order = np.argsort(xp)
    xp, fp = xp[order], np.take(fp, order)
    knots = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return np.interp(x, knots, np.concatenate([fp[-1:], fp, fp[:1]]))


@program(np.clip, options=("min", "max"))
def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    """
    >>> clip(v, min=-0.5, max=0.5)
    """
    return np.clip(a, min, max)


@program(np.take, options=("mode",))
def take(a, indices, axis=None, *, mode="raise"):
    """
    >>> take(A, [0, 5, -7, 13], mode="wrap")
    """
    n = np.size(a) if axis is None else np.shape(a)[axis]
    if mode == "wrap":
        indices = np.mod(indices, n)
    elif mode == "clip":
        indices = np.clip(indices, 0, n - 1)
    return np.take(a, indices, axis=axis)


@program(np.linalg.pinv, options=("hermitian", "rtol"))
def pinv(a, rcond=None, hermitian=False, *, rtol=None):
    """
    >>> pinv(S, hermitian=True)
    """
    if hermitian:
        a = _read_lower(a)
    return np.linalg.pinv(a, rcond if rtol is None else rtol)


@program(np.linalg.svd, options=("hermitian",))
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """
    >>> svd(S, hermitian=True)
    """
    if not hermitian:
        return np.linalg.svd(a, full_matrices=full_matrices, compute_uv=compute_uv)
    if not compute_uv:
        return np.flip(np.sort(np.abs(np.linalg.eigvalsh(a)), axis=-1), axis=-1)
    w, v = np.linalg.eigh(a)
    order = np.flip(np.argsort(np.abs(w), axis=-1), axis=-1)
    w = np.take_along_axis(w, order, axis=-1)
    v = np.take_along_axis(v, order[..., None, :], axis=-1)
    signed = v * np.sign(w)[..., None, :]
    return v, np.abs(w), np.conj(np.swapaxes(signed, -1, -2))


def _read_lower(a):
    """The Hermitian matrix of which NumPy reads the lower triangle."""
    return np.tril(a) + np.conj(np.swapaxes(np.tril(a, -1), -1, -2))
