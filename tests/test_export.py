"""An exported gradient runs without sourcediff and gives the same numbers."""

import math
import pickle
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import grad, value_and_grad
from sourcediff.emit import NotStandalone
from sourcediff.emit.values import literal
from tests.programs import NAMES, load
from tests.programs._differences import arguments, pairs

SCRIPT = """
import pickle, sys
sys.path.insert(0, sys.argv[1])
import exported
with open(sys.argv[1] + "/arguments.pickle", "rb") as file:
    name, arguments = pickle.load(file)
result = getattr(exported, name)(*arguments)
loaded = {module.partition(".")[0] for module in sys.modules}
assert not loaded & {"sourcediff", "gast", "astunparse", "tests"}, loaded
with open(sys.argv[1] + "/result.pickle", "wb") as file:
    pickle.dump(result, file)
"""


def run_exported(text: str, name: str, args: tuple[Any, ...], directory: Path) -> Any:
    """What a function of an exported module gives in a fresh, isolated interpreter."""
    (directory / "exported.py").write_text(text)
    (directory / "arguments.pickle").write_bytes(pickle.dumps((name, args)))
    command = [sys.executable, "-I", "-W", "error", "-c", SCRIPT, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + text
    return pickle.loads((directory / "result.pickle").read_bytes())


def assert_same(result: Any, expected: Any) -> None:
    for one, other in pairs(result, expected):
        if other is None:
            assert one is None
        else:
            assert_allclose(one, other, rtol=1e-14)


def assert_exports(function: Any, args: tuple[Any, ...], directory: Path) -> str:
    gradient = grad(function)
    text = gradient.module_text(*args)
    name = gradient.function_for(*args).__name__
    assert_same(run_exported(text, name, args, directory), gradient(*args))
    assert "sourcediff" not in text.replace("written by sourcediff", "")
    return text


@pytest.mark.parametrize("name", NAMES)
def test_programs_run_alone(name: str, tmp_path: Path) -> None:
    module = load(name)
    args = arguments(module)
    gradient = grad(module.PRIMAL, wrt=module.WRT)
    text = gradient.module_text(*args)
    generated = gradient.function_for(*args).__name__
    assert_same(run_exported(text, generated, args, tmp_path), gradient(*args))


# --- what a function names ------------------------------------------------------------

SCALE = 1.7
WEIGHTS = np.array([[0.3, -1.2], [0.7, 0.4]])
SETTINGS = {"rates": (0.1, 2), "label": 'a "name"', "none": None, "inf": math.inf}
TABLE = np.arange(5000.0)


def double(x):
    """Twice."""
    return 2 * x


square = lambda x: x * x  # noqa: E731


@lru_cache
def steps_of(n):
    return tuple(range(n))


@dataclass
class Opaque:
    rate: float = 0.3


OPAQUE = Opaque()


def reads_data(x):
    return np.sum(SCALE * x @ WEIGHTS) * SETTINGS["rates"][0] ** SETTINGS["rates"][1]


def calls_helpers(x):
    if 2 in steps_of(3):
        return np.sum(double(square(x)))
    return np.sum(x)


def with_defaults(x, scale=SCALE, weights=WEIGHTS, shape=np.sin, *, helper=double):
    return np.sum(shape(x) @ weights) * helper(scale)


def reads_much(x):
    return np.sum(x * TABLE[: len(x)])


def reads_opaque(x):
    return np.sum(x * OPAQUE.rate)


V = np.array([0.4, -1.3])


def test_data_become_literals(tmp_path: Path) -> None:
    text = assert_exports(reads_data, (V,), tmp_path)
    assert "SCALE = 1.7\n" in text
    assert "WEIGHTS = np.array([[0.3, -1.2], [0.7, 0.4]])\n" in text


def test_helpers_are_copied(tmp_path: Path) -> None:
    assert "from functools import lru_cache" in assert_exports(
        calls_helpers, (V,), tmp_path
    )


def test_defaults_are_what_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "SCALE", -55.0)
    text = assert_exports(with_defaults, (V,), tmp_path)
    assert "scale=1.7" in text
    assert "shape=sin" in text
    assert "def double(x):" in text


def test_captured_values_are_written(tmp_path: Path) -> None:
    def make(rate, helper):
        def decayed(x):
            return np.sum(helper(x) * np.exp(-rate * x))

        return decayed

    assert "rate = 0.7\n" in assert_exports(make(0.7, double), (V,), tmp_path)


def test_value_and_gradient(tmp_path: Path) -> None:
    function = value_and_grad(reads_data)
    text = function.module_text(V)
    result = run_exported(text, "reads_data_value_and_grad", (V,), tmp_path)
    assert_same(result, function(V))
    assert text.startswith('"""The value and gradient of reads_data (test_export.py:')


def test_more_than_one_number_is_refused_at_run_time() -> None:
    text = grad(reads_data).module_text(V)
    scope: dict[str, Any] = {}
    exec(text, scope)
    scope["SETTINGS"]["rates"] = (np.ones(3), 2)
    with pytest.raises(ValueError, match="reads_data returned more than one number"):
        scope["reads_data_grad"](V)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (reads_much, "TABLE, an array of 5000 elements"),
        (reads_opaque, "OPAQUE, an object of the class Opaque"),
    ],
)
def test_what_cannot_be_written_is_told(
    function: Any, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "out.py"
    file.write_text("as it was")
    with pytest.raises(NotStandalone, match=message):
        grad(function).to_file(file, V)
    assert file.read_text() == "as it was"


def test_to_file_uses_the_last_call(tmp_path: Path) -> None:
    gradient = grad(reads_data)
    gradient(V)
    gradient.to_file(tmp_path / "a.py")
    gradient.to_file(tmp_path / "b.py", V)
    text = (tmp_path / "a.py").read_text()
    assert text == (tmp_path / "b.py").read_text()
    assert "x: float64 array (2,)" in text
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["a.py", "b.py"]


@pytest.mark.parametrize(
    "value",
    [
        3,
        -0.0,
        1e-300,
        math.inf,
        -math.inf,
        complex(1, -0.5),
        "it's",
        b"\x00",
        None,
        ...,
        (),
        (1,),
        [1, [2.5, None]],
        {"a": (1, 2), 3: {"b": []}},
        slice(1, None, 2),
        range(3, 9, 2),
        np.float32(0.1),
        np.int8(-3),
        np.bool_(True),
        np.complex64(1 + 2j),
        np.array(1.5),
        np.array([[1, 2, 3]], dtype=np.int16),
        np.array([0.1, np.inf, -2.5], dtype=np.float32),
        np.zeros((0, 3)),
        np.dtype("float32"),
    ],
    ids=repr,
)
def test_literals_mean_what_they_spell(value: Any) -> None:
    text = literal(value)
    assert text is not None
    again = eval(text, {"np": np})
    assert type(again) is type(value)
    assert repr(again) == repr(value)
    if isinstance(value, np.ndarray):
        assert (again.dtype, again.shape) == (value.dtype, value.shape)


def test_not_a_number_is_spelled() -> None:
    assert math.isnan(eval(str(literal(math.nan))))


@pytest.mark.parametrize(
    "value",
    [TABLE, OPAQUE, np.array([None]), {1: OPAQUE}, {1, 2}, np.datetime64("2020-01-01")],
    ids=["large", "object", "objects", "inside", "set", "date"],
)
def test_other_values_have_no_literal(value: Any) -> None:
    assert literal(value) is None
