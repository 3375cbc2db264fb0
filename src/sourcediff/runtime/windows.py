"""The sum of windows that overlap, as the adjoint of sliding windows needs it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.dispatch import overridable


@overridable
def add_windows(
    y_bar: Any, shape: tuple[int, ...], window_shape: Any, axis: Any = None
) -> Any:
    """The cotangent of what `sliding_window_view` made windows `y_bar` of.

    `y_bar` may also be one number for all of them.

    >>> add_windows(np.ones((3, 2)), (4,), 2)
    array([1., 2., 2., 1.])
    """
    sizes = tuple(np.atleast_1d(window_shape).tolist())
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis).tolist()
    counts = list(shape)
    for along, size in zip(axes, sizes, strict=True):
        counts[along] -= size - 1
    windows = np.broadcast_to(y_bar, (*counts, *sizes))
    x_bar = np.zeros(shape, windows.dtype)
    for places in np.ndindex(*sizes):
        starts = [0] * len(shape)
        for along, place in zip(axes, places, strict=True):
            starts[along] += place
        ends = zip(starts, counts, strict=True)
        part = tuple(slice(start, start + count) for start, count in ends)
        x_bar[part] += windows[(..., *places)]
    return x_bar
