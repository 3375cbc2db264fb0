"""Decisions, jumps and loops."""

# Programs as users write them.
# ruff: noqa: B007, B905, PLW0120, PLW2901, RET505, RUF021, SIM108, SIM118

import math

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, U, V, W, X, Y, Z

case = Cases()


@case(X, Y)
def branches(x, y):
    if x < 0:
        a = x * y
    elif x < 1:
        a = x + y
    elif x < 2 and y < 0:
        a = x * x * y
    else:
        a = y
    return a * x


@case(X, Y)
def branch_without_else(x, y):
    a = x * y
    if a < 0:
        a = a * a
        a = a * x
    return a


@case(X, Y)
def branch_overwrites_its_test(x, y):
    a = x
    if a > 1:
        a = a - 2.0
        a = a * a * y
        x = a
    return x * a


@case(X, Y)
def nested_branches(x, y):
    if x > 1:
        if y > 0:
            a = x
        else:
            a = x * y
            if a < -1:
                a = a * a
            else:
                a = a + x
    else:
        a = y
    return a * a


@case(X, Y)
def ternary(x, y):
    a = x * y if x > 1 else x + y
    b = (y if y > 0 else -y) if a < 0 else x
    return a * b * (x if x > y else y)


@case(X, Y)
def ternary_shields(x, y):
    a = math.log(y) if y > 0 else math.log(-y)
    return a * x


@case(X, Y, Z)
def boolean_operators(x, y, z):
    if x > 0 and y > 0 or not z < 0 and x > y:
        a = x * z
    else:
        a = y
    flag = x > 1 and (y < 0 or z < 0)
    return a * (x if flag else y) + (x and y) * (0.0 or z)


@case(X, Y, Z)
def chained_comparison(x, y, z):
    if y < z < x:
        return x * y * z
    return x


@case(X, 3)
def membership(x, n):
    a = x * x if n in (1, 2, 3) else x
    b = a if n not in {4: 0} else 2 * a
    c = None
    if c is None:
        b = b * x
    if c is not None:
        b = b * 7.0
    return a * b


@case(X, Y)
def mode_string(x, y, mode="fast"):
    if mode == "slow":
        return x
    elif mode in ("fast", "faster"):
        return x * y * y
    return y


@case(X, Y)
def early_returns(x, y):
    if x < 0:
        return y
    a = x * y
    if a > 0:
        return a
    b = a * x
    if b < -1:
        return b * b * y
    return b


@case(V)
def return_from_a_loop(v):
    total = 0.0
    for i in range(len(v)):
        total += v[i] * v[i]
        if total > 3.0:
            return total * v[i]
    return total


@case(V, 2.0)
def return_from_nested_loops(v, limit):
    total = limit * 0.1
    for i in range(len(v)):
        for j in range(i):
            total = total + v[i] * v[j]
            if total < -limit:
                return total * total * v[j]
        total *= 1.1
    return total


@case(V)
def return_in_while(v):
    k = 0
    t = 1.0
    while True:
        t = t * (1.0 + 0.1 * v[k])
        k += 1
        if k == 4:
            return t * t


@case(X)
def range_steps(x):
    a = x
    for i in range(5, 0, -2):
        a = a * x + i
    for i in range(0, 7, 3):
        a = a + x * i
    for i in range(1, 2):
        a = a * a
    for i in range(-3, 4, 2):
        a = a + math.sin(x * i)
    return a


@case(X, 4, -1)
def range_with_variable_step(x, n, step):
    a = x
    for i in range(n, 0, step):
        a = a * x + i
    return a


@case(X, 0)
def zero_trips(x, n):
    a = x * x
    for i in range(n):
        a = a * x
    for i in range(3, 1):
        a = a * i
    while a < 0:
        a = a + x
    return a * x


@case(X, 0)
def zero_trips_first_binding(x, n):
    for i in range(n):
        b = x * i
    if n > 0:
        return b
    return x * x * x


@case(X, 3)
def last_loop_variable(x, n):
    a = 0.0
    for i in range(n):
        a += x * i
    return a * i + x**i


@case(X, 3)
def loop_variable_overwritten(x, n):
    a = x
    for i in range(n):
        i = i * 2
        a = a * x + i
    return a * i


@case(X, 3)
def loop_bound_overwritten(x, n):
    a = x
    for i in range(n):
        n = n + 1
        a = a * x + n
    return a


@case(X, 3)
def nested_loops(x, n):
    a = x
    for i in range(n):
        b = a
        for j in range(i + 1):
            b = b * x + j
        a = a + b * i
    return a


@case(X, 4)
def triangular_loops(x, n):
    a = 0.0
    for i in range(n):
        for j in range(i, n):
            a = a * 0.9 + x * math.cos(a * i + j)
    return a


@case(V)
def loop_over_array(v):
    a = 1.0
    for e in v:
        a = a * (1.0 + e * e)
    return a


@case(M)
def loop_over_rows(m):
    a = np.zeros(3)
    for row in m:
        a = a * row + row * row
    return np.sum(a)


@case(M)
def loop_over_rows_and_entries(m):
    a = 0.3
    for row in m:
        for e in row:
            a = a * e + e
    return a


@case(X, Y)
def loop_over_tuple(x, y):
    a = 1.0
    for e in (x, y, x * y):
        a = a * e + e
    for k in [1, 2, 3]:
        a = a * x + k
    return a


@case([0.4, 1.3, -0.6])
def loop_over_list(values):
    a = 1.0
    for e in values:
        a = a * e + e * e
    return a


@case(V, W)
def enumerated(v, w):
    a = 0.0
    for i, e in enumerate(v):
        a += e * w[i] * i
    for i, e in enumerate(w, 2):
        a = a * 0.5 + e**i
    return a


@case(V, W)
def zipped(v, w):
    a = 0.0
    for p, q in zip(v, w):
        a = a * 0.5 + p * q
    for i, (p, q) in enumerate(zip(v, w)):
        a += p * q * q * i
    return a


@case(V, U)
def zipped_of_unequal_lengths(v, u):
    a = 0.0
    for p, q in zip(v, u):
        a = a * 0.5 + p * q
    return a


@case(V)
def reversed_loops(v):
    a = 0.2
    for e in reversed(v):
        a = a * e + e
    for i in reversed(range(len(v))):
        a = a + a * v[i]
    for e in v[::-1]:
        a = a * 0.5 + e * e
    return a


@case(V)
def loop_over_slices(v):
    a = 0.1
    for e in v[1:4]:
        a = a * e + e * e
    for e in v * v:
        a = a + e * a
    return a


@case({"p": 1.2, "q": -0.7})
def loop_over_dict_items(weights):
    a = 1.0
    for key, value in weights.items():
        a = a * value + (2.0 if key == "q" else 1.0) * value
    for value in weights.values():
        a = a * value
    for key in weights:
        a = a + weights[key] * a
    for key in weights.keys():
        a = a * 0.9 + weights[key]
    return a


@case(X)
def while_loop(x):
    a = x
    n = 0
    while a < 40.0:
        a = a * x + 0.7
        n += 1
    return a * n


@case(X)
def while_changing_its_own_test(x):
    a, b = x, 1.0
    while abs(a * b) > 0.01:
        a = a * 0.4
        b = b * x * 0.7
    return a / b


@case(X, Y)
def break_in_for(x, y):
    a = x
    for i in range(10):
        a = a * x + y
        if a > 5.0:
            break
        a = a + 0.1 * x
    return a * i


@case(X, Y)
def continue_in_for(x, y):
    a = x
    for i in range(6):
        if i % 2 == 0:
            a = a + y * i
            continue
        b = a * x
        a = b - y
    return a * b


@case(X, Y)
def break_and_continue(x, y):
    a = x
    n = 0
    while True:
        n += 1
        if n % 3 == 0:
            a = a - 0.3 * y
            continue
        if n > 7:
            break
        a = a + x * y * 0.1
        a = a * 1.1
    return a * a


@case(X)
def for_else(x):
    a = x
    for i in range(3):
        a = a * x
        if a > 100:
            break
    else:
        a = a * a
    for i in range(5):
        a = a * x
        if a > 10:
            break
    else:
        a = a * 1000.0
    return a


@case(X)
def while_else(x):
    a = x
    n = 0
    while n < 3:
        a = a * x + n
        n += 1
    else:
        a = a * a * 0.1
    while a > 0:
        a = a - x
        if a < 1.0:
            break
    else:
        a = a * 1000.0
    return a * x


@case(X)
def break_from_inner_loop(x):
    a = x
    for i in range(4):
        for j in range(5):
            if j > i:
                break
            a = a * 0.8 + x * j
        else:
            a = a * 100.0
        if a > 4.0:
            continue
        a = a + x
    return a


@case(X)
def newton(c):
    x = c
    for _ in range(50):
        step = (x * x - c) / (2 * x)
        x = x - step
        if abs(step) < 1e-14:
            break
    return x * c


@case(V)
def branches_in_loop(v):
    a = 1.0
    b = 0.5
    for i in range(len(v)):
        if v[i] > 0:
            a = a * v[i]
        elif a > 0.2:
            b = b + a * v[i]
        else:
            a = a - v[i]
            b = b * a
    return a * b


@case(X)
def bound_in_one_branch_of_a_loop(x):
    total = 0.0
    for i in range(5):
        if i == 1:
            extra = x * x
        if i > 2:
            total += extra * i * x
    return total


@case(X, Y)
def carried_over_iterations(x, y):
    previous = x
    current = y
    for _ in range(5):
        following = 0.5 * current + previous * x
        previous = current
        current = following
    return current * previous


@case(X)
def loop_rebinds_type(x):
    a = 1
    for _ in range(3):
        a = a * x
    return a


@case(X, V)
def loop_rebinds_scalar_to_array(x, v):
    a = x
    for _ in range(3):
        a = a * v + 0.1
    return np.sum(a)


@case(V)
def any_and_all(v):
    if np.any(v > 1) and not np.all(v > 0):
        return np.sum(v * v)
    return np.sum(v)


@case(X)
def match_statement(x, kind="b"):
    match kind:
        case "a":
            return x
        case "b":
            y = x * x
        case _:
            y = 0.0
    return y * x


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
