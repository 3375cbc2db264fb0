"""The tree of a function is that of its own text, at its own lines."""

import ast
import functools
import linecache
import math
from pathlib import Path

import gast
import numpy as np
import pytest

from sourcediff.errors import NoSource
from sourcediff.front import read_source
from tests.front.support import define

HERE = __file__


def text(function):
    tree, _ = read_source(function)
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(tree)))


def passing(function):
    return function


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 2 * function(*args)

    return wrapper


# fmt: off
@passing
@passing
def decorated(x: float, *, n: int = 3) -> float:
    """A docstring
that returns to the margin."""  # noqa: D207, D209
    # a comment
    y = x * n

# a comment at the margin
    return (y +
1)


first = lambda x: x + 1; second = lambda x: x + 2  # noqa: E702, E731
pair = (lambda x: x * 2, lambda x: x * 3)
nested = lambda x: (lambda y: y + x)  # noqa: E731
# fmt: on


class Model:
    rate = 0.5

    def step(self, x):
        return x * self.rate

    @staticmethod
    def scaled(x):
        return x * 3.0

    @classmethod
    def named(cls, x):
        return cls.rate * x

    def __call__(self, x):
        return self.step(x) + self.__hidden(x)

    def __hidden(self, x):
        return x


def outer(k):
    def inner(x):
        return k * x

    return inner


def test_the_tree_stands_at_the_lines_and_columns_of_the_file():
    tree, origin = read_source(decorated)
    lines = Path(HERE).read_text().splitlines()
    assert origin.file == HERE
    assert lines[tree.lineno - 1].startswith("def decorated")
    assert origin.line == tree.lineno
    final = tree.body[-1]
    assert lines[final.lineno - 1][final.col_offset :] == "return (y +"
    assert origin.text(final.lineno) == "return (y +"
    assert origin.text(10**6) == ""


def test_decorators_and_annotations_are_dropped():
    tree, _ = read_source(decorated)
    assert tree.decorator_list == []
    assert text(decorated).startswith("def decorated(x, *, n=3):")
    assert "return y + 1" in text(decorated)


def test_a_wrapper_is_a_function_of_its_own():
    assert "2 * function(*args)" in text(doubled(outer))


def test_a_cache_is_looked_through():
    assert text(functools.lru_cache(outer)) == text(outer)


def test_methods_of_all_kinds():
    model = Model()
    expected = "def step(self, x):\n    return x * self.rate"
    assert text(model.step) == text(Model.step) == expected
    assert "x * 3.0" in text(Model.scaled)
    assert "x * 3.0" in text(vars(Model)["scaled"])
    assert "cls.rate" in text(model.named)
    assert "self.step(x) + self._Model__hidden(x)" in text(model)


def test_lambdas_on_one_line_are_told_apart():
    assert text(first) == "def first(x):\n    return x + 1"
    assert text(second) == "def second(x):\n    return x + 2"
    assert text(pair[0]) == "def lambda_(x):\n    return x * 2"
    assert text(pair[1]) == "def lambda_(x):\n    return x * 3"
    assert "return lambda y: y + x" in text(nested)
    assert text(nested(1.0)) == "def lambda_(y):\n    return y + x"


def test_functions_with_functions_as_defaults():
    def function(x, key=lambda v: -v, other=lambda v: v):
        return key(x) + other(x)

    assert text(function).endswith("return key(x) + other(x)")
    assert text(function.__defaults__[0]) == "def lambda_(v):\n    return -v"


def test_nested_functions():
    assert text(outer(2.0)) == "def inner(x):\n    return k * x"


def depth(tree):
    return 1 + max([depth(part) for part in tree]) if tree else 0


def reaches(reached, steps):
    def reaches(n):
        return n in reached or any(reaches(n - step) for step in steps if n > step)

    return reaches


@pytest.mark.parametrize("function", [depth, reaches({3}, (2, 5))])
def test_functions_that_call_themselves_in_comprehensions(function):
    assert f"return {'1' if function is depth else 'n'}" in text(function)


def test_functions_that_are_defined_in_a_notebook_or_with_exec():
    function = define(
        """
        import math

        def f(x):
            return math.sin(x)
        """
    )
    assert text(function) == "def f(x):\n    return math.sin(x)"


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (math.sin, "not written in Python"),
        (np.add, "not written in Python"),
        (functools.partial(outer, 1), "functools.partial"),
        (Model, "a class"),
        (eval("lambda x: x"), "no text of <string>"),
        (3.0, "not written in Python"),
    ],
)
def test_without_source_the_reason_is_told(function, reason):
    with pytest.raises(NoSource, match=reason):
        read_source(function)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * 0.5", "x * 0.6"),
        ("x * 0.5", "y * 0.5"),
        ("+ y", "- y"),
        ("'a'", "'b'"),
    ],
)
def test_a_file_that_has_changed_since_is_refused(tmp_path, old, new):
    path = tmp_path / "model.py"
    source = "def f(x, y):\n    z = {'a': 1}\n    return x * 0.5 + y + z['a']\n"
    path.write_text(source)
    scope = {}
    exec(compile(source, str(path), "exec"), scope)
    read_source(scope["f"])
    path.write_text(source.replace(old, new) + "# longer\n")
    linecache.checkcache()
    with pytest.raises(NoSource, match="has changed"):
        read_source(scope["f"])


def test_each_call_gives_a_tree_of_its_own():
    one, two = read_source(first)[0], read_source(first)[0]
    one.body[0].value = None
    assert two.body[0].value is not None
    assert text(first) == "def first(x):\n    return x + 1"
