"""The test that one argument is like another says yes only where the keys are equal."""

import enum
from types import SimpleNamespace

import numpy as np
import pytest

from sourcediff.analysis.cells import Cells
from sourcediff.analysis.keys import likeness, make_key

Color = enum.Enum("Color", "RED BLUE")


class Length(float):
    """A float of another class."""


class Field(np.ndarray):
    """An array of another class."""


def values():
    """Arguments of many kinds, new ones at every call."""
    grid = np.arange(20.0).reshape(4, 5)
    return [
        *(0.5, 1.0, 1j, True, False, None, Length(0.5), "name", b"name", Ellipsis),
        *(-(2**70), -(2**62), -7, -4, -3, 0, 1, 3, 4, 5, 2**62 - 1, 2**62, 2**70),
        *(np.float64(0.5), np.float32(0.5), np.int64(1), np.int64(9), np.bool_(True)),
        *(grid, grid.T, grid[:, ::2], grid.T.copy(), grid.astype("f4"), grid[:1]),
        *(grid.astype(">f8"), grid.view(Field), np.array(1.0), np.ones(0), grid > 2.0),
        *([], [0.5], [0.5, 1], (0.5,), {"a": 0.5}, {"b": 0.5}, {"a": grid}, [0.5] * 9),
        *(SimpleNamespace(a=0.5), SimpleNamespace(a=1), slice(1, 2), slice(1, 5)),
        *(np.sin, len, Color.RED, Color.BLUE, float, np.float64, object()),
    ]


def is_like(model, value):
    """What the test made for one value says of another."""
    cells = Cells()
    test = likeness("x", model, cells)
    return bool(cells.define(f"def call(x): return {test}")(value))


@pytest.mark.parametrize("index", range(len(values())))
def test_what_is_like_has_an_equal_key(index):
    model, key = values()[index], make_key(1)
    for value in values():
        assert not is_like(model, value) or key(model) == key(value)


@pytest.mark.parametrize("index", range(len(values())))
def test_an_argument_is_like_itself(index):
    assert is_like(values()[index], values()[index])


def test_names_of_cells_stay_out_of_the_way():
    cells = Cells(["_0", "__1", "x"])
    text = f"def call(_0, __1, x): return {cells(sum)}([_0, __1, x])"
    assert cells.define(text)(1, 2, 3) == 6


def test_one_object_has_one_name():
    cells = Cells()
    names = [cells(value) for value in (float, int, float)]
    assert names[0] == names[2] != names[1]
    assert len(set(names)) == 2
