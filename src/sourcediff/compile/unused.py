"""New names for the values of a program."""

from __future__ import annotations

import gast

from sourcediff.ir import Program
from sourcediff.trees import walk


class Unused:
    """Names that a program does not have; what it has is looked up for the first one.

    >>> from sourcediff.ir import Origin
    >>> tree = gast.parse("def f(key): return key").body[0]
    >>> unused = Unused(Program(None, tree, Origin("", 1, ()), {}))
    >>> unused("key"), unused("key"), unused("mask")
    ('key2', 'key3', 'mask')
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._taken: set[str] | None = None

    def __call__(self, wish: str) -> str:
        """The wished name, numbered if it is taken."""
        if self._taken is None:
            program = self._program
            tree = program.node
            self._taken = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
            self._taken |= set(program.statics) | program.data
        name, number = wish, 1
        while name in self._taken:
            number += 1
            name = f"{wish}{number}"
        self._taken.add(name)
        return name
