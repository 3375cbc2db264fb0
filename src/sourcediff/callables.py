"""What users give for a function: as what it is compiled, and how it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any

from sourcediff.compile.derived import Derived
from sourcediff.emit.generated import Generated, pseudo_filename, register
from sourcediff.errors import WrtError

Wrt = int | str | tuple[int | str, ...]


def opened(function: Any) -> tuple[Any, tuple[Any, ...]]:
    """The function to compile for a callable, and the first arguments that it has.

    Of a method, or an object that is called, that is the object itself. Results that
    are cached (`functools.lru_cache`) are computed. Raises TypeError for what cannot be
    called, or does not tell its parameters.

    >>> class Line:
    ...     def at(self, x): return self.slope * x
    >>> line = Line()
    >>> opened(line.at) == (Line.at, (line,))
    True
    """
    if not callable(function):
        raise TypeError(f"a function is needed; {function!r} was given")
    if isinstance(function, Derived):
        return function.opened()
    if isinstance(function, MethodType):
        inner, first = opened(function.__func__)
        return inner, (*first, function.__self__)
    if isinstance(function, functools._lru_cache_wrapper):
        return opened(function.__wrapped__)
    if isinstance(function, FunctionType):
        return _in_own_words(function), ()
    call = None if inspect.isclass(function) else type(function).__call__
    if isinstance(call, FunctionType) and not hasattr(function, "__wrapped__"):
        inner, first = opened(call)
        return inner, (*first, function)
    _require_signature(function)
    return function, ()


def _require_signature(function: Any) -> None:
    """Refuse what is written in C and does not tell its parameters."""
    try:
        inspect.signature(function)
    except ValueError:
        name = name_of(function)
        raise TypeError(
            f"{name} does not tell its parameters; give a function that calls it, "
            f"such as lambda x: {name}(x)"
        ) from None


def _in_own_words(function: FunctionType) -> Any:
    """A function with the parameters that it says it has, if those are others.

    `functools.wraps` makes a function of `*args` that presents itself as another one.
    """
    if not function.__dict__.keys() & {"__wrapped__", "__signature__"}:
        return function
    said = inspect.signature(function).parameters
    own = inspect.signature(function, follow_wrapped=False).parameters
    if [(p.name, p.kind) for p in said.values()] == [
        (p.name, p.kind) for p in own.values()
    ]:
        return function
    return _presented(function, function.__code__)


@functools.lru_cache(maxsize=512)
def _presented(function: FunctionType, code: Any) -> Any:
    """A function with the parameters of a wrapper's signature, which calls it."""
    del code  # part of the key: a function may get another body
    name = function.__name__ if function.__name__.isidentifier() else "wrapped"
    parameters = list(inspect.signature(function).parameters.values())
    given = {f"{p.name}_default": p.default for p in parameters}
    text = (
        f"def presented(wrapper, {', '.join(given)}):\n"
        f"    def {name}{_declared(parameters)}:\n"
        f"        return wrapper({', '.join(map(_passed, parameters))})\n"
        f"    return {name}\n"
    )
    source = function.__code__
    file = pseudo_filename(name, source.co_filename, source.co_firstlineno)
    made = Generated(text, f"the call of {name}", source.co_filename, {})
    scope: dict[str, Any] = {}
    exec(compile(text, register(file, made), "exec"), scope)
    presented = scope["presented"](function, **given)
    presented.__module__, presented.__doc__ = function.__module__, function.__doc__
    return presented


def _declared(parameters: list[inspect.Parameter]) -> inspect.Signature:
    """The signature without annotations, its defaults by name."""

    class Name(str):
        __repr__ = str.__str__
        __slots__ = ()

    return inspect.Signature(
        [
            p.replace(
                annotation=p.empty,
                default=p.empty if p.default is p.empty else Name(f"{p.name}_default"),
            )
            for p in parameters
        ]
    )


def _passed(parameter: inspect.Parameter) -> str:
    """How a parameter is passed on to a function with the same one."""
    match parameter.kind:
        case parameter.VAR_POSITIONAL:
            return f"*{parameter.name}"
        case parameter.VAR_KEYWORD:
            return f"**{parameter.name}"
        case parameter.KEYWORD_ONLY:
            return f"{parameter.name}={parameter.name}"
        case _:
            return parameter.name


def positional(function: Any, args: Sequence[Any]) -> dict[str, Any]:
    """Positional arguments by the names of their parameters.

    >>> positional(lambda x, *more: x, (1.5, 2.5, 3.5))
    {'x': 1.5, 'more': (2.5, 3.5)}
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    known = code is not None and isinstance(function, FunctionType | Derived)
    signature = _signature(function, code) if known else inspect.signature(function)
    return signature.bind_partial(*args).arguments


@functools.lru_cache(maxsize=512)
def _signature(function: Any, code: Any) -> inspect.Signature:
    """A function's signature, which is read once for each body that it gets."""
    del code
    return inspect.signature(function)


def name_of(function: Any) -> str:
    """What a callable is called in messages."""
    return getattr(function, "__name__", type(function).__name__)


def bound(
    function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """The arguments of a call by parameter, defaults included.

    >>> bound(lambda x, n: x**n, (1.5,), {})
    Traceback (most recent call last):
    TypeError: <lambda>() is missing a required argument: 'n'
    """
    try:
        found = inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        what = str(error).replace("missing", "is missing", 1)
        raise TypeError(f"{name_of(function)}() {what}") from None
    found.apply_defaults()
    return found


def parameters_of(function: Any, wrt: Wrt) -> tuple[tuple[str, ...], bool]:
    """The names of the parameters that `wrt` means, and whether it is just one.

    >>> parameters_of(lambda w, x, b: w @ x + b, (0, "b"))
    (('w', 'b'), False)
    """
    names = tuple(inspect.signature(function).parameters)
    single = not isinstance(wrt, tuple)
    chosen: list[str] = []
    for item in wrt if isinstance(wrt, tuple) else (wrt,):
        found = _parameter(item, names)
        if found is None:
            raise WrtError(name_of(function), item, names)
        if found in chosen:
            raise WrtError(name_of(function), item, names, "is given twice for")
        chosen.append(found)
    return tuple(chosen), single


def _parameter(item: Any, names: tuple[str, ...]) -> str | None:
    if isinstance(item, str):
        return item if item in names else None
    if isinstance(item, bool) or not hasattr(item, "__index__"):
        return None
    position = item.__index__()
    return names[position] if -len(names) <= position < len(names) else None
