"""Random assignments and the base of all writers of statements."""

from random import Random
from typing import Any

from tests.random_programs.expressions import Expressions
from tests.random_programs.scope import (
    SHAPES,
    Array,
    Flag,
    Helper,
    Number,
    Scope,
    Shape,
)


class Statements:
    """Writes random assignments and the base of all writers of statements."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.of = Expressions(random)
        self.choice = self.of.choice
        self.chance = self.of.chance
        self.count = 0
        self.helpers: list[Helper] = []

    def fresh(self, letter: str) -> str:
        """A name that was not used before."""
        self.count += 1
        return f"{letter}{self.count}"

    def target(self, scope: Scope, kind: Any, letter: str) -> str:
        """A variable to bind: often one of the same kind, else a new one."""
        same = [
            n for n, k in scope.variables.items() if k == kind and n not in scope.fixed
        ]
        if same and self.chance(0.5):
            return self.choice(same)
        other = [
            n
            for n, k in scope.variables.items()
            if isinstance(k, Number | Array) and n not in scope.fixed
        ]
        if other and scope.loops == 0 and self.chance(0.12):
            return self.choice(other)
        return self.fresh(letter)

    def bind(self, scope: Scope, name: str, kind: Any) -> None:
        """Note that a variable has a kind from now on."""
        scope.variables[name] = kind

    def value(self, scope: Scope, shape: Shape) -> str:
        """A number or an array that may be stored into a shape."""
        if self.chance(0.35):
            return self.of.number(scope, 1)
        return self.of.operand(scope, shape, 1)

    def shape(self, scope: Scope) -> Shape:
        """The shape of one of the arrays, or any."""
        shapes = [scope.variables[n].shape for n in scope.arrays()]
        return self.choice(shapes if shapes and self.chance(0.8) else SHAPES)

    def block(self, scope: Scope, count: int) -> None:
        """Some statements."""
        before = len(scope.lines)
        for _ in range(count):
            self.statement(scope)
        if len(scope.lines) == before:
            scope.write("pass")

    def inner(self, scope: Scope, count: int, loop: bool = False) -> Scope:
        """A block one level deeper; it shares the lines."""
        child = Scope(
            dict(scope.variables),
            set(scope.fixed),
            scope.lines,
            scope.depth + 1,
            scope.loops + loop,
            scope.result,
        )
        self.block(child, count)
        return child

    def join(self, scope: Scope, *children: Scope) -> None:
        """Keep what is bound with one kind on all paths."""
        scope.variables = {
            name: kind
            for name, kind in children[0].variables.items()
            if all(child.variables.get(name) == kind for child in children)
        }

    def statement(self, scope: Scope) -> None:
        """One random statement."""
        weights, writers = zip(*self.choices(scope), strict=True)
        self.random.choices(writers, weights)[0](scope)

    def choices(self, scope: Scope) -> list[tuple[int, Any]]:
        """The kinds of statements that may stand here, with their weights."""
        return [
            (6, self.assign_number),
            (7, self.assign_array),
            (3, self.augment),
            (2, self.swap),
            (1, self.unpack),
            (1, self.assign_flag),
        ]

    def assign_number(self, scope: Scope) -> None:
        """A float."""
        value = self.of.number(scope)
        name = self.target(scope, Number(), "s")
        if self.chance(0.1):
            other = self.target(scope, Number(), "s")
            scope.write(f"{name} = {other} = {value}")
            self.bind(scope, other, Number())
        else:
            scope.write(f"{name} = {value}")
        self.bind(scope, name, Number())

    def assign_array(self, scope: Scope) -> None:
        """A new array."""
        shape = self.shape(scope)
        value = self.of.array(scope, shape)
        name = self.target(scope, Array(shape), "a")
        scope.write(f"{name} = {value}")
        self.bind(scope, name, Array(shape))

    def assign_flag(self, scope: Scope) -> None:
        """A truth value."""
        name = self.fresh("c")
        scope.write(f"{name} = bool({self.of.condition(scope)})")
        self.bind(scope, name, Flag())

    def unpack(self, scope: Scope) -> None:
        """Several names at once."""
        if self.chance(0.3):
            vectors = scope.arrays((3,))
            if vectors:
                names = [self.fresh("s") for _ in range(3)]
                scope.write(f"{', '.join(names)} = {self.choice(vectors)}")
                for name in names:
                    self.bind(scope, name, Number())
                return
        names = [self.target(scope, Number(), "s") for _ in range(2)]
        values = [self.of.number(scope, 1) for _ in range(2)]
        if names[0] != names[1]:
            scope.write(f"{', '.join(names)} = {', '.join(values)}")
            for name in names:
                self.bind(scope, name, Number())

    def swap(self, scope: Scope) -> None:
        """Two variables or two elements change places."""
        arrays = scope.arrays()
        if arrays and self.chance(0.4):
            name = self.choice(arrays)
            one, other = self.of.element(scope, name), self.of.element(scope, name)
            scope.write(f"{one}, {other} = {other}, {one}")
            return
        for kind in (Array, Number):
            names = [n for n in scope.names(kind) if n not in scope.fixed]
            pairs = [
                (a, b)
                for a in names
                for b in names
                if a < b and scope.variables[a] == scope.variables[b]
            ]
            if pairs:
                a, b = self.choice(pairs)
                scope.write(f"{a}, {b} = {b}, {a}")
                return

    def augment(self, scope: Scope) -> None:
        """An augmented assignment to a name."""
        names = [n for n in scope.names(Number) if n not in scope.fixed]
        arrays = scope.arrays()
        if arrays and self.chance(0.6):
            name = self.choice(arrays)
            shape = scope.variables[name].shape
            op = self.choice(["+=", "*=", "-=", "+="])
            scope.write(f"{name} {op} {self.value(scope, shape)}")
        elif names:
            name = self.choice(names)
            op = self.choice(["+=", "*=", "-="])
            scope.write(f"{name} {op} {self.of.number(scope, 1)}")
