"""A callee that cannot be compiled runs on the tape; its caller stays compiled."""

import contextlib
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose

import sourcediff.tensor as torch
from sourcediff import (
    TapeWarning,
    check_grads,
    grad,
    jvp,
    linearize,
    taped,
    value_and_grad,
    vjp,
)
from sourcediff.derivatives import jvp_source
from sourcediff.emit import NotStandalone
from sourcediff.errors import CompileError

X = np.array([0.31, 0.72, 1.13, 0.94])


def smoothed(y, n):
    total = 0.0
    try:
        for _ in range(n):
            y = y * np.cos(y)
            total = total + y
    finally:
        pass
    return total


def energy(x, k):
    z = x * x
    w = smoothed(z, 3)
    return np.sum(w * x) * k


def logarithm(v):
    try:
        return np.log(v)
    finally:
        pass


def in_a_loop(x):
    total = 0.0
    for i in range(len(x)):
        term = logarithm(x[i])
        total = total + term * x[i]
    return total


def through_a_helper(x):
    y = helper(x)
    return np.sum(y * y)


def helper(x):
    y = logarithm(x * 2.0)
    return y * x


def of_two(a, b):
    return eval("a * b")


def two_arguments(x, s):
    y = of_two(x, s)
    z = of_two(s, y)
    return np.sum(z)


def structured(pair):
    try:
        return pair["a"] * pair["b"][0]
    finally:
        pass


def of_a_dict(x, s):
    y = structured({"a": x, "b": [s, 2.0]})
    return np.sum(y)


def passed_on(x):
    try:
        return x[1:]
    finally:
        pass


def aliased(x):
    z = x * 2.0
    y = passed_on(z)
    w = y * 3.0
    return np.sum(w * z[:-1])


def scaled(v, scale=1.0, *, off=0.5):
    try:
        return v * scale + off * v * v
    finally:
        pass


def by_keyword(x, off):
    return np.sum(scaled(x, off=off))


def powers(v, n):
    try:
        return v if n == 0 else powers(np.sin(v) * v, n - 1)
    finally:
        pass


def recursive(x):
    return np.sum(powers(x, 3))


def both(v):
    try:
        return v * 2, np.sin(v)
    finally:
        pass


def unpacked(x):
    a, b = both(x)
    return np.sum(a * b)


def stored_in_a_loop(x):
    s = np.zeros(len(x))
    for i in range(len(x)):
        s[i] = logarithm(x[i])
    return np.sum(s * x)


def within_expressions(x):
    return np.sum(logarithm(logarithm(x * 3.0) + 2.0) * x) + logarithm(x)[0] ** 2


def parts_of_results(x):
    a, *b = both(x)
    return np.sum(a * b[0]) + both(x)[1][0] * np.sum(both(x * 2.0)[0])


def used_twice(x):
    pair = both(x)
    return of_parts(pair) * of_parts(pair)


def of_parts(pair):
    return np.sum(pair[0] * pair[1])


def in_while(x):
    y, i = x, 0
    while i < 3:
        y = smoothed(y, 1)
        i += 1
        if np.sum(y) < 0.1:
            break
    return np.sum(y)


def in_branches(x):
    y = logarithm(x) if x[0] > 0 else x
    if np.sum(y) > -100.0:
        return np.sum(logarithm(2.0 + y * y))
    return np.sum(x)


def in_comprehensions(x):
    terms = [logarithm(v) * v for v in x]
    powers = {k: np.sum(logarithm(x)) * k for k in (1, 2)}
    return sum(terms) + powers[2] * sum(logarithm(v) for v in x)


def in_lambdas(x):
    term = lambda v: logarithm(v) * v  # noqa: E731 (what is tested)
    return np.sum(term(x)) + sum(map(logarithm, x))


def of_objects(x):
    scaling = Scaling(np.sum(x))
    return np.sum(scaling.of(x) * scaling.twice)


def the_same_twice(x):
    y = scaled_by(x, x)
    return np.sum(y * x)


def scaled_by(v, w):
    try:
        return v * v * w
    finally:
        pass


def variable(a, *rest, scale=1.0, **options):
    try:
        return a * sum(rest) * scale + options.get("shift", 0.0)
    finally:
        pass


def packed_arguments(x):
    y = variable(x, x * 2.0, x[0], shift=x[1])
    z = variable(y, *(x, y), scale=x[2])
    return np.sum(z * x)


def multiplied(z, v):
    try:
        z[1:] *= v
    finally:
        z[0] += 1.0


def statements_that_write(x):
    z = x * 2.0
    multiplied(z, x[0])
    multiplied(z, x[1] * z[2])
    return np.sum(z * x)


def writes_into_parts(x):
    m = np.zeros((3, 4))
    for i in range(3):
        multiplied(m[i], x[i])
        m[i] += x
        multiplied(m[i, 1:], m[i, 0])
    return np.sum(m**2 * x)


def written_with_a_result(z, v, *, out):
    try:
        np.multiply(z, v, out=out)
    finally:
        z.fill(0.5)
    return np.sum(out) * v


def both_written_and_returned(x):
    z, out = x * 2.0, np.zeros(4)
    y = written_with_a_result(z, x[3], out=out)
    return y * np.sum(out * x) + np.sum(z * x)


def written_where_it_is_read(x):
    y = x * x
    kept = np.sum(y * x)
    multiplied(y, kept)
    if kept > 0:
        multiplied(y, x[1])
    return np.sum(y) * kept


def two_of(v):
    try:
        return v[:2] * np.sin(v[1:3]), [v * 2.0, v[0]]
    finally:
        pass


def unpacked_later(x):
    pair = two_of(x)
    curved, others = pair
    first, second = curved
    vector, number = others
    return first * second * number + np.sum(vector * x)


def unpacked_in_branches(x):
    for _ in range(2):
        pair = two_of(x) if x[0] > 0.0 else (x[:2], [x, 1.0])
        (first, second), (vector, number) = pair
        x = vector * first + number * second * x
    return np.sum(x)


def unpacked_in_part(x):
    curved, _ = two_of(x)
    _, (vector, _) = two_of(curved[0] * x)
    return np.sum(curved) * vector[2]


def sine(v):
    try:
        return v * np.sin(v)
    finally:
        pass


def methods_of_results(x):
    y = sine(x)
    matrix = sine(np.outer(x, y))
    spread = sine(x).cumsum().std() * matrix.max(axis=0, keepdims=True).sum()
    return y.sum() * y.dot(x) + spread + (matrix * x).T.ravel().take([1, 2, 5]).sum()


def methods_in_loops(x):
    total = 0.0
    for _ in range(3):
        x = sine(x) * x
        total = total + x.min() * sine(x).mean() + sine(x[:1]).item()
    return total


def sums_of_results(x):
    y = sine(np.outer(x, x))
    return np.sum(np.sin(np.sum(y, axis=0))) * np.mean(sine(x)) + np.sum(y.mean(axis=1))


def turns(state, n=3, *, scale=1.0):
    for _ in range(n):
        state = state * np.cos(state) * scale
        yield state


def neighbours(x):
    for k in range(len(x)):
        yield x[k], [x[k - 1], k]


def branches(x):
    if len(x) == 1:
        yield x[0]
    else:
        yield from branches(x[:2])
        yield from branches(x[2:]) if len(x) > 3 else branches(x[1:2])


def halves(x):
    yield from x[:2]


def generators_in_loops(x):
    total, kept = 0.0, []
    for state in turns(x, scale=x[1]):
        for one, (other, k) in neighbours(state):
            total = total + one * other * k
        kept.append(state)
    return total * x[0] + np.sum(kept[0] * kept[2])


def generators_in_sums(x):
    squares = [one * other for one, (other, _) in neighbours(x)]
    return (
        np.sum(sum(turns(x))) * math.sqrt(x[2])
        + sum(v * v for v in halves(x))
        + squares[2]
    )


def generators_in_lists(x):
    states = list(turns(x, 4))
    first, second = halves(x)
    for k, v in enumerate(halves(x)):
        first = first * v + k
    squares = np.array(list(halves(x * 2))) ** 2
    return np.sum(states[0] * first) * np.sum(squares) * second


def local_generators(x):
    shift = x[0] * 2.0

    def turned(y):
        for k in range(3):
            y = y * np.cos(y) + shift * x[k]
            yield k, y

    total = 0.0
    for k, y in turned(x):
        total = total + np.sum(y * x) * k
    return total


def local_functions(x):
    z, scale = x * 2.0, x[1]

    def safe(v):
        try:
            return math.log(v) * scale
        except ValueError:
            return v

    def product(k):
        try:
            return 1.0 if k == 0 else x[k] * product(k - 1)
        finally:
            pass

    def stored(k, v):
        try:
            z[k] = v * scale
        finally:
            pass

    first = safe(x[0] - 0.5)
    scale = x[2]
    stored(1, x[3] * x[3])
    return (first + safe(x[3])) * np.sum(z * x) + product(3)


class Scaling:
    def __init__(self, k):
        self.k = k

    def of(self, v):
        try:
            return v * self.k
        finally:
            pass

    @property
    def twice(self):
        try:
            return self.k * 2
        finally:
            pass


class Doubling(Scaling):
    def of(self, v):
        def scaled(w):
            for part in w:
                yield part * self.k

        return sum(scaled(v)) * super(Doubling, self).of(v)  # noqa: UP008 (what is tested)


def local_generators_of_methods(x):
    return np.sum(Doubling(x[1]).of(x) * x)


GENERATORS = [generators_in_loops, generators_in_sums, generators_in_lists]


CASES = [
    (local_generators, (X,)),
    (local_functions, (X,)),
    *((function, (X,)) for function in GENERATORS),
    (sums_of_results, (X,)),
    (methods_of_results, (X,)),
    (methods_in_loops, (X,)),
    (unpacked_later, (X,)),
    (unpacked_in_branches, (X,)),
    (unpacked_in_part, (X,)),
    (packed_arguments, (X,)),
    (statements_that_write, (X,)),
    (writes_into_parts, (X,)),
    (both_written_and_returned, (X,)),
    (written_where_it_is_read, (X,)),
    (the_same_twice, (X,)),
    (within_expressions, (X,)),
    (parts_of_results, (X,)),
    (used_twice, (X,)),
    (in_while, (X,)),
    (in_branches, (X,)),
    (in_comprehensions, (X,)),
    (in_lambdas, (X,)),
    (of_objects, (X,)),
    (by_keyword, (X, 1.7)),
    (recursive, (X,)),
    (unpacked, (X,)),
    (stored_in_a_loop, (X,)),
    (energy, (X, 2.0)),
    (in_a_loop, (X,)),
    (through_a_helper, (X,)),
    (two_arguments, (X, 1.7)),
    (of_a_dict, (X, 1.7)),
    (aliased, (X,)),
]


@pytest.mark.parametrize(("function", "args"), CASES, ids=lambda v: str(v)[:20])
def test_gradients(function, args):
    wrt = tuple(range(len(args)))
    value, found = value_and_grad(function, wrt=wrt)(*args)
    assert value == pytest.approx(function(*args), rel=1e-12)
    taped = grad(function, wrt=wrt, fallback="always")(*args)
    for one, other in zip(found, taped, strict=True):
        assert_allclose(one, other, rtol=1e-12)
    bars = vjp(function, *args)[1](2.0)
    for one, other in zip(bars, taped, strict=True):
        assert_allclose(one, 2 * np.array(other), rtol=1e-12)
    pushed, y_dot = jvp(function, args, found)
    assert pushed == pytest.approx(value, rel=1e-12)
    assert y_dot == pytest.approx(sum(np.sum(bar**2) for bar in found), rel=1e-10)
    check_grads(function, args)


@pytest.mark.parametrize("function", [*GENERATORS, unpacked, methods_in_loops])
def test_forward_mode_keeps_callers_compiled(function, monkeypatch):
    text = jvp_source(function, (X,), (X,))
    assert text.startswith(("import ", "def "))
    assert "# on the tape (" in text

    def refuse(*args, **kwargs):
        raise AssertionError("the caller was taped")

    monkeypatch.setattr(taped, "taped_jvp", refuse)
    jvp(function, (X,), (X,))
    with pytest.raises(CompileError):
        jvp(function, (X,), (X,), fallback="error")


@pytest.mark.parametrize(("function", "args"), CASES, ids=lambda v: str(v)[:20])
def test_callers_stay_compiled(function, args):
    text = grad(function).source_for(*args)
    assert text.startswith(("import ", "def "))
    assert "# on the tape (" in text


@pytest.mark.parametrize(("function", "args"), CASES, ids=lambda v: str(v)[:20])
def test_callers_are_never_taped(function, args, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the caller was taped")

    monkeypatch.setattr(taped, "value_and_pullback", refuse)
    grad(function)(*args)
    vjp(function, *args)[1](1.0)


class Doubled:
    def __init__(self, of):
        self.of = of

    def sum(self):
        return 2.0 * np.sum(self.of)


class Factor:
    def __init__(self, of):
        self.of = of

    def __mul__(self, other):
        return Doubled(self.of * other)


def wrapped(v, kind):
    try:
        return kind(v)
    finally:
        pass


def own_sum(x):
    return wrapped(x, Doubled).sum()


def own_product(x):
    return (wrapped(x, Factor) * x).sum()


def one_of_two_kinds(x):
    chosen = Doubled(x) if x[0] > 0 else Doubled(Doubled(x).of)
    return chosen.sum() * wrapped(x, Doubled).of[0]


@pytest.mark.parametrize("function", [own_sum, own_product, one_of_two_kinds])
def test_objects_that_compute_like_arrays_are_not_taken_for_them(function):
    steps = 1e-6 * np.eye(4)
    slopes = [(function(X + step) - function(X - step)) / 2e-6 for step in steps]
    assert_allclose(grad(function)(X), slopes, rtol=1e-8)
    (bar,) = vjp(function, X)[1](1.0)
    assert_allclose(bar, slopes, rtol=1e-8)


def test_second_derivatives_through_writes():
    step = 1e-6 * np.array([0.3, -0.7, 0.2, 0.9])
    for function in (statements_that_write, both_written_and_returned):
        slope = grad(function)
        expected = (slope(X + step) - slope(X - step)) / 2
        found = grad(lambda x, slope=slope: np.sum(slope(x) * step))(X)
        assert_allclose(found @ step, expected @ step, rtol=1e-6)


def test_writes_of_vjp_are_real():
    def caller(z, v):
        multiplied(z, v)
        return np.sum(z * z)

    z = X.copy()
    y, pullback = vjp(caller, z, 1.7)
    expected = X.copy()
    assert y == pytest.approx(caller(expected, 1.7))
    assert_allclose(z, expected)
    first, second = grad(caller, wrt=(0, 1))(X, 1.7), pullback(1.0)
    assert_allclose(first[0], second[0], rtol=1e-12)
    assert first[1] == pytest.approx(second[1], rel=1e-12)


def returned_itself(z):
    try:
        z[0] = z[1] * 3.0
    finally:
        pass
    return z[1:]


def of_what_is_returned(x):
    z = x * 2.0
    y = returned_itself(z)
    y[0] = y[1] * x[0]
    return np.sum(y * z[0]) * z[1]


def overlapping(x):
    z = x * 2.0
    into_other(z[1:], z[:-1])
    return np.sum(z * x)


def into_other(a, b):
    try:
        a *= b
    finally:
        pass


@pytest.mark.parametrize("function", [of_what_is_returned, overlapping])
def test_memory_that_is_shared(function):
    step = np.array([0.3, -0.7, 0.2, 0.9])
    slope = (function(X + 1e-6 * step) - function(X - 1e-6 * step)) / 2e-6
    assert grad(function)(X) @ step == pytest.approx(slope, rel=1e-7)
    assert vjp(function, X)[1](1.0)[0] @ step == pytest.approx(slope, rel=1e-7)


def lazily(v):
    try:
        return map(np.sin, [v, v * v])
    finally:
        pass


def of_what_is_lazy(x):
    return sum(lazily(np.sum(x))) + np.sum(x)


def closed_over(v):
    try:
        return {"scaled": lambda w: v * w}
    finally:
        pass


def of_a_closure(x):
    return np.sum(closed_over(x)["scaled"](x)) + np.sum(x)


def called(f, v):
    try:
        return f(v)
    finally:
        pass


def given_a_closure(x):
    s = np.sum(x)
    return np.sum(called(lambda v: v * s, x))


def given_a_closure_in_a_list(x):
    s = np.sum(x)

    def inner(v):
        return v * s

    return np.sum(called([inner][0], x))


def given_a_default(x):
    total = np.sum(x)
    return np.sum(called(lambda v, s=total: v * s, x))


def given_a_method(x):
    return np.sum(called((x * 2.0).dot, x))


@pytest.mark.parametrize(
    "function",
    [
        of_what_is_lazy,
        of_a_closure,
        given_a_closure,
        given_a_closure_in_a_list,
        given_a_default,
        given_a_method,
    ],
)
def test_what_may_hold_derivatives_unseen_does_not_pass(function):
    found = grad(function)(X)
    step = 1e-6 * np.array([0.3, -0.7, 0.2, 0.9])
    assert found @ step == pytest.approx(
        (function(X + step) - function(X - step)) / 2, rel=1e-8
    )


def itself(x):
    for _ in range(2):
        yield x


def endless(y):
    while True:
        yield y
        y = y * np.sin(y)


def read_later(x):
    x = x * 1.0
    total = 0.0
    for state in itself(x):
        x[0] = x[0] * 2.0
        total = total + state[0]
    return total


def written_through_what_is_yielded(x):
    x = x * 1.0
    for state in itself(x):
        part = state[1:]
        part *= x[0]
    return np.sum(x)


def left_early(x):
    total = 0.0
    for state in endless(x):
        total = total + np.sum(state)
        if total > 4.0:
            break
    return total + [v for _, v in zip(range(2), endless(x), strict=False)][1][0]


def one_after_the_other(x):
    states = turns(x)
    return np.sum(next(states) * 1.0) + np.sum(next(states))


def drawn(x, rng):
    for v in x:
        yield v * rng.normal()


def growing(x):
    found = [x[0]]
    yield found
    yield [found[0] * len(found)]


def appended_meanwhile(x):
    kept, total = [], 0.0
    for found in growing(x):
        kept.append(found)
        oldest = kept[0]
        oldest.append(x[2])
        total = total + found[0]
    return total


def summed(values):
    try:
        return sum(values)
    finally:
        pass


def values_of_a_dict(x):
    return summed({0: x[0], 1: x[1] * x[3]}.values()) * x[2]


def captured_and_bound_anew(x):
    scale = x[0]

    def scaled(y):
        for v in y:
            yield v * scale

    total = 0.0
    for v in scaled(x):
        scale = scale + v
        total = total + v
    return total


def captured_and_written(x):
    y = x * 2.0

    def items():
        yield from y

    total = 0.0
    for v in items():
        y[2] = v * v
        total = total + v
    return total


def with_arguments_for_super(x):
    doubling = Doubling(x[1])
    with contextlib.suppress(KeyError):
        return doubling.of(x)[2]


def random_in_turns(x):
    rng, total = np.random.default_rng(3), 0.0
    for v in drawn(x, rng):
        total = total + v * rng.normal()
    return total


def longer_meanwhile(x):
    items, total = [x[0], x[1]], 0.0
    for v in halves(items):
        items[1] = v * 3.0
        total = total + v
    return total


def in_place(y):
    state = y.copy()
    for _ in range(3):
        state *= np.cos(state)
        yield state


def kept_for_later(x):
    kept = []
    for state in in_place(x):
        kept.append(state)  # noqa: PERF402 (what is tested)
    return np.sum(kept[0] * kept[2])


def seen_at_once(x):
    total = 0.0
    for state in in_place(x):
        total = total + np.sum(state * x)
    return total


def grown(x):
    found = []
    for v in x:
        found.append(v)
        yield found


def lists_that_grow(x):
    total = 0.0
    for found in grown(x):
        total = total + found[0] * len(found)
    return total


def one_array_in_a_list(x):
    states = list(in_place(x))
    states[0][0] = x[1] * 5.0
    return np.sum(states[1] * states[2])


@pytest.mark.parametrize(
    "function",
    [
        read_later,
        written_through_what_is_yielded,
        left_early,
        one_after_the_other,
        random_in_turns,
        longer_meanwhile,
        local_generators_of_methods,
        with_arguments_for_super,
        captured_and_bound_anew,
        captured_and_written,
        values_of_a_dict,
        appended_meanwhile,
        one_array_in_a_list,
        kept_for_later,
        seen_at_once,
        lists_that_grow,
    ],
)
def test_generators_that_take_turns_with_their_callers(function):
    step = np.array([0.3, -0.7, 0.2, 0.9])
    slope = (function(X + 1e-6 * step) - function(X - 1e-6 * step)) / 2e-6
    assert grad(function)(X) @ step == pytest.approx(slope, rel=1e-7)
    assert vjp(function, X)[1](1.0)[0] @ step == pytest.approx(slope, rel=1e-7)
    assert jvp(function, (X,), (step,))[1] == pytest.approx(slope, rel=1e-7)


def test_a_generator_that_is_defined_anew_is_seen(monkeypatch):
    gradient = grad(generators_in_lists)
    before = gradient(X)

    def cubes(x):
        yield from x[:2] ** 3

    monkeypatch.setitem(globals(), "halves", cubes)
    step = np.array([0.3, -0.7, 0.2, 0.9])
    slope = (
        generators_in_lists(X + 1e-6 * step) - generators_in_lists(X - 1e-6 * step)
    ) / 2e-6
    assert gradient(X) @ step == pytest.approx(slope, rel=1e-7)
    assert not np.allclose(before, gradient(X))


def stacked_list(v):
    try:
        return [v, v * v]
    finally:
        pass


def test_a_list_that_becomes_an_array():
    check_grads(lambda x: np.sum(np.array(stacked_list(x)) ** 2), (X,))


def test_the_caller_is_compiled_and_says_what_is_not():
    gradient = grad(energy)
    text = gradient.source_for(X, 2.0)
    assert "def energy_" in text
    assert "smoothed_saved = smoothed_fwd(z, 3)" in text
    assert "# on the tape (" in text
    assert "try around active code is run by the tape" in text
    told = str(gradient.explain(X, 2.0))
    assert told.endswith("Compiled, but for what runs on the tape: smoothed.")
    assert "refused: try around active code is run by the tape" in told
    with pytest.raises(CompileError, match="cannot compile smoothed"):
        grad(energy, fallback="error")(X, 2.0)
    with pytest.warns(TapeWarning, match="smoothed"):
        grad(energy, fallback="warn")(X, 2.0)
    with pytest.raises(NotStandalone, match="smoothed runs on the tape"):
        gradient.module_text(X, 2.0)


def test_second_derivatives():
    first = grad(energy)
    step = 1e-6 * np.array([0.3, -0.7, 0.2, 0.9])
    expected = (first(X + step, 2.0) - first(X - step, 2.0)) / 2

    def along(x):
        return np.sum(first(x, 2.0) * step)

    assert_allclose(grad(along)(X) @ step, expected @ step, rtol=1e-6)


def shrunk(z):
    try:
        z[0] = 2.0
    finally:
        pass
    return np.sum(z)


def written(x):
    z = x * 2.0
    y = shrunk(z)
    return y * np.sum(z * x)


CACHE = []


def kept(z):
    try:
        CACHE.append(z * z)
    finally:
        pass
    return z


def from_the_cache(x):
    y = kept(x)
    return np.sum(CACHE[-1] * y)


STATE = 0.0


def stored(z):
    global STATE  # noqa: PLW0603 (what is tested)
    STATE = z * z
    return z


def from_a_global(x):
    y = stored(x)
    return np.sum(y * STATE)


def storing(x):
    y = stored(x)
    return np.sum(y * y)


@pytest.mark.parametrize("function", [written, from_the_cache, from_a_global])
def test_callees_with_effects_have_their_callers_taped(function):
    gradient = grad(function)(X)
    for k, direction in enumerate(np.eye(len(X)) * 1e-6):
        slope = (function(X + direction) - function(X - direction)) / 2e-6
        assert gradient[k] == pytest.approx(slope, rel=1e-7)


class Model:
    def __init__(self, k):
        self.k = k

    def states(self, x):
        y = x
        for _ in range(3):
            y = y * np.cos(self.k * y)
            yield y

    def total(self, x):
        return sum(self.states(x))

    def energy(self, x):
        t = self.total(x)
        return np.sum(t * t) * self.k


def test_methods():
    gradient = grad(Model(0.8).energy)
    found = gradient(X)
    assert_allclose(grad(Model(0.8).energy, fallback="always")(X), found, rtol=1e-12)
    for k, direction in enumerate(np.eye(len(X)) * 1e-6):
        ends = (Model(0.8).energy(X + s * direction) for s in (1, -1))
        assert found[k] == pytest.approx((next(ends) - next(ends)) / 2e-6, rel=1e-7)
    assert "on the tape" in gradient.source_for(X)
    assert "total" in str(gradient.explain(X))
    again = pickle.loads(pickle.dumps(gradient))
    assert_allclose(again(X), found)
    tensor = torch.tensor(X, requires_grad=True)
    assert_allclose(gradient(tensor).detach(), found)
    gradient(tensor).sum().backward()
    assert tensor.grad.shape == (4,)


def partly_written(x, log):
    """Has done something for real before a callee says that it cannot be sealed."""
    x *= 2.0
    log.append(3.0)
    logs = [logarithm(x)]
    put_in_front(logs, x)
    x[0] = 5.0
    return np.sum(logs[0] * logs[1] * x)


def put_in_front(items, item):
    try:
        items.insert(0, item * item)
    finally:
        pass


@pytest.mark.parametrize(
    ("function", "unseen"),
    [
        (storing, "a global variable that stored assigns"),
        (of_what_is_lazy, "the result of lazily, which holds a map"),
        (given_a_closure, "a function that is an argument and may hold variables"),
    ],
)
def test_what_runs_on_the_tape_after_all_is_told(function, unseen):
    gradient = grad(function)
    assert gradient.source_for(X).startswith(("import ", "def "))
    first = gradient(X)
    text = gradient.source_for(X)
    assert text.startswith(f"# compiled code does not see {unseen}")
    assert text.endswith('Pass fallback="error" to stop here instead.\n')
    assert gradient.source == text
    assert f"does not see {unseen}" in str(gradient.explain(X))
    assert_allclose(gradient(X), first, rtol=1e-14)
    with pytest.warns(TapeWarning) as caught:
        grad(function, fallback="warn")(X)
    assert any(unseen in str(warning.message) for warning in caught)


@pytest.mark.parametrize("function", [written, from_the_cache, from_a_global])
def test_vjp_runs_for_real_whatever_callees_do(function):
    y, pullback = vjp(function, X.copy())
    assert y == pytest.approx(function(X.copy()))
    assert_allclose(pullback(1.0)[0], grad(function)(X), rtol=1e-12)


def test_effects_of_vjp_happen_once():
    x, log = X.copy(), []
    y, pullback = vjp(partly_written, x, log)
    assert log == [3.0]
    assert_allclose(x, [5.0, *2 * X[1:]])
    assert y == pytest.approx(partly_written(X.copy(), []))
    assert_allclose(pullback(1.0)[0], grad(partly_written)(X, []), rtol=1e-12)


def in_forward_mode(x, k):
    y = smoothed(x * k, 2)
    return {"y": y[1:] * np.sum(x), "n": len(y), "z": [logarithm(y[0])]}


def test_forward_mode_of_structures():
    x_dot, step = np.array([0.3, -0.7, 0.2, 0.9]), 1e-6
    y, y_dot = jvp(in_forward_mode, (X, 1.3), (x_dot, 0.4))
    up, down = (in_forward_mode(X + s * x_dot, 1.3 + s * 0.4) for s in (step, -step))
    assert_allclose(y["y"], in_forward_mode(X, 1.3)["y"], rtol=1e-12)
    assert_allclose(y_dot["y"], (up["y"] - down["y"]) / (2 * step), rtol=1e-7)
    assert y_dot["z"][0] == pytest.approx(
        (up["z"][0] - down["z"][0]) / (2 * step), rel=1e-7
    )
    assert y_dot["n"] is None
    assert_allclose(jvp(in_forward_mode, (X, 1.3), (x_dot, None))[0]["y"], y["y"])
    with pytest.warns(TapeWarning, match="smoothed and logarithm"):
        jvp(in_forward_mode, (X, 1.3), (x_dot, 0.4), fallback="warn")
    with pytest.raises(CompileError, match="cannot compile"):
        jvp(in_forward_mode, (X, 1.3), (x_dot, 0.4), fallback="error")
    always = jvp(math.sin, (0.5,), (2.0,), fallback="always")
    assert always == pytest.approx((math.sin(0.5), 2 * math.cos(0.5)))
    source = jvp_source(in_forward_mode, (X, 1.3), (x_dot, 0.4))
    assert "# on the tape (" in source
    _, pushforward = linearize(in_forward_mode, X, 1.3)
    assert_allclose(pushforward(x_dot, 0.4)["y"], y_dot["y"], rtol=1e-12)


def test_forward_mode_of_complex_numbers_methods_and_keywords():
    def turned(z, *more, angle, **powers):
        return eval("z ** powers['n'] * np.exp(1j * angle) + sum(more)")

    z, z_dot = np.array([1 + 2j, 3 - 1j]), np.array([1j, 0.4])
    _, y_dot = jvp(turned, (z, 2.0), (z_dot, 0.5), angle=0.3, n=3)
    ends = (turned(z + s * z_dot, 2.0 + s * 0.5, angle=0.3, n=3) for s in (1e-6, -1e-6))
    assert_allclose(y_dot, (next(ends) - next(ends)) / 2e-6, rtol=1e-7)
    slopes = [Model(0.8 + s * 0.5).energy(X) for s in (1e-6, -1e-6)]
    model_dot = Model(0.5)
    _, dot = jvp(lambda m, x: m.energy(x), (Model(0.8), X), (model_dot, None))
    assert dot == pytest.approx((slopes[0] - slopes[1]) / 2e-6, rel=1e-7)
