"""Random lists and dicts."""

from typing import Any

from tests.random_programs.memory import Memory
from tests.random_programs.scope import (
    Array,
    Arrays,
    Index,
    Number,
    Numbers,
    Scope,
    Table,
)


class Containers(Memory):
    """Writes random lists and dicts."""

    def choices(self, scope: Scope) -> list[tuple[int, Any]]:
        """Lists and dicts too."""
        own = [(2, self.use_list), (2, self.use_table), (1, self.use_arrays)]
        return super().choices(scope) + own

    def use_list(self, scope: Scope) -> None:
        """A list of numbers is made, grows or is written."""
        names = scope.names(Numbers)
        if not names or self.chance(0.4):
            name = self.fresh("l")
            self.bind(scope, name, self.make_list(scope, name))
            return
        name = self.choice(names)
        n = scope.variables[name].length
        kind = self.random.randrange(3)
        if kind == 0:
            scope.write(f"{name}.append({self.of.number(scope, 1)})")
        elif kind == 1:
            op = self.choice(["=", "+=", "*="])
            index = self.of.index(scope, n)
            scope.write(f"{name}[{index}] {op} {self.of.number(scope, 1)}")
        else:
            value = self.fresh("s")
            scope.write(f"{value} = {self.of.list_element(scope)}")
            self.bind(scope, value, Number())

    def make_list(self, scope: Scope, name: str) -> Numbers:
        """A display, a comprehension, or an empty list with appends."""
        n = self.random.randrange(2, 4)
        kind = self.random.randrange(4)
        if kind == 0:
            q = self.fresh("q")
            known = Scope({**scope.variables, q: Index(0, n)})
            scope.write(f"{name} = [{self.of.number(known, 1)} for {q} in range({n})]")
        elif kind == 1 and scope.arrays(ndim=1):
            base = self.choice(scope.arrays(ndim=1))
            q = self.fresh("e")
            known = Scope({**scope.variables, q: Number()})
            scope.write(f"{name} = [{self.of.number(known, 1)} for {q} in {base}]")
            n = scope.variables[base].shape[0]
        elif kind == 2:
            k = self.fresh("k")
            scope.write(f"{name} = []")
            scope.write(f"for {k} in range({n}):")
            known = Scope({**scope.variables, k: Index(0, n)})
            scope.write(f"    {name}.append({self.of.number(known, 1)})")
        else:
            items = [self.of.number(scope, 1) for _ in range(n)]
            scope.write(f"{name} = [{', '.join(items)}]")
        return Numbers(n)

    def use_arrays(self, scope: Scope) -> None:
        """A list of arrays is made, or one of its arrays is written."""
        names = scope.names(Arrays)
        if not names:
            shape = self.shape(scope)
            name = self.fresh("g")
            items = [self.of.array(scope, shape, 1) for _ in range(2)]
            scope.write(f"{name} = [{', '.join(items)}]")
            self.bind(scope, name, Arrays(shape, 2))
            return
        name = self.choice(names)
        kind = scope.variables[name]
        item = f"{name}[{self.of.index(scope, kind.length)}]"
        part, found = self.part(scope, item, kind.shape)
        value = self.value(scope, found) if found else self.of.number(scope, 1)
        scope.write(f"{part} {self.choice(['=', '+=', '*='])} {value}")

    def use_table(self, scope: Scope) -> None:
        """A dict is made or written."""
        names = scope.names(Table)
        if not names or self.chance(0.3):
            name = self.fresh("d")
            shape = self.shape(scope)
            number, array = self.of.number(scope, 1), self.of.array(scope, shape, 1)
            scope.write(f'{name} = {{"p": {number}, "q": {array}}}')
            self.bind(scope, name, Table((("p", Number()), ("q", Array(shape)))))
            return
        name = self.choice(names)
        key, kind = self.choice(scope.variables[name].items)
        item = f'{name}["{key}"]'
        if isinstance(kind, Number):
            op = self.choice(["=", "+=", "*="])
            scope.write(f"{item} {op} {self.of.number(scope, 1)}")
        elif self.chance(0.3):
            scope.write(f"{item} = {self.of.array(scope, kind.shape, 1)}")
        else:
            part, found = self.part(scope, item, kind.shape)
            value = self.value(scope, found) if found else self.of.number(scope, 1)
            scope.write(f"{part} {self.choice(['=', '+=', '*='])} {value}")
