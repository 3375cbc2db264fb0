"""Objects with state, lists of objects, and lists that NumPy takes as arrays."""

# Programs as users write them.

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from tests.language.oracle import (
    Case,
    Cases,
    check,
    check_pullback,
    check_pushforward,
)
from tests.language.values import V, W

case = Cases()


class Burgers:
    """A solver that remembers."""

    def __init__(self, n, nu=0.07):
        self.n = n
        self.nu = nu
        self.dx = 2 * np.pi / n
        self.history = []

    def rhs(self, u):
        up, um = np.roll(u, -1), np.roll(u, 1)
        return -u * (up - um) / (2 * self.dx) + self.nu * (up - 2 * u + um) / self.dx**2

    def step(self, u, dt):
        k1 = self.rhs(u)
        k2 = self.rhs(u + dt * k1)
        return u + 0.5 * dt * (k1 + k2)

    def run(self, u, nt, dt=0.01):
        for _ in range(nt):
            u = self.step(u, dt)
            self.history.append(u)
        return u


@case(V, 0.07)
def solver_with_a_history(u0, nu):
    solver = Burgers(len(u0), nu=nu)
    u = solver.run(u0, 3)
    return np.sum(u**2) + np.max(solver.history[0])


class Trace:
    """Numbers and a list that grows, in one object."""

    def __init__(self, rate, start):
        self.rate = rate
        self.weights = [start, rate * 2.0, 1.0]
        self.seen = []

    def push(self, x):
        self.seen.append(x * self.rate)


@case(1.3, 0.7)
def list_that_nobody_reads(x, rate):
    trace = Trace(rate, x)
    trace.push(x)
    return x * trace.rate


@case(1.3, 0.7)
def list_attributes_by_index(x, rate):
    trace = Trace(rate, x)
    total = 0.0
    for i in range(len(trace.weights)):
        trace.push(trace.weights[i] * x)
        trace.weights[i] = trace.weights[i] * trace.rate
        total += trace.weights[i - 1] * trace.seen[-1]
    for s in trace.seen:
        total += s * trace.rate
    return total


class Pair(NamedTuple):
    """Two parts, not to be changed."""

    a: float
    v: np.ndarray


@dataclass
class Body:
    """Two parts."""

    a: float
    v: np.ndarray


@dataclass(frozen=True)
class Fixed:
    """Two parts, not to be changed."""

    a: float
    v: np.ndarray
    scale: float = 2.0


def _interacting(items, x, w):
    chosen, total = 0, 0.0
    for i in range(len(items)):
        if items[i].a > 2.5:
            chosen = i
        total = total + items[i].a * items[chosen].v
    for i, p in enumerate(items):
        for j, q in enumerate(items):
            if i != j:
                total = total + q.a * (p.v - q.v)
    found = items[chosen]
    return np.sum(found.a * found.v * total) * x


@case(1.7, W)
def list_of_named_tuples(x, w):
    return _interacting([Pair(x, w * x), Pair(x * 2.0, w), Pair(x**2, w * w)], x, w)


@case(1.7, W)
def list_of_dataclasses(x, w):
    return _interacting([Body(x, w * x), Body(x * 2.0, w), Body(v=w * w, a=x)], x, w)


@case(1.7, W)
def list_of_frozen_dataclasses(x, w):
    items = [Fixed(x, w * x), Fixed(x * 2.0, w), Fixed(x**2, w * w, x)]
    return _interacting(items, x, w) * items[1].scale * items[2].scale


@case(1.7)
def list_of_dicts_by_a_found_index(x):
    scene = [{"a": x, "r": x * 2}, {"a": x * 3, "r": 1.0}]
    k = 0
    for i, o in enumerate(scene):
        if o["a"] > 2.0:
            k = i
    o = scene[k]
    return o["a"] * o["r"]


@case(V)
def counter_of_names(x):
    c = Counter("aabac")
    return sum(c[n] * v for n, v in zip("abca", x, strict=False)) + len(c) * x[0]


@case(V)
def spectrum_of_frames(x):
    frames = np.array([x[i : i + 2] for i in range(0, len(x) - 1, 2)])
    return np.sum(np.log1p(np.abs(np.fft.rfft(frames, axis=1)) ** 2))


@case(0.4, 0.9)
def parts_of_complex_numbers(a, b):
    z = complex(a, b)
    w = np.exp(1j * b) * z**2
    z2 = a + 1j * b + 1 / (1j * 2.5 * b)
    return w.real * 2 + w.imag + z2.real * z2.imag + (z * z.conjugate()).real


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


LISTS = {
    "sum": lambda v: np.sum(v) * np.dot(v, v),
    "norm": lambda v: np.linalg.norm([v[0], v[1]]) * np.linalg.norm(v, ord=1),
    "max": lambda v: np.max([v[0], v[1]]),
    "ufunc": lambda v: np.exp([v[0], v[1]]).sum() * np.hypot(v[:2], v[1:]).prod(),
    "nested": lambda v: np.mean([[v[0], 1.0], [v[1], v[2]]], axis=0)[1],
    "operators": lambda v: (np.array([1.0, 2.0, 3.0]) * v).sum() * (np.ones(3) @ v),
    "cross": lambda v: np.cross(v, [1.0, 2.0, v[0]]).sum(),
    "average": lambda v: np.average([v[0], v[1]], weights=[v[1] + 3, v[2] + 2]),
    "weights": lambda v: np.average(v, weights=[1.0, 2.0, 3.0]),
    "einsum": lambda v: np.einsum("i,i->", v, [1.0, 2.0, 3.0]),
    "median": lambda v: np.median(v) * np.var(tuple(v)),
    "sorted": lambda v: np.sort(v)[0] * np.ptp(v) * np.std(v),
    "det": lambda v: np.linalg.det([[v[0], 1.0], [v[1], v[2]]]),
    "outer": lambda v: (np.outer(v, v) @ v)[1] * np.diff(v).prod(),
    "where": lambda v: np.where(np.array(v) > 0.5, v, 0.0).sum() * np.clip(v, 0, 1)[1],
    "method": lambda v: np.ones(3).dot(v) * np.tile(v, 2)[4],
    "solve": lambda v: np.linalg.solve([[v[0], 1.0], [1.0, v[1]]], [v[2], 1.0])[1],
    "fft": lambda v: np.fft.fft(v)[1].real * np.roll(v, 1)[0],
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("check", [check, check_pullback, check_pushforward])
@pytest.mark.parametrize("make", [list, np.array])
def test_lists_as_arrays(name, check, make) -> None:
    check(Case(LISTS[name], (make([0.7, 1.3, -0.4]),), {}, ("v",)))
