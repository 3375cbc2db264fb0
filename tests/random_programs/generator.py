"""Random programs: the text of a module whose function `f` returns one number."""

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.random_programs.functions import Functions
from tests.random_programs.scope import (
    SHAPES,
    Array,
    Arrays,
    Number,
    Numbers,
    Scope,
    Table,
)


@dataclass(frozen=True)
class Program:
    """The text of a module, and the kinds of the parameters of its function `f`."""

    text: str
    parameters: tuple[tuple[str, Any], ...]


class Writer(Functions):
    """Writes whole modules."""

    def program(self) -> Program:
        """A module."""
        lines = ["import math", "", "import numpy as np", "", ""]
        for _ in range(self.choice([0, 0, 1, 2])):
            lines += self.helper()
        kinds = [self.parameter() for _ in range(self.random.randrange(1, 4))]
        names = [self.fresh("p") for _ in kinds]
        if self.chance(0.15):
            names.append(self.fresh("p"))
            kinds.append(Table((("p", Number()), ("q", Array(self.choice(SHAPES))))))
        if self.chance(0.1):
            names.append(self.fresh("p"))
            kinds.append(Numbers(3))
        scope = Scope(dict(zip(names, kinds, strict=True)))
        scope.result = self.total
        scope.lines.append(f"def f({', '.join(names)}):")
        self.block(scope, self.random.randrange(2, 9))
        self.total(scope)
        text = "\n".join([*lines, *scope.lines]) + "\n"
        return Program(text, tuple(zip(names, kinds, strict=True)))

    def total(self, scope: Scope) -> None:
        """Return a number that depends on many of the variables."""
        terms = []
        for name, kind in scope.variables.items():
            if not self.chance(0.7):
                continue
            match kind:
                case Number():
                    terms.append(self.choice([name, f"{name} * {name}"]))
                case Array():
                    form = self.choice(["np.sum({0} * {0})", "np.sum(np.sin({0}))"])
                    terms.append(form.format(name))
                case Numbers():
                    terms.append(f"sum({name})")
                case Arrays():
                    terms.append(f"np.sum({name}[0] * {name}[1])")
                case Table():
                    terms.append(f'np.sum({name}["q"]) * {name}["p"]')
        scope.write(f"return {' + '.join(terms) or self.of.number(scope)}")


def generate(random: Random) -> Program:
    """A random program."""
    return Writer(random).program()
