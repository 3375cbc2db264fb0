"""The one door to functions of which no code could be generated: forward, backward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import Any

_openers: list[Callable[..., tuple[Any, Any]]] = []


def install(
    opener: Callable[..., tuple[Any, Callable[..., Any]]],
    pusher: Callable[..., tuple[Any, Any]],
) -> None:
    """Let `opener(function, args, kwargs, written)` give values and pullbacks.

    And `pusher(function, args, kwargs, dots)` values and tangents. The tape is behind
    the door, above this package; so no import points up.
    """
    _openers[:] = [opener, pusher]


def along(
    dots: Mapping[int | str, Any], function: Any, /, *args: Any, **kwargs: Any
) -> tuple[Any, Any]:
    """The value of a function and its tangent, by those of arguments.

    These are known by their positions and keywords.
    """
    _, pusher = _openers
    return pusher(function, args, kwargs, dots)


def forward(function: Any, /, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """The value of a function, and what `backward` needs."""
    opener, _ = _openers
    return opener(function, args, kwargs, ())


def forward_into(
    written: tuple[Any, ...], function: Any, /, *args: Any, **kwargs: Any
) -> tuple[Any, Any]:
    """The same for a function that writes into arguments, by positions and keywords."""
    opener, _ = _openers
    return opener(function, args, kwargs, written)


def backward(saved: Any, y_bar: Any, *written_bars: Any) -> Any:
    """One cotangent per argument, those by keyword last, for that of the value.

    What was written into arguments has its cotangents after that of the value; those
    that are returned belong to what was there before.
    """
    return saved(y_bar, *written_bars)


class Packed:
    """A function whose `*args` are one argument, by keyword, as its `**options` are."""

    def __init__(
        self, function: Any, vararg: str | None = None, kwarg: str | None = None
    ) -> None:
        self.function, self.vararg, self.kwarg = function, vararg, kwarg
        self.__name__ = function.__name__

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the function, the packed arguments unpacked again."""
        rest = kwargs.pop(self.vararg, ()) if self.vararg else ()
        options = kwargs.pop(self.kwarg, {}) if self.kwarg else {}
        return self.function(*args, *rest, **kwargs, **options)


@dataclass(frozen=True)
class Listed:
    """A generator function that gives a list of all that it yields.

    Something may run `in_between`, after each value and before the next.

    >>> def doubled(x):
    ...     for _ in range(2):
    ...         x = x * 2
    ...         yield x
    >>> Listed(doubled, True)(1.5)
    [3.0, 6.0]
    """

    function: Any
    in_between: bool

    @property
    def __name__(self) -> str:
        """The name of the generator function."""
        return str(self.function.__name__)

    def __call__(self, /, *args: Any, **kwargs: Any) -> list[Any]:
        """All that one generator yields."""
        return list(self.function(*args, **kwargs))


@dataclass(frozen=True, eq=False)
class Local:
    """A function from inside another one, which takes what it captures by keyword.

    `program` is what the compiler knows of it. `wrap` makes of the function what is
    called.

    >>> def outer(k):
    ...     def inner(x):
    ...         return x * k
    ...     return inner
    >>> code = outer(1).__code__
    >>> Local(code, outer, ("k",), None)(2.0, k=3.0)
    6.0
    """

    code: CodeType
    outer: FunctionType
    captured: tuple[str, ...]
    program: Any
    wrap: Callable[[Any], Any] | None = None

    @property
    def __name__(self) -> str:
        """The name of the function."""
        return self.code.co_name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Local) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> Any:
        return self.code, self.outer

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the function with these variables around it."""
        outer = zip(
            self.outer.__code__.co_freevars, self.outer.__closure__ or (), strict=True
        )
        cells = {**dict(outer), self.__name__: CellType()}
        cells |= {name: CellType(kwargs.pop(name)) for name in self.captured}
        closure = tuple(cells[name] for name in self.code.co_freevars)
        scope = self.outer.__globals__
        made = FunctionType(self.code, scope, self.__name__, None, closure)
        cells[self.__name__].cell_contents = made
        return (self.wrap(made) if self.wrap else made)(*args, **kwargs)
