"""What is set to zero and added to next is stored."""

import gast
import numpy as np
import pytest

from sourcediff.transform.overwrite import overwrite_zeros

BARS = {"x_bar", "y_bar"}
GROUPS = {"x_bar": frozenset({"v_bar"}), "v_bar": frozenset({"x_bar"})}

CASES = [
    ("x_bar[k] = 0.0\nx_bar[k] += e", "x_bar[k] = e"),
    ("x_bar[...] = 0.0\nx_bar += e", "x_bar[...] = e"),
    ("x_bar[...] = 0.0\nx_bar -= e", "x_bar[...] = -e"),
    ("x_bar[...] = 0.0\nx_bar += e\nx_bar -= s", "x_bar[...] = e - s"),
    ("x_bar[...] = 0.0\ny_bar += e\nx_bar += y_bar", "y_bar += e\nx_bar[...] = y_bar"),
    # the zeros are read, or belong to others
    ("x_bar[...] = 0.0\nx_bar += x_bar * e", None),
    ("x_bar[...] = 0.0\ny_bar += v_bar\nx_bar += e", None),
    ("x_bar[...] = 0.0\nx_bar[k] += e", None),
    ("x_bar[k] = 0.0\nx_bar += e", None),
    ("x_bar[...] = 0.0\nx_bar *= e", None),
    ("z[...] = 0.0\nz += e", None),
]


@pytest.mark.parametrize(("before", "after"), CASES)
def test_stored_at_once(before: str, after: str | None) -> None:
    body = overwrite_zeros(gast.parse(before).body, BARS, GROUPS)
    tree = gast.Module(body, [])
    wanted = before if after is None else after
    assert gast.unparse(gast.fix_missing_locations(tree)).strip() == wanted


@pytest.mark.parametrize(("before", "after"), [c for c in CASES if c[1] is not None])
def test_the_arrays_are_the_same(before: str, after: str) -> None:
    rng = np.random.default_rng(3)

    def run(text: str) -> list[np.ndarray]:
        x_bar, y_bar = start[0].copy(), start[1].copy()
        names = {"x_bar": x_bar, "y_bar": y_bar, "e": e, "s": 1.7, "k": 1}
        exec(text, names)
        assert names["x_bar"] is x_bar  # nobody else's view of it comes off
        return [x_bar, y_bar]

    for shape in ((4,), (2, 3), ()):
        start = [rng.normal(size=shape), rng.normal(size=shape)]
        e = 0.6 if "[k]" in before else rng.normal(size=shape)
        if "[k]" not in before or shape:
            for one, other in zip(run(before), run(after), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-15)
