"""What every lowering of one function works with."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from sourcediff.errors import CompileError, Location, Problem
from sourcediff.front import build
from sourcediff.front.purity import are_pure, is_pure
from sourcediff.front.scopes import Fresh, identifiers
from sourcediff.front.suspects import Suspicion
from sourcediff.ir import Origin, Program
from sourcediff.trees import walk


@dataclass
class Problems:
    """The constructs of a function that cannot be compiled, in a list."""

    origin: Origin
    found: list[Problem] = field(default_factory=list)

    def add(self, node: Any, cause: str, construct: str = "") -> None:
        """Note a construct; without a text for it, its line is shown."""
        place = Location.of(self.origin.file, node)
        text = construct or self.origin.text(node.lineno)
        problem = Problem(place, text, cause)
        if problem not in self.found:
            self.found.append(problem)

    def copy(self) -> Problems:
        """A list that grows on its own."""
        return Problems(self.origin, list(self.found))

    def raise_any(self, name: str) -> None:
        """Raise `CompileError` with all that was found."""
        if self.found:
            place = Location(self.origin.file, self.origin.line)
            raise CompileError(name, place, self.found)


@dataclass
class Context:
    """The program, its suspects, its problems and its supply of new names."""

    program: Program
    suspect: Suspicion
    fresh: Fresh
    problems: Problems
    statics: dict[str, Any]
    outer_names: set[str]
    flags: set[str] = field(default_factory=set)
    indices: list[str] = field(default_factory=list)

    def trial(self) -> Context:
        """A context to try a lowering in, without consequences."""
        return replace(
            self,
            fresh=self.fresh.copy(),
            problems=self.problems.copy(),
            statics=dict(self.statics),
        )

    def builtin(self, name: str) -> Any:
        """A name for a builtin function, which the user's names may hide."""
        value = getattr(builtins, name)
        for known, static in self.statics.items():
            if static is value:
                return build.load(known)
        made = self.fresh(name, hides_builtin=True)
        self.statics[made] = value
        return build.load(made)

    def numpy(self, function: str) -> Any:
        """A function of NumPy's, under the module's name in the program."""
        names = (known for known, static in self.statics.items() if static is np)
        name = next(names, None)
        if name is None:
            name = self.fresh("np")
            self.statics[name] = np
        return gast.Attribute(build.load(name), function, gast.Load())

    def new(self, wish: str, value: Any | None = None, suspect: bool = False) -> str:
        """A fresh name; a suspect itself if its value is."""
        name = self.fresh(wish)
        if suspect or (value is not None and self.suspect(value)):
            self.suspect.add(name)
        return name

    def flag(self, wish: str) -> str:
        """A fresh name for a boolean that stands for a jump."""
        name = self.fresh(wish)
        self.flags.add(name)
        return name

    def index(self, loop: Any) -> str:
        """A name for a loop's counter: another one than those of the loops inside."""
        inside = identifiers(loop)
        for name in self.indices:
            if name not in inside:
                return name
        self.indices.append(self.fresh.first("i", "j", "k", "index"))
        return self.indices[-1]

    def pure(self, expression: Any) -> bool:
        """Whether evaluating an expression has no effects."""
        return is_pure(expression, self.program)

    def pure_block(self, statements: list[Any]) -> bool:
        """Whether statements only put pure values into names."""
        return are_pure(statements, self.program)

    def refuse(self, node: Any, cause: str, construct: str = "") -> None:
        """Note a problem."""
        self.problems.add(node, cause, construct)


def mentions(node: Any, names: set[str]) -> bool:
    """Whether one of the names occurs below."""
    return any(isinstance(n, gast.Name) and n.id in names for n in walk(node))
