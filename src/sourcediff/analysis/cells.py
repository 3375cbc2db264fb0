"""Functions made from text in which names stand for given objects."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable
from typing import Any


class Cells:
    """Names for the objects that a text means; none begins as those to avoid do.

    >>> cells = Cells()
    >>> text = f"def call(x): return {cells(type)}(x) is {cells(float)}"
    >>> cells.define(text)(0.5)
    True
    """

    def __init__(self, avoid: Iterable[str] = ()) -> None:
        self._prefix = "_"
        while any(name.startswith(self._prefix) for name in avoid):
            self._prefix += "_"
        self._names: dict[int, str] = {}
        self._values: list[Any] = []

    def __call__(self, value: Any) -> str:
        """The name of an object, always the same."""
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"{self._prefix}{len(self._values)}"
            self._values.append(value)
        return name

    @property
    def objects(self) -> dict[str, Any]:
        """The objects by their names."""
        return dict(zip(self._names.values(), self._values, strict=True))

    def define(self, text: str) -> Any:
        """The function `call` that a text defines.

        The objects are its cells, so that equal texts are compiled once.
        """
        return _maker(tuple(self._names.values()), text)(*self._values)


@functools.lru_cache(maxsize=1024)
def _maker(names: tuple[str, ...], text: str) -> Any:
    scope: dict[str, Any] = {"__name__": __name__}  # it is known as ours in a traceback
    body = textwrap.indent(text, "    ")
    exec(f"def make({', '.join(names)}):\n{body}\n    return call", scope)
    return scope["make"]
