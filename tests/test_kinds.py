"""The lattice of kinds: joins are upper bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Unknown,
    is_differentiable,
    join,
    scalar_of,
    widened,
)

FLOAT = np.dtype(float)
INT = np.dtype(int)

sizes = st.builds(Size, st.sampled_from("nm"), st.integers(-2, 1))
dims = st.integers(0, 3) | sizes | st.none()
dtypes = st.sampled_from(["f8", "f4", "i8", "?", "c16"]).map(np.dtype)
leaves = st.one_of(
    st.builds(Scalar, dtypes, st.booleans(), st.none() | st.integers(0, 3) | sizes),
    st.builds(
        Array, dtypes, st.none() | st.lists(dims, max_size=2).map(tuple), st.booleans()
    ),
    st.sampled_from([1, 2, 2.0, True, "a", "b", None, float, len]).map(Static),
    st.just(UNKNOWN),
)
kinds = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            Sequence,
            st.sampled_from([tuple, list]),
            st.lists(inner, max_size=2).map(tuple),
        ),
        st.builds(List, st.none() | inner),
        st.lists(inner, max_size=2).map(
            lambda ks: Dict(tuple(zip("ab", ks, strict=False)))
        ),
        inner.map(lambda k: Record(object, (("w", k),))),
    ),
    max_leaves=4,
)


@given(kinds, kinds)
def test_join_commutes(a, b):
    assert join(a, b) == join(b, a)


@given(kinds, kinds)
def test_join_absorbs(a, b):
    above = join(a, b)
    assert join(above, a) == above
    assert join(above, b) == above


@given(kinds)
def test_join_with_itself_changes_nothing(a):
    assert join(a, a) == a


@given(kinds, kinds, kinds)
def test_join_associates(a, b, c):
    assert join(join(a, b), c) == join(a, join(b, c))


@given(kinds, kinds)
def test_equal_kinds_have_equal_hashes(a, b):
    assert hash(a) == hash(a)
    assert a != b or hash(a) == hash(b)


@given(leaves, leaves)
def test_a_join_is_differentiable_if_a_part_is(a, b):
    if is_differentiable(a) or is_differentiable(b):
        assert is_differentiable(join(a, b))


def test_statics_of_equal_text_and_type_are_equal():
    assert Static(1) == Static(1)
    assert Static(1) != Static(True)
    assert Static(1) != Static(1.0)
    assert Static(0.0) != Static(-0.0)
    assert Static("a") != Static("b")
    assert Static(len) == Static(len)
    assert Static(FLOAT) != Static(float)


@pytest.mark.parametrize(
    ("offset", "maybe_one", "exact"),
    [
        (0, False, True),
        (-2, False, True),
        (-3, True, True),
        (-5, True, False),
        (2, False, True),
    ],
)
def test_sizes_know_whether_they_may_be_one(offset, maybe_one, exact):
    size = Size("n", offset)
    assert size.maybe_one is maybe_one
    assert size.exact is exact
    assert size.maybe_one is any(max(n + offset, 0) == 1 for n in range(4, 30))
    assert size.exact is all(n + offset >= 0 for n in range(4, 30))


def test_numbers_are_scalars():
    assert scalar_of(Static(3)) == Scalar(INT, True, 3)
    assert scalar_of(Static(2.5)) == Scalar(FLOAT)
    assert scalar_of(Static(np.float32(2))) == Scalar(np.dtype("f4"), False)
    assert scalar_of(Static("a")) == Static("a")


def test_branches_with_python_and_numpy_numbers_join():
    assert join(Static(0.0), Scalar(FLOAT, False)) == Scalar(FLOAT, False)
    assert join(Static(0), Scalar(FLOAT, False)) == Scalar(FLOAT, False)
    assert join(Static("a"), Scalar(FLOAT)) == UNKNOWN
    assert join(Sequence(tuple, ()), List(None)) == UNKNOWN


def test_a_number_joined_with_an_array_is_one_of_them():
    vector, other = Array(FLOAT, (Size("n"),)), Array(FLOAT, (3,))
    either = join(Static(1.5), vector)
    assert either == Unknown((Scalar(FLOAT), vector))
    assert join(vector, Scalar(FLOAT)) == join(either, vector) == either
    assert join(other, either) == Unknown((Scalar(FLOAT), Array(FLOAT, (None,))))
    assert join(either, Scalar(FLOAT, False)) == Unknown((Scalar(FLOAT, False), vector))
    assert join(either, Static("a")) == join(either, UNKNOWN) == UNKNOWN
    assert join(Static(1.5), Array(np.dtype(object), (3,))) == UNKNOWN
    assert widened(either) == UNKNOWN
