"""Forward mode on the tape, which knows no tangents: two pullbacks make one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sourcediff.runtime import zeros_like
from sourcediff.tensor.fallback import Recording
from sourcediff.tensor.structures import leaves


def pushforward(
    recording: Recording, tangents: tuple[Any, ...], named: dict[str, Any] | None = None
) -> Any:
    """The tangent of a recorded result, tracked, for those of the arguments.

    None stands for zeros. A pullback is linear in its seed, and the derivative by the
    seed of its product with the tangents is the tangent of the result.

    >>> recording = Recording(lambda a, b: a * b, (3.0, 4.0), {})
    >>> pushforward(recording, (1.0, 0.5))
    5.5
    """

    def product(y_bar: Any) -> Any:
        bars, keyword_bars = recording.tracked_pullback(y_bar)
        return _inner((bars, keyword_bars), (tangents, named or {}))

    seed = Recording(product, (zeros_like(recording.value),), {})
    (y_dot,), _ = seed.tracked_pullback(1.0)
    return y_dot


def _inner(bars: Any, tangents: Any) -> Any:
    """The real inner product of cotangents with tangents, None standing for zeros."""
    total: Any = 0.0
    given = dict(leaves(tangents))
    for path, bar in leaves(bars):
        x_dot = next((given[p] for p in _ways(path) if p in given), None)
        if bar is not None and x_dot is not None:
            is_complex = np.iscomplexobj(bar) or np.iscomplexobj(x_dot)
            part = np.real(np.conj(bar) * x_dot) if is_complex else bar * x_dot
            total = total + np.sum(part)
    return total


def _ways(path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """A path, and those to the structures around."""
    return (path[:length] for length in range(len(path), 0, -1))
