"""Functions: helpers, recursion, closures, lambdas, methods, argument passing."""

# Programs as users write them.
# ruff: noqa: B023, E731, F841, NPY002, PIE804

import functools
import math

import numpy as np

from sourcediff import grad
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import V, X, Y, Z

case = Cases()

SCALE = 1.7
TABLE = np.array([0.3, 1.1, -0.4, 0.9, 0.2])
SETTINGS = {"rate": 0.3, "steps": 3}


def square(x):
    return x * x


def blend(a, b, t=0.3, *, power=2):
    """Defaults and a keyword-only parameter."""
    return a * t + b**power * (1 - t)


def both(x, y):
    """Two results."""
    return x * y, x + y


def many(x, v):
    """A dict of results."""
    return {"product": x * v, "sum": np.sum(v) * x, "label": "many"}


def nothing(x):
    """No result."""
    x = x * 2.0


def early(x, y):
    """Returns from several places."""
    if x > 1:
        return x * y
    for k in range(3):
        if y * k > 1:
            return y
    return x


def factorial_like(x, n):
    if n == 0:
        return 1.0
    return x * n * factorial_like(x * 0.9, n - 1)


def fibonacci_like(x, n):
    if n < 2:
        return x if n else 1.0
    return fibonacci_like(x, n - 1) * 0.5 + x * fibonacci_like(x, n - 2)


def even(x, n):
    return x if n == 0 else odd(x * 1.1, n - 1)


def odd(x, n):
    return 1.0 if n == 0 else even(x * x, n - 1)


def variadic(first, *rest, scale=1.0, **options):
    total = first
    for r in rest:
        total = total + r * scale
    if "shift" in options:
        total = total + options["shift"]
    return total


def apply(f, x):
    return f(x) * f(x + 1.0)


def make_scaler(s):
    def scaler(x):
        return x * s

    return scaler


def global_user(x):
    return x * SCALE + np.sum(TABLE * x)


SCALER = make_scaler(2.5)
twice = lambda x: 2.0 * x * x


@case(X, Y)
def helper(x, y):
    return square(x * y) + square(square(x))


@case(V, X)
def helper_with_several_kinds(v, x):
    return np.sum(square(v)) + square(x) + square(2) * x


@case(X, Y)
def defaults_and_keywords(x, y):
    return blend(x, y) + blend(b=x, a=y) * blend(x, y, 0.1, power=3) + blend(x, y, t=x)


def layer(x, weight, bias=None, gate=None):
    """Options that a call leaves out."""
    out = x * weight
    if bias is not None:
        out = out + x * bias[:, None].sum()
    return out if gate is None else gate(out * bias)


@case(X, V)
def options_left_out(x, v):
    return np.sum(layer(v, x) * layer(v, x, v)) + np.sum(layer(v, x, gate=None) ** 2)


@case(X, Y)
def several_results(x, y):
    p, s = both(x, y)
    q = both(s, p)
    return p * s + q[0] * q[1]


@case(X, V)
def dict_result(x, v):
    out = many(x, v)
    return np.sum(out["product"] ** 2) + out["sum"]


@case(X, Y)
def unused_results(x, y):
    p, _ = both(x, y)
    both(x, y)
    nothing(x)
    return p * x


@case(X, Y)
def nested_calls(x, y):
    return blend(square(x), square(blend(x, y)), t=square(y))


@case(X, Y)
def early_returning_helper(x, y):
    return early(x, y) * early(y, x) + early(0.5 * x, 2.0 * y)


@case(X)
def recursion(x):
    return factorial_like(x, 4) + fibonacci_like(x, 5)


@case(X)
def mutual_recursion(x):
    return even(x, 4) * odd(x, 3)


@case(V)
def recursion_over_arrays(v):
    return tree_sum(v)


def tree_sum(v):
    if len(v) == 1:
        return v[0] * v[0]
    h = len(v) // 2
    return tree_sum(v[:h]) * 1.1 + math.sin(tree_sum(v[h:]))


@case(X, Y)
def calls_in_loops(x, y):
    a = x
    for k in range(4):
        a = blend(a, y, power=k + 1)
        p, a = both(a, x)
        a = a + 0.1 * p
    return a


@case(X, Y)
def call_in_a_condition(x, y):
    if square(x) > 1 and early(x, y) < 0:
        return square(y) * x
    return x


@case(X, Y)
def call_in_while_condition(x, y):
    a = x
    while square(a) < 40.0:
        a = a + square(y) * a
    return a * y


@case(X, Y)
def starred_arguments(x, y):
    args = (x, y)
    options = {"t": 0.6, "power": 3}
    return blend(*args) * blend(*args, **options) + blend(x, *[y], **{"t": 0.2})


@case(X, Y, Z)
def variadic_helper(x, y, z):
    return variadic(x, y, z) * variadic(x, y, scale=z) + variadic(x, shift=y)


@case(X, Y, Z)
def variadic_function(x, *rest):
    total = x
    for r in rest:
        total = total * r + r
    return total * rest[0]


@case(X, a=Y, b=Z)
def keyword_variadic_function(x, **named):
    return x * named["a"] + named["b"] ** 2


@case(X, Y, power=3)
def keyword_only(x, y, *, power=2):
    return x**power * y


@case(X, Y)
def positional_only(x, /, y=2.0):
    return x * y * y


@case(X, y=Y)
def given_by_keyword(x, y=1.0, z=0.7):
    return x * y * z


@case(X, Y)
def lambdas(x, y):
    f = lambda t: t * y
    g = lambda t, s=x: f(t) * s
    return f(x) + g(y) * twice(x)


@case(X, Y)
def nested_function(x, y):
    def inner(t):
        return t * t * y

    y = y * 2.0
    return inner(x) + inner(x * y)


@case(X, Y)
def nested_function_in_loop(x, y):
    total = 0.0
    for k in range(3):

        def inner(t):
            return t * k * y

        total += inner(x + k)
    return total


@case(X, Y)
def doubly_nested_functions(x, y):
    def outer(a):
        def inner(b):
            return a * b * x

        return inner(y) + inner(a)

    return outer(x) * outer(y)


@case(X, Y)
def nested_recursion(x, y):
    def power(base, n):
        return 1.0 if n == 0 else base * power(base, n - 1) * y

    return power(x, 3)


@case(X)
def higher_order(x):
    return apply(square, x) + apply(twice, x) + apply(math.sin, x)


@case(X, Y)
def higher_order_with_capture(x, y):
    return apply(lambda t: t * y, x)


@case(X)
def closure_from_a_factory(x):
    f = make_scaler(3.0)
    return f(x) * SCALER(x) * make_scaler(x)(x)


@case(X)
def free_data(x):
    a = global_user(x) * SETTINGS["rate"]
    for _ in range(SETTINGS["steps"]):
        a = a * 1.1 + x
    return a


@case(X)
def partial_function(x):
    f = functools.partial(blend, 0.4, power=3)
    return f(x)


@case(X, Y)
def functions_in_a_list(x, y):
    total = 0.0
    for f in (square, twice, math.sin):
        total += f(x) * y
    return total


@case(X, Y, "twice")
def function_in_a_dict(x, y, name):
    table = {"square": square, "twice": twice}
    return table[name](x) * y


class Oscillator:
    """An object with attributes and methods."""

    rate = 0.7

    def __init__(self, k, w):
        self.k = k
        self.w = w
        self.name = "oscillator"

    def force(self, x):
        return -self.k * x * self.rate

    def energy(self, x):
        return 0.5 * self.force(x) ** 2 + np.sum(self.w * x)

    @property
    def stiffness(self):
        return self.k * 2.0

    @staticmethod
    def helper(x):
        return x * x

    @classmethod
    def rated(cls, x):
        return x * cls.rate

    def __call__(self, x):
        return self.force(x) * x


OSCILLATOR = Oscillator(1.3, TABLE)


@case(Oscillator(1.3, V), X)
def methods(oscillator, x):
    return oscillator.energy(x) + oscillator.force(x) * oscillator.k


@case(Oscillator(1.3, V), X)
def static_and_class_methods(oscillator, x):
    return oscillator.helper(x) * oscillator.rated(x) * oscillator.k


@case(Oscillator(1.3, V), X)
def property_and_call(oscillator, x):
    return oscillator.stiffness * oscillator(x)


@case(X)
def global_object(x):
    return OSCILLATOR.energy(x) * OSCILLATOR.k


@case(X, Y)
def object_built(x, y):
    o = Oscillator(x, np.array([x, y]))
    return o.energy(y)


@case(X, Y)
def decorated_helper(x, y):
    return cached_like(x) * y


def passing(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) * 2.0

    return wrapper


@passing
def cached_like(x):
    return x * x


@case(X, V)
def shadowing_helper_names(x, v):
    square = x * 2.0
    both = v * square
    return np.sum(both * both) + square


@case(X, Y)
def result_is_the_argument(x, y):
    return identity(x) * identity(identity(y))


def identity(x):
    return x


@case(V, X)
def same_argument_twice(v, x):
    return np.sum(blend(v, v)) * blend(x, x) + both(x, x)[0]


@case(V)
def nobody_reads_what_a_call_makes(v):
    total = np.add.reduce(v)
    draws = np.random.rand(3)
    return np.sum(v * v)


def array_or_number(v, k):
    if k > 0:
        return v + np.sum(v)
    return np.sum(v * v)


def array_or_list(v, k):
    if k > 0:
        return v + np.sum(v)
    return [v * v, v]


@case(V, 1.5)
@case(V, -1.5)
def sums_of_an_array_or_a_number(v, k):
    return np.sum(array_or_number(v, k)) * np.mean(array_or_number(v, k))


@case(V, 1.5)
def sums_of_rows_of_an_array_or_a_number(v, k):
    rows = np.sum(array_or_number(np.outer(v, v), k), axis=0)
    return np.sum(np.sin(rows)) * k


@case(V, 1.5)
@case(V, -1.5)
def sums_of_an_array_or_a_list(v, k):
    return np.sum(array_or_list(v, k)) * k


def test_draws_of_numpys_own_generator_are_constants():
    def noisy(x):
        noise = np.random.normal(size=(2, 3)) + np.random.rand(3)
        return np.sum(x * noise * x)

    x = np.array([0.3, -1.2, 0.7])
    np.random.seed(7)
    x_bar = grad(noisy, fallback="error")(x)
    np.random.seed(7)
    noise = np.random.normal(size=(2, 3)) + np.random.rand(3)
    np.testing.assert_allclose(x_bar, 2 * x * noise.sum(0), rtol=1e-12)


def gated(x, v, w):
    for k in range(2):
        w = w * np.tanh(v[k] * x)
    return w


@case(V, Y)
def gated_twice(v, w):
    """The first call has a constant where the second has what it gives."""
    return np.sum(gated(np.ones_like(w), v, gated(w, v, w)))


def test_calls_with_other_constants_have_one_forward_function():
    text = grad(gated_twice, wrt=(0, 1)).source_for(V, Y)
    assert "def gated_bwd(" in text
    assert "def gated2_bwd(" in text
    assert text.count("gated_fwd(") == 3
    assert "gated2_fwd" not in text


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    if not case.kwargs:
        check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
