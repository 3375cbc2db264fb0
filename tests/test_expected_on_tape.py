"""Programs that Python users write without a thought: each has its derivative."""

import math
from collections import defaultdict, deque

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import grad

X = np.array([0.7, -1.3, 2.1, 0.4])


def sums_by_default(x):
    sums = defaultdict(float)
    for i in range(len(x)):
        sums[i % 2] += x[i] ** 2
    return sums[0] * sums[1]


def lists_by_default(x):
    groups = defaultdict(list)
    for i in range(len(x)):
        groups[i % 2].append(x[i] * 2.0)
    return sum(np.sum(np.array(group) ** 2) for group in groups.values())


def products_by_name(x, names=("a", "b", "a", "c")):
    products = defaultdict(lambda: 1.0)
    for name, value in zip(names, x, strict=True):
        products[name] *= value
    return sum(np.sin(products[name]) for name in sorted(products))


def keys_of_run_time(x):
    sums = {}
    for value in x:
        key = math.floor(value)
        sums[key] = sums.get(key, 0.0) + value**2
    return sum(value**2 for value in sums.values())


def written_keys(x):
    parts = {}
    for i, value in enumerate(x):
        parts[f"k{i % 3}"] = value * value
    return parts["k0"] * parts["k1"] + parts["k2"]


def lists_of_lists(x):
    n = len(x)
    table = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            table[i][j] = x[i] * x[j] ** 2
    return sum(table[i][(i + 1) % n] for i in range(n))


def exchanged_rows(x):
    rows = [[x[0], x[1]], [x[2], x[3]]]
    rows[0], rows[1] = rows[1], rows[0]
    rows[0][0] *= 2.0
    return rows[0][0] * rows[1][1]


def largest_of_all(x):
    return max(*x) * min(*x) + max(x, key=abs) ** 3


def smallest_positive(x):
    return min((value for value in x if value > 0), default=0.0) * x[1]


class Particle:
    def __init__(self, place, speed):
        self.place, self.speed = place, speed

    def step(self, dt):
        self.place = self.place + dt * self.speed


def objects_in_lists(x):
    particles = [Particle(x[0], x[1]), Particle(x[2], x[3])]
    for _ in range(3):
        for particle in particles:
            particle.step(0.1)
    particles[0].place *= 2.0
    for k in range(len(particles) - 1):
        one, other = particles[k : k + 2]
        other.speed = one.place * one.speed
    return particles[0].place * particles[1].speed


def moving_mean(x):
    window = deque(maxlen=2)
    total = 0.0
    for value in x:
        window.append(value * value)
        total = total + sum(window) / len(window)
    return total


def until_it_fails(x):
    total = 0.0
    for i in range(6):
        try:
            total = total + x[i] ** 2
        except IndexError:
            break
    return total


def another_way(x):
    try:
        return math.sqrt(x[1])
    except ValueError:
        return x[0] ** 2


def whatever_happens(x):
    parts = {"a": x[0]}
    try:
        value = parts["b"]
    except KeyError:
        value = x[1] * x[2]
    finally:
        last = x[3]
    return value * last


ACTIVATIONS = [np.tanh, np.sin, lambda v: v * v]
BY_NAME = {"tanh": np.tanh, "square": lambda v: v * v}


def layers_by_name(x, names=("tanh", "square")):
    for name in names:
        x = BY_NAME[name](x * ACTIVATIONS[len(name) % 3](x))
    return np.sum(x)


def lambdas_in_a_dict(x, kind="cube"):
    table = {"square": lambda v: v * v, "cube": lambda v: v**3}
    return np.sum(table[kind](x))


def gradient_inside(x):
    def energy(v):
        return np.sum(np.sin(v) * x)

    slope = grad(energy)(x * 2.0)
    return np.sum(slope**2)


def counted(x):
    n = int(x[2])
    middle = x[round(x[2])]
    table = {0: 1.0, 1: 2.0, 2: 5.0}
    return np.sum(x[:n] ** 2) * middle * table[int(x[2])]


PROGRAMS = [
    *(sums_by_default, lists_by_default, products_by_name, keys_of_run_time),
    *(written_keys, lists_of_lists, exchanged_rows, largest_of_all, smallest_positive),
    *(objects_in_lists, moving_mean, until_it_fails, another_way, whatever_happens),
    *(layers_by_name, lambdas_in_a_dict, gradient_inside, counted),
]


@pytest.mark.parametrize("fallback", ["tape", "always"])
@pytest.mark.parametrize("function", PROGRAMS)
def test_gradients(function, fallback):
    steps = 1e-6 * np.eye(4)
    slopes = [(function(X + step) - function(X - step)) / 2e-6 for step in steps]
    found = grad(function, fallback=fallback)(X)
    assert_allclose(found, slopes, rtol=1e-7, atol=1e-9)
