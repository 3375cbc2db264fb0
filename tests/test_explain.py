"""What explain tells of each line."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from sourcediff import explain, grad
from sourcediff.explain import Explanation
from tests.programs import NAMES, load
from tests.programs._differences import arguments


def notes(explanation: Explanation) -> Mapping[str, tuple[str, ...]]:
    """The notes by the text of the user's line."""
    return {line.text.strip(): line.notes for line in explanation.lines}


def halve(x):
    if x > 8.0:
        return x
    return 0.5 * x


def simulate(x, steps, table):
    rank = np.argmax(x)
    label = table[1]
    for i in range(1, steps):
        x[i] = x[i] * x[i - 1]
        if x[i] < label:
            x[i] = halve(x[i])
    y = np.sin(x)
    y[rank] = 0.0
    return np.sum(y)


X = np.array([0.4, 1.3, -0.7, 0.8])
TABLE = np.array([0.1, 0.2])


@pytest.fixture
def told() -> Mapping[str, tuple[str, ...]]:
    return notes(explain(simulate, X, 4, TABLE))


def test_activity(told: Mapping[str, tuple[str, ...]]) -> None:
    assert told["label = table[1]"] == ("passive",)
    assert told["y = np.sin(x)"][0] == "active: sin"
    assert told["return np.sum(y)"] == ("active: sum",)


def test_where_a_derivative_ends(told: Mapping[str, tuple[str, ...]]) -> None:
    assert told["rank = np.argmax(x)"] == (
        "passive",
        "the result of np.argmax carries no derivative",
    )


def test_control_flow(told: Mapping[str, tuple[str, ...]]) -> None:
    (loop,) = told["for i in range(1, steps):"]
    assert loop == "loop; its adjoint is over reversed(range(1, steps))"
    branch, *_ = told["if x[i] < label:"]
    assert branch == "branch; its adjoint branches on branch"


def test_what_is_kept(told: Mapping[str, tuple[str, ...]]) -> None:
    kept = [note for note in told["x[i] = x[i] * x[i - 1]"] if note.startswith("keeps")]
    assert kept == ["keeps x[i] of each pass"]


def test_callees_follow() -> None:
    explanation = explain(simulate, X, 4, TABLE)
    own, callee = explanation.functions
    assert own.title.startswith("simulate (test_explain.py:")
    assert own.title.endswith("differentiated by x")
    assert own.kinds[0] == "x: float64 array (x.shape[0],)"
    assert callee.title.startswith("halve (test_explain.py:")
    assert "halve_fwd and halve_bwd" in notes(explanation)["x[i] = halve(x[i])"][0]


def test_small_callees_are_told_where_they_are_called() -> None:
    def doubled(x):
        return x * 2.0

    def called(x):
        y = doubled(x)
        return y * y

    assert notes(explain(called, 1.5))["y = doubled(x)"] == ("active: multiply",)


def test_wrt_decides_what_is_active() -> None:
    def scaled(a, b):
        c = a * 2.0
        return c + b * b

    assert notes(grad(scaled).explain(1.5, 2.5))["c = a * 2.0"] == ("active: multiply",)
    by_b = notes(grad(scaled, wrt="b").explain(1.5, 2.5))
    assert by_b["c = a * 2.0"] == ("passive",)


def test_refused_lines_say_why() -> None:
    def collected(x):
        total = x * 2.0
        yield total

    explanation = explain(collected, 1.5)
    assert notes(explanation)["total = x * 2.0"] == ()
    (note,) = notes(explanation)["yield total"]
    assert note.startswith("refused: ")
    assert "cannot compile collected" in explanation.outcome


def test_a_missing_rule_is_located() -> None:
    def odd(x):
        y = np.sum(np.union1d(x, x))
        return y * 2.0

    explanation = explain(odd, X)
    (note,) = notes(explanation)["y = np.sum(np.union1d(x, x))"]
    assert note == "refused: np.union1d has no derivative rule"


def test_the_text_is_laid_out() -> None:
    text = str(explain(simulate, X, 4, TABLE))
    line = simulate.__code__.co_firstlineno
    assert f"{line:>5}  def simulate(x, steps, table):\n" in text
    assert text == repr(explain(simulate, X, 4, TABLE))
    assert text.endswith("Everything is compiled; nothing is taped.")


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_the_programs_is_there(name: str) -> None:
    module: Any = load(name)
    explanation = grad(module.PRIMAL, wrt=module.WRT).explain(*arguments(module))
    assert any(line.active for line in explanation.lines)
    numbers = [line.number for line in explanation.lines]
    first = module.PRIMAL.__code__.co_firstlineno
    assert numbers == list(range(first, first + len(numbers)))


def test_stages_are_the_same_in_every_process() -> None:
    """A local function is told by its qualified name, not by where it is in memory."""

    def square(x: float) -> float:
        scale = np.sin(x) if x > 0 else x
        return x * x * scale

    def total(x: float) -> float:
        return square(x) + 1.5 * x

    texts = [str(stage) for stage in grad(total).stages(0.7)]
    name = f"{__name__}.{square.__qualname__}"
    assert any(f"# square is {name}\n" in text for text in texts)
    assert not any(" at 0x" in text for text in texts)
