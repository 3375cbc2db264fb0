"""Assignments of every shape, stores to attributes, passive statements."""

# Programs as users write them.
# ruff: noqa: F841, PIE790, RET504, UP037

import math

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, N, U, V, W, X, Y, Z

case = Cases()


@case(X, Y)
def chained(x, y):
    a = b = x * y
    a = a * x
    return a + b * b


@case(X, V)
def chained_array(x, v):
    a = b = v * x
    b = b + a
    return np.sum(a * b)


@case(V, W)
def chained_array_is_one_object(v, w):
    a = b = v * w
    a[0] = v[1]
    return np.sum(b * b)


@case(X, Y, Z)
def tuple_unpacking(x, y, z):
    a, b, c = x * y, y * z, z * x
    a, c = c, a
    return a * a + 2 * b + 3 * c


@case(V)
def unpacking_an_array(v):
    a, b, c, d, e = v
    return a * b + c * d * e


@case(M)
def unpacking_rows(m):
    a, b = m
    return np.sum(a * a * b)


@case(M)
def unpacking_nested(m):
    (a, b, c), row = m
    return a * b + c * row[0] * row[2]


@case(V)
def starred(v):
    first, *middle, last = v
    return first * last + sum(q * q for q in middle)


@case(X, Y, Z)
def starred_tuple(x, y, z):
    a, *rest = (x, x * y, z * z)
    return a * rest[0] * rest[1]


@case(X, Y)
def nested_unpacking(x, y):
    (a, (b, c)), d = (x, (y, x * y)), x * x
    return a + 2 * b + 3 * c * d


@case(X, Y)
def swap(x, y):
    a, b = x * x, y
    a, b = b, a
    a, b = b * a, a
    return a * a * b


@case(X, Y)
def rotation(x, y):
    a, b, c = x, y, x * y
    for _ in range(4):
        a, b, c = b, c, a * 1.1
    return a * a * b + c


@case(X, Y)
def augmented(x, y):
    a = x
    a += y
    a *= x
    a -= y * y
    a /= 1.5 + y * y
    a **= 2
    return a


@case(4.37, Y)
def augmented_mod(x, y):
    a = x * x
    a %= 3.0
    b = x * 2
    b //= 1.5
    return a * a * y + b * y


@case(M, N)
def augmented_matmul(m, n):
    a = m
    a = a @ n.T
    b = m.T
    a @= m @ n.T
    return np.sum(a * a) + np.sum(b)


@case(X, Y)
def walrus(x, y):
    if (a := x * y) < 0.0:
        a = a * x
    b = (c := a * 2.0) * c
    return a + b * c


@case(V, X)
def walrus_of_what_is_passive_for_x(v, x):
    total, i = 0.0, 0
    while (e := v[i]) < 1.5 and i < 4:
        if (f := v[i + 1]) > 0.0 and (g := f * e) < 3.0:
            total += g * x
        total += e * x + (e := f) * x * e
        i += 1
    return total * e


@case(V)
def walrus_in_while(v):
    total = 0.0
    k = 0
    while k < len(v) and (t := v[k] * v[k]) < 3.0:
        total += t * (k + 1.0)
        k += 1
    return total * t


@case(X, Y)
def walrus_in_comprehension(x, y):
    values = [(t := x * k) * t + y for k in range(4)]
    return sum(values) * t


@case(X, Y)
def annotated(x, y):
    a: float = x * y
    b: float
    b = a * a
    c: "np.ndarray" = np.array([a, b])
    return np.sum(c * c)


@case(X)
def overwritten(x):
    a = x * x
    b = a
    a = math.sin(b)
    a = a * b
    b = a * b
    return a + b


@case(X, Y)
def passive_statements(x, y):
    """A docstring."""
    pass
    label = f"x is {x:.3f} and y {y!r}"
    assert x > 0, f"x must be positive: {label}"
    assert label
    ...
    if x < 0:
        raise ValueError(f"negative: {x}")
    unused = [label, label.upper()]
    del unused
    return x * y


@case(X, Y)
def deleted(x, y):
    a = x * y
    b = a * a
    del a
    a = b * x
    del b
    return a


@case(V)
def errstate(v):
    with np.errstate(divide="ignore", invalid="ignore"):
        a = v / (v * v)
        a = a * v * v
    return np.sum(a * v)


@case(V)
def errstate_with_return(v):
    with np.errstate(all="ignore"):
        if v[0] > 0:
            return np.sum(v * v)
        a = 3.0
    return a * v[1]


@case(X, Y)
def shadowed_builtin(x, y):
    sum = x * y
    max = sum * sum
    return max + sum


@case(X, Y)
def reserved_looking_names(x, y):
    x_bar = x * y
    out_bar = x_bar * x
    branch = out_bar * 2.0
    x_saved = branch + out_bar
    t1 = x_saved * x_bar
    out = t1 * t1
    return out


@case(X, Y)
def names_of_modules(x, y):
    np_ = x * y
    math_ = np_ + 1.0
    y_bar = 2.0
    return np_ * math_ * y_bar


@case(X, V)
def dead_code(x, v):
    a = np.exp(v)
    b = x * x
    c = a * b
    a = v * 2.0
    if False:
        a = a * x
    return np.sum(a) * x


@case(X, Y)
def parameter_rebound(x, y):
    x = x * y
    x = x * x
    y = x + y
    x = y * x
    return x


@case(V, X)
def parameter_rebound_in_loop(v, x):
    for i in range(len(v)):
        x = x * v[i] + 0.5
    return x


@case(X, 3)
def integer_argument(x, n):
    n = n + 2
    m = n // 2
    return x**n + x * m


@case(X, Y)
def multiple_uses_of_one_expression(x, y):
    a = math.exp(x * y) + math.exp(x * y) * (x * y)
    return a * (x * y)


@case(X, V)
def mixed_scalar_and_array(x, v):
    a = x * v
    b = a.sum() * x
    return b * a[0] + (v - x).mean()


@case(U, V)
def literal_arrays(u, v):
    a = np.array([u[0], v[1] * u[1], 2.0])
    b = np.array([[u[0], 1.0], [v[0], v[1] * u[2]]])
    return np.sum(a * u) + np.sum(b @ b)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
