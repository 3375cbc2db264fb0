"""Adjoints of linear filters of images."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

_PADDING = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "grid-wrap": "wrap",
}


def widened(y_bar: Any, reach: int, axis: int) -> Any:
    """A cotangent with zeros beyond the edges of an axis.

    >>> widened(np.ones(1), 2, 0)
    array([0., 0., 1., 0., 0.])
    """
    widths = [(0, 0)] * np.ndim(y_bar)
    widths[axis] = (reach, reach)
    return np.pad(y_bar, widths)


def folded(x_bar: Any, reach: int, mode: str, axis: int) -> Any:
    """What arrives beyond the edges of an axis, where the image was continued from.

    >>> folded(np.array([1.0, 10.0, 100.0, 1000.0]), 1, "nearest", 0)
    array([  11., 1100.])
    """
    moved = np.moveaxis(x_bar, axis, 0)
    n = len(moved) - 2 * reach
    if mode in ("constant", "grid-constant") or not n:
        return np.moveaxis(moved[reach : reach + n], 0, axis)
    source = np.pad(np.arange(n), reach, mode=_PADDING[mode])  # type: ignore[call-overload]
    total = np.zeros_like(moved[:n])
    np.add.at(total, source, moved)
    return np.moveaxis(total, 0, axis)


def correlate1d_bar(y_bar: Any, weights: Any, axis: int, mode: str, origin: int) -> Any:
    """The cotangent of the image in `correlate1d`.

    >>> correlate1d_bar(np.ones(3), np.array([1.0, 2.0, 3.0]), 0, "constant", 0)
    array([3., 6., 5.])
    """
    reach = len(weights)
    spread = ndimage.convolve1d(
        widened(y_bar, reach, axis), weights, axis, mode="constant", origin=origin
    )
    return folded(spread, reach, mode, axis)


def correlate_bar(
    y_bar: Any, weights: Any, mode: str, origin: int, convolves: bool
) -> Any:
    """The cotangent of the image in `correlate`, or in `convolve`.

    >>> correlate_bar(np.ones(3), np.array([1.0, 2.0, 3.0]), "constant", 0, False)
    array([3., 6., 5.])
    """
    spread, reach = y_bar, max(np.shape(weights), default=0)
    for axis in range(np.ndim(y_bar)):
        spread = widened(spread, reach, axis)
    if convolves:
        spread = ndimage.correlate(spread, weights, mode="constant", origin=origin)
    else:
        spread = ndimage.convolve(spread, weights, mode="constant", origin=origin)
    for axis in range(np.ndim(y_bar)):
        spread = folded(spread, reach, mode, axis)
    return spread


def gaussian_bar(
    y_bar: Any, sigma: Any, axis: int, order: int, mode: str, truncate: Any, radius: Any
) -> Any:
    """The cotangent of the image in `gaussian_filter1d`.

    >>> gaussian_bar(np.ones(2), 0.1, 0, 0, "nearest", 4.0, None)
    array([1., 1.])
    """
    reach = int(truncate * sigma + 0.5) if radius is None else radius
    spread = ndimage.gaussian_filter1d(
        widened(y_bar, reach, axis),
        sigma,
        axis,
        order,
        mode="constant",
        truncate=truncate,
        radius=radius,
    )
    return (-1) ** order * folded(spread, reach, mode, axis)


def _for_each(value: Any, ndim: int) -> list[Any]:
    """A parameter of a filter for each axis."""
    return [value] * ndim if np.ndim(value) == 0 else list(value)


def gaussian_filter_bar(
    y_bar: Any, sigma: Any, order: Any, mode: Any, truncate: Any
) -> Any:
    """The cotangent of the image in `gaussian_filter`: axis by axis.

    >>> gaussian_filter_bar(np.ones((2, 2)), 0.1, 0, "nearest", 4.0)
    array([[1., 1.],
           [1., 1.]])
    """
    ndim = np.ndim(y_bar)
    options = [_for_each(value, ndim) for value in (sigma, order, mode)]
    for axis, (width, derivative, edge) in enumerate(zip(*options, strict=True)):
        if width > 1e-15:
            y_bar = gaussian_bar(y_bar, width, axis, derivative, edge, truncate, None)
    return y_bar


def uniform_bar(y_bar: Any, size: int, axis: int, mode: str, origin: int) -> Any:
    """The cotangent of the image in `uniform_filter1d`.

    >>> uniform_bar(np.ones(3), 3, 0, "nearest", 0)
    array([1., 1., 1.])
    """
    spread = ndimage.uniform_filter1d(
        widened(y_bar, size, axis),
        size,
        axis,
        mode="constant",
        origin=-origin - (1 - size % 2),
    )
    return folded(spread, size, mode, axis)


def uniform_filter_bar(y_bar: Any, size: Any, mode: Any, origin: Any) -> Any:
    """The cotangent of the image in `uniform_filter`: axis by axis.

    >>> uniform_filter_bar(np.ones(3), 3, "nearest", 0)
    array([1., 1., 1.])
    """
    ndim = np.ndim(y_bar)
    options = [_for_each(value, ndim) for value in (size, mode, origin)]
    for axis, (width, edge, shift) in enumerate(zip(*options, strict=True)):
        y_bar = uniform_bar(y_bar, width, axis, edge, shift)
    return y_bar
