"""Whatever the compiler cannot read, three variations of each, in every derivative."""

import abc
import asyncio
import bisect
import builtins
import code
import contextlib
import enum
import functools
import heapq
import itertools
import math
import operator
import types
import typing

import numpy as np
import pytest
from scipy import integrate

from sourcediff import grad, jvp, value_and_grad, vjp
from sourcediff.errors import LostGradient

X = np.array([0.31, 0.72, 1.13, 0.94])
CASES = {}


def case(function):
    """Add a program to the list."""
    CASES[function.__name__] = function
    return function


# --- generators


@case
def generator_that_is_sent_values(x):
    def running():
        total = 0.0
        while True:
            value = yield total
            total = total * 0.5 + value * value

    machine = running()
    next(machine)
    sent = [machine.send(x[k]) for k in range(len(x))]
    return sent[-1] * sent[1]


@case
def generators_that_delegate(x):
    def tree(low, high):
        if high - low == 1:
            yield np.sin(x[low])
        else:
            middle = (low + high) // 2
            yield from tree(low, middle)
            yield from tree(middle, high)

    return functools.reduce(lambda a, b: a * b + b, tree(0, len(x)))


@case
def lazy_chains(x):
    steps = itertools.accumulate((v * v for v in x), lambda a, b: a * b + a)
    kept = itertools.islice(filter(lambda v: v > 0, steps), 1, None)
    return sum(map(operator.mul, kept, itertools.count(1)))


# --- exceptions


class Negative(Exception):
    """Carries a value out."""

    def __init__(self, value):
        super().__init__("negative")
        self.value = value


@case
def exception_that_carries_a_value(x):
    def root(v):
        if v < 1:
            raise Negative(1 - v)
        return np.sqrt(v)

    total = 0.0
    for v in x:
        try:
            total = total + root(v)
        except Negative as negative:
            total = total + negative.value**2
        else:
            total = total * 2
    return total


@case
def finally_in_a_loop(x):
    total, seen = np.sum(x), []
    for k in range(3):
        try:
            if k == 1:
                continue
            total = total * np.cos(total)
        finally:
            seen.append(total)
    return seen[0] * seen[1] + seen[2]


@case
def suppressed_errors(x):
    total = np.sum(x * x)
    with contextlib.suppress(ZeroDivisionError, KeyError):
        total = total * x[0]
        total = {}["nothing"] * total
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: None)
        return total + x[1] ** 3


# --- text


@case
def formulas_as_text(x):
    formulas = {"area": "math.pi * r ** 2", "length": "2 * math.pi * r"}
    names = {"math": math, "r": x[0]}
    return eval(formulas["area"], names) * eval(formulas["length"], {}, names)


@case
def statements_as_text(x):
    names = {"np": np, "x": x}
    exec("def f(v):\n    return [np.sin(v), v * v]\na, b = f(x)", names)
    exec("total = sum(float(v) * k for k, v in enumerate(a))", names)
    return names["total"] * np.sum(names["b"])


@case
def functions_made_of_text(x):
    namespace = {}
    for k in range(1, 4):
        exec(f"def power{k}(v):\n    return v ** {k}", namespace)
    return sum(np.sum(namespace[f"power{k}"](x)) * k for k in range(1, 4))


# --- functions without source


def without_source(text, name):
    """A function as it is typed at a prompt."""
    console = code.InteractiveInterpreter({"np": np, "math": math})
    console.runsource(text, symbol="exec")
    return console.locals[name]


typed = without_source(
    "def typed(x):\n    return np.sum(x * np.exp(-x)) * math.sin(x[0])\n", "typed"
)
closed = without_source(
    "def outer(k):\n    def inner(x):\n        return np.sum(x ** k)\n"
    "    return inner\nclosed = outer(3)\n",
    "closed",
)
CASES["typed_at_a_prompt"] = typed
CASES["typed_closure"] = lambda x: closed(x) * typed(x)


@case
def called_back_by_code_in_c(x):
    largest = max(x, key=lambda v: -((v - 0.7) ** 2))
    ordered = sorted(x, key=lambda v: np.cos(3 * v))
    lowest = heapq.nsmallest(2, list(x))
    place = bisect.bisect([0.2, 0.5, 0.9], x[1])
    reduced = functools.reduce(lambda a, b: a * b + a, x)
    return largest * ordered[0] + lowest[1] * place + reduced


# --- async


@case
def gathered_coroutines(x):
    async def waited(v, k):
        await asyncio.sleep(0)
        return v**k

    async def main():
        parts = await asyncio.gather(*(waited(v, k) for k, v in enumerate(x)))
        return sum(parts)

    return asyncio.run(main())


@case
def asynchronous_generators(x):
    async def states():
        state = x[0]
        for v in x:
            state = state * v + np.sin(v)
            yield state

    async def main():
        return [state async for state in states()]

    return sum(asyncio.run(main())) * x[2]


@case
def queues_and_contexts(x):
    @contextlib.asynccontextmanager
    async def scaled(queue, factor):
        yield lambda v: queue.put(v * factor)
        await queue.put(factor)

    async def main():
        queue = asyncio.Queue()
        async with scaled(queue, x[1]) as put:
            for v in x:
                await put(v)
        found = [queue.get_nowait() for _ in range(queue.qsize())]
        return found[0] * found[-1] + sum(found)

    return asyncio.run(main())


# --- metaclasses and their like


class Counted(type):
    """Builds objects its own way, and answers for missing attributes."""

    def __call__(cls, *args):
        made = super().__call__(*args)
        made.scale = made.value * 2.0
        return made

    def __getattr__(cls, name):
        return lambda v: v ** len(name)


class Quantity(metaclass=Counted):
    def __init__(self, value):
        self.value = value

    def energy(self):
        return self.value * self.scale


@case
def built_by_a_metaclass(x):
    return Quantity(x[0]).energy() * Quantity.abc(x[1]) + Quantity(np.sum(x)).scale


class Checked:
    """A descriptor."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner):
        return getattr(instance, self.name) * 2.0

    def __set__(self, instance, value):
        setattr(instance, self.name, value * value)


class Plugin(abc.ABC):
    kinds: typing.ClassVar = {}
    strength = Checked()

    def __init_subclass__(cls, **options):
        Plugin.kinds[cls.__name__] = cls

    @abc.abstractmethod
    def apply(self, v): ...


class Linear(Plugin):
    def apply(self, v):
        return v * self.strength


class Wave(Plugin):
    def apply(self, v):
        return np.sin(v) * self.strength


@case
def plugins_with_descriptors(x):
    total = 0.0
    for kind in Plugin.kinds.values():
        plugin = kind()
        plugin.strength = x[1]
        total = total + np.sum(plugin.apply(x))
    return total


class Shape(enum.Enum):
    SQUARE = 1
    CUBE = 2

    def volume(self, v):
        return v**2 if self is Shape.SQUARE else v**3


@case
def members_of_enumerations(x):
    return sum(shape.volume(x[shape.value]) for shape in Shape) * x[0]


# --- computed names


class Bag:
    pass


@case
def attributes_by_computed_names(x):
    bag = Bag()
    for k, v in enumerate(x):
        setattr(bag, f"v{k % 2}", getattr(bag, f"v{k % 2}", 1.0) * v)
    bag.__dict__["extra"] = bag.v0 + x[1]
    return getattr(bag, "v" + "0") * vars(bag)["v1"] + bag.extra


@case
def operators_by_computed_names(x):
    add = operator.attrgetter("__add__")
    method = operator.methodcaller("__mul__", x[0])
    picked = operator.itemgetter(1, 2)
    first, second = picked(x)
    return add(first)(second) * method(x[3]) + getattr(np, "s" + "in")(x[0])


@case
def names_in_namespaces(x):
    space = types.SimpleNamespace(**{f"p{k}": v * v for k, v in enumerate(x)})
    space.total = sum(getattr(space, name) for name in sorted(vars(space)))
    delattr(space, "p0")
    return space.total * space.p1 + hasattr(space, "p0")


# --- variables from outside

TOTAL = 0.0
SETTINGS = types.SimpleNamespace(scale=1.0)


def added(value):
    global TOTAL  # noqa: PLW0603 (what is tested)
    TOTAL = TOTAL * 0.5 + value


@case
def global_that_is_added_to(x):
    global TOTAL  # noqa: PLW0603
    TOTAL = 0.0
    for v in x:
        added(v * v)
    return TOTAL * x[0]


@case
def nonlocal_at_two_levels(x):
    state = 1.0

    def outer(v):
        def inner(w):
            nonlocal state
            state = state * w + v

        inner(v * v)
        inner(v)

    for v in x:
        outer(v)
    return state


@case
def module_that_is_changed(x):
    before = SETTINGS.scale
    SETTINGS.scale = x[0]
    try:
        return np.sum(x * SETTINGS.scale)
    finally:
        SETTINGS.scale = before


# --- dispatch


@case
def handlers_in_tables(x):
    class Machine:
        def __init__(self):
            self.handlers = {"up": self.up, "down": lambda v: v / 3}

        def up(self, v):
            return v * v

        def __getattr__(self, name):
            if name not in self.handlers:
                raise AttributeError(name)
            return self.handlers[name]

    machine = Machine()
    words = ["up", "down"]
    return sum(getattr(machine, words[k % 2])(v) for k, v in enumerate(x))


@case
def callables_that_are_composed(x):
    def compose(*functions):
        return functools.reduce(lambda f, g: lambda v: g(f(v)), functions)

    steps = [np.sin, functools.partial(np.power, x[0]), math.exp]
    made = compose(*(steps[int(k)] for k in np.argsort([0.3, 0.1, 0.2])[::-1]))
    return made(x[1] * 0.3)


@case
def overloaded_by_type(x):
    @functools.singledispatch
    def size(value):
        return value * 1.0

    @size.register
    def _(value: list):
        return sum(size(v) for v in value)

    @size.register
    def _(value: tuple):
        return size(list(value)) * 2.0

    methods = {"wide": types.MethodType(lambda self, v: v * self, x[2])}
    return size([x[0], (x[1], x[2])]) * methods["wide"](x[3])


@pytest.mark.parametrize("function", CASES.values(), ids=CASES)
def test_every_derivative(function):
    step = np.array([0.3, -0.7, 0.2, 0.9])
    slope = (function(X + 1e-6 * step) - function(X - 1e-6 * step)) / 2e-6
    gradient = grad(function)(X)
    assert gradient @ step == pytest.approx(slope, rel=1e-7)
    value, taped = value_and_grad(function, fallback="always")(X)
    assert value == pytest.approx(function(X), rel=1e-12)
    np.testing.assert_allclose(taped, gradient, rtol=1e-12)
    y, pullback = vjp(function, X.copy())
    np.testing.assert_allclose(pullback(2.0)[0], 2 * gradient, rtol=1e-12)
    pushed, y_dot = jvp(function, (X,), (step,))
    assert y == pytest.approx(value, rel=1e-12)
    assert pushed == pytest.approx(value, rel=1e-12)
    assert y_dot == pytest.approx(gradient @ step, rel=1e-10)


def test_three_of_each():
    assert len(CASES) == 27
    assert builtins.eval is eval


def test_what_calls_back_out_of_sight_is_refused():
    def integrated(x):
        return integrate.quad(lambda t: np.sin(t * x[0]), 0.0, 1.0)[0]

    with pytest.raises(LostGradient, match=r"test_what_is_taped\.py:\d+"):
        grad(integrated, fallback="always")(X)
