"""Exported modules run with NumPy alone."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import gast
import numpy as np
import pytest

from sourcediff import runtime
from sourcediff.emit import NotStandalone, Printed, print_program, standalone
from tests.emit.test_printer import needs_ruff, ruff_diff

ORIGIN = "The gradient of f (model.py:3)"
HELPERS = {
    name: getattr(runtime, name)
    for name in ("unbroadcast", "scatter_add", "cov_bars", "polygamma", "sinc_slope")
}


def program(body: str, name: str = "f_grad") -> Printed:
    return print_program(gast.parse(f"def {name}(x):\n{body}"))


def run(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, "<exported>", "exec"), namespace)
    return namespace


def test_helpers_come_along_with_what_they_need() -> None:
    text = standalone(
        [program("    return unbroadcast(np.ones((3, 2)), x)")],
        ["import numpy as np"],
        HELPERS,
        ORIGIN,
    )
    assert "sourcediff" not in text.partition("\n")[2]
    assert "scatter_add" not in text
    x = np.array([0.25, -1.5])
    np.testing.assert_array_equal(run(text)["f_grad"](x), [3.0, 3.0])


PUBLIC = [
    name
    for name, value in sorted(vars(runtime).items())
    if inspect.isfunction(value) and not name.startswith("_")
]


@needs_ruff
@pytest.mark.parametrize("name", PUBLIC)
def test_every_helper_can_be_exported(name: str) -> None:
    helper = getattr(runtime, name)
    body = program(f"    return {name}(x)")
    text = standalone([body], [], {name: helper}, ORIGIN)
    assert callable(run(text)[name])
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.parse(text).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    packages = {str(module).partition(".")[0] for module in imported}
    assert packages <= {"numpy"} | sys.stdlib_module_names
    assert ruff_diff(text) == ""


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    text = standalone(
        [
            program("    return -x", "_reduce"),
            program("    return unbroadcast(_reduce(x), 1.5)"),
        ],
        [],
        HELPERS,
        ORIGIN,
    )
    assert run(text)["f_grad"](np.array([1.5, 2.0])) == -3.5


def test_what_would_be_missing_is_named() -> None:
    with pytest.raises(NotStandalone, match="nothing defines SCALE, np"):
        standalone([program("    return np.sin(x) * SCALE")], [], HELPERS, ORIGIN)
    with pytest.raises(NotStandalone, match="absolute import"):
        standalone([program("    return x")], ["from . import x"], {}, ORIGIN)
    with pytest.raises(NotStandalone, match="no function of"):
        standalone([program("    return g(x)")], [], {"g": print_program}, ORIGIN)


def test_the_module_is_imported_without_sourcediff(tmp_path: Path) -> None:
    text = standalone(
        [program("    return unbroadcast(np.cos(x), 1.0)")],
        ["import numpy as np"],
        HELPERS,
        ORIGIN,
    )
    (tmp_path / "exported.py").write_text(text)
    script = (
        "import sys, exported; print(exported.f_grad(0.0), 'sourcediff' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout, result.stderr) == ("1.0 False\n", "")
