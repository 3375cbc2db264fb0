"""Assignments have one target each, as NumPy and Python evaluate them."""

import numpy as np
import pytest

from tests.front.support import check, compiled, define, lowers, normal_form, stays

V = np.array([0.3, 1.7, -2.1])
A = np.arange(6.0).reshape(3, 2) + 0.5


def test_chains():
    lowers(
        """
        def f(x):
            a = b = x * 2
            c = d = 0.0
            x[0] = x[1] = a[2]
            c += a[0] + b[0]
            d += x[1]
            return c + d
        """,
        """
        def f(x):
            a = x * 2
            b = a
            c = 0.0
            d = 0.0
            value = a[2]
            x[0] = value
            x[1] = value
            c += a[0] + b[0]
            d += x[1]
            return c + d
        """,
        (V,),
    )


def test_displays_without_dependence_are_single_assignments():
    lowers(
        """
        def f(x, y):
            a, b = x * 2, y * 3
            (c, d), e = (a, b), a + b
            [p, q] = c, d
            return p * q * e
        """,
        """
        def f(x, y):
            a = x * 2
            b = y * 3
            c = a
            d = b
            e = a + b
            p = c
            q = d
            return p * q * e
        """,
        (0.7, 1.3),
    )


def test_permutations_of_names_stay():
    stays(
        """
        def f(a, b, c):
            a, b = (b, a)
            a, b, c = (c, a, b)
            return a - 2 * b - 3 * c
        """,
        (0.7, 1.3, 2.1),
    )


def test_recurrences_compute_first_what_would_be_overwritten():
    lowers(
        """
        def f(a, b, n):
            for _ in range(n):
                a, b = b, a + b
            return a
        """,
        """
        def f(a, b, n):
            for _ in range(n):
                new_b = a + b
                a = b
                b = new_b
            return a
        """,
        (0.7, 1.3, 5),
        (0.7, 1.3, 0),
    )


def test_effects_keep_their_order():
    check(
        define(
            """
            def f(a, b):
                a, b, c = note(b), note(a), note(a + b)
                return a - 2 * b + c
            """
        ),
        (0.7, 1.3),
    )


def test_swapped_elements_and_rows():
    lowers(
        """
        def f(x, i, j):
            x[i], x[j] = x[j], x[i]
            return x
        """,
        """
        def f(x, i, j):
            value = x[i]
            x[i] = x[j]
            x[j] = value
            return x
        """,
        (V, 0, 2),
        (A, 0, 2),
        ([1.5, 2.5], 0, 1),
    )


def test_values_of_calls_stay_unpacked():
    stays(
        """
        def f(x):
            a, b = note([x, x * 2])
            return a * b
        """,
        (0.7,),
    )


def test_other_targets_go_through_names():
    lowers(
        """
        def f(x, v):
            (a, b), v[0] = note([(x, x * 2), 1.5])
            return a * b * v[0]
        """,
        """
        def f(x, v):
            pair, value = note([(x, x * 2), 1.5])
            a, b = pair
            v[0] = value
            return a * b * v[0]
        """,
        (0.7, V),
    )


def test_stars():
    lowers(
        """
        def f(x):
            first, *middle, last = x
            *start, end = [v * 2 for v in x]
            return first + last * 2 + middle[0] * 3 + start[0] * 4 + end
        """,
        """
        def f(x):
            if len(x) < 2:
                raise ValueError('not enough values to unpack')
            first = x[0]
            middle = []
            for i in range(1, len(x) - 1):
                middle.append(x[i])
            last = x[-1]
            items = []
            for i in range(len(x)):
                v = x[i]
                items.append(v * 2)
            start = []
            for i in range(len(items) - 1):
                start.append(items[i])
            end = items[-1]
            return first + last * 2 + middle[0] * 3 + start[0] * 4 + end
        """,
        (V,),
        ((0.3, 0.5, 0.9, 1.1),),
    )


def test_a_value_that_is_too_short_raises():
    function = define(
        """
        def f(x):
            a, *b, c = x
            return a * c
        """
    )
    with pytest.raises(ValueError, match="not enough values"):
        compiled(normal_form(function))([0.7])


def test_a_star_over_its_own_name():
    check(
        define(
            """
            def f(x):
                x, *y = x
                y, *x = y
                return y, x
            """
        ),
        (V,),
    )


def test_passive_assignments_stay():
    stays(
        """
        def f(x, n):
            i = j = n
            i, j = (j + 1, i)
            rows, columns = x.shape
            (p, q), *r = ((1, 2), 3, 4)
            return x[i - 2, j - 1] * rows * columns * p * q * r[0]
        """,
        (A, 1),
        suspects=["x"],
    )
