"""Lists, tuples, dicts, comprehensions."""

# Programs as users write them.
# ruff: noqa: B905, C400, C408, C417, PERF401, RUF005

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from sourcediff import grad, jvp
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, U, V, W, X, Y

case = Cases()


@case(X, Y)
def list_comprehension(x, y):
    a = [x * k + y for k in range(4)]
    return a[0] * a[3] + sum(a)


@case(V)
def comprehension_with_condition(v):
    a = [e * e for e in v if e > 0]
    return sum(a) * len(a)


@case(V, W)
def nested_comprehension(v, w):
    a = [[p * q for p in v] for q in w]
    return a[1][2] * a[0][3] + sum(sum(row) for row in a)


@case(V, W)
def comprehension_of_two_loops(v, w):
    return sum([p * q * q for p in v for q in w if q > 0])


@case(V)
def generator_in_sum(v):
    return sum(e * e for e in v) * sum(v[i] * i for i in range(len(v)))


@case(V, X)
def sum_with_start(v, x):
    return sum((e * x for e in v), x * x)


@case(X, Y)
def dict_comprehension(x, y):
    d = {k: x * k + y for k in ("a", "b")} if False else {k: x**k for k in (1, 2, 3)}
    return d[1] * d[2] + d[3] * y


@case(V)
def tuple_from_generator(v):
    a = tuple(e * e for e in v)
    b = list(e * 2.0 for e in v)
    return a[0] * b[1] + a[4]


@case(V)
def array_from_comprehension(v):
    a = np.array([math.sin(e) for e in v])
    b = np.stack([v * k for k in range(3)])
    return np.sum(a * a) + np.sum(b * b)


@case(X, Y)
def appended(x, y):
    a = []
    for k in range(5):
        a.append(x * k + y)
    return a[0] * a[-1] + a[2] * a[2]


@case(X)
def recurrence_in_a_list(x):
    a = [x, 0.5]
    for k in range(2, 7):
        a.append(a[k - 1] * x + a[k - 2] * 0.3)
    return a[-1] * a[3]


@case(X, Y)
def list_store(x, y):
    a = [x, y, x * y]
    a[0] = a[1] * a[2]
    a[1] = a[0] * x
    a[-1] += a[0]
    return a[0] + a[1] * a[2]


@case(X, Y)
def list_store_in_loop(x, y):
    a = [0.0] * 5
    a[0] = x
    for k in range(1, 5):
        a[k] = a[k - 1] * y + x
        a[k - 1] = a[k - 1] * a[k]
    return sum(a)


@case(X, Y)
def extended(x, y):
    a = [x]
    a.extend([y, x * y])
    a += [x * x, 2.0]
    b = a + [y]
    c = [x] * 3
    return a[1] * a[3] + b[5] * b[2] + sum(c) * len(b)


@case(X, Y)
def list_methods(x, y):
    a = [x, y, x * y]
    a.insert(1, x * x)
    last = a.pop()
    first = a.pop(0)
    a.reverse()
    return last * first + a[0] * a[1] * a[1]


@case(X, Y)
def list_slices(x, y):
    a = [x, y, x * y, y * y]
    b = a[1:3]
    c = a[::-1]
    return b[0] * b[1] + c[0] * a[0]


@case(V, W)
def list_of_arrays(v, w):
    layers = [v, w, v * w]
    a = np.ones(5)
    for layer in layers:
        a = a * layer + layer
    layers[1] = a
    return np.sum(layers[1] * layers[2])


@case([M, M * 0.3 + 0.1], V[:3])
def list_argument_of_arrays(weights, x):
    h = x
    for w in weights:
        h = np.tanh(w @ h)
        h = np.concatenate([h, h[:1]])
    return np.sum(h * h)


@case(V)
def aliased_list(v):
    a = [v[0], v[1]]
    b = a
    b[0] = v[2] * v[3]
    b.append(v[4])
    return a[0] * a[1] * a[2]


@case(V, W)
def array_in_list_is_the_array(v, w):
    a = v * 2.0
    boxes = [a, w]
    boxes[0][1] = w[0] * w[1]
    a[2] = w[3]
    return np.sum(a * a) + boxes[0][2] * boxes[0][1]


@case(X, Y)
def dict_of_scalars(x, y):
    d = {"a": x, "b": y}
    d["c"] = d["a"] * d["b"]
    d["a"] = d["c"] * d["a"]
    d["b"] += d["a"]
    return d["a"] * d["b"] + d["c"] * d.get("b") + d.get("zzz", 2.0)


@case({"w": M, "b": U[:2], "scale": 1.3}, U)
def dict_argument(params, x):
    h = params["w"] @ x + params["b"]
    return np.sum(h * h) * params["scale"]


@case({"enc": {"w": M, "b": 0.4}, "dec": [U[:2], (0.3, V)]})
def nested_argument(params):
    h = params["enc"]["w"].sum(axis=1) * params["enc"]["b"]
    u, (s, v) = params["dec"]
    return np.sum(h * u) * s + np.sum(v * v)


@case({"a": V, "n": 3, "name": "model", "none": None})
def dict_with_passive_entries(params):
    a = params["a"]
    if params["name"] == "model" and params["none"] is None:
        a = a * params["n"]
    return np.sum(a * a)


@case({"a": V, "b": W})
def dict_entry_rebound(params):
    params["a"] = params["a"] * params["b"]
    params["b"] = params["b"] + 1.0
    return np.sum(params["a"] * params["b"])


@case({"a": V, "b": W})
def dict_entry_written_through(params):
    a = params["a"]
    a[1:] *= params["b"][1:]
    params["b"][0] = a[1]
    return np.sum(params["a"] * params["b"])


@case((V, W, 1.3))
def tuple_argument(state):
    a, b, s = state
    return np.sum(a * b) * s + state[0][0] * state[2]


@case(V)
def tuple_state_in_loop(v):
    state = (v[0], v[1])
    for k in range(4):
        p, q = state
        state = (q, p * 0.5 + q * v[k])
    return state[0] * state[1]


@case(X, Y)
def list_of_tuples(x, y):
    pairs = [(x, y), (x * y, 2.0), (y * y, x)]
    total = 0.0
    for p, q in pairs:
        total += p * q * q
    return total + pairs[2][0]


@case(X, Y)
def dict_of_dicts(x, y):
    d = {"p": {"v": x}, "q": {"v": y}}
    d["p"]["v"] = d["q"]["v"] * x
    total = 0.0
    for key in ("p", "q"):
        total += d[key]["v"] ** 2
    return total


@case(X, Y)
def dict_update_and_items(x, y):
    d = dict(a=x, b=y)
    d.update(c=x * y)
    return sum(v * v for v in d.values()) + d["c"] * len(d)


@case(V)
def matrix_as_nested_list(v):
    a = [[v[0], v[1]], [v[2], v[3]]]
    b = [[0.0, 0.0], [0.0, 0.0]]
    for i in range(2):
        for j in range(2):
            for k in range(2):
                b[i][j] += a[i][k] * a[k][j]
    return b[0][0] * b[1][1] - b[0][1] * b[1][0]


class Point(NamedTuple):
    """A named tuple."""

    x: float
    y: np.ndarray


@dataclass
class Model:
    """A dataclass."""

    w: np.ndarray
    scale: float
    steps: int = 3
    name: str = "model"


@case(Point(1.3, V))
def named_tuple_argument(p):
    return np.sum(p.y * p.x) + p[0] * p.y[1]


@case(X, Y)
def named_tuple_built(x, y):
    p = Point(x * y, np.array([x, y]))
    return p.x * np.sum(p.y * p.y)


@case(Model(V, 1.4))
def dataclass_argument(model):
    a = model.w
    for _ in range(model.steps):
        a = a * model.scale
    return np.sum(a * a)


@case(Model(V, 1.4), X)
def attribute_store(model, x):
    model.scale = model.scale * x
    model.scale *= x
    model.w[0] = x
    model.w = model.w * model.scale
    return np.sum(model.w) * model.scale


@case(X, Y)
def dataclass_built(x, y):
    m = Model(np.array([x, y, x * y]), x)
    m.scale += y
    return np.sum(m.w) * m.scale


@case(V)
def sorted_and_min_max(v):
    a = sorted(v)
    b = min(v) * max(v) + min(v[0], v[1]) + max([v[2], v[3]])
    return a[0] * a[4] + b


@case(V, W)
def map_and_zip(v, w):
    a = list(map(math.sin, v))
    b = [p * q for p, q in zip(a, w)]
    return sum(b) * sum(map(lambda t: t * t, w))


@case(X)
def list_in_while(x):
    a = [x]
    while a[-1] < 20.0:
        a.append(a[-1] * x + 1.0)
    return a[-1] * a[len(a) // 2] * len(a)


@case(V)
def conditional_append(v):
    a = []
    for e in v:
        if e > 0:
            a.append(e * e)
        else:
            a.append(-e)
    return a[0] * a[1] * a[4]


@case(V)
def list_rebuilt_in_loop(v):
    a = [v[0], v[1], v[2]]
    for k in range(3):
        a = [e * v[k] + 0.1 for e in a]
    return sum(a)


@case(V)
def tuple_grown_in_a_loop(v):
    parts = ()
    for k in range(3):
        parts = (*parts, v[k] * v[k])
    return parts[0] * 3.0 + parts[2]


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


def nested_structures_walked_in_recursion(v):
    def total(node):
        if isinstance(node, list | tuple):
            return sum(total(part) for part in node)
        if isinstance(node, dict):
            return sum(total(node[key]) for key in node)
        return node**2

    return total([v[0], (v[1], {0: v[2], 1: [v[0], {"a": v[3]}]})])


def values_walked_in_recursion(v):
    def total(node):
        if isinstance(node, list):
            return sum(total(part) for part in node)
        if isinstance(node, dict):
            return sum(total(part) for part in node.values())
        return node**2

    return total([v[0], {"a": v[1], "b": [v[2], v[0]]}])


def list_or_number_where_a_dict_may_be(v):
    def total(node):
        if isinstance(node, list):
            result = 0.0
            for part in node:
                result = result + total(part)
            return result
        if isinstance(node, dict):
            return sum(total(part) for part in node.values())
        return node**2

    node = [v[0], [v[1], v[2]]] if v[3] > -9 else v[1]
    return total(node)


WALKS = [
    nested_structures_walked_in_recursion,
    values_walked_in_recursion,
    list_or_number_where_a_dict_may_be,
]


@pytest.mark.parametrize("function", WALKS)
def test_structures_of_any_depth(function) -> None:
    v, v_dot = np.array(V), np.random.default_rng(6).standard_normal(len(V))
    ahead, behind = (function(v + s * v_dot) for s in (1e-6, -1e-6))
    expected = (ahead - behind) / 2e-6
    assert grad(function)(v) @ v_dot == pytest.approx(expected, rel=1e-7)
    assert jvp(function, (v,), (v_dot,))[1] == pytest.approx(expected, rel=1e-7)
