"""Random views, aliases and stores through them."""

from typing import Any

from tests.random_programs.scope import (
    Array,
    Scope,
    Shape,
)
from tests.random_programs.statements import Statements


class Memory(Statements):
    """Writes random views, aliases and stores through them."""

    def choices(self, scope: Scope) -> list[tuple[int, Any]]:
        """Views and stores too."""
        own = [(4, self.make_view), (9, self.store), (1, self.special_store)]
        return super().choices(scope) + own

    def make_view(self, scope: Scope) -> None:
        """A view, a view of a view, or an alias."""
        arrays = scope.arrays()
        if not arrays:
            return
        base = self.choice(arrays)
        shape = scope.variables[base].shape
        text, found = self.view(scope, base, shape)
        name = self.target(scope, Array(found), "u")
        scope.write(f"{name} = {text}")
        self.bind(scope, name, Array(found))

    def view(self, scope: Scope, base: str, shape: Shape) -> tuple[str, Shape]:
        """The text and the shape of a view."""
        size = shape[0] * (shape[1] if len(shape) == 2 else 1)
        kind = self.random.randrange(6)
        if kind == 0:
            return base, shape
        if len(shape) == 1:
            if kind == 1 and size == 6:
                return f"{base}.reshape(2, 3)", (2, 3)
            if kind == 2:
                text, n = self.of.slices(size)
                return f"{base}[None, :][0, {text}]", (n,)
            text, n = self.of.slices(size)
            return f"{base}[{text}]", (n,)
        if kind == 1:
            return f"{base}.T", shape[::-1]
        if kind == 2:
            text = self.choice(["{}.ravel()", "{}.reshape(-1)", "np.ravel({})"])
            return text.format(base), (size,)
        if kind == 3:
            return f"{base}[{self.of.index(scope, shape[0])}]", shape[1:]
        if kind == 4:
            return f"{base}[:, {self.of.index(scope, shape[1])}]", shape[:1]
        text, n = self.of.slices(shape[0])
        return f"{base}[{text}]", (n, shape[1])

    def store(self, scope: Scope) -> None:
        """A store into an array."""
        arrays = scope.arrays()
        if not arrays:
            return
        name = self.choice(arrays)
        shape = scope.variables[name].shape
        target, found = self.part(scope, name, shape)
        op = self.choice(["=", "=", "=", "+=", "*=", "-="])
        if found == ():
            scope.write(f"{target} {op} {self.of.number(scope, 1)}")
        else:
            scope.write(f"{target} {op} {self.value(scope, found)}")

    def part(self, scope: Scope, name: str, shape: Shape) -> tuple[str, Shape]:
        """The text and the shape of a part to store into."""
        kind = self.random.randrange(8)
        if kind <= 2:
            return self.of.element(scope, name, shape), ()
        if len(shape) == 1:
            if kind == 3:
                n = self.random.randrange(1, 4)
                indices = [self.random.randrange(shape[0]) for _ in range(n)]
                return f"{name}[{indices}]", (n,)
            if kind == 4:
                text, n = self.of.slices(shape[0])
                inner, m = self.of.slices(n)
                return f"{name}[{text}][{inner}]", (m,)
            text, n = self.of.slices(shape[0])
            return f"{name}[{text}]", (n,)
        if kind == 3:
            return f"{name}[{self.of.index(scope, shape[0])}]", shape[1:]
        if kind == 4:
            return f"{name}[:, {self.of.index(scope, shape[1])}]", shape[:1]
        if kind == 5:
            text, n = self.of.slices(shape[0])
            return f"{name}[{text}]", (n, shape[1])
        if kind == 6:
            text, n = self.of.slices(shape[1])
            row = self.of.index(scope, shape[0])
            return self.choice([f"{name}[{row}, {text}]", f"{name}[{row}][{text}]"]), (
                n,
            )
        return f"{name}[:]", shape

    def special_store(self, scope: Scope) -> None:
        """Masks, out=, add.at, fill, sort."""
        arrays = scope.arrays()
        if not arrays:
            return
        name = self.choice(arrays)
        shape = scope.variables[name].shape
        number = self.of.number(scope, 1)
        other = self.of.array(scope, shape, 1)
        options = [
            f"{name}[{name} > 0.3] = {number}",
            f"{name}[{other} > 0.1] *= {number}",
            f"{name}[...] = {other}",
            f"np.multiply({other}, {number}, out={name})",
            f"np.sin({other}, out={name})",
            f"{name}.fill({number})",
            f"{name}.sort()",
            f"np.add.at({name}, [0, 1, 0], {number})",
            f"np.add({name}, {other}, {name})",
        ]
        scope.write(self.choice(options))
