"""Who may still look at memory: texts in which it must not be taken over, or may be."""

import textwrap

import gast
import numpy as np
import pytest

from sourcediff.kinds import UNKNOWN, Array, Kind, Scalar, Size
from sourcediff.transform.in_place import InPlace
from sourcediff.transform.ownership import Owners

DOUBLE = np.dtype(float)
VECTOR = Array(DOUBLE, (Size("n"),))
KINDS: dict[str, Kind] = {
    "x": VECTOR,
    "w": VECTOR,
    "m": Array(DOUBLE, (Size("k"), Size("n"))),
    "one": Array(DOUBLE, (1,)),
    "f": Array(np.dtype(np.float32), (Size("n"),)),
    "c": Array(np.dtype(complex), (Size("n"),)),
    "u": Array(DOUBLE, (None,)),
    "s": Scalar(DOUBLE),
    "k": Scalar(np.dtype(int)),
}
BARS = {f"{n}_bar" for n in "abxyzwt"}


def rewritten(text: str) -> str:
    tree = gast.parse(textwrap.dedent(text))
    owners = Owners(
        lambda n: KINDS.get(n, UNKNOWN), lambda n: np if n == "np" else None
    )
    tree.body = InPlace(owners, BARS, {"mine"}, "np").function(tree.body)
    return gast.unparse(gast.fix_missing_locations(tree)).strip()


LEFT_ALONE = [
    # read again
    "t = x * w\nx_bar += t * w\nw_bar = t",
    "t = x * w\nx_bar += t * w\nreturn x_bar, t",
    "t = x * w\nfor i in range(k):\n    x_bar += t * w\nreturn x_bar",
    "t = x * w\nwhile s > i:\n    a_bar += t * w\nreturn a_bar",
    # another name
    "t = x * w\ny = t\nx_bar += t * w\nw_bar = y / s",
    "t = x * w\ny = t[1:]\nx_bar += t * w\nw_bar = y / s",
    "t = x * w\ny = t.T\nx_bar += t * w\nw_bar = y / s",
    "t = x * w\ny = t if s > 0 else w\nx_bar += t * w\nw_bar = y / s",
    "t = x * w\ny = (t, w)\nx_bar += t * w\nreturn x_bar, y",
    "t = x * w\nfor y in (t, w):\n    z += y\nx_bar += t * w\nreturn x_bar, y",
    "t = x * w\nif (y := t) is not None:\n    z = s\nx_bar += t * w\nreturn x_bar, y",
    "t = x * w\nwith held(t):\n    z = s\nx_bar += t * w\nreturn x_bar",
    # somebody else's memory
    "x_bar = x * w\nx_bar = x\na_bar += x_bar * w",
    "t = x\nx_bar += t * w",
    "t = x[:]\nx_bar += t * w",
    "t = np.asarray(x)\nx_bar += t * w",
    "t = np.broadcast_to(s, n)\nx_bar += t * w",
    "t = np.multiply(x, w, y)\nx_bar += t * w\nreturn x_bar, y",
    "t = np.multiply(x, w, out=y)\nx_bar += t * w\nreturn x_bar, y",
    "t = np.sum(m, 0, None, y)\nx_bar += t * w\nreturn x_bar, y",
    "t = helper(x)\nx_bar += t * w",
    "mine = x * w\nx_bar += mine * w",
    # kept
    "t = x * w\nsaved.append(t)\nx_bar += t * w",
    "t = x * w\nsaved[k] = t\nx_bar += t * w",
    "t = x * w\no.a = t\nx_bar += t * w",
    "t = x * w\nsaved += [t]\nx_bar += t * w",
    "t = x * w\ny = helper(t)\nx_bar += t * w\nreturn x_bar, y",
    "t = x * w\ny = s + helper(t)\nx_bar += t * w\nreturn x_bar, y",
    "t = x * w\ny[helper(t)] = s\nx_bar += t * w",
    "t = x * w\na_bar, b_bar = pair_bwd(saved, t)\nx_bar += t * w\nreturn a_bar, x_bar",
    "t = x * w\nf = lambda: t\nx_bar += t * w\nreturn x_bar, f()",
    "t = x * w\nf = (v for v in t)\nx_bar += t * w\nreturn x_bar, f",
    "t_bar = x * w\nx_bar = t_bar\nw_bar += t_bar * w\nreturn x_bar, w_bar",
    "if s > 0:\n    t = x * w\nelse:\n    t = x\nx_bar += t * w",
    "t = x * w\nif s > 0:\n    y = t\nx_bar += t * w\nreturn x_bar, y",
    "t = x * w\nfor i in range(k):\n    y = t\nx_bar += t * w\nreturn x_bar, y",
    "t = x * w\nfor i in range(k):\n    a_bar += t * w\n    t = x\nreturn a_bar",
    "t = x * w\nfor i in range(k):\n    a_bar += t / w\n    t = a_bar\nreturn t, a_bar",
    # another shape or precision, or perhaps
    "t = x * w\nx_bar += t * m",
    "t = one * s\nx_bar += t * w",
    "t = x * w\nx_bar += t * c",
    "t = f * f\nx_bar += t * w",
    "t = u * u\nx_bar += t * w",
    "t = x * w\nx_bar += t * unknown",
    "t = x @ w\nx_bar += t * s",
    "t = x > w\nx_bar += t * s",
    # evaluated more than once, or not the way it is written
    "t = x * w\nx_bar += t * (s + t * w)",
    "t = x * w\nx_bar += w / t",
    "t = x * w\nx_bar += w - t",
    "t = x * w\nx_bar[t > s] += t * s",
    "t = x * w\nt[k] += t * s",
    "t = x * w\nmine = t * s",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_left_alone(text: str) -> None:
    assert rewritten(text) == gast.unparse(gast.parse(text)).strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("t = x * w\nx_bar += t * w", "t = x * w\nt *= w\nx_bar += t"),
        (
            "t = x * w\nx_bar[k] += s - t",
            "t = x * w\nnp.subtract(s, t, out=t)\nx_bar[k] += t",
        ),
        (
            "t = x * w\nx_bar += -t / s",
            "t = x * w\nnp.negative(t, out=t)\nt /= s\nx_bar += t",
        ),
        ("t = np.exp(x)\nx_bar += t * t", "t = np.exp(x)\nt *= t\nx_bar += t"),
        (
            "t = x * w\nx_bar += w * (t + one)",
            "t = x * w\nt += one\nt *= w\nx_bar += t",
        ),
        (
            "x_bar = x * w\nx_bar = x_bar * w / s",
            "x_bar = x * w\nx_bar *= w\nx_bar /= s",
        ),
        # the name that it had is free
        ("t = x * w\ny = t\nx_bar += y * w", "t = x * w\ny = t\ny *= w\nx_bar += y"),
        # it is looked at, no more
        (
            "t = x * w\nz = s + t.sum()\nx_bar += t * w\nreturn x_bar, z",
            "t = x * w\nz = s + t.sum()\nt *= w\nx_bar += t\nreturn (x_bar, z)",
        ),
        (
            "t = x * w\nz = np.where(t > s, t, w)\nx_bar += t * w\nreturn x_bar, z",
            (
                "t = x * w\nz = np.where(t > s, t, w)\nt *= w\nx_bar += t\n"
                "return (x_bar, z)"
            ),
        ),
        (
            (
                "t_bar = x * w\nfor i in range(k):\n    x_bar += t_bar * w\n"
                "    t_bar = t_bar * x\nreturn x_bar"
            ),
            (
                "t_bar = x * w\nfor i in range(k):\n    x_bar += t_bar * w\n"
                "    t_bar *= x\nreturn x_bar"
            ),
        ),
        (
            "for i in range(k):\n    t = x * w\n    x_bar += t * w\nreturn x_bar",
            (
                "for i in range(k):\n    t = x * w\n    t *= w\n    x_bar += t\n"
                "return x_bar"
            ),
        ),
        (
            (
                "t = x * w\nif s > 0:\n    x_bar += t * w\nelse:\n"
                "    x_bar += t - s\nreturn x_bar"
            ),
            (
                "t = x * w\nif s > 0:\n    t *= w\n    x_bar += t\nelse:\n"
                "    t -= s\n    x_bar += t\nreturn x_bar"
            ),
        ),
        # a name of its own is given by no renaming
        ("t = x * w\nx_bar = t * w", "t = x * w\nx_bar = t * w"),
    ],
)
def test_taken_over(before: str, after: str) -> None:
    assert rewritten(before) == after
