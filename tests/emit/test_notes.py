"""Errors of generated code name the user's line."""

from pathlib import Path
from typing import Any

import pytest

from sourcediff.emit import Printed, annotate, load


def raised(function: Any, *args: Any) -> Exception:
    with pytest.raises(ZeroDivisionError) as caught:
        function(*args)
    return caught.value


def generated(number: int, namespace: Any, source: str, lines: dict[int, int]) -> Any:
    text = "def f(x):\n    y = g(x)\n    return y\n"
    filename = f"<sourcediff f notes.py:{number}>"
    return load(
        Printed(text, lines), "f", namespace, filename, source, f"gradient {number}"
    )


def test_the_note_names_file_line_and_text(tmp_path: Path) -> None:
    model = tmp_path / "model.py"
    model.write_text("import numpy as np\n\ny = np.sin(x) * w\n")
    f = generated(1, {"g": lambda x: 1 / x}, str(model), {2: 3})
    error = raised(f, 0)
    annotate(error)
    note = f"sourcediff: in gradient 1, from {model}:3: y = np.sin(x) * w"
    assert error.__notes__ == [note]
    annotate(error)
    assert error.__notes__ == [note]


def test_paths_below_the_working_directory_are_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    f = generated(2, {"g": lambda x: 1 / x}, str(tmp_path / "missing.py"), {2: 7})
    error = raised(f, 0)
    annotate(error)
    assert error.__notes__ == ["sourcediff: in gradient 2, from missing.py:7"]


def test_the_innermost_generated_frame_counts() -> None:
    inner = generated(3, {"g": lambda x: 1 / x}, "inner.py", {2: 5})
    outer = generated(4, {"g": inner}, "outer.py", {2: 6})
    error = raised(outer, 0)
    annotate(error)
    assert error.__notes__ == ["sourcediff: in gradient 3, from inner.py:5"]


def test_a_gradient_of_a_gradient_leads_to_the_user() -> None:
    first = generated(5, {"g": abs}, "model.py", {2: 9})
    source = first.__code__.co_filename
    second = generated(6, {"g": lambda x: 1 / x}, source, {1: 1, 2: 2})
    error = raised(second, 0)
    annotate(error)
    assert error.__notes__ == ["sourcediff: in gradient 6, from model.py:9"]


def test_a_line_that_comes_from_nowhere_is_told_by_the_one_above() -> None:
    f = generated(7, {"g": lambda x: 1 / x}, "model.py", {1: 4})
    error = raised(f, 0)
    annotate(error)
    assert error.__notes__ == ["sourcediff: in gradient 7, from model.py:4"]


def test_other_errors_are_left_alone() -> None:
    error = raised(lambda x: 1 / x, 0)
    annotate(error)
    annotate(KeyError("never raised"))
    assert not hasattr(error, "__notes__")
