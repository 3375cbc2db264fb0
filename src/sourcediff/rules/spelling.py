"""How a function's own signature names the arguments of a call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any


def without_defaults(
    function: Any,
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    known: Collection[str],
    is_default: Callable[[Any, Any], bool],
) -> dict[str, Any] | None:
    """A call's arguments by name, without unknown ones that say what they would anyway.

    None where an unknown one says something else, or the names cannot be told.

    >>> def solve(a, b, overwrite=False, check=True): ...
    >>> without_defaults(solve, ["A", "v", False], {}, ("a", "b"), lambda x, y: x is y)
    {'a': 'A', 'b': 'v'}
    """
    parameters = _parameters(function)
    by_position = [p.name for p in parameters if p.kind in _BY_POSITION]
    if len(arguments) > len(by_position):
        return None
    given = dict(zip(by_position, arguments, strict=False)) | dict(keywords)
    defaults = {p.name: p.default for p in parameters}
    if not given.keys() <= defaults.keys():
        return None
    left = {
        name: value
        for name, value in given.items()
        if name in known or not is_default(value, defaults[name])
    }
    return left if left.keys() <= set(known) else None


_BY_POSITION = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


@functools.cache
def _parameters(function: Any) -> tuple[inspect.Parameter, ...]:
    try:
        return tuple(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C
        return ()
