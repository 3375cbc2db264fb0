"""Functions that are generated for the kinds of their arguments, such as gradients."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sourcediff.analysis.signature import kinds_of
from sourcediff.kinds import Kind

#: What must hold as long as generated code is to be used (see `compile.guards`).
Guards = tuple[Any, ...]


@dataclass(frozen=True)
class Generated:
    """A generated function, and what must hold for it to be the right one."""

    function: Any
    guards: Guards = ()


class Derived:
    """An object that is called like a function and is one for arguments of some kinds.

    The compiler reads the text of that function, so that derivatives of derivatives
    are derivatives of generated code.
    """

    def generated(self, environment: Mapping[str, Kind]) -> Generated:
        """The generated function for parameters of these kinds."""
        raise NotImplementedError

    def opened(self) -> tuple[Derived, tuple[Any, ...]]:
        """What it derives from a method's function, and the method's object."""
        return self, ()


def concrete(
    function: Any, environment: Mapping[str, Kind]
) -> tuple[Any, Mapping[str, Kind], Guards]:
    """The function to compile in the place of a derived one, and its kinds."""
    if not isinstance(function, Derived):
        return function, environment, ()
    made = function.generated(environment)
    parameters = inspect.signature(made.function, follow_wrapped=False).parameters
    defaults = {
        name: parameter.default
        for name, parameter in parameters.items()
        if name not in environment
    }
    return made.function, {**environment, **kinds_of(defaults)}, made.guards


def bound_kinds(
    function: Derived, arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> dict[str, Kind] | None:
    """The kinds of a derived function's parameters at a call; None: it does not fit."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    try:
        bound = signature.bind(*arguments, **keywords)
    except TypeError:
        return None
    if any(p.kind in variadic for p in signature.parameters.values()):
        return None
    missing = {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if name not in bound.arguments
    }
    defaults = kinds_of(missing)
    return {
        name: bound.arguments.get(name, defaults.get(name))  # type: ignore[misc]
        for name in signature.parameters
    }
