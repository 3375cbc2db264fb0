"""Random branches, loops and jumps."""

from typing import Any

from tests.random_programs.containers import Containers
from tests.random_programs.scope import (
    Array,
    Flag,
    Index,
    Number,
    Scope,
)

STEPS = (
    "range({})",
    "range({})",
    "range({}, -1, -1)",
    "range(0, {}, 2)",
    "range(1, {})",
)


class ControlFlow(Containers):
    """Writes random branches, loops and jumps."""

    def choices(self, scope: Scope) -> list[tuple[int, Any]]:
        """Branches, loops and jumps too, not nested too deeply."""
        own: list[tuple[int, Any]] = []
        if scope.depth <= 3:
            own += [(4, self.branch), (5, self.for_range), (2, self.for_array)]
            own += [(1, self.while_loop), (1, self.maybe_bound)]
        if scope.loops:
            own.append((1, self.jump))
        elif scope.depth > 1:
            own.append((1, self.early_return))
        return super().choices(scope) + own

    def branch(self, scope: Scope) -> None:
        """A decision with one to three paths."""
        scope.write(f"if {self.of.condition(scope)}:")
        children = [self.inner(scope, self.random.randrange(1, 4))]
        if self.chance(0.25):
            scope.write(f"elif {self.of.condition(scope)}:")
            children.append(self.inner(scope, self.random.randrange(1, 3)))
        if self.chance(0.6):
            scope.write("else:")
            children.append(self.inner(scope, self.random.randrange(1, 3)))
            self.join(scope, *children)
        else:
            self.join(scope, scope, *children)

    def loop_body(self, scope: Scope, bound: dict[str, Any]) -> None:
        """A body that may run any number of times."""
        child = Scope(
            {**scope.variables, **bound},
            scope.fixed | set(bound),
            scope.lines,
            scope.depth + 1,
            scope.loops + 1,
            scope.result,
        )
        self.block(child, self.random.randrange(1, 4))
        self.join(scope, scope, child)

    def for_range(self, scope: Scope) -> None:
        """A loop over a range, with any step, sometimes without a trip."""
        name = self.fresh("i")
        n = self.choice([0, 1, 2, 3, 3, 4])
        form = self.choice(STEPS)
        numbers = eval(form.format(n))
        kind = Index(min(numbers, default=0), max(numbers, default=0) + 1)
        scope.write(f"for {name} in {form.format(n)}:")
        self.loop_body(scope, {name: kind})
        self.loop_else(scope)

    def loop_else(self, scope: Scope) -> None:
        """What runs when a loop was not left by break."""
        if self.chance(0.08):
            scope.write("else:")
            self.join(scope, scope, self.inner(scope, 1))

    def for_array(self, scope: Scope) -> None:
        """A loop over an array, its rows, with indices, or over two arrays."""
        arrays = scope.arrays()
        if not arrays:
            return
        base = self.choice(arrays)
        shape = scope.variables[base].shape
        item = self.fresh("e")
        kind = Number() if len(shape) == 1 else Array(shape[1:])
        form = self.random.randrange(4)
        if form == 0:
            k = self.fresh("k")
            scope.write(f"for {k}, {item} in enumerate({base}):")
            self.loop_body(scope, {item: kind, k: Index(0, shape[0])})
        elif form == 1:
            other, second = self.choice(arrays), self.fresh("e")
            given = scope.variables[other].shape
            second_kind = Number() if len(given) == 1 else Array(given[1:])
            scope.write(f"for {item}, {second} in zip({base}, {other}):")
            self.loop_body(scope, {item: kind, second: second_kind})
        elif form == 2:
            scope.write(f"for {item} in reversed({base}):")
            self.loop_body(scope, {item: kind})
        else:
            scope.write(f"for {item} in {base}:")
            self.loop_body(scope, {item: kind})

    def while_loop(self, scope: Scope) -> None:
        """A loop with a counter and another condition."""
        k = self.fresh("k")
        n = self.random.randrange(1, 4)
        scope.write(f"{k} = 0")
        test = self.choice(
            [f"{k} < {n}", f"{k} < {n} and ({self.of.condition(scope)})"]
        )
        scope.write(f"while {test}:")
        scope.write(f"    {k} += 1")
        self.loop_body(scope, {k: Index(0, n + 1)})
        self.bind(scope, k, Index(0, n + 1))
        self.loop_else(scope)

    def jump(self, scope: Scope) -> None:
        """Break, continue or return under a condition."""
        scope.write(f"if {self.of.condition(scope)}:")
        kind = self.random.randrange(3)
        if kind == 2:
            inside = Scope(scope.variables, lines=scope.lines, depth=scope.depth + 1)
            scope.result(inside)
        else:
            scope.write("    " + ("break" if kind else "continue"))

    def early_return(self, scope: Scope) -> None:
        """A return under a condition."""
        scope.write(f"if {self.of.condition(scope)}:")
        inside = Scope(scope.variables, lines=scope.lines, depth=scope.depth + 1)
        scope.result(inside)

    def maybe_bound(self, scope: Scope) -> None:
        """A variable that is bound in one branch and read under the same condition."""
        flag, name = self.fresh("c"), self.fresh("t")
        scope.write(f"{flag} = bool({self.of.condition(scope)})")
        scope.write(f"if {flag}:")
        scope.write(f"    {name} = {self.of.number(scope, 1)}")
        self.statement(scope)
        target = self.target(scope, Number(), "s")
        use = f"{name} * {self.of.number(scope, 0)}"
        scope.write(f"{target} = {use} if {flag} else {self.of.number(scope, 0)}")
        self.bind(scope, flag, Flag())
        self.bind(scope, target, Number())
