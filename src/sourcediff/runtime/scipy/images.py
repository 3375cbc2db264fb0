"""Adjoints of linear filters of images."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage, signal

from sourcediff.runtime.dispatch import overridable

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


def continued(image: Any, reach: int, mode: str, axis: int, cval: Any) -> Any:
    """An image with what is beyond the edges of an axis.

    >>> continued(np.array([1.0, 2.0]), 1, "nearest", 0, 0.0)
    array([1., 1., 2., 2.])
    """
    widths = [(0, 0)] * np.ndim(image)
    widths[axis] = (reach, reach)
    if mode in ("constant", "grid-constant"):
        return np.pad(image, widths, constant_values=cval)
    return np.pad(image, widths, mode=_PADDING[mode])  # type: ignore[call-overload]


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
    y_bar: Any, weights: Any, mode: str, origin: Any, axes: Any, convolves: bool
) -> Any:
    """The cotangent of the image in `correlate`, or in `convolve`.

    >>> weights = np.array([1.0, 2.0, 3.0])
    >>> correlate_bar(np.ones(3), weights, "constant", 0, None, False)
    array([3., 6., 5.])
    """
    ndim = np.ndim(y_bar)
    weights, origins = expanded(weights, origin, axes, ndim)
    spread, reach = y_bar, max(np.shape(weights), default=0)
    for axis in range(ndim):
        spread = widened(spread, reach, axis)
    if convolves:
        spread = ndimage.correlate(spread, weights, mode="constant", origin=origins)
    else:
        spread = ndimage.convolve(spread, weights, mode="constant", origin=origins)
    for axis in range(ndim):
        spread = folded(spread, reach, mode, axis)
    return spread


def weights_bar(
    y_bar: Any,
    image: Any,
    weights: Any,
    mode: str,
    cval: Any,
    origin: Any,
    axes: Any,
    convolves: bool,
) -> Any:
    """The cotangent of the weights in `correlate`, or in `convolve`.

    Each weight meets the image, continued beyond its edges, moved by its place. Of
    complex weights `correlate` takes the conjugates.

    >>> image, weights = np.array([1.0, 2.0, 4.0]), np.ones(3)
    >>> weights_bar(np.ones(3), image, weights, "constant", 0.0, 0, None, False)
    array([3., 7., 6.])
    """
    spread, origins = expanded(weights, origin, axes, np.ndim(image))
    windows = image
    for axis, (size, shift) in enumerate(zip(np.shape(spread), origins, strict=True)):
        n = np.shape(image)[axis]
        windows = continued(windows, size, mode, axis, cval)
        start = size - size // 2 - shift
        if convolves:
            start = 1 + shift + size // 2
        windows = np.take(windows, range(start, start + n + size - 1), axis=axis)
    if not convolves and np.iscomplexobj(weights):
        spread_bar = signal.correlate(windows, y_bar, "valid")
    else:
        spread_bar = np.conj(signal.correlate(windows, y_bar, "valid"))
    if convolves:
        spread_bar = np.flip(spread_bar)
    return np.reshape(spread_bar, np.shape(weights))


def beyond_edges(
    function: Any, image: Any, weights: Any, mode: str, origin: Any, axes: Any
) -> Any:
    """What a filter makes of zeros with ones beyond the edges.

    >>> weights = np.array([1.0, 2.0, 3.0])
    >>> beyond_edges(ndimage.correlate, np.ones(3), weights, "constant", 0, None)
    array([1., 0., 3.])
    """
    weights, origins = expanded(weights, origin, axes, np.ndim(image))
    zeros = np.zeros_like(image)
    return function(zeros, weights, mode=mode, cval=1.0, origin=origins)


def expanded(weights: Any, origin: Any, axes: Any, ndim: int) -> tuple[Any, list[int]]:
    """The weights with axes for all of an image's, and an origin for each.

    SciPy takes the weights' axes in the order of the image's, whatever `axes` says, but
    not the origins: other orders are refused.

    >>> expanded(np.ones((2, 3)), 1, (0, 2), 3)[0].shape
    (2, 1, 3)
    >>> expanded(np.ones(3), -1, (1,), 2)[1]
    [0, -1]
    """
    weights = np.asarray(weights)
    if axes is None:
        return weights, _for_each(origin, ndim)
    chosen = _axes(axes, ndim)
    if chosen != sorted(chosen):
        raise TypeError(f"scipy.ndimage has no derivative for axes={axes}: sort them")
    origins = [0] * ndim
    for axis, shift in zip(chosen, _for_each(origin, len(chosen)), strict=True):
        origins[axis] = shift
    others = tuple(k for k in range(ndim) if k not in chosen)
    return np.expand_dims(weights, others), origins


def _axes(axes: Any, ndim: int) -> list[int]:
    """The axes that a filter works on, counted from the first."""
    if axes is None:
        return list(range(ndim))
    return [axes % ndim] if isinstance(axes, int) else [k % ndim for k in axes]


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
    y_bar: Any, sigma: Any, order: Any, mode: Any, truncate: Any, radius: Any, axes: Any
) -> Any:
    """The cotangent of the image in `gaussian_filter`: axis by axis.

    >>> gaussian_filter_bar(np.ones((2, 2)), 0.1, 0, "nearest", 4.0, None, None)
    array([[1., 1.],
           [1., 1.]])
    """
    chosen = _axes(axes, np.ndim(y_bar))
    options = [_for_each(x, len(chosen)) for x in (sigma, order, mode, radius)]
    for axis, width, slope, edge, reach in zip(chosen, *options, strict=True):
        if width > 1e-15:
            y_bar = gaussian_bar(y_bar, width, axis, slope, edge, truncate, reach)
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


def uniform_filter_bar(y_bar: Any, size: Any, mode: Any, origin: Any, axes: Any) -> Any:
    """The cotangent of the image in `uniform_filter`: axis by axis.

    >>> uniform_filter_bar(np.ones(3), 3, "nearest", 0, None)
    array([1., 1., 1.])
    """
    chosen = _axes(axes, np.ndim(y_bar))
    options = [_for_each(value, len(chosen)) for value in (size, mode, origin)]
    for axis, width, edge, shift in zip(chosen, *options, strict=True):
        y_bar = uniform_bar(y_bar, width, axis, edge, shift)
    return y_bar


def slope_bar(y_bar: Any, across: list[int], axis: int, mode: Any) -> Any:
    """The cotangent of the image in `sobel` and `prewitt`, which differ in `across`.

    >>> slope_bar(np.ones(3), [1, 2, 1], 0, "nearest")
    array([-2.,  0.,  2.])
    """
    ndim = np.ndim(y_bar)
    axis, modes = axis % ndim, _for_each(mode, ndim)
    for k in range(ndim):
        if k != axis:
            y_bar = correlate1d_bar(y_bar, across, k, modes[k], 0)
    return correlate1d_bar(y_bar, [-1, 0, 1], axis, modes[axis], 0)


def laplace_bar(y_bar: Any, mode: Any, axes: Any) -> Any:
    """The cotangent of the image in `laplace`.

    >>> laplace_bar(np.array([1.0, 0.0, 0.0]), "nearest", None)
    array([-1.,  1.,  0.])
    """
    chosen = _axes(axes, np.ndim(y_bar))
    if not chosen:
        return y_bar
    modes = _for_each(mode, len(chosen))
    total = np.zeros_like(y_bar)
    for axis, edge in zip(chosen, modes, strict=True):
        total = total + correlate1d_bar(y_bar, [1, -2, 1], axis, edge, 0)
    return total


@overridable
def gaussian_slopes(
    image: Any,
    sigma: Any,
    order: int,
    mode: Any,
    cval: Any,
    axes: Any,
    truncate: Any,
    radius: Any,
) -> Any:
    """The derivatives along each axis of a smoothed image; itself without axes.

    >>> x = np.array([0.0, 1.0])
    >>> gaussian_slopes(x, 0.1, 0, "nearest", 0.0, None, 4.0, None)
    array([[0., 1.]])
    """
    found = []
    for edge, widths, orders in _slopes(np.ndim(image), sigma, order, mode, axes):
        options = {"mode": edge, "truncate": truncate, "radius": radius, "cval": cval}
        found.append(ndimage.gaussian_filter(image, widths, orders, **options))
    return np.stack(found) if found else np.expand_dims(image, 0)


def gaussian_slopes_bar(
    y_bar: Any,
    sigma: Any,
    order: int,
    mode: Any,
    axes: Any,
    truncate: Any,
    radius: Any,
) -> Any:
    """The cotangent of the image in `gaussian_slopes`.

    >>> gaussian_slopes_bar(np.ones((1, 2)), 0.1, 0, "nearest", None, 4.0, None)
    array([1., 1.])
    """
    if np.ndim(y_bar) == 1:
        return y_bar[0]
    total = np.zeros_like(y_bar[0])
    each = _slopes(np.ndim(y_bar) - 1, sigma, order, mode, axes)
    for k, (edge, widths, orders) in enumerate(each):
        options = (widths, orders, edge, truncate, radius, None)
        total = total + gaussian_filter_bar(y_bar[k], *options)
    return total


def _slopes(ndim: int, sigma: Any, order: int, mode: Any, axes: Any) -> list[Any]:
    """Edges, widths and orders of the filter for each derivative."""
    chosen = _axes(axes, ndim)
    if not chosen:
        return []
    widths = [0.0] * ndim
    for axis, width in zip(chosen, _for_each(sigma, len(chosen)), strict=True):
        widths[axis] = width
    return [
        (edge, widths, [order if k == axis else 0 for k in range(ndim)])
        for axis, edge in zip(chosen, _for_each(mode, len(chosen)), strict=True)
    ]
