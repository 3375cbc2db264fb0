"""Per-thread modes: whether operations are recorded, and how."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class State(threading.local):
    """What this thread has asked for; the class holds the defaults."""

    grad: bool = True
    inference: bool = False
    anomaly: bool = False
    check_nan: bool = True
    packers: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = ()
    lost: Exception | None = None  # a refusal, which user's code may have swallowed
    texts: frozenset[str] = frozenset()  # what tracked numbers were written as


state = State()

# The threads that have changed anything. While it is empty, which is nearly always,
# an operation need not look at its thread's state at all.
special: set[int] = set()


def change(**values: Any) -> dict[str, Any]:
    """Set modes of this thread, and return what they were.

    >>> before = change(grad=False)
    >>> is_grad_enabled()
    False
    >>> _ = change(**before)
    >>> is_grad_enabled()
    True
    """
    before = {name: getattr(state, name) for name in values}
    for name, value in values.items():
        setattr(state, name, value)
    unusual = not state.grad or state.inference or state.anomaly or bool(state.packers)
    (special.add if unusual else special.discard)(threading.get_ident())
    return before


class Mode:
    """A mode for the duration of a `with` block, or of a decorated function.

    It may be entered repeatedly and recursively, and is left also by exceptions.
    """

    def __init__(self) -> None:
        self._before: list[dict[str, Any]] = []

    def settings(self) -> dict[str, Any]:
        """The modes to be set while inside."""
        raise NotImplementedError

    def again(self) -> Mode:
        """Another mode object with the same settings."""
        return type(self)()

    def __enter__(self) -> Mode:
        self._before.append(change(**self.settings()))
        return self

    def __exit__(self, *_: object) -> None:
        change(**self._before.pop())

    def __call__(self, function: F) -> F:
        """Decorate a function; every call of it gets a mode of its own."""
        decorated: F = _decorated(function, self.again)
        return decorated


def _decorated(function: Any, mode: Callable[[], Mode]) -> Any:
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stepwise(*args: Any, **kwargs: Any) -> Any:
            with mode():
                generator = function(*args, **kwargs)
            sent = None
            while True:
                try:
                    with mode():
                        item = generator.send(sent)
                except StopIteration as stop:
                    return stop.value
                sent = yield item

        return stepwise

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with mode():
            return function(*args, **kwargs)

    return inside


class _Plain(Mode):
    """A mode without options, which decorates with or without parentheses."""

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        if function is None:
            return self
        Mode.__init__(self)
        return self(function)


class no_grad(_Plain):
    """Record nothing inside.

    >>> with no_grad():
    ...     is_grad_enabled()
    False
    """

    def settings(self) -> dict[str, Any]:
        """Recording off."""
        return {"grad": False}


class enable_grad(_Plain):
    """Record inside, also within `no_grad`.

    >>> with no_grad(), enable_grad():
    ...     is_grad_enabled()
    True
    """

    def settings(self) -> dict[str, Any]:
        """Recording on, unless in inference mode."""
        return {"grad": True}


class set_grad_enabled(Mode):
    """Turn recording on or off: at once, until the end of a `with` block if it is one.

    >>> _ = set_grad_enabled(False)
    >>> is_grad_enabled()
    False
    >>> _ = set_grad_enabled(True)
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = bool(mode)
        self._first: dict[str, Any] | None = change(grad=self.mode)

    def settings(self) -> dict[str, Any]:
        """Recording as asked for."""
        return {"grad": self.mode}

    def again(self) -> Mode:
        """Another one, for each call of a decorated function."""
        return set_grad_enabled(self.mode)

    def __enter__(self) -> Mode:
        if self._first is None:
            return super().__enter__()
        self._before.append(self._first)  # what was, before the constructor set it
        self._first = None
        return self

    def __call__(self, function: F) -> F:
        """Decorate a function; the mode is not set outside of it."""
        if self._first is not None:
            change(**self._first)
            self._first = None
        return super().__call__(function)


class inference_mode(Mode):
    """Record nothing inside, and mark the results as unfit for recording later.

    >>> with inference_mode():
    ...     is_grad_enabled(), is_inference_mode_enabled()
    (False, True)
    """

    def __new__(cls, mode: Any = True) -> Any:
        """Take the place of a function, when used without parentheses."""
        self = super().__new__(cls)
        if callable(mode):
            self.__init__(True)  # type: ignore[misc]
            return self(mode)
        return self

    def __init__(self, mode: Any = True) -> None:
        super().__init__()
        self.mode = bool(mode)

    def settings(self) -> dict[str, Any]:
        """Both recording and inference mode."""
        return {"grad": not self.mode, "inference": self.mode}

    def again(self) -> Mode:
        """Another one, for each call of a decorated function."""
        again: Mode = inference_mode(self.mode)
        return again


def is_grad_enabled() -> bool:
    """Whether operations on tensors are recorded in this thread.

    >>> is_grad_enabled()
    True
    """
    return state.grad and not state.inference


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`.

    >>> is_inference_mode_enabled()
    False
    """
    return state.inference


def refused(error: Exception) -> Exception:
    """An error about to be raised, which must not go unseen; see `Recording`."""
    state.lost = error
    return error


def remember(text: str) -> None:
    """Note that a text was made of tracked numbers."""
    if is_grad_enabled():
        state.texts |= {text.strip()}
