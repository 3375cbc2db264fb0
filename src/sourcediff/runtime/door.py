"""The one door to functions of which no code could be generated: forward, backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_openers: list[Callable[..., tuple[Any, Callable[[Any], Any]]]] = []


def install(opener: Callable[..., tuple[Any, Callable[[Any], Any]]]) -> None:
    """Let `opener(function, *args)` give values and pullbacks, in the place of others.

    The tape is behind the door, above this package; so no import points up.
    """
    _openers[:] = [opener]


def forward(function: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """The value of a function, and what `backward` needs."""
    (opener,) = _openers
    return opener(function, *args, **kwargs)


def backward(saved: Any, y_bar: Any) -> Any:
    """One cotangent per argument, those by keyword last, for that of the value."""
    return saved(y_bar)
