"""Lists, tuples and dicts of data that a function reads from outside."""

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.compile.data import MOST_LEAVES
from sourcediff.errors import CompileError

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
