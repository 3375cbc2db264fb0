"""The function that a command names, and the arguments that it is given."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

#: The size of a random array, where nothing tells another.
SIZE = 5


class BadTarget(Exception):
    """A function or its arguments cannot be found as they were named."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call; false where none were given."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.args or self.kwargs)

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return ", ".join([*map(repr, self.args), *named])


@dataclass(frozen=True)
class Target:
    """A function, and the module that it was found in."""

    function: Any
    module: ModuleType

    def arguments(self, text: str | None) -> Arguments:
        """The arguments that a text spells, in terms of the module's names and np."""
        if not text:
            return Arguments()
        scope = {"np": np, **vars(self.module), "_arguments": _collected}
        try:
            found: Arguments = eval(f"_arguments({text})", scope)
        except Exception as error:
            raise BadTarget(
                f"--args {text!r}: {type(error).__name__}: {error}"
            ) from error
        try:
            inspect.signature(self.function).bind(*found.args, **found.kwargs)
        except TypeError as error:
            first = next(iter(inspect.signature(self.function).parameters), "")
            hint = "; the object comes first" if first == "self" else ""
            raise BadTarget(f"--args {text!r} does not fit: {error}{hint}") from error
        return found


def _collected(*args: Any, **kwargs: Any) -> Arguments:
    return Arguments(args, kwargs)


def find_target(text: str) -> Target:
    """The function that `module:function` or `file.py:function` names.

    >>> find_target("textwrap:dedent").function.__name__
    'dedent'
    """
    place, colon, name = text.rpartition(":")
    if not colon or not place or not name:
        raise BadTarget(f"{text!r} is not module:function or file.py:function")
    module = _file(place) if place.endswith(".py") else _module(place)
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            raise BadTarget(f"{place} has no {name}{_suggestion(module)}")
        value = getattr(value, part)
    if not callable(value):
        raise BadTarget(f"{name} of {place} is {type(value).__name__}, no function")
    return Target(value, module)


def _suggestion(module: ModuleType) -> str:
    own = [
        name
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    ]
    return f"; it has {', '.join(sorted(own)[:8])}" if own else ""


def _file(place: str) -> ModuleType:
    path = Path(place)
    if not path.is_file():
        raise BadTarget(f"there is no file {place}")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    loader = spec.loader

    def load() -> ModuleType:
        loader.exec_module(module)
        return module

    return _loaded(place, load)


def _module(place: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    return _loaded(place, lambda: importlib.import_module(place))


def _loaded(place: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        return load()
    except Exception as error:
        raise BadTarget(
            f"{place} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def random_arguments(function: Callable[..., Any], seed: int) -> Arguments:
    """Arguments by annotations: floats, integers and arrays; defaults stay away.

    A parameter without annotation becomes a float. Raises `BadTarget` where the
    function cannot be called with what was guessed.
    """
    rng = np.random.default_rng(seed)
    made: list[Any] = []
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.default is not parameter.empty or parameter.kind in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            continue
        made.append(_random(parameter.annotation, rng))
    found = Arguments(tuple(made))
    try:
        function(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in made))
    except Exception as error:
        raise BadTarget(
            f"{getattr(function, '__name__', function)} cannot be called with "
            f"({found}), which was guessed; give --args, or annotate the parameters "
            f"({type(error).__name__}: {error})"
        ) from error
    return found


def _random(annotation: Any, rng: np.random.Generator) -> Any:
    if annotation is int:
        return SIZE
    if annotation is np.ndarray or "ndarray" in str(annotation):
        return rng.uniform(0.5, 1.5, SIZE).round(3)
    return float(rng.uniform(0.5, 1.5).__round__(3))
