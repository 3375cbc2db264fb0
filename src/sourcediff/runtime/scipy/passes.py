"""Adjoints of filters that pass over a signal in both directions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal


def cascade_edge(sos: Any, padlen: int | None) -> int:
    """By how many samples `sosfiltfilt` extends a signal at both ends.

    >>> cascade_edge(np.array([[1.0, 2.0, 1.0, 1.0, 0.3, 0.2]]), None)
    9
    """
    if padlen is not None:
        return padlen
    taps = 2 * len(sos) + 1
    return int(3 * (taps - min(np.sum(sos[:, 2] == 0), np.sum(sos[:, 5] == 0))))


def filter_edge(b: Any, a: Any, padlen: int | None) -> int:
    """By how many samples `filtfilt` extends a signal at both ends.

    >>> filter_edge(np.ones(2), np.ones(3), None)
    9
    """
    return 3 * max(np.size(a), np.size(b)) if padlen is None else padlen


def response(b: Any, a: Any, n: int) -> Any:
    """What a filter that has settled at 1 does in silence.

    >>> response(np.array([1.0, 1.0]), np.array([1.0, 0.0]), 2)
    array([1., 0.])
    """
    return signal.lfilter(b, a, np.zeros(n), zi=signal.lfilter_zi(b, a))[0]


def cascade_response(sos: Any, n: int) -> Any:
    """The same of a cascade of filters.

    >>> cascade_response(np.array([[1.0, 1.0, 0.0, 1.0, 0.0, 0.0]]), 2)
    array([1., 0.])
    """
    return signal.sosfilt(sos, np.zeros(n), zi=signal.sosfilt_zi(sos))[0]


def filtfilt_bar(
    y_bar: Any, b: Any, a: Any, axis: int, padtype: Any, padlen: int | None
) -> Any:
    """The cotangent of the signal in `filtfilt`.

    >>> same = np.array([1.0, 0.0])
    >>> filtfilt_bar(np.array([1.0, 2.0]), same, same, -1, "odd", 0)
    array([1., 2.])
    """
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    edge = 0 if padtype is None else filter_edge(b, a, padlen)
    back = np.moveaxis(y_bar, axis, -1)
    first = response(b, a, np.shape(back)[-1] + 2 * edge)
    back = _extended(back, edge)
    back = _settled(signal.lfilter(b, a, back), first, back)[..., ::-1]
    back = _settled(signal.lfilter(b, a, back), first, back)[..., ::-1]
    return np.moveaxis(_cut_ends(back, edge, padtype), -1, axis)


def sosfiltfilt_bar(
    y_bar: Any, sos: Any, axis: int, padtype: Any, padlen: int | None
) -> Any:
    """The cotangent of the signal in `sosfiltfilt`.

    >>> same = np.array([[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]])
    >>> sosfiltfilt_bar(np.array([1.0, 2.0]), same, -1, "odd", 0)
    array([1., 2.])
    """
    sos = np.asarray(sos)
    edge = 0 if padtype is None else cascade_edge(sos, padlen)
    back = np.moveaxis(y_bar, axis, -1)
    first = cascade_response(sos, np.shape(back)[-1] + 2 * edge)
    back = _extended(back, edge)
    back = _settled(signal.sosfilt(sos, back), first, back)[..., ::-1]
    back = _settled(signal.sosfilt(sos, back), first, back)[..., ::-1]
    return np.moveaxis(_cut_ends(back, edge, padtype), -1, axis)


def _extended(y_bar: Any, edge: int) -> Any:
    """Zeros at both ends of the last axis."""
    widths = [(0, 0)] * (np.ndim(y_bar) - 1) + [(edge, edge)]
    return np.pad(y_bar, widths)


def _settled(filtered: Any, first: Any, y_bar: Any) -> Any:
    """The adjoint of a pass of a filter that starts settled on the first sample.

    All of it in reversed time: the pass is a filter from rest, whose adjoint is the
    filter in that time, and the response `first` to the first sample, now the last.
    """
    share = np.sum(y_bar[..., ::-1] * first, axis=-1, keepdims=True)
    return np.concatenate([filtered[..., :-1], filtered[..., -1:] + share], axis=-1)


def _cut_ends(x_bar: Any, edge: int, padtype: Any) -> Any:
    """The adjoint of extending a signal at both ends."""
    if not edge:
        return x_bar
    before, after = x_bar[..., :edge], x_bar[..., -edge:]
    inner = x_bar[..., edge:-edge]
    none = np.zeros_like(inner)
    sums = [np.sum(part, axis=-1, keepdims=True) for part in (before, after)]
    ends = np.concatenate([sums[0], none[..., 2:], sums[1]], axis=-1)
    if padtype == "constant":
        return inner + ends
    near = none[..., edge + 1 :]
    mirrored = np.concatenate([none[..., :1], before[..., ::-1], near], axis=-1)
    mirrored = mirrored + np.concatenate(
        [near, after[..., ::-1], none[..., :1]], axis=-1
    )
    return inner + mirrored if padtype == "even" else inner + 2 * ends - mirrored
