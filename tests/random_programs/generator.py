"""Random programs: the text of a module whose function `f` returns one number."""

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.random_programs.expressions import Expressions
from tests.random_programs.scope import (
    Array,
    Arrays,
    Flag,
    Helper,
    Index,
    Number,
    Numbers,
    Scope,
    Shape,
    Table,
)

SHAPES: tuple[Shape, ...] = ((3,), (4,), (5,), (2, 3), (3, 2), (3, 3))
STEPS = (
    "range({})",
    "range({})",
    "range({}, -1, -1)",
    "range(0, {}, 2)",
    "range(1, {})",
)


@dataclass(frozen=True)
class Program:
    """The text of a module, and the kinds of the parameters of its function `f`."""

    text: str
    parameters: tuple[tuple[str, Any], ...]


class Writer:
    """Writes random statements."""

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

    # --- blocks -----------------------------------------------------------------

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
        deep = scope.depth > 3
        options: list[tuple[int, Any]] = [
            (6, self.assign_number),
            (7, self.assign_array),
            (4, self.make_view),
            (9, self.store),
            (3, self.augment),
            (2, self.swap),
            (2, self.use_list),
            (2, self.use_table),
            (1, self.unpack),
            (1, self.assign_flag),
            (1, self.use_arrays),
            (1, self.special_store),
            (1, self.inner_function),
        ]
        if self.helpers:
            options.append((4, self.call_helper))
        if not deep:
            options += [(4, self.branch), (5, self.for_range), (2, self.for_array)]
            options += [(1, self.while_loop), (1, self.maybe_bound)]
        if scope.loops:
            options.append((1, self.jump))
        elif scope.depth > 1:
            options.append((1, self.early_return))
        weights = [weight for weight, _ in options]
        self.random.choices([option for _, option in options], weights)[0](scope)

    # --- assignments ------------------------------------------------------------

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

    def shape(self, scope: Scope) -> Shape:
        """The shape of one of the arrays, or any."""
        shapes = [scope.variables[n].shape for n in scope.arrays()]
        return self.choice(shapes if shapes and self.chance(0.8) else SHAPES)

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

    def value(self, scope: Scope, shape: Shape) -> str:
        """A number or an array that may be stored into a shape."""
        if self.chance(0.35):
            return self.of.number(scope, 1)
        return self.of.operand(scope, shape, 1)

    # --- memory -----------------------------------------------------------------

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

    # --- containers -------------------------------------------------------------

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

    # --- control flow -----------------------------------------------------------

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

    # --- functions --------------------------------------------------------------

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
