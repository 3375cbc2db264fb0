"""What is printed is the tree, and is what `ruff format` would print."""

import shutil
import subprocess
import sysconfig
from pathlib import Path
from random import Random
from typing import Any

import gast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcediff.emit.printer import expression_text, print_program
from sourcediff.emit.unprintable import Unprintable
from sourcediff.ir import Comment
from tests.emit import trees

RUFF = shutil.which("ruff", path=sysconfig.get_path("scripts")) or shutil.which("ruff")
needs_ruff = pytest.mark.skipif(RUFF is None, reason="ruff is not installed")


def parsed(text: str) -> Any:
    return gast.parse(text).body[0].value


def in_function(*statements: Any) -> Any:
    """A module in which every statement is allowed."""
    module = gast.parse("def f():\n    while True:\n        pass")
    module.body[0].body[0].body = list(statements)
    return module


RANDOMS = st.randoms(use_true_random=False)


@given(RANDOMS)
def test_an_expression_is_what_its_text_means(random: Random) -> None:
    tree = trees.AllExpressions(random)(4)
    text = expression_text(tree)
    assert "\n" not in text
    assert gast.dump(parsed(f"({text})")) == gast.dump(tree)


@given(RANDOMS)
def test_statements_are_what_their_text_means(random: Random) -> None:
    statement = trees.Statements(random, trees.AllExpressions(random))
    module = in_function(*statement.block(2))
    printed = print_program(module)
    assert gast.dump(gast.parse(printed.text)) == gast.dump(module)
    assert print_program(module) == printed


def ruff_diff(text: str) -> str:
    command = [
        str(RUFF),
        "format",
        "--isolated",
        "--target-version=py311",
        "--diff",
        "-",
    ]
    result = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False
    )
    assert result.returncode in (0, 1), result.stderr
    return result.stdout


@needs_ruff
@pytest.mark.parametrize("seed", range(20))
def test_ruff_would_print_it_the_same(seed: int) -> None:
    random = Random(seed)
    statement = trees.Statements(random, trees.Expressions(random))
    text = print_program(in_function(*(statement() for _ in range(60)))).text
    assert ruff_diff(text) == ""
