"""Lists used as stacks: elements put on, taken off, read in between."""
# ruff: noqa: PERF401

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import V, W

case = Cases()


@case(V, 0.7)
def reversed_recurrence(v, x):
    states = []
    s = x
    for value in v:
        states.append(s)
        s = np.sin(s) * value + x
    total = 0.0
    for _ in range(len(v)):
        s = states.pop()
        total = total * 0.5 + s * s
    return total


@case(V, 0.7, 4)
def tuples_with_passive_parts(v, x, n):
    stack = []
    s = x
    for i in range(n):
        stack.append((s * v, i, np.exp(-s)))
        s = s * x + 0.1
    total = 0.0
    while stack:
        row, i, weight = stack.pop()
        total += weight * row[i % len(v)] ** 2
    return total


@case(V, W)
def arrays_into_rows(v, w):
    stack = []
    for i in range(3):
        stack.append(np.sin(v * (i + 1)) * w)
    out = np.zeros((3, len(v)))
    for i in range(3):
        out[i] = stack.pop()
    out[0] *= out[2]
    return np.sum(out**2) + np.sum(out[1])


@case(V, 1.3)
def read_again_after_it_is_gone(v, x):
    stack = [x * v[0]]
    for i in range(1, len(v)):
        stack.append(stack[i - 1] * v[i] + x)
    first = stack[0] * stack[1]
    last = stack.pop() * stack[len(stack) - 1]
    return first * last + stack[0] ** 2


@case(V, 1.3)
def conditional(v, x):
    stack = [x]
    total = x
    for value in v:
        if value > 0.0:
            stack.append(value * total)
        elif len(stack) > 1:
            total = total + stack.pop() * value
        total = total * 0.9 + stack[-1]
    while len(stack) > 1:
        total = total * 0.8 + stack.pop()
    return total


@case(V, 1.3)
def within_expressions(v, x):
    stack = []
    for value in v:
        stack.append(np.sin(value) * x)
    total = 2.0 * stack.pop() ** 2
    total -= stack.pop() * x
    stack.pop()
    return total + stack[0]


@case(V, W)
def overwritten_result(v, w):
    stack = []
    for i in range(len(v)):
        stack.append(v[i] * w)
    u = w.copy()
    for _ in range(len(v)):
        u = stack.pop() * u
        u = np.tanh(u)
    return np.sum(u)


@case(V, 0.4)
def unused(v, x):
    stack = []
    for value in v:
        stack.append(value * x)
    ignored = stack.pop()
    total = 0.0
    for _ in range(len(v) - 1):
        ignored = stack.pop()
        total += x * x
    return total + 0.0 * ignored


def helper(stack, x):
    total = 0.0
    while stack:
        total = total * x + stack.pop()
    return total


@case(V, 0.4)
def emptied_by_a_function(v, x):
    stack = []
    for value in v:
        stack.append(np.exp(value))
    return helper(stack, x)


@case(V, 1.3, 5)
def ranges_in_reverse(v, x, n):
    total = x
    for i in reversed(range(n)):
        n = n - 1
        total = total * v[i] + np.sin(total)
        if i == 1:
            break
    for i in reversed(range(1, len(v))):
        total = total * 0.7 + v[i] * v[i - 1]
        if total > 40.0:
            break
    for i in reversed(range(n, len(v))):
        n = n + 1
        total = np.cos(total) * v[i]
    return total


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
