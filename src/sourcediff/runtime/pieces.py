"""The pieces of an array that a function looks at: by condition, or from index on."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.runtime.partials import tie_shares


def piecewise_conditions(condlist: Any, count: int, shape: tuple[int, ...]) -> Any:
    """The conditions of `np.piecewise`, one for each of `count` functions.

    >>> piecewise_conditions([np.array([True, False])], 2, (2,))
    [array([ True, False]), array([False,  True])]
    """
    if not isinstance(condlist, list | tuple) or (
        condlist and np.ndim(condlist[0]) == 0 and shape != ()
    ):
        condlist = [condlist]
    conditions = [np.broadcast_to(np.asarray(c, bool), shape) for c in condlist]
    if count == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    if count != len(conditions):
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or "
            f"{len(conditions) + 1} functions are expected"
        )
    return conditions


def span_bar(edges_bar: Any, a: Any) -> Any:
    """The cotangent of `a` from that of edges evenly from its least to its greatest.

    >>> span_bar(np.array([1.0, 10.0, 100.0]), np.array([3.0, 2.0, 5.0]))
    array([  0.,   6., 105.])
    """
    if np.size(a) == 0:
        return np.zeros_like(a)
    steps = np.linspace(0, 1, np.shape(edges_bar)[0], dtype=edges_bar.dtype)
    least = tie_shares(a, np.min(a)) * np.sum(edges_bar * (1 - steps))
    return least + tie_shares(a, np.max(a)) * np.sum(edges_bar * steps)


def span_dot(a_dot: Any, a: Any, count: int) -> Any:
    """The tangent of edges evenly from the least to the greatest element of `a`.

    >>> span_dot(np.array([1.0, 2.0, 4.0]), np.array([3.0, 2.0, 5.0]), 3)
    array([2., 3., 4.])
    """
    if np.size(a) == 0:
        return np.zeros(count)
    steps = np.linspace(0, 1, count)
    least = np.sum(tie_shares(a, np.min(a)) * a_dot)
    return least * (1 - steps) + np.sum(tie_shares(a, np.max(a)) * a_dot) * steps


def segments(indices: Any, n: int) -> list[tuple[int, int]]:
    """The start and the end of each segment that a ufunc's `reduceat` combines.

    >>> segments([0, 3, 1], 5)
    [(0, 3), (3, 4), (1, 5)]
    """
    starts = [int(index) for index in indices]
    stops = [*starts[1:], n]
    return [(a, max(b, a + 1)) for a, b in zip(starts, stops, strict=True)]


def segment_lengths(indices: Any, n: int) -> Any:
    """How many elements each segment has.

    >>> segment_lengths([0, 3, 1], 5)
    array([3, 1, 4])
    """
    return np.array([stop - start for start, stop in segments(indices, n)])


def segment_key(indices: Any, n: int, axis: int, ndim: int) -> tuple[Any, ...]:
    """The index of the elements of all segments one after another, along `axis`.

    >>> segment_key([0, 3, 1], 5, 0, 1)
    (array([0, 1, 2, 3, 1, 2, 3, 4]),)
    """
    pieces = [np.arange(start, stop) for start, stop in segments(indices, n)]
    return (*[slice(None)] * (axis % ndim), np.concatenate(pieces))
