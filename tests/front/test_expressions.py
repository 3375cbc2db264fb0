"""Choices, walrus and `out=` become statements, in the order that Python evaluates."""

import gast
import numpy as np

from tests.front.support import check, define, lowers, normal_form, stays

V = np.array([0.3, 1.7, -2.1])


def test_a_ternary_is_an_if():
    lowers(
        """
        def f(x, c):
            y = x if c else 2 * x
            return y if y > 1 else -y
        """,
        """
        def f(x, c):
            if c:
                y = x
            else:
                y = 2 * x
            if y > 1:
                return y
            else:
                return -y
        """,
        (0.7, True),
        (0.7, False),
        (1.3, True),
    )


def test_nested_ternaries_are_an_elif_chain():
    lowers(
        """
        def f(x):
            y = x if x > 1 else 2 * x if x > 0 else -x
            return y
        """,
        """
        def f(x):
            if x > 1:
                y = x
            elif x > 0:
                y = 2 * x
            else:
                y = -x
            return y
        """,
        (1.3,),
        (0.3,),
        (-0.3,),
    )


def test_what_is_evaluated_before_a_choice_stays_before_it():
    lowers(
        """
        def f(x, c):
            return note(1.0) + x * (note(x) if c else note(3 * x)) + note(2.0)
        """,
        """
        def f(x, c):
            note_value = note(1.0)
            if c:
                choice = note(x)
            else:
                choice = note(3 * x)
            return note_value + x * choice + note(2.0)
        """,
        (0.7, True),
        (0.7, False),
    )


def test_pure_operands_stay_where_they_are():
    lowers(
        """
        def f(x, c):
            return np.sin(x[0]) + (x[1] if c else x[2])
        """,
        """
        def f(x, c):
            if c:
                choice = x[1]
            else:
                choice = x[2]
            return np.sin(x[0]) + choice
        """,
        (V, True),
        (V, False),
    )


def test_an_element_is_read_before_a_call_that_may_write_it():
    def bump(v):
        v[0] += 1.0
        return v[0]

    lowers(
        """
        def f(x, c):
            return x[0] * (bump(x) if c else 1.0)
        """,
        """
        def f(x, c):
            value = x[0]
            if c:
                choice = bump(x)
            else:
                choice = 1.0
            return value * choice
        """,
        (V, True),
        (V, False),
        bump=bump,
    )


def test_stores_of_choices():
    lowers(
        """
        def f(x, k):
            x[k] = x[0] if k > 0 else x[1]
            x[k] += x[2] if k > 0 else x[1]
            return x
        """,
        """
        def f(x, k):
            if k > 0:
                x[k] = x[0]
            else:
                x[k] = x[1]
            if k > 0:
                choice = x[2]
            else:
                choice = x[1]
            x[k] += choice
            return x
        """,
        (V, 0),
        (V, 2),
    )


def test_an_augmented_store_reads_before_its_value_has_effects():
    lowers(
        """
        def f(x, k):
            x[note(k)] += x[0] if note(k) > 0 else x[1]
            return x
        """,
        """
        def f(x, k):
            note_value = note(k)
            old = x[note_value]
            if note(k) > 0:
                choice = x[0]
            else:
                choice = x[1]
            old += choice
            x[note_value] = old
            return x
        """,
        (V, 0),
        (V, 2),
    )


def test_and_and_or_choose_values():
    lowers(
        """
        def f(a, b):
            y = a or b
            z = a and b and y
            return 2 * (z or y)
        """,
        """
        def f(a, b):
            y = a
            if not y:
                y = b
            z = a
            if z:
                z = b
                if z:
                    z = y
            choice = z
            if not choice:
                choice = y
            return 2 * choice
        """,
        (0.7, 0.2),
        (0.0, 0.2),
        (0.3, 0.0),
        (0.0, 0.0),
    )


def test_a_choice_that_reads_its_own_target():
    lowers(
        """
        def f(a, b):
            b = a or b * 2
            return b
        """,
        """
        def f(a, b):
            choice = a
            if not choice:
                choice = b * 2
            b = choice
            return b
        """,
        (0.7, 0.2),
        (0.0, 0.2),
    )


def test_choices_as_statements():
    lowers(
        """
        def f(x, c):
            note(x) if c else note(2 * x)
            c and note(x)
            c or x > 1 or note(-x)
        """,
        """
        def f(x, c):
            if c:
                note(x)
            else:
                note(2 * x)
            if c:
                note(x)
            if not (c or x > 1):
                note(-x)
        """,
        (0.7, True),
        (0.7, False),
        (1.7, False),
    )


def test_walrus_in_tests_and_values():
    lowers(
        """
        def f(x, n):
            if (y := x * 2) > 1 and n > 0:
                return y
            return x * (y := y + 1) + y
        """,
        """
        def f(x, n):
            y = x * 2
            if y > 1 and n > 0:
                return y
            else:
                y = y + 1
                return x * y + y
        """,
        (0.3, 1),
        (1.3, 1),
        (1.3, 0),
    )


def test_a_name_is_read_before_a_walrus_rebinds_it():
    lowers(
        """
        def f(x):
            return x + (x := 2 * x)
        """,
        """
        def f(x):
            value = x
            x = 2 * x
            return value + x
        """,
        (0.7,),
    )


def test_a_walrus_behind_a_short_circuit_runs_only_then():
    lowers(
        """
        def f(x, n):
            y = -x
            if n > 0 and (y := x * 2) > 1:
                return y
            return y * x
        """,
        """
        def f(x, n):
            y = -x
            choice = n > 0
            if choice:
                y = x * 2
                choice = y > 1
            if choice:
                return y
            else:
                return y * x
        """,
        (0.7, 0),
        (0.7, 1),
        (0.3, 1),
    )


def test_a_chained_comparison_stops_at_its_first_failure():
    lowers(
        """
        def f(x, lo):
            if lo < note(x) < (y := 2 * x):
                return y
            return x
        """,
        """
        def f(x, lo):
            between = note(x)
            choice = lo < between
            if choice:
                y = 2 * x
                choice = between < y
            if choice:
                return y
            else:
                return x
        """,
        (0.7, 0.1),
        (0.7, 0.9),
        (-0.7, -0.9),
    )


def test_while_tests_with_effects_move_into_the_loop():
    lowers(
        """
        def f(x):
            while (y := note(x * 2)) < 9:
                x = x + y
                if x > 4:
                    continue
                x = x * 1.5
            return x
        """,
        """
        def f(x):
            while True:
                y = note(x * 2)
                if not y < 9:
                    break
                else:
                    x = x + y
                    if x > 4:
                        continue
                    else:
                        x = x * 1.5
            return x
        """,
        (0.7,),
        (5.0,),
    )


def test_while_tests_that_call_what_is_unknown_move_into_the_loop():
    text = check(
        define(
            """
            def f(x):
                while note(x) < 9:
                    x *= 2.5
                return x
            """
        ),
        (0.7,),
        (10.0,),
    )
    assert "while True:" in text


def test_out_is_a_store():
    lowers(
        """
        def f(a, b, c):
            np.add(a, b, out=c)
            np.multiply(a, 2.0, c)
            y = np.exp(np.sin(a, out=b)) + b
            np.sum(a, keepdims=True, out=c[0:1])
            a.clip(0.0, 1.0, out=c)
            np.negative(a, out=None)
            np.cos(b, out=(c,))
            return y
        """,
        """
        def f(a, b, c):
            c[...] = np.add(a, b)
            c[...] = np.multiply(a, 2.0)
            b[...] = np.sin(a)
            y = np.exp(b) + b
            c[0:1] = np.sum(a, keepdims=True)
            c[...] = a.clip(0.0, 1.0)
            np.negative(a, out=None)
            c[...] = np.cos(b)
            return y
        """,
        (V, V + 1, V * 2),
    )


def test_out_with_an_index_that_may_copy_writes_into_what_the_index_gives():
    lowers(
        """
        def f(a, b, k):
            np.add(a, b, out=a[k])
            return a
        """,
        """
        def f(a, b, k):
            a[k][...] = np.add(a, b)
            return a
        """,
        (V, V + 1, [0, 1, 2]),
        (V, V + 1, slice(0, 3)),
    )


def test_out_of_a_users_function_is_an_argument():
    def helper(x, out):
        out[0] = x

    stays(
        """
        def f(x, v):
            helper(x, out=v)
            return v
        """,
        (0.7, V),
        helper=helper,
    )


def test_what_is_not_suspect_stays_as_it_was_written():
    stays(
        '''
        def f(x, n, flags):
            """A docstring."""
            k = 3 if n > 2 else 4
            a = b = n
            index = [i for i in range(n) if flags[i]]
            ok = any((v > 0 for v in x)) and len(x) > 2
            while n > 3 and (m := (n - 1)):
                n -= 1
                if n == 7:
                    break
            for i, j in zip(index, flags):
                k += i if j else 0
            print(f'{x if ok else n}', max((v for v in x)) > 3)
            assert n >= 0, 'negative' if n else 'zero'
            return x[index] * k
        ''',
        (V, 2, [True, False]),
        suspects=["x"],
    )


def test_a_ternary_that_is_only_tested_stays():
    stays(
        """
        def f(x, c):
            y = x
            if (x if c else 2 * x) > 1 or (c and (not x)):
                y = -x
            return np.argmax(x if c else y) * x
        """,
        (0.7, True),
        (0.7, False),
    )


def test_annotations_of_variables_are_dropped():
    lowers(
        """
        def f(x):
            y: float = 2 * x
            z: float
            z = y
            if x > 0:
                w: int
            return z
        """,
        """
        def f(x):
            y = 2 * x
            z = y
            if x > 0:
                pass
            return z
        """,
        (0.7,),
    )


def test_fresh_names_hide_nothing():
    text = check(
        define(
            """
            def f(x, choice, note_value):
                sum = 1.0
                return note(x) + (x if choice else note_value) + sum
            """
        ),
        (0.7, True, 1.5),
        (0.7, False, 1.5),
    )
    assert "choice2 = " in text
    assert "note_value2 = " in text


def test_new_statements_stand_where_the_construct_stood():
    program = normal_form(
        define(
            """
            def f(x, c):
                return 1.0 + (
                    x if c else 2 * x
                )
            """
        )
    )
    branch = program.node.body[0]
    assert isinstance(branch, gast.If)
    assert (branch.lineno, branch.col_offset) == (4, 8)
    assert (branch.orelse[0].lineno, branch.orelse[0].col_offset) == (4, 8)
