"""Random expressions: numbers, arrays of a shape, integers, conditions."""

from random import Random
from typing import Any

from tests.random_programs.scope import (
    Array,
    Arrays,
    Flag,
    Index,
    Number,
    Numbers,
    Scope,
    Shape,
    Table,
)

CONSTANTS = ("0.7", "1.3", "-0.4", "0.25", "2.0", "1.1")
SCALAR_FUNCTIONS = (
    "np.sin({})",
    "math.cos({})",
    "np.tanh({})",
    "math.sin({})",
    "np.exp(-np.abs({}))",
    "np.sqrt(1.0 + ({}) ** 2)",
    "math.atan({})",
    "({}) ** 2",
    "abs({})",
    "-({})",
    "math.log(1.5 + abs({}))",
    "float({})",
)
ARRAY_FUNCTIONS = (
    "np.sin({})",
    "np.cos({})",
    "np.tanh({})",
    "({}) ** 2",
    "np.abs({})",
    "np.sqrt(1.0 + ({}) ** 2)",
    "np.maximum({}, 0.1)",
    "np.where({0} > 0.2, {0}, 0.3)",
    "np.clip({}, -0.8, 1.2)",
    "-({})",
    "({}).copy()",
    "np.exp(-({}) ** 2)",
)
REDUCTIONS = (
    "np.sum({})",
    "{}.sum()",
    "np.mean({})",
    "{}.max()",
    "np.min({})",
    "np.dot({0}.ravel(), {0}.ravel())",
    "np.linalg.norm({})",
    "np.prod({})",
)


class Expressions:
    """Writes expressions over the variables of a scope."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def choice(self, options: Any) -> Any:
        """One of the options."""
        return self.random.choice(list(options))

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self.random.random() < probability

    # --- integers ---------------------------------------------------------------

    def index(self, scope: Scope, n: int, negative: bool = True) -> str:
        """An expression for an index into n elements."""
        names = scope.names(Index)
        inside = [
            name
            for name in names
            if scope.variables[name].low >= 0 and scope.variables[name].high <= n
        ]
        options = [str(self.random.randrange(n))]
        if negative:
            options.append(str(-1 - self.random.randrange(n)))
        options += inside * 3
        options += [f"{name} % {n}" for name in names]
        options += [f"({name} + 1) % {n}" for name in names]
        options += [f"{n - 1} - {name}" for name in inside]
        if negative:
            options += [f"{name} - 1" for name in inside]
        return self.choice(options)

    def slices(self, n: int) -> tuple[str, int]:
        """A slice of n elements that is not empty, and how many it takes."""
        text = self.choice(
            [":", "1:", ":-1", "::2", "::-1", "1:3", "-2:", ":2", "1:-1", "::-2", "..."]
        )
        if text == "...":
            return "...", n
        parts = [int(p) if p else None for p in text.split(":")]
        length = len(range(n)[slice(*parts)])
        return (text, length) if length else (":", n)

    def condition(self, scope: Scope) -> str:
        """A truth value that depends on data or on integers."""
        kind = self.random.randrange(8)
        flags, indices = scope.names(Flag), scope.names(Index)
        if kind == 0 and flags:
            return self.choice(flags)
        if kind == 1 and indices:
            name = self.choice(indices)
            return self.choice(
                [f"{name} % 2 == 0", f"{name} > 1", f"{name} in (0, 2)", f"{name} < 2"]
            )
        if kind == 2:
            return f"{self.number(scope, 1)} < {self.number(scope, 1)}"
        if kind == 3:
            return f"not {self.number(scope, 0)} > 0.1"
        if kind == 4:
            join = self.choice(["and", "or"])
            return f"{self.number(scope, 0)} > 0.2 {join} {self.number(scope, 0)} < 0.9"
        if kind == 5:
            return f"-0.6 < {self.number(scope, 0)} < 1.4"
        arrays = scope.arrays()
        if kind == 6 and arrays:
            test = self.choice(["any", "all"])
            return f"np.{test}({self.choice(arrays)} > 0.1)"
        return f"{self.number(scope, 1)} > 0.3"

    # --- numbers ----------------------------------------------------------------

    def number(self, scope: Scope, depth: int = 2) -> str:
        """An expression for a float."""
        if depth == 0 or self.chance(0.25):
            return self.number_leaf(scope)
        kind = self.random.randrange(10)
        left = self.number(scope, depth - 1)
        if kind <= 2:
            op = self.choice(["+", "-", "*", "*"])
            return f"({left} {op} {self.number(scope, depth - 1)})"
        if kind == 3:
            return f"({left} / (1.2 + {self.number_leaf(scope)} ** 2))"
        if kind == 4:
            bound = self.number(scope, depth - 1)
            return f"{self.choice(['min', 'max'])}({left}, {bound})"
        if kind == 5:
            other = self.number(scope, depth - 1)
            return f"({left} if {self.condition(scope)} else {other})"
        if kind == 6:
            shape = self.choice([(3,), (4,), (2, 3)])
            return self.choice(REDUCTIONS[:3]).format(self.array(scope, shape, 1))
        if kind == 7:
            name = f"q{self.random.randrange(3)}"
            if name not in scope.variables:
                k = self.random.randrange(1, 4)
                body = f"{name} * {left}"
                return f"sum({body} for {name} in range({k}))"
        return self.choice(SCALAR_FUNCTIONS).format(left)

    def number_leaf(self, scope: Scope) -> str:
        """A float variable, an element, a reduction or a constant."""
        options: list[Any] = [lambda: self.choice(CONSTANTS)]
        numbers = scope.names(Number)
        if numbers:
            options += [lambda: self.choice(numbers)] * 4
        arrays = scope.arrays()
        if arrays:
            options += [lambda: self.element(scope, self.choice(arrays))] * 3
            options.append(lambda: self.choice(REDUCTIONS).format(self.choice(arrays)))
        if scope.names(Numbers):
            options.append(lambda: self.list_element(scope))
        if scope.names(Table):
            options.append(lambda: self.entry(scope, Number) or "0.6")
        if scope.names(Index):
            options.append(lambda: f"0.3 * {self.choice(scope.names(Index))}")
        return self.choice(options)()

    def element(self, scope: Scope, name: str, shape: Shape | None = None) -> str:
        """One element of an array."""
        shape = shape or scope.variables[name].shape
        indices = [self.index(scope, n) for n in shape]
        if len(shape) == 2 and self.chance(0.3):
            return f"{name}[{indices[0]}][{indices[1]}]"
        return f"{name}[{', '.join(indices)}]"

    def list_element(self, scope: Scope) -> str:
        """One element of a list, or its sum."""
        name = self.choice(scope.names(Numbers))
        if self.chance(0.2):
            return f"sum({name})"
        return f"{name}[{self.index(scope, scope.variables[name].length)}]"

    def entry(self, scope: Scope, kind: type, shape: Shape | None = None) -> str | None:
        """An entry of a dict, or None if there is none of this kind."""
        found = [
            f'{name}["{key}"]'
            for name in scope.names(Table)
            for key, value in scope.variables[name].items
            if isinstance(value, kind)
            and shape in (None, getattr(value, "shape", None))
        ]
        return self.choice(found) if found else None

    # --- arrays -----------------------------------------------------------------

    def array(self, scope: Scope, shape: Shape, depth: int = 2) -> str:
        """An expression for an array of a shape."""
        if depth == 0 or self.chance(0.25):
            return self.array_leaf(scope, shape)
        kind = self.random.randrange(8)
        left = self.array(scope, shape, depth - 1)
        if kind <= 2:
            op = self.choice(["+", "-", "*", "*"])
            return f"({left} {op} {self.operand(scope, shape, depth - 1)})"
        if kind == 3:
            op = self.choice(["*", "+"])
            return f"({self.number(scope, depth - 1)} {op} {left})"
        if kind == 4:
            return f"({left} / (1.3 + {self.operand(scope, shape, 0)} ** 2))"
        if kind == 5 and len(shape) == 1:
            text = self.product(scope, shape)
            if text:
                return text
        return self.choice(ARRAY_FUNCTIONS).format(left)

    def operand(self, scope: Scope, shape: Shape, depth: int) -> str:
        """An array that broadcasts to a shape."""
        if len(shape) == 2 and self.chance(0.35):
            if self.chance(0.5):
                return self.array(scope, shape[1:], depth)
            return f"{self.array(scope, shape[:1], depth)}[:, None]"
        return self.array(scope, shape, depth)

    def product(self, scope: Scope, shape: Shape) -> str | None:
        """A product of a matrix and a vector."""
        rows = [
            n for n in scope.arrays(ndim=2) if scope.variables[n].shape[0] == shape[0]
        ]
        if rows:
            name = self.choice(rows)
            vector = self.array(scope, scope.variables[name].shape[1:], 0)
            return f"({name} @ {vector})"
        return None

    def array_leaf(self, scope: Scope, shape: Shape) -> str:
        """An array variable, or a part of one, of a shape."""
        names = scope.arrays(shape)
        options = [(lambda n=n: n) for n in names] * 3
        for name in scope.arrays():
            given = scope.variables[name].shape
            if len(given) == 2 and given[1:] == shape:
                options.append(
                    lambda n=name, k=given[0]: f"{n}[{self.index(scope, k)}]"
                )
            if len(given) == 2 and given[:1] == shape:
                options.append(
                    lambda n=name, k=given[1]: f"{n}[:, {self.index(scope, k)}]"
                )
            if len(shape) == 2 and shape == given[::-1]:
                options.append(lambda n=name: f"{n}.T")
            if len(shape) == len(given) == 1 and given[0] > shape[0]:
                options.append(lambda n=name: self.part(n, shape[0]))
            if len(shape) == len(given) == 1 and self.chance(0.2):
                options.append(lambda n=name, k=given[0]: self.gather(n, k, shape[0]))
        entry = self.entry(scope, Array, shape)
        if entry:
            options.append(lambda: entry)
        for name in scope.names(Arrays):
            kind = scope.variables[name]
            if kind.shape == shape:
                options.append(
                    lambda n=name, k=kind.length: f"{n}[{self.index(scope, k)}]"
                )
        if options:
            return self.choice(options)()
        return self.fresh(scope, shape)

    def part(self, name: str, n: int) -> str:
        """The first or the last n elements."""
        return self.choice([f"{name}[:{n}]", f"{name}[-{n}:]"])

    def gather(self, name: str, given: int, n: int) -> str:
        """Elements by an index array, with repetitions."""
        indices = [self.random.randrange(given) for _ in range(n)]
        return f"{name}[{indices}]"

    def fresh(self, scope: Scope, shape: Shape) -> str:
        """A new array that is made from numbers."""
        text = ", ".join(map(str, shape))
        shape_text = f"({text},)" if len(shape) == 1 else f"({text})"
        kind = self.random.randrange(4)
        if kind == 0:
            return f"np.full({shape_text}, {self.number(scope, 0)})"
        if kind == 1 and len(shape) == 1:
            items = [self.number(scope, 0) for _ in range(shape[0])]
            return f"np.array([{', '.join(items)}])"
        if kind == 2:
            return f"(np.ones({shape_text}) * {self.number(scope, 0)})"
        size = 1
        for n in shape:
            size *= n
        reshape = "" if len(shape) == 1 else f".reshape{shape_text}"
        return f"(np.arange({size}){reshape} * {self.number(scope, 0)})"
