"""The adjoints of Fourier transforms, which are transforms the other way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def dual_norm(norm: str | None) -> Any:
    """The normalisation with which the inverse transform is the adjoint.

    >>> dual_norm(None), dual_norm("ortho")
    ('forward', 'ortho')
    """
    return {None: "forward", "backward": "forward", "forward": "backward"}.get(
        norm, "ortho"
    )


def refit(x: Any, shape: Sequence[int]) -> Any:
    """Cut each axis to the given length, or lengthen it with zeros.

    >>> refit(np.ones((3, 1)), (2, 2))
    array([[1., 0.],
           [1., 0.]])
    """
    if np.shape(x) == tuple(shape):
        return x
    x = x[tuple(slice(n) for n in shape)]
    return np.pad(
        x, [(0, n - size) for n, size in zip(shape, np.shape(x), strict=True)]
    )


def transformed_axes(s: Any, axes: Any, ndim: int) -> tuple[int, ...]:
    """The axes that an n-dimensional transform runs over.

    >>> transformed_axes(None, None, 2), transformed_axes((4,), None, 2)
    ((0, 1), (1,))
    """
    if axes is not None:
        return tuple(int(axis) % ndim for axis in axes)
    return tuple(range(0 if s is None else ndim - len(s), ndim))


def hermitian_weights(n: int, axis: int, like: Any) -> Any:
    """How often each element of half a spectrum stands in the whole one, of length n.

    >>> hermitian_weights(4, 0, np.ones(3))
    array([1., 2., 1.])
    """
    weights = np.full(n // 2 + 1, 2, dtype=like.real.dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    shape = [1] * np.ndim(like)
    shape[axis] = -1
    return np.reshape(weights, shape)


def rfft_bar(y_bar: Any, n: int, axis: int, norm: str | None) -> Any:
    """The cotangent of the n values that `np.fft.rfft` took along an axis.

    >>> rfft_bar(np.array([1.0, 0.0]), 3, 0, None)
    array([1., 1., 1.])
    """
    halved = y_bar / hermitian_weights(n, axis, y_bar)
    return np.fft.irfft(halved, n, axis, norm=dual_norm(norm))


def irfft_bar(y_bar: Any, axis: int, norm: str | None) -> Any:
    """The cotangent of the half spectrum that `np.fft.irfft` took along an axis.

    >>> irfft_bar(np.array([3.0, 0.0, 0.0]), 0, None)
    array([1.+0.j, 2.+0.j])
    """
    n = np.shape(y_bar)[axis]
    spectrum = np.fft.rfft(y_bar, axis=axis, norm=dual_norm(norm))
    return spectrum * hermitian_weights(n, axis, y_bar)


def rfftn_bar(
    y_bar: Any, shape: Sequence[int], s: Any, axes: Any, norm: str | None
) -> Any:
    """The cotangent of the array of the given shape that `np.fft.rfftn` took.

    >>> rfftn_bar(np.eye(2, dtype=complex), (2, 3), None, None, None)[0]
    array([2. , 0.5, 0.5])
    """
    axes = transformed_axes(s, axes, len(shape))
    n = shape[axes[-1]] if s is None or s[-1] == -1 else s[-1]
    if len(axes) > 1:
        y_bar = np.fft.ifftn(y_bar, axes=axes[:-1], norm=dual_norm(norm))
    return refit(rfft_bar(y_bar, n, axes[-1], norm), shape)


def irfftn_bar(
    y_bar: Any, shape: Sequence[int], s: Any, axes: Any, norm: str | None
) -> Any:
    """The cotangent of the array of the given shape that `np.fft.irfftn` took.

    >>> irfftn_bar(np.eye(2), (2, 2), None, None, "forward").real
    array([[2., 0.],
           [0., 2.]])
    """
    axes = transformed_axes(s, axes, len(shape))
    x_bar = irfft_bar(y_bar, axes[-1], norm)
    if len(axes) > 1:
        x_bar = np.fft.fftn(x_bar, axes=axes[:-1], norm=dual_norm(norm))
    return refit(x_bar, shape)
