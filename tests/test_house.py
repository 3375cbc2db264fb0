"""The house stands: what a rule imports, and what importing sourcediff does."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "sourcediff"
RULES = sorted((SOURCE / "rules").glob("**/*.py"))


def imported_packages(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or ".")
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_is_mathematics(path: Path) -> None:
    allowed = {"numpy", "scipy", "sourcediff"} | sys.stdlib_module_names
    assert imported_packages(path) <= allowed


def test_import_loads_no_optional_package_and_prints_nothing() -> None:
    optional = "{'scipy', 'numba', 'dask', 'matplotlib', 'graphviz', 'jax', 'torch'}"
    script = f"import sys, sourcediff; sys.exit(str({optional} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr) == ("", "set()\n")
