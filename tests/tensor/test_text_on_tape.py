"""Text that taped functions evaluate, and text that they write numbers into."""

import builtins
import dataclasses
import math

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.errors import LostGradient

X = 0.83
SCALE = 1.0


def with_names_of_modules(x):
    return eval("np.sin(x) * math.exp(-x)")


def with_names_of_its_own(x):
    names = {"x": x, "wave": math.sin, "np": np}
    exec("y = wave(x) * np.cos(x)\ndef after(v):\n    return wave(v * y)", names)
    return names["after"](2.0) + eval("y * x", names, {"x": 3.0})


def with_a_class(x):
    names = {"x": x, "math": math}
    text = """
import numpy as np
class Wave:
    '''Of some length.'''
    length = math.pi
    def at(self, v):
        return math.cos(v) * self.length
def doubled(v):
    global seen
    seen = v * 2
    return sum(np.sin(v * k) for k in range(3))
z = Wave().at(x) + doubled(x) + seen
"""
    exec(text, names)
    return names["z"] * names["seen"]


def in_the_module(x):
    exec("global SCALE\nSCALE = x * x", globals(), {"x": x})
    exec("SCALE = SCALE * 2.0", globals())
    return SCALE * x


def by_other_names(x):
    table = {"evaluate": eval}
    evaluate = builtins.eval
    return evaluate("math.sin(x)") * table["evaluate"]("x + x", {"x": x})


def within_comprehensions(x):
    return eval("sum([math.sin(v) for v in (x, 2.0 * x)])", {"x": x, "math": math})


def compiled_beforehand(x):
    return eval(compile("x ** 2 + np.exp(x)", "<text>", "eval"))


def classes_of_its_own(x):
    @dataclasses.dataclass
    class Wave:
        """Of some length."""

        phase: float
        length: float = np.pi
        shape = math.sin

        def value(self):
            return math.sin(self.phase) * self.length

    try:
        if Wave.__doc__ != "Of some length.":
            raise KeyError(Wave.__doc__)
        return Wave(x).value() * Wave.shape(x)
    finally:
        pass


def complex_numbers(x):
    try:
        return abs(complex(x) ** 2 + 1j) * complex(x, 2 * x).imag
    finally:
        pass


def element_by_element(x):
    shaped = np.vectorize(lambda v: v * v if v > 0 else -3.0 * v)
    sines = np.vectorize(math.sin)
    both = np.vectorize(lambda a, b=2.0: (a * b, a + b))
    try:
        first, second = both(np.array([x, 1.0]), 3.0)
        total = np.sum(shaped(np.array([[x, 2 * x, -x], [1.0, 2.0, -3.0]])))
        return total + sum(map(sines, [x, 2 * x])) + np.sum(first * second)
    finally:
        pass


@np.vectorize(otypes=[float], excluded=["k"])
def powered(v, k):
    return 0 if v < 0 else v ** k[0]


def decorated(x):
    closed = np.vectorize(lambda n: x**n)
    try:
        return np.sum(powered(np.array([-x, x, 2 * x]), k=[3])) + closed([1, 2])[1]
    finally:
        pass


TEMPLATES = "%.3f %s", "{:8.3e} {!r:>9}"


def written_down(x):
    lines = [str(x), repr(x), f"{x:.2f} {x!r} {x}", f"{np.array([x, x])}"]
    lines += [TEMPLATES[0] % (x, x), TEMPLATES[1].format(x, x)]
    try:
        return x * x if all(lines) else 0.0
    finally:
        pass


@pytest.mark.parametrize(
    "function",
    [
        with_names_of_modules,
        with_names_of_its_own,
        with_a_class,
        in_the_module,
        by_other_names,
        within_comprehensions,
        compiled_beforehand,
        classes_of_its_own,
        complex_numbers,
        element_by_element,
        decorated,
        written_down,
    ],
    ids=lambda f: f.__name__,
)
def test_gradient(function):
    step = 1e-6
    slope = (function(X + step) - function(X - step)) / (2 * step)
    assert grad(function, fallback="always")(X) == pytest.approx(slope, rel=1e-8)
    assert grad(function)(X) == pytest.approx(slope, rel=1e-8)


def test_numbers_are_written_as_without_the_tape():
    def texts(x):
        kept.append([str(x), repr(x), f"{x:.3f}", TEMPLATES[0] % (x, x), f"{x!r:>9}"])
        return eval("x * 1.0")

    kept = []
    grad(texts)(X)
    texts(X)
    assert kept[0] == kept[1]


def read_as_a_number(x):
    return float(str(x)) * x


def read_in_text(x):
    return eval(f"{x} * x")


def read_from_a_template(x):
    template = "%r * x"
    return eval(template % x)


@pytest.mark.parametrize(
    "function", [read_as_a_number, read_in_text, read_from_a_template]
)
def test_a_number_that_was_written_is_not_read_again(function):
    with pytest.raises(LostGradient, match=r"from text.*test_text_on_tape\.py:\d+"):
        grad(function, fallback="always")(X)
    with_text = f"{X} is written, but not by the function"
    assert grad(lambda x: eval("x * 1.0") * len(with_text))(X) == len(with_text)


def test_elements_of_integers_are_refused():
    def truncated(x):
        return np.sum(np.vectorize(lambda v: 0 if v < 0 else v)(np.array([-x, x])))

    def with_signature(x):
        total = np.vectorize(np.sum, signature="(n)->()")
        return np.sum(total(np.array([[x, x]])))

    for function, way_out in (truncated, "otypes"), (with_signature, "loop over"):
        with pytest.raises(LostGradient, match=way_out):
            grad(function, fallback="always")(X)
