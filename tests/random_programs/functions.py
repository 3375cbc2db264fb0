"""Random helpers, nested functions, and their calls."""

from typing import Any

from tests.random_programs.control_flow import ControlFlow
from tests.random_programs.scope import (
    SHAPES,
    Array,
    Helper,
    Number,
    Scope,
)


class Functions(ControlFlow):
    """Writes random helpers, nested functions, and their calls."""

    def choices(self, scope: Scope) -> list[tuple[int, Any]]:
        """Nested functions and calls of helpers too."""
        own: list[tuple[int, Any]] = [(1, self.inner_function)]
        if self.helpers:
            own.append((4, self.call_helper))
        return super().choices(scope) + own

    def argument(self, scope: Scope, kind: Any) -> str:
        """An argument of a kind; arrays are mostly variables or views of them."""
        if isinstance(kind, Number):
            return self.of.number(scope, 1)
        return self.of.array(scope, kind.shape, 0 if self.chance(0.8) else 1)

    def call_helper(self, scope: Scope) -> None:
        """A call of a function of the module."""
        helper = self.choice(self.helpers)
        arguments = [self.argument(scope, kind) for kind in helper.parameters]
        text = f"{helper.name}({', '.join(arguments)})"
        if not helper.results:
            scope.write(text)
        elif len(helper.results) == 1 and isinstance(helper.results[0], Number):
            name = self.target(scope, Number(), "s")
            scope.write(f"{name} = {text} * {self.of.number(scope, 0)}")
            self.bind(scope, name, Number())
        else:
            names = [self.fresh("r") for _ in helper.results]
            scope.write(f"{', '.join(names)} = {text}")
            for name, kind in zip(names, helper.results, strict=True):
                self.bind(scope, name, kind)

    def inner_function(self, scope: Scope) -> None:
        """A lambda or a nested function that captures variables, and its call."""
        name, parameter = self.fresh("g"), self.fresh("z")
        known = Scope({**scope.variables, parameter: Number()})
        if self.chance(0.5):
            scope.write(f"{name} = lambda {parameter}: {self.of.number(known, 1)}")
        else:
            scope.write(f"def {name}({parameter}, scale=0.7):")
            arrays = scope.arrays()
            if arrays and self.chance(0.4):
                element = self.of.element(scope, self.choice(arrays))
                scope.write(f"    {element} = {self.of.number(known, 1)}")
            scope.write(f"    return scale * {self.of.number(known, 1)}")
        argument = self.of.number(scope, 1)
        target = self.target(scope, Number(), "s")
        scope.write(f"{target} = {name}({argument})")
        self.bind(scope, target, Number())

    def recursive_helper(self) -> list[str]:
        """The lines of a helper that calls itself."""
        name, n = self.fresh("h"), self.fresh("n")
        array, x = self.fresh("x"), self.fresh("x")
        shape = self.choice([(3,), (4,)])
        kinds = {array: Array(shape), x: Number()}
        scope = Scope(dict(kinds))
        scope.result = lambda at: at.write(self.results(at, (Number(),)))
        scope.lines.append(f"def {name}({array}, {x}, {n}=2):")
        scope.write(f"if {n} == 0:")
        scope.write(f"    return {self.of.number(scope, 1)}")
        self.block(scope, self.random.randrange(1, 3))
        call = f"{name}({array}, {self.of.number(scope, 0)}, {n} - 1)"
        scope.write(f"return 0.5 * {call} + {self.of.number(scope, 1)}")
        self.helpers.append(Helper(name, tuple(kinds.values()), (Number(),)))
        return [*scope.lines, "", ""]

    def helper(self) -> list[str]:
        """The lines of a new helper."""
        if self.chance(0.1):
            return self.recursive_helper()
        kinds = [self.parameter() for _ in range(self.random.randrange(1, 4))]
        names = [self.fresh("x") for _ in kinds]
        name = self.fresh("h")
        results: tuple[Any, ...] = self.choice(
            [(), (Number(),), (Number(),), (Number(), Number()), None]
        )
        if results is None:
            arrays = [k for k in kinds if isinstance(k, Array)]
            results = (self.choice(arrays),) if arrays else (Number(),)
        scope = Scope(dict(zip(names, kinds, strict=True)))

        def write_result(at: Scope) -> None:
            at.write(self.results(at, results))

        scope.result = write_result
        scope.lines.append(f"def {name}({', '.join(names)}):")
        self.block(scope, self.random.randrange(1, 5))
        if results or self.chance(0.2):
            write_result(scope)
        self.helpers.append(Helper(name, tuple(kinds), results))
        return [*scope.lines, "", ""]

    def results(self, scope: Scope, kinds: tuple[Any, ...]) -> str:
        """A return statement."""
        values = [
            self.of.number(scope, 1)
            if isinstance(kind, Number)
            else self.of.array(scope, kind.shape, self.random.randrange(2))
            for kind in kinds
        ]
        return f"return {', '.join(values)}".rstrip()

    def parameter(self) -> Any:
        """The kind of a parameter."""
        return Number() if self.chance(0.35) else Array(self.choice(SHAPES))
