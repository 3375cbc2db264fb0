"""Local functions get what they capture as parameters."""

from tests.front.support import check, define, lowers, stays


def test_captured_variables_are_read_at_the_call():
    lowers(
        """
        def f(a, b):
            def g(t):
                return t * a
            x = g(2.0)
            a = a + b
            return x + g(b)
        """,
        """
        def f(a, b):

            def g(t, a):
                return t * a
            x = g(2.0, a)
            a = a + b
            return x + g(b, a)
        """,
        (0.7, 1.3),
    )


def test_functions_that_call_each_other():
    lowers(
        """
        def f(a, b, n):
            def even(t, k):
                return t * a if k == 0 else odd(t, k - 1)
            def odd(t, k):
                return t * b if k == 0 else even(t, k - 1)
            return even(a, n) + odd(b, n)
        """,
        """
        def f(a, b, n):

            def even(t, k, a, b):
                if k == 0:
                    return t * a
                else:
                    return odd(t, k - 1, a, b)

            def odd(t, k, a, b):
                if k == 0:
                    return t * b
                else:
                    return even(t, k - 1, a, b)
            return even(a, n, a, b) + odd(b, n, a, b)
        """,
        (0.7, 1.3, 0),
        (0.7, 1.3, 3),
    )


def test_lambdas_that_are_only_called():
    lowers(
        """
        def f(a, b):
            g = lambda t: t * a
            h = lambda t: b if t > 1 else g(t)
            return g(b) + h(a)
        """,
        """
        def f(a, b):

            def g(t, a):
                return t * a

            def h(t, a, b):
                if t > 1:
                    return b
                else:
                    return g(t, a)
            return g(b, a) + h(a, a, b)
        """,
        (0.7, 1.3),
        (1.7, 1.3),
    )


def test_defaults_and_keywords():
    lowers(
        """
        def f(a, b):
            def g(t, k=2.0, *rest):
                return t * a * k + sum(rest)
            return g(b) + g(t=b, k=a) + g(b, 1.0, a)
        """,
        """
        def f(a, b):

            def g(t, k=2.0, *rest, a):
                return t * a * k + sum(rest)
            return g(b, a=a) + g(t=b, k=a, a=a) + g(b, 1.0, a, a=a)
        """,
        (0.7, 1.3),
    )


def test_functions_within_functions():
    lowers(
        """
        def f(a, b):
            def g(t):
                s = t * a
                def h(u):
                    return u * s * b
                return h(t)
            return g(b)
        """,
        """
        def f(a, b):

            def g(t, a, b):
                s = t * a

                def h(u, b, s):
                    return u * s * b
                return h(t, b, s)
            return g(b, a, b)
        """,
        (0.7, 1.3),
    )


def test_functions_that_are_handed_on_stay_closures():
    text = """
        def f(a, b):

            def g(t):
                return t * a
            h = lambda t: t * b
            return note(g)(b) + note(h)(a)
        """
    assert "return t * a" in check(define(text))
    stays(text)


def test_a_call_where_the_variable_is_hidden_leaves_a_closure():
    lowers(
        """
        def f(a, b):
            def g(t):
                return t * a
            c = [g(a) for a in b]
            return c, a
        """,
        """
        def f(a, b):

            def g(t):
                return t * a
            c = []
            for i in range(len(b)):
                a2 = b[i]
                c.append(g(a2))
            return (c, a)
        """,
        (0.7, [1.3, 0.2]),
    )


def test_a_variable_that_a_caller_hides():
    check(
        define(
            """
            def f(a, b):
                def h(t):
                    return t * a
                def g(a):
                    return h(a) + a * b
                return g(b) + h(1.5)
            """
        ),
        (0.7, 1.3),
    )


def test_passive_functions_stay():
    stays(
        """
        def f(x, n):

            def index(i):
                if i > n:
                    return 0
                return i + n
            return x[index(1)] * 2
        """,
        ([0.7, 1.3, 2.1], 1),
        suspects=["x"],
    )


def test_a_function_that_is_chosen_at_run_time_stays():
    check(
        define(
            """
            def f(a, c):
                if c:
                    def g(t):
                        return t * a
                else:
                    def g(t):
                        return t + a
                return g(2.0)
            """
        ),
        (0.7, True),
        (0.7, False),
    )
