"""Programs that random search found to be wrong once, in their smallest form."""

# Programs as users write them.
# ruff: noqa: E731, PLW0120, B007, B905, F841, PLW0127, PLW0128, RUF059

import math

import numpy as np

from sourcediff import value_and_grad
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, N, S, U, V, W, X, Y

case = Cases()


@case(M, X)
def parameter_rebound_to_a_number(m, x):
    m = 0.5
    return m * x


@case(V, X)
def parameter_rebound_in_a_tuple(v, x):
    v, s = 0.5, x
    return s + v


@case(M, X)
def chained_constants(m, x):
    s = t = 4
    return np.sum(m) * x


@case(X, Y)
def chained_to_one_name(x, y):
    x = x = 0.7
    return x * y


@case(X, Y)
def parameters_swapped(x, y):
    x, y = y, x
    return x + 0.5 * y


@case(X, Y)
def parameters_swapped_twice(x, y):
    x, y = y, x
    a = y
    x, y = y, x
    return x + np.sin(a) * y


@case(V)
def list_of_ratios(v):
    return sum([1.1 / e**2 for e in v])


@case(V)
def list_of_ratios_of_integers(v):
    return sum([q / (1.3 + v[2]) for q in range(2)])


@case(M)
def mask_of_what_is_written(m):
    m[m > 0.1] *= np.mean(m)
    return np.sum(m)


@case(M)
def mask_of_what_is_written_through_an_alias(m):
    a = m
    m[m > 0.3] = np.mean(a)
    return np.sum(a)


@case(S)
def tuple_store_through_a_transposed_alias(s):
    u = s.T
    for i in range(0, 3, 2):
        u[i % 2], u[0] = 0.5, 0.5
        a = s
    b = np.arange(5) * 0.5
    b[4] -= u[1][-3]
    return np.sum(b) + np.sum(a)


@case(M, X)
def added_at_through_an_alias(m, x):
    u = m
    w = u
    np.add.at(w, 0, sum(x for q in range(2)))
    a = u
    return np.sum(a)


def store_total(x, m):
    m[0] = sum(x for q in range(1))


@case(M, X)
def generator_as_an_argument_of_a_writing_helper(m, x):
    store_total(sum(x for q in range(1)), m)
    return np.sum(m)


@case(V, M)
def out_through_an_alias_and_zip(v, m):
    u = m
    np.sin(m, out=m)
    for e, row in zip(v, u):
        pass
    return np.sum(u)


def two_numbers(a, b):
    return 0.5, 1.3


def two_products(a, b):
    return a * b, a + b


@case(M)
def unused_arguments_of_a_helper(m):
    p, q = two_numbers(np.array(np.mean(m)), 0.5)
    r, s = two_numbers(0.5, m[-2])
    return p + r


@case(M, X)
def results_of_a_helper_in_one_branch(m, x):
    p, q = two_products(m[-2, 0], x)
    if x > 9:
        p, q = two_products(q, p)
    return p


def clipped(a, x, b):
    k = 0
    while k < 3 and np.all(b > 0.1):
        k += 1
    return max(x, a[-1])


@case(X, V)
def helper_in_a_loop_with_expressions(x, v):
    for i in range(0, 3, 2):
        a = np.sqrt(1.0 + v**2)
        x = clipped(a[-3:], np.tanh(x), a[[3, 1, 4]]) * 0.3 * i
    return x + np.sum(v * v)


@case(M)
def alias_before_a_branch(m):
    u = m
    if np.sum(m) > 0:
        pass
    else:
        pass
    m[:] -= 0.5
    return np.sum(u)


@case(M, X)
def alias_before_a_ternary(m, x):
    a = m
    m[:] = x
    s = 0.5 if x > 0.6 else x
    return np.sum(a) * s


@case(M, V)
def alias_before_a_loop(m, v):
    u = m
    m *= 2.0
    for e in v:
        m[0, 0] += e
    return np.sum(u * u)


@case(M, N)
def swapped_arguments_are_written(m, n):
    m, n = n, m
    n[:] = 0.5
    return np.sum(n) + np.sum(m * m)


@case(M)
def argument_bound_to_itself_and_written(m):
    kept = [0.5, max(0, m[1, 1]), 2]
    m = m
    m[:] = 0.5
    return sum(kept) * m[0, 0]


@case(V)
def comprehension_before_a_write(v):
    items = [np.cos(v[-1]) for e in v]
    v = v
    v[2] = 0.5
    return np.sum(np.sin(v)) + sum(items)


@case(V)
def written_through_an_alias_of_an_argument(v):
    a = v
    a[2] *= v[2]
    return np.sum(v)


@case(V, W)
def parameter_rebound_to_another_and_written(v, w):
    w = v
    w[2] -= v[2] * v[2]
    d = {"p": 1.1, "q": w}
    return np.sum(d["q"])


@case(V)
def element_read_through_an_alias(v):
    a = v
    v = a
    u = v[1]
    v[1:3] -= u
    s = t = a[2]
    return t


@case(M)
def unused_augmented_argument(m):
    m += 0.5
    return 0.5


@case(M, V)
def augmented_by_itself_through_an_alias(m, v):
    m = v
    m -= v
    return np.sum(v)


@case(X)
def array_in_a_dict_written_through_two_aliases(x):
    a = np.arange(9) * x
    d = {"p": 0.5, "q": a}
    b = a
    u = a
    u[0] += b[2]
    return np.sum(d["q"])


@case(V)
def out_positional_through_a_strided_view(v):
    u = v[1:3]
    w = v[None][0, ::2]
    np.add(0.5, np.sin(u), w[:2])
    return np.sum(u)


@case(M)
def list_of_ratios_of_elements(m):
    items = [0.5 / m[1 - q, (q + 1) % 2] for q in range(2)]
    s = t = sum(items)
    return t


@case(V)
def list_of_ratios_of_powers(v):
    return sum([0.5 / v[q] ** 2 for q in range(3)])


@case(M, Y, U)
def element_through_two_views(m, y, u):
    m[0, 1:-1] = y
    a = u[:-1]
    b = u[None, :][0, 1:3]
    b = b
    a[-2] += np.sin(y)
    rows = m[:-1]
    return np.sum(m * m) + np.sum(a * a) + np.sum(np.sin(b)) + np.sum(rows * rows)


@case(V, X)
def alias_of_a_dict_with_a_new_key(v, x):
    d = {"p": 0.5, "q": v}
    e = d
    e[2] = x
    return np.sum(d["q"]) * d[2]


@case(V)
def alias_rebound_to_a_number(v):
    u = v
    u[2] = 0.5
    u = 0.5
    return np.sum(v) * u


@case(M)
def view_rebound_in_a_branch(m):
    u = m.T
    m[-2], m[1] = 0.5, m[0, 0]
    if u[1, -1] > 0:
        u = 1.3
    return np.sum(m)


@case(V)
def argument_written_in_a_loop_over_itself(v):
    for e in v:
        np.sin(0.5 * v, out=v)
        v = v
    return np.sum(v)


@case(X, S)
def loops_over_rows_then_rebound(x, s):
    for k, row in enumerate(s):
        for j, e in enumerate(row):
            x = s[j, k]
    x = s
    s += 0.5
    items = [np.sum(row) for row in x]
    return items[0]


@case(X)
def sum_of_an_array_in_a_dict(x):
    d = {"p": 0.5, "q": np.arange(6) * x}
    return np.sum(d["q"]) * 0.5


@case(M)
def product_of_views_before_a_write(m):
    u = m.T
    u = m.T * u
    m[1] -= 1
    return np.sum(u)


@case(M)
def element_read_then_mask_of_a_constant(m):
    u = m
    t = u[0][1]
    s = t * m[0][1]
    u[0.5 > 0.3] = 1.1
    return s


@case(X)
def list_of_numbers_divided(x):
    items = [x / (1.2 + q**2) for q in range(2)]
    return sum(items)


@case(M)
def dict_alias_and_transposes(m):
    d = {"p": 0.25, "q": m}
    m += m[0, 0]
    m = m.T
    u = m.T
    k = 0
    while k < 1:
        k += 1
    u[-1] = u[(k + 1) % 2] - u[k]
    return np.sum(d["q"]) * d["p"] + np.sum(u * u)


@case(V)
def array_written_while_it_is_zipped(v):
    for e, g in zip(v, v):
        v[...] = e * 0.5
    return np.sum(v * v)


@case(M)
def parameter_rebound_then_aliased(m):
    m = m
    m = m[:, -1][:, None] ** 2
    u = m
    u[:1] -= 0.5
    return np.sum(m)


def three_norms(x):
    a = x
    return sum(np.linalg.norm(a) for q in range(3))


@case(X, M)
def written_after_a_helper_has_kept_it(x, m):
    x = three_norms(m)
    m[1] = 0.5
    return x + np.sum(np.sin(m))


@case(S, V)
def name_rebound_from_number_to_argument(s, v):
    a, b = 0.5, np.sum(np.full(2, s[2, -3]))
    b = v
    u = b
    u[...] = 0.5
    return np.sum(v)


@case(M)
def return_of_a_dict_entry_in_a_loop(m):
    for i in range(0, 4, 2):
        d = {"p": m[i][i], "q": 0.5}
        return d["p"]
    return 0.0


@case(V)
def array_from_a_total_in_a_dict(v):
    d = {"p": 0.6, "q": np.arange(5) * v.sum()}
    return np.sum(d["q"]) * 0.5


@case(V)
def captured_argument_written(v):
    def put(z, scale=0.7):
        v[1] = 0.5 * z

    put(0.5)
    return np.sum(v * v)


@case(V)
def captured_argument_written_and_unused(v):
    def put(z, scale=0.7):
        v[1] = 0.5

    put(0.5)
    return 0.5 * v[0]


@case(S)
def alias_kept_while_the_parameter_is_rebound(s):
    g = s
    s[2] = 0.5
    a, s = 0.5, np.min(s)
    return np.sum(g)


def swap_first(a, b, c):
    c[0], c[1] = 1, 0


@case(V)
def helper_stores_integers(v):
    u = v
    swap_first(0.5, 0.5, v)
    c = u
    u = v[0]
    return u + np.sum(c * c)


def countdown(x, y, n=2):
    if y < 9:
        return x[1]
    return countdown(x, y, n - 1)


@case(V, X)
def recursion_by_a_default(v, x):
    return countdown(v * v, max(x, v[0])) + np.sum(v * v)


def nested_countdown(x, y, n=2):
    if n == 0:
        return x[0] / (1.2 + y**2)
    x[-1] *= np.prod(x)
    return 0.5 * nested_countdown(x, y, n - 1) + np.linalg.norm(x) + y


@case(V, X)
def writing_recursion(v, x):
    a = v * x
    return nested_countdown(a, 0.25 * x) * 1.1 + a[-1]


@case(V, X)
def else_of_a_loop_writes(v, x):
    for i in range(1):
        pass
    else:
        v[3] *= x
    return np.sum(v)


@case(V)
def else_of_a_while_writes(v):
    x, s = np.log(1.5 + np.dot(v, v)), v[3]
    a = v
    k = 0
    while k < 3:
        k += 1
    else:
        v -= v * v
    return x + np.sum(np.sin(a)) + s * s


@case(V)
def return_of_a_list_entry_in_a_loop(v):
    for i in range(1):
        g = [0.5, v]
        return np.sum(g[1])
    return 0.0


@case(M, {"p": 0.7})
def rows_of_a_zip_are_added_to(m, d):
    for row, other in zip(m, m):
        np.add.at(other, 0, d["p"])
    return np.sum(m)


@case(V)
def buffers_swapped_while_zipped(v):
    u = v
    u = 0.5 - u
    for e, g in zip(v, v):
        v, u = u, v
        u[0] -= 0.5
    return np.sum(v)


@case(M)
def quotient_in_a_dict_is_scaled(m):
    d = {"p": m, "q": 0.5 / m}
    d["q"][1] *= 0.5
    return np.sum(d["q"])


@case(M)
def exponential_in_a_list_is_scaled(m):
    items = [np.exp(m), np.sqrt(1.0 + m * m)]
    items[0][1] *= m[0]
    items[1] *= items[0]
    return np.sum(items[0]) + np.sum(items[1])


@case(V)
def exponential_scaled_in_place(v):
    a = np.exp(v)
    b = np.tanh(a)
    a *= v
    b += a
    return np.sum(a * b)


@case(M)
def alias_negated_after_a_write(m):
    a = m
    u = a
    a[:, -1] = 0.5
    u = -u
    return np.sum(u)


@case(X, Y)
def parameters_swapped_and_subtracted(x, y):
    x, y = y, x
    y -= x
    return y


@case(V)
def constant_lambda(v):
    g = lambda z: 0.5
    s = g(v)
    return s * v[0]


def lowers(x):
    x[2] -= 0.5
    return 0.5, 0.5


@case(V, X)
def product_before_a_helper_writes(v, x):
    a = x * v
    p, q = lowers(v)
    return np.sum(a) * p


@case(V)
def enumerated_array_is_added_to(v):
    for k, e in enumerate(v):
        v += e
    g = lambda z: v[3]
    return g(0.5)


@case(V, {"p": 0.7})
def passive_array_is_added_to_while_enumerated(v, d):
    for k, e in enumerate(v):
        v += e
    return v[3] * d["p"]


def fills(x, y):
    x.fill(0.5)
    return 1.1, 1.1


@case(V)
def helper_fills_a_gathered_copy(v):
    p, q = fills(v[[3, 2, 2]], 3)
    return np.sum(v)


@case(X, V)
def functions_without_an_active_result(x, v):
    def nothing(z, scale=0.7):
        pass

    s = nothing(x)
    g = lambda z: 0.5
    t = g(v)
    return t * x


@case(X, M)
def number_rebound_to_an_argument_that_is_written(x, m):
    x = m
    m[:] *= 0.5
    return np.sum(x)


@case([0.7, -0.4, 1.2], X)
def list_argument_grows(values, x):
    for i in range(4, 1, -1):
        values.append(0.5 * x)
    return values[1] * values[-1]


@case([0.7, -0.4, 1.2])
def list_argument_grows_unused(values):
    for i in range(4, 1, -1):
        values.append(0.5)
    return 0.5 * values[0]


@case(X)
def number_rebound_to_an_alias_of_its_array(x):
    a = np.full(3, x)
    u = a
    x = u
    a[:] = 0.5
    return np.sum(x)


def scales_its_second(x, y):
    y[3] *= y[0]
    return x, x


@case(V, X)
def gathered_copy_is_written_by_a_helper(v, x):
    p, q = scales_its_second(x, v[[3, 2, 2, 1, 0]])
    return np.sum(v) + p


@case(V, X)
def loop_else_without_derivative(v, x):
    s = 0.7
    for i in range(1):
        pass
    else:
        s += np.sum(v)
    return s * x


@case(X, V)
def list_bound_in_a_loop_that_returns(x, v):
    k = 0
    while k < 1 and v[2] > 5.0:
        items = [v, v]
        return np.sum(items[0])
    return x


@case(V, X)
def view_rebound_to_a_quotient(v, x):
    v *= 2.0
    r = v
    if x > 5.0:
        r[0] *= 3.0
    else:
        r = r / (1.3 + r**2)
    r[1] *= r[0]
    return np.sum(np.sin(r)) + np.sum(v)


@case(V, X)
def clipped_then_written_through_a_view(v, x):
    v = np.clip(v, -0.8, 1.2)
    v[:2][...] = x + v[:2]
    return np.sum(v)


@case(V, X)
def local_function_writes_what_it_captures(v, x):
    def writes(z):
        v[1] = z

    s = writes(0.4)
    return x * x


def twice(v):
    return np.exp(v), v * 2.0


@case(V, X)
def result_in_a_tuple_is_written(v, x):
    r, q = twice(v)
    r[0] = x
    r *= r
    return np.sum(r * q)


@case(V)
def array_rebound_to_its_sum(v):
    s = v.sum()
    g = lambda z: s
    v = g(v[0])
    return v * v


@case(M)
def swapped_then_written_by_out(m):
    a = m * m
    a, m = m, a
    np.sin(m, out=a)
    return np.sum(a)


@case(Y, X)
def unused_number_rebound_to_an_array(y, x):
    y = np.full((5,), x)
    d = {"p": x, "q": y}
    d["q"] = y
    return np.sum(y)


@case([0.7, -0.4, 1.2])
def element_of_a_list_from_its_sum(values):
    values[-2] = np.cos(sum(values))
    return sum(values)


@case(M)
def array_in_a_dict_replaced_by_its_square(m):
    u = m[:2]
    d = {"p": m[0, 1], "q": m}
    d["q"] = m * m
    return np.sum(u) * np.sum(d["q"])


@case(V, X)
def local_function_writes_what_is_rebound(v, x):
    def writes(z, scale=0.7):
        v[2] = z
        return scale * z

    v = writes(x * v[0])
    return v * x


@case(M, {"p": 0.7})
def rows_are_read_before_they_are_overwritten(m, d):
    for row, other in zip(m, m):
        d["p"] *= row[0]
    m[...] = 2.0
    return np.sum(m) * d["p"]


@case(V)
def dict_by_numbers_and_its_items(v):
    table = {2 * k: e for k, e in enumerate(v)}
    return sum(e * k for k, e in table.items())


@case(X)
def sum_of_a_scaled_element_is_subtracted(x):
    a = np.full((3, 3), x)
    for i in range(1):
        a -= (np.ones(4) * a[2, i]).sum()
    return np.sum(a)


@case(V, X)
def mean_of_an_array_or_a_number(v, x):
    t = v if x > 1e3 else x
    return np.mean(t) * v[1]


@case(X)
def a_view_made_in_the_loop_writes_what_the_loop_walks_through(x):
    a = np.arange(1.5, 4.0)
    for first, second in zip(a, a):
        u = a[:-1]
        x *= first + second
        u *= u
    return x


@case(X)
def what_a_loop_walks_through_is_written_and_rebound_in_it(x):
    a = np.arange(1.5, 4.0)
    for first in a:
        b = a
        b[1:] *= 1.2
        a = np.ones(2)
        x *= first
    return x + a[0]


@case(np.array([[0.4, 1.3], [-0.7, 0.9], [1.1, -0.2]]), np.array([[0.3, 0.8, 1.2]] * 2))
def what_is_stored_flows_to_an_item_and_to_the_items(rows, m):
    for row in rows:
        m[:, 1] = row - rows[2]
    return np.sum(m)


@case(V, np.array([3, 1, 2, 5, 4]), 2)
def a_loop_that_continues_and_overwrites_what_is_needed(x, k, c):
    y = x * k
    n = 0
    while n < 3:
        n += 1
        if n == c:
            continue
        k[n % 2] *= 2
    return np.sum(y * y * k)


@case(V)
def a_view_of_what_is_bound_anew_from_the_view(x):
    a = x[:2]
    for _ in range(2):
        b = a[::1]
        b[[1, 0, 0]] = b[[1, 1, 0]]
        a = b * a
    return np.sum(a)


@case(X)
def a_number_that_a_local_function_reads(x):
    numbers = [0.7 for _ in range(3)]
    k = 0
    y = 1.1
    y *= min(numbers[k], x)
    g = lambda z: (k for q in range(2))
    unread = g(numbers)
    return y


@case(M)
def what_a_name_is_added_to_gets_a_cotangent_of_its_own(m):
    kept = {"item": m[1][-2], "square": m**2}
    m[0, 1] = kept["item"]
    m = kept["square"] + m
    return np.sum(m)


@case(M, N)
def both_of_a_swap_go_on(m, n):
    square = m**2
    m[0, 1] = n[1, 0]
    n[1, 1] = m[1, 0]
    m, n = n + square, m + n
    return np.sum(m) + np.sum(n)


@case(M, N, V)
def exchanged_names_of_what_is_written(m, n, v):
    m, n = (n, m)
    n[1, 1:1] = np.prod(v)
    size = np.dot(v.ravel(), v.ravel())

    def store(z, scale=0.7):
        m[1, 1] = size

    made = store(size)
    return np.sum(n)


@case(M, N)
def views_of_two_at_once(m, n):
    m = m * 1.3
    n = n * m
    a, b = m[0], n.T
    a[1] = a[0] * b[2, 1]
    b[0] *= b[1]
    n[1, 2] = m[0, 1] * a[2]
    return np.sum(a * b[:, 1]) + np.sum(m * n)


@case(U)
def quotient_of_gathered_elements_of_a_written_array(u):
    u[:][1:1] -= 2
    u = u[[1, 0, 0]] * (u / u[[1, 2, 1]])
    return np.sum(u)


def _write_the_norm(a):
    a[1, 2] = np.linalg.norm(a)


@case(M)
def parameter_bound_anew_while_others_hold_its_memory(m):
    one = m
    other = one
    _write_the_norm(other)
    twice = one * 2
    m = twice
    return np.sum(other)


@case(M, V)
def array_bound_anew_while_a_view_of_a_view_is_used(m, v):
    row = m[0]
    row[0] = row[2]
    same = row
    same[1] = v[0]
    for _ in range(1):
        m = 0.7 * m + m[:, 1:2]
    return np.sum(m[1] * same)


def test_a_list_is_put_back_that_a_local_function_reads():
    def f(x, y, z, table):
        for _ in range(0):
            pass
        numbers = [sum(q for q in range(1)) for e in x]
        for i in range(1, -1, -1):
            g = lambda z: math.atan(numbers[i])  # noqa: B023
            s = g(y[1])
        return np.sum(z)

    table = {"p": 1.5, "q": M}
    found = value_and_grad(f, wrt="table", fallback="error")(V, W, U, table)
    np.testing.assert_equal(found, (np.sum(U), {"p": 0.0, "q": np.zeros_like(M)}))


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
