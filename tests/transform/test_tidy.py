"""Momentary names: what may go, what may not."""

import textwrap

import gast
import pytest

from sourcediff.transform.tidy import Tidy

PURE = ("np.cos", "np.sin", "t_bar.copy", "y[1:].copy")


def tidied(text: str, temporaries: str, groups: dict[str, frozenset[str]]) -> str:
    tree = gast.parse(textwrap.dedent(text))
    tidy = Tidy(
        set(temporaries.split()),
        {*temporaries.split(), "x_bar", "y_bar"},
        groups,
        lambda node: (
            not any(
                isinstance(n, gast.Call) and gast.unparse(n.func) not in PURE
                for n in gast.walk(node)
            )
        ),
        lambda node: False,
    )
    tree.body = tidy.function(tree.body)
    return gast.unparse(tree).strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # written once, read once: products in normal order
        ("t_bar = y * w\nx_bar = 2 * t_bar * x", "x_bar = 2 * y * w * x"),
        ("t_bar = -y / w\nx_bar += t_bar * x", "x_bar -= y * x / w"),
        ("t_bar = a + b\nx_bar = t_bar * x", "x_bar = (a + b) * x"),
        ("t_bar = y[1:].copy()\nx_bar = 2 * t_bar", "x_bar = 2 * y[1:]"),
        # a name for what has one already
        ("t_bar = y * w\nx_bar = t_bar\nz = t_bar * 2", "x_bar = y * w\nz = x_bar * 2"),
        (
            "t_bar = y * w\nx_bar = t_bar.copy()\nz = t_bar * 2\nx_bar[0] = 1.0",
            "x_bar = y * w\nz = x_bar * 2\nx_bar[0] = 1.0",
        ),
    ],
)
def test_momentary_names_go(before: str, after: str) -> None:
    assert tidied(before, "t_bar", {}) == after


@pytest.mark.parametrize(
    "text",
    [
        "t_bar = y * w\ny = 0.0\nx_bar = t_bar * x",  # y changes meanwhile
        "t_bar = y[k] * w\ny[k] = 0.0\nx_bar = t_bar * x",
        "t_bar = y[k] * w\nz[k] = 0.0\nx_bar = t_bar * x",  # z is a view of y
        "t_bar = y * w\nf(y)\nx_bar = t_bar * x",  # f may write into y
        "v = y[1:]\nt_bar = v * w\ny[1:] = 0.0\nx_bar = t_bar * x",
        "t_bar = f(y)\nx_bar = t_bar * x",
        "t_bar = y * w\nfor i in s:\n    x_bar = t_bar * x",  # once, not often
        "t_bar = y * w\nx_bar = x if c else t_bar",
        "t_bar = y * w\nx_bar = t_bar\nx_bar += 1\nz = t_bar * 2",
        "t_bar = y * w\nx_bar = t_bar.copy()\nx_bar[0] = 1.0\nz = t_bar * 2",
        "t_bar = y[1:]\nx_bar = t_bar.copy()\nx_bar[0] = 1.0\nz = t_bar * 2",
        "t_bar = y * w\nz = x_bar\nx_bar = t_bar\nz = t_bar * z",
        f"t_bar = {' * '.join(['something_long'] * 4)}\nx_bar = {'s' * 40} + t_bar",
    ],
)
def test_names_stay_where_they_mean_something(text: str) -> None:
    assert tidied(text, "t_bar", {"y": frozenset("z"), "z": frozenset("y")}) == text


def test_copies_that_outlive_what_they_are_of_stay() -> None:
    text = "t_bar = y[1:].copy()\ny[1:] = t_bar * w\nx_bar = t_bar * t_bar"
    assert tidied(text, "t_bar", {}) == text


def test_copies_that_are_read_in_time_are_views() -> None:
    text = "t_bar = y[1:].copy()\nx_bar = t_bar @ w\ny[:-1] += t_bar * w"
    assert tidied(text, "t_bar", {}) == text.replace(".copy()", "")


def test_nothing_is_computed_later_than_what_it_is_a_view_of() -> None:
    text = "t_bar = y[1:].copy()\nz_bar = t_bar * w\ny[1:] = t_bar + w\nx = z_bar"
    assert tidied(text, "t_bar z_bar", {}) == text.replace(".copy()", "")
