"""Where numbers go out of sight: they keep their derivatives, or it is an error."""

import array
import ast
import contextlib
import copy
import ctypes
import dataclasses
import decimal
import fractions
import functools
import heapq
import io
import itertools
import json
import logging
import math
import operator
import pickle
import statistics
import struct
import threading
import types
from collections import Counter, OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sourcediff import grad, jvp, value_and_grad, vjp
from sourcediff.errors import LostGradient, MissingRule, NotDifferentiable

X = np.array([0.31, 0.72, 1.13, 0.94])
STEP = np.array([0.3, -0.7, 0.2, 0.9])
LOG = logging.getLogger(__name__)


def written(v):
    return f"{v}"


def read(text):
    return float(text)


def with_text_between(x):
    texts = {"one": f"{x[0]}"}
    return float(texts["one"]) * x[1]


def with_a_file_between(x):
    file = io.StringIO()
    file.write(str(x[0]))
    return float(file.getvalue()) * x[1]


class Money(float):
    """A number of a user's own type."""


def of_a_subclass(x):
    class Share(float):
        pass

    return Share(x[0]) * x[1]


def in_an_array_of_objects(x):
    a = np.empty(2, dtype=object)
    a[0], a[1] = x[0], x[1] * x[2]
    return a[0] * a[1]


def in_records(x):
    a = np.zeros(2, dtype=[("u", float), ("v", float)])
    a["u"] = x[:2]
    return np.sum(a["u"] ** 2)


def in_an_array_of_a_library(x):
    a = array.array("d")
    for v in x:
        a.append(v * v)
    return sum(a)


def remembered_by_value(x):
    memory = {x[0]: x[0] * x[0]}
    return memory[x[0]] + memory[x[1] - x[1] + x[0]]


LOST = [
    with_text_between,
    with_a_file_between,
    of_a_subclass,
    in_an_array_of_objects,
    in_records,
    in_an_array_of_a_library,
    remembered_by_value,
    lambda x: read(written(x[0])) * x[1],
    lambda x: float(f"{x[0]}") * x[1],
    lambda x: float(str(x[0])) * x[1],
    lambda x: float("%r" % float(x[0])) * x[1],  # noqa: UP031
    lambda x: float(format(x[0], ".17g")) * x[1],
    lambda x: float(np.array2string(x[0])) * x[1],
    lambda x: sum(float(part) for part in [f"{v}" for v in x]),
    lambda x: np.sum(np.array(" ".join(map(str, x)).split(), float) ** 2),
    lambda x: np.sum(np.array([f"{v}" for v in x]).astype(float) ** 2),
    lambda x: ast.literal_eval(str(float(x[0]))) * x[1],
    lambda x: json.loads(str(float(x[0])).encode()) * x[1],
    lambda x: json.loads(json.dumps([float(v) for v in x]))[0] * x[1],
    lambda x: np.loadtxt(io.StringIO(f"{x[0]} {x[1]}"))[0] * x[1],
    lambda x: x.astype(str).astype(float)[0] * x[1],
    lambda x: x.astype(object)[0] * x[1],
    lambda x: Money(x[0]) * x[1],
    lambda x: float.fromhex(float(x[0]).hex()) * x[1],
    lambda x: operator.truediv(*float(x[0]).as_integer_ratio()) * x[1],
    lambda x: float(decimal.Decimal(x[0])) * x[1],
    lambda x: float(fractions.Fraction(x[0])) * x[1],
    lambda x: statistics.mean(x) * x[1],
    lambda x: struct.unpack("d", struct.pack("d", x[0]))[0] * x[1],
    lambda x: memoryview(x)[0] * x[1],
    lambda x: ctypes.c_double(x[0]).value * x[1],
    lambda x: pickle.loads(pickle.dumps(x))[0] * x[1],
]


@pytest.mark.parametrize("function", LOST)
def test_what_is_lost_is_an_error_with_a_place(function):
    place = r"test_out_of_sight\.py:\d+"
    for derivative in (grad, functools.partial(grad, fallback="always")):
        with pytest.raises(LostGradient, match=place):
            derivative(function)(X)
    with pytest.raises(LostGradient, match=place):
        vjp(function, X.copy())
    with pytest.raises(LostGradient, match=place):
        jvp(function, (X,), (STEP,))


@pytest.mark.parametrize("function", [lambda x: x.view(int)[0], lambda x: x.tobytes()])
def test_bits_have_no_rule(function):
    with pytest.raises(MissingRule, match=r"test_out_of_sight\.py:\d+"):
        grad(lambda x: function(x) and x[0])(X)


@dataclasses.dataclass(frozen=True)
class Pair:
    a: float
    b: float = 2.0


def keys_of_dicts(x):
    squares = {v: v * v for v in x}
    places = dict(zip(x, "abcd", strict=True))
    total = sum(key * value for key, value in squares.items())
    for key in {v * 2: 1 for v in x}:
        total += key * key
    return total * sum(key for key, _ in places.items()) + max(places)


def elements_of_sets(x):
    different = ({*x} - {x[0]}) | {x[1]}
    counts = Counter([x[0], x[1], x[0]])
    table = {x[0]: 2.0, 0.72: 3.0}
    total = sum(different) * len(different) + counts[x[0]] * x[1]
    return total * table[x[0]] + len(table) * x[1] + (x[2] in different) * x[0]


def remembered(x):
    memory = {}

    def squared(v):
        if v not in memory:
            memory[v] = v * v
        return memory[v]

    return squared(x[0]) + squared(x[0]) * squared(x[1])


def with_caches(x):
    @functools.lru_cache
    def powers(k):
        return x[0] * powers(k - 1) if k else 1.0

    return powers(5) * cached(x[1]) * cached(x[1])


@functools.lru_cache
def cached(v):
    return math.sin(v)


def in_threads(x):
    found = [0.0] * len(x)

    def work(k):
        found[k] = x[k] * x[k] * (k + 1)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(x))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ThreadPoolExecutor(2) as pool:
        return sum(found) * sum(pool.map(lambda v: math.sin(v) * v, x))


def in_containers(x):
    heap = [(-v, v * v) for v in x]
    heapq.heapify(heap)
    window, ordered = deque(x, maxlen=3), OrderedDict(enumerate(x))
    ordered.move_to_end(0)
    replaced = dataclasses.replace(Pair(x[0]), b=x[1])
    copies = copy.deepcopy([x, {"a": copy.copy(x) * 2}])
    return (
        heapq.heappop(heap)[1] * window[0] * next(reversed(ordered.values()))
        + replaced.a * replaced.b
        + np.sum(copies[0] * copies[1]["a"])
        + sorted(enumerate(x), key=lambda pair: float(pair[1]))[0][1]
    )


def with_functions_of_python(x):
    pairs = sum(a * b for a, b in itertools.combinations(x, 2))
    made = np.fromiter((v * v for v in x), float, count=3)
    total = sum(k[0] * v for k, v in np.ndenumerate(np.outer(x, x)))
    reduced = functools.reduce(operator.mul, x)
    return pairs * reduced + np.sum(made) + total + math.dist(x[:2], x[2:])


def reported(x):
    """Text that nothing is read from."""
    label = f"at {x[0]}"
    LOG.debug("at %s", x[0])
    LOG.debug(label.upper())
    lines = []
    for v in x:
        lines.append(f"{v:.2f}")  # noqa: PERF401 (what is tested)
    print("\n".join(lines), str(x), file=io.StringIO())
    if x[0] > 5:
        raise ValueError(label)
    return np.sum(x * x)


def once_read(x):
    file = io.StringIO("2.0\n3.0\n")
    return float(file.readline()) * x[1] + float(file.readline()) * x[0]


KEPT = [
    *(
        keys_of_dicts,
        elements_of_sets,
        remembered,
        with_caches,
        in_threads,
        in_containers,
        reported,
        once_read,
    ),
    with_functions_of_python,
]


@pytest.mark.parametrize("function", KEPT)
def test_what_is_kept(function):
    slope = (function(X + 1e-6 * STEP) - function(X - 1e-6 * STEP)) / 2e-6
    value, gradient = value_and_grad(function)(X)
    assert value == pytest.approx(function(X), rel=1e-12)
    assert gradient @ STEP == pytest.approx(slope, rel=1e-7)
    np.testing.assert_allclose(grad(function)(X), gradient, rtol=1e-12)
    taped = grad(function, fallback="always")(X)
    np.testing.assert_allclose(taped, gradient, rtol=1e-12)
    assert jvp(function, (X,), (STEP,))[1] == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("function", [reported, once_read])
def test_reports_are_compiled(function):
    assert grad(function, fallback="error")(X).shape == (4,)
    jvp(function, (X,), (STEP,), fallback="error")


STORE = types.SimpleNamespace(value=1.0)
LIST = [0.0]


def put(v):
    STORE.value = v * v


def got():
    return STORE.value


def in_objects_of_the_module(x):
    put(x[0])
    STORE.other = x[1]
    return got() * STORE.other


def in_lists_of_the_module(x):
    LIST.append(x[0] * x[1])
    return last() * x[2]


def last():
    return LIST[-1]


def in_attributes_of_functions(x):
    last.cache = x[0] * x[0]
    last.cache *= x[2]
    return last.cache * x[1]


def in_the_globals(x):
    globals()["HERE"] = x[0] * x[1]
    return HERE * x[2]


HERE = 0.0


def in_repeated_lists(x):
    items = [x[0], x[1]]
    items *= 2
    return items[0] * items[3]


@pytest.mark.parametrize(
    "function",
    [
        in_objects_of_the_module,
        in_lists_of_the_module,
        in_attributes_of_functions,
        in_the_globals,
        in_repeated_lists,
    ],
)
def test_what_is_stored_outside(function):
    test_what_is_kept(function)


@dataclasses.dataclass(slots=True)
class Slotted:
    a: float
    b: float


@pytest.mark.parametrize("kind", [types.SimpleNamespace, Slotted])
@pytest.mark.parametrize("fallback", ["tape", "always"])
def test_objects_of_python(kind, fallback):
    found = grad(lambda s: s.a**2 * s.b, fallback=fallback)(kind(a=2.0, b=3.0))
    assert found == kind(a=12.0, b=4.0)


class Slots:
    __slots__ = ("__b", "a")

    def __init__(self, a, b):
        self.a, self.__b = a, b

    @property
    def b(self):
        return self.__b


class Parts(list):
    def norm(self):
        return math.sqrt(sum(float(v) * v for v in self)) * self.scale


class Named(dict):
    pass


class Scaled(tuple):  # noqa: SLOT001 (what is tested)
    pass


def made(kind, *args, **attributes):
    found = kind(*args)
    for name, value in attributes.items():
        setattr(found, name, value)
    return found


def of_slots(s):
    return s.a**2 * s.b


def of_parts(s):
    return s.norm()


def of_names(s):
    s["k"] = s["a"] * s.scale
    return s["k"] * s["a"]


def of_pair(s):
    return s[0] ** 2 * s[1] * s.scale


@pytest.mark.parametrize(
    ("function", "argument", "read"),
    [
        (of_slots, Slots(2.0, 3.0), lambda s: [s.a, s.b]),
        (of_parts, made(Parts, [2.0, 3.0], scale=1.5), lambda s: [*s, s.scale]),
        (of_names, made(Named, {"a": 2.0}, scale=1.5), lambda s: [s["a"], s.scale]),
        (of_pair, made(Scaled, [2.0, 3.0], scale=1.5), lambda s: [*s, s.scale]),
    ],
)
@pytest.mark.parametrize("fallback", ["tape", "always"])
def test_classes_with_more_than_a_dict(function, argument, read, fallback):
    gradient = grad(function, fallback=fallback)(argument)
    assert type(gradient) is type(argument)
    _, pullback = vjp(function, copy.deepcopy(argument), fallback=fallback)
    assert read(pullback(1.0)[0]) == pytest.approx(read(gradient), rel=1e-12)
    _, along = jvp(function, (argument,), (gradient,), fallback=fallback)
    assert along == pytest.approx(np.sum(np.square(read(gradient))), rel=1e-12)
    step = 1e-6
    moved = [copy.deepcopy(argument) for _ in range(2)]
    for one, sign in zip(moved, (1, -1), strict=True):
        if isinstance(one, Slots):
            one.a += sign * step
        elif isinstance(one, Named):
            one["a"] += sign * step
        else:
            one.scale += sign * step
    slope = (function(moved[0]) - function(moved[1])) / (2 * step)
    place = 0 if isinstance(argument, Slots | Named) else -1
    assert read(gradient)[place] == pytest.approx(slope, rel=1e-7)


def test_vjp_writes_into_slots():
    def halved(s):
        with contextlib.suppress(KeyError):
            s.a = s.a / 2
        return s.a * s.b

    given = Slots(2.0, 3.0)
    _, pullback = vjp(halved, given)
    assert (given.a, given.b) == (1.0, 3.0)
    assert (pullback(1.0)[0].a, pullback(1.0)[0].b) == (1.5, 1.0)


@pytest.mark.parametrize(
    "argument",
    [
        deque([2.0, 3.0]),
        types.MappingProxyType({0: 2.0}),
        np.array([2.0], dtype=object),
    ],
)
def test_what_has_no_gradient_of_its_form_is_refused(argument):
    with pytest.raises(NotDifferentiable, match="cannot be differentiated"):
        grad(lambda s: s[0] ** 2)(argument)
    with pytest.raises(NotDifferentiable, match="cannot be differentiated"):
        vjp(lambda s: s[0] ** 2, argument)


def scaled(v, factor=2.0):
    return v * factor


def with_other_defaults(x):
    scaled.__defaults__ = (x[1],)
    found = scaled(x[0])
    scaled.__defaults__ = (2.0,)
    return found * x[2]


def forget():
    setattr(scaled, "__defaults__", (5.0,))  # noqa: B010 (what is tested)


def with_defaults_of_a_helper(x):
    forget()
    found = scaled(x[0] * x[1])
    scaled.__defaults__ = (2.0,)
    return found


def with_other_code(x):
    before = scaled.__code__
    scaled.__code__ = (lambda v, factor=2.0: v**3 * factor).__code__
    found = scaled(x[0])
    scaled.__code__ = before
    return found


def exchange(name, function):
    globals()[name] = function


def with_another_function(x):
    before = scaled
    exchange("scaled", lambda v: v**2)
    found = scaled(x[0]) * x[1]
    exchange("scaled", before)
    return found


def elements_in_a_row(x):
    y = np.outer(x, x[:2]).T
    y.flat[1] = x[3] * 2.0
    places = y.flat
    y[0, 0] = x[0] * 3.0
    y.flat[4:7] = [x[1], 2.0]
    z = np.zeros((2, 2))
    z.flat = x * x
    return places[0] * places[1] + np.sum(y * y) + z[1, 1] * next(places)


class Reading:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        return float(self.value)


def numbers_of_objects(x):
    return math.sin(Reading(x[0])) * float(Reading(x[1]))


@pytest.mark.parametrize(
    "function",
    [
        with_other_defaults,
        with_defaults_of_a_helper,
        with_other_code,
        with_another_function,
        elements_in_a_row,
        numbers_of_objects,
    ],
)
def test_what_changes_while_it_runs(function):
    test_what_is_kept(function)
