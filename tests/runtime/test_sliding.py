"""One array added into many parts of another, and the gradients that do so."""

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.runtime import add_to_each


def shifted(array, shape):
    """The rectangles of a shape in the corners of an array."""
    rooms = [size - n for size, n in zip(array.shape, shape, strict=True)]
    corners = np.indices([2] * len(rooms)).reshape(len(rooms), -1).T
    return [array[_key(c, rooms, shape)] for c in corners]


def _key(corner, rooms, shape):
    sides = zip(corner, rooms, shape, strict=True)
    return tuple(slice(b * room, b * room + n) for b, room, n in sides)


def one_by_one(value, *parts):
    for part in parts:
        np.add(part, value, out=part, casting="same_kind")


def values(rng, shape):
    array = rng.normal(size=shape)
    special = rng.integers(0, 40, shape)
    for index, number in enumerate((-0.0, np.inf, np.nan)):
        array[special == index] = number
    return array


ARRAYS = {
    "rows": lambda a: a,
    "columns": np.asfortranarray,
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "backwards": lambda a: a[::-1].copy()[::-1],
    "part of a larger one": lambda a: np.concatenate([a, a[:9]])[4 : len(a) + 4],
    "single precision": lambda a: a.astype(np.float32),
    "complex": lambda a: a.astype(complex),
}


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize(
    ("shape", "inner"),
    [((161, 153), (158, 151)), ((37, 33, 23), (35, 30, 23)), ((5, 7), (4, 4))],
    ids=str,
)
def test_as_one_after_the_other(make, shape, inner):
    rng = np.random.default_rng(7)
    array = make(values(rng, shape))
    base = array if array.base is None else array.base
    value = rng.normal(size=inner)
    before = base.copy()
    with np.errstate(invalid="ignore"):
        one_by_one(value, *shifted(array, inner))
        expected = base.copy()
        base[...] = before
        add_to_each(value, *shifted(array, inner))
    # every bit, and every element around the parts
    assert base.tobytes() == expected.tobytes()


def test_a_term_that_is_a_part_itself():
    rng = np.random.default_rng(8)
    array = rng.normal(size=(160, 171))
    expected = array.copy()
    one_by_one(expected[1:-1, 1:-1], *shifted(expected, (158, 169)))
    add_to_each(array[1:-1, 1:-1], *shifted(array, (158, 169)))
    np.testing.assert_array_equal(array, expected)


def test_different_arrays_and_numbers():
    rng = np.random.default_rng(9)
    first, second = rng.normal(size=(2, 162, 155))
    total = first[1:] + 2.5, second[:-1] + 2.5
    add_to_each(2.5, first[1:], second[:-1])
    np.testing.assert_array_equal((first[1:], second[:-1]), total)
    value = rng.normal(size=(161, 155))
    total = first[1:] + value, second[:-1] + value
    add_to_each(value, first[1:], second[:-1])
    np.testing.assert_array_equal((first[1:], second[:-1]), total)


def smoothed(steps, A, weights):
    B = np.zeros_like(A)
    for _ in range(steps):
        B[1:-1, 2:-1] = (
            0.3 * (A[1:-1, 2:-1] + A[:-2, 2:-1] + A[2:, 2:-1] + A[1:-1, :-3])
            - 0.7 * A[1:-1, 3:]
        )
        A = A + np.sin(B)
    return np.sum(A * weights)


@pytest.mark.parametrize("shape", [(9, 8), (171, 164)], ids=str)
def test_gradient_in_a_direction(shape):
    rng = np.random.default_rng(10)
    A, weights, direction = rng.normal(size=(3, *shape))
    gradient = grad(smoothed, wrt="A")
    assert "add_to_each" in gradient.source_for(3, A, weights)
    step = 1e-30j  # the complex step has no error of its own
    slope = smoothed(3, A + step * direction, weights).imag / step.imag
    got = np.sum(gradient(3, A, weights) * direction)
    np.testing.assert_allclose(got, slope, rtol=1e-12)


def test_derivative_of_the_derivative():
    rng = np.random.default_rng(11)
    A, weights = rng.normal(size=(2, 8, 7))

    def slope(A):
        return np.sum(grad(smoothed, wrt="A")(2, A, weights) ** 2)

    direction, h = rng.normal(size=A.shape), 1e-5
    second = np.sum(grad(slope)(A) * direction)
    numeric = (slope(A + h * direction) - slope(A - h * direction)) / (2 * h)
    np.testing.assert_allclose(second, numeric, rtol=1e-7)
