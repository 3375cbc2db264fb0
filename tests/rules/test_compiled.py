"""Every rule in a compiled program: what the rule says when it is called by itself."""

import inspect
import linecache
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sourcediff import jvp, vjp
from sourcediff.checking.checks import is_single, pull, push, rng_of
from sourcediff.checking.differences import random_like
from sourcediff.checking.examples import (
    Example,
    all_examples,
    is_active,
    leaves,
    like_leaves,
)

#: What generated code calls and no program of a user's: each line is a name of a rule.
HELPERS = {"ungradient", "private"}


class Program:
    """A function of one line that calls an example's primal on its active leaves."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.scope: dict[str, Any] = {"primal": example.primal, "__name__": __name__}
        self.values: list[Any] = []
        active = list(example.active.values())
        args = [self._text(a, _is_in(a, active)) for a in example.args]
        kwargs = {
            k: self._text(v, _is_in(v, active)) for k, v in example.kwargs.items()
        }
        names = ", ".join(f"x{k}" for k in range(len(self.values)))
        text = f"def program({names}):\n    return {self._call(args, kwargs)}\n"
        file = f"<{example}>"
        linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
        exec(compile(text, file, "exec"), self.scope)
        self.function: Callable[..., Any] = self.scope["program"]

    def _call(self, args: list[str], kwargs: dict[str, str]) -> str:
        primal = self.example.primal
        keywords = [f"{name}={text}" for name, text in kwargs.items()]
        if getattr(primal, "__objclass__", None) is None:
            return f"primal({', '.join([*args, *keywords])})"
        owner, *rest = args
        if inspect.isdatadescriptor(primal):
            return f"({owner}).{primal.__name__}"
        return f"({owner}).{primal.__name__}({', '.join([*rest, *keywords])})"

    def _text(self, value: Any, varies: bool) -> str:
        """A leaf that varies is a parameter; other numbers are written out."""
        if isinstance(value, tuple | list):
            items = "".join(f"{self._text(item, varies)}, " for item in value)
            return f"({items})" if isinstance(value, tuple) else f"[{items}]"
        if varies and is_active(value):
            self.values.append(value)
            return f"x{len(self.values) - 1}"
        if value is None or isinstance(value, int | str):
            return repr(value)
        self.scope[f"c{len(self.scope)}"] = value
        return f"c{len(self.scope) - 1}"


def _is_in(value: Any, among: list[Any]) -> bool:
    """Whether a value is one of several, or an item of one that packs arguments."""
    return any(
        value is other or (isinstance(other, tuple) and _is_in(value, list(other)))
        for other in among
    )


def varied(example: Example) -> Example:
    """The same with another array for each active leaf, so that each is told apart."""
    values = {
        name: like_leaves(value, iter([copied(x) for x in leaves(value)]))
        for name, value in example.active.items()
    }
    return example.with_values(**values)


def copied(x: Any) -> Any:
    return np.array(x) if isinstance(x, np.ndarray) else x


def by_leaf(structures: dict[str, Any], example: Example) -> list[Any]:
    """What belongs to the active leaves, in their order; zeros for None."""
    found = []
    for name, value in example.active.items():
        inner = leaves(value)
        given = structures[name]
        outer = [None] * len(inner) if given is None else leaves(given)
        for x, y in zip(inner, outer, strict=True):
            if is_active(x):
                found.append((x, np.zeros_like(x) if y is None else y))
    return found


EXAMPLES = [
    varied(example)
    for example in all_examples()
    if example.active and example.rule.name not in HELPERS
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_compiled_is_called(example: Example) -> None:
    rng = rng_of(example)
    program = Program(example)
    result = example.evaluate()
    seed, dots = random_like(result, rng), random_like(example.active, rng)
    places = [id(x) for x in program.values]
    tolerance = 1e-5 if any(map(is_single, leaves(result))) else 1e-9

    _, pullback = vjp(program.function, *program.values, fallback="error")
    bars = [*pullback(seed)]
    for x, expected in by_leaf(pull(example, seed), example):
        k = places.index(id(x))
        places[k], bar = None, bars[k]  # equal numbers come in the same order
        actual = np.zeros_like(x) if bar is None else np.asarray(bar)
        assert actual.dtype == np.asarray(x).dtype
        np.testing.assert_allclose(actual, expected, tolerance, tolerance)

    places = [id(x) for x in program.values]
    tangents: list[Any] = [None] * len(places)
    for x, dot in by_leaf(dots, example):
        k = places.index(id(x))
        places[k], tangents[k] = None, dot
    _, y_dot = jvp(program.function, program.values, tangents, fallback="error")
    pairs = zip(leaves(y_dot), leaves(push(example, dots)), strict=True)
    for actual, expected in pairs:
        if is_active(expected):
            np.testing.assert_allclose(actual, expected, tolerance, tolerance)
