"""Comprehensions of suspect elements are loops."""

import numpy as np
import pytest

from sourcediff.errors import CompileError
from tests.front.support import check, define, lowers, normal_form, stays

V = [0.3, 1.7, -2.1]


def test_a_list():
    lowers(
        """
        def f(x, n):
            ys = [note(x * i) for i in range(n) if i != 1]
            return ys
        """,
        """
        def f(x, n):
            ys = []
            for i in range(n):
                if i != 1:
                    ys.append(note(x * i))
            return ys
        """,
        (0.7, 0),
        (0.7, 4),
    )


def test_a_list_that_reads_its_own_target_is_made_beside_it():
    lowers(
        """
        def f(xs):
            xs = [2 * x for x in xs]
            return xs
        """,
        """
        def f(xs):
            items = []
            for i in range(len(xs)):
                x = xs[i]
                items.append(2 * x)
            xs = items
            return xs
        """,
        (V,),
        ([],),
    )


def test_nested_lists_and_loops():
    lowers(
        """
        def f(xs, ys):
            rows = [[x * y for y in ys if y > 0] for x in xs]
            flat = [v for row in rows for v in row]
            return flat
        """,
        """
        def f(xs, ys):
            rows = []
            for j in range(len(xs)):
                x = xs[j]
                items = []
                for i in range(len(ys)):
                    y = ys[i]
                    if y > 0:
                        items.append(x * y)
                rows.append(items)
            flat = []
            for j in range(len(rows)):
                row = rows[j]
                for i in range(len(row)):
                    v = row[i]
                    flat.append(v)
            return flat
        """,
        (V, V),
        ([], V),
    )


def test_a_sum_adds_up():
    lowers(
        """
        def f(x, n):
            total = sum(x * i for i in range(n))
            total += sum((note(x) ** i for i in note(range(n))), note(1.5))
            return 2 * sum([note(x) ** i for i in range(n)], note(1.5)) + total
        """,
        """
        def f(x, n):
            total = 0
            for i in range(n):
                total = total + x * i
            values = note(range(n))
            total2 = note(1.5)
            for i in values:
                total2 = total2 + note(x) ** i
            total += total2
            items = []
            for i in range(n):
                items.append(note(x) ** i)
            return 2 * sum(items, note(1.5)) + total
        """,
        (0.7, 0),
        (0.7, 1),
        suspects=["x"],
    )


def test_a_sum_of_arrays_writes_into_none_of_them():
    check(
        define(
            """
            def f(a, b):
                c = sum([v for v in (a, b, a)], a)
                return c
            """
        ),
        (np.array([0.3, 1.2]), np.array([1.5, 2.5])),
        (np.array([1, 2]), np.array([1.5, 2.5])),
    )


def test_other_consumers_take_a_list():
    lowers(
        """
        def f(x, n):
            best = max(note(x - i) for i in range(n))
            return np.array([x**i for i in range(n)]) * best + tuple(x for _ in "ab")[0]
        """,
        """
        def f(x, n):
            items = []
            for i in range(n):
                items.append(note(x - i))
            best = max(items)
            items2 = []
            for i in range(n):
                items2.append(x**i)
            items3 = []
            for _ in 'ab':
                items3.append(x)
            return np.array(items2) * best + tuple(items3)[0]
        """,
        (0.7, 1),
        (0.7, 3),
    )


def test_a_list_and_a_dict_of_a_generator_are_comprehensions():
    lowers(
        """
        def f(x, names):
            ys = list(x * 2 for _ in names)
            table = dict((name, x) for name in names)
            return ys, table
        """,
        """
        def f(x, names):
            ys = []
            for _ in names:
                ys.append(x * 2)
            table = {}
            for name in names:
                table[name] = x
            return (ys, table)
        """,
        (0.7, ["a", "b"]),
        suspects=["x"],
    )


def test_a_loop_over_a_generator_is_as_lazy():
    lowers(
        """
        def f(x, n):
            total = 0.0
            for y in (note(x * i) for i in range(n) if i != 1):
                if y > 2:
                    break
                total += note(y)
            return total
        """,
        """
        def f(x, n):
            total = 0.0
            for i in range(n):
                if i != 1:
                    y = note(x * i)
                    if y > 2:
                        break
                    else:
                        total += note(y)
            return total
        """,
        (0.7, 0),
        (0.7, 3),
        (0.7, 6),
    )


def test_a_loop_over_a_nested_generator():
    lowers(
        """
        def f(x, i, n):
            for y in (x[i] * x[j] for i in range(n) for j in range(i) if i + j < n):
                if y > 1:
                    continue
                x[0] += y
            return x, i
        """,
        """
        def f(x, i, n):
            for i2 in range(n):
                for j in range(i2):
                    if i2 + j < n:
                        y = x[i2] * x[j]
                        if y > 1:
                            continue
                        else:
                            x[0] += y
            return (x, i)
        """,
        ([0.7, 0.2, 1.3, 0.4], 7, 4),
        suspects=["x"],
    )
    function = define(
        """
        def f(x, n):
            for y in (x * i * j for i in range(n) for j in range(i)):
                if y > 1:
                    break
                x += y
            return x
        """
    )
    with pytest.raises(CompileError, match="use nested loops"):
        normal_form(function)


def test_choices_inside_of_elements():
    lowers(
        """
        def f(x, n):
            ys = [x if i else (z := 2 * x) for i in range(n)]
            return ys, z
        """,
        """
        def f(x, n):
            ys = []
            for i in range(n):
                if i:
                    choice = x
                else:
                    z = 2 * x
                    choice = z
                ys.append(choice)
            return (ys, z)
        """,
        (0.7, 3),
    )


def test_targets_are_kept_apart_from_the_function_s_variables():
    lowers(
        """
        def f(x, i):
            ys = [x * i for i in range(i)]
            return ys, i
        """,
        """
        def f(x, i):
            ys = []
            for i2 in range(i):
                ys.append(x * i2)
            return (ys, i)
        """,
        (0.7, 3),
    )
    check(
        define(
            """
            def f(xs):
                return [sum(x * k for x in xs) + x for x, k in zip(xs, xs)]
            """
        ),
        # Binary fractions: `sum` rounds less than a loop does since Python 3.12.
        ([0.25, 1.75, -2.5],),
    )


def test_passive_ones_stay():
    stays(
        """
        def f(x, n):
            index = [i for i in range(n) if i % 2]
            names = {i: str(i) for i in index}
            if any((v > 1 for v in x)) and len([v for v in x]) > 2:
                index = {len(names)}
            return x[index] + sum((i for i in range(n)))
        """,
        (np.array(V), 2),
        suspects=["x"],
    )


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("g = (v * x for v in y)", "a generator outlives its expression"),
        ("g = note(v * x for v in y)", "a generator outlives its expression"),
        ("g = {v * x for v in y}", "a set of active values"),
    ],
)
def test_what_cannot_be_a_loop_is_refused(text, cause):
    function = define(f"def f(x, y):\n    {text}\n    return x")
    with pytest.raises(CompileError, match=cause):
        normal_form(function)
