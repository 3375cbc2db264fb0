"""What cannot be compiled is told all at once, each with its place."""

import contextlib

import pytest

from sourcediff.errors import CompileError
from tests.front.support import define, normal_form, stays


def problems(text, **names):
    with pytest.raises(CompileError) as caught:
        normal_form(define(text, **names))
    return caught.value


def test_all_problems_of_a_function_at_once():
    error = problems(
        """
        import math

        def f(x, cache):
            global count
            try:
                y = math.log(x)
            except ValueError:
                y = 0.0
            class Local:
                pass
            import nowhere
            return y
        """
    )
    places = [(p.location.line, p.location.column) for p in error.problems]
    assert places == [(5, 5), (6, 5), (10, 5), (12, 5)]
    head, *lines, end = str(error).splitlines()
    assert head.endswith(": 4 constructs are outside its language")
    assert "cannot compile f (" in head
    assert ":4)" in head
    assert ":6:5    try:" in lines[1]
    assert end == "Nothing was compiled."


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("yield x", "a generator is run by the tape"),
        ("yield from x", "a generator is run by the tape"),
        ("exec('x = 1')", "exec runs code"),
        ("y = eval('x')", "eval runs code"),
        ("y = locals()['x']", "locals\\(\\) sees"),
        ("y = vars()", "vars\\(\\) sees"),
        ("y = super().f(x)", "write super\\(Class, self\\)"),
        ("import nowhere_to_be_found", "import at the top"),
        ("with suppress(ValueError): x = x * 2", "suppress hides"),
        ("with note(x): x = x * 2", "a context manager takes an active value"),
        ("np.sum(x, out=x, where=x > 0)", "out= with where="),
        ("np.divmod(x, x, out=(x, x))", "must name one array"),
        ("for i in range(3):\n        try: break\n        finally: pass", "try around"),
        ("y = x[(z := x) : 2]", "assign this active value in a line of its own"),
    ],
)
def test_causes(body, cause):
    text = f"def f(x):\n    {body}\n    return x"
    function = define(text, suppress=contextlib.suppress)
    with pytest.raises(CompileError, match=cause):
        normal_form(function)


def test_async_functions():
    assert "await outside" in str(problems("async def f(x):\n    return x"))


def test_nonlocal():
    error = problems(
        """
        def f(x):
            total = 0.0
            def add(v):
                nonlocal total
                total += v
            each(add, x)
            return total
        """
    )
    assert [p.location.line for p in error.problems] == [5]
    assert "an outer variable is assigned" in str(error)


def test_harmless_neighbours_pass():
    stays(
        """
        def f(x, n):
            with np.errstate(all='ignore'), np.printoptions(precision=3):
                y = np.log(x)
            del n
            if vars(np) is None:
                raise RuntimeError('no numpy')
            return y
        """,
        (0.7, 3),
    )
