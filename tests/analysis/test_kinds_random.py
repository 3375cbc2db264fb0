"""Random programs: whatever they compute is of the kind that is inferred for it."""

import itertools
import linecache
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.instrument import TooLongError, check

NAMES = ("x", "y", "m", "s", "k", "u", "v", "xs", "d")
LEAVES = ("1", "2.5", "0", "-1", "0.5", "np.pi", "None", "'a'", "True")
EXPRESSIONS = (
    *(
        "{} + {}",
        "{} * {}",
        "{} - {}",
        "{} / {}",
        "{} ** 2",
        "-{}",
        "{} // 2",
        "{} % 3",
    ),
    *(
        "{}[1:]",
        "{}[:-1]",
        "{}[1:-1]",
        "{}[0]",
        "{}[-1]",
        "{}[{}]",
        "{}[:, 0]",
        "{}[:{}]",
    ),
    *("{}[None]", "{}[..., 1]", "{}[::-1]", "{}[0, 1:]", "{}[{} > 0.5]", "{}[[0, 1]]"),
    *("np.sin({})", "np.sum({})", "{}.sum()", "{}.sum(axis=0)", "np.mean({}, axis=0)"),
    *("np.zeros_like({})", "np.zeros(len({}))", "np.ones({}.shape)", "np.arange({})"),
    *(
        "np.concatenate([{}, {}])",
        "np.stack([{}, {}])",
        "np.array({})",
        "{}.T",
        "{}.copy()",
    ),
    *("np.maximum({}, {})", "np.where({} > 0, {}, {})", "np.dot({}, {})", "{} @ {}"),
    *("len({})", "{}.shape[0]", "{}.shape", "{}.size", "{}.ndim", "np.outer({}, {})"),
    *("np.reshape({}, (-1, 1))", "{}.reshape(-1)", "np.cumsum({})", "np.diff({})"),
    *("{} > {}", "{} == {}", "{} if {} else {}", "{} and {}", "{} or {}", "not {}"),
    *(
        "({}, {})",
        "[{}, {}]",
        "({}, {})[0]",
        "max({}, {})",
        "abs({})",
        "float({})",
        "int({})",
    ),
    *("xs[0]", "xs[-1]", "xs[1:]", "d['a']", "d.get('b')", "xs + [{}]", "tuple(xs)"),
    *(
        "list({})",
        "sum({})",
        "[q * 2 for q in {}]",
        "{} is None",
        "isinstance({}, float)",
    ),
    *("np.squeeze({})", "np.atleast_1d({})", "np.argmax({})", "round({})", "f({}, {})"),
    *("np.broadcast_to({}, (4, 5))", "np.linalg.norm({})", "np.any({})", "range({})"),
)


ITERABLES = (
    *("range(k)", "range(3)", "range(n)", "x[:5]", "m[:4]", "xs[:3]", "(x, y)"),
    *("enumerate(x[:4])", "zip(x[:3], m[:3])"),
)
TARGETS = (
    *("x", "y", "s", "u", "v", "u", "v", "v, u", "xs[0]", "d['xs'][0]", "d['a']"),
    *("d['c']", "x[0]", "x[1:]", "m[1:]", "u[0]"),
)


class Writer:
    """Writes a function at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []

    def expression(self, depth: int = 2) -> str:
        choice = self.random.random()
        if depth == 0 or choice < 0.3:
            return self.random.choice(NAMES)
        if choice < 0.4:
            return self.random.choice(LEAVES)
        form = self.random.choice(EXPRESSIONS)
        parts = [self.expression(depth - 1) for _ in range(form.count("{}"))]
        return "(" + form.format(*(f"({p})" if " " in p else p for p in parts)) + ")"

    def target(self) -> str:
        return self.random.choice(TARGETS)

    def block(self, indent: str, depth: int, loop: bool) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.statement(indent, depth, loop)

    def statement(self, indent: str, depth: int, loop: bool) -> None:
        kind = self.random.randrange(13 if depth else 7)
        add = self.lines.append
        inner = indent + "    "
        match kind:
            case 0 | 1 | 2:
                target = self.target()
                value = self.expression()
                add(
                    f"{indent}{target} = {value}, {self.expression()}"
                    if "," in target
                    else f"{indent}{target} = {value}"
                )
            case 3 | 4:
                operator = self.random.choice(("+=", "*=", "-=", "/="))
                target = self.target().partition(",")[0]
                add(f"{indent}{target} {operator} {self.expression()}")
            case 5:
                method = self.random.choice(("append", "append", "extend", "insert"))
                place = "0, " if method == "insert" else ""
                name = self.random.choice(("xs", "xs", "d['xs']", "u"))
                add(f"{indent}{name}.{method}({place}{self.expression()})")
            case 6:
                if loop and self.random.random() < 0.4:
                    add(f"{indent}if {self.expression(1)} is None:")
                    add(inner + self.random.choice(("break", "continue")))
                else:
                    value = self.random.choice(("[]", "[x]", "d", "xs", "u"))
                    add(f"{indent}xs = {value}")
            case 7 | 8 | 9:
                test = self.random.choice(("k > 2", "flag", self.expression(1)))
                add(f"{indent}if {test}:")
                self.block(inner, depth - 1, loop)
                if self.random.random() < 0.6:
                    add(f"{indent}else:")
                    self.block(inner, depth - 1, loop)
            case _:
                # Slices: a list that grows while it is iterated over has no end.
                over = self.random.choice(ITERABLES)
                add(f"{indent}for {self.random.choice(('u', 'v', 'j'))} in {over}:")
                self.block(inner, depth - 1, True)

    def text(self, works: Callable[[str], bool]) -> str:
        """A function of statements that run, which `works` decides."""
        self.lines = HEAD.splitlines()
        for _ in range(16):
            before = len(self.lines)
            self.statement("    ", 2, False)
            if not works(self.whole()):
                del self.lines[before:]
        return self.whole()

    def whole(self) -> str:
        return "\n".join((*self.lines, END))


HEAD = """\
def program(x, y, m, s, k, flag, n):
    u = v = x
    xs = [s]
    d = {'a': x, 'b': s, 'xs': xs}
    def f(a, b=1.0):
        xs.append(a)
        return a * b
"""
END = "    return x, y, m, s, u, v, xs, d\n"

_numbers = itertools.count()
#: What a program of random expressions may raise.
ORDINARY = (
    *(TypeError, ValueError, IndexError, KeyError, AttributeError, ArithmeticError),
    *(SyntaxError, TooLongError, MemoryError, RecursionError),
)


def program(text: str):
    """The function with this text, which has a source."""
    name = f"<random program {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {"np": np, "__name__": __name__}
    exec(compile(text, name, "exec"), scope)
    return scope["program"]


@pytest.mark.filterwarnings("ignore")
@given(
    st.integers(0, 10**9),
    st.sampled_from([1, 3, 4, 5]),
    st.sampled_from([0, 2, 5]),
    st.booleans(),
)
def test_values_conform(seed: int, size: int, k: int, flag: bool) -> None:
    def arguments() -> tuple:
        rng = np.random.default_rng(3)
        x, y = rng.uniform(0.2, 0.9, (2, size))
        return x, y, rng.uniform(0.2, 0.9, (4, size)), 1.5, k, flag, size

    def works(text: str) -> bool:
        try:
            program(text)(*arguments())
        except ORDINARY:
            return False
        return True

    text = Writer(seed).text(works)
    try:
        check(program(text), *arguments())
    except TooLongError:
        return
    except AssertionError as error:
        raise AssertionError(f"{error}\n{text}") from None
