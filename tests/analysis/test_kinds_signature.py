"""Kinds of arguments, and the keys that stand for them."""

import math
import operator
from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sourcediff.analysis.annotations import kinds_from_annotations
from sourcediff.analysis.keys import make_key
from sourcediff.analysis.signature import kinds_of
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    List,
    Record,
    Scalar,
    Sequence,
    Size,
    Static,
)
from tests.analysis.instrument import assign_sizes, conforms, program_of

FLOAT = np.dtype(float)
Pair = namedtuple("Pair", "x y")


@dataclass(slots=True)
class Slotted:
    weight: Any


shapes = st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 7]), max_size=3).map(tuple)
dtypes = st.sampled_from(["f8", "f4", "i8", "i4", "?", "c16", "O", "U3", ">f8"])
arrays = st.builds(np.zeros, shapes, dtypes)
INTEGERS = (0, 1, -1, 3, 4, 9, -7, 2**70, -(2**70), 2**62 - 1, 2**62)
NUMPY = (np.float64(1), np.float32(2), np.int64(1), np.int64(9), np.uint8(9))
numbers = st.sampled_from(
    (*INTEGERS, *NUMPY, np.bool_(True), True, False, 0.0, 1.0, 1j)
)
TEXTS = (None, "a", "b", b"a", "1")
CODE = (float, int, np.float64, np.sin, operator.add, math, FLOAT)
statics = st.sampled_from((*TEXTS, *CODE, ..., slice(1, 3), slice(None), slice(0, 9)))
opaque = st.sampled_from(
    [object(), {1.5: 2}, {2}, np.ma.ones(3), np.random.default_rng()]
)
leaves = arrays | numbers | statics | opaque
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=2).map(lambda items: items * 3)
        | st.lists(numbers, min_size=5, max_size=6)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["a", "b", 1, True, None]), inner, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Slotted, inner)
        | inner.map(lambda x: SimpleNamespace(a=x))
    ),
    max_leaves=4,
)
arguments = st.lists(values, min_size=2, max_size=2).map(tuple)


def kinds(args: tuple[Any, ...]) -> dict[str, Any]:
    return kinds_of({f"p{i}": value for i, value in enumerate(args)})


@given(arguments, arguments)
def test_equal_keys_mean_equal_kinds(one: Any, other: Any) -> None:
    key = make_key(2)
    if key(*one) == key(*other):
        assert kinds(one) == kinds(other)


@given(
    st.lists(leaves, min_size=2, max_size=2), st.lists(leaves, min_size=2, max_size=2)
)
def test_equal_keys_of_leaves_mean_equal_kinds(one: Any, other: Any) -> None:
    key = make_key(2)
    if key(*one) == key(*other):
        assert kinds(tuple(one)) == kinds(tuple(other))


@given(arguments)
def test_keys_are_hashable_and_repeat(args: Any) -> None:
    key = make_key(2)
    assert hash(key(*args)) == hash(key(*args))
    assert key(*args) == key(*args)
    assert hash(tuple(kinds(args).items())) == hash(tuple(kinds(args).items()))


@given(arguments)
def test_arguments_are_of_their_kinds(args: Any) -> None:
    sizes: dict[str, int] = {}
    found = kinds(args)
    for value, kind in zip(args, found.values(), strict=True):
        assign_sizes(kind, value, sizes)
    for value, kind in zip(args, found.values(), strict=True):
        assert conforms(value, kind, sizes, exact=True)


def test_all_pairs_of_leaves_with_one_key_have_one_kind() -> None:
    pool = [
        np.zeros(s, t)
        for s in [(), (1,), (3,), (4,), (4, 4), (4, 5)]
        for t in ("f8", "i8")
    ]
    pool += [
        0,
        1,
        4,
        -4,
        True,
        1.0,
        None,
        "a",
        float,
        FLOAT,
        np.float64(1),
        np.int64(1),
        [],
        (),
    ]
    pool += [
        [1.0] * 5,
        [1.0] * 6,
        [1] * 5,
        [1, 2, 3, 4, 5],
        ["a"] * 5,
        [np.zeros(4)] * 5,
    ]
    pool += [
        {"a": 1.0},
        {"a": 1},
        {1: 1.0},
        {True: 1.0},
        Pair(1.0, 2),
        (1.0, 2),
        [1.0, 2],
    ]
    pool += [
        [np.zeros(4)] * 4 + [np.zeros(5)],
        [True] * 5,
        [True, False] * 3,
        {},
        slice(3),
    ]
    key = make_key(1)
    for a in pool:
        for b in pool:
            if key(a) == key(b):
                assert kinds_of({"x": a}) == kinds_of({"x": b}), (a, b)


def test_new_sizes_have_the_same_kinds_but_new_equalities_have_not() -> None:
    first = kinds_of({"x": np.ones((4, 5)), "y": np.ones(5)})
    assert first == kinds_of({"x": np.ones((9, 7)), "y": np.ones(7)})
    assert first != kinds_of({"x": np.ones((9, 7)), "y": np.ones(9)})
    assert first != kinds_of({"x": np.ones((9, 7)), "y": np.ones(1)})
    assert first != kinds_of({"x": np.ones((9, 7)), "y": np.ones(3)})


def test_small_multiples_of_a_size_are_known_as_that() -> None:
    def dims(*lengths: int) -> tuple[Any, ...]:
        return kinds_of({"x": [np.ones(length) for length in lengths]})["x"].items

    first = dims(20, 5, 15, 7)
    assert first == dims(24, 6, 18, 11)
    assert first != dims(24, 6, 19, 11)
    assert dims(20, 4, 40, 8) == dims(30, 6, 60, 12)
    assert [kind.dims[0].factor for kind in dims(20, 5, 15, 7)] == [4, 1, 3, 1]
    assert [kind.dims[0].factor for kind in dims(6, 3, 9)[::2]] == [1, 1]
    assert {kind.dims[0].symbol for kind in dims(16, 4, 8)} == {"x[1].shape[0]"}


def test_sizes_are_named_after_their_first_place() -> None:
    found = kinds_of(
        {"x": np.ones((4, 5)), "w": {"b": np.ones(5), "n": 8}, "k": [np.ones(6)]}
    )
    assert found["x"] == Array(FLOAT, (Size("x.shape[0]"), Size("x.shape[1]")), True)
    b = Array(FLOAT, (Size("x.shape[1]"),), True)
    w = Dict((("b", b), ("n", found["w"].get("n"))))
    assert found["w"] == w
    assert w.get("n") == Scalar(np.dtype(int), True, Size("w['n']"))
    assert found["k"].items[0].dims == (Size("k[0].shape[0]"),)


def test_the_layout_of_arrays_belongs_to_the_signature() -> None:
    a, key = np.ones((4, 5)), make_key(1)
    assert not kinds_of({"x": a.T})["x"].contiguous
    assert key(a.T.copy()) != key(a.T)


def test_long_lists_are_known_by_their_element() -> None:
    parts = [np.ones((4, k)) for k in (5, 6, 7, 8, 9)]
    assert kinds_of({"xs": parts})["xs"] == List(
        Array(FLOAT, (Size("xs[:].shape[0]"), None), True)
    )
    assert kinds_of({"xs": [1.0] * 9})["xs"] == List(Scalar(FLOAT))
    assert kinds_of({"xs": [1, 5, 9, -8, 2]})["xs"] == List(Scalar(np.dtype(int)))
    assert isinstance(kinds_of({"xs": [1.0] * 4})["xs"], Sequence)
    assert isinstance(kinds_of({"xs": [1.0, "a"] * 4})["xs"], Sequence)
    assert kinds_of({"xs": []})["xs"] == List(None)


def test_objects_are_records_of_their_attributes() -> None:
    found = kinds_of({"o": SimpleNamespace(w=1.5, inner=Pair(1.0, "a"))})["o"]
    assert isinstance(found, Record)
    assert found.get("w") == Scalar(FLOAT)
    assert found.get("inner") == Record(
        Pair, (("x", Scalar(FLOAT)), ("y", Static("a")))
    )


def test_cycles_end_in_unknown() -> None:
    loop = SimpleNamespace(w=1.0)
    loop.self = loop
    assert kinds_of({"o": loop})["o"].get("self") == UNKNOWN
    items: list[Any] = []
    items.append(items)
    assert make_key(1)(items) == make_key(1)(items)


@pytest.mark.parametrize(
    "value",
    [
        np.ma.ones(3),
        np.ones(3, object),
        np.array(["a"]),
        {1},
        2**80,
    ],
)
def test_what_is_no_plain_number_is_unknown(value: Any) -> None:
    assert kinds_of({"x": value})["x"] == UNKNOWN


def test_annotations_and_defaults_give_kinds_before_a_call() -> None:
    def f(
        x: float, n: int, a: np.ndarray, b: NDArray[np.float32], c, d=0.5, *e, g: str
    ):
        return x

    found = kinds_from_annotations(program_of(f))
    assert found["x"] == found["d"] == Scalar(FLOAT)
    assert found["n"].value.symbol == "n"
    assert not found["n"].value.exact
    assert found["a"] == Array(FLOAT)
    assert found["b"] == Array(np.dtype(np.float32))
    assert found["c"] == found["e"] == found["g"] == UNKNOWN
