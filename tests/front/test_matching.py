"""Simple `match` statements are `if` chains."""

import pytest

from sourcediff.errors import CompileError
from tests.front.support import define, lowers, normal_form


def test_values_alternatives_names_and_guards():
    lowers(
        """
        def f(x, method):
            match method:
                case "euler":
                    y = x
                case "heun" | "midpoint":
                    y = 2 * x
                case None:
                    return -x
                case int() if False:
                    y = x
                case _ if x > 1:
                    y = 3 * x
                case _:
                    y = 4 * x
            return y
        """.replace("case int() if False:", "case True | None if x > 0:"),
        """
        def f(x, method):
            if method == 'euler':
                y = x
                return y
            elif method in ('heun', 'midpoint'):
                y = 2 * x
                return y
            elif method is None:
                return -x
            else:
                if (method is True or method is None) and x > 0:
                    y = x
                elif x > 1:
                    y = 3 * x
                else:
                    y = 4 * x
                return y
        """,
        (0.7, "euler"),
        (0.7, "heun"),
        (0.7, "midpoint"),
        (0.7, None),
        (0.7, True),
        (1.7, 3),
        (0.7, 3),
    )


def test_subjects_are_evaluated_once():
    lowers(
        """
        def f(x):
            match note(x):
                case 1.5:
                    return x
                case y:
                    return 2 * y
        """,
        """
        def f(x):
            subject = note(x)
            if subject == 1.5:
                return x
            else:
                y = subject
                return 2 * y
        """,
        (1.5,),
        (0.7,),
    )


@pytest.mark.parametrize("pattern", ["[a, b]", "{'k': v}", "float(real=r)"])
def test_other_patterns_are_refused(pattern):
    function = define(
        f"""
        def f(x):
            match x:
                case {pattern}:
                    return x
            return 2 * x
        """
    )
    with pytest.raises(CompileError, match="only values, alternatives"):
        normal_form(function)
