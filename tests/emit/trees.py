"""Random gast trees, just as `gast.parse` would make them."""

from collections.abc import Callable
from random import Random
from typing import Any

import gast

NAMES = ["x", "y", "np", "a_bar", "i", "velocity", "temperature_field_bar", "w1"]
ATTRIBUTES = ["T", "sum", "shape", "transpose", "boundary_values"]
NUMBERS = [0, 7, 1234567, 0.5, 1e-05, 1e16, 3.25e300, float("inf"), 2j, 1e20j]
STRINGS = [
    "",
    "axis",
    "it's",
    'say "hi"',
    "\\",
    "a\nb\t",
    "'\"",
    "é中\u0301\x00",
    b'"\xff',
]
ARITHMETIC = [gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Pow, gast.MatMult]
BINARY = [
    *ARITHMETIC,
    gast.Mod,
    gast.FloorDiv,
    gast.BitAnd,
    gast.BitOr,
    gast.BitXor,
    gast.LShift,
    gast.RShift,
]
UNARY = [gast.USub, gast.UAdd, gast.Invert, gast.Not]
COMPARISONS = [
    gast.Eq,
    gast.NotEq,
    gast.Lt,
    gast.LtE,
    gast.Gt,
    gast.GtE,
    gast.Is,
    gast.IsNot,
    gast.In,
    gast.NotIn,
]

LOAD, STORE = gast.Load(), gast.Store()


def name(identifier: str, ctx: Any = LOAD) -> Any:
    return gast.Name(identifier, ctx, None, None)


class Expressions:
    """Makes expressions of the kinds that numerical programs hold."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.kinds: list[Callable[[int], Any]] = [
            self.binary,
            self.binary,
            self.unary,
            self.boolean,
            self.comparison,
            self.conditional,
            self.call,
            self.call,
            self.subscript,
            self.subscript,
            self.attribute,
            self.tuple,
            self.list,
            self.dict,
        ]

    def __call__(self, depth: int = 3) -> Any:
        if depth <= 0 or self.random.random() < 0.15:
            return self.atom()
        return self.random.choice(self.kinds)(depth - 1)

    def some(self, make: Callable[..., Any], least: int, most: int, *args: Any) -> Any:
        return [make(*args) for _ in range(self.random.randint(least, most))]

    def maybe(self, make: Callable[..., Any], *args: Any) -> Any:
        return make(*args) if self.random.random() < 0.5 else None

    def atom(self) -> Any:
        chance = self.random.random()
        if chance < 0.65:
            return self.name()
        if chance < 0.9:
            return gast.Constant(self.random.choice(NUMBERS), None)
        return gast.Constant(self.random.choice([*STRINGS, True, None, ...]), None)

    def name(self, ctx: Any = LOAD) -> Any:
        return name(self.random.choice(NAMES), ctx)

    def binary(self, depth: int) -> Any:
        operators = ARITHMETIC if self.random.random() < 0.8 else BINARY
        operator = self.random.choice(operators)()
        return gast.BinOp(self(depth), operator, self(depth))

    def unary(self, depth: int) -> Any:
        return gast.UnaryOp(self.random.choice(UNARY)(), self(depth))

    def boolean(self, depth: int) -> Any:
        operator = self.random.choice([gast.And, gast.Or])()
        return gast.BoolOp(operator, self.some(self, 2, 3, depth))

    def comparison(self, depth: int) -> Any:
        kinds = self.random.choices(COMPARISONS, k=self.random.randint(1, 2))
        operators = [kind() for kind in kinds]
        return gast.Compare(self(depth), operators, [self(depth) for _ in operators])

    def conditional(self, depth: int) -> Any:
        return gast.IfExp(self(depth), self(depth), self(depth))

    def call(self, depth: int) -> Any:
        function = self.random.choice([self.name, lambda: self.attribute(depth)])()
        keywords = [
            gast.keyword(keyword, self(depth))
            for keyword in self.random.sample([*NAMES, None], self.random.randint(0, 2))
        ]
        return gast.Call(function, self.some(self.argument, 0, 3, depth), keywords)

    def argument(self, depth: int) -> Any:
        value = self(depth)
        return value if self.random.random() < 0.9 else gast.Starred(value, LOAD)

    def attribute(self, depth: int, ctx: Any = LOAD) -> Any:
        return gast.Attribute(self(depth), self.random.choice(ATTRIBUTES), ctx)

    def subscript(self, depth: int, ctx: Any = LOAD) -> Any:
        index = self.index(depth)
        if self.random.random() < 0.5:
            index = gast.Tuple(self.some(self.index, 1, 3, depth), LOAD)
        return gast.Subscript(self(depth), index, ctx)

    def index(self, depth: int) -> Any:
        if self.random.random() < 0.6:
            return self(depth)
        return gast.Slice(*(self.maybe(self, depth) for _ in range(3)))

    def tuple(self, depth: int) -> Any:
        return gast.Tuple(self.some(self.argument, 0, 3, depth), LOAD)

    def list(self, depth: int) -> Any:
        return gast.List(self.some(self.argument, 0, 3, depth), LOAD)

    def dict(self, depth: int) -> Any:
        values = self.some(self, 0, 3, depth)
        return gast.Dict([self.maybe(self, depth) for _ in values], values)


class AllExpressions(Expressions):
    """Makes expressions of nearly every kind."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.kinds += [
            self.named,
            self.lambda_,
            self.comprehension,
            self.dict_comprehension,
            self.set,
            self.fstring,
        ]

    def named(self, depth: int) -> Any:
        return gast.NamedExpr(self.name(STORE), self(depth))

    def set(self, depth: int) -> Any:
        return gast.Set(self.some(self.argument, 1, 3, depth))

    def lambda_(self, depth: int) -> Any:
        return gast.Lambda(self.parameters(depth), self(depth))

    def parameters(self, depth: int) -> Any:
        random = self.random
        names = random.sample(NAMES, random.randint(0, 6))
        made = [name(identifier, gast.Param()) for identifier in names]
        cuts = sorted(random.randint(0, len(made)) for _ in range(4))
        keyword_only = made[cuts[2] : cuts[3]]
        return gast.arguments(
            made[cuts[0] : cuts[1]],
            made[: cuts[0]],
            next(iter(made[cuts[1] : cuts[2]]), None),
            keyword_only,
            [self.maybe(self, depth) for _ in keyword_only],
            next(iter(made[cuts[3] :]), None),
            [self(depth) for _ in range(random.randint(0, cuts[1]))],
        )

    def clauses(self, depth: int) -> Any:
        pair = gast.Tuple([self.name(STORE), self.name(STORE)], STORE)
        target = self.random.choice([self.name(STORE), pair])
        conditions = self.some(self, 0, 2, depth)
        return gast.comprehension(target, self(depth), conditions, 0)

    def comprehension(self, depth: int) -> Any:
        kinds = [gast.ListComp, gast.SetComp, gast.GeneratorExp]
        clauses = self.some(self.clauses, 1, 2, depth)
        return self.random.choice(kinds)(self(depth), clauses)

    def dict_comprehension(self, depth: int) -> Any:
        clauses = self.some(self.clauses, 1, 2, depth)
        return gast.DictComp(self(depth), self(depth), clauses)

    def fstring(self, depth: int) -> Any:
        parts: list[Any] = []
        for _ in range(self.random.randint(1, 2)):
            literal = self.random.choice(["x = ", "{", "it's", '"', "\n", "}"])
            parts += [gast.Constant(literal, None), self.field(depth)]
        return gast.JoinedStr(parts)

    def field(self, depth: int) -> Any:
        # A string in here might need quotes that Python 3.11 has not got.
        value = NumericExpressions(self.random)(depth)
        spec = gast.JoinedStr([gast.Constant(">8", None)])
        conversion = self.random.choice([-1, ord("r")])
        return gast.FormattedValue(value, conversion, self.random.choice([None, spec]))


class NumericExpressions(Expressions):
    """Makes expressions without strings."""

    def atom(self) -> Any:
        if self.random.random() < 0.7:
            return self.name()
        return gast.Constant(self.random.choice(NUMBERS), None)


class Statements:
    """Makes statements that may stand in a loop in a function."""

    def __init__(self, random: Random, expression: Expressions) -> None:
        self.random = random
        self.expression = expression
        self.simple: list[Callable[[], Any]] = [
            self.assign,
            self.assign,
            self.augmented,
            self.augmented,
            self.return_,
            self.call,
            self.assert_,
            self.raise_,
            gast.Pass,
            gast.Continue,
        ]
        self.compound: list[Callable[[int], Any]] = [
            self.if_,
            self.while_,
            self.for_,
            self.with_,
            self.try_,
            self.function,
        ]

    def __call__(self, depth: int = 2) -> Any:
        if depth <= 0 or self.random.random() < 0.5:
            return self.random.choice(self.simple)()
        return self.random.choice(self.compound)(depth - 1)

    def block(self, depth: int, least: int = 1) -> Any:
        return self.expression.some(self, least, 3, depth)

    def place(self) -> Any:
        expression = self.expression
        kinds: list[Callable[[], Any]] = [
            lambda: expression.name(STORE),
            lambda: gast.Attribute(expression.name(), "boundary_values", STORE),
            lambda: gast.Subscript(expression.name(), expression.index(1), STORE),
        ]
        return self.random.choice(kinds)()

    def target(self) -> Any:
        if self.random.random() < 0.7:
            return self.place()
        return gast.Tuple(self.expression.some(self.place, 1, 3), STORE)

    def assign(self) -> Any:
        targets = [self.target()]
        if self.random.random() < 0.2:
            targets = [self.expression.name(STORE), self.expression.name(STORE)]
        return gast.Assign(targets, self.expression(), None)

    def augmented(self) -> Any:
        operator = self.random.choice(BINARY)()
        return gast.AugAssign(self.place(), operator, self.expression())

    def return_(self) -> Any:
        return gast.Return(self.expression.maybe(self.expression))

    def call(self) -> Any:
        return gast.Expr(self.expression.call(2))

    def assert_(self) -> Any:
        message = self.expression.maybe(self.expression.atom)
        return gast.Assert(self.expression(), message)

    def raise_(self) -> Any:
        cause = self.expression.maybe(self.expression.name)
        return gast.Raise(self.expression.call(2), cause)

    def if_(self, depth: int) -> Any:
        return gast.If(self.expression(), self.block(depth), self.block(depth, 0))

    def while_(self, depth: int) -> Any:
        return gast.While(self.expression(), self.block(depth), self.block(depth, 0))

    def for_(self, depth: int) -> Any:
        target = self.random.choice([self.expression.name(STORE), _pair()])
        body, orelse = self.block(depth), self.block(depth, 0)
        return gast.For(target, self.expression(), body, orelse, None)

    def with_(self, depth: int) -> Any:
        items = self.expression.some(self.item, 1, 2)
        return gast.With(items, self.block(depth), None)

    def item(self) -> Any:
        context = self.expression.call(1)
        return gast.withitem(
            context, self.expression.maybe(self.expression.name, STORE)
        )

    def try_(self, depth: int) -> Any:
        handlers = self.expression.some(self.handler, 1, 2, depth)
        body, orelse, final = (self.block(depth, least) for least in (1, 0, 0))
        return gast.Try(body, handlers, orelse, final)

    def handler(self, depth: int) -> Any:
        caught = self.expression.name()
        bound = self.expression.maybe(self.expression.name, STORE)
        return gast.ExceptHandler(caught, bound, self.block(depth))

    def function(self, depth: int) -> Any:
        parameters = AllExpressions(self.random).parameters(0)
        returns = self.expression.maybe(self.expression.name)
        body = self.block(depth)
        return gast.FunctionDef("f", parameters, body, [], returns, None, [])


def _pair() -> Any:
    return gast.Tuple([name("x", STORE), name("temperature_field_bar", STORE)], STORE)
