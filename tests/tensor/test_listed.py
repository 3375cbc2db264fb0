"""Lists of tracked numbers in the places of arrays, on the tape."""

import numpy as np
import pytest

from sourcediff import grad

X = np.array([0.71, -0.43, 1.32, 0.24])


def squares(x):
    return [v * v + 0.1 * v for v in x]


def total(d):
    return np.sum(d) + np.mean(tuple(d)) * np.max(d)


def of_two_lists(d):
    return (
        np.dot(d, d[::-1]) + np.interp(0.5, [0, 1, 2, 3], d) + np.average(X, weights=d)
    )


def nested(d):
    return np.linalg.det([[d[0], 1], [2.0, d[3]]]) + np.sum([d, [1, 2, d[0], 4]])


def lists_of_arrays(d):
    return np.concatenate([d, [d[0], 2.0]]).var() + np.stack([d[0], d[1]]).prod()


def places_of_values(d):
    order = np.argsort(d)
    return d[np.argmin(d)] * d[order[2]] + np.sort(d)[1] * np.count_nonzero(d)


def answers(d):
    return (
        d[0]
        if np.array_equal(d, d[::-1]) or not np.all(d)
        else d[1] * len(np.unique(d))
    )


def ufuncs(d):
    return np.multiply(d, 2).sum() + np.add.reduce(d) + np.hypot(d, [1, 2, 3, 4])[1]


FUNCTIONS = [
    *(total, of_two_lists, nested, lists_of_arrays, places_of_values, answers, ufuncs)
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_lists_are_arrays(function):
    def whole(x):
        return function(squares(x))

    steps = 1e-6 * np.eye(4)
    differences = [(whole(X + s) - whole(X - s)) / 2e-6 for s in steps]
    found = grad(whole, fallback="always")(X)
    np.testing.assert_allclose(found, differences, rtol=1e-6, atol=1e-8)


def test_an_error_of_the_function_is_its_own():
    def whole(x):
        return np.linalg.det([[x[0], x[1]], [x[2]]])

    with pytest.raises(ValueError, match="shape"):
        grad(whole, fallback="always")(X)
