"""The zero of any structure."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from sourcediff.runtime import zeros_like


class Point(NamedTuple):
    x: float
    y: Any


@dataclass(frozen=True, slots=True)
class Frozen:
    w: Any
    name: str = "layer"


@dataclass
class Checked:
    scale: float

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError


class Model:
    def __init__(self) -> None:
        self.w = np.array([1.5, 2.5])
        self.size = 2
        self.activation = np.tanh


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (1.5, 0.0),
        (1.5j, 0j),
        (np.float32(1.5), np.float32(0)),
        (3, None),
        (True, None),
        ("name", None),
        (None, None),
        (np.arange(3), None),
        (np.array(["a"]), None),
        (np.sin, None),
        (np, None),
        (float, None),
        ([1.5, 2, (2.5, "x")], [0.0, None, (0.0, None)]),
        ({"a": 1.5, 2: [2.5]}, {"a": 0.0, 2: [0.0]}),
        (Point(1.5, 2), Point(0.0, None)),
        (Frozen(1.5), Frozen(0.0, None)),  # type: ignore[arg-type]
    ],
)
def test_structure(x: Any, expected: Any) -> None:
    zero = zeros_like(x)
    assert zero == expected
    assert type(zero) is type(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_arrays_keep_dtype_and_can_be_written(dtype: Any) -> None:
    x = np.broadcast_to(np.ones(3, dtype), (2, 3))
    zero = zeros_like(x)
    zero[0, 0] = 1
    assert (zero.shape, zero.dtype, zero.sum()) == ((2, 3), dtype, 1)


def test_objects_keep_their_class_and_skip_their_initialiser() -> None:
    zero = zeros_like(Model())
    assert type(zero) is Model
    np.testing.assert_array_equal(zero.w, [0.0, 0.0])
    assert zero.size is None
    assert zero.activation is None
    assert zeros_like(Checked(2.5)).scale == 0.0


def test_what_is_shared_stays_shared() -> None:
    row = [1.5]
    zero = zeros_like([row, row])
    zero[0][0] = 2.5
    assert zero == [[2.5], [2.5]]


def test_what_contains_itself_ends() -> None:
    x: list[Any] = [1.5]
    x.append(x)
    zero = zeros_like(x)
    assert zero[0] == 0.0
    assert zero[1] is zero
