"""Loops over suspect values run over their indices."""

import numpy as np
import pytest

from sourcediff.errors import CompileError
from sourcediff.kinds import Dict, Scalar
from tests.front.support import check, compiled, define, lowers, normal_form, stays

A = np.array([[0.3, 1.7], [-2.1, 0.4], [1.1, 0.9]])
V = [0.3, 1.7, -2.1]
NUMBER = Scalar(np.dtype(float))


def test_rows_of_an_array_are_views():
    lowers(
        """
        def f(x):
            for row in x:
                row *= 2.0
            return x
        """,
        """
        def f(x):
            for i in range(len(x)):
                row = x[i]
                row *= 2.0
            return x
        """,
        (A,),
        (A[:0],),
    )


def test_zip_ends_with_the_shortest():
    lowers(
        """
        def f(a, b):
            total = 0.0
            for x, y in zip(a, b):
                total += x * y
            return total
        """,
        """
        def f(a, b):
            total = 0.0
            for i in range(min(len(a), len(b))):
                x = a[i]
                y = b[i]
                total += x * y
            return total
        """,
        (V, V[:2]),
        ([], V),
        (A, A),
    )


def test_zip_strict_raises():
    check(
        define(
            """
            def f(a, b):
                total = 0.0
                for x, y in zip(a, b, strict=True):
                    total += x * y
                return total
            """
        ),
        (V, V),
    )
    function = define(
        """
        def f(a, b):
            for x, y in zip(a, b, strict=True):
                a = x * y
            return a
        """
    )
    with pytest.raises(ValueError, match="differ in length"):
        compiled(normal_form(function))(V, V[:2])


def test_enumerate_uses_the_users_counter():
    lowers(
        """
        def f(x):
            total = 0.0
            for k, v in enumerate(x):
                total += k * v
            for k, v in enumerate(x, start=2):
                total += k * v
            for n, (k, v) in enumerate(zip(range(5), x)):
                total += k * v * n
            return total
        """,
        """
        def f(x):
            total = 0.0
            for k in range(len(x)):
                v = x[k]
                total += k * v
            for i in range(len(x)):
                k = i + 2
                v = x[i]
                total += k * v
            for n in range(min(5, len(x))):
                k = n
                v = x[n]
                total += k * v * n
            return total
        """,
        (V,),
        ([],),
    )


def test_a_counter_that_the_body_rebinds():
    check(
        define(
            """
            def f(x):
                total = 0.0
                for k, v in enumerate(x):
                    k = k + 1
                    total += k * v
                return total, k
            """
        ),
        (V,),
    )


def test_reversed():
    lowers(
        """
        def f(x):
            y = 1.5
            for v in reversed(x):
                y = y * v + 1
            for i, v in reversed(list(enumerate(x))):
                y += i * v
            for u, v in zip(x, reversed(x)):
                y += u * v
            return y
        """,
        """
        def f(x):
            y = 1.5
            for j in reversed(range(len(x))):
                v = x[j]
                y = y * v + 1
            for i in reversed(range(len(x))):
                v = x[i]
                y += i * v
            length = len(x)
            for j in range(min(len(x), length)):
                u = x[j]
                v = x[length - 1 - j]
                y += u * v
            return y
        """,
        (V,),
        ([],),
    )


def test_items_and_values_of_a_dict():
    lowers(
        """
        def f(d):
            total = 0.0
            for k, v in d.items():
                total += v
                d[k] = total
            for v in d.values():
                total = total * v
            for k in d:
                total += d[k]
            for k, v in sorted(d.items()):
                total = note(total * v)
            return total
        """,
        """
        def f(d):
            total = 0.0
            for k in d:
                v = d[k]
                total += v
                d[k] = total
            for key in d:
                v = d[key]
                total = total * v
            for k in d:
                total += d[k]
            for k in sorted(d):
                v = d[k]
                total = note(total * v)
            return total
        """,
        ({"b": 1.5, "a": 2.25},),
        ({},),
    )


def test_items_of_dicts_in_parallel():
    check(
        define(
            """
            def f(d, e):
                total = 0.0
                for i, (k, v) in enumerate(d.items()):
                    total += i * v
                for (k, v), w in zip(d.items(), e.values()):
                    total += v * w
                for item in d.items():
                    total += item[1]
                return total
            """
        ),
        ({"a": 1.5, "b": 2.25}, {0: 0.5, 1: 1.25}),
        ({}, {}),
    )


def test_the_kind_of_a_parameter_tells_that_it_is_a_dict():
    text = """
        def f(p):
            total = 0.0
            for k in p:
                total += p[k]
            return total
        """
    kind = Dict((("a", NUMBER), ("b", NUMBER)))
    stays(text, ({"a": 1.5, "b": 2.25},), kinds={"p": kind})


def test_values_inside_of_parameters_get_names():
    lowers(
        """
        def f(p, x):
            for w in p['layers']:
                x = x * w
            for w in x[1:]:
                x = x + w
            return x
        """,
        """
        def f(p, x):
            layers = p['layers']
            for i in range(len(layers)):
                w = layers[i]
                x = x * w
            ws = x[1:]
            for i in range(len(ws)):
                w = ws[i]
                x = x + w
            return x
        """,
        ({"layers": [0.7, 1.3]}, np.array(V)),
    )


def test_a_name_that_the_loop_rebinds_is_kept():
    lowers(
        """
        def f(x):
            for v in x:
                x = v * 2
            return x
        """,
        """
        def f(x):
            all_x = x
            for i in range(len(all_x)):
                v = all_x[i]
                x = v * 2
            return x
        """,
        (V,),
        ([],),
    )


def test_nested_unpacking_and_displays():
    lowers(
        """
        def f(a, b):
            total = 0.0
            for (x, y), z in zip(a, b):
                total += x * y * z
            for u, v in ((total, 1.5), (2.5, b[0])):
                total = u + v
            return total
        """,
        """
        def f(a, b):
            total = 0.0
            for i in range(min(len(a), len(b))):
                x, y = a[i]
                z = b[i]
                total += x * y * z
            items = ((total, 1.5), (2.5, b[0]))
            for i in range(len(items)):
                u, v = items[i]
                total = u + v
            return total
        """,
        (A, V),
    )


def test_map_is_listed():
    check(
        define(
            """
            def f(x):
                total = 0.0
                for v in map(note, x):
                    total += v
                return total
            """
        ),
        (V,),
    )


def test_ranges_and_passive_loops_stay():
    stays(
        """
        def f(x, pairs, n):
            for i in range(int(x[0]), len(x)):
                x[i] = x[i - 1] * 2
            for i, j in pairs:
                x[i] += x[j]
            for i, j in zip(range(n), reversed(range(n))):
                x[i] += x[j]
            return x
        """,
        (np.array([1.3, 0.2, 0.7]), [(0, 1), (2, 1)], 2),
        suspects=["x"],
    )


def test_a_list_that_grows_under_the_loop_is_refused():
    function = define(
        """
        def f(x):
            for v in x:
                if v > 3:
                    x.append(v)
            return x
        """
    )
    with pytest.raises(CompileError, match=r"<test \d+>:5:13.*loop over a copy"):
        normal_form(function)


def test_own_names_that_hide_builtins():
    check(
        define(
            """
            def f(x, len, range):
                total = 0.0
                for v, w in zip(x, x):
                    total += v * w
                return total + len + range
            """
        ),
        (V, 0.5, 1.5),
    )
