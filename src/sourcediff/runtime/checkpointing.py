"""Functions whose intermediate values are computed again rather than kept."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def checkpoint(function: F) -> F:
    """A function of which reverse mode keeps the arguments only.

    What its derivative needs besides is computed again when the reverse sweep comes to
    it: memory is traded for a second evaluation. Of the steps of a long loop it keeps
    the states between them instead of all that happens inside. It changes no number,
    and only gradients of functions that call it. The function must give the same result
    again: it must not write into its arguments or what lies outside, and not draw
    random numbers.

    >>> from sourcediff import grad
    >>> import numpy as np
    >>> @checkpoint
    ... def step(u):
    ...     return u + 0.1 * np.sin(u) * np.exp(-u)
    >>> def final(u):
    ...     for _ in range(100):
    ...         u = step(u)
    ...     return np.sum(u)
    >>> grad(final)(np.array([0.5, 1.0])).shape
    (2,)
    """
    if not isinstance(function, types.FunctionType):
        raise TypeError(f"checkpoint needs a Python function, not {function!r}")
    made = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    functools.update_wrapper(made, function)
    made.__kwdefaults__ = function.__kwdefaults__
    del made.__wrapped__  # type: ignore[attr-defined]
    made.__checkpoint__ = True  # type: ignore[attr-defined]
    return made  # type: ignore[return-value]


def is_checkpointed(function: Any) -> bool:
    """Whether what a function's derivative needs is to be computed again."""
    return getattr(function, "__checkpoint__", False) is True
