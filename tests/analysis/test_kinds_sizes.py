"""Sizes of slices, indices and broadcasts against those of real arrays."""

import operator

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sourcediff.analysis.arithmetic import binary
from sourcediff.analysis.creation import range_dim
from sourcediff.analysis.dims import (
    broadcast,
    count,
    minimum,
    shift,
    slice_dim,
    stretched,
    total,
)
from sourcediff.analysis.indexing import item, slice_of
from sourcediff.kinds import Array, Scalar, Sequence, Size, Static
from tests.analysis.instrument import conforms, size_conforms

INT = np.dtype(int)
FLOAT = np.dtype(float)
LEAST = 4

offsets = st.integers(-7, 3)
numbers = st.integers(LEAST, 9)
sizes_by_name = st.builds(
    Size, st.sampled_from("nm"), offsets, st.just(LEAST), st.integers(1, 4)
)
dims = st.one_of(sizes_by_name, st.integers(0, 5), st.none())


def actual(dim, sizes, other):
    """A size that the dim may stand for."""
    if isinstance(dim, Size):
        return max(dim.factor * sizes[dim.symbol] + dim.offset, 0)
    return other if dim is None else dim


bounds = st.one_of(
    st.none(),
    st.integers(-6, 6),
    sizes_by_name,
)


def bound_kind(bound):
    return Scalar(INT, True, bound) if isinstance(bound, Size) else Static(bound)


def bound_value(bound, sizes):
    if not isinstance(bound, Size):
        return bound
    return bound.factor * sizes[bound.symbol] + bound.offset


@given(dims, bounds, bounds, st.sampled_from([None, 1, -1, 2]), numbers, numbers)
@example(Size("n"), Size("n", -2), None, None, 5, 5)
def test_slices_have_the_size_that_is_said(dim, lower, upper, step, n, m):
    sizes = {"n": n, "m": m}
    found = slice_dim(dim, bound_kind(lower), bound_kind(upper), Static(step))
    length = actual(dim, sizes, 3)
    part = slice(bound_value(lower, sizes), bound_value(upper, sizes), step)
    assert size_conforms(len(range(length)[part]), found, sizes, clip=True)


@given(
    st.lists(bounds.filter(lambda b: b is not None), min_size=1, max_size=2), numbers
)
def test_ranges_have_the_size_that_is_said(parts, n):
    sizes = {"n": n, "m": n + 3}
    found = range_dim(tuple(map(bound_kind, parts)))
    length = len(range(*(bound_value(part, sizes) for part in parts)))
    assert size_conforms(length, found, sizes, clip=True)


@given(
    *[bounds.filter(lambda b: b is not None)] * 2,
    st.sampled_from([operator.add, operator.sub, operator.mul, operator.floordiv]),
    numbers,
)
@example(Size("n", 0, LEAST, 4), 4, operator.floordiv, 5)
@example(3, Size("n", 2), operator.mul, 5)
def test_arithmetic_gives_the_number_that_is_said(one, other, function, n):
    sizes = {"n": n, "m": n + 3}
    assume(function is not operator.floordiv or bound_value(other, sizes))
    found = binary(function, bound_kind(one), bound_kind(other))
    number = function(bound_value(one, sizes), bound_value(other, sizes))
    assert conforms(number, found, sizes)


def test_quarters_of_four_times_a_size_are_that_size():
    whole, n = Size("n", 0, LEAST, 4), Size("n")
    for start, stop in ((None, n), (n, 2), (2, 3), (3, None)):
        lower, upper = (
            binary(operator.mul, bound_kind(n), Static(b))
            if type(b) is int
            else bound_kind(b)
            for b in (start, stop)
        )
        assert slice_dim(whole, lower, upper, Static(None)) == n


@given(dims, st.integers(-3, 3), numbers)
def test_shifts_are_clipped_sums(dim, delta, n):
    sizes = {"n": n, "m": 6}
    length = actual(dim, sizes, 2)
    assert size_conforms(max(length + delta, 0), shift(dim, delta), sizes, clip=True)
    assert minimum(dim) <= length
    assert conforms(length, count(dim), sizes)


@given(
    st.lists(st.lists(dims, max_size=3).map(tuple), min_size=1, max_size=3), st.data()
)
def test_broadcasting_has_the_shape_that_is_said(shapes, data):
    sizes = {"n": data.draw(numbers), "m": data.draw(numbers)}
    lengths = [
        tuple(actual(d, sizes, data.draw(st.sampled_from([1, 4, 5]))) for d in shape)
        for shape in shapes
    ]
    try:
        whole = np.broadcast_shapes(*lengths)
    except ValueError:
        assume(False)
    found = broadcast(shapes)
    assert len(found) == len(whole)
    assert all(
        size_conforms(a, d, sizes, clip=True) for a, d in zip(whole, found, strict=True)
    )
    for shape, length in zip(shapes, lengths, strict=True):
        for axis in range(1, len(shape) + 1):
            told = stretched(shape[-axis], found[-axis])
            assert told in (None, length[-axis] != whole[-axis])


@given(st.lists(dims, max_size=3).map(tuple), numbers, numbers)
def test_totals_are_products(shape, n, m):
    sizes = {"n": n, "m": m}
    product = int(np.prod([actual(d, sizes, 3) for d in shape]))
    assert size_conforms(product, total(shape), sizes, clip=True)


parts = st.one_of(
    st.integers(-2, 1),
    st.none(),
    st.just(...),
    st.builds(slice, *(st.none() | st.integers(-4, 4),) * 2),
    st.just([0, 1, 1]),
    st.just(np.array([[1, 0]])),
    st.just("mask"),
    st.just("matrix mask"),
)


@given(
    st.lists(st.sampled_from([2, 3, 5, 6]), min_size=1, max_size=4).map(tuple),
    st.lists(parts, min_size=1, max_size=5),
    st.booleans(),
)
def test_indexing_gives_what_is_said(shape, index, contiguous):
    sizes = {"five": 5, "six": 6}
    array = np.arange(float(np.prod(shape))).reshape(shape)
    names = {5: Size("five"), 6: Size("six")}
    kind = Array(FLOAT, tuple(names.get(n, n) for n in shape), contiguous)
    if not contiguous:
        array = np.asfortranarray(array)
    values, kinds = [], []
    axis = 0
    for part in index:
        value, part_kind = index_part(part, shape[axis:], kind.dims[axis:])
        axis += {True: 1}.get(part is not None and part is not ..., 0)
        values.append(value)
        kinds.append(part_kind)
    try:
        result = array[tuple(values)]
    except IndexError:
        return
    found = item(kind, Sequence(tuple, tuple(kinds)))
    assert conforms(result, found, sizes, exact=True), (found, result.shape)


def index_part(part, shape, dims):
    """One part of an index as a value and as a kind."""
    if isinstance(part, slice):
        return part, slice_of(Static(part.start), Static(part.stop))
    if isinstance(part, list):
        return part, Sequence(list, tuple(map(Static, part)))
    if isinstance(part, np.ndarray):
        return part, Array(part.dtype, part.shape)
    if isinstance(part, str) and part == "mask":
        mask = np.arange(shape[0] if shape else 1) % 2 == 0
        return mask, Array(mask.dtype, tuple(dims[:1]) or (1,))
    if part == "matrix mask":
        lengths = shape[:2] if len(shape) > 1 else (1, 1)
        mask = np.arange(int(np.prod(lengths))).reshape(lengths) % 2 == 0
        return mask, Array(mask.dtype, tuple(dims[:2]) if len(shape) > 1 else (1, 1))
    return part, Static(part)


@pytest.mark.parametrize("n", range(4, 8))
def test_offsets_of_interior_slices_add_up(n):
    inner = Size("n")
    for _ in range(3):
        inner = slice_dim(inner, Static(1), Static(-1), Static(None))
    assert size_conforms(max(n - 6, 0), inner, {"n": n}, clip=True)
    assert inner.maybe_one
    assert not inner.exact
