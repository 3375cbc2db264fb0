"""Loops over arrays of indices walk through lists where nobody can tell."""

import gast
import numpy as np
import pytest

from sourcediff import grad, value_and_grad
from sourcediff.kinds import Array, Size
from sourcediff.testing import check_grads
from sourcediff.transform.plain_indices import PlainIndices

WHOLE = np.dtype(int)
KINDS = {
    "order": (Array(WHOLE, (Size("n"),)),),
    "edges": (Array(WHOLE, (Size("n"), 2)),),
    "mask": (Array(np.dtype(bool), (Size("n"),)),),
    "v": (Array(np.dtype(float), (Size("n"),)),),
    "either": (Array(WHOLE, (Size("n"),)), Array(WHOLE, (Size("n"), 2))),
}

CHANGED = [
    ("for k in order: x[k] += y[k, 0]", {"order"}),
    ("for a, b in edges: x[a] += y[b]", {"edges"}),
    ("for i, (a, b) in enumerate(edges): x[a] += y[b] * i", {"edges"}),
    ("for k, s in zip(order, v, strict=True): x[k] += s", {"order"}),
    (
        """items = list(zip(order, edges))
for k, (a, b) in items: x[k] = y[a, b]
for k, (a, b) in reversed(items): x[k] = y[a, b]""",
        {"order", "edges"},
    ),
]
KEPT = [
    "for k in order: x[k] = k",
    "for k in order: x[k + 1] = 0",
    "for k in order: x[k:] = 0",
    "for k in order: k += 1",
    "for k in order: f(k)",
    "for k in v: x[k] = 0",
    "for k in mask: x[k] = 0",
    "for k in either: x[k] = 0",
    "for row in edges: x[row] = 0",
    "for row in edges: x[row[0]] = 0",
    "for k in order: x[k] = 0\nfor k in v: x[k] = 0",
    "items = list(order)\nfor k in items: x[k] = 0\ny = items",
    "items = list(order)\nfor k in items: x[k] = 0\nfor k in items: x[k] = k",
    "items = list(order)\nitems = list(v)\nfor k in items: x[k] = 0",
    "for k in g(order): x[k] = 0",
    "for i, k in enumerate(order): x[i] = 0\nreturn_ = k",
]


def changed(text: str) -> str:
    tree = gast.parse(text)
    tree.body = PlainIndices(lambda n: KINDS.get(n, ())).function(tree.body)
    return gast.unparse(gast.fix_missing_locations(tree)).strip()


@pytest.mark.parametrize(("text", "names"), CHANGED)
def test_loops_over_indices(text: str, names: set[str]) -> None:
    wanted = gast.unparse(gast.parse(text)).strip()
    for name in names:
        wanted = wanted.replace(name, f"{name}.tolist()")
    assert changed(text) == wanted


@pytest.mark.parametrize("text", KEPT)
def test_other_loops(text: str) -> None:
    assert changed(text) == gast.unparse(gast.parse(text)).strip()


def springs(positions, stiffness, edges):
    energy = 0.0
    for i, (a, b) in enumerate(edges):
        stretch = positions[a] - positions[b]
        energy += stiffness[i] * np.sum(stretch**2) * np.sin(energy + 0.1)
    return energy


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
@pytest.mark.parametrize("count", [0, 5])
def test_gradients(dtype: type, count: int) -> None:
    rng = np.random.default_rng(8)
    edges = rng.integers(0, 4, (count, 2)).astype(dtype)
    arguments = (rng.normal(size=(4, 3)), rng.uniform(0.1, 0.4, count), edges)
    if count:
        check_grads(springs, arguments, wrt=(0, 1), order=2)
        assert "edges.tolist()" in grad(springs, (0, 1)).source_for(*arguments)
    value, (positions_bar, _) = value_and_grad(springs, (0, 1))(*arguments)
    assert value == springs(*arguments)
    assert positions_bar.shape == (4, 3)
    with pytest.raises(IndexError):
        grad(springs)(arguments[0], arguments[1], np.full((1, 2), 9, dtype))
