"""Functions that take functions, iterators, and loops over the keys of dicts."""

# Programs as users write them.
# ruff: noqa: B007, B905, C417, RUF007

import functools
import itertools
import math
import operator
from collections import deque

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.errors import MissingRule
from tests.language.oracle import Case, Cases, check, check_pullback
from tests.language.values import M, V, W, X, Y

case = Cases()


@case(V)
def dict_values_sum(v):
    d = {"a": v[0], "b": v[1] * v[2]}
    s = 0.0
    for k in d:
        s += d[k] * d[k]
    for k, e in d.items():
        s += e**3
    for e in d.values():
        s = s * e
    return s


@case({"a": V, "b": W})
def dict_items_arg(p):
    s = 0.0
    for k, e in p.items():
        s += np.sum(e * e)
    for k in sorted(p):
        s += np.sum(p[k]) ** 2
    return s


@case({"a": V, "b": W}, X)
def dict_map_to_dict(p, x):
    new = {k: e * x for k, e in p.items()}
    return np.sum(new["a"] * new["b"])


@case({"a": V, "b": W}, X)
def sgd_step_dict(p, x):
    grads = {"a": p["b"] * x, "b": p["a"]}
    for k in p:
        p[k] -= 0.1 * grads[k]
    return np.sum(p["a"] * p["b"])


@case(X, Y)
def dict_int_keys_loop(x, y):
    d = {}
    for k in range(3):
        d[k] = x * k + y
    return d[0] * d[2] + d[1]


@case(X, Y)
def dict_memo(x, y):
    memo = {0: x, 1: y}
    for n in range(2, 6):
        memo[n] = memo[n - 1] * 0.5 + memo[n - 2] * x
    return memo[5]


@case(X, Y)
def dict_tuple_keys(x, y):
    t = {}
    t[0, 0] = x
    t[0, 1] = x * y
    return t[0, 0] * t[0, 1]


@case(V)
def deque_use(v):
    q = deque()
    for e in v:
        q.append(e)
    s = 0.0
    while q:
        s = s * 0.5 + q.popleft() ** 2
    return s


@case(V)
def rpn(v):
    st = []
    for tok in (0, 1, "*", 2, "+", 3, "*"):
        if tok == "*":
            b = st.pop()
            a = st.pop()
            st.append(a * b)
        elif tok == "+":
            b = st.pop()
            a = st.pop()
            st.append(a + b)
        else:
            st.append(v[tok])
    return st.pop()


@case(V)
def sorted_reverse_key(v):
    a = sorted(v, reverse=True)
    b = sorted(v, key=lambda t: -t * t)
    return a[0] * a[1] + b[0] ** 2 * b[3]


@case(V)
def map_lambda(v):
    return sum(map(lambda t: t * t * t, v)) + sum(list(map(abs, v)))


@case(V)
def map_lambda_of_a_variables_name(v):
    t = v[0] * 3.0
    y = sum(map(lambda t: t * t, v))
    a = v[1]
    z = max(map(lambda a: a * 1.7, v))
    return y * t + z * a


@case(V, W)
def map_two(v, w):
    return sum(map(operator.mul, v, w)) + max(map(lambda a, b: a * b, v, w))


@case(V)
def filter_use(v):
    return (
        sum(filter(lambda e: e > 0, v))
        + sum(e for e in filter(lambda e: e < 0, v)) ** 2
    )


@case(V)
def reduce_use(v):
    return functools.reduce(lambda a, b: a * 0.5 + b * b, v) + functools.reduce(
        operator.mul, v, 1.0
    )


@case(V, W)
def product_use(v, w):
    return sum(a * b for a, b in itertools.product(v, w))


@case(V)
def comb_use(v):
    s = 0.0
    for i, j in itertools.combinations(range(len(v)), 2):
        s += v[i] * v[j] ** 2
    return s


@case(V)
def chain_use(v):
    s = 0.0
    for e in itertools.chain(v, [v[0] * v[1]]):
        s += e * e
    return s


@case(V)
def set_of_indices(v):
    idx = {0, 2, 3}
    return sum(v[i] ** 2 for i in sorted(idx))


@case(V)
def lists_of_iterators(v):
    y = [e * e for e in v]
    backwards = list(reversed(y))
    pairs = list(zip(v, backwards))
    numbered = tuple(enumerate(v))
    return (
        np.array(list(reversed(y))) @ v
        + pairs[0][0] * pairs[1][1]
        + numbered[2][0] * numbered[2][1] * max(reversed(y))
    )


@case(V)
def generators_that_are_taken_whole(v):
    a, b, *rest = map(lambda e: e**2, v)
    first, second = (e * a for e in v[:2])
    y = [b]
    y.extend(e * 2 for e in v if e > 0)
    y += (e + 1 for e in rest)
    return first * second + sum(e * (i + 1) for i, e in enumerate(y))


@case(V)
def sorted_tuples(v):
    first = sorted((e * e, i) for i, e in enumerate(v))
    second = sorted([(e, e**3) for e in v], reverse=True)
    third = sorted(zip(v, v[::-1]), key=lambda pair: pair[0] * pair[1])
    return sum(a * (i + 1) for a, i in first[:3]) + sum(
        a * b * c for (a, b), (_, c) in zip(second, third)
    )


@case(V)
def largest_of_tuples(v):
    largest, place = max((e * e, i) for i, e in enumerate(v))
    nearest = min(range(len(v)), key=lambda i: abs(v[i] - 0.4))
    one, other = min(zip(v, v[1:]))
    return largest * v[place] + v[nearest] ** 2 + one * other


@case(V)
def largest_key(v):
    d = {"a": v[0], "b": v[1], "c": v[2]}
    return d[max(d, key=d.get)] ** 2 + d[min(d, key=lambda k: d[k])] * v[3]


@case(V)
def reduced_iterators(v):
    rotations = [np.array([[1.0, e], [-e, 1.0]]) for e in v]
    product = functools.reduce(np.matmul, reversed(rotations))
    return product[0, 1] + functools.reduce(
        lambda a, pair: a * pair[0] + pair[1], zip(v, v), 1.5
    )


@case(V)
def math_prod_fsum(v):
    return (
        math.prod(v)
        + math.fsum([e * e for e in v])
        + math.dist([v[0], v[1]], [v[2], v[3]])
    )


@case(np.outer(V[:3], V[1:3]))
def numpys_indices(a):
    s, b = 0.0, np.zeros_like(a)
    for (i, j), e in np.ndenumerate(a):
        b[i, j] = e**2 * (i + 1)
    for place in np.ndindex(a.shape):
        s = s + b[place] * a[place] * place[1]
    for i, j in np.ndindex(*a.shape):
        s = s + a[i, j] * b[i, 0] * j
    for place, e in np.ndenumerate(b * a):
        s = s + e * place[0]
    return s


@case(V)
def arranged_by_itertools(v):
    t = sum(a * b for a, b in itertools.combinations(v, 2))
    for a, b in itertools.permutations(v, 2):
        t += a / (2.5 + b)
    for a in itertools.accumulate(v):
        t += np.sin(a)
    for a in itertools.islice(v, 1, 4):
        t *= 1.0 + 0.01 * a
    last = max(itertools.accumulate(list(v), operator.mul))
    return t * last + sum(
        a * b for a, b in itertools.combinations_with_replacement(v, 2)
    )


@case(M, V)
def columns_of_rows(m, v):
    t = 0.0
    for first, second in zip(*m):
        t += first / (second + 3.0)
    rows = [[a * b for b in row] for a, row in zip(v, m)]
    columns = list(zip(*rows))
    return t * sum(max(column) * column[0] for column in columns)


@case(V, X)
def values_by_names(v, x):
    p = dict(zip(("a", "b", "c"), v))
    q = dict(zip(["a", "d"], (x * x, p["b"])))
    return p["a"] * q["a"] + sum(p.values()) * max(q.values()) + q["d"] * p["c"]


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


def test_nditer_is_refused_with_the_reason() -> None:
    def total(v):
        s = 0.0
        for e in np.nditer(v):
            s = s + e**2
        return s

    with pytest.raises(MissingRule, match="write the loop over indices"):
        grad(total, fallback="error")(V)
