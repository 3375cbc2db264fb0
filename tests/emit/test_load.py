"""Loaded functions run, and tracebacks, pdb and inspect show their text."""

import inspect
import linecache
import traceback
from typing import Any

import pytest

from sourcediff.emit import Printed, load, pseudo_filename

TEXT = "def f(x: Unknown = 3):\n    y = x + offset\n    return 1 / y\n"


def loaded(text: str, namespace: dict[str, Any], filename: str) -> Any:
    return load(Printed(text, {1: 12, 2: 13}), "f", namespace, filename, "model.py")


def test_the_function_lives_in_the_namespace() -> None:
    namespace = {"offset": 1}
    f = loaded(TEXT, namespace, "<sourcediff f load.py:1>")
    assert f() == 0.25
    namespace["offset"] = 4
    assert f(4) == 0.125
    assert namespace["f"] is f


def test_its_source_is_shown() -> None:
    f = loaded(TEXT, {"offset": -3}, pseudo_filename("f", "/home/ada/load.py", 2))
    linecache.checkcache()
    assert f.__code__.co_filename == "<sourcediff f load.py:2>"
    assert inspect.getsource(f) == TEXT
    with pytest.raises(ZeroDivisionError) as caught:
        f()
    shown = "".join(traceback.format_exception(caught.value))
    assert 'File "<sourcediff f load.py:2>", line 3, in f' in shown
    assert "    return 1 / y" in shown


def test_another_text_gets_another_name_and_the_same_text_the_same() -> None:
    filename = "<sourcediff f load.py:3>"
    other = TEXT.replace("1 / y", "2 / y")
    first, second, again, third = (
        loaded(text, {"offset": 1}, filename) for text in (TEXT, other, TEXT, "f = len")
    )
    assert [f.__code__.co_filename for f in (first, second, again)] == [
        filename,
        "<sourcediff f load.py:3 #2>",
        filename,
    ]
    assert third is len
    assert inspect.getsource(second) == other
    assert (first(), second(), again()) == (0.25, 0.5, 0.25)
