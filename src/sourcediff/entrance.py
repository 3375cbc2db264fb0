"""What a gradient does when it is called: the code of the last signature, if it fits.

It is a function from text that tests the arguments one by one, and what the code was
compiled from, before it calls the code. That is faster than a look into a table, which
must make a key of all arguments first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from sourcediff.analysis.cells import Cells
from sourcediff.analysis.keys import likeness
from sourcediff.callables import name_of
from sourcediff.compile import Compiled
from sourcediff.compile.guards import conditions_of
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
        cells = Cells(self._names)
        names = self._arguments(cells)
        tests = [likeness(n, a, cells) for n, a in zip(names, args, strict=True)]
        tests += conditions_of(compiled.guards, cells)
        return self._made(cells, tests, compiled.function)

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
