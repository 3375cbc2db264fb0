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
    several = isinstance(condlist, list | tuple | np.ndarray)
    if not several or (np.ndim(condlist[0]) == 0 and shape != ()):
        condlist = [condlist]
    conditions = [np.asarray(condition, bool) for condition in condlist]
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


def unique_parts(a: Any) -> tuple[Any, Any, Any]:
    """Where the distinct elements of `a` stand first, which each is, and how often.

    >>> unique_parts(np.array([3.5, 1.5, 3.5]))
    (array([1, 0]), array([1, 0, 1]), array([1, 2]))
    """
    flat = np.reshape(a, -1)
    order = np.argsort(flat, kind="stable")
    ranked = flat[order]
    new = np.concatenate([[True], np.not_equal(ranked[1:], ranked[:-1])])
    new = new[: len(order)]
    inverse = np.empty(len(order), np.intp)
    inverse[order] = np.cumsum(new) - 1
    return order[new], np.reshape(inverse, np.shape(a)), np.bincount(inverse)


def weights_of_columns(fweights: Any, n: int) -> Any:
    """How often each of `n` observations counts, as floats.

    >>> weights_of_columns([1, 3], 2)
    array([1., 3.])
    """
    return np.ones(n) if fweights is None else np.asarray(fweights, float)


def occurrences(indices: Any, shape: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """The elements that an index names, in rounds without repetition.

    Each round is a key of distinct elements, and their places in what the index gives,
    flattened.

    >>> [(key[0].tolist(), at.tolist()) for key, at in occurrences([2, 0, 2], (3,))]
    [([2, 0], [0, 1]), ([2], [2])]
    """
    size = int(np.prod(shape, dtype=int))
    flat = np.ravel(np.reshape(np.arange(size), shape)[indices])
    seen = np.zeros(size, int)
    turn = np.empty(flat.size, int)
    for place, element in enumerate(flat):
        turn[place] = seen[element]
        seen[element] += 1
    chosen = [np.flatnonzero(turn == k) for k in range(int(np.max(seen, initial=0)))]
    return [(np.unravel_index(flat[places], shape), places) for places in chosen]


def indexed_shape(indices: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of what an index gives of an array of some shape.

    >>> indexed_shape([2, 0, 2], (3, 4))
    (3, 4)
    """
    return np.shape(np.broadcast_to(0, shape)[indices])
