"""Compiled code that calls what runs on the tape, and must see all that it does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sourcediff.compile import Compiled
from sourcediff.compile.guards import Guard
from sourcediff.errors import LostGradient
from sourcediff.tensor.structures import tensors_in

_ALWAYS = 'tape its caller, too, with fallback="always"'


def sealed(
    compiled: Compiled,
    whole: Callable[[LostGradient], Compiled],
    noted: list[LostGradient],
) -> Compiled:
    """Compiled code with taped callees, from which no tracked value may come.

    Such a value has left a callee by a way that the compiler does not see, a variable
    from outside, and a derivative has been lost with it. A gradient then runs on the
    tape as a whole (`whole`); so it does if a callee writes into its arguments. With
    anything in `noted` the code is not to be used again.
    """
    pair = compiled.pair
    if pair is None:
        main = compiled.functions[compiled.main]
        watched = _watched(compiled, main)
        functions = {compiled.main: _or_whole(watched, compiled.tangents, whole)}
        guard = Guard(lambda: bool(noted), False)
        compiled = replace(compiled, guards=(*compiled.guards, guard))
    else:
        names = pair.forward, pair.backward
        functions = {n: _watched(compiled, compiled.functions[n]) for n in names}
    return replace(compiled, functions={**compiled.functions, **functions}, fast=None)


def _watched(compiled: Compiled, function: Callable[..., Any]) -> Callable[..., Any]:
    named = " or ".join(compiled.taped)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if tensors_in(result):
            construct = f"a variable from outside that {named} writes into"
            raise LostGradient(construct, _ALWAYS)
        return result

    return run


def _or_whole(
    function: Callable[..., Any],
    tangents: tuple[str, ...],
    whole: Callable[[LostGradient], Compiled],
) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except LostGradient as lost:
            taped = whole(lost)
        names = dict(zip(tangents, taped.tangents, strict=True))
        named = {names.get(name, name): value for name, value in kwargs.items()}
        return taped.function(*args, **named)

    return run
