"""Jacobians and Hessians from one pass: as from one seed after another."""

import copy
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import grad, hessian, jacobian
from sourcediff.batching import seeds
from sourcediff.batching.batch import Batch, Unbatchable, full_key
from sourcediff.structures import is_float, leaves
from tests.programs import NAMES, load
from tests.programs._differences import arguments, positions

RNG = np.random.default_rng(5)
X = RNG.normal(size=11)
A = RNG.normal(size=(3, 4))
M = RNG.normal(size=(4, 4)) + 3.0 * np.eye(4)
#: Programs with fewer elements than this are tried.
FEW = 40


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    refuse = seeds.refuse_batches

    def noted(compiled: Any) -> None:
        found.append(repr(sys.exception()))
        refuse(compiled)

    monkeypatch.setattr(seeds, "refuse_batches", noted)
    return found


def both_ways(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], Any]
) -> tuple[Any, Any]:
    """From one seed after another, and from one pass."""
    found = []
    for fewest in (10**9, 1):
        monkeypatch.setattr(seeds, "FEWEST", fewest)
        found.append([np.asarray(x) for x in leaves(make()) if x is not None])
    return found[0], found[1]


def assert_same(one: Any, other: Any) -> None:
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        assert_allclose(b, a, rtol=1e-9, atol=1e-11)


def elements_of(name: str) -> int:
    module = load(name)
    args = arguments(module)
    active = [leaf for p in positions(module) for leaf in leaves(args[p])]
    return sum(np.size(leaf) for leaf in active if is_float(leaf))


@pytest.mark.parametrize("name", [n for n in NAMES if elements_of(n) < FEW])
def test_hessians_of_programs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(name)
    args = arguments(module)
    of = hessian(module.PRIMAL, wrt=module.WRT)
    assert_same(*both_ways(monkeypatch, lambda: of(*copy.deepcopy(args))))


# --- programs for which one pass is enough ------------------------------------------------  # noqa: E501


def products(a: Any) -> Any:
    v = a[0] * np.sin(a[1])
    return M @ v + v @ M + np.dot(M, np.cos(v)) + np.outer(v, v) @ v


def stacks(a: Any) -> Any:
    left, right = np.stack([a, 2 * a * a]), np.stack([M, M.T])
    return left @ right + np.einsum("sij,jk->sik", left, M)


def shapes(a: Any) -> Any:
    b = np.reshape(a * a, (2, 6)).T[::-1]
    c = np.concatenate([b, np.cumsum(b, axis=0)], axis=1)
    d = np.moveaxis(c[:, :, None] * np.ones(3), -1, 0)
    return np.flip(np.roll(d, 2, axis=1), 0).swapaxes(0, 1) * np.mean(a, axis=0)[1]


def reductions(a: Any) -> Any:
    centred = a - np.mean(a, axis=1, keepdims=True)
    scale = np.sqrt(np.sum(centred**2, axis=(0, 1)))
    return np.where(a > 0, centred / scale, np.exp(a)) + np.max(a)


def elements(a: Any) -> Any:
    k = np.array([2, 0, 2, 1])
    b = a[k % 3] * a[:, 1][k % 3, None] + a[..., None, 0][k % 3]
    return b[0] * a[1, 2] + np.trace(M @ np.triu(np.outer(b[1], b[2])))


def written(a: Any) -> Any:
    b = np.zeros((4, 4))
    row = b[1]
    for i in range(3):
        b[i, :] = a[i] * np.sin(a[i, ::-1])
        row[1:] += b[i, :-1] * a[0, 1]
    b[3] = row * row
    b[:, 0] *= 2.0
    return b


def scalars(a: Any) -> Any:
    s = 1.5
    for i in range(3):
        s = s * a[i, 0] + a[0, i]
        s += np.sin(s)
    return np.full(2, s * s)


def solved(a: Any) -> Any:
    return np.linalg.solve(M, a[0] ** 2) + np.linalg.solve(M, a.T * a[0, 0])[:, 1]


def spectrum(a: Any) -> Any:
    return np.abs(np.fft.fft(a, axis=0)) ** 2 + np.fft.irfft(np.fft.rfft(a * a), 4)


def called(a: Any) -> Any:
    return helper(a, 3) + helper(a * a, 2)


def helper(a: Any, n: int) -> Any:
    out = np.zeros_like(a)
    for i in range(n):
        out[i] = np.tanh(a[i]) * a[i - 1]
    return out


AT_ONCE = [
    *(products, stacks, shapes, reductions, elements, written, scalars, solved),
    *(spectrum, called),
]


@pytest.mark.parametrize("program", AT_ONCE)
@pytest.mark.parametrize("mode", ["columns", "rows", "hessian"])
def test_one_pass_is_enough(
    program: Any, mode: str, monkeypatch: pytest.MonkeyPatch, refusals: list[Any]
) -> None:
    y = program(A)
    weights = RNG.normal(size=np.shape(y))

    def few(a: Any) -> Any:
        return (weights * program(a)).reshape(-1)[:5]

    def many(a: Any) -> Any:
        return np.stack([program(a)] * 7)

    def loss(a: Any) -> Any:
        return np.sum(weights * program(a) ** 2)

    of = {"columns": jacobian(many), "rows": jacobian(few), "hessian": hessian(loss)}
    assert_same(*both_ways(monkeypatch, lambda: of[mode](A)))
    assert not refusals


# --- what is refused, and right one after another -----------------------------------------  # noqa: E501


def kept_apart(a: Any) -> Any:
    return a[[0, 1], None, [2, 3]] * a[0, 0]


def without_axes(a: Any) -> Any:
    total = np.zeros(())
    for row in a:
        total += row @ row
    return a * total


def asked(a: Any) -> Any:
    return a * a if isinstance(a, np.ndarray) else a


def by_number(x: Any) -> Any:
    return np.array([np.sin(x[k]) if x[k] > 0 else x[k] for k in range(len(x))])


@pytest.mark.parametrize("program", [kept_apart, without_axes, asked, by_number])
def test_the_rest_is_right_too(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    args = (X,) if program is by_number else (A,)
    assert_same(*both_ways(monkeypatch, lambda: jacobian(program)(*args)))


def test_single_precision_stays_single() -> None:
    given = X.astype(np.float32)
    assert jacobian(lambda x: x * x * 1.5)(given).dtype == np.float32


def test_structures_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def split(p: Any, n: int) -> Any:
        return {"a": p["w"] * p["b"], "n": n, "b": [np.sum(p["w"]), p["b"] ** 2]}

    args = ({"w": X, "b": 0.7, "k": 3}, 4)
    assert_same(*both_ways(monkeypatch, lambda: jacobian(split)(*args)))
    two = jacobian(lambda x, y: np.outer(x, y)[:4], wrt=(0, 1))
    assert_same(*both_ways(monkeypatch, lambda: two(X, X[:5] * 2)))


def test_more_seeds_than_fit_into_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "MOST_ELEMENTS", 40)
    assert_same(*both_ways(monkeypatch, lambda: hessian(lambda x: np.sum(x**4))(X)))


def test_arguments_and_pullbacks_are_left_as_they_were() -> None:
    given = X.copy()
    jacobian(lambda x: np.cumsum(x[::-1]) * x)(given)
    np.testing.assert_array_equal(given, X)


# --- batches ------------------------------------------------------------------------------  # noqa: E501


@pytest.mark.parametrize(
    "use",
    [
        bool,
        float,
        np.asarray,
        np.sin,
        hash,
        lambda b: b == b,
        lambda b: b > 0,
        lambda b: np.zeros(3).__iadd__(b),
        lambda b: np.zeros(3).__setitem__(slice(None), b),
        lambda b: b.reshape(()),
        lambda b: b[np.newaxis, [0]][[0], :, [0]],
        lambda b: b.sum()[...],
    ],
)
def test_what_is_not_certain_is_refused(use: Any) -> None:
    with pytest.raises((TypeError, AttributeError, IndexError)):
        use(Batch(np.ones((2, 3))))


def test_keys_by_arrays_apart_are_refused() -> None:
    with pytest.raises(Unbatchable):
        full_key((0, slice(None), [1, 2]))


def test_elements_are_copies_and_parts_are_views() -> None:
    rows = Batch(np.arange(6.0).reshape(2, 3))
    one, part = rows[1], rows[1:]
    rows[1] = 7.0
    np.testing.assert_array_equal(one.data, [1.0, 4.0])
    np.testing.assert_array_equal(part.data[:, 0], [7.0, 7.0])


def test_what_was_refused_is_not_tried_again(refusals: list[Any]) -> None:
    def convolved(x: Any) -> Any:
        return np.convolve(x, x)

    of = jacobian(convolved)
    first = of(X)
    tried = len(refusals)
    np.testing.assert_array_equal(of(X), first)
    assert len(refusals) == tried == 1
    step = 1e-6
    moved = (convolved(X + step * X) - convolved(X - step * X)) / (2 * step)
    assert_allclose(first @ X, moved, rtol=1e-6, atol=1e-8)
    assert grad(lambda x: np.sum(np.convolve(x, x)))(X).shape == X.shape
