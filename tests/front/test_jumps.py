"""Jumps stand at the ends of their paths."""

from tests.front.support import check, define, lowers


def test_early_returns():
    lowers(
        """
        def f(x):
            if x > 3:
                return x
            y = x * x
            if y > 2:
                return y
            elif y > 1:
                y = y + 1
            else:
                return -y
            z = y * x
            return z
        """,
        """
        def f(x):
            if x > 3:
                return x
            else:
                y = x * x
                if y > 2:
                    return y
                elif y > 1:
                    y = y + 1
                    z = y * x
                    return z
                else:
                    return -y
        """,
        (4.0,),
        (1.6,),
        (1.1,),
        (0.3,),
    )


def test_a_function_that_ends_without_return():
    lowers(
        """
        def f(x):
            if x[0] > 1:
                return
            x[0] *= 2
        """,
        """
        def f(x):
            if x[0] > 1:
                return None
            else:
                x[0] *= 2
        """,
        ([0.7],),
        ([1.7],),
    )


def test_a_partial_return_is_followed_by_a_copy_of_a_small_end():
    lowers(
        """
        def f(x, c):
            if c:
                x = x * 2
                if x > 1:
                    return -x
                x = x + 1
            return x
        """,
        """
        def f(x, c):
            if c:
                x = x * 2
                if x > 1:
                    return -x
                else:
                    x = x + 1
                    return x
            else:
                return x
        """,
        (0.3, True),
        (0.7, True),
        (0.7, False),
    )


def test_a_partial_return_sets_a_flag_before_a_long_end():
    lowers(
        """
        def f(x, c):
            if c:
                x = x * 2
                if x > 1:
                    return -x
                x = x + 1
            y = note(x)
            return y * x
        """,
        """
        def f(x, c):
            returned = False
            if c:
                x = x * 2
                if x > 1:
                    result = -x
                    returned = True
                else:
                    x = x + 1
            if returned:
                return result
            else:
                y = note(x)
                return y * x
        """,
        (0.3, True),
        (0.7, True),
        (0.7, False),
    )


def test_breaks_and_continues():
    lowers(
        """
        def f(x, n):
            for i in range(n):
                if i == 1:
                    continue
                x = x * 1.5
                if x > 3:
                    x = x - 1
                    break
                note(x)
            return x
        """,
        """
        def f(x, n):
            for i in range(n):
                if i == 1:
                    continue
                else:
                    x = x * 1.5
                    if x > 3:
                        x = x - 1
                        break
                    else:
                        note(x)
            return x
        """,
        (0.7, 0),
        (0.7, 2),
        (0.7, 9),
    )


def test_partial_breaks_and_continues_set_flags():
    lowers(
        """
        def f(x, n):
            for i in range(n):
                if i > 1:
                    x = x * 1.5
                    if x > 3:
                        break
                    if x > 2:
                        continue
                    x = x + 0.1
                note(x)
                x = x + 0.2
            return x
        """,
        """
        def f(x, n):
            for i in range(n):
                stop = False
                skip = False
                if i > 1:
                    x = x * 1.5
                    if x > 3:
                        stop = True
                    elif x > 2:
                        skip = True
                    else:
                        x = x + 0.1
                if stop:
                    break
                elif skip:
                    continue
                else:
                    note(x)
                    x = x + 0.2
            return x
        """,
        (0.7, 0),
        (0.7, 3),
        (0.7, 9),
    )


def test_a_return_inside_a_loop():
    lowers(
        """
        def f(x, n):
            for i in range(n):
                x = x * 1.5
                if x > 3:
                    return x * i
            return x
        """,
        """
        def f(x, n):
            returned = False
            for i in range(n):
                x = x * 1.5
                if x > 3:
                    returned = True
                    break
            if returned:
                return x * i
            else:
                return x
        """,
        (0.7, 0),
        (0.7, 3),
        (0.7, 9),
    )


def test_a_return_that_the_function_ends_with_anyway_is_a_break():
    lowers(
        """
        def f(x, n):
            for i in range(n):
                if x > 3:
                    return x
                x = x * 1.5
            return x
        """,
        """
        def f(x, n):
            for i in range(n):
                if x > 3:
                    break
                else:
                    x = x * 1.5
            return x
        """,
        (0.7, 0),
        (0.7, 3),
        (0.7, 9),
    )


def test_returns_inside_nested_loops():
    lowers(
        """
        def f(x, n):
            for i in range(n):
                for j in range(i):
                    if x > 3:
                        return x * j
                    x = x * 1.5
                if i > 3:
                    return -x
                x = note(x) + 0.1
            y = x * x
            return y
        """,
        """
        def f(x, n):
            returned = False
            for i in range(n):
                for j in range(i):
                    if x > 3:
                        result = x * j
                        returned = True
                        break
                    else:
                        x = x * 1.5
                if returned:
                    break
                elif i > 3:
                    result = -x
                    returned = True
                    break
                else:
                    x = note(x) + 0.1
            if returned:
                return result
            else:
                y = x * x
                return y
        """,
        (0.7, 0),
        (0.7, 3),
        (0.7, 9),
        (0.01, 9),
    )


def test_an_endless_loop_is_left_by_its_returns_alone():
    lowers(
        """
        def f(x):
            while True:
                x = x * 1.5
                if x > 3:
                    return x
                x = note(x)
        """,
        """
        def f(x):
            while True:
                x = x * 1.5
                if x > 3:
                    break
                else:
                    x = note(x)
            return x
        """,
        (0.7,),
        (3.0,),
    )


def test_else_of_loops():
    lowers(
        """
        def f(x, n):
            for i in range(n):
                x = x * 1.5
                if x > 3:
                    break
            else:
                x = x + 1
            while x < 9:
                x = x * 2
            else:
                x = note(x)
            return x
        """,
        """
        def f(x, n):
            broke = False
            for i in range(n):
                x = x * 1.5
                if x > 3:
                    broke = True
                    break
            if not broke:
                x = x + 1
            while x < 9:
                x = x * 2
            x = note(x)
            return x
        """,
        (0.7, 0),
        (0.7, 3),
        (0.7, 9),
    )


def test_a_jump_in_the_else_of_a_loop_belongs_to_the_loop_around():
    check(
        define(
            """
            def f(x, n):
                for i in range(n):
                    for j in range(i):
                        x = x * 1.25
                        if x > 5:
                            break
                    else:
                        if x > 2:
                            break
                        continue
                    x = note(x) - 3
                return x
            """
        ),
        (0.7, 0),
        (0.7, 3),
        (0.7, 9),
        (3.7, 9),
    )


def test_jumps_out_of_a_with_block_come_after_it():
    lowers(
        """
        def f(x):
            with np.errstate(all='ignore'):
                y = np.log(x)
                return y * x
        """,
        """
        def f(x):
            with np.errstate(all='ignore'):
                y = np.log(x)
                result = y * x
            return result
        """,
        (0.7,),
    )
    check(
        define(
            """
            def f(x, n):
                for i in range(n):
                    with np.errstate(all='ignore'):
                        x = x * 1.5
                        if x > 4:
                            return x
                        if x > 3:
                            break
                        if x > 2:
                            continue
                    x = note(x)
                return -x
            """
        ),
        (0.7, 0),
        (0.7, 9),
        (1.9, 9),
        (3.0, 9),
    )


def test_raises_end_paths_and_unreachable_statements_go():
    lowers(
        """
        def f(x):
            if x < 0:
                raise ValueError("negative")
            if x > 1:
                return x
                x = note(x)
            else:
                raise ValueError("small")
            return note(x)
        """,
        """
        def f(x):
            if x < 0:
                raise ValueError('negative')
            if x > 1:
                return x
            else:
                raise ValueError('small')
        """,
        (-0.7,),
        (0.7,),
        (1.7,),
    )


def test_jumps_of_passive_loops_move_too():
    # What such a loop overwrites is restored on the way back, so its paths matter.
    lowers(
        """
        def f(x, n):
            for k in range(n):
                if k > 2:
                    break
                if k == 1:
                    continue
                n = n - 1
            return x * k * n
        """,
        """
        def f(x, n):
            for k in range(n):
                if k > 2:
                    break
                elif k == 1:
                    continue
                else:
                    n = n - 1
            return x * k * n
        """,
        (0.7, 1),
        (0.7, 9),
        suspects=["x"],
    )


def test_passive_loops_have_no_else():
    lowers(
        """
        def f(x, n):
            for k in range(n):
                if k > 2:
                    break
            else:
                k = 0
            return x * k
        """,
        """
        def f(x, n):
            broke = False
            for k in range(n):
                if k > 2:
                    broke = True
                    break
            if not broke:
                k = 0
            return x * k
        """,
        (0.7, 1),
        (0.7, 9),
        suspects=["x"],
    )
