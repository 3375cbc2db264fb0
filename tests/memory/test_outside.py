"""Data from outside that somebody writes while a function is differentiated."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest

from sourcediff import grad, jvp, linearize, vjp
from tests.language import outside

W = np.random.default_rng(2).standard_normal(5)


def fresh():
    return np.linspace(1.0, 2.0, 5)


class Counter:
    def __init__(self):
        self.b, self.n = fresh(), 1.0

    def bump(self):
        self.b[0] += 1
        self.n += 1

    def bump_some(self):
        for i in range(3):
            if self.n < 9:
                self.b[i] += 1
                self.n += 1


buffer, count, kept = fresh(), 1.0, Counter()
alias = buffer
table, several = {"b": fresh()}, [fresh()]


def reset():
    global buffer, alias, count  # noqa: PLW0603
    buffer = alias = fresh()
    count = 1.0
    outside.buffer = fresh()
    kept.__init__()
    table["b"], several[0] = fresh(), fresh()


def write():
    buffer[0] = 7.0


def write_in_a_loop():
    for i in range(3):
        if i > 0:
            buffer[i] = 3.0 * i


def write_by_another_name():
    alias[2] = 8.0


def write_to_a_module():
    outside.buffer[1] = 4.0


def write_at_last():
    try:
        outside.buffer[1] = 4.0
    finally:
        pass


def count_up():
    global count  # noqa: PLW0603
    count += 1.0


def write_attribute():
    kept.b = 2 * np.ones(5)


def write_key():
    table["b"] = 2 * np.ones(5)


def scaled(w):
    return buffer * w


def of(read, change):
    def loss(w):
        y = read() * w
        change()
        return np.sum(y * read() * w)

    return loss


OUTSIDE = {
    "array": (lambda: buffer, write),
    "array_in_a_loop": (lambda: buffer, write_in_a_loop),
    "array_by_another_name": (lambda: buffer, write_by_another_name),
    "array_of_a_module": (lambda: outside.buffer, write_to_a_module),
    "array_of_a_module_at_last": (lambda: outside.buffer, write_at_last),
    "number": (lambda: count, count_up),
    "attribute": (lambda: kept.b, write_attribute),
    "object": (lambda: kept.b * kept.n, kept.bump),
    "key": (lambda: table["b"], write_key),
}


def write_at(k):
    buffer[k] = 7.0


def write_inside():
    def inner():
        own = buffer
        own[0] = 7.0

    inner()


def write_beside_an_inner_name():
    def inner():
        buffer = np.zeros(3)
        buffer[1] = 1.0
        return buffer

    inner()
    buffer[0] = 7.0


default = fresh()


def scaled_by_default(w, factor=default):
    return factor * w


def write_default(factor=default):
    factor[0] = 7.0


class Silent:
    def __bool__(self):
        write()
        return True

    def __iter__(self):
        write()
        return iter([1.0, 2.0])

    def __float__(self):
        write()
        return 2.0

    def __eq__(self, other):
        write()
        return True

    __hash__ = None


silent, bound_write, writers = Silent(), functools.partial(write_at, 0), [write]

CALLBACKS = {
    "partial": lambda: bound_write(),  # noqa: PLW0108 (read when it is called)
    "map": lambda: list(map(write_at, [0, 1])),
    "key": lambda: sorted([1, 2], key=lambda item: write() or item),
    "list": lambda: [writer() for writer in writers],
    "test": lambda: 1.0 if silent else 2.0,
    "loop": lambda: [item for item in silent],  # noqa: C416 (what is tested)
    "number": lambda: float(silent),
    "comparison": lambda: silent == 3,
    "method_of_an_operator": lambda: buffer.__setitem__(0, 7.0),
    "inner_function": write_inside,
    "inner_name": write_beside_an_inner_name,
}


def differences(function):
    found = []
    for step in 1e-6 * np.eye(5):
        reset()
        above = function(W + step)
        reset()
        found.append((above - function(W - step)) / 2e-6)
    reset()
    return np.array(found)


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("mode", [grad, vjp, jvp])
def test_what_a_callee_writes_was_read_before(name, mode):
    loss = of(*OUTSIDE[name])
    expected = differences(loss)
    if mode is grad:
        found = grad(loss)(W)
    elif mode is vjp:
        found = vjp(loss, W)[1](1.0)[0]
    else:
        found = []
        for step in np.eye(5):
            reset()
            found.append(jvp(loss, (W,), (step,))[1])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", CALLBACKS)
def test_what_runs_where_no_call_shows_writes_what_was_read_before(name):
    loss = of(lambda: buffer, CALLBACKS[name])
    expected = differences(loss)
    np.testing.assert_allclose(grad(loss)(W), expected, rtol=1e-5, atol=1e-5)


def silently_tested(w):
    y = buffer * w
    if silent:
        y = 2 * y
    return np.sum(y * buffer * w)


def silently_walked(w):
    y = buffer * w
    for factor in silent:
        y = y * factor
    return np.sum(y * buffer * w)


def by_operator(w):
    y = buffer * w
    buffer.__setitem__(0, 7.0)
    return np.sum(y * buffer * w)


def by_globals(w):
    y = buffer * w
    globals()["buffer"] = np.ones(5)
    return np.sum(y * buffer * w)


@pytest.mark.parametrize(
    "loss", [silently_tested, silently_walked, by_operator, by_globals]
)
def test_what_is_written_out_of_sight_was_read_before(loss):
    expected = differences(loss)
    np.testing.assert_allclose(grad(loss)(W), expected, rtol=1e-5, atol=1e-5)


def test_a_default_is_a_variable_that_all_calls_share():
    def loss(w):
        default[:] = fresh()
        y = scaled_by_default(w)
        write_default()
        return np.sum(y * scaled_by_default(w))

    expected = differences(loss)
    np.testing.assert_allclose(grad(loss)(W), expected, rtol=1e-5, atol=1e-5)


def test_what_a_callee_writes_is_read_by_another():
    def loss(w):
        y = scaled(w)
        write()
        return np.sum(y * scaled(w))

    expected = differences(loss)
    np.testing.assert_allclose(grad(loss)(W), expected, rtol=1e-5, atol=1e-5)


def put(structure):
    structure["b"][0] = 5.0


def put_another(structure):
    for i in range(2):
        if i:
            structure["b"] = 2 * np.ones(5)


def set_element(items):
    for i in range(2):
        if i:
            items[0][i] = 7.0


GIVEN = {
    "object": (Counter, lambda c: c.b * c.n, Counter.bump),
    "object_in_a_loop": (Counter, lambda c: c.b * c.n, Counter.bump_some),
    "element_of_a_dict": (lambda: {"b": fresh()}, lambda d: d["b"], put),
    "key_of_a_dict": (lambda: {"b": fresh()}, lambda d: d["b"], put_another),
    "element_in_a_list": (lambda: [fresh()], lambda items: items[0], set_element),
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("times", [1, 3])
def test_what_a_callee_changes_of_a_structure_was_read_before(name, times):
    make, read, change = GIVEN[name]

    def loss(w, structure):
        y = w
        for _ in range(times):
            y = y * read(structure)
            change(structure)
        return np.sum(y * read(structure) * w)

    expected = [
        (loss(W + step, make()) - loss(W - step, make())) / 2e-6
        for step in 1e-6 * np.eye(5)
    ]
    np.testing.assert_allclose(grad(loss)(W, make()), expected, rtol=1e-5, atol=1e-4)
    pullback = vjp(loss, W, make())[1]
    np.testing.assert_allclose(pullback(1.0)[0], expected, rtol=1e-5, atol=1e-4)


def test_a_list_from_outside_that_is_written_by_another_name_is_refused():
    def loss(w):
        y = several[0] * w
        items = several
        items[0][1] = w[1]
        return np.sum(y * y) + np.sum(several[0] * w)

    reset()
    with pytest.raises(Exception, match=r"derivative|another name"):
        grad(loss)(W)


settings = SimpleNamespace(factor=2.0)


def smooth(w):
    return settings.factor * np.tanh(outside.DESIGN[:, :2] @ w[:2]) * buffer[0] + count


@pytest.mark.parametrize("change", ["bind", "write"])
@pytest.mark.parametrize("mode", [vjp, linearize])
def test_a_derivative_at_a_point_does_not_see_later_changes(monkeypatch, change, mode):
    reset()
    monkeypatch.setattr(settings, "factor", 2.0)
    design = outside.DESIGN.copy()
    monkeypatch.setattr(outside, "DESIGN", design)
    _, derivative = mode(smooth, W)
    direction = np.cos(np.arange(9 if mode is vjp else 5))
    before = np.asarray(derivative(direction))
    if change == "bind":
        monkeypatch.setattr(settings, "factor", 5.0)
        monkeypatch.setattr(outside, "DESIGN", 3 * design)
        monkeypatch.setitem(globals(), "buffer", 4 * buffer)
        monkeypatch.setitem(globals(), "count", 4.0)
    else:
        design *= 3
        buffer[0] = 9.0
    after = np.asarray(derivative(direction))
    np.testing.assert_array_equal(after, before)
    assert not np.allclose(mode(smooth, W)[1](direction), before)
    reset()


class Config:
    rate = 2.0

    @classmethod
    def raise_rate(cls):
        cls.rate += 1


class Held:
    def __init__(self):
        self.n = 1.0

    def __enter__(self):
        self.n = 7.0
        return self

    def __exit__(self, *exception):
        self.n = 3.0


def raise_rate_of(cls):
    cls.rate = 7.0


def by_method(w):
    Config.rate = 2.0
    y = w * Config.rate
    Config.raise_rate()
    return np.sum(y * w * Config.rate)


def by_function(w):
    Config.rate = 2.0
    y = w * Config.rate
    raise_rate_of(Config)
    return np.sum(y * w * Config.rate)


def by_context(w):
    held = Held()
    y = w * held.n
    with held as inner:
        y = y * w * inner.n
    return np.sum(y * w * held.n)


@pytest.mark.parametrize("loss", [by_method, by_function, by_context])
def test_classes_and_contexts_change_what_was_read(loss):
    expected = differences(loss)
    np.testing.assert_allclose(grad(loss)(W), expected, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(vjp(loss, W)[1](1.0)[0], expected, rtol=1e-5, atol=1e-4)
