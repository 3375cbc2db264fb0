"""Forward mode: tangents against differences and against pullbacks, and its source."""

import copy
import inspect
import math
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import derivatives, jvp, vjp
from sourcediff.derivatives import jvp_source
from sourcediff.errors import CompileError, MissingRule, SeedError
from tests.programs import NAMES, load
from tests.programs._differences import (
    arguments,
    as_tuple,
    direction,
    directional_difference,
    inner,
    positions,
)

RNG = np.random.default_rng(7)
V = np.array([0.71, -1.13, 0.42, 1.91, -0.37])
W = np.array([1.23, 0.64, -0.91, 0.33, 1.47])
M = np.array([[0.31, -0.72, 1.13], [0.94, 0.45, -1.06]])


# --- programs -------------------------------------------------------------------------


def tangents_of(module: Any, args: tuple[Any, ...], seed: int) -> list[Any]:
    found: list[Any] = [None] * len(args)
    for position in positions(module):
        found[position] = direction(args[position], np.random.default_rng(seed))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_programs_agree_with_differences(name: str) -> None:
    module = load(name)
    args = arguments(module)
    for seed in (3, 4):
        dots = tangents_of(module, args, seed)
        before = copy.deepcopy(args)
        value, value_dot = jvp(module.PRIMAL, args, dots, fallback="error")
        assert_same(args, before)
        assert_allclose(value, module.PRIMAL(*copy.deepcopy(args)), rtol=1e-12)
        wrt = tuple(dots[p] for p in positions(module))
        expected = directional_difference(module, args, wrt)
        assert_allclose(value_dot, expected, rtol=1e-6, atol=1e-8 * (1 + abs(value)))


@pytest.mark.parametrize("name", NAMES)
def test_programs_agree_with_their_pullback(name: str) -> None:
    """<y_bar, J x_dot> = <J^T y_bar, x_dot>."""
    module = load(name)
    args = arguments(module, seed=5)
    dots = tangents_of(module, args, 6)
    _, value_dot = jvp(module.PRIMAL, args, dots, fallback="error")
    _, pullback = vjp(module.PRIMAL, *copy.deepcopy(args))
    bars = pullback(1.7)
    wrt = tuple(dots[p] for p in positions(module))
    expected, scale = inner(tuple(bars[p] for p in positions(module)), wrt)
    assert_allclose(1.7 * value_dot, expected, rtol=1e-9, atol=1e-10 * scale)
    assert as_tuple(module, bars)


def assert_same(tree: Any, other: Any) -> None:
    match tree:
        case dict():
            for key in tree:
                assert_same(tree[key], other[key])
        case list() | tuple():
            for item, other_item in zip(tree, other, strict=True):
                assert_same(item, other_item)
        case _:
            np.testing.assert_array_equal(tree, other)


# --- small constructs -----------------------------------------------------------------

CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []


def case(*args: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        CASES.append((function, args))
        return function

    return keep


@case(0.7, -1.3)
def scalars(x, y):
    return x**2 * y - y / x + x**y * 0.3 if x > 0 else x


@case(V, 1.3)
def broadcasting(v, s):
    m = v[:, None] * v + s
    m = m - v
    return m * s + np.full(3, s)[:, None, None]


@case(V, W)
def stores_and_views(v, w):
    a = np.zeros(5)
    u = a[1:]
    a[0] = v[1] * w[0]
    u[:2] = v[:2] * w[2]
    u[1:] += v[2]
    a *= w
    u **= 2
    b = a
    b[::2] -= v[::2]
    return a * u[0]


@case(V, W)
def written_arguments(v, w):
    v[1:] = v[:-1] * w[1:]
    w -= v
    return v * w


@case(V, W)
def same_memory_by_two_names(v, w):
    rows = v.reshape(5, 1)
    flat = np.ravel(rows)
    flat[2] = w[1] * flat[0]
    return rows.T @ w


@case(V, 0.4)
def passive_becomes_active(v, x):
    a = np.ones(5)
    window = a[2:4]
    total = 0.0
    for i in range(5):
        if v[i] > 0:
            a[i] = x * v[i]
        total += window[0] * a[i]
        v = v * 0.9
    return total


@case(V, W)
def swapped(v, w):
    for _ in range(3):
        v, w = w, v * w
    v, w = np.sin(v), np.exp(v) * w
    return v + w


@case(V, 0.6)
def loops(v, x):
    total = x
    i = 0
    while True:
        if i >= len(v):
            break
        total = np.sin(total) + v[i] * x
        i += 1
    else:
        total = 0.0
    for value in v:
        if value < 0:
            continue
        total *= value
    for i, value in enumerate(v):
        total += value * i
    return total


@case(V, 0.6)
def lists_and_dicts(v, x):
    xs = [x, 2.0]
    for i in range(3):
        xs.append(xs[-1] * v[i])
    xs += [v[4]]
    last = xs.pop()
    settings = {"scale": x, "steps": 3, "table": v * 2.0}
    settings["offset"] = last
    settings["table"][1] = x * x
    pair = (settings["table"], settings["scale"])
    table, scale = pair
    return np.array(xs) * scale + table[1] * settings["offset"] * settings["steps"]


def helper(x, table, power=2):
    table[0] = table[0] * x
    return x**power, np.sum(table)


def recursive(x, n):
    if n == 0:
        return x
    return np.sin(recursive(x * 0.9, n - 1)) + x


@case(0.8, V)
def calls(x, v):
    table = np.ones(4)
    power, total = helper(x, table)
    other = helper(power, table[1:], power=3)[1]
    helper(np.sum(v), table)
    return power * total + other * table


@case(0.8)
def recursion(x):
    return recursive(x, 5)


@case(V, M)
def linear_algebra(v, m):
    s = m @ m.T + 3.0 * np.eye(2)
    values, vectors = np.linalg.eigh(s)
    solved = np.linalg.solve(s, m) @ m.T
    return (
        values @ np.abs(vectors)
        + np.linalg.det(s)
        + solved.sum(axis=0)
        + np.einsum("ij,kj->i", m, m)
        + np.outer(v, v)[:2, 3]
    )


@case(V, W)
def rules_of_every_kind(v, w):
    a = np.where(v > 0, v * w, 0.5)
    b = np.concatenate([v, [1.5], a])
    c = np.maximum(v, w) + np.abs(v) + np.hypot(v, w)
    d = np.cumsum(v)[::-1] + np.sort(w) + np.prod(v) + v.max() + np.var(w)
    e = np.stack([v, w]).mean(axis=0) + np.linspace(v[0], w[1], 5)
    return b[:5] * c + d / (2.0 + e**2) + np.arctan2(v, w)


@case(V, 0.3)
def nothing_moves_here(v, x):
    n = int(np.floor(x)) + len(v)
    return v * 0.0 + n, n, 2.5


@case(V, 0.3)
def terms_that_cancel(v, x):
    a = v.copy()
    np.multiply(v - v, math.atan(x), out=a)
    return a + (v - v) @ np.sin(v) + v


def nothing_kept(x):
    x = np.sum(np.cos(x))


@case(V, 0.3)
def calls_without_a_moving_result(v, x):
    def scaled(z, scale=0.7):
        return scale * z.sum()

    nothing_kept(v * x)
    y = scaled(np.ones(3))
    for _ in range(2):
        total = scaled(np.arange(3) * y)
        y = y * x
    return total * v + y


@case({"w": V, "steps": 3}, [0.5, 1.5])
def structures(params, pair):
    params["w"][1] = pair[0] * pair[1]
    return {"out": params["w"] * pair[0], "n": params["steps"]}


def floats(tree: Any) -> list[np.ndarray]:
    match tree:
        case dict():
            return [leaf for item in tree.values() for leaf in floats(item)]
        case list() | tuple():
            return [leaf for item in tree for leaf in floats(item)]
        case np.ndarray() | float() | np.floating():
            return [np.asarray(tree, float)]
        case _:
            return []


def random_tangent(tree: Any, rng: np.random.Generator) -> Any:
    match tree:
        case dict():
            return {key: random_tangent(item, rng) for key, item in tree.items()}
        case list() | tuple():
            return type(tree)(random_tangent(item, rng) for item in tree)
        case np.ndarray():
            return rng.uniform(-1.0, 1.0, tree.shape)
        case float():
            return float(rng.uniform(-1.0, 1.0))
        case _:
            return None


def moved(tree: Any, dot: Any, step: float) -> Any:
    match tree:
        case dict():
            return {key: moved(item, dot[key], step) for key, item in tree.items()}
        case list() | tuple():
            return type(tree)(
                moved(*pair, step) for pair in zip(tree, dot, strict=True)
            )
        case _:
            return copy.copy(tree) if dot is None else tree + step * dot


ids = [function.__name__ for function, _ in CASES]
each_case = pytest.mark.parametrize(("function", "args"), CASES, ids=ids)


@each_case
def test_constructs_agree_with_differences(function: Any, args: Any) -> None:
    rng = np.random.default_rng(8)
    dots = tuple(random_tangent(x, rng) for x in args)
    before = copy.deepcopy((args, dots))
    y, y_dot = jvp(function, args, dots, fallback="error")
    assert_same((args, dots), before)
    assert_allclose(floats_list(y), floats_list(function(*copy.deepcopy(args))))

    def along(step: float) -> np.ndarray:
        return floats_list(
            function(*(moved(x, d, step) for x, d in zip(args, dots, strict=True)))
        )

    h = 1e-3
    near, far = along(h) - along(-h), along(2 * h) - along(-2 * h)
    expected = (8 * near - far) / (12 * h)
    assert_allclose(floats_list(y_dot), expected, rtol=1e-6, atol=1e-9)


def floats_list(tree: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in floats(tree)])


@each_case
def test_one_argument_alone_moves(function: Any, args: Any) -> None:
    """Activity decides what is written: each subset gives its part of the sum."""
    rng = np.random.default_rng(9)
    dots = tuple(random_tangent(x, rng) for x in args)
    if len(args) < 2:
        return
    total = floats_list(jvp(function, args, dots)[1])
    parts = np.zeros_like(total)
    for index in range(len(args)):
        alone = tuple(d if i == index else None for i, d in enumerate(dots))
        parts += floats_list(jvp(function, args, alone)[1])
    assert_allclose(parts, total, rtol=1e-10, atol=1e-12)


def test_complex_steps_agree() -> None:
    def smooth(v, w):
        a = np.zeros(5, dtype=v.dtype)
        a[1:] = np.sin(v[:-1]) * w[1:]
        a[0] = np.exp(w[0])
        return np.sum(a**3) / a[2]

    v_dot, w_dot = RNG.normal(size=(2, 5))
    _, y_dot = jvp(smooth, (V, W), (v_dot, w_dot))
    expected = smooth(V + 1e-30j * v_dot, W + 1e-30j * w_dot).imag / 1e-30
    assert_allclose(y_dot, expected, rtol=1e-13)


def test_single_precision_stays() -> None:
    def model(v, s):
        a = np.zeros_like(v)
        a[1:] = v[1:] * s
        return np.tanh(a) @ v, a / 3.0

    v = V.astype(np.float32)
    y, y_dot = jvp(model, (v, 0.5), (v, 1.0))
    assert [leaf.dtype for leaf in y_dot] == [leaf.dtype for leaf in y]


# --- source ---------------------------------------------------------------------------


def check_source(function: Any, args: Any, dots: Any, expected: str) -> None:
    assert jvp_source(function, args, dots) == textwrap.dedent(expected).lstrip("\n")


def test_source_of_a_product() -> None:
    def straight(x, w):
        y = np.sin(x) * w
        return np.sum(y * y)

    expected = """
    def straight_jvp(x, w, x_dot):
        y_dot = x_dot * w * np.cos(x)
        y = np.sin(x) * w
        return np.sum(y * y), 2 * np.sum(y_dot * y)
    """
    check_source(straight, (V, W), (V, None), expected)


def test_source_of_a_recurrence() -> None:
    def recurrence(x, n):
        a = np.zeros(n)
        a[0] = x
        for i in range(1, n):
            a[i] = a[i - 1] * x + i
        return np.sum(a)

    expected = """
    def recurrence_jvp(x, n, x_dot):
        a = np.zeros(n)
        a_dot = np.zeros_like(a)
        a_dot[0] = x_dot
        a[0] = x
        for i in range(1, n):
            a_dot[i] = a_dot[i - 1] * x + x_dot * a[i - 1]
            a[i] = a[i - 1] * x + i
        return np.sum(a), np.sum(a_dot)
    """
    check_source(recurrence, (0.5, 6), (1.0, None), expected)


def test_source_of_views_and_calls() -> None:
    def smooth(u, w):
        u *= w
        return np.exp(u)

    def model(a, w):
        u = a[1:]
        return smooth(u, w) * 2.0

    expected = """
    def smooth_jvp(u, w, u_dot):
        u_dot *= w
        u *= w
        out = np.exp(u)
        return out, u_dot * out


    def model_jvp(a, w, a_dot):
        a = a.copy()
        a_dot = a_dot.copy()
        u_dot = a_dot[1:]
        u = a[1:]
        smooth_value, smooth_value_dot = smooth_jvp(u, w, u_dot)
        return smooth_value * 2.0, 2.0 * smooth_value_dot
    """
    check_source(model, (V, 0.5), (V, None), expected)


def test_source_does_not_change() -> None:
    module = load("gmm")
    args = arguments(module)
    texts = set()
    for _ in range(2):
        derivatives._dispatchers.clear()
        texts.add(jvp_source(module.PRIMAL, args, tangents_of(module, args, 3)))
    assert len(texts) == 1


# --- errors ---------------------------------------------------------------------------


def test_tangents_of_other_shapes_are_refused() -> None:
    with pytest.raises(SeedError, match=r"argument v needs shape \(5,\)"):
        jvp(lambda v: v * 2.0, (V,), (V[:3],))
    with pytest.raises(SeedError, match="needs a number"):
        jvp(lambda x: x * 2.0, (1.5,), (V,))
    with pytest.raises(SeedError, match="no float"):
        jvp(lambda n: n * 2.0, (3,), (1.0,))
    with pytest.raises(SeedError, match=r"p\['w'\] needs shape"):
        jvp(lambda p: p["w"] * 2.0, ({"w": V},), ({"w": 1.0},))
    with pytest.raises(TypeError, match="one tangent per primal"):
        jvp(lambda x: x * 2.0, (1.5,), ())


def test_what_cannot_be_differentiated_is_refused() -> None:
    def unknown(x):
        return np.sum(strange(x))

    with pytest.raises(MissingRule):
        jvp(unknown, (V,), (V,))

    def changed(x, callback):
        callback(x)
        return x * 2.0

    with pytest.raises(CompileError, match="not known"):
        jvp(changed, (V, [abs][0].__call__), (V, None), fallback="error")


strange = np.frompyfunc(lambda x: x + 1.0, 1, 1)


def test_signature_is_kept() -> None:
    def model(x, *, power=2):
        return x**power

    assert jvp(model, (1.5,), (1.0,), power=3)[1] == pytest.approx(3 * 1.5**2)
    assert jvp(model, (1.5,), (1.0,))[1] == pytest.approx(3.0)
    assert list(inspect.signature(model).parameters) == ["x", "power"]
