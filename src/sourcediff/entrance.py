"""What a gradient does when it is called: the code of the last signature, if it fits.

It is a function from text that tests the arguments one by one, and what the code was
compiled from, before it calls the code. That is faster than a look into a table, which
must make a key of all arguments first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from sourcediff.analysis.cells import Cells
from sourcediff.analysis.keys import likeness
from sourcediff.callables import name_of
from sourcediff.compile import Compiled
from sourcediff.compile.guards import conditions_of
from sourcediff.compile.self_testing import names_of, with_head
from sourcediff.emit.notes import annotate

#: Goes on with positional and named arguments that are not those of the last signature.
Found = Callable[[Any, Mapping[str, Any]], Any]


class _Absent:
    """What stands for an argument that is not given."""


_ABSENT = _Absent()


class Entrance:
    """Makes the functions that are called in a gradient's place.

    `receiver` are the first arguments, which are given already: the object of a method.
    """

    def __init__(
        self, function: Callable[..., Any], receiver: tuple[Any, ...], found: Found
    ) -> None:
        self._found = found
        self._receiver = receiver
        self._title = name_of(function)
        parameters = inspect.signature(function).parameters
        plain = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self._named = all(p.kind is plain for p in parameters.values())
        self._names = tuple(parameters)
        self._optional = {n for n, p in parameters.items() if p.default is not p.empty}
        #: Where nothing is known yet.
        self.unknown = self._made(Cells(parameters), [], None)

    def known(self, compiled: Compiled, args: tuple[Any, ...]) -> Any:
        """For arguments like these, all that there are, the code compiled for them."""
        inside = self._inside(compiled, args)
        if inside is not None:
            return inside
        cells = Cells(self._names)
        names = self._arguments(cells)
        tests = [likeness(n, a, cells) for n, a in zip(names, args, strict=True)]
        tests += conditions_of(compiled.guards, cells)
        places = dict(zip(self._names, zip(names, args, strict=True), strict=True))
        tests += [
            f"not {cells(np.may_share_memory)}({places[written][0]}, {name})"
            for written in compiled.written
            for parameter, (name, value) in places.items()
            if parameter != written and type(value) is np.ndarray
        ]
        return self._made(cells, tests, compiled.function)

    def _inside(self, compiled: Compiled, args: tuple[Any, ...]) -> Any:
        """The code with the tests in it, if it is short and for numbers, or None."""
        function = compiled.function
        if self._receiver or self._optional or not self._named or not args:
            return None
        if not all(isinstance(a, int | float | complex) for a in args):
            return None
        if not isinstance(function, FunctionType):
            return None
        hidden = names_of(function)
        cells = Cells(hidden | set(function.__code__.co_names))

        def is_global(scope: Any, name: str) -> bool:
            return scope is function.__globals__ and name not in hidden

        values = dict(zip(self._names, args, strict=True))
        tests = [likeness(n, a, cells) for n, a in values.items()]
        tests += conditions_of(compiled.guards, cells, is_global)
        given, error = ", ".join(self._names), cells(Exception)
        head = (
            f"if not ({' and '.join(tests)}):"
            f" return {cells(self._found)}(({given},), {{}})"
        )
        handler = (
            f"except {error} as {error}error:\n"
            f"    {cells(annotate)}({error}error)\n"
            "    raise"
        )
        return with_head(function, values, head, handler, cells)

    def _made(self, cells: Cells, tests: list[str], function: Any) -> Any:
        if not self._named:
            return self._any
        given = ", ".join(self._arguments(cells))
        own = self._names[len(self._receiver) :]
        absent = cells(_ABSENT)
        optional = [name for name in own if name in self._optional]
        declared = [f"{name}={absent}" if name in optional else name for name in own]
        lines = [f"def call({', '.join(declared)}):"]
        if tests:
            error = cells(Exception)
            lines += [
                f"    if {' and '.join(tests)}:",
                "        try:",
                f"            return {cells(function)}({given})",
                f"        except {error} as {error}error:",
                f"            {cells(annotate)}({error}error)",
                "            raise",
            ]
        if optional:
            missing = " or ".join(f"{name} is {absent}" for name in optional)
            lines.append(f"    if {missing}: return {cells(self._lacking)}({given})")
        lines.append(f"    return {cells(self._found)}(({given},), {{}})")
        call = cells.define("\n".join(lines))
        call.__name__ = call.__qualname__ = self._title
        return call

    def _arguments(self, cells: Cells) -> list[str]:
        return [
            *map(cells, self._receiver),
            *self._names[len(self._receiver) :],
        ]

    def _any(self, *args: Any, **kwargs: Any) -> Any:
        """The call of a function with parameters that are not plain."""
        return self._found((*self._receiver, *args), kwargs)

    def _lacking(self, *values: Any) -> Any:
        """Go on with those arguments that are given; some are not."""
        first = next(i for i, value in enumerate(values) if value is _ABSENT)
        later = zip(self._names[first:], values[first:], strict=True)
        named = {name: value for name, value in later if value is not _ABSENT}
        return self._found(values[:first], named)
