"""Writes of constants into what was read before, in every spelling."""

import bisect
import copy
import operator

import numpy as np
import pytest

from sourcediff import grad, jvp
from sourcediff.errors import CompileError
from tests.front.support import define

W = np.random.default_rng(3).standard_normal(6)


class Holder:
    def __init__(self):
        self.n, self.a = 1.5, np.linspace(1, 2, 6)


def same(a):
    return a


def get(holder):
    return holder.a


#: After each, what is read of the names below has changed.
STATEMENTS = [
    # through an expression that has no name
    "np.asarray(a)[0] = 7.0",
    "a.reshape(2, 3)[0, 0] = 7.0",
    "a.ravel()[0] = 7.0",
    "a.view()[0] += 7.0",
    "same(a)[0] = 7.0",
    "get(holder)[0] = 7.0",
    "[a][0][0] = 7.0",
    "{'k': a}['k'][0] = 7.0",
    "(a if len(a) > 2 else w)[0] = 7.0",
    "(b := a)[0] = 7.0",
    "np.frombuffer(a)[0] = 7.0",
    "np.split(a, 2)[0][0] = 7.0",
    "next(iter([a]))[0] = 7.0",
    # through what is inside of something
    "b = max([a], key=len); b[0] = 9.0",
    "b = sorted([a], key=len)[0]; b[0] = 9.0",
    "b = copy.copy(holder); b.a[0] = 9.0",
    "b = copy.copy(arrays); b[0][0] = 9.0",
    # by functions and methods
    "a.clip(1.2, 1.5, a)",
    "np.clip(a, 1.2, 1.5, a)",
    "np.cumsum(a, 0, None, a)",
    "operator.iadd(a, 1.0)",
    "operator.setitem(a, 0, 7.0)",
    "rng.shuffle(a)",
    "a.setfield(3.0, float)",
    "bisect.insort(numbers, 0.1)",
    # in an expression
    "None if len(a) < 2 else a.fill(2.0)",
    "len(a) > 2 and a.fill(2.0)",
    "sorted([3, 1], key=lambda k: a.fill(k) or k)",
]
PROGRAM = """
def loss(w):
    a, holder, arrays = np.linspace(1, 2, 6), Holder(), [np.linspace(1, 2, 6)]
    numbers, rng = [1.0, 2.0], np.random.default_rng(0)
    y = w * a * holder.a * arrays[0] * numbers[1]
    {}
    return np.sum(y * w * a * holder.a * arrays[0] * numbers[1])
"""


def differences(function):
    steps = 1e-6 * np.eye(6)
    return [(function(W + s) - function(W - s)) / 2e-6 for s in steps]


def program(statement):
    names = {"Holder": Holder, "same": same, "get": get, "copy": copy}
    return define(PROGRAM.format(statement), operator=operator, bisect=bisect, **names)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_is_overwritten_was_read_before(statement):
    loss = program(statement)
    expected = differences(loss)
    np.testing.assert_allclose(grad(loss)(W), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("statement", ["a.flat = 3.0", "a.real = 3.0"])
def test_attributes_of_arrays_are_not_stored(statement):
    with pytest.raises(CompileError, match="is stored; store into its elements"):
        grad(program(statement), fallback="error")(W)


def by_position_of_clip(w):
    result = np.zeros(6)
    np.clip(w, -0.5, 0.5, result)
    return np.sum(result * w)


def by_position_of_cumsum(w):
    result = np.zeros(6)
    np.cumsum(w * w, 0, None, result)
    return np.sum(result * w)


def by_position_of_dot(w):
    result = np.zeros(3)
    np.dot(np.ones((3, 6)), w, result)
    return np.sum(result * w[:3])


def by_position_of_a_method(w):
    result = w.copy()
    w.reshape(2, 3).max(0, result[:3])
    return np.sum(result * w)


@pytest.mark.parametrize(
    "loss",
    [
        by_position_of_clip,
        by_position_of_cumsum,
        by_position_of_dot,
        by_position_of_a_method,
    ],
)
@pytest.mark.parametrize("fallback", ["tape", "always"])
def test_results_go_where_they_are_sent_by_position(loss, fallback):
    expected = differences(loss)
    found = grad(loss, fallback=fallback)(W)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    along = jvp(loss, (W,), (np.cos(W),), fallback="tape")[1]
    np.testing.assert_allclose(along, np.dot(expected, np.cos(W)), rtol=1e-5)
