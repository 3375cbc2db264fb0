"""Lists, tuples and dicts of data that a function reads from outside."""

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.compile.data import MOST_LEAVES
from sourcediff.errors import CompileError
from tests.language import outside

SHAPES = [(np.ones((3, 2)), np.ones(2)), (np.ones((2, 2)), np.ones(4))]
NEIGHBOURS = {0: [1, 2], 1: [0], 2: [0, 3], 3: [2]}
MANY = [np.ones(1) for _ in range(MOST_LEAVES + 1)]


def unflattened(v):
    parts, k = [], 0
    for w, b in SHAPES:
        parts.append(v[k : k + w.size].reshape(w.shape))
        k += w.size + b.size
    return np.sum(parts[0] ** 2) + np.sum(parts[1] ** 3)


def averaged(v):
    out = np.zeros(4)
    for i, others in NEIGHBOURS.items():
        total = v[i]
        for j in others:
            total = total + v[j] ** 2 / len(others)
        out[i] = total
    return np.sum(out**2)


def counted(v):
    parts, k = [], 0
    for one in MANY:
        parts.append(v[k : k + one.size])
        k += one.size
    return sum(np.sum(part**2) for part in parts)


def differences(function, x, step=1e-6):
    return np.array(
        [
            (function(x + s) - function(x - s)) / (2 * step)
            for s in step * np.eye(len(x))
        ]
    )


@pytest.mark.parametrize(("function", "size"), [(unflattened, 16), (averaged, 4)])
def test_small_structures_are_known(function, size):
    x = np.random.default_rng(3).standard_normal(size)
    found = grad(function, fallback="error")(x)
    np.testing.assert_allclose(found, differences(function, x), rtol=1e-6, atol=1e-7)


def test_large_structures_are_looked_at_on_the_tape():
    x = np.random.default_rng(4).standard_normal(len(MANY))
    np.testing.assert_allclose(
        grad(counted)(x), differences(counted, x), rtol=1e-6, atol=1e-7
    )
    with pytest.raises(CompileError, match="type of the target"):
        grad(counted, fallback="error")(x)


def test_what_has_changed_is_seen_in_the_next_call(monkeypatch):
    x = np.random.default_rng(5).standard_normal(16)
    gradient = grad(unflattened, fallback="error")
    gradient(x)
    other = [(np.ones((2, 3)), np.ones(1)), (np.ones((1, 5)), 2.5 * np.ones((2, 2)))]
    monkeypatch.setitem(globals(), "SHAPES", other)
    np.testing.assert_allclose(
        gradient(x), differences(unflattened, x), rtol=1e-6, atol=1e-7
    )
    SHAPES[1] = (np.ones((2, 2)), np.ones(1))
    np.testing.assert_allclose(
        gradient(x), differences(unflattened, x), rtol=1e-6, atol=1e-7
    )


DESIGN = np.random.default_rng(6).standard_normal((9, 4))
SEEN = np.random.default_rng(7).standard_normal(9)


def misfit(w):
    return np.mean((DESIGN @ w - SEEN) ** 2)


def test_arrays_from_outside_are_written_as_arguments_are():
    gradient = grad(misfit, fallback="error")
    w = np.random.default_rng(8).standard_normal(4)
    np.testing.assert_allclose(gradient(w), differences(misfit, w), rtol=1e-6)
    assert "unbroadcast" not in gradient.source


@pytest.mark.parametrize(
    ("design", "seen"),
    [((9, 4), (9,)), ((7, 4), (1,)), ((1, 4), (7,)), ((6, 4), ()), ((4, 4), (5, 4))],
)
def test_arrays_of_other_sizes_are_seen_in_the_next_call(monkeypatch, design, seen):
    gradient = grad(misfit, fallback="error")
    w = np.random.default_rng(9).standard_normal(4)
    gradient(w)
    rng = np.random.default_rng(10)
    for _ in range(2):
        monkeypatch.setitem(globals(), "DESIGN", rng.standard_normal(design))
        monkeypatch.setitem(globals(), "SEEN", rng.standard_normal(seen))
        np.testing.assert_allclose(gradient(w), differences(misfit, w), rtol=1e-6)


def scaled_by(factors):
    def scaled(x):
        return factors * x

    return scaled


@pytest.mark.parametrize("shapes", [[(5,), (5,)], [(5,), (1,)], [(6, 1), (5,)]])
def test_closures_of_one_definition_have_data_of_their_own(shapes):
    rng = np.random.default_rng(11)
    first, second = (scaled_by(rng.standard_normal(shape)) for shape in shapes)

    def loss(x):
        return np.sum(first(x) * np.sin(second(x)))

    x = rng.standard_normal(5)
    found = grad(loss, fallback="error")(x)
    np.testing.assert_allclose(found, differences(loss, x), rtol=1e-6, atol=1e-8)


def of_another_module(w):
    return outside.RATE * np.sum((outside.model(w) - SEEN) ** 2)


def test_data_of_modules_are_written_as_arguments_are():
    gradient = grad(of_another_module, fallback="error")
    w = np.random.default_rng(13).standard_normal(4)
    np.testing.assert_allclose(gradient(w), differences(of_another_module, w), 1e-6)
    assert "unbroadcast" not in gradient.source


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESIGN", np.full((1, 4), 0.4)),
        ("RATE", 2),
        ("RATE", np.linspace(0.5, 1.5, 9)),
        ("RATE", np.linspace(0.5, 1.5, 6)[:, None]),
    ],
)
def test_data_of_modules_are_read_and_looked_at_anew(monkeypatch, name, value):
    def loss(w):
        return np.sum(outside.RATE * (outside.model(w) - SEEN) ** 2)

    gradient = grad(loss, fallback="error")
    w = np.random.default_rng(14).standard_normal(4)
    gradient(w)
    monkeypatch.setattr(outside, name, value)
    np.testing.assert_allclose(gradient(w), differences(loss, w), 1e-6, 1e-9)


def test_captured_arrays_are_written_as_arguments_are():
    scaled = scaled_by(np.linspace(0.3, 1.7, 5))

    def loss(x):
        return np.sum(np.sin(scaled(x)))

    gradient = grad(loss, fallback="error")
    x = np.random.default_rng(15).standard_normal(5)
    np.testing.assert_allclose(gradient(x), differences(loss, x), 1e-6)
    assert "unbroadcast" not in gradient.source
