"""SciPy's frozen distributions, out of sight of what stands for them."""

from __future__ import annotations

from typing import Any

from scipy import stats


def freeze(name: str, args: Any, kwds: Any) -> Any:
    """The distribution of a name, of numbers or of vectors, with its parameters.

    >>> float(freeze("norm", (0.5,), {}).mean())
    0.5
    """
    return getattr(stats, name)(*args, **kwds)
