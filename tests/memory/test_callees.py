"""Functions that write into their arguments, and what their callers see."""

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, U, V, W, X

case = Cases()


def step(a, b):
    """Writes into a, returns nothing."""
    a[...] = a * b + 0.5
    a[0] = b[1]


def smooth(a, out):
    """Writes into out from a."""
    out[1:-1] = 0.3 * (a[:-2] + a[1:-1] * a[1:-1] + a[2:])
    out[0] = a[0]
    out[-1] = a[-1]


def scaled(a, s):
    """Writes and returns its own argument."""
    a *= s
    return a


def popped(a, k):
    """Writes and returns a number."""
    old = a[k]
    a[k] = old * old
    return old * 2.0


def tail(a):
    """Returns a view."""
    return a[1:]


def deeper(a, s):
    """Writes through a view in a callee of a callee."""
    scaled(a[1:3], s)
    popped(a.T, 0)


def maybe(a, s):
    """Writes in one branch."""
    if s > 1:
        a[0] = s * a[1]
        return a[0]
    return s


def fill_rows(m, v):
    """Writes in a loop."""
    for i in range(m.shape[0]):
        m[i] = v * m[i]


@case(V, W)
def written_by_callee(v, w):
    a = v * 2.0
    step(a, w)
    step(a, v)
    return np.sum(a * a)


@case(V, W)
def argument_written_by_callee(v, w):
    step(v, w)
    return np.sum(v * v * w)


@case(V)
def same_array_twice(v):
    a = v * 1.5
    step(a, a)
    return np.sum(a * a)


@case(V)
def overlapping_views_passed(v):
    a = v * 1.5
    step(a[1:], a[:-1])
    return np.sum(a * a)


@case(V, 5)
def buffers_swapped_around_a_callee(v, n):
    a = v * 1.0
    b = np.zeros_like(a)
    for _ in range(n):
        smooth(a, b)
        a, b = b, a
    return np.sum(a * a) + np.sum(b)


@case(V, X)
def returned_argument(v, x):
    a = v * 2.0
    b = scaled(a, x)
    b[0] = x
    a[1] *= x
    return np.sum(a * b)


@case(V, X)
def number_and_effect(v, x):
    a = v * x
    total = 0.0
    for k in range(4):
        total += popped(a, k) * a[k + 1]
    return total + np.sum(a)


@case(V, X)
def effect_inside_an_expression(v, x):
    a = v * x
    return a[0] * popped(a, 0) + popped(a, 0) * a[0]


@case(V, X)
def returned_view_written(v, x):
    a = v * x
    u = tail(a)
    u[0] = x
    tail(tail(a))[1] *= x
    return np.sum(a * a)


@case(V, X)
def two_levels(v, x):
    a = v * 1.0
    deeper(a, x)
    deeper(a[1:], x)
    return np.sum(a * v)


@case(V, X)
def conditional_effect(v, x):
    a = v * 1.0
    b = maybe(a, x) * maybe(a, 0.3 * x)
    return b + np.sum(a * a)


@case(M, U)
def rows_written(m, u):
    a = m * 1.0
    fill_rows(a, u)
    fill_rows(a[:1], a[1])
    return np.sum(a * a)


@case(V, X)
def nested_function_writes_captured(v, x):
    a = v * 1.0

    def put(k, value):
        a[k] = value * a[k + 1]

    put(0, x)
    for k in range(3):
        put(k, x * k)
    return np.sum(a * a)


@case(V, W)
def lists_written_by_callee(v, w):
    def update(state, factor):
        state[0] = state[0] * factor
        state[1][0] = factor

    state = [v[0] * 2.0, w * 1.0]
    update(state, v[1])
    update(state, w[1])
    return state[0] * np.sum(state[1] * w)


@case({"u": V, "g": 0.7}, W)
def dict_written_by_callee(params, w):
    def advance(p, f):
        p["u"] += p["g"] * f
        p["g"] = p["g"] * 0.9
        p["u"][0] = f[1]

    for _ in range(3):
        advance(params, w)
    return np.sum(params["u"] * w) * params["g"]


@case(V)
def recursion_with_effects(v):
    a = v * 1.0
    halve(a, 0, 5)
    return np.sum(a * v)


def halve(a, low, high):
    """Writes into parts of a, recursively."""
    if high - low < 2:
        return
    middle = (low + high) // 2
    a[low] = a[low] * a[middle]
    halve(a, low, middle)
    halve(a, middle, high)


@case(V, X)
def default_output(v, x):
    def into(a, s, out=None):
        if out is None:
            out = np.empty_like(a)
        out[:] = a * s
        return out

    a = into(v, x)
    into(a, x, out=a)
    b = into(a, x)
    b[0] = 1.0
    return np.sum(a * b)


def shifted(a, s):
    """Writes into a, and returns memory of its own."""
    a[0] += s
    return a * s


def shifted_and_doubled(a, s):
    """Writes into a, and returns two other things."""
    a[0] += s
    return a * s, s * 2


@case(V, X)
def result_with_the_name_of_the_argument(v, x):
    u = v * 2
    u = shifted(u, x)
    return u @ u


@case(V, X)
def result_with_the_name_of_the_argument_in_a_loop(v, x):
    u = v * 2
    first = u
    for _ in range(3):
        u = shifted(u, x)
    return u @ u + first @ v


@case(V, X)
def results_with_the_name_of_the_argument(v, x):
    u, c = v * 2, x
    for _ in range(2):
        u, c = shifted_and_doubled(u, c)
    return c * (u @ u)


@case(V, X)
def number_with_the_name_of_the_argument(v, x):
    def spent(a, s):
        a[0] += s
        return a.sum() * s

    u = v * 2
    u = spent(u, x)
    return u * u


@case(V, X)
def part_with_the_place_of_the_argument(v, x):
    d = {"u": v * 2, "k": x}
    d["u"] = shifted(d["u"], d["k"])
    d["u"], d["k"] = shifted(d["u"], x), d["u"][0]
    return d["u"] @ d["u"] * d["k"]


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
